package messagingagent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

const (
	maxSockets   = 3 // that a request is lost on
	maxTurnAways = 3 // 429
)

// failurePauses are those before an idempotent request is sent again after a 408 or 5xx.
var failurePauses = []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second}

// do makes a request over the socket that is open, and waits for one if none is.
//
// Errors: *liveperson.InputError; else *liveperson.Error. With a Status it is what the
// service answered. Without, errors.Is tells liveperson.ErrNotSent, nothing was written,
// and errNoAnswer, it may have taken effect; and the context's error, if that has ended.
//
// What the service has plainly not done is sent again: after a 429, three times at most,
// and after a 401 once, with a new bearer. An idempotent request is sent again after a lost
// answer and after a 408, 500, 502, 503 and 504, too.
func (l *link) do(ctx context.Context, r request) (response, error) {
	c, err := newCall(l, r)
	if err != nil {
		return response{}, err
	}
	return c.make(ctx, l.socketAfter)
}

// do is link.do over this socket alone, for what makes it ready: with the socket ends
// the request.
func (s *socket) do(ctx context.Context, r request) (response, error) {
	c, err := newCall(s.link, r)
	if err != nil {
		return response{}, err
	}
	return c.make(ctx, func(context.Context, uint64) (*socket, error) {
		if err := s.why(); err != nil {
			return nil, notSent(err)
		}
		return s, nil
	})
}

// call is a request on its way.
type call struct {
	link *link
	r    request
	doc  numberless

	tries      int
	host       string // of the last socket
	sent, got  int64  // bytes
	turnedAway int
	failed     int // 5xx
	unanswered int
	renewed    bool // after a 401
	doubt      bool // a try may have taken effect
}

func newCall(l *link, r request) (*call, error) {
	doc, err := r.doc()
	return &call{link: l, r: r, doc: doc}, err
}

// make sends the request until its outcome is final. next is a socket that is newer
// than that number.
func (c *call) make(ctx context.Context, next func(ctx context.Context, number uint64) (*socket, error)) (response, error) {
	started := time.Now()
	r, err := c.loop(ctx, next)
	status := r.code
	if e, ok := errors.AsType[*liveperson.Error](err); ok {
		status = e.Status
	}
	c.link.cfg.session.Observe(retry.Stats{
		Op: c.r.op, Host: c.host, Status: status, Tries: c.tries, Start: started, Duration: time.Since(started), Sent: c.sent, Received: c.got, Err: err,
	})
	return r, err
}

func (c *call) loop(ctx context.Context, next func(ctx context.Context, number uint64) (*socket, error)) (response, error) {
	var after uint64
	for {
		s, err := next(ctx, after)
		if err != nil {
			return response{}, c.lost(ctx, err)
		}
		q := question{c.r.typ, c.r.about}
		if c.r.hold != nil {
			if err := c.r.hold(ctx, s); err != nil {
				return response{}, c.lost(ctx, err)
			}
		}
		if pause := c.link.deaths.pause(q); c.r.idempotent && pause > 0 && !sleep(ctx, pause) {
			return response{}, c.lost(ctx, notSent(ctx.Err()))
		}
		a, err := s.exchange(ctx, c.doc, c.landing(s))
		if !errors.Is(err, liveperson.ErrNotSent) {
			c.tries++
			c.host, c.sent, c.got = s.host, c.sent+int64(len(c.doc)), c.got+int64(len(a.body))
			c.link.deaths.note(q, err != nil && s.why() != nil)
		}
		switch {
		case ctx.Err() != nil && err != nil:
			return response{}, c.lost(ctx, err)
		case errors.Is(err, liveperson.ErrNotSent):
			after = s.number // it is dead
			continue
		case err != nil:
			c.doubt = true
			if c.unanswered++; !c.r.idempotent || c.unanswered >= maxSockets {
				return response{}, c.lost(ctx, err)
			}
			if s.why() != nil {
				after = s.number
			}
			continue
		case a.code == 0:
			return response{}, c.lost(ctx, fmt.Errorf("%w: %w: no code in it", errNoAnswer, liveperson.ErrMalformed))
		}
		if a.code != http.StatusUnauthorized {
			c.link.served(q)
		}
		if a.code <= maxSuccess {
			return s.success(a), nil
		}
		refusal := failure(c.r.op, a.code, a.typ, a.body, s.bearer.Reveal())
		refusal.Tries = c.tries
		pause, again := c.again(s, a.code)
		if !again {
			return response{}, refusal
		}
		if a.code == http.StatusUnauthorized && s.why() != nil {
			after = s.number
		}
		if !sleep(ctx, pause) {
			refusal.Err = ctx.Err()
			return response{}, refusal
		}
	}
}

// maxSuccess is the highest code of a success.
const maxSuccess = 399

// success is an answer that is one.
func (s *socket) success(a answer) response {
	return response{code: a.code, typ: a.typ, body: a.body, socket: s.number}
}

// landing is what the reader calls with an answer.
func (c *call) landing(s *socket) func(answer) {
	if c.r.landed == nil {
		return nil
	}
	return func(a answer) {
		if a.code != 0 && a.code <= maxSuccess {
			c.r.landed(s.success(a))
		}
	}
}

// again tells whether and when a request that was refused is sent again.
func (c *call) again(s *socket, code int) (time.Duration, bool) {
	switch code {
	case http.StatusUnauthorized:
		if c.renewed {
			return 0, false
		}
		c.renewed = true
		return s.refused(question{c.r.typ, c.r.about})
	case http.StatusTooManyRequests:
		c.turnedAway++
		return spread(time.Duration(c.turnedAway) * time.Second), c.turnedAway <= maxTurnAways
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if !c.r.idempotent || c.failed >= len(failurePauses) {
			return 0, false
		}
		c.doubt = true
		c.failed++
		return spread(failurePauses[c.failed-1]), true
	}
	return 0, false
}

// lost is the error of a request that has no answer.
func (c *call) lost(ctx context.Context, err error) error {
	if c.doubt && !errors.Is(err, errNoAnswer) {
		if ended := ctx.Err(); ended != nil {
			err = ended
		}
		err = noAnswer(err)
	}
	return &liveperson.Error{Op: c.r.op, Tries: c.tries, Err: err}
}

// exchange makes a request once, when there is a place for it among those in flight.
func (s *socket) exchange(ctx context.Context, d numberless, landed func(answer)) (answer, error) {
	select {
	case s.places <- struct{}{}:
	case <-s.dead:
		return answer{}, notSent(s.why())
	case <-ctx.Done():
		return answer{}, notSent(ctx.Err())
	}
	defer func() { <-s.places }()
	return s.ask(ctx, d, landed)
}

// spread lengthens d by a random part of it, up to a fifth.
func spread(d time.Duration) time.Duration {
	return d + time.Duration(0.2*rand.Float64()*float64(d)) //nolint:gosec // spreading needs no secrecy
}

// sleep waits, and tells whether ctx lasted so long.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
