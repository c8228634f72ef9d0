package retry

import (
	"context"
	"net/http"
	"time"
)

// Class says what may be done after a try whose effect is not known.
type Class int

const (
	// ByMethod is Idempotent for GET, HEAD and OPTIONS and Once for the rest.
	ByMethod Class = iota
	// Idempotent may be sent again freely: reads, and writes that set a value.
	Idempotent
	// Verified is sent again only after Call.Verify said that it took no effect.
	Verified
	// Once is never sent again after it may have been written.
	Once
)

// String names the class.
func (c Class) String() string {
	switch c {
	case Idempotent:
		return "idempotent"
	case Verified:
		return "verified"
	case Once:
		return "once"
	default:
		return "by method"
	}
}

// Effect says whether a request changed something on the server.
type Effect int

const (
	// EffectUnknown means that it may have.
	EffectUnknown Effect = iota
	// NoEffect means that it did not: it was refused, or never written.
	NoEffect
	// TookEffect means that it did.
	TookEffect
)

// String names the effect.
func (e Effect) String() string {
	switch e {
	case NoEffect:
		return "no effect"
	case TookEffect:
		return "took effect"
	default:
		return "unknown"
	}
}

// Call describes one request to the transport. Put it into the request's
// context with [NewContext]; it belongs to that one request and is not shared.
// The contexts that its hooks get have no Call: what they send is a call of its
// own.
type Call struct {
	// Op names the operation in logs and statistics: "chatagent.Send".
	Op string
	// Class says what may be done when the effect of a try is not known.
	Class Class
	// Verify tells whether the try that just failed took effect. It is asked
	// by class Verified before the request would be sent again, and once more
	// after the last try. An error ends the call: the effect stays unknown.
	Verify func(ctx context.Context) (Effect, error)
	// Conflict is asked after a 409, whose body it may read. It returns the
	// next request to send, or nil to let the 409 stand.
	Conflict func(ctx context.Context, resp *http.Response) (*http.Request, error)
	// Jar holds the cookies of the call. They are read before and stored
	// after every single try.
	Jar http.CookieJar
	// Prepare is run on every try's own copy of the request, to sign it.
	Prepare func(req *http.Request) error
	// Accept looks at each 2xx with its whole body. An error makes it a lost
	// answer, which class and policy decide on.
	Accept func(resp *http.Response, body []byte) error
	// RateLimitWait lengthens the policy's least pause after a 429.
	RateLimitWait time.Duration
	// Single makes one try only: the caller polls and has waits of its own.
	Single bool
	// Timeout limits one try, in place of the policy's AttemptTimeout.
	Timeout time.Duration
	// Result is filled in by the transport.
	Result *Result
}

// Result is what became of a call.
type Result struct {
	// Attempts is how often a request was sent.
	Attempts int
	// Status is the last status, 0 if the last try got no answer.
	Status int
	// Effect says whether the call changed something.
	Effect Effect
	// Verified is true if Call.Verify ended the call as a success; the
	// response is then an empty 200.
	Verified bool
}

type callKey struct{}

// NewContext returns ctx with call in it.
func NewContext(ctx context.Context, call *Call) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}

// FromContext returns the call in ctx, nil if there is none.
func FromContext(ctx context.Context) *Call {
	call, _ := ctx.Value(callKey{}).(*Call)
	return call
}
