package desk

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"time"
)

// DefaultListEvery is the time between two lists, unless Config says otherwise.
const DefaultListEvery = 50 * time.Second

// secondList is how long after the first list the second is asked for: what a process
// accepted right before it crashed may not be on the first.
const secondList = 15 * time.Second

// mostListPause limits the pause after a list that failed, and urgentListPause while
// there may be chats that nobody asks for: they live for 40 s, so that one that
// cannot be opened is tried that often at first.
const (
	mostListPause   = 15 * time.Second
	urgentListPause = 5 * time.Second
	urgentTries     = 8
)

// urgentTime limits a call on which such chats hang: one that gets no answer in that
// time is made again at the next tick, before they are over.
const urgentTime = 4 * time.Second

// reconciling is how the desk learns of chats that are the agent's without its
// knowing.
type reconciling[L Life] struct {
	listing    bool
	listed     bool // at least once
	began      bool // has asked for the first list one tick ago
	listAt     time.Time
	listPace   Pacer
	opening    map[string]bool      // chats that are being opened
	others     map[string]time.Time // on the list, and not for this desk; since when, zero if for certain
	unopened   map[string]*Pacer    // on the list, and could not be opened
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
	d.listAt = time.Time{}
}

// Look has the desk ask what is the agent's at its next tick.
func (d *Desk[L]) Look() {
	d.listAt = time.Time{}
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

// Retry has what could not be opened opened at once: the service is back.
func (d *Desk[L]) Retry() {
	clear(d.unopened)
	d.listPace.Now()
}

// InDoubt tells whether a chat may be the agent's without the desk's knowing, and
// no list has been seen since.
func (d *Desk[L]) InDoubt() bool { return d.doubt() }

func (d *Desk[L]) doubt() bool { return d.doubts > 0 }

// Beginning tells whether the first list is still awaited, for one interval at
// most: what is the agent's already comes before anything new.
func (d *Desk[L]) Beginning() bool { return !d.listed && !d.began }

// reconcile asks what the service says is the agent's, if it is time.
func (d *Desk[L]) reconcile(now time.Time) {
	d.began = d.began || d.listing
	if d.listing || d.Ready != nil && !d.Ready() || now.Before(d.listAt) || !d.listPace.Due(now) || d.Stopping() && !d.doubt() {
		return
	}
	d.listing = true
	urgent := d.urgent()
	d.Beside(func(ctx context.Context) func() {
		ctx, cancel := hasten(ctx, urgent)
		defer cancel()
		keys, plain, err := d.List(ctx)
		return func() { d.compare(now, keys, plain, err) }
	})
}

// urgent tells whether there may be chats that nobody asks for, and the list has not
// failed for long.
func (d *Desk[L]) urgent() bool {
	return (!d.listed || d.doubt()) && d.listPace.Failures < urgentTries
}

// hasten limits an urgent call.
func hasten(ctx context.Context, urgent bool) (context.Context, context.CancelFunc) {
	if !urgent {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, urgentTime)
}

// pauseAfter is the longest pause after an urgent call that has failed.
func (d *Desk[L]) pauseAfter(err error) time.Duration {
	if errors.Is(err, context.DeadlineExceeded) {
		return d.Interval
	}
	return urgentListPause
}

// compare holds the service's list, asked for at that time, against the desk.
func (d *Desk[L]) compare(asked time.Time, keys []string, plain bool, err error) {
	d.listing = false
	if d.Beginning() {
		d.began = true
		defer d.Tick(time.Now())
	}
	if err != nil {
		most := time.Duration(0) // nothing hangs on it
		switch {
		case d.urgent():
			most = d.pauseAfter(err)
		case len(d.lives) > 0 || d.doubt():
			most = mostListPause
		}
		d.Trouble("asking for the agent's chats", "", err, d.listPace.Failed(most))
		return
	}
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
	if d.unopened == nil {
		d.unopened = map[string]*Pacer{}
	}
	if d.unopened[key] == nil {
		d.unopened[key] = &Pacer{}
	}
	most := time.Duration(0)
	if d.unopened[key].Failures < urgentTries {
		most = d.pauseAfter(err)
	}
	pause := d.unopened[key].Failed(most)
	d.Trouble("taking over a chat", key, err, pause)
	if at := time.Now().Add(pause); at.Before(d.listAt) {
		d.listAt = at
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
	urgent := failed == nil || failed.Failures < urgentTries
	d.Whole(func(ctx context.Context) func() {
		ctx, cancel := hasten(ctx, urgent)
		defer cancel()
		life, ok, err := d.Adopt(ctx, key)
		return func() {
			delete(d.opening, key)
			if resolves && (err != nil || !ok) {
				d.doubts++
				d.listAt = time.Time{}
			}
			switch {
			case err != nil:
				d.failed(key, err)
			case !ok && d.Told: // it went while it was opened, and may have come back
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
