package chatagent

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/desk"
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
	if id < 0 {
		return nil, &liveperson.InputError{Op: "chatagent.EventsFrom", Field: "from", Rule: "must not be negative"}
	}
	return c.eventsFrom(ctx, id, rest.Request{})
}

func (c *Chat) eventsFrom(ctx context.Context, id int64, how rest.Request) ([]Event, error) {
	at, url := c.at()
	out, _, err := rest.Do[eventsDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.EventsFrom", Method: http.MethodGet, Single: how.Single, Timeout: how.Timeout,
		URL: url.Join("/events"), Query: fromQuery{v1, id},
	})
	events, odd := out.Events.events()
	c.logOdd(odd)
	return events, err
}

// maxPages bounds how many pages of events one call reads.
const maxPages = 1000

// eventsAfter yields the events after that one: the service may answer them in
// pages. It ends with liveperson.ErrTooLarge where there is no end of them.
func (c *Chat) eventsAfter(ctx context.Context, known int64, how rest.Request) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for range maxPages {
			events, err := c.eventsFrom(ctx, known+1, how)
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

// Events yields all events of the chat, each once and in order, from its
// beginning until it ends. An error ends it too: ctx's own, [ErrChatLost], or
// [ErrStopping].
// Events that are taken here are not seen by another loop over Events or Lines.
// A chat that was transferred to this agent begins with its history.
//
// Under [Agent.Serve] the events come from its poll; else a loop over them
// polls by itself. Under [Agent.Watch] they go to the one who watches, and this is
// [ErrWatching].
func (c *Chat) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			e, ok, err := c.next(ctx, time.Time{})
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

// LinesOption says where Lines and Turns begin, and what they wait for. One
// that is nil is skipped.
type LinesOption func(*lines) error

// lines is a loop over the visitor's lines.
type lines struct {
	idle, gather time.Duration
	begin        func(c *Chat) int64 // the first event that counts
}

// FromUnanswered begins after the last line that an agent, of this name or another,
// had said to the visitor when the chat came here. This is the default: a bot that
// gets a chat by transfer, or finds it after a restart, does not answer its history.
// A greeting counts, too; a [Whisper] does not.
func FromUnanswered() LinesOption {
	return func(l *lines) error {
		l.begin = func(c *Chat) int64 { return c.answered + 1 }
		return nil
	}
}

// AfterOwn begins after the last line that this agent itself had said to the
// visitor when the chat came here; with the whole history if there is none. A
// person's "goodbye, my colleague takes over" hides nothing then.
func AfterOwn() LinesOption {
	return func(l *lines) error {
		l.begin = func(c *Chat) int64 { return c.own + 1 }
		return nil
	}
}

// FromStart begins with the whole history. Of a chat that was left open by a former
// process ([Resumed]) only what was not handled comes; one that is found after a crash
// ([Adopted]) begins anew, so that a bot which answers its history repeats itself.
func FromStart() LinesOption {
	return func(l *lines) error {
		l.begin = func(*Chat) int64 { return 0 }
		return nil
	}
}

// Idle yields [ErrIdle] each time the visitor has said nothing for d since the
// loop began to wait; typing does not count. While the chat cannot be asked for he
// cannot be heard: d begins anew after an outage. The loop goes on after it, and d begins
// anew: to warn after 2 min and end the chat after 5, count to five with a minute.
// Default: it waits for ever.
func Idle(d time.Duration) LinesOption {
	return func(l *lines) error {
		if d <= 0 {
			return rule("idle", "must be positive")
		}
		l.idle = d
		return nil
	}
}

// Gather has Turns wait until the visitor has said nothing for d: people write
// their thoughts in several lines. Lines come with the polls, every 2 s: less than
// 3 s may take apart what was written together. Default: those that have come by
// then. Lines has no use for it.
func Gather(d time.Duration) LinesOption {
	return func(l *lines) error {
		if d < 0 {
			return rule("gather", "must not be negative")
		}
		l.gather = d
		return nil
	}
}

func newLines(op string, opts []LinesOption) (lines, error) {
	var l lines
	_ = FromUnanswered()(&l)
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(&l); err != nil {
			var in *liveperson.InputError
			if errors.As(err, &in) {
				err = &liveperson.InputError{Op: op, Field: in.Field, Rule: in.Rule}
			}
			return l, err
		}
	}
	return l, nil
}

// wants tells whether an event is a line that the loop yields.
func (l *lines) wants(c *Chat, e *Event) bool { return e.IsLine(FromVisitor) && e.ID >= l.begin(c) }

// Lines yields the visitor's lines until the chat ends; see Events, and the
// options for where it begins. An error ends it, but for [ErrIdle].
func (c *Chat) Lines(ctx context.Context, opts ...LinesOption) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		l, err := newLines("chatagent.Lines", opts)
		if err != nil {
			yield(Line{}, err)
			return
		}
		desk.Each(l.of(ctx, c), l.idle)(yield)
	}
}

// Turns yields the visitor's lines as Lines does, those together that have come
// together; see Gather.
func (c *Chat) Turns(ctx context.Context, opts ...LinesOption) iter.Seq2[[]Line, error] {
	return func(yield func([]Line, error) bool) {
		l, err := newLines("chatagent.Turns", opts)
		if err != nil {
			yield(nil, err)
			return
		}
		desk.Turns(l.of(ctx, c), l.idle, l.gather)(yield)
	}
}

