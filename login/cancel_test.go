package login_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A context that ends at any point of any operation ends it at that moment, in
// virtual time. TestMain and the bubble see to it that no goroutine is left.
func TestCancelAtAThousandPoints(t *testing.T) {
	t.Parallel()
	const workers, rounds = 8, 125
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t, lptest.WithSeed(7))
		for op, latency := range map[lptest.Op]time.Duration{
			lptest.OpDomain: 100 * time.Millisecond, lptest.OpLogin: 300 * time.Millisecond,
			lptest.OpRefresh: 200 * time.Millisecond, lptest.OpSessionStart: 200 * time.Millisecond, lptest.OpLogout: 100 * time.Millisecond,
		} {
			srv.AddFault(lptest.Fault{Op: op, Status: 503, Latency: latency, Probability: 0.2})
			srv.AddFault(lptest.Fault{Op: op, Kind: lptest.FaultReset, Latency: latency, Probability: 0.1})
			srv.AddFault(lptest.Fault{Op: op, Latency: latency})
		}
		agents := make([]lptest.Agent, workers)
		for i := range agents {
			agents[i] = srv.AddAgent(lptest.Agent{LoginName: fmt.Sprint("agent-", i), Password: password})
		}
		crowd(workers, func(i int) {
			r := rand.New(rand.NewPCG(7, uint64(i)))
			cancelled := 0
			for range rounds {
				cancelled += cancelOnce(t, srv, agents[i], r)
			}
			assert.Greater(t, cancelled, rounds/3, "most points are within the operation")
		})
	})
}

// cancelOnce makes one operation and cancels it at a random moment. It returns
// 1 if it was cut short.
func cancelOnce(t *testing.T, srv *lptest.Server, agent lptest.Agent, r *rand.Rand) int {
	t.Helper()
	creds := login.Password(agent.LoginName, password)
	opts := []login.Option{login.WithHTTPClient(srv.Client()), login.WithoutRefresh()}
	if r.IntN(2) == 0 {
		opts = opts[:1]
	}
	var session *login.Session
	for session == nil { // the faults hit this too
		session, _ = login.Login(t.Context(), srv.Account(), creds, opts...)
	}
	defer func() {
		if err := session.Logout(context.WithoutCancel(t.Context())); err != nil {
			assert.NotErrorIs(t, err, context.Canceled)
		}
	}()
	run := map[int]func(ctx context.Context) error{
		0: func(ctx context.Context) error {
			s, err := login.Login(ctx, srv.Account(), creds, opts...)
			if err == nil {
				defer s.Logout(context.WithoutCancel(ctx))
			}
			return err
		},
		1: session.Refresh,
		2: func(ctx context.Context) error { _, err := call(ctx, session, srv); return err },
		3: func(ctx context.Context) error { // a renewal, by a call
			srv.RevokeBearers(agent)
			_, err := call(ctx, session, srv)
			return err
		},
		4: func(ctx context.Context) error { // a renewal, by a refresh
			srv.RevokeBearers(agent)
			return session.Refresh(ctx)
		},
		5: session.Logout,
		6: func(ctx context.Context) error {
			domains, err := domain.New(domain.WithHTTPClient(srv.Client()))
			require.NoError(t, err)
			_, err = domains.BaseURI(ctx, srv.Account(), domain.AgentVEP)
			return err
		},
	}
	op := r.IntN(len(run))
	after := time.Duration(r.Int64N(int64(600 * time.Millisecond)))
	if op == 3 || op == 4 {
		after = time.Duration(r.Int64N(int64(6 * time.Second)))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var at time.Time
	timer := time.AfterFunc(after, func() { at = time.Now(); cancel() })
	err := run[op](ctx)
	ended := time.Now()
	if timer.Stop() { // it was over before
		return 0
	}
	<-ctx.Done()
	if err == nil {
		return 0
	}
	if op == 0 || op == 5 { // the deferred logout of a success takes time of its own
		assert.ErrorIs(t, err, context.Canceled, "operation %d", op)
	} else if !errors.Is(err, context.Canceled) {
		assert.Equal(t, ended, at, "operation %d: %v", op, err) // failed at the very moment
	}
	assert.Equal(t, at, ended, "operation %d returns at once", op)
	return 1
}
