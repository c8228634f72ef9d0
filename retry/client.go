package retry

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
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

// Option sets up a client.
type Option func(*Transport)

// WithPolicy replaces LivePerson's numbers.
func WithPolicy(p Policy) Option { return func(t *Transport) { t.policy = p } }

// WithTransport puts rt beneath the retries: a proxy, tracing, a test double.
// Without it all clients of a process share one http.Transport.
func WithTransport(rt http.RoundTripper) Option { return func(t *Transport) { t.base = rt } }

// WithLimiter asks l before every try.
func WithLimiter(l Limiter) Option { return func(t *Transport) { t.limiter = l } }

// WithBudget limits the retries of all calls, and of all clients that share b.
func WithBudget(b *Budget) Option { return func(t *Transport) { t.budget = b } }

// WithObserver has f called once after every call, on the caller's goroutine:
// calls that run side by side call f side by side.
func WithObserver(f func(Stats)) Option {
	return func(t *Transport) { t.observers = append(t.observers, f) }
}

// WithLogger writes every try at debug level and every wait at info level.
// Queries, headers and bodies are never logged. Default: no logging.
func WithLogger(l *slog.Logger) Option { return func(t *Transport) { t.logger = l } }

// WithMaxBody limits how many bytes of an answer are read; a longer one fails
// with [liveperson.ErrTooLarge]. Default, also for 0: [DefaultMaxBody].
func WithMaxBody(n int64) Option { return func(t *Transport) { t.maxBody = n } }

// NewClient returns a client that follows the package's policy. It does not
// follow redirects and keeps no cookies.
func NewClient(opts ...Option) *http.Client {
	return &http.Client{Transport: NewTransport(opts...), CheckRedirect: noRedirects}
}

// Wrap returns a copy of hc whose transport follows the policy. A client that
// already does keeps its own options; nil gives a new one. The copy follows no
// redirects and has no jar of its own; hc's time-out spans all tries.
func Wrap(hc *http.Client, opts ...Option) *http.Client {
	if hc == nil {
		return NewClient(opts...)
	}
	c := *hc
	c.CheckRedirect = noRedirects
	c.Jar = nil
	if _, ok := c.Transport.(*Transport); ok {
		return &c
	}
	if c.Transport != nil {
		opts = append([]Option{WithTransport(c.Transport)}, opts...)
	}
	c.Transport = NewTransport(opts...)
	return &c
}

func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// shared is the one http.Transport of a process. Agents all talk to the same
// few hosts, so many idle connections per host are kept.
var shared = sync.OnceValue(func() http.RoundTripper {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second}
	if d, ok := http.DefaultTransport.(*http.Transport); ok { // unless the program put another there
		t = d.Clone()
	}
	t.MaxIdleConns = 0
	t.MaxIdleConnsPerHost = 512
	t.IdleConnTimeout = 90 * time.Second
	return t
})
