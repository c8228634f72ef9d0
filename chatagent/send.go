package chatagent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Send sends one line and returns the id of its event. Sends of one chat are
// serialised and keep their order.
//
// Errors: *liveperson.InputError before anything is sent; [ErrChatEnded] if the
// chat is over, and [ErrChatLost] if it is not this agent's any more, or in another
// life; [ErrUnconfirmed] if the line may be in the chat, or come later,
// and the chat's events did not tell, or ctx ended before they could: [ErrAbsent],
// too, if they were read and showed no line that may be it; after any
// other error the line is not in the chat.
//
// Under Serve and Watch a line that is refused since the agent session is lost waits
// for the new one.
//
// Should the answer be lost, the chat's events are read for 30 s: a line of ours
// in them that looks like this one was this one. Only if they plainly show no line
// that could be ours, and the service itself had turned the line away with a 5xx
// (not a gateway with a 502 or 504), it is sent again.
//
// After [ErrUnconfirmed] most bots go on: to send the line again is to risk that
// the visitor reads it twice.
//
// https://developers.liveperson.com/chat-agent-api-methods-send-lines-and-structured-content.html
func (c *Chat) Send(ctx context.Context, l Content) (eventID int64, err error) {
	const op = "chatagent.Send"
	body, err := l.body(op)
	if err != nil {
		return 0, err
	}
	if err := c.turn(ctx, op); err != nil {
		return 0, err
	}
	defer c.done()
	c.out.begins(l.looks())
	defer c.out.begins("")
	caller := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.abortWith(cancel) // a life that is gone says nothing more, whatever it waits for
	defer c.abortWith(nil)
	at, _ := c.at()
	eventID, err = c.send(ctx, op, l, body)
	if c.reseated(ctx, at, err) {
		eventID, err = c.send(ctx, op, l, body)
	}
	if (err == nil || errors.Is(err, ErrUnconfirmed)) && l.subType != OnlyToRep {
		c.said()
	}
	if lost := c.closed(); err != nil && ctx.Err() != nil && caller.Err() == nil && lost != nil {
		err = opError(op, fmt.Errorf("%w: %w", lost, err))
	}
	return eventID, c.report("line", err)
}

// said notes that the visitor has been answered.
func (c *Chat) said() {
	c.mu.Lock()
	c.answering = -1
	gone := c.end == lost || c.end == replaced
	c.mu.Unlock()
	if gone { // while it was being sent
		c.agent.reach(c, true)
	}
}

// posted is the body of an event that is sent.
type posted[T any] struct {
	Event T `json:"event"`
}

// send sends a line, and finds out what became of it.
func (c *Chat) send(ctx context.Context, op string, l Content, body lineBody) (int64, error) {
	at, url := c.at()
	s := c.newSearch(l, at.rest.Via.Policy())
	out, found, answer, err := rest.Confirm[locationDoc](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPost, URL: url.Join("/events"), Query: query, Body: posted[lineBody]{body},
	}, s.look)
	if err == nil && !found {
		s.id = eventOf(out, answer.Header)
	}
	if err == nil && s.id < 0 { // a success that names no event proves nothing
		if _, err = retry.Look(ctx, s.policy, answer, s.look); s.id < 0 {
			err = opError(op, errors.Join(ErrUnconfirmed, err))
		}
	}
	if err != nil {
		if errors.Is(err, ErrUnconfirmed) {
			c.doubt(s)
		}
		return 0, c.whenOver(ctx, err)
	}
	c.confirm(s.id, s.line)
	return s.id, nil
}

// turn waits until this caller may send.
func (c *Chat) turn(ctx context.Context, op string) error {
	if err := c.closed(); err != nil {
		return opError(op, err)
	}
	select {
	case c.out.turn <- struct{}{}:
	case <-ctx.Done():
		return opError(op, ctx.Err())
	}
	if err := c.closed(); err != nil {
		c.done()
		return opError(op, err)
	}
	return nil
}

// done lets the next caller send.
func (c *Chat) done() { <-c.out.turn }

// eventOf returns the id that a location gives, -1 if it gives none. The location is
// not followed, so that it may lead anywhere.
func eventOf(out locationDoc, h http.Header) int64 {
	for _, href := range out.hrefs(h) {
		if id, err := strconv.ParseInt(lastOf(href), 10, 64); err == nil && id >= 0 && id <= maxEventID {
			return id
		}
	}
	return -1
}
