package lptest

import (
	"container/heap"
	"context"
	"time"
)

// task is something that happens at a certain time, unless the server is
// closed before.
type task struct {
	due   time.Time
	do    func(now time.Time)
	timer *time.Timer
	place int // in the agenda, -1 once it is over
}

// agenda is a heap of tasks, the next one first.
type agenda []*task

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].due.Before(a[j].due) }

func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

// Push is called by container/heap.
func (a *agenda) Push(x any) {
	t, _ := x.(*task)
	t.place = len(*a)
	*a = append(*a, t)
}

// Pop is called by container/heap.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	t := (*a)[last]
	t.place = -1
	(*a)[last] = nil
	*a = (*a)[:last]
	return t
}

// enter locks the server and does what has become due, so that whoever looks
// at the world or changes it finds it as it is at this instant, even if a
// timer of the same instant has not run yet.
func (s *Server) enter() {
	s.mu.Lock()
	if len(s.agenda) == 0 {
		return
	}
	for now := time.Now(); len(s.agenda) > 0 && !s.agenda[0].due.After(now); {
		t := s.agenda[0]
		s.cancel(t)
		t.do(t.due)
	}
}

// at does something at a certain time, with the lock held. The lock must be
// held.
func (s *Server) at(due time.Time, do func(now time.Time)) *task {
	t := &task{due: due, do: do, place: -1}
	if s.closed {
		return t
	}
	s.running.Add(1)
	heap.Push(&s.agenda, t)
	t.timer = time.AfterFunc(time.Until(due), func() {
		defer s.running.Done()
		s.enter()
		defer s.mu.Unlock()
	})
	return t
}

// cancel takes a task back; nil and a task that is over are fine. The lock
// must be held.
func (s *Server) cancel(t *task) {
	if t == nil || t.place < 0 {
		return
	}
	heap.Remove(&s.agenda, t.place)
	if t.timer.Stop() {
		s.running.Done()
	}
}

func (s *Server) stopTimers() {
	for len(s.agenda) > 0 {
		s.cancel(s.agenda[0])
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
