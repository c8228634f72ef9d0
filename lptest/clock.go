package lptest

import (
	"context"
	"time"
)

// task is something that happens later, unless the server is closed before.
type task struct {
	timer *time.Timer
}

// later runs f with the lock held once d has passed. The lock must be held.
func (s *Server) later(d time.Duration, f func(now time.Time)) *task {
	t := &task{}
	if s.closed {
		return t
	}
	s.running.Add(1)
	s.tasks[t] = struct{}{}
	t.timer = time.AfterFunc(d, func() {
		defer s.running.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, pending := s.tasks[t]; !pending {
			return
		}
		delete(s.tasks, t)
		f(time.Now())
	})
	return t
}

// cancel takes a task back; nil and a task that is over are fine. The lock
// must be held.
func (s *Server) cancel(t *task) {
	if t == nil {
		return
	}
	if _, pending := s.tasks[t]; !pending {
		return
	}
	delete(s.tasks, t)
	if t.timer.Stop() {
		s.running.Done()
	}
}

func (s *Server) stopTimers() {
	for t := range s.tasks {
		s.cancel(t)
	}
}

// pause waits for d, for the end of ctx or for the end of the server,
// whichever comes first, and reports whether it was d.
func (s *Server) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-s.done:
		return false
	}
}
