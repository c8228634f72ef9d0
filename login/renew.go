package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// renewal is a login under way on a goroutine of the session. Whoever needs
// its tokens waits for it; that one of them gives up does not end it.
type renewal struct {
	done chan struct{}
	err  error
}

// renew logs in again because a call of op with the tokens of that generation was
// answered 401, or without an op because its host is gone. Concurrent callers
// share one login; if newer tokens are there already, nothing is done.
func (s *Session) renew(ctx context.Context, op string, generation int) error {
	r, err := s.renewal(op, generation)
	if r == nil {
		return err
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// renewal returns the login to wait for, or nil with the reason why there is
// none: newer tokens are there, the session has ended, or the next login is put
// off.
func (s *Session) renewal(op string, generation int) (*renewal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.finished:
		return nil, s.err
	case s.state.generation > generation:
		return nil, nil
	case s.renewing != nil:
		return s.renewing, nil
	}
	if op != "" {
		s.lost(op)
	}
	if time.Now().Before(s.notBefore) {
		return nil, putOffError(s.notBefore, s.failure)
	}
	if r := s.off[op]; r != nil && time.Now().Before(r.until) {
		return nil, putOffError(r.until, errNoHelp)
	}
	r, why := &renewal{done: make(chan struct{})}, s.why(op)
	s.renewing = r
	go func() {
		r.err = s.relogin(why, op == "")
		s.mu.Lock()
		s.renewing = nil
		s.mu.Unlock()
		close(r.done)
	}()
	return r, nil
}

// why is the reason for a login in the log. s.mu is held.
func (s *Session) why(op string) string {
	switch {
	case op == "":
		return "the login's host is gone"
	case s.state.born.IsZero() || s.died.IsZero():
		return "the token was refused"
	}
	return fmt.Sprintf("the token was refused %v after the login", s.died.Sub(s.state.born).Round(time.Second))
}

// relogin waits for the session's turn and logs in, moved says that where it was before
// is no place to do so.
func (s *Session) relogin(why string, moved bool) error {
	s.mu.Lock()
	wait := time.Until(s.lastTry.Add(spacing))
	s.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
		return s.Err()
	}
	s.mu.Lock()
	until, reason := s.notBefore, s.failure
	s.mu.Unlock()
	if time.Now().Before(until) { // put off while this one waited
		return putOffError(until, reason)
	}
	s.log.Info("logging in again", "account", s.account, "user", s.current().who(), "why", why)
	err := s.login(s.ctx, moved)
	if ended := s.Err(); ended != nil {
		return ended
	}
	switch {
	case err == nil:
		return nil
	case refused(err) && !s.creds.rotate():
		err = fmt.Errorf("session cannot be saved: %w", err)
		s.end(err)
		return err
	}
	s.cool(err)
	return err
}

// cool puts the next login off, because this one failed.
func (s *Session) cool(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure, s.notBefore, s.pausing = err, time.Now().Add(pause(s.failures)), false
	s.failures++
	s.log.Warn("login failed", "account", s.account, "err", err, "pause", time.Until(s.notBefore))
}

// refused tells whether a login was turned down for good: a 4xx that does not
// pass by itself.
func refused(err error) bool {
	for _, final := range []error{liveperson.ErrUnauthorized, liveperson.ErrForbidden, liveperson.ErrBlocked} {
		if errors.Is(err, final) {
			return true
		}
	}
	var e *liveperson.Error
	if !errors.As(err, &e) || e.Status < 400 || e.Status >= 500 {
		return false
	}
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return true
}
