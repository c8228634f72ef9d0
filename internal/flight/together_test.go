package flight_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/internal/flight"
)

// Whoever waits with the same deadline leaves with it, and nobody works anew.
func TestAllWithOneDeadlineLeaveTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var f flight.Flight[int]
		runs := 0
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				_, err := f.Do(ctx, func(ctx context.Context) (int, error) {
					runs++
					<-ctx.Done()
					return 0, ctx.Err()
				})
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			})
		}
		start := time.Now()
		wg.Wait()
		assert.Equal(t, time.Second, time.Since(start))
		assert.LessOrEqual(t, runs, 1)
	})
}

// A waiter leaves when its own time is up; the work goes on for the others.
func TestWaiterLeavesAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f flight.Flight[int]
		var wg sync.WaitGroup
		wg.Go(func() {
			v, err := f.Do(t.Context(), func(context.Context) (int, error) {
				time.Sleep(10 * time.Second)
				return 7, nil
			})
			assert.NoError(t, err)
			assert.Equal(t, 7, v)
		})
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := f.Do(short, func(context.Context) (int, error) { panic("the work is done already") })
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		wg.Wait()
	})
}
