package flight_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/internal/flight"
)

func TestOneWorksAndAllShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f flight.Flight[int]
		runs := 0
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				v, err := f.Do(t.Context(), func(context.Context) (int, error) {
					time.Sleep(time.Second)
					runs++
					return 7, nil
				})
				assert.NoError(t, err)
				assert.Equal(t, 7, v)
			})
		}
		wg.Wait()
		assert.Equal(t, 1, runs)
		_, err := f.Do(t.Context(), func(context.Context) (int, error) { return 0, errors.New("fresh") })
		assert.EqualError(t, err, "fresh")
	})
}

func TestAnotherTakesOverWhenTheFirstGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f flight.Flight[string]
		first, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		run := func(ctx context.Context) (string, error) {
			select {
			case <-time.After(10 * time.Second):
				return "done", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := f.Do(first, run)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
		synctest.Wait()
		for range 5 {
			wg.Go(func() {
				v, err := f.Do(t.Context(), run)
				assert.NoError(t, err)
				assert.Equal(t, "done", v)
			})
		}
		short, cancelShort := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancelShort()
		wg.Go(func() {
			_, err := f.Do(short, run)
			assert.ErrorIs(t, err, context.DeadlineExceeded, "a waiter leaves when its own time is up")
		})
		start := time.Now()
		wg.Wait()
		took := time.Since(start) // 12 s if the impatient one led for a while
		assert.Contains(t, []time.Duration{11 * time.Second, 12 * time.Second}, took)
	})
}

func TestPanicFreesTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f flight.Flight[int]
		var wg sync.WaitGroup
		wg.Go(func() {
			assert.Panics(t, func() {
				_, _ = f.Do(t.Context(), func(context.Context) (int, error) {
					time.Sleep(time.Second)
					panic("boom")
				})
			})
		})
		synctest.Wait()
		wg.Go(func() {
			_, err := f.Do(t.Context(), func(context.Context) (int, error) { return 1, nil })
			assert.Error(t, err)
		})
		wg.Wait()
		v, err := f.Do(t.Context(), func(context.Context) (int, error) { return 2, nil })
		assert.NoError(t, err)
		assert.Equal(t, 2, v)
	})
}
