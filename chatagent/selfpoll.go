package chatagent

import (
	"context"
	"errors"
	"time"
)

// next returns the chat's next event: from the poll of Serve, or, without one,
// from polls of its own.
func (c *Chat) next(ctx context.Context) (Event, bool, error) {
	for !c.served() {
		if e, ok := c.feed.poll(); ok {
			return e, true, nil
		}
		if c.ended() {
			break
		}
		if !c.session.pause(ctx, c.sincePoll()) {
			return Event{}, false, ctx.Err()
		}
		events, err := c.EventsFrom(ctx, c.feed.cursor()+1)
		if err != nil {
			if gone(err) {
				err = errors.Join(ErrChatLost, err)
			}
			return Event{}, false, err
		}
		c.feed.add(events)
	}
	return c.feed.take(ctx)
}

// sincePoll notes a poll of this chat and returns when it may begin.
func (c *Chat) sincePoll() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Now()
	if earliest := c.polled.Add(c.session.poll); earliest.After(at) {
		at = earliest
	}
	c.polled = at
	return at
}

// pause waits until at and tells whether ctx lasted that long.
func (s *Agent) pause(ctx context.Context, at time.Time) bool {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *Chat) served() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.managed
}
