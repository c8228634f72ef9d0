package messaging

import (
	"fmt"
	"slices"
	"time"
)

// The times of the real service, as far as they are known.
const (
	DefaultRing    = 72 * time.Second // how long a ring waits
	DefaultSilence = 60 * time.Second // how long a socket lives without anything from the client
	DefaultFileURL = time.Minute      // how long a signed URL of a file lives
)

// What nobody has told, and the service decides so.
const (
	DefaultTransferWait = 60 * time.Second // how long a suggested agent has to accept
	DefaultRingPause    = 10 * time.Second // how long an agent is not asked again who let a ring pass or gave a conversation away
	DefaultPage         = 200              // how many events one answer to QueryMessages holds
	DefaultMaxFile      = 3 << 20          // bytes of a file
	DefaultFrames       = 1 << 16          // how many frames Service.Frames keeps; the oldest go first
)

type config struct {
	ring, silence, fileURL  time.Duration
	transferWait, ringPause time.Duration
	page, maxFile, frames   int
	fanOut, missedAway      int
	snapshot                int
	forget, clock           time.Duration
	variants                []Variant
}

func newConfig() config {
	return config{
		ring: DefaultRing, silence: DefaultSilence, fileURL: DefaultFileURL,
		transferWait: DefaultTransferWait, ringPause: DefaultRingPause,
		page: DefaultPage, maxFile: DefaultMaxFile, frames: DefaultFrames, fanOut: 1, snapshot: 1000,
	}
}

// Option changes how a Service behaves. One that makes no sense panics.
type Option func(*config)

// WithRing sets how long a ring waits, 72 s unless set.
func WithRing(d time.Duration) Option { return duration(d, func(c *config) { c.ring = d }) }

// WithSilence sets how long a socket lives without a frame or a ping from the
// client, 60 s unless set. It is dropped then without a close frame.
func WithSilence(d time.Duration) Option { return duration(d, func(c *config) { c.silence = d }) }

// WithFileURL sets how long a signed URL of a file lives, 1 minute unless set.
func WithFileURL(d time.Duration) Option { return duration(d, func(c *config) { c.fileURL = d }) }

// WithTransferWait sets how long a suggested agent has to accept before the
// conversation goes to the queue of its skill, 60 s unless set.
func WithTransferWait(d time.Duration) Option {
	return duration(d, func(c *config) { c.transferWait = d })
}

// WithRingPause sets how long an agent is not asked again for a conversation
// whose ring he let pass, or that he gave away, 10 s unless set.
func WithRingPause(d time.Duration) Option { return duration(d, func(c *config) { c.ringPause = d }) }

// WithFanOut sets at how many agents one conversation rings at once, 1 unless set.
func WithFanOut(rings int) Option { return count(rings, func(c *config) { c.fanOut = rings }) }

// WithMissedRings turns an agent AWAY who let so many rings in a row expire.
// Nobody is turned unless set.
func WithMissedRings(rings int) Option { return count(rings, func(c *config) { c.missedAway = rings }) }

// WithPage sets how many events one answer to QueryMessages holds at most, 200
// unless set.
func WithPage(events int) Option { return count(events, func(c *config) { c.page = events }) }

// WithFrames sets how many frames Service.Frames keeps, DefaultFrames unless
// set. With 0 it keeps none; Service.Count counts on.
func WithFrames(frames int) Option {
	if frames < 0 {
		panic(fmt.Sprintf("messaging: %d frames", frames))
	}
	return func(c *config) { c.frames = frames }
}

// WithForgetting has the service forget conversations once they have been over
// for the given time, so that it can run for days. Everything is kept unless set.
func WithForgetting(after time.Duration) Option {
	return duration(after, func(c *config) { c.forget = after })
}

// WithClock sets how far the service's clock is ahead of this machine's, as all the
// times that it tells; negative for behind. They are the same unless set.
func WithClock(ahead time.Duration) Option { return func(c *config) { c.clock = ahead } }

// WithVariants turns variants on, see Variant.
func WithVariants(on ...Variant) Option {
	for _, v := range on {
		if !slices.Contains(variants[:], v) {
			panic(fmt.Sprintf("messaging: unknown variant %q: it is one of %q", v, Variants()))
		}
	}
	return func(c *config) { c.variants = append(c.variants, on...) }
}

func duration(d time.Duration, set func(*config)) Option {
	if d <= 0 {
		panic(fmt.Sprintf("messaging: %v is not positive", d))
	}
	return set
}

func count(n int, set func(*config)) Option {
	if n <= 0 {
		panic(fmt.Sprintf("messaging: %d is not positive", n))
	}
	return set
}
