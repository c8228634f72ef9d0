package retry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// turn waits until the limiter lets one more try through, and counts the tries.
type turn struct {
	limiter Limiter
	next    http.RoundTripper
}

func (l turn) RoundTrip(req *http.Request) (*http.Response, error) {
	s := sendingOf(req.Context())
	s.written.Store(false)
	s.answer.Status, s.answer.Header, s.answer.Body = 0, nil, nil
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if err := sendable(req); err != nil {
		return nil, fmt.Errorf("%w: %w", liveperson.ErrNotSent, err)
	}
	if l.limiter != nil {
		if err := l.limiter.Wait(req.Context()); err != nil {
			return nil, fmt.Errorf("%w: rate limit: %w", liveperson.ErrNotSent, err)
		}
	}
	s.answer.Tries++
	started := time.Now()
	resp, err := l.next.RoundTrip(req)
	if err != nil {
		s.log(req.Context(), slog.LevelDebug, "no usable answer", "took", time.Since(started), "err", err)
		return nil, err
	}
	s.log(req.Context(), slog.LevelDebug, "answered", "status", resp.StatusCode, "took", time.Since(started))
	return resp, nil
}

// cookies sends those of the session and stores what the answer sets. The header
// of an earlier try may still be read by the connection that it went to, so
// that each further try gets one of its own.
type cookies struct{ next http.RoundTripper }

func (l cookies) RoundTrip(req *http.Request) (*http.Response, error) {
	s := sendingOf(req.Context())
	if s.answer.Tries > 1 {
		req.Header = maps.Clone(req.Header)
	}
	jar := s.call.Jar
	if jar == nil {
		s.carried(req.Header)
		return l.next.RoundTrip(req)
	}
	sent := setCookies(req.Header, jar.Cookies(req.URL))
	resp, err := l.send(req, s)
	if err != nil || resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		return resp, l.store(jar, req, resp, err)
	}
	// Refused, perhaps since another call has brought new cookies meanwhile.
	changed := setCookies(http.Header{}, jar.Cookies(req.URL)) != sent
	if err := l.store(jar, req, resp, nil); !changed {
		return resp, err
	}
	body, err := s.request.BodyBytes()
	if err != nil {
		return resp, nil //nolint:nilerr // the refusal stands
	}
	fresh := req.Clone(req.Context())
	fresh.Body = newBody(body)
	setCookies(fresh.Header, jar.Cookies(req.URL))
	resp, err = l.send(fresh, s)
	return resp, l.store(jar, req, resp, err)
}

func (l cookies) send(req *http.Request, s *sending) (*http.Response, error) {
	s.carried(req.Header)
	return l.next.RoundTrip(req)
}

// store stores the cookies that an answer sets, if there is one, and returns err.
func (l cookies) store(jar http.CookieJar, req *http.Request, resp *http.Response, err error) error {
	if resp != nil {
		if set := resp.Cookies(); len(set) > 0 {
			jar.SetCookies(req.URL, set)
		}
	}
	return err
}

// setCookies writes the Cookie header, and returns what it wrote.
func setCookies(h http.Header, cookies []*http.Cookie) string {
	delete(h, "Cookie")
	if len(cookies) == 0 {
		return ""
	}
	var b strings.Builder
	for i, c := range cookies {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString((&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}).String()) //nolint:gosec // the client's side of a cookie has no attributes
	}
	h["Cookie"] = []string{b.String()}
	return b.String()
}

// timeLimit ends a try that takes too long, from sending to the end of the body.
type timeLimit struct {
	limit time.Duration
	next  http.RoundTripper
}

func (l timeLimit) RoundTrip(req *http.Request) (*http.Response, error) {
	limit := l.limit
	if d := sendingOf(req.Context()).call.Timeout; d > 0 {
		limit = d
	}
	ctx, cancel := context.WithTimeout(req.Context(), limit)
	defer cancel()
	resp, err := l.next.RoundTrip(req.WithContext(ctx))
	if err != nil && ctx.Err() != nil && req.Context().Err() == nil {
		err = &timeoutError{after: limit}
	}
	return resp, err
}

// timeoutError is a try that took too long while the caller still waits.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("no answer within %v", e.after) }

