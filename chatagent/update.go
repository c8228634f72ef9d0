package chatagent

import (
	"context"
	"errors"
)

// update reads the new events of all chats in one request. seated says
// that the agent session has just been seen to be there.
func (l *loop) update(ctx context.Context, seated bool) error {
	var running []*Chat
	for _, c := range l.chatsHere() {
		if !c.ended() {
			running = append(running, c)
		}
	}
	if len(running) == 0 {
		return nil
	}
	at := l.s.at()
	bodies, err := pollMany(ctx, at, running)
	switch {
	case err == nil:
	case ctx.Err() != nil || !refused(err):
		return err
	default:
		// One of the chats may be the cause: then each is asked by itself. Or it
		// is the agent session: that is no fault of the chats.
		if !seated {
			if _, err := l.s.pollIncoming(ctx); err != nil {
				return err
			}
		}
		bodies = nil
	}
	byKey := make(map[string]*chatData, len(bodies))
	for i := range bodies {
		b := &bodies[i]
		byKey[b.Info.Key] = b
		byKey[lastOf(href(b.Links, "self"))] = b
	}
	good, asked := 0, false
	var last error
	for _, c := range running {
		b := byKey[c.key()]
		if b == nil {
			b = byKey[string(c.id)]
		}
		err := c.deliver(ctx, b)
		if gone(err) && !asked { // the chat, or the agent session?
			if _, err := l.s.pollIncoming(ctx); err != nil {
				return err
			}
			asked = true
		}
		switch {
		case gone(err):
			c.feed.finish(errors.Join(ErrChatLost, err))
		case err != nil:
			last = err
			continue
		}
		good++
	}
	if good == 0 && last != nil {
		return last
	}
	return nil
}

// refused tells whether the server understood a request and would not answer
// it, so that asking in another way makes sense.
func refused(err error) bool {
	status := statusOf(err)
	return status >= 200 && status < 300 || status >= 400 && status < 500 && status != 401 && status != 429
}

// deliver hands a chat its new events. Without a body of its own, or with a
// gap before it, the chat is asked by itself; once it has ended, to the last of
// its events.
func (c *Chat) deliver(ctx context.Context, b *chatData) error {
	if b != nil {
		c.learn(b.Info)
		c.logOdd(b.Odd)
		if !c.feed.gap(b.Events) && (b.Info.State != Ended || closes(b.Events)) {
			c.feed.add(b.Events)
			return nil
		}
	}
	over := b != nil && b.Info.State == Ended
	for range maxPages {
		known := c.feed.cursor()
		events, err := c.pollEvents(ctx)
		if err != nil {
			return err
		}
		c.feed.add(events)
		switch {
		case !over || closes(events):
			return nil
		case c.feed.cursor() == known:
			c.feed.finish(nil) // ended without an event that says so
			return nil
		}
		// There may be another page before the end.
	}
	c.feed.finish(nil)
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
