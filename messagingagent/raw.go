package messagingagent

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"slices"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/desk"
)

// Response is the answer to [Agent.Do].
type Response struct {
	// Code is that of HTTP, below 400.
	Code int
	// Type is what the answer calls itself.
	Type string
	// Body is the answer as it came, nil for none.
	Body json.RawMessage
}

// DoOption sets up a request of [Agent.Do].
type DoOption func(*request)

// Idempotent says that a second request changes nothing: it is sent again if its answer
// is lost, and after a 500, 502, 503 or 504.
func Idempotent() DoOption { return func(r *request) { r.idempotent = true } }

// Beside sends lists beside the body: headers and metadata, JSON each, and metadata that
// is encoded in base64. What is empty is left out.
func Beside(headers, metadata json.RawMessage, encodedMetadata string) DoOption {
	return func(r *request) {
		r.headers, r.metadata, r.encodedMetadata = bytes.Clone(headers), bytes.Clone(metadata), encodedMetadata
	}
}

// Do makes a request that has no method here: typ is its name, ".ams.cm.…", and body is
// encoded as JSON; nil for none. It waits for a socket (see [WithPatience]), and for the
// answer up to 10 s. A refusal is a *liveperson.Error. Unless the request is [Idempotent]
// it is sent once, and fails with [ErrUnconfirmed] if its answer is lost; one that a 429
// turned away is sent again.
//
// Subscriptions made so end with the socket, and their notifications go to
// [Agent.Notifications].
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (a *Agent) Do(ctx context.Context, typ string, body any, opts ...DoOption) (Response, error) {
	const op = "messagingagent.Do"
	if typ == "" {
		return Response{}, &liveperson.InputError{Op: op, Field: "type", Rule: "must not be empty"}
	}
	r := request{op: op, typ: typ, body: body}
	for _, o := range opts {
		if o != nil {
			o(&r)
		}
	}
	out, err := a.link.do(ctx, r)
	if err != nil {
		return Response{}, unconfirmed(op, err)
	}
	return Response{out.code, out.typ, out.body}, nil
}

// Notifications yields all that the service tells unasked, of all types, in order and as
// it came: from when the loop begins until it or ctx ends, the agent is closed or his login
// session ends. What
// is not taken yet is kept, without a limit.
func (a *Agent) Notifications(ctx context.Context) iter.Seq[Notification] {
	return func(yield func(Notification) bool) {
		q := desk.NewQueue[Notification]()
		a.mu.Lock()
		a.raw = append(a.raw, q)
		a.mu.Unlock()
		stop := context.AfterFunc(a.ctx, q.Close)
		defer stop()
		defer func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.raw = slices.DeleteFunc(a.raw, func(other *desk.Queue[Notification]) bool { return other == q })
		}()
		for {
			n, ok := q.Next(ctx)
			if !ok || !yield(n) {
				return
			}
		}
	}
}
