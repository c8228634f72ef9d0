package login

import (
	"errors"
	"log/slog"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Option sets up a [Session]. One that is nil is skipped.
type Option func(*config) error

type config struct {
	http      *http.Client
	base      *retry.Transport // that of http
	domains   *domain.Client
	interval  retry.Interval
	noRefresh bool
	logger    *slog.Logger
	userAgent string
	server    *testServer
}

// WithHTTPClient sends all calls through a copy of hc; retries are put on top
// of its transport unless it is one of retry.NewClient. Share one among the
// sessions of a process. Default, also for nil: retry.NewClient.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		c.http = hc
		return nil
	}
}

// WithDomains looks hosts up with d. Share one among the sessions of a process.
// Default, also for nil: one of the session's own, over its HTTP client.
func WithDomains(d *domain.Client) Option {
	return func(c *config) error {
		c.domains = d
		return nil
	}
}

// WithRefresh sets how often the session is refreshed in the background, never
// twice at a time. Default every 3–5 min.
func WithRefresh(every retry.Interval) Option {
	return func(c *config) error {
		if every.Min < 0 || every.Max < 0 || every.Max > 0 && every.Min > every.Max {
			return input("refresh interval", "must be positive and in order")
		}
		c.interval = every
		return nil
	}
}

// WithoutRefresh does nothing in the background, whatever WithRefresh says: the
// caller calls [Session.Refresh] every 3–5 min, or takes the session's expiry
// into account. What [Session.Keep] is given is not run.
func WithoutRefresh() Option {
	return func(c *config) error {
		c.noRefresh = true
		return nil
	}
}

// WithLogger writes what happens to the session, and every try of its calls, to
// l; an HTTP client with a logger of its own writes its tries there. Default,
// also for nil: no logging.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		c.logger = l
		return nil
	}
}

// WithUserAgent puts the name of the application, "acme-bot/1.2", before that of
// this module in the User-Agent header of all calls that go through the session,
// those of other packages included. An HTTP client with a user agent of its own
// keeps that; see retry.WithUserAgent.
func WithUserAgent(product string) Option {
	return func(c *config) error {
		if product == "" {
			return input("user agent", "must not be empty")
		}
		c.userAgent = product
		return nil
	}
}

func newConfig(opts []Option) (*config, error) {
	c := &config{}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(c); err != nil {
			return nil, err
		}
	}
	more := []retry.Option{retry.WithLogger(c.logger)} // nil: that of the client
	if c.userAgent != "" {
		more = append(more, retry.WithUserAgent(c.userAgent))
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	var err error
	if c.http, err = retry.Wrap(c.http, more...); err != nil {
		return nil, ours(err)
	}
	c.base = c.http.Transport.(*retry.Transport) //nolint:forcetypeassert // Wrap made it
	return c, c.findHosts()
}

// findHosts sees to what hosts are looked up with.
func (c *config) findHosts() error {
	opts := []domain.Option{domain.WithHTTPClient(c.http)}
	switch {
	case c.server != nil && c.domains != nil:
		return input("test server", "must not be given together with WithDomains")
	case c.server != nil:
		c.base = c.server.beneath(c.base)
		c.http.Transport = c.base
		opts = append(opts, domain.WithTestServer(c.server.endpoint))
	case c.domains != nil:
		return nil
	}
	var err error
	c.domains, err = domain.New(opts...)
	if err = ours(err); err != nil && c.server != nil {
		var in *liveperson.InputError
		if errors.As(err, &in) {
			return input("test server", in.Rule)
		}
	}
	return err
}

// ours is err as one of this package, if it is about an option.
func ours(err error) error {
	var in *liveperson.InputError
	if errors.As(err, &in) {
		return input(in.Field, in.Rule)
	}
	return err
}
