// Package flight lets one of several concurrent callers do a piece of work and
// the others share its result, without a goroutine of its own.
package flight

import (
	"context"
	"errors"
	"sync"
)

// Flight shares work among its callers. The zero value is ready.
type Flight[T any] struct {
	mu  sync.Mutex
	cur *work[T]
}

type work[T any] struct {
	done    chan struct{}
	value   T
	err     error
	forsook bool // its caller gave up: the result says nothing
}

var errPanicked = errors.New("flight: the work panicked")

// Do runs f, or waits for the run that is under way and returns its result. If
// the caller who runs f gives up (its ctx ends), the next one takes over.
func (f *Flight[T]) Do(ctx context.Context, run func(ctx context.Context) (T, error)) (T, error) {
	for {
		f.mu.Lock()
		w := f.cur
		if w == nil {
			w = &work[T]{done: make(chan struct{}), err: errPanicked}
			f.cur = w
			f.mu.Unlock()
			return f.lead(ctx, w, run)
		}
		f.mu.Unlock()
		select {
		case <-w.done:
			if w.forsook {
				if err := ctx.Err(); err != nil {
					var zero T
					return zero, err
				}
				continue
			}
			return w.value, w.err
		case <-ctx.Done():
			var zero T
			return zero, ctx.Err()
		}
	}
}

func (f *Flight[T]) lead(ctx context.Context, w *work[T], run func(ctx context.Context) (T, error)) (T, error) {
	defer func() {
		w.forsook = w.err != nil && ctx.Err() != nil
		f.mu.Lock()
		f.cur = nil
		f.mu.Unlock()
		close(w.done)
	}()
	w.value, w.err = run(ctx)
	return w.value, w.err
}
