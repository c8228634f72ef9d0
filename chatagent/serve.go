package chatagent

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Serve accepts incoming chats and runs h for each, until ctx ends. It is to
// chats what http.Serve is to requests. The agent must be Online to get any.
//
// Serve goes on through failures: polls that fail are made again after 5, 10
// and 15 s and then after 2, 4, 8 … min; an agent session that is lost is
// replaced, and its chats are taken over. It ends with ctx, or when the login
// session has ended (login.Session.Err).
//
// After ctx has ended no chat is accepted. Running chats go on for a grace
// period, polled as before; then the context of their handlers ends, and when
// these have returned the chats are ended. See [WithGrace], [WithHandOver] and
// [WithLeaveChats] for other ways. Serve returns when all handlers have, and
// polls until then.
func (s *Agent) Serve(ctx context.Context, h Handler, opts ...ServeOption) error {
	const op = "chatagent.Serve"
	if h == nil {
		return &liveperson.InputError{Op: op, Field: "handler", Rule: "must not be nil"}
	}
	cfg, err := newServeConfig(opts)
	if err != nil {
		return err
	}
	if !s.claim(true) {
		return opError(op, ErrServing)
	}
	defer s.claim(false)
	// Handlers outlive ctx by the grace period, and polls outlive handlers.
	polls, stopPolls := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPolls()
	life, stop := context.WithCancel(polls)
	defer stop()
	l := &loop{
		s: s, h: h, cfg: cfg, polls: polls, life: life, stop: stop,
		running: map[ChatID]*Chat{}, finished: map[ChatID]bool{}, wake: make(chan struct{}, 1),
	}
	for _, c := range s.resumed() {
		l.start(c) //nolint:contextcheck // handlers have the life of Serve
	}
	err = l.run(ctx)
	stop()
	l.wg.Wait()
	if err != nil {
		return opError(op, err)
	}
	return ctx.Err()
}

// claim marks the session as served, or as served no more.
func (s *Agent) claim(on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on && s.serving {
		return false
	}
	s.serving = on
	return true
}

// loop is one Serve under way. One goroutine polls; each chat has one; and one
// more lives while a chat is being accepted.
type loop struct {
	s     *Agent
	h     Handler
	cfg   serveConfig
	polls context.Context
	life  context.Context // of handlers, and of accepting
	stop  func()          // ends life
	wg    sync.WaitGroup
	wake  chan struct{} // told when a handler has returned

	incoming pacer
	chats    pacer

	mu           sync.Mutex
	running      map[ChatID]*Chat
	finished     map[ChatID]bool // chats whose handler has returned
	accepting    bool
	seeing       bool      // to the availability
	restore      bool      // the availability of a new agent session has still to be set
	checked      time.Time // when the availability was looked at
	availability pacer
	search       bool      // a chat may be ours without our knowing
	searchUntil  time.Time // it may become ours until then
	leaving      bool      // no handler is started any more
	left         []*Chat   // left open, and polled until Serve returns
}

// run polls until ctx has ended and the chats are done, or until the login
// session has ended.
func (l *loop) run(ctx context.Context) error {
	ended, stopping := ctx.Done(), false // a context that cannot end has no channel
	var deadline <-chan time.Time
	next := time.Now()
	shift := rand.N(l.s.poll) //nolint:gosec // spreading a fleet needs no secrecy
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			l.poll(ctx.Err() == nil)
			next = next.Add(l.s.poll)
			if now := time.Now(); next.Before(now.Add(l.s.poll)) {
				next = now.Add(l.s.poll) // never faster, also after a slow poll
			}
			next, shift = next.Add(shift), 0
			timer.Reset(time.Until(next))
		case <-l.wake:
		case <-ended:
			ended, stopping = nil, true
			if l.cfg.leave {
				l.leave()
			}
			grace := time.NewTimer(l.cfg.grace)
			defer grace.Stop()
			deadline = grace.C
		case <-deadline:
			l.stop()
		case <-l.s.login.Done():
			return l.s.login.Err()
		}
		if stopping && l.idle() {
			return nil
		}
	}
}

// leave has the handlers stop between two events. Their chats stay open.
func (l *loop) leave() {
	l.mu.Lock()
	l.leaving = true
	l.mu.Unlock()
	for _, c := range l.chatsHere() {
		c.feed.stop()
	}
}

// idle tells whether nothing runs.
func (l *loop) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.running) == 0 && !l.accepting
}

func (l *loop) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.running)
}

func (l *loop) isLeaving() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leaving
}

// chatsHere are the chats that are polled: those that run, and those that are
// left open.
func (l *loop) chatsHere() []*Chat {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.AppendSeq(slices.Clone(l.left), maps.Values(l.running))
}

func (l *loop) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// poll runs tick on a goroutine of its own. Calls need a deep stack, which an
// agent would keep between its polls; thousands of agents share those of
// goroutines that end.
func (l *loop) poll(accepting bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.tick(accepting)
	}()
	<-done
}

// tick makes the requests of one interval: one for the events of all chats,
// and, unless Serve is stopping, one for incoming requests.
func (l *loop) tick(accepting bool) {
	now, seated := time.Now(), false
	if accepting && l.incoming.due(now) {
		err := l.ring(l.life)
		seated = err == nil
		l.settle(&l.incoming, "asking for incoming requests failed", err)
	}
	if l.chats.due(now) {
		l.settle(&l.chats, "reading the chats failed", l.update(l.polls, seated))
	}
}

// settle notes how a poll went. A session that is lost gets a new seat.
func (l *loop) settle(p *pacer, what string, err error) {
	if err == nil || l.polls.Err() != nil {
		p.ok()
		return
	}
	pause := p.failed()
	l.s.log.Warn(what, "failures", p.failures, "pause", pause, "err", err)
	if !seatLost(err) {
		return
	}
	if err := l.s.reseat(l.polls); err != nil {
		l.s.log.Warn("starting a new agent session failed", "err", err)
		return
	}
	l.incoming.ok()
	l.chats.ok()
	l.mu.Lock()
	l.search = true // chats of the old seat
	l.restore = true
	l.availability.ok()
	l.mu.Unlock()
	l.beside()
}

// seatLost tells whether err says that the agent session is not there any
// more. A 401 has been through a new login already.
func seatLost(err error) bool {
	return errors.Is(err, liveperson.ErrUnauthorized) || gone(err)
}

// gone tells whether err says that what was asked for is not there for us.
func gone(err error) bool {
	return errors.Is(err, liveperson.ErrNotFound) || errors.Is(err, liveperson.ErrGone) || errors.Is(err, liveperson.ErrForbidden)
}
