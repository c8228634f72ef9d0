package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Dial has dial open a connection with the present bearer: a web socket, which
// outlives the call that opens it. dial gets a client that sends what it is given
// once, over https to the account's hosts only (see BaseURI), without cookies,
// redirects and the Authorization header; it returns the HTTP status that it was
// answered with, 0 for none. After a 401 the session logs in, as after that of a
// call, and dial is called once more.
//
// generation says which login the bearer was of, for [Session.Refused]. The error is
// that of dial, without the bearer, and without a *url.Error, since that holds the
// URL; or why there is no bearer. op names the operation: "messagingagent.Connect".
// A session of signed calls has no bearer: *liveperson.InputError.
func (s *Session) Dial(ctx context.Context, op string, dial func(ctx context.Context, via *http.Client, bearer string) (status int, err error)) (generation int, err error) {
	via := &http.Client{Transport: gate{s}, CheckRedirect: noRedirects}
	for replay := false; ; replay = true {
		st, err := s.alive()
		switch {
		case err != nil:
			return 0, fmt.Errorf("%w: %w", liveperson.ErrNotSent, err)
		case st.signer != nil:
			return 0, &liveperson.InputError{Op: op, Field: "credentials", Rule: "must log in: signed calls have no bearer to connect with"}
		}
		at := time.Now()
		status, err := dial(ctx, via, st.bearer.Reveal())
		if err != nil {
			err = rest.ScrubError(err, st.bearer.Reveal())
			s.unresolved(err)
		}
		switch {
		case status == 0:
			return st.generation, err
		case status != http.StatusUnauthorized, replay:
			s.answered(op, st, at, status, replay)
			return st.generation, err
		case s.creds.kind == kindBearer:
			s.end(errBearerRefused)
			return st.generation, err
		}
		switch renewed := s.renew(ctx, op, st.generation); {
		case errors.Is(renewed, errNoHelp):
			return st.generation, err
		case renewed != nil:
			return st.generation, renewed
		}
	}
}

// Refused says that the service has closed a connection of [Session.Dial] because the
// bearer of that generation is not good any more. The session logs in, as after a 401
// of a call of op, and shares that login with all who wait for one; if newer tokens
// are there already, it does nothing. nil means that it is worth while to dial
// again: there is a new bearer, or none can be had and dial will be told.
func (s *Session) Refused(ctx context.Context, op string, generation int) error {
	if s.creds.kind == kindBearer {
		return s.Err()
	}
	err := s.renew(ctx, op, generation)
	if errors.Is(err, errNoHelp) {
		return nil
	}
	return err
}

// Observe reports what was asked over a connection of [Session.Dial], or the opening of
// one, to the observers of the session's HTTP client (see retry.WithObserver), as one of
// the session's calls: it fills in account and agent.
func (s *Session) Observe(stats retry.Stats) {
	s.mu.Lock()
	stats.Account, stats.Agent = s.account, s.state.who()
	s.mu.Unlock()
	s.base.Observe(stats)
}

// AfterDone has f run on a goroutine of its own once the session has ended, unless
// stop is called first; it is [context.AfterFunc].
func (s *Session) AfterDone(f func()) (stop func() bool) { return context.AfterFunc(s.ctx, f) }

// gate lets through what may carry the bearer to where it goes.
type gate struct{ session *Session }

func (g gate) RoundTrip(req *http.Request) (*http.Response, error) {
	if !g.session.allowed(req.URL.Scheme, req.URL.Host) {
		return nil, fmt.Errorf("%w: the bearer does not go to %s://%s", liveperson.ErrForeignOrigin, req.URL.Scheme, req.URL.Host)
	}
	return g.session.base.Raw().RoundTrip(req)
}

func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
