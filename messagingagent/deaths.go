package messagingagent

import (
	"math/rand/v2"
	"sync"
	"time"
)

// deaths counts the sockets that ended, one after another, while something was asked for.
// It may be the reason, such as a dialog that is too large for a frame, and must not keep
// the agent from all the rest. Who else was under way at that moment is under the same
// suspicion until it is answered: it is the chance in the pauses that lets it through.
type deaths struct {
	mu sync.Mutex
	of map[question]int
}

// question is what is asked for, or said, again and again: a type of request, and the
// conversation or whoever else it is about.
type question struct{ typ, about string }

// The first death is taken for chance. After the next ones the pause is below deathPause,
// then below twice that, and so on, and below mostDeathPause.
const (
	deathPause     = 2 * time.Second
	mostDeathPause = 10 * time.Minute
)

// pause is how long a request waits on a new socket.
func (d *deaths) pause(q question) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.of[q] - 2
	if n < 0 {
		return 0
	}
	return rand.N(min(deathPause<<min(n, 16), mostDeathPause)) //nolint:gosec // spreading needs no secrecy
}

// note takes what became of a request: the socket has ended, or not.
func (d *deaths) note(q question, died bool) {
	if q.about == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !died {
		delete(d.of, q)
		return
	}
	if d.of == nil {
		d.of = map[question]int{}
	}
	d.of[q]++
}
