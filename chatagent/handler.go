package chatagent

import (
	"context"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Handler takes part in chats; see [Session.Serve].
type Handler interface {
	// ServeChat handles one chat, on a goroutine of its own, from when it is
	// accepted. When it returns nil while the chat runs, the chat is ended;
	// after an error or a panic it is ended too.
	ServeChat(ctx context.Context, chat *Chat) error
}

// HandlerFunc makes a Handler of a function.
type HandlerFunc func(ctx context.Context, chat *Chat) error

// ServeChat calls f.
func (f HandlerFunc) ServeChat(ctx context.Context, chat *Chat) error { return f(ctx, chat) }

// ServeOption sets up one Serve.
type ServeOption func(*serveConfig) error

type serveConfig struct {
	maxChats int
	grace    time.Duration
	onError  func(chat *Chat, err error)
}

func newServeConfig(opts []ServeOption) (serveConfig, error) {
	cfg := serveConfig{grace: DefaultGrace}
	for _, o := range opts {
		if err := o(&cfg); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

// DefaultGrace is how long Serve lets running chats go on after its context
// has ended, unless [WithGrace] says otherwise.
const DefaultGrace = 30 * time.Second

// WithMaxChats leaves requests ringing while n chats run. Default: the agent's
// own limit on the server.
func WithMaxChats(n int) ServeOption {
	return func(c *serveConfig) error {
		if n < 1 {
			return &liveperson.InputError{Op: "chatagent.Serve", Field: "max chats", Rule: "must be at least 1"}
		}
		c.maxChats = n
		return nil
	}
}

// WithGrace sets how long running chats may go on after Serve's context has
// ended. 0 stops their handlers at once.
func WithGrace(d time.Duration) ServeOption {
	return func(c *serveConfig) error {
		if d < 0 {
			return &liveperson.InputError{Op: "chatagent.Serve", Field: "grace", Rule: "must not be negative"}
		}
		c.grace = d
		return nil
	}
}

// WithOnError has f called, on the chat's goroutine, when a handler returns an
// error or panics ([*PanicError]).
func WithOnError(f func(chat *Chat, err error)) ServeOption {
	return func(c *serveConfig) error {
		c.onError = f
		return nil
	}
}
