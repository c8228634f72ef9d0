package chatagent

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

// PanicError is a handler that panicked.
type PanicError struct {
	// Value is what was panicked with, Stack where.
	Value any
	Stack []byte
}

// Error says what was panicked with.
func (e *PanicError) Error() string { return fmt.Sprintf("chat handler panicked: %v", e.Value) }

// ErrServing is a second Serve on a session.
var ErrServing = errors.New("session is being served already")

// Serve accepts incoming chats and runs h for each, until ctx ends. It is to
// chats what http.Serve is to requests. The agent must be Online to get any.
//
// After ctx has ended no chat is accepted; running ones may go on for the
// grace period, polled as before, then their handlers' contexts end. Serve
// returns when all handlers have: ctx's error, or the error that made it stop
// before: a session that cannot be saved.
func (s *Session) Serve(ctx context.Context, h Handler, opts ...ServeOption) error {
	if h == nil {
		return &liveperson.InputError{Op: "chatagent.Serve", Field: "handler", Rule: "must not be nil"}
	}
	cfg, err := newServeConfig(opts)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if s.serving {
		s.mu.Unlock()
		return opError("chatagent.Serve", ErrServing)
	}
	s.serving = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.serving = false
		s.mu.Unlock()
	}()
	// Polls and handlers outlive ctx by the grace period.
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	l := &loop{s: s, h: h, cfg: cfg, life: life, running: map[*Chat]bool{}, idle: make(chan struct{}, 1)}
	err = l.run(ctx)
	stop()
	l.wg.Wait()
	return err
}

// loop is one Serve under way.
type loop struct {
	s    *Session
	h    Handler
	cfg  serveConfig
	life context.Context // of polls and handlers
	wg   sync.WaitGroup
	idle chan struct{} // told when a handler has returned

	mu      sync.Mutex
	running map[*Chat]bool
}

// run polls until ctx ends and the chats are done, or the session is lost.
func (l *loop) run(ctx context.Context) error {
	var deadline <-chan time.Time
	stopping := ctx.Done()
	for next := time.Now(); ; {
		//nolint:contextcheck // polls outlive ctx by the grace period
		err := retry.Recover(l.life, retry.Recovery{OnFailure: l.report}, func(life context.Context) error {
			next = time.Now().Add(l.s.poll)
			return l.poll(life, ctx.Err() == nil)
		})
		if err != nil {
			return opError("chatagent.Serve", err)
		}
		timer := time.NewTimer(time.Until(next))
		for waiting := true; waiting; {
			if stopping == nil && l.count() == 0 {
				timer.Stop()
				return ctx.Err()
			}
			select {
			case <-timer.C:
				waiting = false
			case <-l.idle:
			case <-stopping:
				stopping = nil
				grace := time.NewTimer(l.cfg.grace)
				defer grace.Stop()
				deadline = grace.C
			case <-deadline:
				timer.Stop()
				return ctx.Err()
			case <-l.s.login.Done():
				timer.Stop()
				return opError("chatagent.Serve", l.s.login.Err())
			}
		}
	}
}

func (l *loop) report(failures int, err error, pause time.Duration) {
	l.s.log.Warn("polling failed", "failures", failures, "next", pause, "err", err)
}

func (l *loop) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.running)
}

// poll makes the requests of one interval.
func (l *loop) poll(ctx context.Context, accepting bool) error {
	if accepting {
		if err := l.accept(ctx); err != nil {
			return err
		}
	}
	return l.update(ctx)
}

// accept takes ringing chats, as many as may run.
func (l *loop) accept(ctx context.Context) error {
	ringing, err := l.s.Incoming(ctx)
	if err != nil {
		return err
	}
	for range ringing {
		if l.cfg.maxChats > 0 && l.count() >= l.cfg.maxChats {
			l.s.log.Info("leaving requests ringing", "running", l.count(), "limit", l.cfg.maxChats)
			return nil
		}
		chat, err := l.s.Accept(ctx)
		if errors.Is(err, ErrNoIncoming) {
			return nil // somebody else took it, or the visitor left
		}
		if err != nil {
			return err
		}
		l.start(chat)
	}
	return nil
}

// start runs the handler of a chat.
func (l *loop) start(c *Chat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running[c] {
		return
	}
	l.running[c] = true
	c.manage(true)
	l.s.log.Info("chat accepted", "chat", c.id)
	l.wg.Go(func() {
		err := l.serveChat(c)
		c.manage(false)
		l.mu.Lock()
		delete(l.running, c)
		l.mu.Unlock()
		l.s.forget(c)
		if err != nil {
			l.s.log.Error("chat handler failed", "chat", c.id, "err", err)
			if l.cfg.onError != nil {
				l.cfg.onError(c, err)
			}
		}
		select {
		case l.idle <- struct{}{}:
		default:
		}
	})
}

// serveChat runs the handler and ends the chat if it still runs after it.
func (l *loop) serveChat(c *Chat) (err error) {
	func() {
		defer func() {
			if v := recover(); v != nil {
				err = &PanicError{Value: v, Stack: debug.Stack()}
			}
		}()
		err = l.h.ServeChat(l.life, c)
	}()
	if !c.ended() && l.life.Err() == nil {
		err = errors.Join(err, c.End(l.life))
	}
	return err
}

// update reads the new events of all running chats.
func (l *loop) update(ctx context.Context) error {
	l.mu.Lock()
	chats := make([]*Chat, 0, len(l.running))
	for c := range l.running {
		if !c.ended() {
			chats = append(chats, c)
		}
	}
	l.mu.Unlock()
	if len(chats) == 0 {
		return nil
	}
	bodies, err := fetchMany(ctx, l.s.at(), chats)
	if err != nil {
		if ctx.Err() != nil || retry.Temporary(err) {
			return err
		}
		bodies = nil // one of them may be the cause: ask for each
	}
	byKey := map[string]*chatBody{}
	for i := range bodies {
		b := &bodies[i]
		byKey[b.Info.Key] = b
		byKey[lastOf(href(b.Links, "self"))] = b
	}
	for _, c := range chats {
		b := byKey[c.key()]
		if b == nil {
			b = byKey[string(c.id)]
		}
		if err := l.deliver(ctx, c, b); err != nil {
			return err
		}
	}
	return nil
}

// deliver hands a chat its new events. Without a body of its own, or with a
// gap before it, the chat is asked by itself.
func (l *loop) deliver(ctx context.Context, c *Chat, b *chatBody) error {
	if b != nil {
		c.learn(b.Info)
		if !c.feed.gap(b.Events.Events) && (b.Info.State != Ended || closes(b.Events.Events)) {
			c.feed.add(b.Events.Events)
			return nil
		}
	}
	events, err := c.EventsFrom(ctx, c.feed.cursor()+1)
	switch {
	case err == nil:
		c.feed.add(events)
		if b != nil && b.Info.State == Ended {
			c.feed.finish(nil)
		}
	case gone(err):
		c.feed.finish(errors.Join(ErrChatLost, err))
	default:
		return err
	}
	return nil
}

// closes tells whether the events end the chat.
func closes(events []Event) bool {
	for i := range events {
		if events[i].Type == EventState && events[i].State == Ended {
			return true
		}
	}
	return false
}
