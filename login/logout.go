package login

import (
	"context"
	"errors"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

var (
	// ErrLoggedOut is a call on a session after its Logout.
	ErrLoggedOut = errors.New("session is logged out")
	// ErrClosed is a call on a session after its Close.
	ErrClosed = errors.New("session is closed")
	// ErrChatsLeft is a Logout that was not made, for the sake of open chats.
	ErrChatsLeft = errors.New("not logged out: chats were left open for the next process; use Close")
)

// Logout ends the session: its goroutines, also when the call fails, and its
// bearer on the server. Running chats of the agent go back to the queue; conversations
// stay the agent's. The error is what the server said; a 401 is none, since the
// bearer has ended then. A second Logout, or one after Close, does nothing.
//
// If chats were left open for the next process, a logout would end them: Logout
// does what Close does then, and returns [ErrChatsLeft].
//
// Logout waits until the goroutines have ended, or until ctx has. So a credentials
// provider, and retry.Interval.OnFailure, which run on them, must not call it
// with a context that does not end.
//
// https://developers.liveperson.com/login-service-api-methods-logout.html
func (s *Session) Logout(ctx context.Context) error {
	reason := ErrLoggedOut
	if s.claims.Left() {
		reason = ErrClosed
	}
	first := s.end(reason)
	s.idle(ctx)
	st := s.current()
	switch {
	case !first:
		return nil
	case reason == ErrClosed: //nolint:errorlint // set above
		return ErrChatsLeft
	case st.csrf.Reveal() == "":
		return nil
	}
	err := s.postCSRF(ctx, logoutPath, st, rest.Request{Op: "login.Logout", Idempotent: true})
	if err != nil && !errors.Is(err, liveperson.ErrUnauthorized) {
		s.log.Warn("logging out failed", "account", s.account, "user", st.user.LoginName, "err", err)
		return err
	}
	s.log.Info("logged out", "account", s.account, "user", st.user.LoginName)
	return nil
}

// Close ends the session in this process only: its bearer stays good on the
// server, and so do the chats of the agent. It is for who leaves them to the next
// process (see [Session.Save]), and for programs that only read. A second Close,
// or one after Logout, does nothing.
//
// Close waits until the goroutines of the session have ended, so what runs on
// them must not call it.
func (s *Session) Close() {
	s.end(ErrClosed)
	s.idle(context.Background())
}

// idle waits for the goroutines of a session that has ended, and then no
// longer than ctx.
func (s *Session) idle(ctx context.Context) {
	s.mu.Lock()
	kept, r := s.kept, s.renewing
	s.mu.Unlock()
	if r != nil {
		select {
		case <-r.done:
		case <-ctx.Done():
		}
	}
	if kept != nil {
		select {
		case <-kept:
		case <-ctx.Done():
		}
	}
}
