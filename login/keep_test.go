package login_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

func TestKeep(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(t *testing.T, srv *lptest.Server, opts ...login.Option) *login.Session{
		"login": start,
		"bearer": func(t *testing.T, srv *lptest.Server, opts ...login.Option) *login.Session {
			t.Helper()
			return must(login.Login(t.Context(), srv.Account(), login.Bearer(srv.Bearer(bot(srv)), "7"), append(opts, login.WithHTTPClient(srv.Client()))...))
		},
		"signed": func(t *testing.T, srv *lptest.Server, opts ...login.Option) *login.Session {
			t.Helper()
			return must(login.Login(t.Context(), srv.Account(), login.Signed("a", "b", "c", "d"), append(opts, login.WithHTTPClient(srv.Client()))...))
		},
		"restored": func(t *testing.T, srv *lptest.Server, opts ...login.Option) *login.Session {
			t.Helper()
			before := start(t, srv)
			before.Close()
			return must(login.Restore(t.Context(), before.Save(), login.Password("bot", password), append(opts, login.WithHTTPClient(srv.Client()))...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := fake(t)
				var log paper
				session := begin(t, srv, login.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				var runs, running, other atomic.Int64
				stop := session.Keep(func(ctx context.Context) error {
					assert.EqualValues(t, 1, running.Add(1), "never two at once")
					defer running.Add(-1)
					runs.Add(1)
					time.Sleep(time.Second)
					assert.NoError(t, ctx.Err())
					return errors.New("so what")
				})
				stopOther := session.Keep(func(context.Context) error {
					assert.Zero(t, running.Load())
					other.Add(1)
					return nil
				})
				time.Sleep(2 * time.Hour)
				for synctest.Wait(); running.Load() > 0; synctest.Wait() {
					time.Sleep(time.Second)
				}
				n := runs.Load()
				assert.GreaterOrEqual(t, n, int64(2*60/5-1))
				assert.LessOrEqual(t, n, int64(2*60/3))
				assert.Equal(t, n, other.Load())
				assert.Contains(t, log.String(), `level=WARN msg="keeping alive failed" account=12345678`)
				assert.Contains(t, log.String(), `err="so what"`)
				require.NoError(t, session.Err(), "an error ends nothing")
				stop()
				stop()
				time.Sleep(time.Hour)
				synctest.Wait()
				assert.Equal(t, n, runs.Load())
				assert.Greater(t, other.Load(), n, "the other goes on")
				stopOther()
				session.Close()
				session.Keep(func(context.Context) error { t.Error("after the end"); return nil })()
				time.Sleep(time.Hour)
			})
		})
	}
}

// The refresh comes first, and its failure keeps nothing from being kept alive.
func TestKeepComesAfterTheRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv)
		srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Nth: 2, Status: 503})
		var runs int
		session.Keep(func(context.Context) error {
			runs++
			assert.Equal(t, runs, srv.Count(lptest.OpRefresh))
			return nil
		})
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.Positive(t, runs)
		logout(t, session)
	})
}

func TestKeepWithoutRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		defer logout(t, session)
		defer session.Keep(func(context.Context) error { t.Error("run"); return nil })()
		time.Sleep(time.Hour)
	})
}

// The end of the session ends what runs, and waits for it.
func TestKeepEndsWithTheSession(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*login.Session){
		"logout": func(s *login.Session) { _ = s.Logout(context.WithoutCancel(t.Context())) },
		"close":  (*login.Session).Close,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := fake(t)
				session := start(t, srv)
				began, ended := make(chan struct{}), false
				stop := session.Keep(func(ctx context.Context) error {
					close(began)
					<-ctx.Done()
					time.Sleep(10 * time.Second)
					ended = true
					return ctx.Err()
				})
				session.Keep(func(context.Context) error { t.Error("the session has ended"); return nil })
				<-began
				stop() // does not wait
				assert.False(t, ended)
				end(session)
				assert.True(t, ended)
			})
		})
	}
}

// What hangs does not keep the session from its next refresh.
func TestKeepThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv)
		session.Keep(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		time.Sleep(time.Hour)
		_, most := gaps(srv.Requests(lptest.OpRefresh))
		assert.LessOrEqual(t, most, 7*time.Minute)
		logout(t, session)
	})
}

// A session has no goroutine between two beats, with Keep or without.
func TestKeepCostsNoGoroutine(t *testing.T) { //nolint:paralleltest // counts goroutines
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithRefresh(retry.Interval{Min: time.Hour}))
		defer logout(t, session)
		for range 10 {
			session.Keep(func(context.Context) error { return nil })
		}
		var kinds []string
		for range 2 {
			srv.Client().CloseIdleConnections()
			synctest.Wait()
			stacks := make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			for stack := range strings.SplitSeq(string(stacks), "\n\n") {
				if strings.Contains(stack, "/login.(*Session)") {
					kinds = append(kinds, stack)
				}
			}
			time.Sleep(90 * time.Minute) // a beat
		}
		assert.Empty(t, kinds)
		assert.Equal(t, 2, srv.Count(lptest.OpRefresh))
	})
}

// What ends its goroutine ends neither the keep-alive nor the wait for it.
func TestKeepThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv)
		session.Keep(func(context.Context) error {
			runtime.Goexit()
			return nil
		})
		time.Sleep(time.Hour)
		assert.GreaterOrEqual(t, srv.Count(lptest.OpRefresh), 11)
		session.Close()
	})
}

// A session that ends at the moment of a beat ends once, with the beat or before.
func TestKeepEndsAtTheMomentOfABeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		for range 100 {
			session := start(t, srv, login.WithRefresh(retry.Interval{Min: time.Minute, Max: time.Minute}))
			var runs atomic.Int64
			session.Keep(func(context.Context) error { runs.Add(1); return nil })
			time.Sleep(time.Minute)
			crowd(3, func(int) { session.Close() })
			before := runs.Load()
			time.Sleep(time.Hour)
			assert.Equal(t, before, runs.Load())
		}
	})
}
