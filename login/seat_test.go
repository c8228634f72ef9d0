package login_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// desk is a service that allows one login for each user: a login ends the token
// of the one before. It answers after a moment, as a service does.
type desk struct {
	mu      sync.Mutex
	logins  []time.Time
	broken  map[string]bool // operations that answer 401 whatever the token; "" is all
	refresh int             // status of a refresh, 0 for what the token deserves
	flaky   map[string]int  // operations whose every second call answers 401; their calls
}

func (d *desk) client() *http.Client {
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		token := fmt.Sprint("token-", len(d.logins))
		good := r.Header.Get("Authorization") == "Bearer "+token
		name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		switch {
		case name == "baseURI.json":
			return text(200, domainsAnswer)(r)
		case name == "login":
			d.logins = append(d.logins, time.Now())
			token = fmt.Sprint("token-", len(d.logins))
			return text(200, strings.NewReplacer("9cf6ee24", token, "s3ss10n", token).Replace(loginAnswer))(r)
		case name == "refresh" && d.refresh != 0:
			return text(d.refresh, "")(r)
		case name == "refresh" || name == "logout":
			good = strings.Contains(r.Header.Get("Cookie"), token)
		}
		if n, ok := d.flaky[name]; ok && good {
			d.flaky[name]++
			good = n%2 == 1
		}
		if !good || d.broken[name] || d.broken[""] {
			return text(401, `{"error":{"message":"The bearer has expired"}}`)(r)
		}
		return text(200, `{}`)(r)
	})
	return &http.Client{Transport: mock}
}

// revoke ends the present token.
func (d *desk) revoke() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.logins = append(d.logins, time.Time{})
}

func (d *desk) breaks(names ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = map[string]bool{}
	for _, n := range names {
		d.broken[n] = true
	}
}

// since counts the logins from then on.
func (d *desk) since(then time.Time) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, at := range d.logins {
		if !at.IsZero() && !at.Before(then) {
			n++
		}
	}
	return n
}

// worker is a process: a session that makes calls.
type worker struct {
	*login.Session
	log  paper
	good atomic.Int64
	bad  atomic.Int64
	said atomic.Bool // ErrLoggedInElsewhere
	slow atomic.Int64
}

func (d *desk) worker(t *testing.T, opts ...login.Option) *worker {
	t.Helper()
	w := &worker{}
	opts = append([]login.Option{
		login.WithHTTPClient(d.client()), login.WithLogger(slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelInfo}))),
	}, opts...)
	var err error
	w.Session, err = login.Login(t.Context(), "12345678", login.Password("bot", password), opts...)
	require.NoError(t, err)
	return w
}

// op makes one call the way the packages above do.
func (w *worker) op(ctx context.Context, op string) error {
	client := &rest.Client{Via: w.Client().Transport.(retry.Caller), Account: w.Account()}
	_, err := rest.Get[struct{}](ctx, client, "test."+op, rest.Host("https", "va.agentvep.liveperson.net", "/api/"+op), nil)
	return err
}

// works makes a call every 2 s, until ctx ends.
func (w *worker) works(ctx context.Context, t *testing.T, ops ...string) {
	t.Helper()
	for i := 0; ctx.Err() == nil; i++ {
		began := time.Now()
		err := w.op(ctx, ops[i%len(ops)])
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			w.good.Add(1)
		default:
			w.bad.Add(1)
			assert.ErrorIs(t, err, liveperson.ErrUnauthorized)
			if errors.Is(err, login.ErrLoggedInElsewhere) {
				w.said.Store(true)
				_, trouble := w.Trouble()
				assert.ErrorIs(t, trouble, login.ErrLoggedInElsewhere)
			}
		}
		if time.Since(began) > 6*time.Second {
			w.slow.Add(1)
		}
		select {
		case <-time.After(2 * time.Second):
		case <-ctx.Done():
		}
	}
}

func (w *worker) warnings() int { return strings.Count(w.log.String(), "level=WARN") }

