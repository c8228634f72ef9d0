package chatagent

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// PanicError is a handler that panicked.
type PanicError struct {
	// Value is what was panicked with, Stack where.
	Value any
	Stack []byte
}

// Error says what was panicked with.
func (e *PanicError) Error() string { return fmt.Sprintf("chat handler panicked: %v", e.Value) }

// start runs the handler of a chat. A chat that was being accepted while Serve
// stopped is left open like the others.
func (l *loop) start(c *Chat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running[c.id] != nil {
		return
	}
	if l.leaving {
		l.s.release(c, true)
		l.left = append(l.left, c)
		return
	}
	l.running[c.id] = c
	c.feed.resume()
	c.manage(true)
	l.s.log.Info("chat accepted", "chat", c.id)
	l.wg.Go(func() {
		left := l.serveChat(c)
		c.manage(false)
		l.s.release(c, left)
		l.mu.Lock()
		delete(l.running, c.id)
		if left {
			l.left = append(l.left, c)
		}
		if len(l.finished) > 10000 {
			clear(l.finished) // long gone from the server's lists
		}
		l.finished[c.id] = true
		l.mu.Unlock()
		l.nudge()
	})
}

// serveChat runs the handler, reports its failure, and sees to a chat that
// still runs after it. It tells whether the chat was left open on purpose.
func (l *loop) serveChat(c *Chat) (left bool) {
	err := l.handle(c)
	stopped, told := c.feed.stopped()
	left = l.cfg.leave && stopped && (told || err != nil) && !c.ended()
	if l.life.Err() != nil && errors.Is(err, context.Canceled) || left && errors.Is(err, ErrStopping) {
		err = nil // told to stop
	}
	if errors.Is(err, ErrChatEnded) {
		l.s.log.Info("chat handler met the end of its chat", "chat", c.id, "err", err)
		err = nil // an everyday thing
	}
	if err != nil {
		l.s.log.Error("chat handler failed", "chat", c.id, "err", err)
		if l.cfg.onError != nil {
			l.cfg.onError(c, err)
		}
	}
	if left || c.ended() {
		return left
	}
	// Serve may be over: this one call gets a time of its own.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.life), closeTimeout)
	defer cancel()
	if l.cfg.handOver != nil && (err != nil || l.life.Err() != nil) {
		terr := c.Transfer(ctx, *l.cfg.handOver, l.cfg.handOverNote)
		if terr == nil || errors.Is(terr, ErrChatEnded) {
			return false
		}
		l.s.log.Error("handing a chat over failed; ending it", "chat", c.id, "err", terr)
	}
	if err := c.End(ctx); err != nil {
		l.s.log.Error("ending a chat failed", "chat", c.id, "err", err)
	}
	return false
}

// closeTimeout limits the ending or transfer of a chat after its handler.
const closeTimeout = 45 * time.Second

// handle calls the handler and contains its panic.
func (l *loop) handle(c *Chat) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return l.h.ServeChat(l.life, c)
}
