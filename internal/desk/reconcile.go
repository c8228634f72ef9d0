package desk

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// DefaultListEvery is the time between two lists, unless Config says otherwise.
const DefaultListEvery = 50 * time.Second

// secondList is how long after the first list the second is asked for: what a process
// accepted right before it crashed may not be on the first.
const secondList = 15 * time.Second

// mostListPause limits the pause after a list that failed; see also [Haste].
const mostListPause = 15 * time.Second

// mostLists is how many lists may be under way.
const mostLists = 3

// reconciling is how the desk learns of chats that are the agent's without its
// knowing.
type reconciling[L Life] struct {
	listing    int       // lists under way
	asked      time.Time // when the last one was asked for
	told       time.Time // when the last one was asked for that was answered
	again      bool      // there is a reason for another that those under way do not know
	listed     bool      // at least once
	began      bool      // has asked for the first list one tick ago
	listAt     time.Time
	listPace   Pacer
	opening    map[string]bool      // chats that are being opened
	places     chan struct{}        // held by each that is; nil for no limit
	others     map[string]time.Time // on the list, and not for this desk; since when, zero if for certain
	unopened   map[string]*Pacer    // on the list, and could not be opened
	unsettled  map[string]*Pacer    // could be neither ended nor handed over
	doubts     int                  // how many may have become the agent's
	doubtUntil time.Time            // until when they may
}

// Doubt says that a chat may have become the agent's, or will until then: the
// desk looks until it knows.
func (d *Desk[L]) Doubt(until time.Time) {
	d.doubts++
	maps.DeleteFunc(d.others, func(_ string, since time.Time) bool { // a list was faster than the one who says so
		return time.Since(since) < d.ListEvery
	})
	if until.After(d.doubtUntil) {
		d.doubtUntil = until
	}
	d.again = true
}

// Look has the desk ask what is the agent's at its next tick.
func (d *Desk[L]) Look() {
	d.again = true
	d.listPace.OK()
}

// Found begins a life of a chat of which the service has said by itself that it is the
// agent's. asked says that this desk, or the program, has asked for it: it is opened
// then whatever else holds.
func (d *Desk[L]) Found(key string, asked bool) {
	if _, here := d.Life(key); here || d.opening[key] {
		return
	}
	switch _, other := d.others[key]; {
	case asked:
		delete(d.others, key)
		delete(d.unopened, key)
	case d.Stopping(), !d.mayOpen(key):
		return
	case !d.Adopting:
		if !other {
			d.others[key] = time.Now()
		}
		return
	}
	d.adopt(key)
}

// Coming tells whether a chat is here, or about to be.
func (d *Desk[L]) Coming(key string) bool {
	_, here := d.Life(key)
	return here || d.opening[key]
}

// Failed tells whether a chat could not be opened, and will be tried again.
func (d *Desk[L]) Failed(key string) bool { return d.unopened[key] != nil }

// Retry has what could not be opened opened at once: the service is back.
func (d *Desk[L]) Retry() {
	for _, p := range d.unopened {
		p.Now()
	}
	d.listPace.Now()
	d.reopen()
}

// reopen opens what could not be opened before, where it is due and no list is needed.
func (d *Desk[L]) reopen() {
	if !d.Told || d.Stopping() || d.Ready != nil && !d.Ready() {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(d.unopened)) {
		if _, here := d.Life(key); !here && !d.opening[key] && d.mayOpen(key) {
			d.adopt(key)
		}
	}
}

// InDoubt tells whether a chat may be the agent's without the desk's knowing, and
// no list has been seen since.
func (d *Desk[L]) InDoubt() bool { return d.doubt() }

func (d *Desk[L]) doubt() bool { return d.doubts > 0 }

// Beginning tells whether the first list is still awaited, for one interval at
// most: what is the agent's already comes before anything new.
func (d *Desk[L]) Beginning() bool { return !d.listed && !d.began }

// reconcile asks what the service says is the agent's, if it is time. A list under way
// that hangs does not hold up one that there has been a new reason for.
func (d *Desk[L]) reconcile(now time.Time) {
	d.began = d.began || d.listing > 0
	due := d.again || d.listing == 0 && !now.Before(d.listAt)
	if !due || d.listing >= mostLists || d.Ready != nil && !d.Ready() || !d.listPace.Due(now) || d.Stopping() && !d.doubt() {
		return
	}
	d.listing++
	d.asked, d.again = now, false
	urgent := d.Urgent()
	d.Beside(func(ctx context.Context) func() {
		ctx, cancel := d.Haste.limit(ctx, urgent)
		defer cancel()
		keys, plain, err := d.List(ctx)
		return func() { d.compare(now, keys, plain, err) }
	})
}

// Urgent tells whether there may be chats that nobody asks for, and the list has not
// failed for long.
func (d *Desk[L]) Urgent() bool {
	return (!d.listed || d.doubt()) && d.Haste.holds(d.listPace.Failures)
}

// pauseAfter is the longest pause after an urgent call that has failed.
func (d *Desk[L]) pauseAfter(err error) time.Duration {
	if errors.Is(err, context.DeadlineExceeded) {
		return d.Interval / 2 // it is over before the next tick
	}
	return d.Haste.Pause
}

