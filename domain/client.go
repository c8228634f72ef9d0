package domain

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/flight"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// DefaultTTL is how long an answer is used unless [WithTTL] says otherwise.
const DefaultTTL = 5 * time.Minute

// ErrNoService is an account that does not have the service asked for.
var ErrNoService = errors.New("no such service for this account")

// Client looks hosts up and remembers them. One is enough for a process; it
// may be used by many goroutines.
type Client struct {
	via    retry.Caller
	scheme string
	host   string
	ttl    time.Duration
	hosts  map[string]bool // lower case, beyond LivePerson's own
	only   bool            // the test server's host, and no host of LivePerson's

	mu       sync.Mutex
	accounts map[string]*account
}

// account is what is known of one account.
type account struct {
	flight flight.Flight[list]
	single map[Service]*flight.Flight[string] // guarded by Client.mu, its values not

	// Guarded by Client.mu:
	hosts   map[Service]string
	fetched time.Time
	expired bool      // Forget was called: ask again, keep for an outage
	failed  time.Time // when the Domain API last failed
}

// New returns a Client. It fails only on options that break their rule
// ([*liveperson.InputError]).
func New(opts ...Option) (*Client, error) {
	c := &Client{
		scheme: "https", host: "api.liveperson.net", ttl: DefaultTTL,
		hosts: map[string]bool{}, accounts: map[string]*account{},
	}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(c); err != nil {
			return nil, err
		}
	}
	if c.via == nil {
		if err := WithHTTPClient(nil)(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Scheme is that of the services: https, or http for a test endpoint.
func (c *Client) Scheme() string { return c.scheme }

// Host is where a service is, and since when that is known.
type Host struct {
	// BaseURI is a bare host, with a port if it has one.
	BaseURI string
	// Fetched is when the answer came.
	Fetched time.Time
	// Stale is true if the answer is older than the TTL because the Domain API
	// could not be reached.
	Stale bool
}

// BaseURI returns the host of a service: "va.agentvep.liveperson.net". An
// account without that service is [ErrNoService].
func (c *Client) BaseURI(ctx context.Context, account string, service Service) (string, error) {
	h, err := c.Lookup(ctx, account, service)
	return h.BaseURI, err
}

// Lookup is BaseURI that also tells the age of the answer.
func (c *Client) Lookup(ctx context.Context, account string, service Service) (Host, error) {
	const op = "domain.BaseURI"
	if _, err := rest.Element("service", string(service)); err != nil {
		return Host{}, &liveperson.InputError{Op: op, Field: "service", Rule: ruleOf(err)}
	}
	l, err := c.get(ctx, op, account)
	if err != nil {
		return Host{}, err
	}
	if base, ok := l.hosts[service]; ok {
		l.age.BaseURI, err = base, c.check(op, service, base)
		if err != nil {
			return Host{}, err
		}
		return l.age, nil
	}
	// Not in the list: the service may still have an answer of its own.
	base, err := c.singly(account, service).Do(ctx, func(ctx context.Context) (string, error) {
		if l, ok := c.known(c.account(account), true); ok && c.Allowed(l.hosts[service]) {
			return l.hosts[service], nil // somebody was faster
		}
		base, err := c.fetchOne(ctx, account, service)
		if err == nil {
			c.add(account, service, base)
		}
		return base, err
	})
	if err != nil {
		return Host{}, err
	}
	return Host{BaseURI: base, Fetched: time.Now()}, nil
}

// All returns the hosts of all services of an account. Hosts that credentials
// must not go to (see the package comment) are left out; if that leaves none,
// the error is liveperson.ErrForeignOrigin.
func (c *Client) All(ctx context.Context, account string) (map[Service]string, error) {
	const op = "domain.All"
	l, err := c.get(ctx, op, account)
	if err != nil {
		return nil, err
	}
	hosts := maps.Clone(l.hosts)
	var refused error
	for s, h := range hosts {
		if err := c.check(op, s, h); err != nil {
			refused = err
			delete(hosts, s)
		}
	}
	if len(hosts) == 0 && refused != nil {
		return nil, refused
	}
	return hosts, nil
}

// Seed remembers hosts that came some other way: a login's answer brings the
// whole list. Hosts that credentials must not go to are left out. Services that
// are known and not among hosts keep their age.
func (c *Client) Seed(account string, hosts map[Service]string) {
	good := make(map[Service]string, len(hosts))
	for s, h := range hosts {
		if s != "" && c.Allowed(h) {
			good[s] = h
		}
	}
	if len(good) == 0 {
		return
	}
	a := c.account(account)
	c.mu.Lock()
	defer c.mu.Unlock()
	for s, h := range a.hosts {
		if _, ok := good[s]; !ok && c.Allowed(h) {
			a.merge(good)
			return
		}
	}
	a.replace(good)
}

// Forget has the next look-up of account ask the Domain API: call it when a
// host stops resolving. Should that fail, what was known is still used.
func (c *Client) Forget(account string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.accounts[account]; a != nil {
		a.expired = true
	}
}

// list is what the Domain API said of an account, hosts that credentials must
// not go to included: whoever hands one out checks it.
type list struct {
	hosts map[Service]string
	age   Host // without a base URI
}

// get returns the account's hosts from memory or from the Domain API.
func (c *Client) get(ctx context.Context, op, id string) (list, error) {
	if _, err := rest.Element("account", id); err != nil {
		return list{}, &liveperson.InputError{Op: op, Field: "account", Rule: ruleOf(err)}
	}
	a := c.account(id)
	if l, ok := c.known(a, false); ok {
		return l, nil
	}
	l, err := a.flight.Do(ctx, func(ctx context.Context) (list, error) {
		if l, ok := c.known(a, false); ok {
			return l, nil // somebody was faster
		}
		hosts, err := c.ask(ctx, op, id)
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case err == nil && c.anyAllowed(hosts): // a list that helps nobody is not remembered
			a.replace(hosts)
		case err != nil && ctx.Err() == nil && retry.Temporary(err):
			a.failed = time.Now()
		}
		return list{hosts, Host{Fetched: time.Now()}}, err
	})
	if err != nil && ctx.Err() == nil && retry.Temporary(err) {
		if known, ok := c.known(a, true); ok {
			return known, nil // stale, as it has just failed
		}
	}
	return l, err
}

func (c *Client) anyAllowed(hosts map[Service]string) bool {
	for _, h := range hosts {
		if c.Allowed(h) {
			return true
		}
	}
	return false
}

// ask asks the Domain API, only briefly if there is an answer to fall back on.
func (c *Client) ask(ctx context.Context, op, id string) (map[Service]string, error) {
	_, again := c.known(c.account(id), true)
	if again {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, refreshTimeout)
		defer cancel()
	}
	hosts, err := c.fetchAll(ctx, op, id)
	if err == nil && len(hosts) == 0 && again { // an account does not lose all of its services
		return nil, fmt.Errorf("%s: account %s: %w: an empty list", op, id, liveperson.ErrMalformed)
	}
	return hosts, err
}

