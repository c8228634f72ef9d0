package retry

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Policy says how often and how late a call is sent again. The zero value is
// LivePerson's policy; a field that is zero has the default named with it.
type Policy struct {
	// Waits are the pauses before each further try after a 5xx or a lost
	// answer; there are as many tries as waits, plus one. Default 5, 10 and
	// 15 s. An empty, non-nil slice means: never try again.
	Waits []time.Duration
	// RateLimitWait is the least pause after a 429. Default 1 s.
	RateLimitWait time.Duration
	// MaxRetryAfter caps what a Retry-After header may ask for. Default 60 s.
	MaxRetryAfter time.Duration
	// Jitter is how much a wait may be lengthened at random, as a part of
	// it. Default 0.2; a negative value means none.
	Jitter float64
	// TryTimeout limits one try, from sending to the end of the body.
	// The overall time is the context's. Default 30 s.
	TryTimeout time.Duration
}

var defaultWaits = []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second}

// withDefaults fills in what is zero.
func (p Policy) withDefaults() Policy {
	if p.Waits == nil {
		p.Waits = defaultWaits
	}
	p.Waits = slices.Clone(p.Waits)
	if p.RateLimitWait == 0 {
		p.RateLimitWait = time.Second
	}
	if p.MaxRetryAfter == 0 {
		p.MaxRetryAfter = time.Minute
	}
	if p.Jitter == 0 {
		p.Jitter = 0.2
	}
	if p.TryTimeout == 0 {
		p.TryTimeout = 30 * time.Second
	}
	return p
}

// check finds a field that makes no sense.
func (p Policy) check() error {
	for _, d := range append([]time.Duration{p.RateLimitWait, p.MaxRetryAfter, p.TryTimeout}, p.Waits...) {
		if d < 0 {
			return input("policy", "must not hold a negative time")
		}
	}
	return nil
}

// spread lengthens d by a random part of it, up to jitter.
func spread(d time.Duration, jitter float64) time.Duration {
	if jitter <= 0 || d <= 0 {
		return d
	}
	return d + time.Duration(rand.Float64()*jitter*float64(d)) //nolint:gosec // spreading needs no secrecy
}
