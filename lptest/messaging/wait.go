package messaging

import (
	"context"
	"errors"
	"fmt"
)

// ErrClosed is what the waiting methods return when the service was closed.
var ErrClosed = errors.New("messaging: the service is closed")

// ErrEnded is what the waiting methods return when the conversation ended
// before what they waited for.
var ErrEnded = errors.New("messaging: the conversation has ended")

// waiters are goroutines that wait for something to change.
type waiters []chan struct{}

func (w *waiters) wake() {
	for _, changed := range *w {
		close(changed)
	}
	*w = (*w)[:0]
}

// wait waits until done says so; done is asked with the lock held, first at
// once and then whenever the list is woken.
func (s *Service) wait(ctx context.Context, what string, sleepers *waiters, done func() (bool, error)) error {
	for {
		s.enter()
		over, err := done()
		if over || err != nil {
			s.mu.Unlock()
			return err
		}
		changed := make(chan struct{})
		*sleepers = append(*sleepers, changed)
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("messaging: waiting until %s: %w", what, context.Cause(ctx))
		case <-s.done:
			return ErrClosed
		}
	}
}
