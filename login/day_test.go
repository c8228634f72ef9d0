package login_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// fleet logs n agents in that share one client and one domain client.
func fleet(t *testing.T, srv *lptest.Server, n int, hc *http.Client) []*login.Session {
	t.Helper()
	domains, err := domain.New(domain.WithHTTPClient(hc), domain.WithEndpoint(srv.URL()))
	require.NoError(t, err)
	sessions := make([]*login.Session, n)
	for i := range sessions {
		srv.AddAgent(lptest.Agent{LoginName: fmt.Sprintf("agent-%03d", i), Password: password})
	}
	crowd(n, func(i int) {
		s, err := login.Login(t.Context(), srv.Account(), login.Password(fmt.Sprintf("agent-%03d", i), password),
			login.WithHTTPClient(hc), login.WithDomains(domains))
		assert.NoError(t, err)
		sessions[i] = s
	})
	return sessions
}

// Eight hours of 200 agents: refreshes fail at random, and for ten minutes
// everything does.
func TestDay(t *testing.T) {
	t.Parallel()
	const agents, day, outage = 200, 8 * time.Hour, 10 * time.Minute
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t, lptest.WithSeed(2026), lptest.WithPlainHTTP()) // TLS would be most of the work
		sessions := fleet(t, srv, agents, must(retry.NewClient(retry.WithTransport(srv.Transport()))))
		began := time.Now()
		down := began.Add(5 * time.Hour)
		for _, f := range []lptest.Fault{
			{Begin: 5 * time.Hour, End: 5*time.Hour + outage, Status: 503}, // of everything
			{Op: lptest.OpRefresh, Status: 401, Probability: 0.03},
			{Op: lptest.OpRefresh, Kind: lptest.FaultRevoke, Probability: 0.02},
			{Op: lptest.OpRefresh, Status: 429, Probability: 0.04},
			{Op: lptest.OpRefresh, Status: 503, Probability: 0.04},
			{Op: lptest.OpLogin, Status: 503, Probability: 0.05},
			{Op: lptest.OpLogin, Status: 429, Probability: 0.05},
		} {
			srv.AddFault(f)
		}
		time.Sleep(day)
		srv.ClearFaults()
		time.Sleep(20 * time.Minute)

		lost := 0
		for _, s := range sessions {
			if s.Err() != nil {
				lost++
				continue
			}
			status, err := call(t.Context(), s, srv)
			assert.NoError(t, err)
			assert.Equal(t, http.StatusCreated, status)
		}
		assert.Zero(t, lost, "no session is lost")

		require.Zero(t, srv.JournalDropped())
		least := time.Duration(1 << 62)
		byAgent := map[string][]lptest.Request{}
		for _, r := range srv.Requests(lptest.OpLogin) {
			byAgent[r.Agent] = append(byAgent[r.Agent], r)
		}
		logins := 0
		for _, requests := range byAgent {
			gap, _ := gaps(requests)
			least = min(least, gap)
			logins += len(requests)
		}
		assert.Len(t, byAgent, agents)
		assert.GreaterOrEqual(t, least, 5*time.Second, "logins of one agent are apart")

		rate := func(from, to time.Time) float64 {
			n := 0
			for _, r := range srv.Journal() {
				if !r.Time.Before(from) && r.Time.Before(to) {
					n++
				}
			}
			return float64(n) / to.Sub(from).Minutes()
		}
		healthy := rate(began.Add(5*time.Minute), down)
		during := rate(down, down.Add(outage))
		after := rate(down.Add(outage), down.Add(2*outage))
		t.Logf("%d requests, %d refreshes (200: %d, 401: %d, 429: %d, 503: %d), %d logins, least gap %v; requests a minute: healthy %.1f, outage %.1f, after %.1f",
			len(srv.Journal()), srv.Count(lptest.OpRefresh), srv.CountStatus(lptest.OpRefresh, 200), srv.CountStatus(lptest.OpRefresh, 401),
			srv.CountStatus(lptest.OpRefresh, 429), srv.CountStatus(lptest.OpRefresh, 503), logins, least, healthy, during, after)
		assert.LessOrEqual(t, during, 1.1*healthy, "an outage is not amplified")
		assert.LessOrEqual(t, after, 1.1*healthy, "nor is its end")

		crowd(agents, func(i int) { assert.NoError(t, sessions[i].Logout(t.Context())) })
		assert.Equal(t, agents, srv.CountStatus(lptest.OpLogout, 200))
	})
}

