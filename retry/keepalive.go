package retry

import (
	"context"
	"math/rand/v2"
	"time"
)

// Interval is how often [KeepAlive] runs. The zero value is LivePerson's 3–5
// minutes.
type Interval struct {
	// Min and Max bound the pause between two runs, which is drawn anew each
	// time so that a fleet does not move in step. Defaults 3 and 5 min.
	Min, Max time.Duration
	// OnFailure is called after a run that failed, before the next pause begins.
	OnFailure func(error)
}

// Pause draws one pause.
func (i Interval) Pause() time.Duration {
	low, high := i.Min, i.Max
	if low <= 0 {
		low = 3 * time.Minute
		if high > 0 {
			low = min(low, high)
		}
	}
	if high <= 0 {
		high = 5 * time.Minute
	}
	high = max(low, high)
	return low + rand.N(high-low+1) //nolint:gosec // spreading needs no secrecy
}

// KeepAlive runs f again and again until ctx ends, and returns ctx's error.
// The first run comes after the first pause; a run that fails is reported and
// the next comes as usual. It works on the caller's goroutine, so runs never
// overlap.
func KeepAlive(ctx context.Context, every Interval, f func(ctx context.Context) error) error {
	for sleep(ctx, every.Pause()) {
		if err := f(ctx); err != nil && ctx.Err() == nil && every.OnFailure != nil {
			every.OnFailure(err)
		}
	}
	return ctx.Err()
}
