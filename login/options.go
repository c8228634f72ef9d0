package login

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Option sets up a [Session].
type Option func(*config) error

type config struct {
	http      *http.Client
	domains   *domain.Client
	interval  retry.Interval
	noRefresh bool
	logger    *slog.Logger
}

// WithHTTPClient sends all calls through a copy of hc; retries are put on top
// of its transport unless it is one of retry.NewClient. Share one among the
// sessions of a process. Default: retry.NewClient.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		if hc == nil {
			return input("HTTP client", "must not be nil")
		}
		c.http = hc
		return nil
	}
}

// WithDomains looks hosts up with d. Share one among the sessions of a process.
func WithDomains(d *domain.Client) Option {
	return func(c *config) error {
		if d == nil {
			return input("domains", "must not be nil")
		}
		c.domains = d
		return nil
	}
}

// WithRefresh sets how often the session is refreshed in the background, on a
// goroutine of its own. Default every 3–5 min.
func WithRefresh(every retry.Interval) Option {
	return func(c *config) error {
		if every.Min < 0 || every.Max < 0 || every.Max > 0 && every.Min > every.Max {
			return input("refresh interval", "must be positive and in order")
		}
		c.interval, c.noRefresh = every, false
		return nil
	}
}

// WithoutRefresh does nothing in the background: the caller calls [Session.Refresh] every
// 3–5 min, or takes the session's expiry into account.
func WithoutRefresh() Option {
	return func(c *config) error {
		c.noRefresh = true
		return nil
	}
}

// WithLogger writes what happens to the session, and every try of its calls,
// to l. Default: no logging.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		c.logger = l
		return nil
	}
}

func newConfig(opts []Option) (*config, error) {
	c := &config{}
	for _, o := range opts {
		if err := o(c); err != nil {
			return nil, err
		}
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	c.http = retry.Wrap(c.http, retry.WithLogger(c.logger))
	if c.domains == nil {
		d, err := domain.New(domain.WithHTTPClient(c.http))
		if err != nil {
			return nil, err
		}
		c.domains = d
	}
	return c, nil
}

// ErrLoggedOut is a call on a session after its Logout.
var ErrLoggedOut = errors.New("session is logged out")
