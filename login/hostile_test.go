package login_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// foreignHosts are base URIs that a hostile Domain API, or a hostile answer to
// a login, may name. Package domain tests more of them.
var foreignHosts = []string{
	"evil.example", "EVIL.example", "evil.example:443", "evil.example/", "evil.example/lptest.liveperson.net", "evil.example?.liveperson.net",
	"evil.example#.liveperson.net", `evil.example\.liveperson.net`, `evil.example\@lptest.liveperson.net`, "lptest.liveperson.net@evil.example",
	"user:pass@lptest.liveperson.net", "lptest.liveperson.net:443@evil.example", "https://evil.example", "http://lptest.liveperson.net",
	"//evil.example", "evilliveperson.net", "liveperson.net.evil.example", "lptest.liveperson.net.evil.example", "lptest.liveperson.net.",
	"lptest.liveperson.net:0", "lptest.liveperson.net:65536", "lptest.liveperson.net:", "lptest.liveperson.net\r\nHost: evil.example",
	"lptest.liveperson.net\x00.evil.example", "lptest.livepersοn.net", "evil.example。liveperson.net", "evil.example%2f.liveperson.net",
	"evil.example%00.liveperson.net", "127.0.0.1", "127.0.0.1:443", "[::1]", "[::1]:443", "[fe80::1%25eth0]", "localhost", "0x7f000001", "2130706433",
	"169.254.169.254", ".liveperson.net", "*.liveperson.net", "liveperson.net", " lptest.liveperson.net", "lptest.liveperson.net ", "",
}

// untouched expects that nothing but look-ups was sent, and nothing elsewhere.
func untouched(t *testing.T, srv *lptest.Server, name string) {
	t.Helper()
	for _, r := range srv.Journal() {
		if r.Op != lptest.OpDomain || r.Auth != "" || len(r.Cookies) > 0 || r.Body != "" || !strings.HasSuffix(r.Host, ".liveperson.net") {
			assert.Fail(t, "something got out", "%q: %+v", name, r)
		}
	}
}

func TestHostileDomains(t *testing.T) {
	t.Parallel()
	for _, host := range foreignHosts {
		synctest.Test(t, func(t *testing.T) {
			srv := fake(t)
			quoted, err := json.Marshal(host)
			require.NoError(t, err)
			srv.AddFault(lptest.Fault{
				Op: lptest.OpDomain, Status: 200,
				Body: `{"baseURIs":[{"service":"agentVep","account":"12345678","baseURI":` + string(quoted) + `}]}`,
			})
			for _, creds := range kinds {
				session, err := login.Login(t.Context(), srv.Account(), creds, login.WithHTTPClient(srv.Client()))
				assert.Nil(t, session)
				if host != "" {
					require.ErrorIs(t, err, liveperson.ErrForeignOrigin, "%q", host)
				}
				require.Error(t, err, "%q", host)
			}
			untouched(t, srv, host)
		})
	}
}

func TestHostileDomainsInALoginAnswer(t *testing.T) {
	t.Parallel()
	for _, host := range foreignHosts {
		synctest.Test(t, func(t *testing.T) {
			srv := fake(t)
			quoted, err := json.Marshal(host)
			require.NoError(t, err)
			srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 200, Body: `{"csrf":"c5rf","bearer":"b34r3r","csdsCollectionResponse":{"baseURIs":[` +
				`{"service":"agentVep","baseURI":` + string(quoted) + `},{"service":"runtimeFormLogic","baseURI":` + string(quoted) + `}]}}`})
			session := start(t, srv, login.WithoutRefresh())
			for _, service := range []domain.Service{domain.AgentVEP, domain.RuntimeFormLogic} {
				base, err := session.BaseURI(t.Context(), service)
				require.NoError(t, err)
				assert.Equal(t, srv.Host(), base, "%q", host)
			}
			session.Logout(t.Context())
			assert.Zero(t, srv.Count(lptest.OpForeign), "%q", host)
		})
	}
}

// A service that sets ever more cookies does not make the requests grow.
func TestGuardCookiesAreBounded(t *testing.T) {
	t.Parallel()
	n := 0
	s := scripted(map[string][]httpmock.Responder{"refresh": {func(r *http.Request) (*http.Response, error) {
		n++
		return text(200, "", fmt.Sprintf("n%d=%s; Path=/", n, strings.Repeat("v", 100)))(r)
	}}})
	session := s.login(t, login.Password("name", "password"))
	for range 1000 {
		require.NoError(t, session.Refresh(t.Context()))
	}
	sent := s.requests()
	last := sent[len(sent)-1]
	assert.Less(t, len(last), 20<<10)
	assert.Contains(t, last, "Session_id=c00k1e")
	assert.Contains(t, last, "n1=vvv")
}

// hrefs are addresses that the session's client must not call.
func hrefs(srv *lptest.Server) []string {
	list := []string{
		"http://" + srv.Host() + "/x", "ws://" + srv.Host() + "/x", "HTTP://" + srv.Host() + "/x",
		"https://" + srv.Host() + ":8443/x", "https://" + srv.Host() + ":80/x", "https://" + srv.Host() + ".:443/x",
		"https://" + srv.Host() + "./x", "https://" + srv.Host() + ".evil.example/x", "https://evil" + srv.Host() + "/x",
		"https://x." + srv.Host() + "/x", "https://va.agentvep.liveperson.net/x", "https://liveperson.net/x",
		"https://api.liveperson.net/api/account/12345678/service/baseURI.json?version=1.0",
		"https://" + srv.Host() + "@evil.example/x", "https://user:pass@evil.example/x", "https://evil.example:443/x",
		"https://%6cptest.evil.example/x", "https://127.0.0.1/x", "https://[::1]/x", "https://[::1]:443/x", "https:///x",
	}
	for _, host := range foreignHosts {
		if host != "" && !strings.Contains(host, "://") && !strings.HasPrefix(host, "//") {
			list = append(list, "https://"+host+"/x", "https://"+host)
		}
	}
	return list
}

