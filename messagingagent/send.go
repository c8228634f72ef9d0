package messagingagent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Send publishes a message in the main dialog and returns its sequence number. Sends of
// one dialog are serialised and keep their order.
//
// Errors: *liveperson.InputError before anything is sent; [ErrConversationEnded] if the
// conversation is closed, and [ErrConversationLost] if it is not this agent's any more, or
// in another life; [ErrUnconfirmed] if the message may have been published and the dialog
// does not tell: [ErrAbsent], too, if it was read and did not show it; after any other
// error it was not published. While there is no socket,
// Send waits for one, and then for the service to tell that the conversation is still the
// agent's, 1 min at most: see [WithPatience]. What the service turned away for now
// (liveperson.ErrUnavailable, or liveperson.ErrRateLimited after four tries, without
// ErrUnconfirmed) may be sent again.
//
// Should the answer be lost, or be a 408 or 5xx, the dialog is read twice, 2 s apart, from where
// it was before: a message of this agent's with the same content, that no other Send has
// been told of, was this one; but the first to turn up is one that was unconfirmed before.
// The message is never sent a second time. If it is not there it was not published where
// the service itself has answered (500, 503); a gateway (408, 502, 504) knows nothing of it, so
// that it may come later.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (c *Conversation) Send(ctx context.Context, m Content) (sequence int64, err error) {
	return c.SendIn(ctx, c.Main(), m)
}

// SendIn is [Conversation.Send] for another dialog, such as that of a survey, in which
// the agent takes part.
func (c *Conversation) SendIn(ctx context.Context, dialog DialogID, m Content) (sequence int64, err error) {
	const op = "messagingagent.Send"
	if dialog == "" {
		return 0, &liveperson.InputError{Op: op, Field: "dialogId", Rule: "must not be empty"}
	}
	if err := m.check(op); err != nil {
		return 0, err
	}
	turn := c.out.turn(dialog)
	if err := c.closed(); err != nil {
		return 0, opError(op, err)
	}
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return 0, opError(op, ctx.Err())
	}
	defer func() {
		if c.out.rest(dialog) {
			c.agent.contested()
		}
		<-turn
	}()
	caller := ctx
	ctx, cancel := c.during(ctx)
	defer cancel()
	if err := c.closed(); err != nil { // a life that is gone says nothing more
		return 0, opError(op, err)
	}
	known := c.newest(dialog)
	if !m.private {
		c.sends(dialog, known, m)
		c.agent.keepNow(ctx)
	}
	sequence, err = c.publish(ctx, op, dialog, m)
	if !m.private {
		c.said(dialog, sequence, known, err)
	}
	switch {
	case refused(err):
		err = c.refusal(caller, op, err)
	case err != nil && ctx.Err() != nil && caller.Err() == nil:
		err = c.because(op, err)
	}
	if errors.Is(err, ErrUnconfirmed) {
		c.report("message", err)
	}
	return sequence, err
}

