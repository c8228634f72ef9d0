package retry_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// In an outage the retries of all clients together stay a tenth of the calls.
func TestBudgetIsSharedByAllClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, "down"))
		budget := retry.NewBudget(0.1, 5)
		clients := []*http.Client{s.client(retry.WithBudget(budget)), s.client(retry.WithBudget(budget))}
		for i := range 200 {
			resp, body, err := send(t.Context(), t, clients[i%2], http.MethodGet, base+"/", "", nil)
			require.NoError(t, err)
			assert.Equal(t, 503, resp.StatusCode)
			assert.Equal(t, "down", body)
		}
		assert.InDelta(t, 200+20+5, s.count(), 1)
	})
}

func TestBudgetRefills(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad, good := newServer(t, status(503, "")), newServer(t, ok)
		budget := retry.NewBudget(0.1, 1)
		spend := func() int {
			before := bad.count()
			_, _, err := send(t.Context(), t, bad.client(retry.WithBudget(budget)), http.MethodGet, base+"/", "", nil)
			require.NoError(t, err)
			return bad.count() - before
		}
		succeed := func(n int) {
			for range n {
				_, _, err := send(t.Context(), t, good.client(retry.WithBudget(budget)), http.MethodGet, base+"/", "", nil)
				require.NoError(t, err)
			}
		}
		assert.Equal(t, 2, spend(), "it starts full")
		assert.Equal(t, 1, spend(), "and is empty then")
		succeed(7)
		assert.Equal(t, 1, spend(), "nine calls since")
		assert.Equal(t, 2, spend(), "ten calls earn one retry")
		succeed(1000)
		assert.Equal(t, 2, spend(), "no more than the reserve is saved up")
	})
}

func TestBudgetCountsOnlyRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		budget := retry.NewBudget(0, 3)
		for range 10 {
			_, _, err := send(t.Context(), t, s.client(retry.WithBudget(budget)), http.MethodPost, base+"/", "", nil)
			require.NoError(t, err)
		}
		_, _, err := send(t.Context(), t, s.client(retry.WithBudget(budget)), http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		assert.Equal(t, 10+4, s.count())
	})
}

func TestABudgetOfNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		for _, budget := range []*retry.Budget{retry.NewBudget(0, 0), retry.NewBudget(-1, -1)} {
			before := s.count()
			for range 20 {
				_, _, err := send(t.Context(), t, s.client(retry.WithBudget(budget)), http.MethodGet, base+"/", "", nil)
				require.NoError(t, err)
			}
			assert.Equal(t, 20, s.count()-before)
		}
	})
}

func TestAnEmptyBudgetLeavesVerifiedVerified(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, reset)
		result := &retry.Result{}
		resp, _, err := send(t.Context(), t, s.client(retry.WithBudget(retry.NewBudget(0, 0))), http.MethodPost, base+"/", "", &retry.Call{
			Class: retry.Verified, Verify: verdict(retry.TookEffect), Result: result,
		})
		require.NoError(t, err)
		assert.Equal(t, 200, resp.StatusCode)
		assert.True(t, result.Verified)
		assert.Equal(t, 1, s.count())
	})
}
