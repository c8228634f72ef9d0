package retry

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// DefaultMaxBody is how much of an answer is read unless [WithMaxBody] says
// otherwise: 16 MiB.
const DefaultMaxBody = 16 << 20

// Limiter spreads requests over time; *rate.Limiter of golang.org/x/time/rate
// is one.
type Limiter interface {
	// Wait blocks until one request may be sent, or until ctx ends.
	Wait(ctx context.Context) error
}

// Option sets up a [Transport]. Options are checked when it is made; their
// order does not matter, and one that is nil is skipped.
type Option func(*Transport) error

// WithPolicy replaces LivePerson's numbers.
func WithPolicy(p Policy) Option {
	return func(t *Transport) error {
		t.policy = p
		return p.check()
	}
}

// WithTransport puts rt beneath the retries: a proxy, tracing, a test double.
// Default, also for nil: one http.Transport that all clients of a process share.
func WithTransport(rt http.RoundTripper) Option {
	return func(t *Transport) error {
		t.base = rt
		return nil
	}
}

// WithLimiter asks l before every try. Default: no limit.
func WithLimiter(l Limiter) Option {
	return func(t *Transport) error {
		t.limiter = l
		return nil
	}
}

// WithBudget limits the retries of all calls, and of all clients that share b.
// Default: no limit.
func WithBudget(b *Budget) Option {
	return func(t *Transport) error {
		t.budget = b
		return nil
	}
}

// WithObserver has f called once after every call, on the caller's goroutine:
// calls that run side by side call f side by side. Requests over the socket of a session
// that uses the client are calls like others, and so is the opening of one. Several
// observers are all called; nil is none.
func WithObserver(f func(Stats)) Option {
	return func(t *Transport) error {
		if f != nil {
			t.observers = append(t.observers, f)
		}
		return nil
	}
}

// WithLogger writes every try at debug level and every wait at info level.
// Queries, headers and bodies are never logged. Default, also for nil: no
// logging.
func WithLogger(l *slog.Logger) Option {
	return func(t *Transport) error {
		t.logger = l
		return nil
	}
}

// WithUserAgent puts the name of the application, "acme-bot/1.2", before that of
// this module in the User-Agent header of all calls. Default: the calls of this
// module name it alone, plain requests are left as they are.
func WithUserAgent(product string) Option {
	return func(t *Transport) error {
		if product == "" || strings.ContainsFunc(product, func(r rune) bool { return r < ' ' || r > '~' }) {
			return input("user agent", "must be printable ASCII and not empty")
		}
		t.userAgent = []string{product + " " + liveperson.UserAgent}
		return nil
	}
}

// WithMaxBody limits how many bytes of an answer are read; a longer one fails
// with [liveperson.ErrTooLarge]. Default, also for 0: [DefaultMaxBody].
func WithMaxBody(n int64) Option {
	return func(t *Transport) error {
		if n < 0 {
			return input("max body", "must not be negative")
		}
		t.maxBody = n
		return nil
	}
}

func input(field, rule string) error {
	return &liveperson.InputError{Op: "retry.NewTransport", Field: field, Rule: rule}
}