// during is ctx until this life is lost.
func (c *Conversation) during(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.gone, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// published is the answer to a message.
type published struct {
	Sequence *int64 `json:"sequence"`
}

// publish sends a message, and finds out what became of it.
func (c *Conversation) publish(ctx context.Context, op string, dialog DialogID, m Content) (int64, error) {
	metadata, encoded, err := m.envelope()
	if err != nil {
		return 0, opError(op, err)
	}
	before := c.newest(dialog)
	out, err := answerOf[published](ctx, c.agent.link.do, request{
		op: op, typ: ".ams.ms.PublishEvent", body: m.publish(dialog), metadata: metadata, encodedMetadata: encoded,
		hold: c.hold, about: string(dialog),
	})
	switch {
	case err == nil && out.Sequence != nil && *out.Sequence >= 0:
		c.out.claim(dialog, *out.Sequence)
		return *out.Sequence, nil
	case err == nil:
		err = fmt.Errorf("%w: no sequence in the answer", liveperson.ErrMalformed)
	case errors.Is(err, liveperson.ErrMalformed):
	case !doubtful(err):
		return 0, err
	}
	sequence, was := c.find(ctx, op, dialog, before, m)
	switch {
	case was == made:
		return sequence, nil
	case was == notMade && turnedAway(err):
		return 0, err
	}
	c.out.doubt(dialog, m, before)
	if was == notMade {
		err = fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	return 0, opError(op, fmt.Errorf("%w: %w", ErrUnconfirmed, err))
}

// looks is how often a message is looked for whose answer was lost, and lookPause the
// time between.
const (
	looks     = 2
	lookPause = 2 * time.Second
)

// turnedAway tells whether the service itself has answered that it could not do a
// request.
func turnedAway(err error) bool {
	var e *liveperson.Error
	return errors.As(err, &e) && (e.Status == http.StatusInternalServerError || e.Status == http.StatusServiceUnavailable)
}

// find looks for a message of ours among those after a number. What another Send has
// been told of is not it, nor the first that is like one that was not found before. It is
// notMade if the last look has not shown it, and none has shown one that may be it.
func (c *Conversation) find(ctx context.Context, op string, dialog DialogID, after int64, m Content) (int64, verdict) {
	was, from, twin := unsure, c.out.since(dialog, m, after), false
	for n := range looks {
		if n > 0 {
			c.agent.pause(ctx, lookPause)
		}
		events, err := c.agent.query(ctx, op, dialog, from, string(dialog))
		if err != nil {
			if was = unsure; ctx.Err() != nil {
				break
			}
			continue
		}
		was = notMade
		slices.SortFunc(events, func(x, y Event) int { return cmp.Compare(x.Sequence, y.Sequence) })
		for i := range events {
			e := &events[i]
			if !c.agent.wrote(e) || !m.isOf(e) {
				continue
			}
			found, former := c.out.assign(dialog, e, after)
			if found {
				return e.Sequence, made
			}
			twin = twin || former && e.Sequence > after
		}
	}
	if twin {
		was = unsure
	}
	return 0, was
}

// newest is the last number that is known of a dialog, -1 for none.
func (c *Conversation) newest(dialog DialogID) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.streams[dialog]; s != nil {
		return s.next - 1
	}
	return -1
}

// report tells whoever watches of what may have been done.
func (c *Conversation) report(what string, err error) {
	c.agent.log.Warn("a request could not be confirmed", "conversation", c.id, "what", what, "err", err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.desk; d != nil {
		d.Post(func() { d.emit(Unconfirmed{c, what, err}) })
	}
}

// Typing shows the consumer what the agent does: [ChatComposing] until another state is
// set, [ChatActive] after it. It is not sent again if its answer is lost.
func (c *Conversation) Typing(ctx context.Context, state ChatState) error {
	const op = "messagingagent.Typing"
	if state == "" {
		return &liveperson.InputError{Op: op, Field: "chatState", Rule: "must not be empty"}
	}
	return c.post(ctx, request{op: op, typ: ".ams.ms.PublishEvent", body: publishTyping(c.Main(), state), about: string(c.Main())})
}

// Read says that the consumer's messages with these numbers were read. Serve does so by
// itself ([WithoutReceipts]); who watches says it himself. Only the assigned agent may.
func (c *Conversation) Read(ctx context.Context, sequences ...int64) error {
	return c.Receipt(ctx, c.Main(), ReceiptRead, sequences...)
}

// Receipt says what became of messages of a dialog. It is sent again if its answer is
// lost: it says no more then.
func (c *Conversation) Receipt(ctx context.Context, dialog DialogID, status ReceiptStatus, sequences ...int64) error {
	const op = "messagingagent.Receipt"
	switch {
	case dialog == "":
		return &liveperson.InputError{Op: op, Field: "dialogId", Rule: "must not be empty"}
	case status == "":
		return &liveperson.InputError{Op: op, Field: "status", Rule: "must not be empty"}
	case len(sequences) == 0:
		return &liveperson.InputError{Op: op, Field: "sequenceList", Rule: "must not be empty"}
	case slices.Min(sequences) < 0:
		return &liveperson.InputError{Op: op, Field: "sequenceList", Rule: "must not be negative"}
	}
	return c.post(ctx, requestReceipt(op, dialog, status, sequences))
}

func requestReceipt(op string, dialog DialogID, status ReceiptStatus, sequences []int64) request {
	return request{op: op, typ: ".ams.ms.PublishEvent", body: publishReceipt(dialog, status, sequences...), idempotent: true, about: "receipts of " + string(dialog)}
}

// post makes a request of this life's that is nothing to be found again.
func (c *Conversation) post(ctx context.Context, r request) error {
	if err := c.closed(); err != nil {
		return opError(r.op, err)
	}
	r.hold = c.hold
	caller := ctx
	ctx, cancel := c.during(ctx)
	defer cancel()
	_, err := c.agent.link.do(ctx, r)
	switch {
	case refused(err):
		return c.refusal(caller, r.op, err)
	case err != nil && ctx.Err() != nil && caller.Err() == nil:
		err = c.because(r.op, err)
	}
	return unconfirmed(r.op, err)
}

// queryBody asks for events of a dialog.
type queryBody struct {
	DialogID          DialogID `json:"dialogId"`
	NewerThanSequence int64    `json:"newerThanSequence"`
	OlderThanSequence int64    `json:"olderThanSequence,omitempty"`
	MaxQuantity       int      `json:"maxQuantity"`
}

// pageSize is how many events are asked for at a time, and maxPages how many pages are
// read of a dialog.
const (
	pageSize = 100
	maxPages = 2000
)

// query reads all events of a dialog after a number, in whatever pages they come: the
// oldest first or the newest, with that number or without. about is that of its requests.
func (a *Agent) query(ctx context.Context, op string, dialog DialogID, after int64, about string) (events []Event, err error) {
	known := map[int64]bool{}
	newest, before := after, int64(0)
	for range maxPages {
		page, err := a.page(ctx, op, queryBody{dialog, newest, before, pageSize}, about)
		if err != nil {
			return nil, err
		}
		lowest, fresh := int64(-1), 0
		for _, e := range page {
			if !e.Sequenced || e.Sequence <= after || known[e.Sequence] {
				continue
			}
			known[e.Sequence] = true
			events = append(events, e)
			if fresh++; lowest < 0 || e.Sequence < lowest {
				lowest = e.Sequence
			}
		}
		switch {
		case fresh == 0 && before == 0:
			return events, nil
		case fresh > 0 && lowest > newest+1 && len(page) >= pageSize: // the newest first
			before = lowest
		default:
			before = 0
			for number := range known {
				newest = max(newest, number)
			}
		}
	}
	return events, nil
}

func (a *Agent) page(ctx context.Context, op string, body queryBody, about string) ([]Event, error) {
	answer, err := a.link.do(ctx, request{op: op, typ: ".ams.ms.QueryMessages", body: body, idempotent: true, about: about})
	if err != nil {
		return nil, err
	}
	events, odd, err := decodeEvents(answer.body)
	if err != nil {
		return nil, &liveperson.Error{Op: op, Status: answer.code, Err: fmt.Errorf("%w: %w", liveperson.ErrMalformed, err)}
	}
	if odd > 0 {
		a.log.Warn("events could not be read", "left out", odd)
	}
	for i := range events {
		if events[i].DialogID == "" {
			events[i].DialogID = body.DialogID
		}
	}
	return events, nil
}
