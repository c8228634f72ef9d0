package login_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

func TestGuardCallsThatFailTogetherLogInOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Latency: 2 * time.Second})
		session := start(t, srv, login.WithoutRefresh())
		time.Sleep(time.Hour)
		srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Latency: time.Second}) // meanwhile more calls fail
		var good, logins atomic.Int64
		time.AfterFunc(5*time.Second, func() { // some are under way, some wait, some come later
			logins.Store(int64(srv.Count(lptest.OpLogin)))
			srv.RevokeBearers(bot(srv))
		})
		crowd(500, func(i int) {
			for range 5 {
				time.Sleep(time.Duration(i) * 3 * time.Millisecond)
				status, err := call(t.Context(), session, srv)
				if assert.NoError(t, err) && assert.Equal(t, http.StatusCreated, status) {
					good.Add(1)
				}
			}
		})
		assert.EqualValues(t, 2500, good.Load())
		assert.EqualValues(t, 1, logins.Load())
		assert.Equal(t, 2, srv.Count(lptest.OpLogin))
		failed := srv.CountStatus(lptest.OpSessionStart, 401)
		assert.Positive(t, failed)
		assert.LessOrEqual(t, failed, 500, "each caller fails once at most")
		assert.Equal(t, 2500+failed, srv.Count(lptest.OpSessionStart), "and is replayed once")
		logout(t, session)
	})
}

// A call whose 401 comes when another one has logged in already is sent with the
// new tokens.
func TestGuardNewerTokensMakeALoginNeedless(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		time.Sleep(time.Hour)
		srv.RevokeBearers(bot(srv))
		srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Status: 401, Times: 1, Latency: 20 * time.Second})
		late := make(chan error)
		go func() {
			_, err := call(t.Context(), session, srv)
			late <- err
		}()
		synctest.Wait()
		status, err := call(t.Context(), session, srv)
		require.NoError(t, err)
		assert.Equal(t, http.StatusCreated, status)
		assert.Equal(t, 2, srv.Count(lptest.OpLogin))
		require.NoError(t, <-late)
		assert.Equal(t, 2, srv.Count(lptest.OpLogin), "the late one needs none of its own")
		assert.Equal(t, 2, srv.CountStatus(lptest.OpSessionStart, 201))
		logout(t, session)
	})
}

func TestGuardA401IsAnsweredWithOneReplay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		time.Sleep(time.Hour)
		srv.RevokeBearers(bot(srv))
		status, err := call(t.Context(), session, srv)
		require.NoError(t, err)
		assert.Equal(t, http.StatusCreated, status)
		assert.Equal(t, 2, srv.Count(lptest.OpSessionStart))

		time.Sleep(time.Hour)
		srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Status: 401})
		status, err = call(t.Context(), session, srv)
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnauthorized, status)
		assert.Equal(t, 4, srv.Count(lptest.OpSessionStart), "once more, and no more")
		assert.Equal(t, 3, srv.Count(lptest.OpLogin))
		logout(t, session)
	})
}

