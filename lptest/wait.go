package lptest

import (
	"context"
	"fmt"
)

// waiters are goroutines that wait for something to change.
type waiters []chan struct{}

func (w *waiters) wake() {
	for _, changed := range *w {
		close(changed)
	}
	*w = (*w)[:0]
}

// wait waits until done says so; done is asked with the lock held, first at
// once and then whenever list is woken.
func (s *Server) wait(ctx context.Context, what string, list *waiters, done func() (bool, error)) error {
	for {
		s.enter()
		over, err := done()
		if over || err != nil {
			s.mu.Unlock()
			return err
		}
		changed := make(chan struct{})
		*list = append(*list, changed)
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("lptest: waiting until %s: %w", what, context.Cause(ctx))
		case <-s.done:
			return ErrClosed
		}
	}
}

// WaitOnline waits until an agent who serves the skill, or any agent if skill
// is "", is Online.
func (s *Server) WaitOnline(ctx context.Context, skill string) error {
	return s.wait(ctx, "an agent is Online", &s.waiters, func() (bool, error) {
		return s.onlineAt(s.desk(skill), nil) > 0, nil
	})
}

// WaitAnswered waits until n calls of an operation have been answered, counted
// from the start of the server; calls that got no whole answer count too.
func (s *Server) WaitAnswered(ctx context.Context, op Op, n int) error {
	return s.wait(ctx, fmt.Sprintf("%d calls of %s are answered", n, op), &s.waiters, func() (bool, error) {
		total := 0
		for _, count := range s.journal.answers[op] {
			total += count
		}
		return total >= n, nil
	})
}
