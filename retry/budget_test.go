package retry_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// In an outage the retries of all clients together stay a tenth of the calls,
// and the last answer is whole.
func TestBudgetIsSharedByAllClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, "down"))
		budget := retry.NewBudget(0.1, 5)
		clients := []*retry.Transport{s.with(retry.WithBudget(budget)), s.with(retry.WithBudget(budget))}
		for i := range 200 {
			a, err := clients[i%2].Call(t.Context(), get())
			require.NoError(t, err)
			assert.Equal(t, 503, a.Status)
			assert.Equal(t, "down", string(a.Body))
		}
		assert.InDelta(t, 200+20+5, s.count(), 1)
	})
}

func TestBudgetRefills(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad, good := newServer(t, status(503, "")), newServer(t, ok)
		budget := retry.WithBudget(retry.NewBudget(0.1, 1))
		calls := func(s *server, n int) int {
			before := s.count()
			for range n {
				_, err := s.with(budget).Call(t.Context(), get())
				require.NoError(t, err)
			}
			return s.count() - before
		}
		assert.Equal(t, 2, calls(bad, 1), "it starts full")
		assert.Equal(t, 1, calls(bad, 1), "and is empty then")
		calls(good, 7)
		assert.Equal(t, 1, calls(bad, 1), "nine calls since")
		assert.Equal(t, 2, calls(bad, 1), "ten calls earn one retry")
		calls(good, 1000)
		assert.Equal(t, 2, calls(bad, 1), "no more than the reserve is saved up")
	})
}

func TestBudgetCountsOnlyRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		transport := s.with(retry.WithBudget(retry.NewBudget(0, 3)))
		for range 10 {
			_, err := transport.Call(t.Context(), post())
			require.NoError(t, err)
		}
		_, err := transport.Call(t.Context(), get())
		require.NoError(t, err)
		assert.Equal(t, 10+4, s.count())
		for _, budget := range []*retry.Budget{retry.NewBudget(0, 0), retry.NewBudget(-1, -1)} {
			before := s.count()
			for range 20 {
				_, err := s.with(retry.WithBudget(budget)).Call(t.Context(), get())
				require.NoError(t, err)
			}
			assert.Equal(t, 20, s.count()-before, "a budget of nothing")
		}
	})
}
