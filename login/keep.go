package login

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/liveperson-community/liveperson-go/retry"
)

// Keep runs f at each beat of the session's keep-alive, every 3–5 min unless
// [WithRefresh] says otherwise, on its goroutine and after the refresh. It is for
// what has to be called now and then to stay alive, such as an agent session that
// nobody polls. An error of f is logged and ends nothing. f's context ends with
// the session, and after 2 min.
//
// stop ends it; it does not wait for an f that runs. Logout and Close do, so f
// must not call them. With [WithoutRefresh], and after the session's end, f is
// never run.
func (s *Session) Keep(f func(ctx context.Context) error) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished || s.noRefresh {
		return func() {}
	}
	s.keeping = append(s.keeping, &f)
	s.beginKeepAlive()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keeping = slices.DeleteFunc(s.keeping, func(k *func(context.Context) error) bool { return k == &f })
	}
}

// beginKeepAlive starts the goroutine if it is not there yet. s.mu is held.
func (s *Session) beginKeepAlive() {
	if s.kept == nil {
		s.kept = make(chan struct{})
		go s.keepAlive(s.every)
	}
}

// keepAlive refreshes until the session ends; at once, if it would end soon.
func (s *Session) keepAlive(every retry.Interval) {
	defer close(s.kept)
	report := every.OnFailure
	every.OnFailure = func(err error) {
		level := slog.LevelWarn
		if errors.Is(err, ErrLoggedInElsewhere) || errors.Is(err, errNoHelp) {
			level = slog.LevelInfo // it was said when the login was put off
		}
		s.log.Log(s.ctx, level, "keep-alive failed", "account", s.account, "user", s.current().user.LoginName, "err", err)
		if report != nil {
			report(err)
		}
	}
	ttl := s.TTL()
	if every.Min == 0 && every.Max == 0 && ttl > 0 && ttl < 3*keepAliveMax {
		every.Min, every.Max = ttl/4, ttl/3
	}
	if left := time.Until(s.Expires()); ttl > 0 && left < ttl/2 && left < 2*keepAliveMax {
		if err := s.refreshOnce(s.ctx); err != nil && s.ctx.Err() == nil {
			every.OnFailure(err)
		}
	}
	_ = retry.KeepAlive(s.ctx, every, s.beat) // ends with s.ctx only
}

// keepAliveMax is the longest default pause of retry.Interval.
const keepAliveMax = 5 * time.Minute

// beat refreshes, and runs what is to be kept alive with the session.
func (s *Session) beat(ctx context.Context) error {
	err := s.refreshOnce(ctx)
	s.mu.Lock()
	keeping := slices.Clone(s.keeping)
	s.mu.Unlock()
	for _, f := range keeping {
		s.keep(ctx, f)
	}
	return err
}

// keep runs f, unless it was stopped or the session has ended meanwhile.
func (s *Session) keep(ctx context.Context, f *func(ctx context.Context) error) {
	s.mu.Lock()
	stopped := s.finished || !slices.Contains(s.keeping, f)
	s.mu.Unlock()
	if stopped {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, onceTimeout)
	defer cancel()
	if err := (*f)(ctx); err != nil && s.ctx.Err() == nil {
		s.log.Warn("keeping alive failed", "account", s.account, "user", s.current().user.LoginName, "err", err)
	}
}
