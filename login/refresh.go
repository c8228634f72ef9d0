package login

import (
	"context"
	"errors"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// csrfBody is the body of refresh and logout.
type csrfBody struct {
	CSRF string `json:"csrf"`
}

// Refresh prolongs the session (Refresh page: every 3–5 min). If the server
// answers 401 or its host is gone, the session logs in again. A session with a ready-made bearer
// has nothing to refresh.
func (s *Session) Refresh(ctx context.Context) error {
	if err := s.Err(); err != nil {
		return err
	}
	st := s.current()
	if st.csrf.Reveal() == "" {
		return nil
	}
	err := s.postCSRF(ctx, "login.Refresh", "/api/account/{account}/refresh", st)
	if errors.Is(err, liveperson.ErrUnauthorized) || s.unresolved(err) {
		return s.renew(ctx, st.generation)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == st {
		prolonged := *st
		prolonged.expires = expiry(st.ttl)
		s.state = &prolonged
	}
	return nil
}

// Logout ends the session: its goroutines, also when the call fails, and its
// bearer on the server (Logout page). Running chats of the agent go back to
// the queue. The error is what the server said; a second Logout does nothing.
func (s *Session) Logout(ctx context.Context) error {
	ended := s.Err() != nil
	s.end(ErrLoggedOut)
	s.wg.Wait()
	st := s.current()
	if ended || st.csrf.Reveal() == "" {
		return nil
	}
	err := s.postCSRF(ctx, "login.Logout", "/api/account/{account}/logout", st)
	s.log.Info("logged out", "account", s.account, "user", st.user.LoginName, "err", err)
	return err
}

// postCSRF makes the call that refresh and logout both are.
func (s *Session) postCSRF(ctx context.Context, op, path string, st *state) error {
	_, _, err := rest.Do[rest.None](ctx, s.rest(st.jar), rest.Request{
		Op: op, Method: http.MethodPost, Query: version, Class: retry.Idempotent, Private: true,
		URL:  rest.Host(s.domains.Scheme(), st.host, path, s.account),
		Body: csrfBody{st.csrf.Reveal()},
	})
	return err
}
