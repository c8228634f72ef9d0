package messagingagent

import (
	"maps"
	"slices"
	"time"
)

// stream puts the events of one dialog in order, each once: those that come live,
// those that a query tells, and those that come twice. The conversation's mutex
// guards it.
//
// What lies beyond a missing number is held until a query has told what there is. A
// number that the query does not tell either is none of this agent's.
type stream struct {
	loaded bool            // has been queried once
	next   int64           // the first number that is not known to be handed on
	held   map[int64]Event // what came, and is not handed on yet
	given  map[int64]bool  // numbers from next on that were handed on all the same
	most   int64           // the highest number that is said to be there, -1 for none

	absent int64         // the last one that was said to be there, and that no query told, -1 for none
	pause  time.Duration // until it is believed again
	until  time.Time
}

// Whatever says that there is a number which a query does not tell may say so again and
// again: it is asked for after firstAbsence, and then twice that each time.
const (
	firstAbsence = time.Second
	mostAbsence  = 5 * time.Minute
)

func newStream() *stream {
	return &stream{held: map[int64]Event{}, given: map[int64]bool{}, most: -1, absent: -1}
}

// add takes an event as it comes, and returns ready with what is to be handed on now.
func (s *stream) add(ready []Event, e *Event) []Event {
	switch {
	case e.Sequence < s.next, s.given[e.Sequence]:
		return ready
	case !s.loaded || e.Sequence > s.next:
		s.held[e.Sequence] = *e
		return ready
	}
	s.next++
	return s.run(append(ready, *e))
}

// run hands on what follows without a gap.
func (s *stream) run(ready []Event) []Event {
	for {
		e, held := s.held[s.next]
		switch {
		case held:
			ready = append(ready, e)
			delete(s.held, s.next)
		case !s.given[s.next]:
			return ready
		}
		delete(s.given, s.next)
		s.next++
	}
}

// hint notes that there is an event of that number.
func (s *stream) hint(number int64) {
	if number > s.absent || !time.Now().Before(s.until) {
		s.most = max(s.most, number)
	}
}

// gap tells whether a query is needed.
func (s *stream) gap() bool {
	return !s.loaded || len(s.held) > 0 || s.most >= s.next && !s.given[s.most]
}

// mark is what is known when a query begins, which its answer settles.
func (s *stream) mark() []int64 { return slices.Sorted(maps.Keys(s.held)) }

// settle takes what a query told of the events from next on, all of it, that began
// with mark, and returns what is to be handed on now. What the query did not tell of
// and was there before is handed on, too; but more is believed to come before it.
func (s *stream) settle(mark []int64, events []Event) (ready []Event) {
	s.loaded = true
	last := int64(-1)
	for _, e := range events {
		if e.Sequence >= s.next && !s.given[e.Sequence] {
			s.held[e.Sequence] = e
		}
		last = max(last, e.Sequence)
	}
	for _, number := range slices.Sorted(maps.Keys(s.held)) {
		if number > last {
			break
		}
		ready = append(ready, s.held[number])
		delete(s.held, number)
	}
	maps.DeleteFunc(s.given, func(number int64, _ bool) bool { return number <= last })
	s.next = max(s.next, last+1)
	ready = s.run(ready)
	for _, number := range mark {
		if e, held := s.held[number]; held {
			ready = append(ready, e)
			delete(s.held, number)
			s.given[number] = true
		}
	}
	if s.most >= s.next && !s.given[s.most] {
		s.miss(s.most)
	}
	s.most = -1 // the query has told what there is
	return ready
}

// miss notes that a query has not told of a number that was said to be there.
func (s *stream) miss(number int64) {
	s.pause = min(2*s.pause, mostAbsence)
	if number > s.absent || s.pause == 0 {
		s.pause = firstAbsence
	}
	s.absent, s.until = max(s.absent, number), time.Now().Add(s.pause)
}
