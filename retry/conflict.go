package retry

import (
	"context"
	"errors"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// MaxConflicts is how often [OnConflict] reads the state again.
const MaxConflicts = 5

// OnConflict makes a write that depends on a state which others change too. If
// write fails with a 409 ([liveperson.ErrConflict]), refetch reads the state and
// brings the write up to it, and write is called anew: at once after the first
// conflict, a little later after each further one, and five times at most. It
// returns the last error of write, or that of refetch.
func OnConflict(ctx context.Context, refetch, write func(ctx context.Context) error) error {
	for n := 0; ; n++ {
		err := write(ctx)
		if !errors.Is(err, liveperson.ErrConflict) || n == MaxConflicts {
			return err
		}
		if n > 0 && !sleep(ctx, spread(conflictWait<<(n-1), 1)) {
			return ctx.Err()
		}
		if err := refetch(ctx); err != nil {
			return err
		}
	}
}

const conflictWait = 100 * time.Millisecond

// sleep waits for d and tells whether ctx lasted that long.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
