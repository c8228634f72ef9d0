package retry

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Call is one request, and what a [Transport] has to know to get it answered.
// It belongs to one caller: the floors that it passes on its way down may add
// headers, with Set.
type Call struct {
	// Op names the operation in logs and statistics: "chatagent.Send".
	Op string
	// Account and Agent say for whom the call is made, in logs and statistics.
	Account, Agent string

	// Method, URL, Header and Body are the request; Body is not changed. Host
	// replaces that of the URL in the request's head, if it is not empty.
	Method string
	URL    *url.URL
	Host   string
	Header http.Header
	Body   []byte

	// Idempotent says that sending the request twice does no harm. Without
	// it, a request that may have reached the server is not sent again.
	Idempotent bool
	// JSON says that a success holds a JSON document. One that is something
	// else from its first to its last byte is a lost answer; so is an empty
	// one, unless Empty is set or a Location header says what there is to say.
	JSON, Empty bool
	// Jar holds the cookies of the session, nil for none. They are read before
	// and stored after every single try.
	Jar http.CookieJar
	// RateLimitWait lengthens the policy's least pause after a 429.
	RateLimitWait time.Duration
	// Single makes one try only: the caller polls, and has waits of its own.
	Single bool
	// Timeout limits one try, in place of the policy's TryTimeout.
	Timeout time.Duration

	sent bool // with this Header
}

// Set sets a header of the call.
func (c *Call) Set(name string, values ...string) {
	c.ownHeader()
	c.Header[name] = values
}

// ownHeader gives the call a header of its own if it was sent before: the
// connection that it went to may still read that one.
func (c *Call) ownHeader() {
	if c.sent {
		c.Header, c.sent = maps.Clone(c.Header), false
	}
}

// Effect says whether a call changed something on the server.
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

// Answer is what became of a call. It says as much as is known also when the
// call failed.
type Answer struct {
	// Status, Header and Body are the last answer's; Status is 0 if the last
	// try got none.
	Status int
	Header http.Header
	Body   []byte
	// Tries is how often the request was sent.
	Tries int
	// Effect says whether the call changed something.
	Effect Effect
	// Ended is when the last try ended.
	Ended time.Time
	// Sent and Received count the bytes of all bodies.
	Sent, Received int64

	carried []string // Authorization and Cookie headers of the tries, and what is secret in them
}

// Carried are the credentials and cookies that the tries were sent with: what
// is made of the answer must not show them.
func (a Answer) Carried() []string { return a.carried }

// Carrying returns a with more secrets that went out with its tries.
func (a Answer) Carrying(secrets ...string) Answer {
	a.carried = slices.Concat(a.carried, secrets)
	return a
}

// After returns a with the tries, bytes and credentials of an earlier answer
// added: both belong to one call. What the earlier one left open stays open.
func (a Answer) After(earlier Answer) Answer {
	if a.Effect == NoEffect && earlier.Effect == EffectUnknown && earlier.Tries > 0 {
		a.Effect = EffectUnknown
	}
	a.Tries += earlier.Tries
	a.Sent += earlier.Sent
	a.Received += earlier.Received
	a.carried = slices.Concat(earlier.carried, a.carried)
	return a
}

// Format prints status, tries and effect under every verb.
func (a Answer) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "status %d, tries %d, %s", a.Status, a.Tries, a.Effect)
}

// Caller makes calls: a [Transport], or a floor above one that authorizes them.
type Caller interface {
	// Call makes the call. The answer says as much as is known also with an
	// error.
	Call(ctx context.Context, c *Call) (Answer, error)
	// Observe reports a call that is over to the observers.
	Observe(s Stats)
	// Policy is the policy that the calls follow.
	Policy() Policy
}

// RoundTrip makes one call of a plain request, as the RoundTripper over c. GET,
// HEAD and OPTIONS are idempotent, other methods are not. Beneath another
// Transport it makes one try only: that one decides.
func RoundTrip(c Caller, req *http.Request) (*http.Response, error) {
	started := time.Now()
	body, err := readRequest(req)
	if err != nil {
		return nil, err
	}
	call := &Call{Method: req.Method, URL: req.URL, Host: req.Host, Header: req.Header.Clone(), Body: body}
	if call.Header == nil {
		call.Header = http.Header{}
	}
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions:
		call.Idempotent = true
	}
	call.Single = sendingOf(req.Context()) != nil
	answer, err := c.Call(req.Context(), call)
	c.Observe(call.Stats(answer, started, err))
	if err != nil {
		return nil, err
	}
	return answer.response(req), nil
}

// response is the answer as net/http has it.
func (a Answer) response(req *http.Request) *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)), StatusCode: a.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.Header, Body: newBody(a.Body), ContentLength: int64(len(a.Body)), Request: req,
	}
}

// maxRequestBody is the size of a request body that can be sent again.
const maxRequestBody = 16 << 20

// readRequest reads the body of req and closes it.
func readRequest(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer req.Body.Close()
	content, err := io.ReadAll(io.LimitReader(req.Body, maxRequestBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the request body: %w", err)
	}
	if len(content) > maxRequestBody {
		return nil, fmt.Errorf("request body over %d MiB", maxRequestBody>>20)
	}
	return content, nil
}
