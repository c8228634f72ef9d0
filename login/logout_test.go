package login_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// What was closed here goes on elsewhere.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv)
		saved := session.Save()
		session.Close()
		session.Close()
		require.ErrorIs(t, session.Err(), login.ErrClosed)
		require.NotErrorIs(t, session.Err(), login.ErrLoggedOut)
		<-session.Done()
		_, err := call(t.Context(), session, srv)
		require.ErrorIs(t, err, login.ErrClosed)
		require.ErrorIs(t, session.Refresh(t.Context()), login.ErrClosed)
		require.NoError(t, session.Logout(t.Context()), "does nothing")
		require.ErrorIs(t, session.Err(), login.ErrClosed, "the first reason stays")
		time.Sleep(time.Hour)
		assert.Zero(t, srv.Count(lptest.OpRefresh))
		assert.Zero(t, srv.Count(lptest.OpLogout))

		next, err := login.Restore(t.Context(), saved, login.Password("bot", password), login.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		_, err = call(t.Context(), next, srv)
		require.NoError(t, err)
		assert.Equal(t, 1, srv.Count(lptest.OpLogin), "the bearer is good still")
		logout(t, next)
		next.Close()
		require.ErrorIs(t, next.Err(), login.ErrLoggedOut, "the first reason stays")
	})
}

// A bearer that has ended already needs no logout, and the log says so plainly.
func TestLogoutOfADeadBearer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		for _, tt := range []struct {
			status int
			log    string
		}{
			{401, `level=INFO msg="logged out" account=12345678 user=bot` + "\n"},
			{404, `level=WARN msg="logging out failed" account=12345678 user=bot err.op=login.Logout`},
		} {
			var p paper
			session := start(t, srv, login.WithLogger(slog.New(slog.NewTextHandler(&p, nil))))
			srv.AddFault(lptest.Fault{Op: lptest.OpLogout, Status: tt.status, Times: 1})
			err := session.Logout(t.Context())
			assert.Equal(t, tt.status == 401, err == nil, "%d: %v", tt.status, err)
			assert.Contains(t, p.String(), tt.log)
		}
		assert.Equal(t, 2, srv.Count(lptest.OpLogout), "one try each")
	})
}

// Close waits for what runs on the session's goroutines.
func TestCloseWaitsForTheGoroutines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		busy := make(chan struct{}, 1)
		session := start(t, srv, login.WithRefresh(retry.Interval{OnFailure: func(error) {
			busy <- struct{}{}
			time.Sleep(time.Minute)
		}}))
		srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Status: 503})
		<-busy
		began := time.Now()
		session.Close()
		assert.Equal(t, time.Minute, time.Since(began))
	})
}

// A logout would end the chats that are the next process's.
func TestGuardALogoutDoesNotEndChatsThatWereLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv)
		session.Claims().Leave("an agent")
		require.ErrorIs(t, session.Logout(t.Context()), login.ErrChatsLeft)
		require.ErrorIs(t, session.Err(), login.ErrClosed)
		require.NoError(t, session.Logout(t.Context()), "a second one does nothing")
		session.Close()
		time.Sleep(time.Hour)
		assert.Zero(t, srv.Count(lptest.OpLogout))
		assert.Zero(t, srv.Count(lptest.OpRefresh))

		session = start(t, srv) // the same one, closed first
		session.Claims().Leave("an agent")
		session.Close()
		require.NoError(t, session.Logout(context.WithoutCancel(t.Context())))
		assert.Zero(t, srv.Count(lptest.OpLogout))
	})
}