func TestGuardTheBearerGoesToTheAccountsHostsOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withKinds(t)
		for _, creds := range []login.Credentials{login.Password("bot", password), login.Bearer(srv.Bearer(bot(srv)), "7"), signed} {
			session, err := login.Login(t.Context(), srv.Account(), creds, login.WithHTTPClient(srv.Client()), login.WithoutRefresh())
			require.NoError(t, err)
			before := len(srv.Journal())
			tried := 0
			for _, href := range hrefs(srv) {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, href, strings.NewReader("secret"))
				if err != nil {
					continue // net/url refuses it
				}
				if strings.EqualFold(req.URL.Host, srv.Host()) && req.URL.Scheme == "https" {
					continue // what looked foreign was the path, the user or a fragment
				}
				tried++
				resp, err := session.Client().Do(req)
				if !assert.Error(t, err, "%q", href) {
					resp.Body.Close()
				} else if req.URL.Host != "" && !strings.HasPrefix(req.URL.Scheme, "ws") {
					assert.ErrorIs(t, err, liveperson.ErrForeignOrigin, "%q", href)
				}
			}
			assert.Greater(t, tried, 50)
			assert.Len(t, srv.Journal(), before, "not one byte was sent")
			require.NoError(t, session.Logout(t.Context()))
		}
		assert.Zero(t, srv.Count(lptest.OpForeign))
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, location := range []string{
		"", "https://evil.example/", "//evil.example/x", "http://lptest.liveperson.net/x", "/elsewhere", "https://lptest.liveperson.net/elsewhere",
		"https://user:pass@evil.example/", "javascript:alert(1)", "https://evil.example:443/\r\nX: y", "%zz", "https://lptest.liveperson.net@evil.example/",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			synctest.Test(t, func(t *testing.T) {
				srv := fake(t)
				session := start(t, srv, login.WithoutRefresh())
				for _, op := range []lptest.Op{lptest.OpLogin, lptest.OpRefresh, lptest.OpLogout, lptest.OpSessionStart, lptest.OpDomain} {
					srv.AddFault(lptest.Fault{Op: op, Kind: lptest.FaultRedirect, Status: status, Location: strings.NewReplacer("\r", "", "\n", "").Replace(location)})
				}
				before := len(srv.Journal())
				got, err := call(t.Context(), session, srv)
				if err == nil {
					assert.Equal(t, status, got, "the caller sees it")
				}
				assert.ErrorIs(t, session.Refresh(t.Context()), liveperson.ErrRedirected)
				assert.ErrorIs(t, session.Logout(t.Context()), liveperson.ErrRedirected)
				_, err = login.Login(t.Context(), srv.Account(), login.Password("bot", password), login.WithHTTPClient(srv.Client()))
				assert.ErrorIs(t, err, liveperson.ErrRedirected)
				assert.Len(t, srv.Journal(), before+4)
				assert.Zero(t, srv.Count(lptest.OpForeign)+srv.Count(lptest.OpUnknown))
			})
		}
	}
}

// The port that goes without saying may be said, or not.
func TestDefaultPort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t, lptest.WithBaseURIs(map[lptest.Service]string{lptest.AgentVep: "VA.liveperson.net:443"}))
		session := start(t, srv, login.WithoutRefresh())
		for _, host := range []string{"va.liveperson.net", "VA.LivePerson.net", "va.liveperson.net:443"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host+"/x", http.NoBody)
			require.NoError(t, err)
			resp, err := session.Client().Do(req)
			require.NoError(t, err, host)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, http.StatusNotFound, resp.StatusCode)
		}
		session.Logout(t.Context())
	})
}

// Over real TLS on loopback, and over plain http, both only for tests.
func TestAllowedHosts(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]lptest.Option{nil, {lptest.WithPlainHTTP()}} {
		srv := lptest.NewServer(opts...)
		t.Cleanup(srv.Close)
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: password})
		domains, err := domain.New(domain.WithHTTPClient(srv.Client()), domain.WithEndpoint(srv.URL()))
		require.NoError(t, err)
		_, err = login.Login(t.Context(), srv.Account(), login.Password("bot", password), login.WithHTTPClient(srv.Client()), login.WithDomains(domains))
		require.ErrorIs(t, err, liveperson.ErrForeignOrigin, "127.0.0.1 is none of LivePerson's")

		domains, err = domain.New(domain.WithHTTPClient(srv.Client()), domain.WithEndpoint(srv.URL()), domain.AllowHosts("127.0.0.1"))
		require.NoError(t, err)
		session, err := login.Login(t.Context(), srv.Account(), login.Password("bot", password), login.WithHTTPClient(srv.Client()), login.WithDomains(domains))
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(srv.URL(), session.Scheme()+"://"))
		require.NoError(t, session.Refresh(t.Context()))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL()+"/api/account/12345678/forms/agent_survey/state?conv=c&skill=1&v=2.0", http.NoBody)
		require.NoError(t, err)
		resp, err := session.Client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusNotFound, resp.StatusCode, "no such survey, but let in")
		require.NoError(t, session.Logout(t.Context()))
	}
}
