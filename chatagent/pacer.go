package chatagent

import (
	"math/rand/v2"
	"time"
)

// pacer spaces out the polls of one kind after failures, so that one kind that
// fails does not hold up another. Its zero value is ready.
type pacer struct {
	failures int
	next     time.Time
}

// Pauses after failures: LivePerson's three retries, then its slower loop.
var pauses = [...]time.Duration{
	5 * time.Second, 10 * time.Second, 15 * time.Second,
	2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute,
}

// due tells whether the next poll may be made.
func (p *pacer) due(now time.Time) bool { return !now.Before(p.next) }

// ok notes a success.
func (p *pacer) ok() { p.failures, p.next = 0, time.Time{} }

// failed notes a failure and returns the pause before the next poll.
func (p *pacer) failed() time.Duration {
	pause := pauses[min(p.failures, len(pauses)-1)]
	pause += rand.N(pause / 5) //nolint:gosec // spreading needs no secrecy
	p.failures++
	p.next = time.Now().Add(pause)
	return pause
}
