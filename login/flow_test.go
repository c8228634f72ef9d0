package login_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

func TestLoginRefreshLogout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
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
