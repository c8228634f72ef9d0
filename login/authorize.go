package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

// authorizer makes the calls of a session: each is sent with the bearer, and a
// 401 that comes through the retries is answered with one login, shared by all
// callers, and one replay.
type authorizer struct {
	session *Session
	below   *retry.Transport
}

// Call authorizes the call and sends it.
func (a *authorizer) Call(ctx context.Context, c *retry.Call) (retry.Answer, error) {
	s := a.session
	if !s.allowed(c.URL.Scheme, c.URL.Host) {
		return retry.Answer{Effect: retry.NoEffect}, fmt.Errorf("%w: the bearer does not go to %s://%s", liveperson.ErrForeignOrigin, c.URL.Scheme, c.URL.Host)
	}
	op, at := operation(c), time.Now()
	sent, err := a.authorize(c)
	if err != nil {
		return retry.Answer{Effect: retry.NoEffect}, err
	}
	answer, err := a.below.Call(ctx, c)
	if sent.signer != nil {
		answer = answer.Carrying(sent.signer.keys...)
	}
	if err != nil {
		s.unresolved(err)
		return answer, err
	}
	switch {
	case sent.signer != nil:
		return answer, nil
	case answer.Status != http.StatusUnauthorized:
		s.answered(op, sent, at, answer.Status, false)
		return answer, nil
	case s.creds.kind == kindBearer:
		s.end(errBearerRefused)
		return answer, nil
	}
	switch err := s.renew(ctx, op, sent.generation); {
	case errors.Is(err, errNoHelp):
		return answer, nil
	case err != nil:
		return answer, err
	}
	at = time.Now()
	if sent, err = a.authorize(c); err != nil {
		return answer, err
	}
	again, err := a.below.Call(ctx, c)
	if err == nil {
		s.answered(op, sent, at, again.Status, true)
	}
	return again.After(answer), err
}

// authorize puts the present bearer on the call.
func (a *authorizer) authorize(c *retry.Call) (*state, error) {
	st, err := a.session.alive()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", liveperson.ErrNotSent, err)
	}
	c.Account, c.Agent = a.session.account, st.who()
	if st.signer != nil {
		c.Jar = nil // a layer beneath signs each try; see signing
	} else {
		c.Set("Authorization", "Bearer "+st.bearer.Reveal())
	}
	return st, nil
}

// RoundTrip is Call for code that works with net/http.
func (a *authorizer) RoundTrip(req *http.Request) (*http.Response, error) {
	return retry.RoundTrip(a, req)
}

// Observe passes on what became of a call.
func (a *authorizer) Observe(s retry.Stats) { a.below.Observe(s) }

// Policy is that of the transport below.
func (a *authorizer) Policy() retry.Policy { return a.below.Policy() }

// CloseIdleConnections passes the call on.
func (a *authorizer) CloseIdleConnections() { a.below.CloseIdleConnections() }

// errBearerRefused ends a session that has nothing but its bearer.
var errBearerRefused = fmt.Errorf("session cannot be saved: its bearer was refused: %w", liveperson.ErrUnauthorized)
