package retry_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// certificate is good for any bubble's clock.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"api.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// eavesdropper notes every byte that reaches it.
func eavesdropper(t *testing.T, l net.Listener) func() string {
	t.Helper()
	var mu sync.Mutex
	var heard bytes.Buffer
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				p := make([]byte, 4096)
				for {
					n, err := conn.Read(p)
					mu.Lock()
					heard.Write(p[:n])
					mu.Unlock()
					if err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { assert.NoError(t, l.Close()); wg.Wait() })
	return func() string { mu.Lock(); defer mu.Unlock(); return heard.String() }
}

// Redirects are handed to the caller. Not one byte reaches where they lead.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	cert := certificate(t)
	targets := []string{
		"https://evil.example/", "http://evil.example/", "http://api.example/plain", "https://api.example:8443/port",
		"https://api.example/same", "//evil.example/", "/relative", "https://user:pass@evil.example/", "http://[::1", "%zz", "",
	}
	for _, code := range []int{301, 302, 303, 307, 308, 300, 304, 305} {
		for _, target := range targets {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				t.Run(fmt.Sprint(code, method, target), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						n := newNetwork()
						var others []func() string
						for _, a := range []string{"evil.example:443", "evil.example:80", "api.example:80", "api.example:8443"} {
							others = append(others, eavesdropper(t, n.listen(a)))
						}
						tries := 0
						origin := &http.Server{ReadHeaderTimeout: time.Hour, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							tries++
							_, _ = io.Copy(io.Discard, r.Body)
							if target != "" {
								w.Header().Set("Location", target)
							}
							w.WriteHeader(code)
						})}
						var wg sync.WaitGroup
						l := tls.NewListener(n.listen("api.example:443"), &tls.Config{Certificates: []tls.Certificate{cert}})
						wg.Go(func() { _ = origin.Serve(l) })
						tr := &http.Transport{DialContext: n.dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
						t.Cleanup(func() { tr.CloseIdleConnections(); assert.NoError(t, origin.Close()); wg.Wait() })

						follow := &http.Client{Transport: tr} // the default is to follow
						for _, client := range []*http.Client{retry.Wrap(follow), retry.NewClient(retry.WithTransport(tr))} {
							tries = 0
							req, err := http.NewRequestWithContext(t.Context(), method, "https://api.example/", strings.NewReader("canary-body"))
							require.NoError(t, err)
							req.Header.Set("Authorization", "Bearer canary")
							req.Header.Set("X-Lp-State-Rev", "canary-rev")
							resp, err := client.Do(req)
							require.NoError(t, err)
							require.NoError(t, resp.Body.Close())
							assert.Equal(t, code, resp.StatusCode)
							assert.Equal(t, 1, tries)
						}
						for _, heard := range others {
							assert.Empty(t, heard())
						}
						assert.Equal(t, 1, n.dials("api.example:443"))
					})
				})
			}
		}
	}
}

// The proof that the test above can fail.
func TestTheEavesdropperHears(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		heard := eavesdropper(t, n.listen("evil.example:80"))
		conn, err := n.dial(t.Context(), "", "evil.example:80")
		require.NoError(t, err)
		_, err = io.WriteString(conn, "canary")
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		synctest.Wait()
		assert.Equal(t, "canary", heard())
	})
}

func TestWrap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		policy := retry.WithPolicy(retry.Policy{Waits: []time.Duration{time.Second}})
		count := func(c *http.Client) int {
			before := s.count()
			_, _, err := send(t.Context(), t, c, http.MethodGet, base+"/", "", nil)
			require.NoError(t, err)
			return s.count() - before
		}
		hc := &http.Client{Transport: s.transport, Timeout: time.Hour}
		once := *hc
		wrapped := retry.Wrap(hc, policy)
		assert.Equal(t, 2, count(wrapped))
		assert.Equal(t, once, *hc, "the caller's client stays as it is")
		assert.NotSame(t, hc, wrapped)
		assert.Equal(t, time.Hour, wrapped.Timeout)
		assert.Equal(t, 1, count(hc))

		again := retry.Wrap(wrapped, retry.WithPolicy(retry.Policy{}))
		assert.Same(t, wrapped.Transport, again.Transport)
		assert.Equal(t, 2, count(again), "its own policy stays")

		redirecting := &http.Client{Transport: wrapped.Transport}
		assert.Nil(t, redirecting.CheckRedirect)
		assert.NotNil(t, retry.Wrap(redirecting).CheckRedirect)
		assert.Nil(t, redirecting.CheckRedirect)

		other := newServer(t, ok)
		_, _, err := send(t.Context(), t, retry.Wrap(hc, retry.WithTransport(other.transport)), http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		assert.Equal(t, 1, other.count(), "an option stands over the client's transport")

		assert.NotNil(t, retry.Wrap(nil).Transport)
		assert.NotNil(t, retry.Wrap(&http.Client{}).Transport)
		assert.Same(t, retry.NewClient().CheckRedirect(nil, nil), http.ErrUseLastResponse)
	})
}

func TestACallerWhoLeavesGetsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		result := &retry.Result{}
		_, _, err := send(ctx, t, s.client(), http.MethodPost, base+"/", "x", &retry.Call{Result: result})
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, s.network.dials(addr))
		assert.Equal(t, retry.Result{Effect: retry.NoEffect}, *result)
	})
}