func TestGuardWhoFightsForAUserBacksOff(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 3} {
		for _, apart := range []time.Duration{0, 700 * time.Millisecond, 2 * time.Hour} {
			t.Run(fmt.Sprintf("%d, %v apart", n, apart), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					d := &desk{}
					ctx, cancel := context.WithCancel(t.Context())
					var all sync.WaitGroup
					workers := make([]*worker, n)
					for i := range workers {
						if i > 0 {
							time.Sleep(apart)
						}
						workers[i] = d.worker(t)
						all.Go(func() { workers[i].works(ctx, t, "a", "b") })
					}
					time.Sleep(time.Hour)
					logins := d.since(time.Now().Add(-time.Hour))
					time.Sleep(2 * time.Hour)
					later := d.since(time.Now().Add(-2*time.Hour)) / 2
					cancel()
					all.Wait()
					said, warned, good := 0, 0, int64(0)
					for _, w := range workers {
						assert.LessOrEqual(t, w.warnings(), 1, "%s", w.log.String())
						warned += w.warnings()
						good += w.good.Load()
						if w.said.Load() {
							said++
						}
						assert.NoError(t, w.Err())
						w.Close()
					}
					t.Logf("%d logins in the first hour, %d in each later one; %d said so, %d warnings", logins, later, said, warned)
					assert.LessOrEqual(t, logins, 10*n+2)
					assert.LessOrEqual(t, later, 5*n)
					assert.Positive(t, said)
					assert.Equal(t, said, warned, "who says it in an error says it once in the log")
					assert.Greater(t, good, int64(3*3600/2*9/10), "one of them can work")
				})
			})
		}
	}
}

// Of two processes the one gives way that was there first: a new version takes over from
// the one that still runs.
func TestTheNewcomerTakesOver(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{10 * time.Second, 31 * time.Second, time.Minute, 3 * time.Hour} {
		for _, overlap := range []time.Duration{20 * time.Second, 35 * time.Second, 90 * time.Second} {
			t.Run(fmt.Sprint(age, overlap), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					d := &desk{}
					var workers [2]*worker
					var stop [2]func()
					for i := range workers {
						ctx, cancel := context.WithCancel(t.Context())
						workers[i] = d.worker(t)
						var done sync.WaitGroup
						done.Go(func() { workers[i].works(ctx, t, "a") })
						stop[i] = func() { cancel(); done.Wait(); workers[i].Close() }
						if i == 0 {
							time.Sleep(age)
						}
					}
					time.Sleep(overlap)
					stop[0]()
					before := workers[1].good.Load()
					time.Sleep(time.Minute)
					synctest.Wait()
					assert.False(t, workers[1].said.Load(), "%s", workers[1].log.String())
					assert.GreaterOrEqual(t, workers[1].good.Load()-before, int64(25))
					stop[1]()
				})
			})
		}
	}
}

// When the other one goes away the session gets its place back, and what was is
// forgotten.
func TestFightThatEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		one := d.worker(t)
		time.Sleep(3 * time.Hour)
		require.NoError(t, one.op(t.Context(), "a"))
		two := d.worker(t)
		stop := map[*worker]func(){}
		for _, w := range []*worker{one, two} {
			ctx, cancel := context.WithCancel(t.Context())
			var done sync.WaitGroup
			done.Go(func() { w.works(ctx, t, "a") })
			stop[w] = func() { cancel(); done.Wait(); w.Close() }
		}
		for !one.said.Load() && !two.said.Load() {
			time.Sleep(time.Second)
		}
		loser, winner := one, two
		if two.said.Load() {
			loser, winner = two, one
		}
		stop[winner]()
		until, err := loser.Trouble()
		require.ErrorIs(t, err, login.ErrLoggedInElsewhere)
		assert.Greater(t, time.Until(until), time.Minute)
		time.Sleep(time.Until(until) + time.Minute)
		_, err = loser.Trouble()
		require.NoError(t, err)
		n, bad := d.since(time.Time{}), loser.bad.Load()
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.Equal(t, n, d.since(time.Time{}))
		assert.Equal(t, bad, loser.bad.Load())

		d.revoke() // a death as any
		time.Sleep(7 * time.Second)
		d.revoke() // one strike
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.Equal(t, bad, loser.bad.Load(), "what was is forgotten")
		assert.Equal(t, 1, loser.warnings(), "%s", loser.log.String())
		stop[loser]()
	})
}

