package chatagent

import (
	"cmp"
	"hash/maphash"
	"slices"
)

// feed holds the events of one chat between those who read them from the server
// and those who take them: each once, in order of their ids. The chat's mutex
// guards it.
type feed struct {
	next    int64 // id of the first event not taken in yet
	pending []Event
	ended   bool            // by the event that says so, or without one
	far     map[int64]bool  // ids behind a gap, as seen last
	prints  map[uint64]bool // of the events that were taken in
}

var printSeed = maphash.MakeSeed()

// print is the same for an event that is shown again under another id. Without a
// time none is: it is 0.
func (e *Event) print() uint64 {
	if e.Time.IsZero() {
		return 0
	}
	return maphash.Comparable(printSeed, struct {
		at       int64
		kind     EventType
		state    ChatState
		source   Source
		by, text string
		system   SystemMessage
	}{e.Time.UnixNano(), e.Type, e.State, e.Source, e.By, e.Text, e.SystemMessage})
}

// remember notes an event that is known.
func (f *feed) remember(e *Event) {
	if f.prints == nil {
		f.prints = map[uint64]bool{}
	}
	if p := e.print(); p != 0 {
		f.prints[p] = true
	}
}

// copied tells whether an event is one that is known, under a false id: it does not
// follow on what is there.
func (f *feed) copied(e *Event) bool { return e.ID > f.next && f.prints[e.print()] }

// gap tells whether taking in events would leave some out: the first new one
// does not follow on what is there. It remembers what lies behind the gap.
func (f *feed) gap(events []Event) bool {
	first := int64(-1)
	for i := range events {
		if id := events[i].ID; id >= f.next && (first < 0 || id < first) && !f.copied(&events[i]) {
			first = id
		}
	}
	if first <= f.next {
		return false
	}
	f.far = map[int64]bool{}
	for i := range events {
		f.far[events[i].ID] = true
	}
	return true
}

// begin takes in the events of a chat that is read as a whole: ids that are missing
// are of events that are not for this agent.
func (f *feed) begin(events []Event) (added []Event) {
	f.far = map[int64]bool{}
	for i := range events {
		f.far[events[i].ID] = true
	}
	return f.add(events)
}

// add takes in events, in any order and with any that are known already, and
// returns those that are new. An event behind a gap is believed when it is seen
// for the second time: one with a false id would hide all that come after it. A
// copy of an event that is known is never believed there.
// After the event that ends the chat nothing comes.
func (f *feed) add(events []Event) (added []Event) {
	if len(events) == 0 || f.ended {
		return nil
	}
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.ID, b.ID) })
	var far map[int64]bool
	for i := range events {
		e := &events[i]
		switch {
		case e.ID < f.next:
			f.remember(e)
			continue
		case f.ended || f.copied(e):
			continue
		case f.next > 0 && e.ID > f.next && !f.far[e.ID]:
			if far == nil {
				far = map[int64]bool{}
			}
			far[e.ID] = true
			continue
		}
		f.next = e.ID + 1
		f.remember(e)
		f.ended = e.Type == EventState && e.State == Ended
		added = append(added, *e)
	}
	f.far = far
	f.pending = append(f.pending, added...)
	return added
}

// take returns the next event, if there is one.
func (f *feed) take() (Event, bool) {
	if len(f.pending) == 0 {
		return Event{}, false
	}
	e := f.pending[0]
	f.pending[0] = Event{}
	if f.pending = f.pending[1:]; len(f.pending) == 0 {
		f.pending = nil
	}
	return e, true
}

// unhandled is the id of the first event that was not taken.
func (f *feed) unhandled() int64 {
	if len(f.pending) > 0 {
		return f.pending[0].ID
	}
	return f.next
}

// closes tells whether the events end the chat.
func closes(events []Event) bool {
	return slices.ContainsFunc(events, func(e Event) bool { return e.Type == EventState && e.State == Ended })
}
