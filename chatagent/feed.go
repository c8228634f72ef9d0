package chatagent

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// feed hands the events of one chat from the poller to the handler: each once,
// in order of their ids.
type feed struct {
	mu      sync.Mutex
	next    int64 // id of the first event not taken in yet
	pending []Event
	over    bool // no more events will come
	halted  bool // no more events are handed out
	told    bool // the one who takes them has been told so
	err     error
	changed chan struct{} // closed and replaced at each change
}

func newFeed() *feed { return &feed{changed: make(chan struct{})} }

// gap tells whether taking in events would leave some out: the first new one
// does not follow on what is there.
func (f *feed) gap(events []Event) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := int64(-1)
	for _, e := range events {
		if e.ID >= f.next && (first < 0 || e.ID < first) {
			first = e.ID
		}
	}
	return first > f.next
}

// add takes in events, in any order and with any that are known already. After
// the one that ends the chat the feed is over.
func (f *feed) add(events []Event) {
	if len(events) == 0 {
		return
	}
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.ID, b.ID) })
	f.mu.Lock()
	defer f.mu.Unlock()
	added := false
	for _, e := range events {
		if e.ID < f.next || f.over {
			continue
		}
		f.pending = append(f.pending, e)
		f.next = e.ID + 1
		added = true
		if e.Type == EventState && e.State == Ended {
			f.over = true
		}
	}
	if added {
		f.wake()
	}
}

// finish ends the feed, with an error if the chat did not simply end.
func (f *feed) finish(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return
	}
	f.over, f.err = true, err
	f.wake()
}

// failed tells whether the chat did not simply end.
func (f *feed) failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err != nil
}

// stop hands out no more events: the next one is ErrStopping.
func (f *feed) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.halted = true
	f.wake()
}

// resume hands out events again.
func (f *feed) resume() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.halted, f.told = false, false
}

// stopped tells whether no more events are handed out, and whether the one who
// takes them knows.
func (f *feed) stopped() (stopped, told bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.halted, f.told
}

// waiting tells whether there are events that were not handed out.
func (f *feed) waiting() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.pending) > 0
}

// count is how many events that were not handed out are of that kind.
func (f *feed) count(kind func(*Event) bool) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.pending {
		if kind(&f.pending[i]) {
			n++
		}
	}
	return n
}

// unhandled is the id of the first event that was not handed out.
func (f *feed) unhandled() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pending) > 0 {
		return f.pending[0].ID
	}
	return f.next
}

func (f *feed) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// cursor is the id of the last event taken in, -1 for none.
func (f *feed) cursor() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next - 1
}

// poll returns the next event if there is one already.
func (f *feed) poll() (Event, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pending) == 0 || f.halted {
		return Event{}, false
	}
	e := f.pending[0]
	f.pending[0] = Event{}
	f.pending = f.pending[1:]
	return e, true
}

// take waits for the next event. Without one it returns false and, unless the
// chat has simply ended, why.
func (f *feed) take(ctx context.Context) (Event, bool, error) {
	for {
		if e, ok := f.poll(); ok {
			return e, true, nil
		}
		f.mu.Lock()
		if f.halted {
			f.told = true
			f.mu.Unlock()
			return Event{}, false, ErrStopping
		}
		if len(f.pending) > 0 {
			f.mu.Unlock()
			continue
		}
		over, err, changed := f.over, f.err, f.changed
		f.mu.Unlock()
		if over {
			return Event{}, false, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Event{}, false, ctx.Err()
		}
	}
}
