package messagingagent

import (
	"context"
	"errors"
	"fmt"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/desk"
	"github.com/liveperson-community/liveperson-go/login"
)

// Handler takes part in conversations; see [Agent.Serve].
type Handler interface {
	// ServeConversation handles one conversation, on a goroutine of its own, from when
	// it comes to the agent. One that still runs when it returns, fails or panics is
	// closed, or handed over (see WithHandOver). One that comes back has another
	// ServeConversation, which may run beside the former one: the [Conversation] of
	// that one is lost.
	//
	// What is to be done at the end – the agent survey, say – stands behind the loop over
	// [Conversation.Messages], which ends without an error when the conversation is closed,
	// and after its Transfer: see the example. ctx is over when the bot stops, so work
	// there under context.WithoutCancel and a time limit. What must be done however a
	// conversation ends goes by [WithOnUpdate].
	ServeConversation(ctx context.Context, c *Conversation) error
}

// HandlerFunc makes a Handler of a function.
type HandlerFunc func(ctx context.Context, c *Conversation) error

// ServeConversation calls f.
func (f HandlerFunc) ServeConversation(ctx context.Context, c *Conversation) error { return f(ctx, c) }

// PanicError is a handler that panicked, or ended its goroutine.
type PanicError struct {
	// Value is what was panicked with, Stack where.
	Value any
	Stack []byte
}

// Error says what was panicked with.
func (e *PanicError) Error() string { return fmt.Sprintf("conversation handler panicked: %v", e.Value) }

// Serve takes the agent's conversations and runs h for each, until ctx ends. It is to
// conversations what http.Serve is to requests. The agent must be Online to get any: see
// SetAvailability, which Serve then holds (see [WithoutStayOnline]).
//
// It accepts what rings, and begins with the conversations that the agent has on the
// service. It finds those, too, that come to the agent without its knowing. Whatever the
// service says is the agent's is handled, or reported by the log and [Trouble]. A
// conversation that can be neither closed nor handed over when its handler has returned has
// one again after 5, 10 and 15 s, then every 2 min.
//
// Serve goes on through failures: a socket that is lost is opened again after 5 s and
// more, and what was missed is asked for. If another program logs in as the same agent
// (see [login.ErrLoggedInElsewhere]), the conversations are lost here, and Serve waits for
// its login. It ends with ctx, or when the login session has ended (login.Session.Err).
//
// When ctx has ended, the agent is first set Away (see [WithStateOnStop]), and no ring is
// accepted. The loops over messages end with [ErrStopping], and the conversations stay
// the agent's on the service, where the next process finds them: see [WithCloseOnStop]
// for another way, and [WithGrace] for how long handlers may go on.
// Serve returns when all handlers have.
func (a *Agent) Serve(ctx context.Context, h Handler, opts ...Option) error {
	const op = "messagingagent.Serve"
	if err := checkHandler(op, h); err != nil {
		return err
	}
	cfg, err := a.cfg.with(op, opts)
	if err != nil {
		return err
	}
	d, err := a.sitDown(op, cfg, h)
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

// tellUpdates hands the updates to the function that wants them, on a goroutine of its
// own, until what it returns is called: that waits for the last one.
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

// disconnected is a socket that was lost.
func (d *serving) disconnected(err error, until time.Time) {
	d.emit(Disconnected{err, until})
	if errors.Is(err, login.ErrLoggedInElsewhere) {
		d.log.Warn("somebody else has logged in as this agent", "until", until, "err", err)
		d.givenUp(err)
	}
}

// The following is what the desk asks of a life.

// isAssigned tells whether the agent is the one who has the conversation.
func (c *Conversation) isAssigned() bool {
	info := c.Info()
	return c.agent.has(&info)
}

// leave notes that this life is left to a later one.
func (c *Conversation) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = map[DialogID]int64{}
	for id, s := range c.streams {
		c.left[id] = s.next
	}
}

func (c *Conversation) wasLeft() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left != nil
}

// cameFromColleague tells whether another agent has written in the conversation before.
func (c *Conversation) cameFromColleague() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.pending {
		e := &c.pending[i]
		if (e.From.Role == RoleAssignedAgent || e.From.Role == RoleAgent) && e.isContent() && !c.agent.wrote(e) {
			return true
		}
	}
	return false
}

// isResumed tells whether a former life has said how far it came.
func (c *Conversation) isResumed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.progressOf(c.Main()).resumed >= 0
}

// ending is how this life ended.
func (c *Conversation) ending() (Closing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return map[ending]Closing{over: ClosedEnded, departed: ClosedLost, replaced: ClosedReplaced, transferred: ClosedTransferred}[c.end], c.cause
}