// A token that is ended now and then is no fight. Nor are two that end one right after
// the other, however often that happens: the tokens between live for a while.
func TestGuardTokensThatDieNowAndThenAreRenewedAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pauses []time.Duration // before each that dies
		times  int
	}{
		{[]time.Duration{time.Minute}, 30},
		{[]time.Duration{5 * time.Minute}, 30},
		{[]time.Duration{20 * time.Minute}, 30},
		{[]time.Duration{40 * time.Second, 5 * time.Second}, 20},
		{[]time.Duration{2 * time.Minute, 5 * time.Second}, 20},
		{[]time.Duration{9 * time.Minute, 5 * time.Second}, 20},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := &desk{}
			w := d.worker(t)
			ctx, cancel := context.WithCancel(t.Context())
			var done sync.WaitGroup
			done.Go(func() { w.works(ctx, t, "a", "b", "c") })
			for range c.times {
				for _, pause := range c.pauses {
					time.Sleep(pause)
					d.revoke()
				}
			}
			time.Sleep(time.Minute)
			cancel()
			done.Wait()
			assert.Zero(t, w.bad.Load())
			assert.Zero(t, w.slow.Load())
			assert.Zero(t, w.warnings(), "%s", w.log.String())
			assert.Equal(t, 1+c.times*len(c.pauses), d.since(time.Time{}))
			w.Close()
		})
	}
}

// Operations that are answered 401 whatever the token cost few logins, and the
// others nothing.
func TestGuardA401ThatNoLoginHelps(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		broken []string
		logins int // in the first hour
		bad    bool
	}{
		"one":     {[]string{"a"}, 8, false},
		"two":     {[]string{"a", "b"}, 16, false},
		"all":     {[]string{""}, 8, true},
		"refresh": {nil, 8, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := &desk{}
				w := d.worker(t)
				ctx, cancel := context.WithCancel(t.Context())
				var done sync.WaitGroup
				done.Go(func() { w.works(ctx, t, "a", "b", "c", "d") })
				time.Sleep(time.Hour)
				assert.Equal(t, 1, d.since(time.Time{}))
				if d.breaks(tt.broken...); name == "refresh" {
					d.mu.Lock()
					d.refresh = 401
					d.mu.Unlock()
				}
				began, good := time.Now(), w.good.Load()
				time.Sleep(time.Hour)
				synctest.Wait()
				logins := d.since(began)
				t.Logf("%d logins, %d warnings", logins, w.warnings())
				assert.Positive(t, logins)
				assert.LessOrEqual(t, logins, tt.logins)
				assert.LessOrEqual(t, w.warnings(), logins+1, "once for each pause\n%s", w.log.String())
				assert.Zero(t, w.slow.Load())
				assert.False(t, w.said.Load(), "nobody else")
				assert.NotContains(t, w.log.String(), "somebody else")
				if !tt.bad {
					assert.GreaterOrEqual(t, w.good.Load()-good, int64(3600/2*(4-len(tt.broken))/4*9/10), "the others are not harmed")
					_, err := w.Trouble()
					require.NoError(t, err)
				} else {
					_, err := w.Trouble()
					require.Error(t, err)
				}

				d.breaks() // mended
				d.mu.Lock()
				d.refresh = 0
				d.mu.Unlock()
				time.Sleep(20 * time.Minute)
				_, err := w.Trouble()
				require.NoError(t, err)
				logins, bad := d.since(began), w.bad.Load()
				time.Sleep(20 * time.Minute)
				assert.Equal(t, logins, d.since(began))
				d.revoke()
				time.Sleep(time.Minute)
				synctest.Wait()
				assert.Equal(t, bad, w.bad.Load(), "and forgotten")
				assert.Equal(t, logins+1, d.since(began))
				cancel()
				done.Wait()
				w.Close()
			})
		})
	}
}

