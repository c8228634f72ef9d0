package desk

import (
	"math/rand/v2"
	"time"
)

// Pacer spaces out what fails, one kind of call each, so that one that fails
// does not hold up another. Its zero value is ready.
type Pacer struct {
	Failures int
	next     time.Time
}

// pauses after failures: LivePerson's three retries, then its slower loop.
var pauses = [...]time.Duration{
	5 * time.Second, 10 * time.Second, 15 * time.Second,
	2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute,
}

// Due tells whether the next call may be made.
func (p *Pacer) Due(now time.Time) bool { return !now.Before(p.next) }

// OK notes a success: the next call is due.
func (p *Pacer) OK() { *p = Pacer{} }

// Now makes the next call due, and remembers the failures.
func (p *Pacer) Now() { p.next = time.Time{} }

// Failed notes a failure and returns the pause before the next call: 5, 10 and
// 15 s, then 2, 4, 8 and 16 min, none longer than most unless that is 0, and up
// to a fifth more.
func (p *Pacer) Failed(most time.Duration) time.Duration {
	pause := pauses[min(p.Failures, len(pauses)-1)]
	pause += rand.N(pause / 5) //nolint:gosec // spreading needs no secrecy
	if most > 0 {
		pause = min(pause, most)
	}
	p.Failures++
	p.next = time.Now().Add(pause)
	return pause
}
