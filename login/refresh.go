package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// csrfBody is the body of refresh and logout.
type csrfBody struct {
	CSRF string `json:"csrf"`
}

// Refresh prolongs the session; LivePerson asks for it every 3–5 min. If the
// server answers 401 or its host is gone, the session logs in again. A session
// with a ready-made bearer has nothing to refresh.
//
// https://developers.liveperson.com/login-service-api-methods-refresh.html
func (s *Session) Refresh(ctx context.Context) error {
	return s.refresh(ctx, rest.Request{Idempotent: true})
}

// refreshOnce is Refresh for the background: the next one comes soon enough, so
// what was sent is not sent again and an outage is not amplified. A connection
// that cannot be made is still tried again.
func (s *Session) refreshOnce(ctx context.Context) error {
	// A wait that cannot end before the deadline is not begun.
	return s.refresh(ctx, rest.Request{RateLimitWait: 2 * onceTimeout})
}

const onceTimeout = 2 * time.Minute

func (s *Session) refresh(ctx context.Context, r rest.Request) error {
	st, err := s.alive()
	if err != nil || st.csrf.Reveal() == "" {
		return err
	}
	call := ctx
	if !r.Idempotent {
		var cancel context.CancelFunc
		call, cancel = context.WithTimeout(ctx, onceTimeout)
		defer cancel()
	}
	r.Op = "login.Refresh"
	err = s.postCSRF(call, refreshPath, st, r)
	switch {
	case err == nil:
	case s.unresolved(err):
		return s.renew(ctx, "", st.generation)
	case errors.Is(err, liveperson.ErrUnauthorized):
		return s.renewRefused(ctx, st, r.Op, err)
	case errors.Is(err, liveperson.ErrBlocked) && !s.creds.rotate():
		err = fmt.Errorf("session cannot be saved: %w", err)
		s.end(err)
		return err
	default:
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.off, r.Op)
	s.forRefresh = 0
	if s.state.generation == st.generation {
		prolonged := *s.state
		prolonged.expires = expiry(st.ttl)
		s.state = &prolonged
	}
	return nil
}

// renewRefused logs in because a refresh was refused, unless the last login for
// that reason did not help: the next refresh was refused as well.
func (s *Session) renewRefused(ctx context.Context, st *state, op string, refusal error) error {
	s.mu.Lock()
	if s.forRefresh == st.generation && st.generation == s.state.generation && s.died.IsZero() {
		s.noHelp(op, false)
		s.forRefresh = 0
	}
	s.mu.Unlock()
	err := s.renew(ctx, op, st.generation)
	if errors.Is(err, errNoHelp) || errors.Is(err, ErrLoggedInElsewhere) {
		return fmt.Errorf("%w: %w", refusal, err)
	}
	if err == nil {
		s.mu.Lock()
		s.forRefresh = s.state.generation
		s.mu.Unlock()
	}
	return err
}

// postCSRF makes the call that refresh and logout both are.
func (s *Session) postCSRF(ctx context.Context, path string, st *state, r rest.Request) error {
	r.Method, r.Query, r.Private = http.MethodPost, version, true
	r.URL = s.target(st.host, path)
	r.Body, r.Secrets = csrfBody{st.csrf.Reveal()}, []string{st.csrf.Reveal()}
	_, _, err := rest.Do[rest.None](ctx, s.rest(st.jar, st.who()), r)
	return err
}
