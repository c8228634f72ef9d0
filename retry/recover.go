package retry

import (
	"context"
	"errors"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Recovery is the slower loop for outages that outlast a call's own retries.
// Its zero value is LivePerson's recommendation for logins and sessions.
type Recovery struct {
	// First is the pause after the first failure; it doubles each time.
	// Default 2 min.
	First time.Duration
	// Max caps the pause. Default 16 min.
	Max time.Duration
	// Jitter lengthens each pause at random, as a part of it. Default 0.2; a
	// negative value means none.
	Jitter float64
	// Tries ends the loop after so many failures. Default 0: never.
	Tries int
	// OnFailure is called after each failure that is followed by a pause.
	OnFailure func(failures int, err error, pause time.Duration)
	// Temporary tells whether an error may pass by itself. Default
	// [Temporary].
	Temporary func(error) bool
}

// Recover runs f until it succeeds, until it fails for good, or until ctx
// ends. It returns nil, the final error of f, or ctx's error joined with the
// last one of f.
func Recover(ctx context.Context, r Recovery, f func(ctx context.Context) error) error {
	first, limit, jitter, temporary := r.First, r.Max, r.Jitter, r.Temporary
	if first <= 0 {
		first = 2 * time.Minute
	}
	if limit <= 0 {
		limit = 16 * time.Minute
	}
	if jitter == 0 {
		jitter = 0.2
	}
	if temporary == nil {
		temporary = Temporary
	}
	pause := min(first, limit)
	for failures := 1; ; failures++ {
		err := f(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		if !temporary(err) || r.Tries > 0 && failures >= r.Tries {
			return err
		}
		wait := spread(pause, jitter)
		if r.OnFailure != nil {
			r.OnFailure(failures, err, wait)
		}
		if !sleep(ctx, wait) {
			return errors.Join(ctx.Err(), err)
		}
		pause = min(2*pause, limit)
	}
}

// Temporary tells whether err may pass by itself: the service is unavailable,
// a rate limit was hit, the answer was not the service's own (a redirect or a
// page from a proxy), or a deadline passed. A 4xx does not pass, nor does bad
// input. It is true of most errors that are [liveperson.ErrUnconfirmed], too: what must
// not be done twice is not to be repeated for it.
func Temporary(err error) bool {
	for _, t := range []error{
		liveperson.ErrUnavailable, liveperson.ErrRateLimited, liveperson.ErrMalformed, liveperson.ErrRedirected,
		context.DeadlineExceeded,
	} {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
