package login

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"
)

// Keep runs f at each beat of the session's keep-alive, every 3–5 min unless
// [WithRefresh] says otherwise, one after another and after the refresh. It is for
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

// beginKeepAlive sets the timer of the first beat if there is none yet: at once, if
// the session would end soon. Between two beats there is no goroutine. s.mu is held.
func (s *Session) beginKeepAlive() {
	if s.finished || s.timer != nil {
		return
	}
	pause := s.beatPause()
	ttl := s.state.ttl
	if left := time.Until(s.state.expires); ttl > 0 && left < ttl/2 && left < 2*keepAliveMax {
		pause = 0
	}
	s.kept = make(chan struct{})
	s.timer = time.AfterFunc(pause, s.keepAlive)
}

// keepAlive is one beat.
func (s *Session) keepAlive() {
	defer s.nextBeat()
	if err := s.beat(s.ctx); err != nil && s.ctx.Err() == nil {
		s.keepAliveFailed(err)
	}
}

// nextBeat sets the timer anew, unless this beat was the last.
func (s *Session) nextBeat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		close(s.kept)
		return
	}
	s.timer.Reset(s.beatPause())
}

// endKeepAlive takes the next beat away. One that runs notices by itself that the
// session has ended. s.mu is held.
func (s *Session) endKeepAlive() {
	if s.timer != nil && s.timer.Stop() {
		close(s.kept)
	}
}

// beatPause draws the pause before the next beat. s.mu is held.
func (s *Session) beatPause() time.Duration {
	every, ttl := s.every, s.state.ttl
	if every.Min == 0 && every.Max == 0 && ttl > 0 && ttl < 3*keepAliveMax {
		every.Min, every.Max = ttl/4, ttl/3
	}
	return every.Pause()
}

// keepAliveMax is the longest default pause of retry.Interval.
const keepAliveMax = 5 * time.Minute

// keepAliveFailed reports a refresh that failed.
func (s *Session) keepAliveFailed(err error) {
	level := slog.LevelWarn
	if errors.Is(err, ErrLoggedInElsewhere) || errors.Is(err, errNoHelp) {
		level = slog.LevelInfo // it was said when the login was put off
	}
	s.log.Log(s.ctx, level, "keep-alive failed", "account", s.account, "user", s.current().user.LoginName, "err", err)
	if s.every.OnFailure != nil {
		s.every.OnFailure(err)
	}
}

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
