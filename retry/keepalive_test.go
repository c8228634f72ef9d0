package retry_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

func TestKeepAlivePauses(t *testing.T) {
	t.Parallel()
	s, m := time.Second, time.Minute
	type row struct {
		every     retry.Interval
		low, high time.Duration
	}
	each(t, map[string]row{
		"3 to 5 min":       {retry.Interval{}, 3 * m, 5 * m},
		"own":              {retry.Interval{Min: s, Max: 2 * s}, s, 2 * s},
		"only a short max": {retry.Interval{Max: m}, m, m},
		"only a long max":  {retry.Interval{Max: 10 * m}, 3 * m, 10 * m},
		"only a long min":  {retry.Interval{Min: 10 * m}, 10 * m, 10 * m},
		"only a short min": {retry.Interval{Min: s}, s, 5 * m},
		"min beyond max":   {retry.Interval{Min: 2 * s, Max: s}, 2 * s, 2 * s},
		"negative":         {retry.Interval{Min: -s, Max: -s}, 3 * m, 5 * m},
	}, func(t *testing.T, row row) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := time.Now() // of the last run
		running, runs := false, 0
		low, high := row.high, row.low
		err := retry.KeepAlive(ctx, row.every, func(context.Context) error {
			assert.False(t, running, "overlaps")
			running = true
			pause := time.Since(ended)
			low, high = min(low, pause), max(high, pause)
			time.Sleep(time.Duration(rand.Int64N(int64(10 * time.Minute)))) // a slow run
			if runs++; runs == 500 {
				cancel()
			}
			ended, running = time.Now(), false
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 500, runs)
		assert.GreaterOrEqual(t, low, row.low)
		assert.LessOrEqual(t, high, row.high)
		if row.low != row.high {
			assert.Greater(t, high-low, (row.high-row.low)*9/10, "spread over the whole range")
		}
	})
}

func TestKeepAliveStopsInAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := contextWithCancelAfter(t, 2*time.Minute)
		defer cancel()
		start := time.Now()
		err := retry.KeepAlive(ctx, retry.Interval{}, func(context.Context) error {
			assert.Fail(t, "the first run comes after the first pause")
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 2*time.Minute, time.Since(start))
	})
}

func TestKeepAliveStopsInARun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		start := time.Now()
		err := retry.KeepAlive(ctx, retry.Interval{OnFailure: func(err error) {
			assert.Fail(t, "the end is no failure", err)
		}}, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 10*time.Minute, time.Since(start))
	})
}

// A failed run is reported, and the next comes as usual.
func TestKeepAliveGoesOnAfterFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Hour)
		defer cancel()
		boom := errors.New("boom")
		runs, reports := 0, 0
		err := retry.KeepAlive(ctx, retry.Interval{OnFailure: func(err error) {
			assert.Same(t, boom, err)
			reports++
		}}, func(context.Context) error {
			if runs++; runs%2 == 0 {
				return boom
			}
			return nil
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.GreaterOrEqual(t, runs, 8*60/5)
		assert.LessOrEqual(t, runs, 8*60/3)
		assert.Equal(t, runs/2, reports)
	})
	synctest.Test(t, func(t *testing.T) { // nobody listens
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		runs := 0
		_ = retry.KeepAlive(ctx, retry.Interval{}, func(context.Context) error { runs++; return errors.New("boom") })
		assert.GreaterOrEqual(t, runs, 11)
	})
}
