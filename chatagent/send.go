package chatagent

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Send sends one line (Send Lines and Structured Content page) and returns the
// id of its event. Sends of one chat are serialised and keep their order.
//
// Errors: *liveperson.InputError before anything is sent; [ErrChatEnded] if the
// chat is over; [ErrUnconfirmed] if the line may have been sent and the chat's events did
// not tell; after any other error the line was not sent. A line is never sent
// twice.
func (c *Chat) Send(ctx context.Context, l Line) (eventID int64, err error) {
	const op = "chatagent.Send"
	body, err := l.body(op)
	if err != nil {
		return 0, err
	}
	if err := c.turn(ctx, op); err != nil {
		return 0, err
	}
	defer c.done()
	since := c.feed.cursor()
	at, url := c.at()
	out, resp, err := rest.Do[locationDoc](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPost, URL: url.Join("/events"), Query: query,
		Body: struct {
			Event lineBody `json:"event"`
		}{body},
		Class: retry.Verified,
		Verify: func(ctx context.Context) (effect retry.Effect, err error) {
			eventID, effect, err = c.find(ctx, l.looks(), since)
			return effect, err
		},
	})
	if err != nil {
		err = unconfirmed(resp, err)
		if errors.Is(err, ErrUnconfirmed) {
			c.doubtful[l.looks()]++
		}
		return 0, c.whenOver(ctx, err)
	}
	if resp.Verified {
		c.confirm(eventID)
		return eventID, nil
	}
	if eventID = eventOf(out); eventID < 0 { // a success that names no event proves nothing
		var effect retry.Effect
		if eventID, effect, err = c.find(ctx, l.looks(), since); effect != retry.TookEffect {
			c.doubtful[l.looks()]++
			return 0, opError(op, errors.Join(ErrUnconfirmed, err))
		}
	}
	c.confirm(eventID)
	return eventID, nil
}

// turn waits until this caller may send.
func (c *Chat) turn(ctx context.Context, op string) error {
	if c.ended() {
		return opError(op, ErrChatEnded)
	}
	select {
	case c.sending <- struct{}{}:
	case <-ctx.Done():
		return opError(op, ctx.Err())
	}
	if c.ended() {
		c.done()
		return opError(op, ErrChatEnded)
	}
	return nil
}

// done lets the next caller send.
func (c *Chat) done() { <-c.sending }

// eventOf returns the id that a location gives, -1 if it gives none.
func eventOf(out locationDoc) int64 {
	l := out.Event.Link
	if l.Href == "" {
		l = out.Chat.Link
	}
	id, err := strconv.ParseInt(lastOf(l.Href), 10, 64)
	if err != nil || id < 0 {
		return -1
	}
	return id
}

// confirm remembers the event of a line of ours, for as long as the events have
// not been read up to it.
func (c *Chat) confirm(id int64) {
	read := c.feed.cursor()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.confirmed) > 0 && c.confirmed[0] <= read {
		c.confirmed = slices.DeleteFunc(c.confirmed, func(id int64) bool { return id <= read })
	}
	if id > read {
		c.confirmed = append(c.confirmed, id)
	}
}

// find looks for a line of ours among the events after since.
//
// Lines of ours that are confirmed do not count. Lines that look the same and
// could not be confirmed earlier may still turn up: only what is more than
// those is known to be the new one.
func (c *Chat) find(ctx context.Context, looks string, since int64) (int64, retry.Effect, error) {
	confirmed := c.confirmedAfter(since)
	found := map[int64]bool{}
	for known := since; ; { // the events may come in pages
		events, err := c.EventsFrom(ctx, known+1)
		if err != nil {
			return 0, retry.EffectUnknown, err
		}
		for i := range events {
			e := &events[i]
			if e.ID > since && e.IsLine(FromAgent) && !confirmed[e.ID] && c.ours(e) && e.looks() == looks {
				found[e.ID] = true
			}
		}
		if len(found) > c.doubtful[looks] {
			return slices.Max(slices.Collect(maps.Keys(found))), retry.TookEffect, nil
		}
		last, _ := newest(events)
		if last <= known {
			break
		}
		known = last
	}
	if len(found) == 0 {
		return 0, retry.NoEffect, nil
	}
	return 0, retry.EffectUnknown, nil
}

// confirmedAfter are the events of our own lines after that one.
func (c *Chat) confirmedAfter(since int64) map[int64]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	later := map[int64]bool{}
	for _, id := range c.confirmed {
		if id > since {
			later[id] = true
		}
	}
	return later
}

// ours tells whether a line of an agent may be from this one.
func (c *Chat) ours(e *Event) bool {
	me := c.session.login.User().ID
	return e.AgentID == "" || me == "" || e.AgentID == me
}
