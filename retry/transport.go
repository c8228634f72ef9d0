package retry

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Transport makes calls by the package's policy. It is a RoundTripper too: the
// one that [NewClient] uses. Make one with [NewTransport]; it may be used by
// many goroutines.
//
// Beneath another Transport it leaves all decisions to that one, so that tries
// do not multiply.
type Transport struct {
	base      http.RoundTripper
	net       http.RoundTripper // base without the layers of Beneath
	policy    Policy
	limiter   Limiter
	budget    *Budget
	observers []func(Stats)
	logger    *slog.Logger
	userAgent []string
	maxBody   int64
	total     time.Duration // for all tries of a call; 0: the context's

	engine *retryablehttp.Client
}

// NewTransport returns a Transport that follows the package's policy. It fails
// only on options that break their rule (*liveperson.InputError).
func NewTransport(opts ...Option) (*Transport, error) {
	t := &Transport{}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(t); err != nil {
			return nil, err
		}
	}
	if t.base == nil {
		t.base = shared()
	}
	t.net = t.base
	t.policy = t.policy.withDefaults()
	if t.maxBody == 0 {
		t.maxBody = DefaultMaxBody
	}
	t.maxBody = min(t.maxBody, math.MaxInt64-1) // one more is read, to notice
	return t.ready(), nil
}

// ready gives t its engine.
func (t *Transport) ready() *Transport {
	t.engine = &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: t.layers(), CheckRedirect: noRedirects},
		RetryMax:     len(t.policy.Waits),
		CheckRetry:   again,
		Backoff:      t.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return t
}

// layers are what each try passes, from the first to the last.
func (t *Transport) layers() http.RoundTripper {
	return turn{t.limiter, // waits for its turn
		cookies{ // of the session
			timeLimit{t.policy.TryTimeout, // of a try
				written{ // may it have reached the server?
					whole{t.maxBody, // the answer, in memory and within the limit
						t.base}}}}}
}

// Beneath returns a copy of t with one more layer between its own and the
// transport beneath: signatures, tracing. Budget, limiter and observers are
// shared.
func (t *Transport) Beneath(layer func(http.RoundTripper) http.RoundTripper) *Transport {
	c := *t
	c.base = layer(t.base)
	return c.ready()
}

// with returns a copy of t that has what t lacks from opts, and that total, if
// there is one; t itself if that changes nothing.
func (t *Transport) with(opts []Option, total time.Duration) (*Transport, error) {
	more := &Transport{}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(more); err != nil {
			return nil, err
		}
	}
	c := *t
	c.logger, c.budget, c.total = cmp.Or(c.logger, more.logger), cmp.Or(c.budget, more.budget), cmp.Or(total, c.total)
	if c.limiter == nil {
		c.limiter = more.limiter
	}
	if c.userAgent == nil {
		c.userAgent = more.userAgent
	}
	if c.logger == t.logger && c.budget == t.budget && c.total == t.total && (t.limiter != nil || more.limiter == nil) && (t.userAgent != nil || more.userAgent == nil) {
		return t, nil
	}
	return c.ready(), nil
}

// sending is one call on its way, all of its tries together. Its tries find it
// in their context; one goroutine works on it.
type sending struct {
	t       *Transport
	call    *Call
	answer  Answer
	request retryablehttp.Request

	written atomic.Bool // the last try may have reached the server
	last    outcome     // of the last try
	doubt   bool        // a try may have taken effect
	retries int
}

type sendingKey struct{}

// sendingOf is the call that a try belongs to, nil outside of one.
func sendingOf(ctx context.Context) *sending {
	s, _ := ctx.Value(sendingKey{}).(*sending)
	return s
}

// Call makes a call: it sends the request until its outcome is final or the
// policy ends it. It does not report it to the observers; see Observe.
func (t *Transport) Call(ctx context.Context, c *Call) (Answer, error) {
	if t.total > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.total)
		defer cancel() // the answer is in memory by then
	}
	if t.userAgent != nil {
		c.Set("User-Agent", t.userAgent...)
	}
	t.budget.deposit()
	s := &sending{t: t, call: c, answer: Answer{Effect: NoEffect}}
	ctx = context.WithValue(ctx, sendingKey{}, s)
	c.ownHeader()
	if !c.Idempotent {
		ctx = httptrace.WithClientTrace(ctx, s.trace())
	}
	s.request.Request = newRequest(ctx, c)
	c.sent = true
	if c.Body != nil {
		if err := s.request.SetBody(c.Body); err != nil {
			return s.answer, err
		}
	}
	resp, err := t.engine.Do(&s.request)
	return s.settle(resp, cause(err))
}

// newRequest is the call as net/http has it, without its body.
func newRequest(ctx context.Context, c *Call) *http.Request {
	return (&http.Request{
		Method: c.Method, URL: c.URL, Host: cmp.Or(c.Host, c.URL.Host), Header: c.Header, Body: http.NoBody,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
}

// settle says what became of the call.
func (s *sending) settle(resp *http.Response, err error) (Answer, error) {
	a := &s.answer
	a.Ended = time.Now()
	switch {
	case err == nil && resp.StatusCode < 300:
		a.Effect = TookEffect
	case s.doubt:
		a.Effect = EffectUnknown
	}
	return *a, err
}

// RoundTrip sends req by the policy. GET, HEAD and OPTIONS are sent again after
// a lost answer; other methods only if they were never written, or after a 429.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if sendingOf(req.Context()) != nil { // beneath another Transport
		return t.base.RoundTrip(req)
	}
	return RoundTrip(t, req)
}

// Policy returns the policy, with its defaults filled in.
func (t *Transport) Policy() Policy { return t.policy }

// Observe reports a call that is over to the observers.
func (t *Transport) Observe(s Stats) {
	for _, f := range t.observers {
		f(s)
	}
}

// CloseIdleConnections closes those of the transport beneath. Only its owner
// calls it: a failing call does not (go-retryablehttp would).
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.net.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// log writes one line about a try or a wait.
func (s *sending) log(ctx context.Context, level slog.Level, msg string, args ...any) {
	l := s.t.logger
	if l == nil || !l.Enabled(ctx, level) {
		return
	}
	line := append([]any{"op", s.call.Op, "method", s.call.Method, "host", s.call.URL.Host, "try", s.answer.Tries}, args...)
	if s.call.Account != "" {
		line = append(line, "account", s.call.Account)
	}
	if s.call.Agent != "" {
		line = append(line, "agent", s.call.Agent)
	}
	l.Log(ctx, level, msg, line...)
}

// carried notes the credentials of a try: should it fail, they have to stay out
// of its error.
func (s *sending) carried(h http.Header) {
	for _, name := range []string{"Authorization", "Cookie"} {
		s.answer.carried = append(s.answer.carried, h[name]...)
	}
}

// cause strips the *url.Error that the inner http.Client puts around an error:
// the outer one adds its own, and both print the URL.
func cause(err error) error {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // those beneath belong to hooks
		return u.Err
	}
	return err
}
