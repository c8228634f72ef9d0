package login

import (
	"fmt"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

// authorizer is the RoundTripper of a session's client. It works above the
// retries: each try asks for the bearer anew, and a 401 that came through is
// answered with one login and one replay.
type authorizer struct {
	session *Session
	base    http.RoundTripper
}

// RoundTrip authorizes req and sends it.
func (a *authorizer) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := retry.ReadBody(req)
	if err != nil {
		return nil, err
	}
	if !a.session.allowed(req.URL.Scheme, req.URL.Host) {
		return nil, fmt.Errorf("%w: the bearer does not go to %s://%s", liveperson.ErrForeignOrigin, req.URL.Scheme, req.URL.Host)
	}
	var call retry.Call
	if outer := retry.FromContext(req.Context()); outer != nil {
		call = *outer
	}
	if call.Result == nil {
		call.Result = &retry.Result{}
	}
	if a.session.Signed() {
		call.Jar = nil
	}
	var used int // generation of the bearer sent last
	next := call.Prepare
	call.Prepare = func(r *http.Request) error {
		if err := a.session.Err(); err != nil {
			return err
		}
		st := a.session.current()
		used = st.generation
		if st.signer == nil {
			r.Header.Set("Authorization", "Bearer "+st.bearer.Reveal())
		} else if err := st.signer.sign(r); err != nil {
			return err
		}
		if next != nil { // sees the try as it is sent
			return next(r)
		}
		return nil
	}
	resp, err := a.send(req, body, &call)
	if err != nil {
		a.session.unresolved(err)
		return nil, err
	}
	if signer := a.session.current().signer; signer != nil {
		signer.redact(resp)
		return resp, nil
	}
	if resp.StatusCode != http.StatusUnauthorized {
		return resp, nil
	}
	if a.session.creds.kind == kindBearer {
		a.session.end(errBearerRefused)
		return resp, nil
	}
	attempts := call.Result.Attempts
	if err := a.session.renew(req.Context(), used); err != nil {
		return nil, err
	}
	resp, err = a.send(req, body, &call)
	call.Result.Attempts += attempts
	return resp, err
}

func (a *authorizer) send(req *http.Request, body []byte, call *retry.Call) (*http.Response, error) {
	out := req.WithContext(retry.NewContext(req.Context(), call))
	if body != nil {
		out.Body = retry.NewBody(body)
	}
	return a.base.RoundTrip(out)
}

// CloseIdleConnections passes the call on.
func (a *authorizer) CloseIdleConnections() {
	if c, ok := a.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// errBearerRefused ends a session that has nothing but its bearer.
var errBearerRefused = fmt.Errorf("session cannot be saved: its bearer was refused: %w", liveperson.ErrUnauthorized)
