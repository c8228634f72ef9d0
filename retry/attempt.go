package retry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// attempt is a run seen as the RoundTripper of its single tries. It has no
// CloseIdleConnections, so that a failing call cannot close the connections of
// its neighbours.
type attempt run

// RoundTrip makes one try: wait for the limiter, add the jar's cookies, sign,
// send, store the cookies, read the body whole.
func (a *attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	r := (*run)(a)
	r.written.Store(false)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if l := r.t.limiter; l != nil {
		if err := l.Wait(req.Context()); err != nil {
			return nil, fmt.Errorf("%w: rate limit: %w", liveperson.ErrNotSent, err)
		}
	}
	ctx, cancel := context.WithTimeout(req.Context(), r.timeout())
	defer cancel()
	out := req.Clone(NewContext(ctx, nil)) // Prepare may make calls of its own
	if r.call.Jar != nil {
		setCookies(out.Header, r.call.Jar.Cookies(out.URL))
	}
	if r.call.Prepare != nil {
		if err := r.call.Prepare(out); err != nil {
			return nil, fmt.Errorf("%w: %w", liveperson.ErrNotSent, err)
		}
	}
	if err := sendable(out); err != nil {
		return nil, fmt.Errorf("%w: %w", liveperson.ErrNotSent, err)
	}
	ctx = context.WithValue(ctx, withinKey{}, FromContext(ctx))
	if r.class != Idempotent {
		ctx = httptrace.WithClientTrace(ctx, r.trace())
	}
	if r.class != Idempotent || r.call.Single {
		unrepeatable(out)
	}
	r.result.Attempts++
	r.result.Status = 0
	started := time.Now()
	resp, err := a.exchange(req.Context(), out.WithContext(ctx))
	if err != nil {
		if ctx.Err() != nil && req.Context().Err() == nil {
			err = &timeoutError{after: r.timeout()}
		}
		r.log(ctx, slog.LevelDebug, "no usable answer", "took", time.Since(started), "err", err)
		return nil, err
	}
	r.log(ctx, slog.LevelDebug, "answered", "status", resp.StatusCode, "took", time.Since(started))
	return resp, nil
}

// trace notes whether the request may have reached the server: from when it has
// a connection. Without the word of net/http's own transport it is taken as
// written (see exchange).
func (r *run) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { r.written.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { r.written.Store(true) },
	}
}

// exchange sends out and reads its answer; caller is the context of the call.
func (a *attempt) exchange(caller context.Context, out *http.Request) (*http.Response, error) {
	r := (*run)(a)
	r.written.Store(true)
	r.sent += max(out.ContentLength, 0)
	resp, err := r.t.base.RoundTrip(out)
	if err != nil {
		return nil, quiet(err)
	}
	if resp.Body == nil { // as http.Client allows it
		resp.Body = http.NoBody
	}
	defer resp.Body.Close()
	r.result.Status = resp.StatusCode
	if r.call.Jar != nil {
		if cookies := resp.Cookies(); len(cookies) > 0 {
			r.call.Jar.SetCookies(out.URL, cookies)
		}
	}
	if to := resp.Header.Get("Location"); to != "" {
		if _, err := out.URL.Parse(to); err != nil {
			resp.Header.Del("Location") // http.Client would lose the answer over it
		}
	}
	var body []byte
	if out.Method != http.MethodHead { // which announces a body that does not come
		body, err = readBody(resp, r.t.maxBody)
		r.received += int64(len(body))
		resp.ContentLength = int64(len(body))
	}
	// From 300 on the status says it all, even if the body is cut.
	if err != nil && (resp.StatusCode < 300 || errors.Is(err, liveperson.ErrTooLarge) || caller.Err() != nil) {
		return nil, err
	}
	resp.Body = NewBody(body)
	if r.call.Accept != nil && resp.StatusCode >= 200 && resp.StatusCode < 300 {
		if err := r.call.Accept(resp, body); err != nil {
			return nil, err
		}
	}
	return resp, nil
}

// readBody reads an answer whole, up to limit bytes.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, fmt.Errorf("%w: %d bytes announced, limit %d", liveperson.ErrTooLarge, resp.ContentLength, limit)
	}
	size := min(resp.ContentLength, 64<<10)
	if size < 0 { // not announced
		size = 511
	}
	b := make([]byte, 0, size+1) // one more: the end shows in another read
	for {
		n, err := resp.Body.Read(b[len(b):min(int64(cap(b)), limit+1)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return nil, fmt.Errorf("%w: limit %d bytes", liveperson.ErrTooLarge, limit)
		case err == io.EOF:
			return b, nil
		case err != nil:
			return b, fmt.Errorf("reading the answer: %w", quiet(err))
		}
		if len(b) == cap(b) {
			b = slices.Grow(b, len(b)) // twice as much
		}
	}
}

// setCookies writes the Cookie header.
func setCookies(h http.Header, cookies []*http.Cookie) {
	h.Del("Cookie")
	if len(cookies) == 0 {
		return
	}
	pairs := make([]string, len(cookies))
	for i, c := range cookies {
		pairs[i] = (&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}).String() //nolint:gosec // the client's side of a cookie has no attributes
	}
	h["Cookie"] = []string{strings.Join(pairs, "; ")}
}

// timeout limits one try.
func (r *run) timeout() time.Duration {
	if r.call.Timeout > 0 {
		return r.call.Timeout
	}
	return r.t.policy.AttemptTimeout
}

// timeoutError is a try that took too long while the caller still waits.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("no answer within %v", e.after) }

// Timeout makes it a net.Error of the time-out kind.
func (e *timeoutError) Timeout() bool { return true }

// Temporary is the other half of net.Error.
func (e *timeoutError) Temporary() bool { return true }