const (
	refreshTimeout = 5 * time.Second  // for asking again
	failurePause   = 30 * time.Second // between asking again in vain
)

func (c *Client) account(id string) *account {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.accounts[id]
	if a == nil {
		a = &account{}
		c.accounts[id] = a
	}
	return a
}

// known returns what is remembered: only what may be used without asking, or
// anything.
func (c *Client) known(a *account, anything bool) (list, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := !a.expired && time.Since(a.fetched) < c.ttl
	justFailed := !a.failed.IsZero() && time.Since(a.failed) < failurePause
	if a.hosts == nil || !anything && !fresh && !justFailed {
		return list{}, false
	}
	return list{a.hosts, Host{Fetched: a.fetched, Stale: !fresh && justFailed}}, true
}

// replace remembers a whole list. Maps that were handed out are not changed.
// It is called with Client.mu held, as is merge.
func (a *account) replace(hosts map[Service]string) {
	a.hosts, a.fetched, a.expired, a.failed = hosts, time.Now(), false, time.Time{}
}

// merge remembers some hosts, and leaves the age of the list as it is.
func (a *account) merge(hosts map[Service]string) {
	if a.hosts == nil {
		a.replace(hosts)
		return
	}
	all := maps.Clone(a.hosts)
	maps.Copy(all, hosts)
	a.hosts = all
}

func (c *Client) add(id string, service Service, host string) {
	a := c.account(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	a.merge(map[Service]string{service: host})
}

// singly returns the flight of asking for one service.
func (c *Client) singly(id string, service Service) *flight.Flight[string] {
	a := c.account(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	f := a.single[service]
	if f == nil {
		if a.single == nil {
			a.single = map[Service]*flight.Flight[string]{}
		}
		f = &flight.Flight[string]{}
		a.single[service] = f
	}
	return f
}

func ruleOf(err error) string {
	var in *liveperson.InputError
	if errors.As(err, &in) {
		return in.Rule
	}
	return err.Error()
}
