package chatagent

import (
	"context"
	"errors"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Handler takes part in chats; see [Agent.Serve].
type Handler interface {
	// ServeChat handles one chat, on a goroutine of its own, from when it is
	// accepted. A chat that still runs when it returns, fails or panics is
	// ended, or handed over (see WithHandOver).
	ServeChat(ctx context.Context, chat *Chat) error
}

// HandlerFunc makes a Handler of a function.
type HandlerFunc func(ctx context.Context, chat *Chat) error

// ServeChat calls f.
func (f HandlerFunc) ServeChat(ctx context.Context, chat *Chat) error { return f(ctx, chat) }

var (
	// ErrServing is a second Serve on a session.
	ErrServing = errors.New("session is being served already")
	// ErrStopping ends the events of a chat that is left open while Serve
	// stops; see WithLeaveChats. A handler returns when it meets it.
	ErrStopping = errors.New("serving stops, the chat is left open")
)

// ServeOption sets up one Serve.
type ServeOption func(*serveConfig) error

type serveConfig struct {
	maxChats     int
	whenFull     Availability
	stayOnline   bool
	grace        time.Duration
	leave        bool
	handOver     *TransferTarget
	handOverNote string
	onError      func(chat *Chat, err error)
}

func newServeConfig(opts []ServeOption) (serveConfig, error) {
	cfg := serveConfig{grace: DefaultGrace}
	for _, o := range opts {
		if err := o(&cfg); err != nil {
			return cfg, err
		}
	}
	if cfg.leave && cfg.handOver != nil {
		return cfg, serveInput("leaving chats", "must not be combined with handing them over")
	}
	if cfg.whenFull != "" && cfg.maxChats == 0 {
		return cfg, serveInput("state when full", "needs WithMaxChats")
	}
	return cfg, nil
}

func serveInput(field, rule string) error {
	return &liveperson.InputError{Op: "chatagent.Serve", Field: field, Rule: rule}
}

// DefaultGrace is how long Serve lets running chats go on after its context
// has ended, unless [WithGrace] says otherwise.
const DefaultGrace = 30 * time.Second

// WithMaxChats leaves requests ringing while n chats run. Default: the agent's
// own limit on the server.
func WithMaxChats(n int) ServeOption {
	return func(c *serveConfig) error {
		if n < 1 {
			return serveInput("max chats", "must be at least 1")
		}
		c.maxChats = n
		return nil
	}
}

// WithWhenFull makes the agent Occupied or Away while as many chats run as
// WithMaxChats allows, and Online again after that, so that nothing rings in
// vain. An agent that SetAvailability has set to another state than Online is
// left in it. Default: requests are left ringing, which turns the agent Away after
// 20 s.
func WithWhenFull(state Availability) ServeOption {
	return func(c *serveConfig) error {
		if state != Occupied && state != Away {
			return serveInput("state when full", "must be Occupied or Away")
		}
		c.whenFull = state
		return nil
	}
}

// WithStayOnline looks every 30 s whether the server has changed the agent's
// availability, which it does when a request rings too long, and sets it back
// to Online if that is what SetAvailability set last.
func WithStayOnline() ServeOption {
	return func(c *serveConfig) error {
		c.stayOnline = true
		return nil
	}
}

// WithGrace sets how long running chats may go on after Serve's context has
// ended. 0 stops their handlers at once.
func WithGrace(d time.Duration) ServeOption {
	return func(c *serveConfig) error {
		if d < 0 {
			return serveInput("grace", "must not be negative")
		}
		c.grace = d
		return nil
	}
}

// WithHandOver transfers, instead of ending, the chats whose handler fails or
// panics, and those that still run after the grace period.
func WithHandOver(to TransferTarget, note string) ServeOption {
	return func(c *serveConfig) error {
		if _, err := to.body("chatagent.Serve", note); err != nil {
			return err
		}
		c.handOver, c.handOverNote = &to, note
		return nil
	}
}

// WithLeaveChats leaves the running chats open when Serve's context ends: each
// handler finishes the event it is at, its next one is [ErrStopping], and when
// all have returned Serve does. The context of handlers that have not returned
// ends after the grace period. All chats are polled until Serve returns;
// [Agent.Snapshot] and [Resume] go on with them.
func WithLeaveChats() ServeOption {
	return func(c *serveConfig) error {
		c.leave = true
		return nil
	}
}

// WithOnError has f called, on the chat's goroutine, when a handler returns an
// error or panics ([*PanicError]). Chats run side by side, and so do calls of f.
func WithOnError(f func(chat *Chat, err error)) ServeOption {
	return func(c *serveConfig) error {
		c.onError = f
		return nil
	}
}
