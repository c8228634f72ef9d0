package retry

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"time"
)

// Transport is the RoundTripper that [NewClient] uses. Make one with
// [NewTransport]; it may be used by many goroutines. Beneath another Transport
// it leaves all decisions to that one, so that tries do not multiply.
type Transport struct {
	base      http.RoundTripper
	policy    Policy
	limiter   Limiter
	budget    *Budget
	observers []func(Stats)
	logger    *slog.Logger
	maxBody   int64
}

// NewTransport returns a RoundTripper that follows the package's policy.
func NewTransport(opts ...Option) *Transport {
	t := &Transport{maxBody: DefaultMaxBody}
	for _, o := range opts {
		o(t)
	}
	if t.base == nil {
		t.base = shared()
	}
	t.policy = t.policy.withDefaults()
	if t.maxBody <= 0 {
		t.maxBody = DefaultMaxBody
	}
	t.maxBody = min(t.maxBody, math.MaxInt64-1) // one more is read, to notice
	return t
}

// CloseIdleConnections closes those of the transport beneath. Only its owner
// calls it: a failing call does not (go-retryablehttp would).
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip sends req by the policy, guided by the [Call] in its context.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	call := FromContext(req.Context())
	if outer, ok := req.Context().Value(withinKey{}).(*Call); ok && outer == call {
		return t.base.RoundTrip(req)
	}
	if call == nil {
		call = &Call{}
	}
	r := &run{t: t, call: call, result: call.Result, started: time.Now()}
	if r.result == nil {
		r.result = &Result{}
	}
	*r.result = Result{Effect: NoEffect}
	resp, err := r.conflicts(req)
	r.observe(resp, err)
	return resp, err
}

// conflicts sends req, and what Call.Conflict makes of a 409.
func (r *run) conflicts(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	for n := 0; ; n++ {
		resp, err := r.send(req)
		if err != nil || resp.StatusCode != http.StatusConflict || r.call.Conflict == nil || n >= r.t.policy.MaxConflicts {
			return resp, err
		}
		if n > 0 { // the first conflict is answered at once, further ones spread out
			if !sleep(ctx, spread(conflictWait<<min(n-1, 4), 1)) {
				return nil, ctx.Err()
			}
		}
		body, _ := io.ReadAll(resp.Body) // in memory already
		resp.Body = io.NopCloser(bytes.NewReader(body))
		next, err := r.call.Conflict(NewContext(ctx, nil), resp)
		if err != nil {
			return nil, err
		}
		if next == nil {
			resp.Body = io.NopCloser(bytes.NewReader(body))
			return resp, nil
		}
		req = next.WithContext(ctx)
	}
}

const conflictWait = 100 * time.Millisecond

// sleep waits for d and tells whether ctx lasted that long.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// observe reports the call.
func (r *run) observe(resp *http.Response, err error) {
	if len(r.t.observers) == 0 {
		return
	}
	s := Stats{
		Op: r.call.Op, Method: r.method, Host: r.host, Attempts: r.result.Attempts,
		Start: r.started, Duration: time.Since(r.started), Sent: r.sent, Received: r.received,
		Status: r.result.Status, Err: err,
	}
	if resp != nil {
		s.Status = resp.StatusCode
	}
	for _, f := range r.t.observers {
		f(s)
	}
}

// log writes one line about a try or a wait.
func (r *run) log(ctx context.Context, level slog.Level, msg string, args ...any) {
	if r.t.logger == nil || !r.t.logger.Enabled(ctx, level) {
		return
	}
	r.t.logger.Log(ctx, level, msg, append([]any{"op", r.call.Op, "method", r.method, "host", r.host, "attempt", r.result.Attempts}, args...)...)
}

// cause strips the *url.Error that the inner http.Client puts around an error:
// the outer one adds its own, and both print the URL.
func cause(err error) error {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // those beneath belong to hooks
		return u.Err
	}
	return err
}
