package login

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// WithTestServer works with a test server in place of the real services: its
// address, "https://127.0.0.1:8443" or "http://lpsim:8080", is all that a program
// needs to know of cmd/lpsim. Base URIs and credentials stay on that server.
//
// via reaches it where the network does not, or knows its certificate:
//
//	login.WithTestServer(fake.URL(), fake.Transport()) // fake is an *lptest.Server
//
// With nil a server on loopback with https is reached through a transport that
// verifies no certificate and connects to nothing but loopback; any other one through
// the HTTP client's own, which verifies. Not together with WithDomains.
//
// It is an option of [Login]; chatagent.Run takes it in chatagent.WithLogin.
func WithTestServer(endpoint string, via http.RoundTripper) Option {
	return func(c *config) error {
		c.server = &testServer{endpoint, via}
		return nil
	}
}

type testServer struct {
	endpoint string
	via      http.RoundTripper
}

// beneath puts the way to the test server beneath t.
func (s *testServer) beneath(t *retry.Transport) *retry.Transport {
	via := s.via
	if u, err := url.Parse(s.endpoint); via == nil && err == nil && u.Scheme == "https" && rest.Loopback(u.Hostname()) {
		via = loopback()
	}
	if via == nil {
		return t
	}
	return t.Beneath(func(http.RoundTripper) http.RoundTripper { return via })
}

// loopback is a transport that verifies no certificate and connects to nothing
// but this very machine, whatever a name resolves to.
var loopback = sync.OnceValue(func() http.RoundTripper {
	dialer := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if host, _, err := net.SplitHostPort(address); err != nil || !rest.Loopback(host) {
			return fmt.Errorf("%w: %s is not loopback, its certificate would have to be verified", liveperson.ErrNotSent, address)
		}
		return nil
	}}
	return &http.Transport{
		DialContext:         dialer.DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}, //nolint:gosec // see above
		MaxIdleConnsPerHost: 512,
		IdleConnTimeout:     90 * time.Second,
	}
})
