package messaging

import (
	"container/heap"
	"time"
)

// job is something that happens at a certain time, unless the service is
// closed before.
type job struct {
	due   time.Time
	order uint64 // of two that are due at once the one made first comes first
	do    func()
	timer *time.Timer
	place int // in the agenda, -1 once it is over
}

// agenda is a heap of jobs, the next one first.
type agenda []*job

func (a agenda) Len() int { return len(a) }

func (a agenda) Less(i, j int) bool {
	if a[i].due.Equal(a[j].due) {
		return a[i].order < a[j].order
	}
	return a[i].due.Before(a[j].due)
}

func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

// Push is called by container/heap.
func (a *agenda) Push(x any) {
	j, _ := x.(*job)
	j.place = len(*a)
	*a = append(*a, j)
}

// Pop is called by container/heap.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	j := (*a)[last]
	j.place = -1
	(*a)[last] = nil
	*a = (*a)[:last]
	return j
}

// enter locks the service and does what has become due, so that whoever looks
// finds the world as it is at this instant, even if a timer of the same instant
// has not run yet.
func (s *Service) enter() {
	s.mu.Lock()
	s.refresh()
	for now := time.Now(); len(s.agenda) > 0 && !s.agenda[0].due.After(now); {
		j := s.agenda[0]
		s.cancel(j)
		j.do()
	}
}

// after does something d from now, with the lock held. The lock must be held.
func (s *Service) after(d time.Duration, do func()) *job {
	s.jobs++
	j := &job{due: time.Now().Add(d), order: s.jobs, do: do, place: -1}
	if s.closed {
		return j
	}
	s.running.Add(1)
	heap.Push(&s.agenda, j)
	j.timer = time.AfterFunc(d, func() {
		defer s.running.Done()
		s.enter()
		defer s.mu.Unlock()
	})
	return j
}

// cancel takes a job back; nil and a job that is over are fine. The lock must
// be held.
func (s *Service) cancel(j *job) {
	if j == nil || j.place < 0 {
		return
	}
	heap.Remove(&s.agenda, j.place)
	if j.timer.Stop() {
		s.running.Done()
	}
}
