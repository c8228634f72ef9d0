package chatagent

import (
	"context"
	"errors"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/desk"
)

// Handler takes part in chats; see [Agent.Serve].
type Handler interface {
	// ServeChat handles one chat, on a goroutine of its own, from when it comes to
	// the agent. A chat that still runs when it returns, fails or panics is ended,
	// or handed over (see WithHandOver). A chat that comes back has another
	// ServeChat, which may run beside the former one: the [Chat] of that one is lost.
	//
	// What is to be done at the end – the survey, say – stands behind the loop over
	// [Chat.Lines], which ends without an error when the chat does, and after its
	// Transfer: see the example. ctx is over when the bot stops, so work there under
	// context.WithoutCancel and a time limit. What must be done however a chat ends goes
	// by [WithOnUpdate].
	ServeChat(ctx context.Context, chat *Chat) error
}

// HandlerFunc makes a Handler of a function.
type HandlerFunc func(ctx context.Context, chat *Chat) error

// ServeChat calls f.
func (f HandlerFunc) ServeChat(ctx context.Context, chat *Chat) error { return f(ctx, chat) }

// PanicError is a handler that panicked, or ended its goroutine.
type PanicError struct {
	// Value is what was panicked with, Stack where.
	Value any
	Stack []byte
}

// Error says what was panicked with.
func (e *PanicError) Error() string { return fmt.Sprintf("chat handler panicked: %v", e.Value) }

// Serve takes the agent's chats and runs h for each, until ctx ends. It is to
// chats what http.Serve is to requests. The agent must be Online to get any: see
// SetAvailability, which Serve then holds (see [WithoutStayOnline]).
//
// It accepts what rings, and begins with the chats that the agent has on the
// server: those that a process that crashed has left behind. It finds those, too,
// that come to the agent without its knowing, when an answer is lost. Whatever the
// server says is the agent's is handled, or reported by the log and [Trouble].
//
// Serve goes on through failures: polls that fail are made again after 5, 10
// and 15 s; without a chat then after 2, 4, 8 … min. An agent session that is lost
// is replaced, and its chats are taken over. If another program logs in as the same
// agent (see [login.ErrLoggedInElsewhere]), the chats are lost here, and Serve waits
// for its login. It ends with ctx, or when the login session has ended
// (login.Session.Err).
//
// When ctx has ended, the agent is first set Away (see [WithStateOnStop]), and no
// chat is accepted. Running chats go on for a grace period, polled as before; then
// the context of their handlers ends, and when these have returned the chats are
// ended. See [WithGrace], [WithHandOver] and [WithLeaveChats] for other ways. Serve
// returns when all handlers have, and polls until then.
func (s *Agent) Serve(ctx context.Context, h Handler, opts ...Option) error {
	const op = "chatagent.Serve"
	if err := checkHandler(op, h); err != nil {
		return err
	}
	cfg, err := s.cfg.with(op, opts)
	if err != nil {
		return err
	}
	d, err := s.sitDown(op, cfg, h)
	if err != nil {
		return err
	}
	defer d.leave()
	defer d.tellUpdates()()
	return d.serve(op, ctx)
}

func checkHandler(op string, h Handler) error {
	if f, is := h.(HandlerFunc); h == nil || is && f == nil {
		return &liveperson.InputError{Op: op, Field: "handler", Rule: "must not be nil"}
	}
	return nil
}

// call calls a function of the program's and contains its panics.
func (d *serving) call(option string, f func() error) error {
	err := desk.Call(f)
	var p *desk.PanicError
	if errors.As(err, &p) {
		d.log.Error("the function of "+option+" panicked", "panic", p.Value, "stack", string(p.Stack))
	}
	return err
}

// tellUpdates hands the updates to the function that wants them, on a goroutine of
// its own, until what it returns is called: that waits for the last one.
func (d *serving) tellUpdates() (stop func()) {
	if d.cfg.onUpdate == nil {
		return func() {}
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		for {
			u, ok := d.updates.Next(context.Background())
			if !ok {
				return
			}
			_ = d.call("WithOnUpdate", func() error { d.cfg.onUpdate(u); return nil })
		}
	}()
	return func() {
		d.updates.Close()
		<-told
	}
}