// With calls of its own a fleet needs a budget for the same.
func TestOutageUnderLoad(t *testing.T) {
	t.Parallel()
	const agents, outage = 50, 10 * time.Minute
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t, lptest.WithPlainHTTP())
		hc := must(retry.NewClient(retry.WithTransport(srv.Transport()), retry.WithBudget(retry.NewBudget(0.05, 10))))
		sessions := fleet(t, srv, agents, hc)
		began := time.Now()
		srv.AddFault(lptest.Fault{Begin: 20 * time.Minute, End: 20*time.Minute + outage, Status: 503})
		end := began.Add(40 * time.Minute)
		crowd(agents, func(i int) {
			b := &bench{srv: srv, session: sessions[i]}
			time.Sleep(time.Duration(i) * 300 * time.Millisecond)
			for time.Now().Before(end) {
				b.start(t.Context(), true) //nolint:errcheck // fails in the outage
				time.Sleep(30 * time.Second)
			}
		})
		count := func(from time.Duration) (n int) {
			for _, r := range srv.Journal() {
				if at := r.Time.Sub(began); at >= from && at < from+outage {
					n++
				}
			}
			return n
		}
		healthy, during := count(8*time.Minute), count(20*time.Minute)
		t.Logf("requests in 10 min: healthy %d, outage %d", healthy, during)
		assert.LessOrEqual(t, float64(during), 1.1*float64(healthy))
		assert.Equal(t, agents, srv.Count(lptest.OpLogin))
		crowd(agents, func(i int) { assert.NoError(t, sessions[i].Logout(t.Context())) })
	})
}

// interval is a limiter that lets one request pass at a time.
type interval struct {
	every time.Duration
	mu    sync.Mutex
	next  time.Time
}

func (l *interval) Wait(ctx context.Context) error {
	l.mu.Lock()
	l.next = l.next.Add(l.every)
	if now := time.Now(); l.next.Before(now) {
		l.next = now
	}
	wait := time.Until(l.next)
	l.mu.Unlock()
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// At nine o'clock sharp.
func TestManyLoginsAreSpreadByTheLimiter(t *testing.T) {
	t.Parallel()
	const agents, every = 200, 100 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 429, Times: 20})
		began := time.Now()
		sessions := fleet(t, srv, agents, must(retry.NewClient(retry.WithTransport(srv.Transport()), retry.WithLimiter(&interval{every: every}))))
		took := time.Since(began)
		assert.GreaterOrEqual(t, took, (agents+20)*every)
		assert.LessOrEqual(t, took, 30*time.Second)
		least, _ := gaps(srv.Journal())
		assert.GreaterOrEqual(t, least, every, "no bursts, nor of those who were turned away")
		assert.Equal(t, 1, srv.Count(lptest.OpDomain))
		assert.Equal(t, agents, srv.CountStatus(lptest.OpLogin, 200))

		byAgent := map[string]time.Time{}
		for _, r := range srv.Requests(lptest.OpLogin) {
			if before, ok := byAgent[r.Agent]; ok {
				assert.GreaterOrEqual(t, r.Time.Sub(before), 5*time.Second)
			}
			byAgent[r.Agent] = r.Time
		}
		crowd(agents, func(i int) { assert.NoError(t, sessions[i].Logout(t.Context())) })
	})
}
