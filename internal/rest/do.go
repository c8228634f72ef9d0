package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/retry"
)

// None is the answer of a call that has nothing to say; an empty body is fine.
type None struct{}

// Get reads a resource.
func Get[T any](ctx context.Context, c *Client, op string, url Target, query any) (T, error) {
	out, _, err := Do[T](ctx, c, Request{Op: op, Method: http.MethodGet, URL: url, Query: query})
	return out, err
}

// Do makes one call: build, send, decode, and make an error of what is none.
func Do[T any](ctx context.Context, c *Client, r Request) (T, retry.Answer, error) {
	started := time.Now()
	call, err := prepare[T](ctx, c, &r)
	if err != nil {
		var none T
		return none, retry.Answer{Effect: retry.NoEffect}, err
	}
	out, answer, err := send[T](ctx, c, &r, call, retry.Answer{})
	c.Via.Observe(call.Stats(answer, started, err))
	return out, answer, err
}

// Confirm makes one write that must not be made twice; see retry.Confirm. It is
// one call, with the tries of all its sendings. If look finds that it took
// effect, the document is the zero value and found is true.
func Confirm[T any](ctx context.Context, c *Client, r Request, look func(ctx context.Context, lost retry.Answer) (retry.Effect, error)) (out T, found bool, answer retry.Answer, err error) {
	started := time.Now()
	call, err := prepare[T](ctx, c, &r)
	if err != nil {
		return out, false, retry.Answer{Effect: retry.NoEffect}, err
	}
	send := func(ctx context.Context) (retry.Answer, error) {
		before := answer
		before.Effect = retry.NoEffect // Confirm has looked
		out, answer, err = send[T](ctx, c, &r, call, before)
		return answer, err
	}
	err = retry.Confirm(ctx, c.Via.Policy(), send, look)
	found = err == nil && answer.Effect != retry.TookEffect
	c.Via.Observe(call.Stats(answer, started, err))
	return out, found, answer, err
}

// prepare makes the call of r, or says why there is none.
func prepare[T any](ctx context.Context, c *Client, r *Request) (*retry.Call, error) {
	if _, none := any(*new(T)).(None); none {
		r.Empty = true
	}
	if ctx == nil {
		return nil, withOp(r.Op, errNoContext)
	}
	call, err := r.call(c)
	if err != nil {
		return nil, withOp(r.Op, newScrubber(c.secrets(r)).err(err))
	}
	return call, nil
}

var errNoContext = errors.New("rest: no context")

// send sends the call and decodes its answer. earlier is what came of earlier
// sendings.
func send[T any](ctx context.Context, c *Client, r *Request, call *retry.Call, earlier retry.Answer) (out T, answer retry.Answer, err error) {
	answer, err = c.Via.Call(ctx, call)
	answer = answer.After(earlier)
	if err == nil && answer.Status < 300 {
		if out, err = decode[T](ctx, answer.Body); err == nil {
			return out, answer, nil
		}
		answer.Effect = retry.EffectUnknown
	} else if err == nil {
		err = errStatus
	}
	var refusal *refusedError
	refused := errors.As(err, &refusal)
	err = c.failed(r, call, answer, err)
	if refused && !errors.Is(err, liveperson.ErrUnavailable) { // a success in name only
		answer.Effect = retry.NoEffect
	}
	var none T
	return none, answer, err
}

// decode reads the document of a success.
func decode[T any](ctx context.Context, body []byte) (out T, err error) {
	_, none := any(out).(None)
	if body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))); len(body) == 0 {
		return out, nil // which the call allows
	}
	err = wire.UnmarshalContext(ctx, body, &out)
	var syntax *wire.SyntaxError
	if errors.As(err, &syntax) {
		return out, fmt.Errorf("%w: %w", liveperson.ErrMalformed, err)
	}
	if failure := wire.Failure(body); failure != nil {
		return out, &refusedError{failure}
	}
	switch {
	case errors.Is(err, liveperson.ErrTooLarge), ctx.Err() != nil:
		return out, err
	case err != nil && !none:
		return out, fmt.Errorf("%w: %w", liveperson.ErrMalformed, err)
	}
	return out, nil
}

// refusedError is an error that the service gives with a success.
type refusedError struct{ value []byte }

func (*refusedError) Error() string { return "refused with a status of success" }

// errStatus is an answer whose status is no success.
var errStatus = errors.New("no success")

// failed makes the error of a call.
func (c *Client) failed(r *Request, call *retry.Call, answer retry.Answer, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	// What a floor below made, and bad input, stay as they are.
	var own *liveperson.Error
	if errors.As(err, &own) || errors.Is(err, liveperson.ErrInvalidInput) {
		return withOp(r.Op, err)
	}
	hide := newScrubber(c.secrets(r), carried(answer), jarred(call))
	e := &liveperson.Error{
		Op: r.Op, Method: r.Method, URL: hide.text(cleanURL(call.URL)), Status: answer.Status, Tries: answer.Tries,
	}
	var f failure
	var refusal *refusedError
	switch {
	case errors.As(err, &refusal):
		f = parseFailure(refusal.value)
	case err != errStatus: //nolint:errorlint // it is made here
		e.Err = hide.err(err)
	case answer.Status < 400:
		e.Err = liveperson.ErrRedirected
		location := answer.Header.Get("Location")
		if to, err := call.URL.Parse(location); err == nil && location != "" {
			f.message = "to " + origin(to)
		}
	default:
		f = parseBody(answer.Body, hide)
	}
	if r.Private && f.raw {
		f.message = ""
	}
	// Decoding may have brought secrets to light that stood escaped in the body.
	e.Code, e.Reason, e.Message = f.code, oneLine(hide.text(f.reason)), oneLine(hide.text(f.message))
	if !r.Private {
		e.Body = hide.body(answer.Body)
	}
	return e
}

// carried are the credentials that the tries of a call were sent with.
func carried(answer retry.Answer) []string {
	var secrets []string
	for _, header := range answer.Carried() {
		secrets = append(secrets, header)
		if _, token, ok := strings.Cut(header, " "); ok {
			secrets = append(secrets, token) // of "Bearer …"
		}
		for _, c := range (&http.Request{Header: http.Header{"Cookie": {header}}}).Cookies() {
			secrets = append(secrets, c.Value)
		}
	}
	return secrets
}

// jarred are the cookies that the call would be sent with now.
func jarred(call *retry.Call) []string {
	var secrets []string
	if call.Jar != nil {
		for _, c := range call.Jar.Cookies(call.URL) {
			secrets = append(secrets, c.Value)
		}
	}
	return secrets
}

// secrets are what must not stand in an error of r.
func (c *Client) secrets(r *Request) []string {
	if c.Secrets == nil {
		return r.Secrets
	}
	return slices.Concat(c.Secrets(), r.Secrets)
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