func TestRefusedLoginEndsTheSession(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"400": {400, "", nil}, "401": {401, "", liveperson.ErrUnauthorized}, "403": {403, "", liveperson.ErrForbidden},
		"404": {404, "", liveperson.ErrNotFound}, "451": {451, "", liveperson.ErrBlocked},
		"401 with 200": {200, `{"error":{"message":"no","responseStatus":"UNAUTHORIZED"}}`, liveperson.ErrUnauthorized},
		"403 with 200": {200, `{"error":{"message":"no","responseStatus":"FORBIDDEN"}}`, liveperson.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := fake(t)
				session := start(t, srv)
				srv.RevokeBearers(bot(srv))
				srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: tt.status, Body: tt.body})
				crowd(20, func(int) {
					_, err := call(t.Context(), session, srv)
					var e *liveperson.Error
					if assert.ErrorAs(t, err, &e) {
						assert.Equal(t, tt.status, e.Status)
					}
				})
				<-session.Done()
				if tt.want != nil {
					assert.ErrorIs(t, session.Err(), tt.want)
				}
				assert.ErrorContains(t, session.Err(), "session cannot be saved")
				calls := srv.Count(lptest.OpSessionStart)
				_, err := call(t.Context(), session, srv)
				assert.ErrorContains(t, err, "session cannot be saved")
				_, err = session.Bearer(t.Context())
				assert.Equal(t, session.Err(), err)
				assert.Equal(t, session.Err(), session.Refresh(t.Context()))
				time.Sleep(24 * time.Hour)
				assert.Equal(t, calls, srv.Count(lptest.OpSessionStart), "nothing is sent any more")
				assert.Equal(t, 2, srv.Count(lptest.OpLogin), "never tried again")
				assert.Zero(t, srv.Count(lptest.OpRefresh))
				require.NoError(t, session.Logout(t.Context()))
				assert.Zero(t, srv.Count(lptest.OpLogout))
				assert.NotErrorIs(t, session.Err(), login.ErrLoggedOut, "the first reason stays")
			})
		})
	}
}

// A keep-alive finds out by itself.
func TestRefusedLoginEndsTheSessionInTheBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv)
		srv.RevokeBearers(bot(srv))
		srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 451})
		started := time.Now()
		<-session.Done()
		assert.LessOrEqual(t, time.Since(started), 5*time.Minute)
		assert.ErrorIs(t, session.Err(), liveperson.ErrBlocked)
		assert.Equal(t, 1, srv.CountStatus(lptest.OpLogin, 451))
		require.NoError(t, session.Logout(t.Context()))
	})
}

func TestLoginServiceDownDoesNotEndTheSession(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault lptest.Fault
		want  error
	}{
		"500":       {lptest.Fault{Status: 500}, liveperson.ErrUnavailable},
		"503":       {lptest.Fault{Status: 503}, liveperson.ErrUnavailable},
		"HTML 502":  {lptest.Fault{Kind: lptest.FaultHTML}, liveperson.ErrUnavailable},
		"reset":     {lptest.Fault{Kind: lptest.FaultReset}, liveperson.ErrUnavailable},
		"hang":      {lptest.Fault{Kind: lptest.FaultHang}, liveperson.ErrUnavailable},
		"cut":       {lptest.Fault{Kind: lptest.FaultCut}, liveperson.ErrUnavailable},
		"429":       {lptest.Fault{Status: 429}, liveperson.ErrRateLimited},
		"empty 200": {lptest.Fault{Kind: lptest.FaultEmpty}, liveperson.ErrMalformed},
		"redirect":  {lptest.Fault{Kind: lptest.FaultRedirect}, liveperson.ErrRedirected},
		"408":       {lptest.Fault{Status: 408}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := fake(t)
				session := start(t, srv, login.WithoutRefresh(), login.WithHTTPClient(exact(srv)))
				time.Sleep(time.Hour)
				srv.RevokeBearers(bot(srv))
				tt.fault.Op = lptest.OpLogin
				srv.AddFault(tt.fault)
				before := srv.Count(lptest.OpLogin)
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
				defer cancel()
				crowd(3, func(int) {
					for ctx.Err() == nil {
						_, err := call(ctx, session, srv)
						if ctx.Err() != nil {
							return
						}
						var e *liveperson.Error
						if assert.ErrorAs(t, err, &e) && tt.want != nil {
							assert.ErrorIs(t, err, tt.want)
						}
						time.Sleep(10 * time.Second)
					}
				})
				require.NoError(t, session.Err())
				// 2, 4, 8, 16, 16 … min between logins of at most four tries.
				logins := srv.Requests(lptest.OpLogin)[before:]
				assert.LessOrEqual(t, len(logins), 4*(3+2*60/16+1))
				least, _ := gaps(logins)
				assert.GreaterOrEqual(t, least, 5*time.Second)

				// It recovers by itself once the service is back.
				srv.ClearFaults()
				back := time.Now()
				for {
					if status, err := call(t.Context(), session, srv); err == nil {
						assert.Equal(t, http.StatusCreated, status)
						break
					}
					time.Sleep(10 * time.Second)
				}
				assert.LessOrEqual(t, time.Since(back), 16*time.Minute*6/5+10*time.Second)
				logout(t, session)
			})
		})
	}
}