// of returns the next line of a chat that the loop yields.
func (l *lines) of(ctx context.Context, c *Chat) func(idle time.Duration) (Line, bool, error) {
	return func(idle time.Duration) (Line, bool, error) { return c.nextLine(ctx, l, idle) }
}

// nextLine returns the next line that the loop yields. It fails with ErrIdle if
// none comes for that long; 0: it waits for ever.
func (c *Chat) nextLine(ctx context.Context, l *lines, idle time.Duration) (Line, bool, error) {
	var until time.Time
	if idle > 0 {
		until = time.Now().Add(idle)
	}
	for {
		e, ok, err := c.next(ctx, until)
		if err != nil || !ok {
			return Line{}, false, err
		}
		if l.wants(c, &e) {
			return e.Line, true, nil
		}
	}
}

// next waits for the chat's next event, from the poll of Serve or, without one,
// from polls of its own. It returns false when the chat has ended, and fails with
// ErrIdle at until, unless that is zero.
func (c *Chat) next(ctx context.Context, until time.Time) (Event, bool, error) {
	length, silence := time.Until(until), (*time.Timer)(nil)
	var idle <-chan time.Time
	if !until.IsZero() {
		silence = time.NewTimer(length)
		defer silence.Stop()
		idle = silence.C
	}
	for {
		c.mu.Lock()
		switch {
		case c.desk != nil && c.desk.handler == nil:
			c.mu.Unlock()
			return Event{}, false, ErrWatching
		case c.halted && c.end != over: // what is over cannot be left to another one
			c.told = true
			c.mu.Unlock()
			return Event{}, false, ErrStopping
		}
		if c.end <= over {
			if e, ok := c.feed.take(); ok {
				c.taken = true
				if c.answering < 0 && e.IsLine(FromVisitor) && e.ID > c.answered {
					c.answering = e.ID
				}
				c.mu.Unlock()
				return e, true, nil
			}
		}
		end, changed, managed := c.end, c.changed, c.desk != nil
		c.mu.Unlock()
		switch end {
		case over, transferred:
			return Event{}, false, nil
		case lost, replaced:
			return Event{}, false, c.closed()
		}
		var poll <-chan time.Time
		stop := func() bool { return true }
		if !managed {
			timer := time.NewTimer(time.Until(c.nextPoll()))
			poll, stop = timer.C, timer.Stop
		}
		var err error
		select {
		case <-changed:
		case <-idle:
			if more := c.deaf(length); more > 0 {
				silence.Reset(more)
			} else {
				err = ErrIdle
			}
		case <-ctx.Done():
			err = ctx.Err()
		case <-poll:
			err = c.pollSelf(ctx)
		}
		stop()
		if err != nil {
			return Event{}, false, err
		}
	}
}

// deaf is how long to go on waiting until the visitor has been heard for that long: what
// he says during an outage comes after it.
func (c *Chat) deaf(length time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isDeaf() {
		return time.Second
	}
	return time.Until(c.hearing.Add(length))
}

// pollSelf reads the new events of a chat that nobody else polls.
func (c *Chat) pollSelf(ctx context.Context) error {
	c.mu.Lock()
	c.polled = time.Now()
	managed := c.desk != nil
	c.mu.Unlock()
	if managed {
		return nil
	}
	events, err := c.EventsFrom(ctx, c.cursor()+1)
	if gone(err) {
		c.finish(lost, err)
		return c.closed()
	}
	c.add(events)
	return err
}

// nextPoll is when the next poll of this chat may begin.
func (c *Chat) nextPoll() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.polled.Add(c.agent.cfg.poll)
}

// Unread reads the events that have come and returns how many lines of the
// visitor Lines, with these options, has still to yield. Its requests and errors
// are those of [Chat.EventsFrom].
//
// A bot that answers several lines at once sees by it whether to wait for the
// next one. And a bot that hands the chat to another bot should see that it is
// 0, after its last Send: to the Lines of the next agent, what was said before
// that counts as answered.
func (c *Chat) Unread(ctx context.Context, opts ...LinesOption) (int, error) {
	l, err := newLines("chatagent.Unread", opts)
	if err != nil {
		return 0, err
	}
	if !c.isOver() {
		var events []Event
		for e, err := range c.eventsAfter(ctx, c.cursor(), rest.Request{}) { // in pages
			if err != nil {
				return 0, err
			}
			events = append(events, e)
		}
		c.add(events)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for i := range c.feed.pending {
		if l.wants(c, &c.feed.pending[i]) {
			n++
		}
	}
	return n, nil
}

// readNew reads the events after those that are known, as polls; with last to the
// end of the chat, which is over.
func (c *Chat) readNew(ctx context.Context, last bool) ([]Event, error) {
	var all []Event
	for known := c.cursor(); ; {
		events, err := c.eventsFrom(ctx, known+1, onePoll)
		if err != nil {
			return all, err
		}
		all = append(all, events...)
		newest, _ := newest(events)
		if !last || closes(events) || newest <= known || len(all) > maxPages {
			return slices.Clip(all), nil
		}
		known = newest // there may be another page before the end
	}
}
