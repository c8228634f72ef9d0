package login_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// tap notes the bearer of each try.
type tap struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen []string
}

func (l *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	l.seen = append(l.seen, r.Header.Get("Authorization"))
	l.mu.Unlock()
	return l.next.RoundTrip(r)
}

// A call that is replayed after a login is one call: its answer counts all
// tries, and each of them carries the bearer of its time.
func TestTriesOfAReplayedCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		wire := &tap{next: srv.Transport()}
		var stats []retry.Stats
		session := start(t, srv, login.WithoutRefresh(), login.WithHTTPClient(must(retry.NewClient(
			retry.WithTransport(wire), retry.WithObserver(func(s retry.Stats) { stats = append(stats, s) })))))
		first, err := session.Bearer(t.Context())
		require.NoError(t, err)
		srv.RevokeBearers(bot(srv))
		srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Status: 503, Times: 1})
		wire.seen, stats = nil, nil
		b := &bench{srv: srv, session: session}
		answer, err := b.try(t.Context(), true)
		require.NoError(t, err)
		second, err := session.Bearer(t.Context())
		require.NoError(t, err)
		assert.NotEqual(t, first, second)
		assert.Equal(t, []string{"Bearer " + first, "Bearer " + first, "", "Bearer " + second}, wire.seen, "503, 401, the login, 201")
		assert.Equal(t, 3, answer.Tries)
		assert.Equal(t, retry.TookEffect, answer.Effect)
		for _, r := range srv.Requests(lptest.OpSessionStart) {
			assert.Equal(t, `{"loginData":""}`, r.Body, "whole each time")
		}

		require.Len(t, stats, 2, "the login and the call")
		assert.Equal(t, "login.Login", stats[0].Op)
		assert.Equal(t, "test.Start", stats[1].Op)
		assert.Equal(t, 3, stats[1].Tries)
		logout(t, session)
	})
}

func TestBodiesThatCannotBeReplayed(t *testing.T) {
	t.Parallel()
	s := scripted(map[string][]httpmock.Responder{"x": {text(200, "")}})
	session := s.login(t, login.Password("name", "password"))
	broken := errors.New("broken")
	for name, body := range map[string]io.Reader{
		"broken": iotest.ErrReader(broken),
		"large":  strings.NewReader(strings.Repeat("x", 16<<20+1)),
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://va.agentvep.liveperson.net/x", body)
		require.NoError(t, err)
		_, err = session.Client().Do(req) //nolint:bodyclose // fails
		require.Error(t, err, name)
		if name == "broken" {
			assert.ErrorIs(t, err, broken)
		}
	}
	assert.Len(t, s.requests(), 1, "the login alone")
	session.Client().CloseIdleConnections()
}

func TestClosingIdleConnections(t *testing.T) {
	t.Parallel()
	mem := lptest.NewMemory()
	t.Cleanup(mem.Close)
	closed := &closer{RoundTripper: mem.Transport()}
	session, err := login.Login(t.Context(), mem.Account(), login.Bearer("b34r3r", "7"), login.WithHTTPClient(&http.Client{Transport: closed}),
		login.WithLogger(nil))
	require.NoError(t, err)
	session.Client().CloseIdleConnections()
	assert.Equal(t, 1, closed.n)
}

// WithLogger tells of the session and of each try.
func TestLogging(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		var p paper
		session := start(t, srv, login.WithLogger(slog.New(slog.NewTextHandler(&p, &slog.HandlerOptions{Level: slog.LevelDebug}))), login.WithoutRefresh())
		srv.RevokeBearers(bot(srv))
		require.NoError(t, session.Refresh(t.Context()))
		logout(t, session)
		assert.Regexp(t, `op=login.Refresh .* took=\S+ account=12345678 agent=bot\n`, p.String())
		for _, line := range []string{
			`level=DEBUG msg=answered op=login.Login method=POST host=lptest.liveperson.net try=1 status=200 `,
			`level=DEBUG msg=answered op=login.Refresh method=POST host=lptest.liveperson.net try=1 status=401 `,
			`level=INFO msg="logging in again" account=12345678 user=bot why="the token was refused 0s after the login"`,
			`level=INFO msg="logged in" account=12345678 user=bot ttl=8h0m0s`,
			`level=INFO msg="logged out" account=12345678 user=bot` + "\n",
		} {
			assert.Contains(t, p.String(), line)
		}
	})
}

