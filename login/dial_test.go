package login_test

import (
	"context"
	"errors"
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

const dialOp = "messagingagent.Connect"

// dialing answers as given, in turn, and keeps the bearers.
type dialing struct {
	statuses []int
	bearers  []string
}

func (d *dialing) dial(_ context.Context, _ *http.Client, bearer string) (int, error) {
	d.bearers = append(d.bearers, bearer)
	status := d.statuses[min(len(d.bearers), len(d.statuses))-1]
	switch status {
	case http.StatusSwitchingProtocols:
		return status, nil
	case 0:
		return 0, errors.New("connection refused for " + bearer)
	}
	return status, &liveperson.Error{Op: dialOp, Status: status}
}

func TestDial(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statuses []int
		is       error
		logins   int
	}{
		"opened":          {[]int{101}, nil, 1},
		"a dead token":    {[]int{401, 101}, nil, 2},
		"no login helps":  {[]int{401}, liveperson.ErrUnauthorized, 2},
		"unavailable":     {[]int{503}, liveperson.ErrUnavailable, 1},
		"then, too":       {[]int{401, 503}, liveperson.ErrUnavailable, 2},
		"forbidden":       {[]int{403}, liveperson.ErrForbidden, 1},
		"no answer comes": {[]int{0}, errors.ErrUnsupported, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv := fake(t)
			s := start(t, srv)
			defer logout(t, s)
			d := &dialing{statuses: c.statuses}
			generation, err := s.Dial(t.Context(), dialOp, d.dial)
			switch {
			case c.is == nil:
				require.NoError(t, err, name)
			case errors.Is(c.is, errors.ErrUnsupported):
				assert.EqualError(t, err, "connection refused for [redacted]")
			default:
				assert.ErrorIs(t, err, c.is, name)
			}
			assert.Equal(t, c.logins, generation, name)
			assert.Equal(t, c.logins, srv.CountStatus(lptest.OpLogin, http.StatusOK), name)
			assert.Len(t, d.bearers, c.logins, name)
			bearer, err := s.Bearer(t.Context())
			require.NoError(t, err)
			assert.Equal(t, bearer, d.bearers[len(d.bearers)-1])
		})
	}
}

// Of two processes that work with one user, the one whose tokens are dead gives way.
func TestContested(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		first := start(t, srv)
		defer first.Close()
		require.NoError(t, first.Contested(t.Context()), "nobody else is there")
		time.Sleep(time.Minute)
		second := start(t, srv)
		defer second.Close()
		require.NoError(t, second.Contested(t.Context()))
		require.ErrorIs(t, first.Contested(t.Context()), login.ErrLoggedInElsewhere)
		require.ErrorIs(t, first.Contested(t.Context()), login.ErrLoggedInElsewhere, "it still has to give way")
		until, err := first.Trouble()
		require.ErrorIs(t, err, login.ErrLoggedInElsewhere)
		assert.InDelta(t, 132, time.Until(until).Seconds(), 12)
		assert.ErrorIs(t, first.Refresh(t.Context()), login.ErrLoggedInElsewhere)
		assert.Equal(t, 2, srv.CountStatus(lptest.OpLogin, http.StatusOK))
		time.Sleep(3 * time.Minute)
		require.NoError(t, first.Refresh(t.Context()))
		assert.Equal(t, 3, srv.CountStatus(lptest.OpLogin, http.StatusOK))
		require.ErrorIs(t, second.Contested(t.Context()), login.ErrLoggedInElsewhere)
		srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Status: 400, Times: 1})
		require.ErrorContains(t, first.Contested(t.Context()), "400 Bad Request")
		first.Close()
		require.Error(t, first.Contested(t.Context()))
	})
}
