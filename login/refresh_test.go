package login_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

func TestRefreshInterval(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		ttl      time.Duration
		every    retry.Interval
		min, max time.Duration
	}{
		{"default", 8 * time.Hour, retry.Interval{}, 3 * time.Minute, 5 * time.Minute},
		{"own", 8 * time.Hour, retry.Interval{Min: time.Minute, Max: 2 * time.Minute}, time.Minute, 2 * time.Minute},
		{"short TTL", 4 * time.Minute, retry.Interval{}, time.Minute, 80 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := fake(t, lptest.WithSessionTTL(tt.ttl))
				session := start(t, srv, login.WithRefresh(tt.every))
				time.Sleep(4 * time.Hour)
				refreshes := srv.Requests(lptest.OpRefresh)
				least, most := gaps(refreshes)
				assert.GreaterOrEqual(t, least, tt.min)
				assert.LessOrEqual(t, most, tt.max)
				assert.Greater(t, most, least+(tt.max-tt.min)/3, "spread")
				assert.Equal(t, len(refreshes), srv.CountStatus(lptest.OpRefresh, 200))
				assert.Equal(t, 1, srv.Count(lptest.OpLogin))
				assert.Equal(t, refreshes[len(refreshes)-1].Time.Add(tt.ttl), session.Expires())
				logout(t, session)
			})
		})
	}
}

func TestWithoutRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		expires := session.Expires()
		time.Sleep(7 * time.Hour)
		assert.Zero(t, srv.Count(lptest.OpRefresh))
		assert.Equal(t, expires, session.Expires())
		require.NoError(t, session.Refresh(t.Context()))
		assert.Equal(t, time.Now().Add(8*time.Hour), session.Expires())
		time.Sleep(9 * time.Hour) // the bearer is dead
		require.NoError(t, session.Refresh(t.Context()), "a refresh that is refused logs in")
		assert.Equal(t, 2, srv.CountStatus(lptest.OpLogin, 200))
		assert.Equal(t, time.Now().Add(8*time.Hour), session.Expires())
		logout(t, session)
	})
}

func TestRefreshesAtOnceShareOneLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		srv.RevokeBearers(bot(srv))
		crowd(100, func(int) { assert.NoError(t, session.Refresh(t.Context())) })
		assert.Equal(t, 2, srv.Count(lptest.OpLogin))
		logout(t, session)
	})
}

func TestFailingRefreshIsReportedAndGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		var reported atomic.Int64
		session := start(t, srv, login.WithRefresh(retry.Interval{OnFailure: func(err error) {
			reported.Add(1)
			assert.ErrorIs(t, err, liveperson.ErrUnavailable)
		}}))
		down := srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Status: 503, End: time.Hour})
		time.Sleep(time.Hour)
		assert.EqualValues(t, down.Hits(), reported.Load(), "one request each")
		assert.InDelta(t, 60/4, down.Hits(), 5)
		time.Sleep(6 * time.Minute)
		assert.Positive(t, srv.CountStatus(lptest.OpRefresh, 200))
		assert.NoError(t, session.Err())
		logout(t, session)
	})
}

// wires is a network on which names can stop resolving.
type wires struct {
	base http.RoundTripper
	gone atomic.Value // string
}

func (w *wires) RoundTrip(r *http.Request) (*http.Response, error) {
	if gone, _ := w.gone.Load().(string); gone == r.URL.Host {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: gone, IsNotFound: true}}
	}
	return w.base.RoundTrip(r)
}

// moved makes a fake whose agentVep can move from va to lo.
func moved(t *testing.T) (srv *lptest.Server, w *wires, move func()) {
	t.Helper()
	hosts := map[lptest.Service]string{lptest.AgentVep: "va.agentvep.liveperson.net"}
	srv = fake(t, lptest.WithBaseURIs(hosts))
	other := lptest.Fault{
		Op: lptest.OpDomain, Status: 200,
		Body: `{"baseURIs":[{"service":"agentVep","account":"12345678","baseURI":"lo.agentvep.liveperson.net"}]}`,
	}
	w = &wires{base: srv.Transport()}
	return srv, w, func() {
		srv.AddFault(other)
		w.gone.Store("va.agentvep.liveperson.net")
	}
}

func TestHostThatStopsResolving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, w, move := moved(t)
		session := start(t, srv, login.WithoutRefresh(), login.WithHTTPClient(&http.Client{Transport: w}))
		host, err := session.BaseURI(t.Context(), domain.AgentVEP)
		require.NoError(t, err)
		assert.Equal(t, "va.agentvep.liveperson.net", host)
		move()
		host, err = session.BaseURI(t.Context(), domain.AgentVEP)
		require.NoError(t, err)
		assert.Equal(t, "va.agentvep.liveperson.net", host, "nobody has noticed")

		_, err = call(t.Context(), session, srv) // to the fake's own name
		require.ErrorIs(t, err, liveperson.ErrForeignOrigin)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://va.agentvep.liveperson.net/x", http.NoBody)
		require.NoError(t, err)
		_, err = session.Client().Do(req) //nolint:bodyclose // fails
		var dns *net.DNSError
		require.ErrorAs(t, err, &dns)
		host, err = session.BaseURI(t.Context(), domain.AgentVEP)
		require.NoError(t, err)
		assert.Equal(t, "lo.agentvep.liveperson.net", host, "a call noticed")
		session.Logout(t.Context())
	})
}

func TestRefreshMovesWithItsHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, w, move := moved(t)
		session := start(t, srv, login.WithoutRefresh(), login.WithHTTPClient(&http.Client{Transport: w}))
		move()
		require.NoError(t, session.Refresh(t.Context()))
		logins := srv.Requests(lptest.OpLogin)
		require.Len(t, logins, 2)
		assert.Equal(t, "va.agentvep.liveperson.net", logins[0].Host)
		assert.Equal(t, "lo.agentvep.liveperson.net", logins[1].Host)
		host, err := session.BaseURI(t.Context(), domain.AgentVEP)
		require.NoError(t, err)
		logout(t, session)
		assert.Equal(t, "lo.agentvep.liveperson.net", srv.Requests(lptest.OpLogout)[0].Host)
		assert.Contains(t, []string{"va.agentvep.liveperson.net", "lo.agentvep.liveperson.net"}, host, "as the login's own list says")
	})
}

func TestLogoutWhenTheHostHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv)
		srv.AddFault(lptest.Fault{Op: lptest.OpLogout, Kind: lptest.FaultHang})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		started := time.Now()
		err := session.Logout(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 2*time.Second, time.Since(started))
		assert.ErrorIs(t, session.Err(), login.ErrLoggedOut)
		require.NoError(t, session.Logout(t.Context()), "a second one does nothing")
	}) // and no goroutine is left
}

func TestLogoutWithAContextThatHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, session.Logout(ctx), context.Canceled)
		assert.ErrorIs(t, session.Err(), login.ErrLoggedOut)
		assert.Zero(t, srv.Count(lptest.OpLogout))
	})
}

func TestLogoutOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		srv.AddFault(lptest.Fault{Op: lptest.OpLogout, Latency: time.Second})
		session := start(t, srv)
		crowd(50, func(int) { assert.NoError(t, session.Logout(t.Context())) })
		assert.Equal(t, 1, srv.Count(lptest.OpLogout))
	})
}

func TestLogoutWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		srv.AddFault(lptest.Fault{Op: lptest.OpLogout, Kind: lptest.FaultResetAfter, Times: 1})
		session := start(t, srv)
		require.NoError(t, session.Logout(t.Context()))
		assert.Equal(t, 1, srv.CountStatus(lptest.OpLogout, 401), "it was done already")
	})
}

// A logout ends a login that is under way, and what it may have brought.
func TestLogoutDuringALogin(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{time.Millisecond, time.Second, 25 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			srv := fake(t)
			session := start(t, srv, login.WithoutRefresh())
			srv.RevokeBearers(bot(srv))
			srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Latency: latency})
			failed := make(chan error)
			go func() {
				_, err := call(t.Context(), session, srv)
				failed <- err
			}()
			time.Sleep(5*time.Second + latency/2)
			started := time.Now()
			err := session.Logout(t.Context())
			if !errors.Is(err, liveperson.ErrUnauthorized) { // the bearer was revoked
				assert.NoError(t, err)
			}
			assert.Equal(t, started, time.Now())
			if err := <-failed; err != nil {
				assert.ErrorIs(t, err, login.ErrLoggedOut)
			}
		})
	}
}

// A call that is refused after the logout does not log in again.
func TestLogoutDuringACallThatIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Status: 401, Latency: 10 * time.Second})
		failed := make(chan error)
		go func() {
			_, err := call(t.Context(), session, srv)
			failed <- err
		}()
		time.Sleep(5 * time.Second)
		logout(t, session)
		assert.ErrorIs(t, <-failed, login.ErrLoggedOut)
		assert.Equal(t, 1, srv.Count(lptest.OpLogin))
	})
}

// Someone who logs out where a failure is reported does not wait for himself,
// as long as his context ends.
func TestLogoutInOnFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		var session *login.Session
		session = start(t, srv, login.WithRefresh(retry.Interval{OnFailure: func(error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			session.Logout(ctx)
		}}))
		srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Status: 503})
		<-session.Done()
		assert.ErrorIs(t, session.Err(), login.ErrLoggedOut)
		time.Sleep(time.Minute)
	})
}

// Logout waits for what runs on the session's goroutines, no longer than its
// context.
func TestLogoutWaitsForTheGoroutines(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			srv := fake(t)
			busy := make(chan struct{}, 1)
			slow := func() { // without a look at a context
				busy <- struct{}{}
				time.Sleep(time.Minute)
			}
			first := true
			session, err := login.Login(t.Context(), srv.Account(), login.Provider(func(context.Context) (login.Credentials, error) {
				if !first {
					slow()
				}
				first = false
				return login.Password("bot", password), nil
			}), login.WithHTTPClient(srv.Client()), login.WithRefresh(retry.Interval{OnFailure: func(error) { slow() }}))
			require.NoError(t, err)
			end := func() {
				<-busy
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				started := time.Now()
				session.Logout(ctx)
				assert.Equal(t, min(limit, time.Minute), time.Since(started))
				time.Sleep(time.Minute)
			}
			srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Status: 503})
			end() // while a failure is reported

			first = true
			session, err = login.Login(t.Context(), srv.Account(), login.Provider(func(context.Context) (login.Credentials, error) {
				if !first {
					slow()
				}
				first = false
				return login.Password("bot", password), nil
			}), login.WithHTTPClient(srv.Client()), login.WithoutRefresh())
			require.NoError(t, err)
			srv.RevokeBearers(bot(srv))
			go func() { _, _ = call(t.Context(), session, srv) }()
			end() // during a login
		})
	}
}
