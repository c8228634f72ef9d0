package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/retry"
)

// None is the answer of a call that has nothing to say; an empty body is fine.
type None struct{}

// Response is what there is to know of a call besides its document. It is
// never nil, also with an error.
type Response struct {
	// Status is the last status, 0 if no answer arrived.
	Status int
	// Header is that of the last answer, nil if none arrived.
	Header http.Header
	// Attempts, Effect and Verified are those of retry.Result.
	retry.Result
}

// exchange is one call of one endpoint under way.
type exchange[T any] struct {
	c     *Client
	req   *Request      // the present one: a conflict may replace it
	last  *http.Request // made of it
	tries []http.Header // of all tries: they hold credentials
	sent  []string      // what Client.Secrets said at each try

	out     T
	docErr  error // why the document of a whole 2xx is not usable
	body    []byte
	failure []byte
}

// Do makes the call and decodes its document.
func Do[T any](ctx context.Context, c *Client, r Request) (T, *Response, error) {
	x := &exchange[T]{c: c, req: &r}
	resp := &Response{Result: retry.Result{Effect: retry.NoEffect}}
	call := &retry.Call{
		Op: r.Op, Class: r.Class, Verify: r.Verify, RateLimitWait: r.RateLimitWait, Single: r.Single, Timeout: r.Timeout,
		Jar: c.Jar, Prepare: x.note, Accept: x.accept, Result: &resp.Result,
	}
	if r.Conflict != nil {
		call.Conflict = x.conflict
	}
	if ctx != nil {
		ctx = retry.NewContext(ctx, call)
	}
	req, err := r.build(ctx)
	if err != nil {
		return x.out, resp, withOp(r.Op, x.scrubber().err(err))
	}
	x.last = req
	hresp, err := c.send(req)
	resp.Status = resp.Result.Status
	if err != nil {
		var zero T
		return zero, resp, x.fail(resp, nil, err)
	}
	defer hresp.Body.Close()
	resp.Status, resp.Header = hresp.StatusCode, hresp.Header
	if hresp.StatusCode >= 200 && hresp.StatusCode < 300 && x.docErr == nil && x.failure == nil {
		return x.out, resp, nil
	}
	var zero T
	err = x.fail(resp, hresp, nil)
	if x.failure != nil && hresp.StatusCode < 300 { // a success in name only
		resp.Effect = retry.NoEffect
		if errors.Is(err, liveperson.ErrUnavailable) {
			resp.Effect = retry.EffectUnknown
		}
	}
	return zero, resp, err
}

// send makes the call without what http.Client adds: redirects and cookies are
// not followed and kept here anyway.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	if c.HTTP.Timeout > 0 {
		ctx, cancel := context.WithTimeout(req.Context(), c.HTTP.Timeout)
		defer cancel() // the answer is in memory by then
		req = req.WithContext(ctx)
	}
	return c.HTTP.Transport.RoundTrip(req)
}

// note remembers the credentials of a try: once it has failed, the jar and the
// client may hold others.
func (x *exchange[T]) note(req *http.Request) error {
	x.tries = append(x.tries, req.Header)
	if x.c.Secrets != nil {
		x.sent = append(x.sent, x.c.Secrets()...)
	}
	return nil
}

// accept decodes the body of a 2xx. An error means that it is no answer of the
// service at all, and that another try may help.
func (x *exchange[T]) accept(_ *http.Response, body []byte) error {
	var zero T
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	x.out, x.docErr, x.failure, x.body = zero, nil, nil, body
	_, none := any(zero).(None)
	if len(bytes.TrimSpace(body)) == 0 {
		if none || x.req.Empty {
			return nil
		}
		return fmt.Errorf("%w: empty body", liveperson.ErrMalformed)
	}
	err := wire.Unmarshal(body, &x.out)
	var syntax *wire.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w: %w", liveperson.ErrMalformed, err)
	}
	if x.failure = wire.Failure(body); x.failure != nil {
		return nil
	}
	if err != nil && !none {
		x.docErr = fmt.Errorf("%w: %w", liveperson.ErrMalformed, err)
	}
	return nil
}

