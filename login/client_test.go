package login_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// The caller's own retry.Call goes with the request: its hooks see each try as
// it is sent, and its result counts all of them.
func TestCallOfTheCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		first, err := session.Bearer(t.Context())
		require.NoError(t, err)
		srv.RevokeBearers(bot(srv))
		srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Status: 503, Times: 1})
		var seen []string
		own := &retry.Call{Op: "own", Class: retry.Idempotent, Result: &retry.Result{}, Prepare: func(r *http.Request) error {
			seen = append(seen, r.Header.Get("Authorization"))
			return nil
		}}
		status, err := call(retry.NewContext(t.Context(), own), session, srv)
		require.NoError(t, err)
		assert.Equal(t, http.StatusCreated, status)
		second, err := session.Bearer(t.Context())
		require.NoError(t, err)
		assert.NotEqual(t, first, second)
		assert.Equal(t, []string{"Bearer " + first, "Bearer " + first, "Bearer " + second}, seen, "503, 401, 201")
		assert.Equal(t, 3, own.Result.Attempts)
		assert.Equal(t, retry.TookEffect, own.Result.Effect)
		for _, r := range srv.Requests(lptest.OpSessionStart) {
			assert.Equal(t, `{"loginData":""}`, r.Body, "whole each time")
		}

		stop := errors.New("stop")
		own.Prepare = func(*http.Request) error { return stop }
		before := srv.Count(lptest.OpSessionStart)
		_, err = call(retry.NewContext(t.Context(), own), session, srv)
		require.ErrorIs(t, err, stop)
		assert.Equal(t, before, srv.Count(lptest.OpSessionStart))
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
		for _, line := range []string{
			`level=DEBUG msg=answered op=login.Login method=POST host=lptest.liveperson.net attempt=1 status=200 `,
			`level=DEBUG msg=answered op=login.Refresh method=POST host=lptest.liveperson.net attempt=1 status=401 `,
			`level=INFO msg="logging in again" account=12345678`,
			`level=INFO msg="logged in" account=12345678 user=bot ttl=8h0m0s`,
			`level=INFO msg="logged out" account=12345678 user=bot err=<nil>`,
		} {
			assert.Contains(t, p.String(), line)
		}
	})
}

type closer struct {
	http.RoundTripper
	n int
}

func (c *closer) CloseIdleConnections() { c.n++ }