// A client of the caller's own is told the login's logger and user agent too;
// what it has set itself stays.
func TestOptionsReachTheCallersClient(t *testing.T) {
	t.Parallel()
	debug := func(p *paper) *slog.Logger {
		return slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	run := func(t *testing.T, agent string, client *http.Client, opts ...login.Option) {
		t.Helper()
		srv := fake(t)
		client.Transport = client.Transport.(*retry.Transport).Beneath(func(http.RoundTripper) http.RoundTripper { return srv.Transport() })
		session := start(t, srv, append([]login.Option{login.WithHTTPClient(client), login.WithoutRefresh()}, opts...)...)
		require.NoError(t, session.Refresh(t.Context()))
		if agent != liveperson.UserAgent { // else a plain request has net/http's own
			_, err := call(t.Context(), session, srv)
			require.NoError(t, err)
		}
		require.NoError(t, (&bench{srv: srv, session: session}).start(t.Context(), true))
		logout(t, session)
		seen := map[lptest.Op]bool{}
		for _, r := range srv.Journal() {
			seen[r.Op] = true
			assert.Equal(t, agent, r.Header.Get("User-Agent"), r.Op)
		}
		assert.Len(t, seen, 5, "domain, login, refresh, session start, logout")
	}
	const tries = "msg=answered op=domain.BaseURI msg=answered op=login.Login msg=answered op=login.Refresh msg=answered op=test.Start msg=answered op=login.Logout"
	logged := func(t *testing.T, p *paper) {
		t.Helper()
		for _, line := range strings.SplitAfter(tries, "msg=")[1:] {
			line, _, _ = strings.Cut(line, " msg=")
			assert.Contains(t, p.String(), line)
			assert.Regexp(t, line+` .* account=12345678( agent=bot)?\n`, p.String())
		}
		for _, op := range []string{"login.Login", "login.Refresh", "test.Start", "login.Logout"} {
			assert.Regexp(t, "op="+op+` .* account=12345678 agent=bot\n`, p.String())
		}
	}
	t.Run("of the login", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var p paper
			run(t, "acme-bot/1.2 "+liveperson.UserAgent, must(retry.NewClient()), login.WithLogger(debug(&p)), login.WithUserAgent("acme-bot/1.2"))
			logged(t, &p)
		})
	})
	t.Run("of the client", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var p, other paper
			client := must(retry.NewClient(retry.WithLogger(debug(&p)), retry.WithUserAgent("own/1")))
			run(t, "own/1 "+liveperson.UserAgent, client, login.WithLogger(debug(&other)), login.WithUserAgent("acme-bot/1.2"))
			logged(t, &p)
			assert.NotContains(t, other.String(), "msg=answered")
		})
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			run(t, liveperson.UserAgent, must(retry.NewClient()), login.WithLogger(nil))
		})
	})
}

// Each call's statistics say for whom it was made.
func TestStatisticsNameAccountAndAgent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		var seen []string
		client := must(retry.NewClient(retry.WithTransport(srv.Transport()), retry.WithObserver(func(s retry.Stats) {
			seen = append(seen, s.Op+" "+s.Account+" "+s.Agent)
		})))
		use := func(creds login.Credentials) {
			seen = nil
			session, err := login.Login(t.Context(), srv.Account(), creds, login.WithHTTPClient(client), login.WithoutRefresh())
			require.NoError(t, err)
			require.NoError(t, session.Refresh(t.Context()))
			_, err = call(t.Context(), session, srv)
			require.NoError(t, err)
			require.NoError(t, (&bench{srv: srv, session: session}).start(t.Context(), true))
			session.Observe(retry.Stats{Op: "test.Ask", Tries: 1})
			logout(t, session)
		}
		use(login.Password("bot", password))
		assert.Equal(t, []string{
			"domain.BaseURI 12345678 ", "login.Login 12345678 bot", "login.Refresh 12345678 bot",
			" 12345678 bot", "test.Start 12345678 bot", "test.Ask 12345678 bot", "login.Logout 12345678 bot",
		}, seen)
		use(login.Bearer(srv.Bearer(bot(srv)), "311098910"))
		assert.Equal(t, []string{"domain.BaseURI 12345678 ", " 12345678 311098910", "test.Start 12345678 311098910", "test.Ask 12345678 311098910"}, seen)
	})
}

type closer struct {
	http.RoundTripper
	n int
}

func (c *closer) CloseIdleConnections() { c.n++ }
