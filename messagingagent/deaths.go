package messagingagent

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// question is what is asked for, or said, again and again: a type of request, and the
// conversation or whoever else it is about.
type question struct{ typ, about string }

// deaths knows what sockets have ended on, one after another. It may be the reason, such as
// a dialog that is too large for a frame, and must not keep the agent from all the rest. So
// what was under way at a death goes out alone, which lets the innocent through; and if the
// socket ends again, later each time, over one that has served the others for a while.
type deaths struct {
	mu    sync.Mutex
	of    map[question]death
	alone chan struct{} // held by the one suspect that is under way

	suspect question // that one, or the last
	over    uint64   // the socket it went out over: it alone is to blame for its death
}

type death struct {
	n   int // in a row
	due time.Time
}

const (
	servingLife    = longLife + 5*time.Second // of a socket, which is a good one then
	deathPause     = 30 * time.Second
	mostDeathPause = 10 * time.Minute
)

// errSuspect is a question that sockets have ended on, and that was not asked again.
var errSuspect = fmt.Errorf("sockets have ended on it: it waits longer: %w", liveperson.ErrUnavailable)

func newDeaths() *deaths { return &deaths{of: map[question]death{}, alone: make(chan struct{}, 1)} }

func (d *deaths) get(q question) death {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of[q]
}

// wait waits until a request may go out over that socket, for patience at most. Of a socket
// that is dead it says nothing.
func (d *deaths) wait(ctx context.Context, s *socket, q question, patience time.Duration) error {
	known := d.get(q)
	if known.n < 2 {
		return nil
	}
	at := s.opened.Add(servingLife)
	if known.due.After(at) {
		at = known.due
	}
	pause := time.Until(at)
	timer := time.NewTimer(min(pause, patience))
	defer timer.Stop()
	select {
	case <-timer.C:
		if pause > patience {
			return notSent(errSuspect)
		}
		return nil
	case <-s.dead:
		return nil
	case <-ctx.Done():
		return notSent(ctx.Err())
	}
}

// enter has a suspect wait for the one before, and returns what it does afterwards.
func (d *deaths) enter(ctx context.Context, s *socket, q question) (leave func()) {
	if d.get(q).n == 0 {
		return func() {}
	}
	select {
	case d.alone <- struct{}{}:
		d.mu.Lock()
		d.suspect, d.over = q, s.number
		d.mu.Unlock()
		return func() { <-d.alone }
	case <-s.dead:
	case <-ctx.Done():
	}
	return func() {}
}

// note takes what became of a request: the socket has ended, or not.
func (d *deaths) note(s *socket, q question, unanswered error) {
	if q.about == "" {
		return
	}
	died := unanswered != nil && s.why() != nil
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case !died:
		if d.suspect == q {
			d.over = 0 // it was not to blame
		}
		delete(d.of, q)
		return
	case d.over == s.number && d.suspect != q:
		return
	}
	known := d.of[q]
	known.n++
	if known.n > 1 {
		pause := min(deathPause<<min(known.n-2, 16), mostDeathPause)
		known.due = time.Now().Add(pause/2 + rand.N(pause/2)) //nolint:gosec // spreading needs no secrecy
	}
	d.of[q] = known
}