// Timeout makes it a net.Error of the time-out kind.
func (e *timeoutError) Timeout() bool { return true }

// Temporary is the other half of net.Error.
func (e *timeoutError) Temporary() bool { return true }

// written knows whether a try may have reached the server: from when it has a
// connection; see trace. Where net/http does not tell, it is taken as written.
// It also keeps net/http from sending a request a second time by itself.
type written struct{ next http.RoundTripper }

func (l written) RoundTrip(req *http.Request) (*http.Response, error) {
	s := sendingOf(req.Context())
	if !s.call.Idempotent || s.call.Single {
		unrepeatable(req)
	}
	s.written.Store(true)
	s.answer.Sent += max(req.ContentLength, 0)
	return l.next.RoundTrip(req)
}

func (s *sending) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { s.written.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { s.written.Store(true) },
	}
}

// unrepeatable keeps net/http from sending req again after a lost connection,
// which it does if it takes req for idempotent by its method or by its
// Idempotency-Key.
func unrepeatable(req *http.Request) {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
	default:
		if req.Header["Idempotency-Key"] == nil && req.Header["X-Idempotency-Key"] == nil {
			return
		}
	}
	req.GetBody = nil
	if req.Body == nil || req.Body == http.NoBody {
		req.Body = io.NopCloser(bytes.NewReader(nil))
	}
}

// whole reads the answer into memory, within the limit. A success that is cut
// off, or not the JSON that it has to be, is a lost answer; from 300 on the
// status says it all.
type whole struct {
	limit int64
	next  http.RoundTripper
}

func (l whole) RoundTrip(req *http.Request) (*http.Response, error) {
	s := sendingOf(req.Context())
	resp, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, quiet(err)
	}
	if resp.Body == nil { // as http.Client allows it
		resp.Body = http.NoBody
	}
	defer resp.Body.Close()
	a := &s.answer
	a.Status, a.Header = resp.StatusCode, resp.Header
	if req.Method != http.MethodHead { // which announces a body that does not come
		a.Body, err = readBody(resp, l.limit)
		a.Received += int64(len(a.Body))
	}
	resp.Body, resp.ContentLength, resp.Request = http.NoBody, 0, req
	if err == nil && resp.StatusCode < 300 && s.call.JSON {
		if err = document(a.Body, s.call.Empty); err != nil && resp.Header.Get("Location") != "" {
			a.Body, err = nil, nil // the header says what there is to say
		}
	}
	if err != nil && resp.StatusCode >= 300 && !errors.Is(err, liveperson.ErrTooLarge) {
		err = nil
	}
	if to := resp.Header.Get("Location"); to != "" && resp.StatusCode >= 300 && resp.StatusCode < 400 {
		if _, bad := req.URL.Parse(to); bad != nil {
			resp.Header.Del("Location") // http.Client would lose the answer over it
		}
	}
	return resp, err
}

// document tells whether body can be the JSON document of a success: whether it
// begins and ends like one.
func document(body []byte, empty bool) error {
	b := bytes.Trim(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(b) == 0 {
		if empty {
			return nil
		}
		return fmt.Errorf("%w: empty body", liveperson.ErrMalformed)
	}
	first, last := b[0], b[len(b)-1]
	switch {
	case first == '{' && last == '}', first == '[' && last == ']', first == '"' && last == '"' && len(b) > 1:
		return nil
	case strings.IndexByte("{[\"", first) >= 0:
		return fmt.Errorf("%w: cut off", liveperson.ErrMalformed)
	case strings.IndexByte("-0123456789", first) >= 0, string(b) == "true", string(b) == "false", string(b) == "null":
		return nil
	}
	return fmt.Errorf("%w: not JSON", liveperson.ErrMalformed)
}

// readBody reads an answer whole, up to limit bytes.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, fmt.Errorf("%w: %d bytes announced, limit %d", liveperson.ErrTooLarge, resp.ContentLength, limit)
	}
	size := min(resp.ContentLength, 256<<10)
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

// body is the answer of a plain RoundTrip.
type body struct{ bytes.Reader }

func newBody(content []byte) *body {
	b := &body{}
	b.Reset(content)
	return b
}

// Close does nothing.
func (b *body) Close() error { return nil }
