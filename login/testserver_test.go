package login_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// server is a fake on loopback.
func server(t *testing.T, opts ...lptest.Option) *lptest.Server {
	t.Helper()
	srv := lptest.NewServer(opts...)
	t.Cleanup(srv.Close)
	srv.AddAgent(lptest.Agent{LoginName: "bot", Password: password})
	return srv
}

// use logs in, makes a call, restores the session and logs out.
func use(t *testing.T, srv *lptest.Server, opts ...login.Option) {
	t.Helper()
	opts = append(opts, login.WithoutRefresh())
	session, err := login.Login(t.Context(), srv.Account(), login.Password("bot", password), opts...)
	require.NoError(t, err)
	defer session.Client().CloseIdleConnections()
	host, err := session.BaseURI(t.Context(), domain.AgentVEP)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, session.Scheme()+"://"+host+"/api/account/12345678/agentSession?v=1&NC=true", strings.NewReader(`{"loginData":""}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := session.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusCreated, resp.StatusCode)
	saved := session.Save()
	session, err = login.Restore(t.Context(), saved, login.Password("bot", password), opts...)
	require.NoError(t, err)
	_, err = session.BaseURI(t.Context(), domain.RuntimeFormLogic)
	require.NoError(t, err)
	logout(t, session)
}

func TestTestServer(t *testing.T) {
	t.Parallel()
	t.Run("over https, with its own certificate", func(t *testing.T) {
		t.Parallel()
		srv := server(t)
		use(t, srv, login.WithTestServer(srv.URL(), nil))
		use(t, srv, login.WithTestServer(strings.Replace(srv.URL(), "127.0.0.1", "localhost", 1)+"/", nil))
		roots := x509.NewCertPool()
		require.True(t, roots.AppendCertsFromPEM(srv.CertificatePEM()))
		own := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}}
		defer own.CloseIdleConnections()
		use(t, srv, login.WithTestServer(srv.URL(), own))
	})
	t.Run("on all addresses", func(t *testing.T) {
		t.Parallel()
		srv := server(t, lptest.WithAddr(":0"))
		use(t, srv, login.WithTestServer(strings.Replace(srv.URL(), "127.0.0.1", "localhost", 1), nil))
	})
	t.Run("over http", func(t *testing.T) {
		t.Parallel()
		srv := server(t, lptest.WithPlainHTTP())
		use(t, srv, login.WithTestServer(srv.URL(), nil))
	})
	t.Run("in memory", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := fake(t)
			use(t, srv, login.WithTestServer(srv.URL(), srv.Transport()))
		})
	})
	t.Run("with options of the client", func(t *testing.T) {
		t.Parallel()
		srv := server(t)
		calls := 0
		client := must(retry.NewClient(retry.WithObserver(func(retry.Stats) { calls++ })))
		use(t, srv, login.WithTestServer(srv.URL(), nil), login.WithHTTPClient(client))
		assert.Positive(t, calls)
	})
}

// With a test server nothing goes elsewhere, not even to LivePerson's.
func TestGuardTestServerAlone(t *testing.T) {
	t.Parallel()
	for _, host := range append([]string{"va.agentvep.liveperson.net", "127.0.0.1:1", "localhost", "127.0.0.2.example"}, foreignHosts...) {
		if host == "" {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			srv := fake(t)
			quoted, err := json.Marshal(host)
			require.NoError(t, err)
			srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Status: 200, Body: `{"service":"agentVep","baseURI":` + string(quoted) + `}`})
			_, err = login.Login(t.Context(), srv.Account(), login.Password("bot", password), login.WithTestServer(srv.URL(), srv.Transport()))
			require.ErrorIs(t, err, liveperson.ErrForeignOrigin, "%q", host)
			assert.Len(t, srv.Journal(), 1, "%q", host)
		})
	}
}

// Elsewhere than on loopback a certificate is verified.
func TestGuardUnverifiedCertificateOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	srv := server(t)
	// A client that knows the name and the address, but not the authority.
	dial := &http.Transport{DialContext: srv.Transport().(*http.Transport).DialContext}
	defer dial.CloseIdleConnections()
	once := must(retry.NewClient(retry.WithTransport(dial)))
	_, err := login.Login(t.Context(), srv.Account(), login.Password("bot", password),
		login.WithTestServer("https://lpsim.example", nil), login.WithHTTPClient(once))
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, err, &unknown)
	assert.Empty(t, srv.Journal())
}

// Should a name of loopback resolve to something else, nothing is sent there.
func TestGuardUnverifiedConnectionsStayOnLoopback(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"192.0.2.1", "[2001:db8::1]:8443", "[::ffff:192.0.2.1]", "0.0.0.0"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host+"/", http.NoBody)
		require.NoError(t, err)
		_, err = login.Loopback().RoundTrip(req) //nolint:bodyclose // fails
		require.ErrorIs(t, err, liveperson.ErrNotSent, host)
	}
}
