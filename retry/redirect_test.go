package retry_test

import (
	"bytes"
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
	"sync/atomic"
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
func TestGuardRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	cert := certificate(t)
	targets := []string{
		"https://evil.example/", "http://evil.example/", "http://api.example/plain", "https://api.example:8443/port",
		"https://api.example/same", "//evil.example/", "/relative", "https://user:pass@evil.example/", "http://[::1", "%zz", "",
	}
	type row struct {
		code           int
		method, target string
	}
	rows := map[string]row{}
	for _, code := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, target := range targets {
				if target == targets[0] || code == 307 { // which sends the body again
					rows[fmt.Sprint(code, method, target)] = row{code, method, target}
				}
			}
		}
	}
	each(t, rows, func(t *testing.T, row row) {
		n := newNetwork()
		var others []func() string
		for _, a := range []string{"evil.example:443", "evil.example:80", "api.example:80", "api.example:8443"} {
			others = append(others, eavesdropper(t, n.listen(a)))
		}
		var tries atomic.Int32
		origin := &http.Server{ReadHeaderTimeout: time.Hour, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			tries.Add(1)
			_, _ = io.Copy(io.Discard, r.Body)
			if row.target != "" {
				w.Header().Set("Location", row.target)
			}
			w.WriteHeader(row.code)
		})}
		var wg sync.WaitGroup
		l := tls.NewListener(n.listen("api.example:443"), &tls.Config{Certificates: []tls.Certificate{cert}})
		wg.Go(func() { _ = origin.Serve(l) })
		tr := &http.Transport{DialContext: n.dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
		t.Cleanup(func() { tr.CloseIdleConnections(); assert.NoError(t, origin.Close()); wg.Wait() })

		follow := &http.Client{Transport: tr} // the default is to follow
		for i, client := range []*http.Client{wrap(follow), must(retry.NewClient(retry.WithTransport(tr)))} {
			req, err := http.NewRequestWithContext(t.Context(), row.method, "https://api.example/", strings.NewReader("canary-body"))
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer canary")
			req.Header.Set("X-Lp-State-Rev", "canary-rev")
			resp, err := client.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, row.code, resp.StatusCode)
			assert.EqualValues(t, i+1, tries.Load())
		}
		for _, heard := range others {
			assert.Empty(t, heard())
		}
		assert.Equal(t, 1, n.dials("api.example:443"))
	})
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
