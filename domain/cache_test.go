package domain_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/lptest"
)

func TestTTL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opts []domain.Option
		ttl  time.Duration
	}{
		{"default", nil, 5 * time.Minute},
		{"own", []domain.Option{domain.WithTTL(time.Hour)}, time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := fake(t)
				c := newClient(t, srv.Client(), tt.opts...)
				started := time.Now()
				assert.Equal(t, domain.Host{BaseURI: "lptest.liveperson.net", Fetched: started}, base(t, c))
				time.Sleep(tt.ttl - time.Nanosecond)
				assert.Equal(t, started, base(t, c).Fetched)
				assert.Equal(t, 1, srv.Count(lptest.OpDomain))
				time.Sleep(time.Nanosecond)
				assert.Equal(t, time.Now(), base(t, c).Fetched)
				assert.Equal(t, 2, srv.Count(lptest.OpDomain))
			})
		})
	}
}

func TestTTLOfZeroAsksEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		c := newClient(t, srv.Client(), domain.WithTTL(0))
		for range 5 {
			assert.False(t, base(t, c).Stale)
		}
		assert.Equal(t, 5, srv.Count(lptest.OpDomain))
	})
}

// crowd runs f on n goroutines at once.
func crowd(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

func TestOneFlightPerAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Latency: time.Second})
		c := newClient(t, srv.Client())
		crowd(500, func(i int) {
			if i%2 == 0 {
				base(t, c)
				return
			}
			all, err := c.All(t.Context(), account)
			assert.NoError(t, err)
			assert.Len(t, all, 10)
		})
		assert.Equal(t, 1, srv.Count(lptest.OpDomain))

		crowd(500, func(int) {
			_, err := c.BaseURI(t.Context(), account, "unheardOf")
			assert.ErrorIs(t, err, domain.ErrNoService)
		})
		assert.Equal(t, 2, srv.Count(lptest.OpDomain), "services that are not in the list share a flight too")

		crowd(500, func(i int) {
			_, err := c.BaseURI(t.Context(), []string{"a", "b", "c"}[i%3], domain.AgentVEP)
			assert.ErrorIs(t, err, liveperson.ErrUnauthorized)
		})
		assert.Equal(t, 5, srv.Count(lptest.OpDomain), "accounts do not wait for each other")
	})
}

func TestTheNextOneTakesOverWhenTheLeaderGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Latency: 10 * time.Second})
		c := newClient(t, srv.Client())
		ctx, cancel := context.WithCancel(t.Context())
		led := make(chan error)
		go func() {
			_, err := c.BaseURI(ctx, account, domain.AgentVEP)
			led <- err
		}()
		synctest.Wait()
		var wg sync.WaitGroup
		for range 500 {
			wg.Go(func() { base(t, c) })
		}
		time.Sleep(time.Second)
		cancel()
		require.ErrorIs(t, <-led, context.Canceled)
		assert.Equal(t, 1, srv.Count(lptest.OpDomain))
		wg.Wait()
		assert.Equal(t, 2, srv.Count(lptest.OpDomain))
	})
}

func TestAFollowerGivesUpAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Latency: 10 * time.Second})
		c := newClient(t, srv.Client())
		var wg sync.WaitGroup
		wg.Go(func() { base(t, c) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		_, err := c.BaseURI(ctx, account, domain.AgentVEP)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(started))
		wg.Wait()
		assert.Equal(t, 1, srv.Count(lptest.OpDomain))
	})
}

func TestStaleAnswersWhileTheServiceIsDown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault lptest.Fault
		wait  time.Duration // of the one who finds out
		up    time.Duration // further, at random
	}{
		{"503", lptest.Fault{Status: 503}, 0, 0},
		{"HTML 502", lptest.Fault{Kind: lptest.FaultHTML}, 0, 0},
		{"reset", lptest.Fault{Kind: lptest.FaultReset}, 0, 0},
		{"cut", lptest.Fault{Kind: lptest.FaultCut}, 0, 0},
		{"redirect", lptest.Fault{Kind: lptest.FaultRedirect}, 0, 0},
		{"empty", lptest.Fault{Kind: lptest.FaultEmpty}, 0, 0},
		{"empty object", lptest.Fault{Status: 200, Body: "{}"}, 0, 0},
		{"429", lptest.Fault{Status: 429}, 3 * time.Second, 600 * time.Millisecond},
		{"hang", lptest.Fault{Kind: lptest.FaultHang}, 5 * time.Second, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := fake(t)
				c := newClient(t, srv.Client())
				fetched := base(t, c).Fetched
				tt.fault.Op = lptest.OpDomain
				down := srv.AddFault(tt.fault)
				time.Sleep(5 * time.Minute)

				started := time.Now()
				crowd(500, func(int) {
					assert.Equal(t, domain.Host{BaseURI: "lptest.liveperson.net", Fetched: fetched, Stale: true}, base(t, c))
				})
				waited := time.Since(started)
				assert.GreaterOrEqual(t, waited, tt.wait)
				assert.LessOrEqual(t, waited, tt.wait+tt.up)
				asked := down.Hits()
				assert.LessOrEqual(t, asked, 4)

				// For the next 30 s nobody asks, and nobody waits.
				for range 29 {
					time.Sleep(time.Second)
					at := time.Now()
					crowd(20, func(int) { assert.True(t, base(t, c).Stale) })
					assert.Equal(t, at, time.Now())
				}
				assert.Equal(t, asked, down.Hits())
				time.Sleep(time.Second)
				assert.True(t, base(t, c).Stale)
				assert.Equal(t, 2*asked, down.Hits())

				// Eight hours later the answer is still there, with its age.
				time.Sleep(8 * time.Hour)
				h := base(t, c)
				assert.True(t, h.Stale)
				assert.Greater(t, time.Since(h.Fetched), 8*time.Hour)

				srv.ClearFaults()
				assert.True(t, base(t, c).Stale, "asked again only after 30 s")
				time.Sleep(30 * time.Second)
				assert.Equal(t, domain.Host{BaseURI: "lptest.liveperson.net", Fetched: time.Now()}, base(t, c))
			})
		})
	}
}

