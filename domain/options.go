package domain

import (
	"net/http"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Option sets up a [Client]. One that is nil is skipped.
type Option func(*Client) error

// WithHTTPClient sends the look-ups through a copy of hc; retries are put on
// top of its transport unless it is one of retry.NewClient. Default, also for
// nil: retry.NewClient.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *Client) error {
		hc, err := retry.Wrap(hc)
		if err == nil {
			c.via = rest.Over(hc)
		}
		return err
	}
}

// WithEndpoint asks another server than https://api.liveperson.net: a scheme
// and a host. Plain http is for tests; the services found are then called over
// plain http too.
func WithEndpoint(endpoint string) Option {
	return func(c *Client) error {
		scheme, host, _ := strings.Cut(strings.TrimSuffix(endpoint, "/"), "://")
		if _, ok := bareHost(host); !ok || scheme != "https" && scheme != "http" {
			return &liveperson.InputError{Op: "domain.New", Field: "endpoint", Rule: "must be https://host or, for tests, http://host"}
		}
		c.scheme, c.host = scheme, host
		return nil
	}
}

// WithTestServer asks a test server, such as cmd/lpsim or lptest, as
// [WithEndpoint] does, and takes base URIs on that very server only: on its host
// and port, all names of loopback being one host. Hosts of LivePerson's are not
// taken, so that nothing of a test gets there.
func WithTestServer(endpoint string) Option {
	return func(c *Client) error {
		c.only = true
		return WithEndpoint(endpoint)(c)
	}
}

// WithTTL sets how long an answer is used. Default 5 min; 0 means: ask each
// time.
func WithTTL(d time.Duration) Option {
	return func(c *Client) error {
		if d < 0 {
			return &liveperson.InputError{Op: "domain.New", Field: "TTL", Rule: "must not be negative"}
		}
		c.ttl = d
		return nil
	}
}

// AllowHosts lets base URIs name these hosts too: "127.0.0.1" with any port,
// "127.0.0.1:8443" with that one only.
func AllowHosts(hosts ...string) Option {
	return func(c *Client) error {
		for _, h := range hosts {
			name, ok := bareHost(h)
			if !ok {
				return &liveperson.InputError{Op: "domain.New", Field: "allowed host", Rule: "must be a bare host, with a port at most"}
			}
			if i := strings.LastIndexByte(h, ':'); i > strings.LastIndexByte(h, ']') {
				name = strings.ToLower(h) // with its port
			}
			c.hosts[name] = true
		}
		return nil
	}
}