// An operation that is put off takes no part in what the others do.
func TestOthersLogInWhileOneIsPutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		w := d.worker(t)
		defer w.Close()
		d.breaks("a")
		time.Sleep(time.Hour)
		require.ErrorIs(t, w.op(t.Context(), "a"), liveperson.ErrUnauthorized)
		require.NoError(t, w.op(t.Context(), "b"))
		assert.Equal(t, 2, d.since(time.Time{}))
		time.Sleep(time.Minute)
		d.revoke()
		require.ErrorIs(t, w.op(t.Context(), "a"), liveperson.ErrUnauthorized)
		assert.Equal(t, 2, d.since(time.Time{}), "put off")
		require.NoError(t, w.op(t.Context(), "b"))
		assert.Equal(t, 3, d.since(time.Time{}))
		assert.Contains(t, w.log.String(), `level=WARN msg="answered 401 also after a new login" account=12345678 user=name op=test.a pause=2m`)
		assert.Equal(t, 1, w.warnings())
	})
}

// An operation that is answered 401 now and then, while others show that the
// token is good, is not taken for a fight for long.
func TestFlaky401(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{flaky: map[string]int{"a": 0}}
		w := d.worker(t)
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { w.works(ctx, t, "a", "b", "c") })
		time.Sleep(time.Hour)
		t.Logf("%d logins, %d good, %d bad, %d warnings", d.since(time.Time{}), w.good.Load(), w.bad.Load(), w.warnings())
		assert.LessOrEqual(t, w.warnings(), 1, "%s", w.log.String())
		d.mu.Lock()
		d.flaky = nil
		d.mu.Unlock()
		time.Sleep(time.Minute)
		bad := w.bad.Load()
		_, err := w.Trouble()
		require.NoError(t, err)
		time.Sleep(time.Hour)
		assert.Equal(t, bad, w.bad.Load())
		cancel()
		done.Wait()
		w.Close()
	})
}

// A session whose token is known to be dead gives way as well, however often it has
// logged in again.
func TestContestedWhenTheTokenIsKnownToBeDead(t *testing.T) {
	t.Parallel()
	for fights := range 4 {
		synctest.Test(t, func(t *testing.T) {
			d := &desk{}
			w := d.worker(t, login.WithoutRefresh())
			defer w.Close()
			for range fights {
				require.NoError(t, w.op(t.Context(), "a"))
				d.revoke()
				_ = w.op(t.Context(), "a") // logs in again, but the third time
			}
			d.revoke()
			for range 2 {
				require.ErrorIs(t, w.Contested(t.Context()), login.ErrLoggedInElsewhere, fights)
			}
			_, err := w.Trouble()
			require.ErrorIs(t, err, login.ErrLoggedInElsewhere, fights)
		})
	}
}

// All calls of a session in a fight say so, also those that go past the packages
// above.
func TestErrorsInAFight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		w := d.worker(t, login.WithoutRefresh())
		until, err := w.Trouble()
		require.NoError(t, err)
		assert.Zero(t, until)
		for range 3 {
			require.NoError(t, w.op(t.Context(), "a"))
			d.revoke()
			err = w.op(t.Context(), "a")
		}
		require.ErrorIs(t, err, login.ErrLoggedInElsewhere)
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 401, e.Status)
		assert.Equal(t, 1, e.Tries)
		until, err = w.Trouble()
		require.ErrorIs(t, err, login.ErrLoggedInElsewhere)
		assert.GreaterOrEqual(t, time.Until(until), 2*time.Minute)
		assert.LessOrEqual(t, time.Until(until), 2*time.Minute*6/5)

		began := time.Now()
		err = w.Refresh(t.Context())
		require.ErrorIs(t, err, login.ErrLoggedInElsewhere)
		require.ErrorIs(t, err, liveperson.ErrUnauthorized)
		require.ErrorContains(t, err, "logging in again is tried in 2m")
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://va.agentvep.liveperson.net/api/a", http.NoBody)
		require.NoError(t, err)
		_, err = w.Client().Do(req) //nolint:bodyclose // fails
		require.ErrorIs(t, err, login.ErrLoggedInElsewhere)
		assert.Less(t, time.Since(began), time.Second, "at once")
		assert.Equal(t, 3, d.since(time.Time{}))

		time.Sleep(time.Until(until))
		_, err = w.Trouble()
		require.ErrorIs(t, err, login.ErrLoggedInElsewhere, "nobody has tried yet")
		require.NoError(t, w.op(t.Context(), "b"))
		until, err = w.Trouble()
		require.ErrorIs(t, err, login.ErrLoggedInElsewhere, "back, for how long?")
		assert.Zero(t, until)
		time.Sleep(30 * time.Second)
		_, err = w.Trouble()
		require.NoError(t, err)
		w.Close()
		_, err = w.Trouble()
		require.ErrorIs(t, err, login.ErrClosed)
	})
}