// conflict asks the request for its successor.
func (x *exchange[T]) conflict(ctx context.Context, _ *http.Response) (*http.Request, error) {
	if x.req.Conflict == nil {
		return nil, nil // the 409 stands
	}
	next, err := x.req.Conflict(ctx)
	if err != nil || next == nil {
		return nil, err
	}
	req, err := next.build(ctx)
	if err != nil {
		return nil, err
	}
	x.req, x.last = next, req
	return req, nil
}

// fail makes the error of a call.
func (x *exchange[T]) fail(resp *Response, hresp *http.Response, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	// What a hook returned, and bad input in it, is the caller's own.
	var own *liveperson.Error
	if errors.As(err, &own) || errors.Is(err, liveperson.ErrInvalidInput) {
		return withOp(x.req.Op, err)
	}
	hide := x.scrubber()
	e := &liveperson.Error{
		Op: x.req.Op, Method: x.req.Method, URL: hide.text(cleanURL(x.last.URL)),
		Status: resp.Status, Attempts: resp.Attempts, Err: hide.err(err),
	}
	var body []byte
	switch {
	case hresp != nil && hresp.StatusCode >= 300:
		body, _ = io.ReadAll(hresp.Body) // in memory already
	case resp.Status >= 200 && resp.Status < 300:
		body = x.body
	}
	var f failure
	switch {
	case hresp == nil:
	case hresp.StatusCode >= 300 && hresp.StatusCode < 400:
		e.Err = liveperson.ErrRedirected
		if to, err := hresp.Location(); err == nil {
			f.message = "to " + origin(to)
		}
	case x.failure != nil && hresp.StatusCode < 300:
		f = parseFailure(x.failure)
	case x.docErr != nil && hresp.StatusCode < 300:
		e.Err = hide.err(x.docErr)
	default:
		f = parseBody(body, hide)
	}
	if x.req.Private && f.raw {
		f.message = ""
	}
	// Decoding may have brought secrets to light that stood escaped in the body.
	e.Code, e.Reason, e.Message = f.code, oneLine(hide.text(f.reason)), oneLine(hide.text(f.message))
	if !x.req.Private {
		e.Body = hide.body(body)
	}
	return e
}

// scrubber hides what was sent, and what the client and its jar hold now.
func (x *exchange[T]) scrubber() scrubber {
	secrets := slices.Concat(x.sent, x.req.Secrets)
	for _, h := range x.tries {
		for _, c := range (&http.Request{Header: h}).Cookies() {
			secrets = append(secrets, c.Value)
		}
		if _, token, ok := strings.Cut(h.Get("Authorization"), " "); ok {
			secrets = append(secrets, token)
		}
	}
	if x.c.Secrets != nil {
		secrets = append(secrets, x.c.Secrets()...)
	}
	if x.c.Jar != nil && x.last != nil {
		for _, c := range x.c.Jar.Cookies(x.last.URL) {
			secrets = append(secrets, c.Value)
		}
	}
	return newScrubber(secrets)
}

// withOp names the operation in an input error, and puts it before others.
func withOp(op string, err error) error {
	var in *liveperson.InputError
	if errors.As(err, &in) {
		if in.Op == "" {
			return &liveperson.InputError{Op: op, Field: in.Field, Rule: in.Rule}
		}
		return err
	}
	var own *liveperson.Error
	if errors.As(err, &own) {
		return err
	}
	if !errors.Is(err, liveperson.ErrForeignOrigin) && !errors.Is(err, liveperson.ErrMalformed) {
		err = fmt.Errorf("%w: %w", liveperson.ErrNotSent, err) // not the service's fault
	}
	return &liveperson.Error{Op: op, Err: err}
}

// cleanURL is u without user and fragment.
func cleanURL(u *url.URL) string {
	c := *u
	c.User, c.Fragment, c.RawFragment = nil, "", ""
	return c.String()
}