// A refusal is no outage: the account may be gone.
func TestRefusalIsNotPaperedOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		c := newClient(t, srv.Client())
		base(t, c)
		time.Sleep(5 * time.Minute)
		srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Status: 401})
		_, err := c.BaseURI(t.Context(), account, domain.AgentVEP)
		require.ErrorIs(t, err, liveperson.ErrUnauthorized)
	})
}

func TestCallerWhoGivesUpGetsNoStaleAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		c := newClient(t, srv.Client())
		base(t, c)
		time.Sleep(5 * time.Minute)
		srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Kind: lptest.FaultHang})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		started := time.Now()
		_, err := c.BaseURI(ctx, account, domain.AgentVEP)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 2*time.Second, time.Since(started))
	})
}

func TestForget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		c := newClient(t, srv.Client())
		c.Forget(account) // nothing there yet
		fetched := base(t, c).Fetched
		time.Sleep(time.Second)
		c.Forget("another")
		assert.Equal(t, fetched, base(t, c).Fetched)
		c.Forget(account)
		assert.Equal(t, time.Now(), base(t, c).Fetched)
		assert.Equal(t, 2, srv.Count(lptest.OpDomain))
		base(t, c)
		assert.Equal(t, 2, srv.Count(lptest.OpDomain), "asked again once")

		time.Sleep(time.Second)
		c.Forget(account)
		srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Status: 503})
		h := base(t, c)
		assert.True(t, h.Stale, "better than nothing")
		assert.Equal(t, time.Now().Add(-time.Second), h.Fetched)
	})
}

func TestSeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		c := newClient(t, srv.Client())
		c.Seed(account, map[domain.Service]string{
			domain.AgentVEP: "va.agentvep.liveperson.net", domain.Sentinel: "evil.example", "": "x.liveperson.net",
		})
		started := time.Now()
		all, err := c.All(t.Context(), account)
		require.NoError(t, err)
		assert.Equal(t, map[domain.Service]string{domain.AgentVEP: "va.agentvep.liveperson.net"}, all)
		h, err := c.Lookup(t.Context(), account, domain.AgentVEP)
		require.NoError(t, err)
		assert.Equal(t, domain.Host{BaseURI: "va.agentvep.liveperson.net", Fetched: started}, h)
		assert.Zero(t, srv.Count(lptest.OpDomain))

		time.Sleep(time.Minute)
		_, err = c.BaseURI(t.Context(), account, domain.RuntimeFormLogic)
		require.NoError(t, err, "a service that the seed lacks is asked for")
		assert.Equal(t, 1, srv.Count(lptest.OpDomain))

		// A list that lacks something does not make the rest younger.
		time.Sleep(time.Minute)
		c.Seed(account, map[domain.Service]string{domain.AgentVEP: "lo.agentvep.liveperson.net"})
		h, err = c.Lookup(t.Context(), account, domain.AgentVEP)
		require.NoError(t, err)
		assert.Equal(t, domain.Host{BaseURI: "lo.agentvep.liveperson.net", Fetched: started}, h)
		_, err = c.BaseURI(t.Context(), account, domain.RuntimeFormLogic)
		require.NoError(t, err)
		assert.Equal(t, 1, srv.Count(lptest.OpDomain), "it is still known")

		// A whole one does.
		c.Seed(account, map[domain.Service]string{
			domain.AgentVEP: "z1.agentvep.liveperson.net", domain.RuntimeFormLogic: "z1.forms.liveperson.net",
		})
		h, err = c.Lookup(t.Context(), account, domain.RuntimeFormLogic)
		require.NoError(t, err)
		assert.Equal(t, domain.Host{BaseURI: "z1.forms.liveperson.net", Fetched: time.Now()}, h)

		// Nothing good in it: nothing happens.
		c.Seed(account, map[domain.Service]string{domain.AgentVEP: "evil.example"})
		c.Seed(account, nil)
		again, err := c.Lookup(t.Context(), account, domain.RuntimeFormLogic)
		require.NoError(t, err)
		assert.Equal(t, h, again)
	})
}

func TestSeedEndsAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		c := newClient(t, srv.Client())
		all, err := c.All(t.Context(), account)
		require.NoError(t, err)
		srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Status: 503})
		time.Sleep(time.Hour)
		assert.True(t, base(t, c).Stale)
		c.Seed(account, all)
		assert.Equal(t, domain.Host{BaseURI: "lptest.liveperson.net", Fetched: time.Now()}, base(t, c))
	})
}

// Everything at once, for the race detector.
func TestManyUsers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		c := newClient(t, srv.Client(), domain.WithTTL(time.Second))
		var stop atomic.Bool
		time.AfterFunc(time.Minute, func() { stop.Store(true) })
		crowd(20, func(i int) {
			for !stop.Load() {
				switch i % 4 {
				case 0:
					c.Forget(account)
				case 1:
					c.Seed(account, map[domain.Service]string{"seeded": "x.liveperson.net"})
				case 2:
					_, err := c.BaseURI(t.Context(), account, "unheardOf")
					assert.ErrorIs(t, err, domain.ErrNoService)
				default:
					base(t, c)
				}
				time.Sleep(time.Duration(100+i) * time.Millisecond)
			}
		})
	})
}