// Each bout of a fight is a warning of its own, and each login says what it is for.
func TestEachBoutOfAFightIsWarnedOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		w := d.worker(t, login.WithoutRefresh())
		for bout := range 2 {
			for range 3 - bout { // the death after the calm counts
				require.NoError(t, w.op(t.Context(), "a"))
				d.revoke()
				_ = w.op(t.Context(), "a")
			}
			assert.Equal(t, bout+1, w.warnings(), "%s", w.log.String())
			until, err := w.Trouble()
			require.ErrorIs(t, err, login.ErrLoggedInElsewhere)
			time.Sleep(time.Until(until))
			require.NoError(t, w.op(t.Context(), "a"))
			time.Sleep(10*time.Minute + time.Second) // calm
			d.revoke()
			require.NoError(t, w.op(t.Context(), "a"))
		}
		assert.Equal(t, 2, w.warnings())
		w.Close()
		assert.Regexp(t, `level=INFO msg="logging in again" account=12345678 user=\S+ why="the token was refused 10m1s after the login"\n`, w.log.String())
		assert.Regexp(t, `why="the token was refused [0-5]s after the login"\n`, w.log.String())
	})
}

// A failing login is trouble too, until one is good.
func TestTroubleWithLogins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		time.Sleep(time.Hour)
		srv.RevokeBearers(bot(srv))
		srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 408})
		_, err := call(t.Context(), session, srv)
		require.Error(t, err)
		until, err := session.Trouble()
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 408, e.Status)
		assert.GreaterOrEqual(t, time.Until(until), 2*time.Minute)
		srv.ClearFaults()
		time.Sleep(time.Until(until))
		_, err = call(t.Context(), session, srv)
		require.NoError(t, err)
		_, err = session.Trouble()
		require.NoError(t, err)
		logout(t, session)
	})
}

// However many callers there are, and whatever they are: a plain call gets its
// 401 as an answer.
func TestManyCallersOfWhatNoLoginHelps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		w := d.worker(t, login.WithoutRefresh())
		get := func() int {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://va.agentvep.liveperson.net/api/a", http.NoBody)
			require.NoError(t, err)
			resp, err := w.Client().Do(req)
			if !assert.NoError(t, err, "a good login is no error") {
				return 0
			}
			assert.NoError(t, resp.Body.Close())
			return resp.StatusCode
		}
		time.Sleep(time.Hour)
		d.breaks("")
		began := time.Now()
		crowd(30, func(int) {
			for time.Since(began) < time.Hour {
				assert.Equal(t, http.StatusUnauthorized, get())
				time.Sleep(10 * time.Second)
			}
		})
		assert.InDelta(t, 6, d.since(began), 1)
		require.NoError(t, w.Err())
		d.breaks()
		assert.Equal(t, http.StatusOK, get())
		_, err := w.Trouble()
		require.NoError(t, err)
		w.Close()
	})
}

// Two operations that no login helps are no fight, also if they fail one right
// after the other.
func TestTwoThatNoLoginHelpsAreNoFight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		w := d.worker(t)
		defer w.Close()
		d.breaks("a", "b")
		for _, op := range []string{"a", "b"} {
			require.NoError(t, w.op(t.Context(), "c"))
			err := w.op(t.Context(), op)
			require.ErrorIs(t, err, liveperson.ErrUnauthorized)
			require.NotErrorIs(t, err, login.ErrLoggedInElsewhere)
		}
		assert.Equal(t, 3, d.since(time.Time{}))
		assert.NotContains(t, w.log.String(), "somebody else")
	})
}
