package login_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

const password = "canary-9f41-password"

// bubble runs f in virtual time with a fake and one agent, "bot".
func bubble(t *testing.T, f func(t *testing.T, srv *lptest.Server), opts ...lptest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory(opts...)
		defer srv.Close()
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: password, Bot: &lptest.Keys{
			ClientID: "client-id", ClientSecret: "client-secret",
		}})
		f(t, srv)
	})
}

func start(t *testing.T, srv *lptest.Server, opts ...login.Option) *login.Session {
	t.Helper()
	s, err := login.Login(t.Context(), srv.Account(), login.Password("bot", password),
		append([]login.Option{login.WithHTTPClient(srv.Client())}, opts...)...)
	require.NoError(t, err)
	return s
}

func logout(t *testing.T, s *login.Session) {
	t.Helper()
	require.NoError(t, s.Logout(context.WithoutCancel(t.Context())))
}

func TestLoginRefreshLogout(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server) {
		s := start(t, srv)
		assert.Equal(t, srv.Account(), s.Account())
		assert.Equal(t, "bot", s.User().LoginName)
		assert.NotEmpty(t, s.User().ID)
		assert.Equal(t, 8*time.Hour, s.TTL())
		assert.Equal(t, time.Now().Add(8*time.Hour), s.Expires())

		time.Sleep(24 * time.Hour)
		synctest.Wait()
		assert.Equal(t, 1, srv.CountStatus(lptest.OpLogin, 200), "refreshing keeps the first login alive for a day")
		n := srv.CountStatus(lptest.OpRefresh, 200)
		assert.GreaterOrEqual(t, n, 24*60/5)
		assert.LessOrEqual(t, n, 24*60/3)
		assert.Greater(t, time.Until(s.Expires()), 7*time.Hour)

		logout(t, s)
		assert.Equal(t, 1, srv.CountStatus(lptest.OpLogout, 200))
		assert.ErrorIs(t, s.Err(), login.ErrLoggedOut)
		<-s.Done()
		time.Sleep(time.Hour)
		assert.Equal(t, n, srv.Count(lptest.OpRefresh), "nothing refreshes after the logout")
		require.NoError(t, s.Logout(t.Context()), "a second logout does nothing")
		assert.Equal(t, 1, srv.Count(lptest.OpLogout))
		assert.ErrorIs(t, s.Refresh(t.Context()), login.ErrLoggedOut)
		_, err := s.Bearer(t.Context())
		assert.ErrorIs(t, err, login.ErrLoggedOut)
		_, err = s.Client().Get(srv.URL() + "/api/account/12345678/agentSession/1/info") //nolint:bodyclose,noctx // fails
		assert.ErrorIs(t, err, login.ErrLoggedOut)
	})
}

func TestRevokedTokenCostsOneLoginHoweverManyCallsFail(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server) {
		s := start(t, srv, login.WithoutRefresh())
		defer logout(t, s)
		srv.RevokeBearers(srv.Agents()[0])
		done := make(chan int, 500)
		for range cap(done) {
			go func() {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
					"https://"+srv.Host()+"/api/account/12345678/agentSession?v=1&NC=true", http.NoBody)
				assert.NoError(t, err)
				req.Header.Set("Content-Type", "application/json")
				resp, err := s.Client().Do(req)
				if !assert.NoError(t, err) {
					done <- 0
					return
				}
				resp.Body.Close()
				done <- resp.StatusCode
			}()
		}
		for range cap(done) {
			assert.NotEqual(t, http.StatusUnauthorized, <-done)
		}
		assert.Equal(t, 2, srv.CountStatus(lptest.OpLogin, 200))
	})
}

func TestSessionEndsWhenTheLoginIsRefused(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server) {
		s := start(t, srv)
		srv.RevokeBearers(srv.Agents()[0])
		srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 451})
		<-s.Done()
		assert.ErrorIs(t, s.Err(), liveperson.ErrBlocked)
		assert.Equal(t, 1, srv.CountStatus(lptest.OpLogin, 451), "never tried again")
		require.NoError(t, s.Logout(t.Context()))
		assert.Zero(t, srv.Count(lptest.OpLogout))
	})
}
