package retry_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

var down = &liveperson.Error{Op: "x.Y", Status: 503}

// failing fails n times with err and then succeeds, noting when it was called.
func failing(n int, err error) (f func(context.Context) error, pauses func() []time.Duration) {
	var at []time.Time
	return func(context.Context) error {
			at = append(at, time.Now())
			if len(at) <= n {
				return err
			}
			return nil
		}, func() []time.Duration {
			var p []time.Duration
			for i := 1; i < len(at); i++ {
				p = append(p, at[i].Sub(at[i-1]))
			}
			return p
		}
}

func TestRecoverJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := map[time.Duration]bool{}
		for range 100 {
			f, pauses := failing(5, down)
			require.NoError(t, retry.Recover(t.Context(), retry.Recovery{}, f))
			for i, want := range []int{2, 4, 8, 16, 16} {
				p := pauses()[i]
				assert.GreaterOrEqual(t, p.Minutes(), float64(want))
				assert.LessOrEqual(t, p.Minutes(), float64(want)*1.2)
				seen[p] = true
			}
		}
		assert.Greater(t, len(seen), 490)
	})
}

func TestRecoverPauses(t *testing.T) {
	t.Parallel()
	type row struct {
		r    retry.Recovery
		n    int
		want []time.Duration
	}
	m := time.Minute
	each(t, map[string]row{
		"defaults":          {retry.Recovery{}, 6, []time.Duration{2 * m, 4 * m, 8 * m, 16 * m, 16 * m, 16 * m}},
		"first":             {retry.Recovery{First: second}, 3, []time.Duration{second, 2 * second, 4 * second}},
		"max":               {retry.Recovery{First: second, Max: 2 * second}, 4, []time.Duration{second, 2 * second, 2 * second, 2 * second}},
		"first beyond max":  {retry.Recovery{First: math.MaxInt64, Max: second}, 3, []time.Duration{second, second, second}},
		"no cap to mention": {retry.Recovery{First: time.Hour, Max: math.MaxInt64 / 4}, 3, []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour}},
	}, func(t *testing.T, row row) {
		row.r.Jitter = -1
		f, pauses := failing(row.n, down)
		require.NoError(t, retry.Recover(t.Context(), row.r, f))
		assert.Equal(t, row.want, pauses())
	})
}

func TestRecoverReportsEachFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, pauses := failing(3, down)
		var reported []string
		var waits []time.Duration
		require.NoError(t, retry.Recover(t.Context(), retry.Recovery{OnFailure: func(n int, err error, pause time.Duration) {
			reported = append(reported, fmt.Sprint(n, " ", err))
			waits = append(waits, pause)
		}}, f))
		assert.Equal(t, []string{
			"1 x.Y: 503 Service Unavailable", "2 x.Y: 503 Service Unavailable", "3 x.Y: 503 Service Unavailable",
		}, reported)
		assert.Equal(t, pauses(), waits, "the pause told is the pause made")
	})
}

func TestRecoverStops(t *testing.T) {
	t.Parallel()
	bad := &liveperson.Error{Op: "login.Login", Status: 401}
	type row struct {
		r     retry.Recovery
		err   error
		tries int
	}
	each(t, map[string]row{
		"bad credentials": {retry.Recovery{}, bad, 1},
		"blocked":         {retry.Recovery{}, &liveperson.Error{Status: 451}, 1},
		"bad input":       {retry.Recovery{}, &liveperson.InputError{Field: "account"}, 1},
		"unknown error":   {retry.Recovery{}, errors.New("?"), 1},
		"tries are over":  {retry.Recovery{Tries: 3}, down, 3},
		"one try":         {retry.Recovery{Tries: 1}, down, 1},
		"own judgement":   {retry.Recovery{Tries: 2, Temporary: func(error) bool { return true }}, bad, 2},
		"own, the other":  {retry.Recovery{Temporary: func(error) bool { return false }}, down, 1},
	}, func(t *testing.T, row row) {
		reports := 0
		row.r.OnFailure = func(int, error, time.Duration) { reports++ }
		f, pauses := failing(100, row.err)
		err := retry.Recover(t.Context(), row.r, f)
		assert.Same(t, row.err, err)
		assert.Len(t, pauses(), row.tries-1)
		assert.Equal(t, row.tries-1, reports, "only failures with a pause after them")
	})
}

func TestTemporary(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		down, &liveperson.Error{Status: 500}, &liveperson.Error{Status: 429}, &liveperson.Error{Err: errors.New("connection refused")},
		&liveperson.Error{Status: 200, Err: fmt.Errorf("%w: <html>", liveperson.ErrMalformed)},
		&liveperson.Error{Status: 302, Err: liveperson.ErrRedirected},
		fmt.Errorf("wrapped: %w", down), context.DeadlineExceeded, &liveperson.Error{Err: context.DeadlineExceeded},
	} {
		assert.True(t, retry.Temporary(err), "%v", err)
	}
	for _, err := range []error{
		nil, errors.New("?"), context.Canceled, &liveperson.InputError{}, &liveperson.Error{Err: context.Canceled},
		&liveperson.Error{Err: liveperson.ErrForeignOrigin}, &liveperson.Error{Err: liveperson.ErrTooLarge},
		&liveperson.Error{Status: 400}, &liveperson.Error{Status: 401}, &liveperson.Error{Status: 403}, &liveperson.Error{Status: 404},
		&liveperson.Error{Status: 408}, &liveperson.Error{Status: 409}, &liveperson.Error{Status: 410}, &liveperson.Error{Status: 451},
	} {
		assert.False(t, retry.Temporary(err), "%v", err)
	}
}

func TestRecoverAndContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // cancelled in a pause
		ctx, cancel := contextWithCancelAfter(t, 7*time.Minute)
		defer cancel()
		f, pauses := failing(100, down)
		start := time.Now()
		err := retry.Recover(ctx, retry.Recovery{Jitter: -1}, f)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, liveperson.ErrUnavailable, "and why it was waiting")
		assert.Equal(t, 7*time.Minute, time.Since(start))
		assert.Len(t, pauses(), 2)
	})
	synctest.Test(t, func(t *testing.T) { // cancelled in a run
		ctx, cancel := contextWithCancelAfter(t, time.Minute)
		defer cancel()
		reports := 0
		err := retry.Recover(ctx, retry.Recovery{OnFailure: func(int, error, time.Duration) { reports++ }}, func(ctx context.Context) error {
			<-ctx.Done()
			return fmt.Errorf("%w: %w", down, ctx.Err())
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, reports)
	})
	synctest.Test(t, func(t *testing.T) { // a run with a deadline of its own
		n := 0
		require.NoError(t, retry.Recover(t.Context(), retry.Recovery{}, func(ctx context.Context) error {
			if n++; n == 3 {
				return nil
			}
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			<-ctx.Done()
			return &liveperson.Error{Op: "login.Login", Err: ctx.Err()}
		}))
	})
}