// compare holds the service's list, asked for at that time, against the desk.
func (d *Desk[L]) compare(asked time.Time, keys []string, plain bool, err error) {
	d.listing--
	if d.Beginning() {
		d.began = true
		defer d.Tick(time.Now())
	}
	if asked.Before(d.told) || err != nil && asked.Before(d.asked) {
		return // a later one tells
	}
	if err != nil {
		d.again = true
		most := time.Duration(0) // nothing hangs on it
		switch {
		case d.Urgent():
			most = d.pauseAfter(err)
		case len(d.lives) > 0 || d.doubt():
			most = mostListPause
		}
		d.Trouble("asking for the agent's chats", "", err, d.listPace.Failed(most))
		return
	}
	d.told = asked
	d.listPace.OK()
	d.listAt = asked.Add(d.ListEvery + rand.N(d.ListEvery/10)) //nolint:gosec // spreading needs no secrecy
	first, doubt := !d.listed, d.doubt()
	d.listed = true
	if first {
		d.listAt = asked.Add(secondList)
	}
	there := map[string]bool{}
	for _, key := range keys {
		there[key] = true
		_, here := d.Life(key)
		_, other := d.others[key]
		switch {
		case here || other || d.opening[key] || !d.mayOpen(key):
		case !d.Adopting && first:
			d.others[key] = time.Time{}
		case !d.Adopting && !doubt:
			d.others[key] = asked
		default:
			d.adopt(key)
		}
	}
	if plain {
		maps.DeleteFunc(d.others, func(key string, _ time.Time) bool { return !there[key] })
		maps.DeleteFunc(d.unopened, func(key string, _ *Pacer) bool { return !there[key] })
		maps.DeleteFunc(d.unsettled, func(key string, _ *Pacer) bool { return !there[key] && d.lives[key] == nil })
		if asked.After(d.doubtUntil) {
			d.doubts = 0
		}
	}
	if d.doubt() || asked.Before(d.doubtUntil) { // also if another chat seems to have resolved it
		d.listAt = asked.Add(2 * d.Interval)
	}
	for key, p := range d.unopened { // one that could not be opened while the list was under way
		if there[key] && !d.opening[key] && p.next.Before(d.listAt) {
			d.listAt = p.next
		}
	}
}

// mayOpen tells whether a chat may be opened that perhaps could not be, before.
func (d *Desk[L]) mayOpen(key string) bool {
	p := d.unopened[key]
	return p == nil || p.Due(time.Now())
}

// failed has a chat opened later that could not be.
func (d *Desk[L]) failed(key string, err error) {
	if d.unopened[key] == nil {
		d.unopened[key] = &Pacer{}
	}
	most := time.Duration(0)
	if d.Haste.holds(d.unopened[key].Failures) {
		most = d.pauseAfter(err)
	}
	pause := d.unopened[key].Failed(most)
	d.Trouble("taking over a chat", key, err, pause)
	if at := time.Now().Add(pause); !d.Told && at.Before(d.listAt) {
		d.listAt = at
	}
}

// A chat whose handler has returned, and that can be neither ended nor handed over, has
// another life after a pause: one that is short is not to be repeated without end.
const (
	shortLife          = time.Minute
	mostUnsettledPause = 2 * time.Minute
)

// unended has the next life of a chat begin later, since this one could not be settled.
func (d *Desk[L]) unended(e *entry[L]) {
	key := e.life.Key()
	p := d.unsettled[key]
	if p == nil {
		p = &Pacer{}
		d.unsettled[key] = p
	}
	if time.Since(e.since) > shortLife {
		p.OK()
	}
	p.Failed(mostUnsettledPause)
	d.unopened[key] = &Pacer{next: p.next}
	if !d.Told && p.next.Before(d.listAt) {
		d.listAt = p.next
	}
}

// adopt begins a life of a chat that the service says is the agent's.
func (d *Desk[L]) adopt(key string) {
	d.opening[key] = true
	resolves := d.doubt() // one of these; later ones are not about this chat
	if resolves {
		d.doubts--
	}
	failed := d.unopened[key]
	urgent := failed == nil || d.Haste.holds(failed.Failures)
	d.Whole(func(ctx context.Context) func() {
		var life L
		ok, err := false, d.place(ctx)
		if err == nil {
			life, ok, err = d.adoptNow(ctx, key, urgent)
		}
		return func() {
			delete(d.opening, key)
			if resolves && (err != nil || !ok) {
				d.doubts++
				d.again = true
			}
			switch {
			case err != nil:
				d.failed(key, err)
			case !ok && d.Told: // it went while it was opened, and may have come back
				delete(d.unopened, key)
				d.Look()
			case !ok:
				if _, here := d.Life(key); !here { // it was accepted meanwhile
					d.others[key] = time.Time{}
				}
			default:
				d.Open(life, Adopted)
			}
		}
	})
}

// place waits until one more may be opened.
func (d *Desk[L]) place(ctx context.Context) error {
	if d.places == nil {
		return nil
	}
	select {
	case d.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// adoptNow opens a chat, whose place it has, and leaves the place to the next.
func (d *Desk[L]) adoptNow(ctx context.Context, key string, urgent bool) (L, bool, error) {
	if d.places != nil {
		defer func() { <-d.places }()
	}
	ctx, cancel := d.Haste.limit(ctx, urgent)
	defer cancel()
	return d.Adopt(ctx, key)
}