// While the Domain API does not answer, a new login goes to the host of before, also of
// a session that was restored and has never looked it up: calls wait for it.
func TestNewLoginWhileTheDomainAPIFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]lptest.Fault{"503": {Status: 503}, "hang": {Kind: lptest.FaultHang}, "reset": {Kind: lptest.FaultReset}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := fake(t)
				first := start(t, srv, login.WithoutRefresh())
				fault.Op = lptest.OpDomain
				down := srv.AddFault(fault)
				restored, err := login.Restore(t.Context(), first.Save(), login.Password("bot", password), login.WithoutRefresh(), login.WithHTTPClient(srv.Client()))
				require.NoError(t, err)
				for _, session := range []*login.Session{restored, first} {
					srv.RevokeBearers(bot(srv))
					began := time.Now()
					status, err := call(t.Context(), session, srv)
					require.NoError(t, err)
					assert.Equal(t, http.StatusCreated, status)
					assert.LessOrEqual(t, time.Since(began), 3*time.Second)
					time.Sleep(time.Hour) // what was looked up is old
				}
				down.Remove()
				restored.Close()
				logout(t, first)
			})
		})
	}
}

func TestGuardAFailedLoginPutsTheNextOneOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh(), login.WithHTTPClient(exact(srv)))
		time.Sleep(time.Hour)
		fail := func(n int) {
			srv.RevokeBearers(bot(srv))
			srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 408}) // no retries
			before := srv.Count(lptest.OpLogin)
			for srv.Count(lptest.OpLogin) < before+n {
				_, err := call(t.Context(), session, srv)
				assert.Error(t, err)
				time.Sleep(time.Second)
			}
			srv.ClearFaults()
			failed := srv.Requests(lptest.OpLogin)[before:]
			for i, want := range []float64{2, 4, 8, 16, 16, 16}[:n-1] {
				gap := failed[i+1].Time.Sub(failed[i].Time).Minutes()
				assert.GreaterOrEqual(t, gap, want)
				assert.LessOrEqual(t, gap, want*1.2+1./60)
			}
		}
		fail(7)
		time.Sleep(20 * time.Minute)
		status, err := call(t.Context(), session, srv)
		require.NoError(t, err)
		assert.Equal(t, http.StatusCreated, status)
		fail(4) // a good login begins the row anew
		session.Logout(t.Context())
	})
}

// Whoever waits for a login may give up; the login goes on for the others.
func TestCallersWithShortDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		time.Sleep(time.Hour)
		srv.RevokeBearers(bot(srv))
		srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Latency: 10 * time.Second})
		began := time.Now()
		for {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			at := time.Now()
			status, err := call(ctx, session, srv)
			cancel()
			if err == nil {
				assert.Equal(t, http.StatusCreated, status)
				break
			}
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 3*time.Second, time.Since(at))
		}
		assert.Equal(t, 10*time.Second, time.Since(began))
		assert.Equal(t, 2, srv.Count(lptest.OpLogin))
		logout(t, session)
	})
}

func TestGuardLoginsAreSpaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		time.Sleep(time.Second)
		srv.RevokeBearers(bot(srv))
		_, err := call(t.Context(), session, srv)
		require.NoError(t, err)
		least, _ := gaps(srv.Requests(lptest.OpLogin))
		assert.Equal(t, 5*time.Second, least)
		logout(t, session)
	})
}
