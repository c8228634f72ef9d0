package chatagent

import (
	"context"
	"fmt"
	"iter"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

type eventsDoc struct {
	Events eventList `json:"events"`
}

// fromQuery asks for events from an id on.
type fromQuery struct {
	common
	From int64 `url:"from"`
}

// EventsFrom reads the events from an id on, that one included. It is a single
// request and leaves Events and Lines alone.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-chat-events.html
func (c *Chat) EventsFrom(ctx context.Context, id int64) ([]Event, error) {
	const op = "chatagent.EventsFrom"
	if id < 0 {
		return nil, &liveperson.InputError{Op: op, Field: "from", Rule: "must not be negative"}
	}
	at, url := c.at()
	out, err := rest.Get[eventsDoc](ctx, at.rest, op, url.Join("/events"), fromQuery{v1, id})
	events, odd := out.Events.events()
	c.logOdd(odd)
	return events, err
}

// maxPages bounds how many pages of events one call reads.
const maxPages = 1000

// eventsAfter yields the events after that one: the service may answer them in
// pages. It ends with liveperson.ErrTooLarge where there is no end of them.
func (c *Chat) eventsAfter(ctx context.Context, known int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for range maxPages {
			events, err := c.EventsFrom(ctx, known+1)
			if err != nil {
				yield(Event{}, err)
				return
			}
			before := known
			for _, e := range events {
				if e.ID > before && !yield(e, nil) {
					return
				}
				known = max(known, e.ID)
			}
			if known == before {
				return
			}
		}
		yield(Event{}, &liveperson.Error{Op: "chatagent.EventsFrom", Err: fmt.Errorf("%w: over %d pages of events", liveperson.ErrTooLarge, maxPages)})
	}
}

// pollEvents is EventsFrom the first event that is not known, as a poll: one
// try, and not a long one.
func (c *Chat) pollEvents(ctx context.Context) ([]Event, error) {
	at, url := c.at()
	out, _, err := rest.Do[eventsDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.EventsFrom", Method: http.MethodGet, Single: true, Timeout: pollTimeout,
		URL: url.Join("/events"), Query: fromQuery{v1, c.feed.cursor() + 1},
	})
	events, odd := out.Events.events()
	c.logOdd(odd)
	return events, err
}

// Events yields all events of the chat, each once and in order, from its
// beginning until it ends. An error ends it too: ctx's own, [ErrChatLost], or
// [ErrStopping].
// Events that are taken here are not seen by another loop over Events or Lines.
// A chat that was transferred to this agent begins with its history.
//
// Under [Agent.Serve] the events come from its poll; else a loop over them
// polls by itself.
func (c *Chat) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			e, ok, err := c.next(ctx)
			if err != nil {
				yield(Event{}, err)
				return
			}
			if !ok || !yield(e, nil) {
				return
			}
		}
	}
}

// Lines yields the visitor's lines; see Events. Lines that an agent had answered
// before the chat came to this one are left out: a bot that gets a chat by
// transfer does not answer its history.
func (c *Chat) Lines(ctx context.Context) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for e, err := range c.Events(ctx) {
			if err == nil && !c.forLines(&e) {
				continue
			}
			if !yield(e.Line, err) {
				return
			}
		}
	}
}
