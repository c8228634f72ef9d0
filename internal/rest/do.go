package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

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
	c   *Client
	req *Request // the present one: a conflict may replace it

	out     T
	docErr  error // why the document of a whole 2xx is not usable
	body    []byte
	failure []byte
}

// Do makes the call and decodes its document.
func Do[T any](ctx context.Context, c *Client, r Request) (T, *Response, error) {
	x := &exchange[T]{c: c, req: &r}
	resp := &Response{}
	req, err := r.build(ctx)
	if err != nil {
		resp.Effect = retry.NoEffect
		return x.out, resp, withOp(r.Op, err)
	}
	call := &retry.Call{
		Op: r.Op, Class: r.Class, Verify: r.Verify, RateLimitWait: r.RateLimitWait,
		Jar: c.Jar, Accept: x.accept, Result: &resp.Result,
	}
	if r.Conflict != nil {
		call.Conflict = x.conflict
	}
	hresp, err := c.HTTP.Do(req.WithContext(retry.NewContext(ctx, call)))
	resp.Status = resp.Result.Status
	if err != nil {
		var zero T
		return zero, resp, x.fail(req, resp, nil, err)
	}
	defer hresp.Body.Close()
	resp.Status, resp.Header = hresp.StatusCode, hresp.Header
	if hresp.StatusCode >= 200 && hresp.StatusCode < 300 && x.docErr == nil && x.failure == nil {
		return x.out, resp, nil
	}
	var zero T
	return zero, resp, x.fail(req, resp, hresp, nil)
}

// accept decodes the body of a 2xx. An error means that it is no answer of the
// service at all, and that another try may help.
func (x *exchange[T]) accept(_ *http.Response, body []byte) error {
	var zero T
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
	next, err := x.req.Conflict(ctx)
	if err != nil || next == nil {
		return nil, err
	}
	x.req = next
	return next.build(ctx)
}

// fail makes the error of a call.
func (x *exchange[T]) fail(req *http.Request, resp *Response, hresp *http.Response, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	// What a hook returned, and bad input in it, is the caller's own.
	var own *liveperson.Error
	if errors.As(err, &own) || errors.Is(err, liveperson.ErrInvalidInput) {
		return withOp(x.req.Op, err)
	}
	hide := newScrubber(append(x.secrets(req.URL), x.req.Secrets...))
	e := &liveperson.Error{
		Op: x.req.Op, Method: x.req.Method, URL: hide.text(cleanURL(req.URL)),
		Status: resp.Status, Attempts: resp.Attempts, Err: hide.err(err),
	}
	body := x.body
	if hresp != nil && hresp.StatusCode >= 300 {
		body, _ = io.ReadAll(hresp.Body) // in memory already
	}
	var f failure
	switch {
	case hresp == nil:
	case hresp.StatusCode >= 300 && hresp.StatusCode < 400:
		e.Err = liveperson.ErrRedirected
		if to, err := hresp.Location(); err == nil {
			e.Message = "to " + origin(to)
		}
	case x.failure != nil && hresp.StatusCode < 300:
		f = parseFailure(x.failure)
	case x.docErr != nil && hresp.StatusCode < 300:
		e.Err = x.docErr
	default:
		f = parseBody(body)
	}
	if f != (failure{}) {
		e.Code, e.Reason, e.Message = f.code, f.reason, hide.text(f.message)
	}
	if !x.req.Private {
		e.Body = hide.body(body)
	}
	return e
}

// secrets are those of the client and the cookies of its jar.
func (x *exchange[T]) secrets(u *url.URL) []string {
	var s []string
	if x.c.Secrets != nil {
		s = x.c.Secrets()
	}
	if x.c.Jar != nil {
		for _, c := range x.c.Jar.Cookies(u) {
			s = append(s, c.Value)
		}
	}
	return s
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
	return &liveperson.Error{Op: op, Err: err}
}

// cleanURL is u without user and fragment.
func cleanURL(u *url.URL) string {
	c := *u
	c.User, c.Fragment, c.RawFragment = nil, "", ""
	return c.String()
}
