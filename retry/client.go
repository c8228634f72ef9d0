package retry

import (
	"net/http"
	"sync"
	"time"
)

// NewClient returns a client that follows the package's policy. It does not
// follow redirects and keeps no cookies. It fails only on options that break
// their rule (*liveperson.InputError).
func NewClient(opts ...Option) (*http.Client, error) {
	return Wrap(nil, opts...)
}

// Wrap returns a copy of hc whose transport follows the policy; nil gives a new
// one. A client that already does keeps its own options, and those it has not
// set (logger, limiter, budget, user agent) are taken from opts. The copy follows no
// redirects and has no jar of its own; hc's time-out spans all tries of a call.
func Wrap(hc *http.Client, opts ...Option) (*http.Client, error) {
	c := http.Client{}
	if hc != nil {
		c = *hc
	}
	t, ok := c.Transport.(*Transport)
	var err error
	if ok {
		t, err = t.with(opts, c.Timeout)
	} else {
		t, err = NewTransport(append([]Option{WithTransport(c.Transport)}, opts...)...)
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		t.total = c.Timeout
	}
	c.Timeout = 0
	c.Transport, c.CheckRedirect, c.Jar = t, noRedirects, nil
	return &c, nil
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
