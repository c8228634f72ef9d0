package retry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// run is one call on its way, all of its tries together. One goroutine works
// on it.
type run struct {
	t      *Transport
	call   *Call
	result *Result

	class        Class
	method, host string
	started      time.Time
	sent         int64
	received     int64

	last    outcome       // of the last try
	written atomic.Bool   // the last try may have reached the server
	retries int           // of the present request
	wait    time.Duration // before the next try
	doubt   bool          // a try may have taken effect unnoticed
	asked   bool          // Verify was asked about the last try
}

// outcome is what a try came to.
type outcome int

const (
	answered  outcome = iota // final, whatever it says
	refused                  // 429: not taken
	unwritten                // never reached the server
	lost                     // 5xx, no answer, or an unusable one
	fatal                    // cannot work, however often
)

// errTookEffect ends a call whose verification found it done.
var errTookEffect = errors.New("took effect")

// errUnknown is a verification without a result.
var errUnknown = errors.New("it cannot be found out whether the call took effect")

// way is what go-retryablehttp needs for one request.
type way struct {
	copied  http.Request
	request retryablehttp.Request
	http    http.Client
	client  retryablehttp.Client
}

// send sends one request until its outcome is final or the policy ends it.
func (r *run) send(req *http.Request) (*http.Response, error) {
	r.method, r.host, r.retries = req.Method, req.URL.Host, 0
	body, err := ReadBody(req)
	if err != nil {
		return nil, err
	}
	r.class = r.call.class(req.Method)
	r.t.budget.deposit()

	w := &way{copied: *req} // the caller's request stays as it is
	w.copied.Body, w.copied.GetBody = nil, nil
	w.request.Request = &w.copied
	if body != nil {
		if err := w.request.SetBody(body); err != nil {
			return nil, err
		}
	}
	w.http = http.Client{Transport: (*attempt)(r), CheckRedirect: noRedirects}
	w.client = retryablehttp.Client{
		HTTPClient:   &w.http,
		RetryMax:     len(r.t.policy.Waits),
		CheckRetry:   r.check,
		Backoff:      r.backoff,
		PrepareRetry: r.prepare,
		ErrorHandler: passThrough,
	}
	resp, err := w.client.Do(&w.request)
	resp, err = r.finish(req, resp, cause(err))
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

func (c *Call) class(method string) Class {
	switch c.Class {
	case ByMethod:
		switch method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			return Idempotent
		}
		return Once
	case Verified:
		if c.Verify == nil {
			return Once
		}
	}
	return c.Class
}

// passThrough keeps the last answer, or the last error, as it was.
func passThrough(resp *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// check is go-retryablehttp's CheckRetry: may there be another try?
func (r *run) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	r.last, r.asked = r.judge(resp, err), false
	if r.last == lost {
		r.doubt = true
	}
	if r.last == answered || r.last == fatal {
		return false, nil
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if r.last == lost && r.class == Once || r.call.Single || r.retries >= len(r.t.policy.Waits) {
		return false, nil
	}
	r.wait = r.nextWait(resp)
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= r.wait {
		return false, nil
	}
	if !r.t.budget.take() {
		return false, nil
	}
	r.retries++
	return true, nil
}

// judge sorts what a try came to.
func (r *run) judge(resp *http.Response, err error) outcome {
	if err != nil {
		var cert *tls.CertificateVerificationError
		switch {
		case errors.Is(err, liveperson.ErrTooLarge), errors.Is(err, liveperson.ErrNotSent), errors.As(err, &cert):
			return fatal
		case !r.written.Load():
			return unwritten
		}
		return lost
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return refused
	case resp.StatusCode >= http.StatusInternalServerError:
		return lost
	}
	return answered
}

// nextWait is the pause before the next try.
func (r *run) nextWait(resp *http.Response) time.Duration {
	p := r.t.policy
	wait := p.Waits[r.retries]
	if r.last == refused {
		wait = max(p.RateLimitWait, r.call.RateLimitWait)
	}
	if resp != nil {
		wait = max(wait, retryAfter(resp.Header, p.MaxRetryAfter))
	}
	return spread(wait, p.Jitter)
}

// backoff is go-retryablehttp's Backoff.
func (r *run) backoff(_, _ time.Duration, _ int, resp *http.Response) time.Duration {
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	r.log(context.Background(), slog.LevelInfo, "waiting before another try", "status", status, "wait", r.wait)
	return r.wait
}

// prepare is go-retryablehttp's PrepareRetry: it verifies before a second send.
func (r *run) prepare(req *http.Request) error {
	if r.class != Verified || r.last != lost {
		return nil
	}
	effect, err := r.verify(req.Context())
	if err != nil {
		return err
	}
	if effect == TookEffect {
		return errTookEffect
	}
	return nil
}

// verify asks Call.Verify. Without an error it is known whether the last try
// took effect.
func (r *run) verify(ctx context.Context) (Effect, error) {
	r.asked = true
	effect, err := r.call.Verify(NewContext(ctx, nil))
	r.log(ctx, slog.LevelInfo, "verified the last try", "effect", effect.String())
	if err != nil {
		return EffectUnknown, fmt.Errorf("finding out whether the call took effect: %w", err)
	}
	switch effect {
	case TookEffect:
	case NoEffect:
		r.doubt = false
	default:
		return effect, errUnknown
	}
	return effect, nil
}

// finish settles the effect of the call; class Verified is asked once more if
// its last try was lost.
func (r *run) finish(req *http.Request, resp *http.Response, err error) (*http.Response, error) {
	if errors.Is(err, errTookEffect) {
		return r.verified(req), nil
	}
	if r.class == Verified && r.last == lost && r.doubt && !r.asked && req.Context().Err() == nil {
		effect, verr := r.verify(req.Context())
		switch {
		case verr == nil && effect == TookEffect:
			return r.verified(req), nil
		case verr != nil && req.Context().Err() != nil:
			resp, err = nil, req.Context().Err()
		}
	}
	switch {
	case resp != nil && resp.StatusCode < 300:
		r.result.Effect = TookEffect
	case r.doubt || r.last == fatal && r.written.Load():
		r.result.Effect = EffectUnknown
	default:
		r.result.Effect = NoEffect
	}
	return resp, err
}

// verified is the success of a call whose own answer was lost.
func (r *run) verified(req *http.Request) *http.Response {
	r.result.Effect, r.result.Verified = TookEffect, true
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: req,
	}
}
