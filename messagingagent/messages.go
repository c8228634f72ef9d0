package messagingagent

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/desk"
)

// MessagesOption sets up [Conversation.Messages] and [Conversation.Turns].
type MessagesOption func(*loop) error

// loop is a loop over the messages of the consumer.
type loop struct {
	from         func(p *progress) int64
	dialog       DialogID // "" for the main one
	idle, gather time.Duration
}

// FromUnanswered begins after the last message that an agent, this one or another,
// had sent to the consumer when the conversation came here. This is the default: a
// bot that gets a conversation by transfer, or finds it after a restart, does not
// answer its history. A greeting counts, too; what is [Private] does not.
func FromUnanswered() MessagesOption {
	return func(l *loop) error {
		l.from = func(p *progress) int64 {
			if p.resumed >= 0 {
				return p.resumed
			}
			return p.answered + 1
		}
		return nil
	}
}

// AfterOwn begins after the last message that this agent itself had sent to the
// consumer when the conversation came here; with the whole history if there is
// none.
func AfterOwn() MessagesOption {
	return func(l *loop) error {
		l.from = func(p *progress) int64 {
			if p.resumed >= 0 {
				return p.resumed
			}
			return p.own + 1
		}
		return nil
	}
}

// FromStart begins with the whole history. Of a conversation that a former process
// has left with a [Snapshot] only what was not handled comes.
func FromStart() MessagesOption {
	return func(l *loop) error {
		l.from = func(p *progress) int64 { return max(p.resumed, 0) }
		return nil
	}
}

// InDialog loops over another dialog than the main one, such as that of a survey.
// See [WithSurveyDialogs].
func InDialog(id DialogID) MessagesOption {
	return func(l *loop) error {
		if id == "" {
			return rule("dialog id", "must not be empty")
		}
		l.dialog = id
		return nil
	}
}

// Idle yields [ErrIdle] each time the consumer has said nothing for d since the loop
// began to wait; typing does not count. While there is no socket he cannot be heard: d
// begins anew with the next one. The loop goes on after it, and d begins anew: to warn
// after 2 min and close after 5, count to five with a minute. Default: it waits for ever.
func Idle(d time.Duration) MessagesOption {
	return func(l *loop) error {
		if d <= 0 {
			return rule("idle", "must be positive")
		}
		l.idle = d
		return nil
	}
}

// Gather has Turns wait until the consumer has said nothing for d: people write
// their thoughts in several messages. Default: those that have come by then.
// Messages has no use for it.
func Gather(d time.Duration) MessagesOption {
	return func(l *loop) error {
		if d < 0 {
			return rule("gather", "must not be negative")
		}
		l.gather = d
		return nil
	}
}

func newLoop(op string, opts []MessagesOption) (*loop, error) {
	l := &loop{}
	_ = FromUnanswered()(l)
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(l); err != nil {
			return nil, named(op, err)
		}
	}
	return l, nil
}

// in is the loop's dialog.
func (l *loop) in(c *Conversation) DialogID { return cmp.Or(l.dialog, c.Main()) }

// wants tells whether the loop yields an event. c.mu is held.
func (l *loop) wants(c *Conversation, e *Event) bool {
	dialog := l.in(c)
	return e.isFromConsumer() && e.DialogID == dialog && e.Sequence >= l.from(c.progressOf(dialog))
}

// Messages yields what the consumer says in the main dialog, in order and each once,
// until that dialog or the conversation is closed, or it is handed over by
// [Conversation.Transfer] and the like. See the options for where it begins. An error ends
// it, but for [ErrIdle]: the conversation went elsewhere ([ErrConversationLost]), it was
// closed and what was said last could not be read ([ErrConversationEnded]), ctx has ended,
// the agent was closed ([ErrClosed]) or his login session has ended, and [ErrStopping] while
// Serve stops.
//
// A dialog has one loop at a time: two share what comes. Each begins where the one before
// was left.
//
// What it yields are texts, rich content, files and whatever else a consumer may
// send: see the fields of [Event]. Receipts and typing are not among them; see
// [Conversation.Events].
func (c *Conversation) Messages(ctx context.Context, opts ...MessagesOption) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		l, err := newLoop("messagingagent.Messages", opts)
		if err != nil {
			yield(Event{}, err)
			return
		}
		desk.Each(l.of(ctx, c), l.idle)(yield)
	}
}

// Turns yields what the consumer says as Messages does, those messages together that
// have come together; see Gather.
func (c *Conversation) Turns(ctx context.Context, opts ...MessagesOption) iter.Seq2[[]Event, error] {
	return func(yield func([]Event, error) bool) {
		l, err := newLoop("messagingagent.Turns", opts)
		if err != nil {
			yield(nil, err)
			return
		}
		desk.Turns(l.of(ctx, c), l.idle, l.gather)(yield)
	}
}

// Events yields all that has a number, of all dialogs, in order within each: the
// messages of all sides and the receipts, beginning with the history. It ends as
// Messages does. Typing is an update of [Agent.Watch] and [WithOnUpdate].
//
// What is taken here, Messages does not yield. See
// [Conversation.History] for what was said before.
func (c *Conversation) Events(ctx context.Context) iter.Seq2[Event, error] {
	return desk.Each(func(time.Duration) (Event, bool, error) { return c.next(ctx, time.Time{}, nil) }, 0)
}

// History reads all that was said in the main dialog until now, by all sides, the receipts
// too, in order. Loops do not miss what it returns: a bot sees by it whether it has greeted
// already. It makes a request, and fails with [ErrConversationLost] if the conversation
// went elsewhere.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (c *Conversation) History(ctx context.Context) ([]Event, error) {
	const op = "messagingagent.History"
	caller := ctx
	ctx, cancel := c.during(ctx)
	defer cancel()
	events, err := c.agent.query(ctx, op, c.Main(), -1, string(c.Main()))
	if err != nil && ctx.Err() != nil && caller.Err() == nil {
		err = c.because(op, err)
	}
	if err != nil {
		return nil, opError(op, err)
	}
	slices.SortFunc(events, func(x, y Event) int { return cmp.Compare(x.Sequence, y.Sequence) })
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range events {
		c.complete(&events[i])
	}
	return events, nil
}

// of returns the next message that the loop yields.
func (l *loop) of(ctx context.Context, c *Conversation) func(idle time.Duration) (Event, bool, error) {
	return func(idle time.Duration) (Event, bool, error) {
		var until time.Time
		if idle > 0 {
			until = time.Now().Add(idle)
		}
		return c.next(ctx, until, l)
	}
}

// next waits for the next event that a loop yields; nil yields all. It returns false when
// the conversation is closed, or the loop's dialog, and fails with ErrIdle at until, unless
// that is zero.
func (c *Conversation) next(ctx context.Context, until time.Time, l *loop) (Event, bool, error) {
	length, timer := time.Until(until), (*time.Timer)(nil)
	var idle <-chan time.Time
	if !until.IsZero() {
		timer = time.NewTimer(length)
		defer timer.Stop()
		idle = timer.C
	}
	for {
		e, changed, ok, err := c.poll(l)
		if changed == nil {
			return e, ok, err
		}
		select {
		case <-changed:
		case <-idle:
			if more := c.deaf(length); more > 0 {
				timer.Reset(more)
				continue
			}
			return Event{}, false, ErrIdle
		case <-ctx.Done():
			return Event{}, false, ctx.Err()
		case <-c.agent.ctx.Done():
			return Event{}, false, c.agent.gone()
		}
	}
}

// deaf is how long to go on waiting until the consumer has been heard for that long: what
// he says while there is no socket comes after it.
func (c *Conversation) deaf(length time.Duration) time.Duration {
	s, _, _ := c.agent.link.present()
	c.mu.Lock()
	defer c.mu.Unlock()
	if s == nil || c.busy() {
		return time.Second
	}
	return time.Until(s.opened.Add(length))
}

// poll returns the next event, or a channel to wait for, or that there is none.
func (c *Conversation) poll(l *loop) (e Event, wait <-chan struct{}, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read()
	switch {
	case c.desk != nil && c.desk.handler == nil:
		return e, nil, false, ErrWatching
	case c.halted && c.end != over: // what is over cannot be left to another one
		c.told = true
		return e, nil, false, ErrStopping
	}
	if c.end <= over {
		c.arrived()
		if e, ok = c.pick(l); ok {
			return e, nil, true, nil
		}
	}
	switch {
	case c.end == over && c.busy() && c.cause == nil:
		return e, c.changed, false, nil // its last messages are on their way
	case c.end == over && c.cause != nil:
		return e, nil, false, errors.Join(ErrConversationEnded, c.cause)
	case c.end == over, c.end == transferred, c.end == alive && l != nil && c.isClosed(l.in(c)):
		return e, nil, false, nil
	case c.end != alive:
		return e, nil, false, c.lostErr()
	}
	return e, c.changed, false, nil
}

// pick takes the next event that a loop yields, and those of its dialog that it passes
// over. c.mu is held.
func (c *Conversation) pick(l *loop) (Event, bool) {
	for i := 0; i < len(c.pending); {
		e := c.pending[i]
		if l != nil && e.DialogID != l.in(c) {
			i++
			continue
		}
		c.take(i, i+1)
		if l == nil || l.wants(c, &e) {
			return e, true
		}
	}
	return Event{}, false
}

// isClosed tells whether a dialog is closed, but not the conversation, and what was said
// last in it has come. c.mu is held.
func (c *Conversation) isClosed(id DialogID) bool {
	d, known := c.info.Dialog(id)
	return known && d.State == StateClosed && !c.filling[id] && !c.agent.closes(&c.info)
}

// lostErr is that this life is lost. c.mu is held.
func (c *Conversation) lostErr() error {
	if c.cause != nil {
		return errors.Join(ErrConversationLost, c.cause)
	}
	return ErrConversationLost
}

// busy tells whether a dialog is being queried. c.mu is held.
func (c *Conversation) busy() bool {
	for _, b := range c.filling {
		if b {
			return true
		}
	}
	return false
}

// take hands out the pending events from one to before another. c.mu is held.
func (c *Conversation) take(from, to int) {
	for i := from; i < to; i++ {
		e := &c.pending[i]
		p := c.progressOf(e.DialogID)
		if !e.isFromConsumer() || e.Sequence < c.from(e) {
			continue
		}
		if p.answering < 0 {
			p.answering = e.Sequence
		}
		if c.acknowledges() {
			p.unread = append(p.unread, e.Sequence)
		}
	}
	if from == 0 { // as nearly always: nothing is moved
		clear(c.pending[:to])
		c.pending = c.pending[to:]
	} else {
		c.pending = slices.Delete(c.pending, from, to)
	}
	if len(c.pending) == 0 {
		c.pending = nil
	}
}

func newProgress() *progress {
	return &progress{answered: -1, own: -1, resumed: -1, answering: -1, doubtful: -1, sending: -1, since: -1, heard: -1, sent: -1, accepted: -1}
}

// from is the number from which on messages of its dialog are unanswered. c.mu is
// held.
func (c *Conversation) from(e *Event) int64 {
	p := c.progressOf(e.DialogID)
	if p.resumed >= 0 {
		return p.resumed
	}
	return p.answered + 1
}

// progressOf returns how far a dialog has come. c.mu is held.
func (c *Conversation) progressOf(id DialogID) *progress {
	if c.progress[id] == nil {
		c.progress[id] = newProgress()
	}
	return c.progress[id]
}

// Unread returns how many messages of the consumer Messages, with these options, has
// still to yield. It makes no request: the service tells of messages by itself.
//
// A bot that answers several messages at once sees by it whether to wait for the
// next one. A bot that hands the conversation to another bot should see that it is
// 0, after its last Send: to the Messages of the next agent, what was said before
// that counts as answered.
func (c *Conversation) Unread(opts ...MessagesOption) (int, error) {
	l, err := newLoop("messagingagent.Unread", opts)
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for i := range c.pending {
		if l.wants(c, &c.pending[i]) {
			n++
		}
	}
	return n, nil
}

// sends notes that the consumer is being answered in a dialog. known is the last number
// that has come.
func (c *Conversation) sends(id DialogID, known int64, m Content) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.progressOf(id)
	p.sending, p.sends = max(known, p.sent)+1, m.digest() // what was sent last may not have come yet
}

// said notes that the consumer has been answered in a dialog, or that this is in doubt, or
// that he was not. known is the last number that had come before.
func (c *Conversation) said(id DialogID, sequence, known int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.progressOf(id)
	p.sending = -1
	switch {
	case err == nil:
		p.doubtful, p.sent = -1, max(p.sent, sequence)
	case !errors.Is(err, ErrUnconfirmed):
		return
	case p.doubtful < 0:
		p.doubtful, p.since = p.answering, max(known, p.sent)
	}
	p.answering = -1
	c.read()
	if c.end == departed || c.end == replaced { // while it was being sent
		c.agent.reach(c.id, c.reached(false))
	}
}

// begin notes how far the dialogs were answered when this life began, and where a
// former one has left them. The history is pending: it tells what became of answers that
// were in doubt.
func (c *Conversation) begin(resumed map[DialogID]Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, at := range resumed {
		c.progressOf(id).resumed = at.Next
	}
	late := map[DialogID]bool{} // an agent has said something since
	sent := map[DialogID]bool{} // so has what was being sent
	for i := range c.pending {
		e := &c.pending[i]
		if !e.isAnswer() {
			continue
		}
		p := c.progressOf(e.DialogID)
		p.answered = max(p.answered, e.Sequence)
		mine := c.agent.wrote(e)
		if mine {
			p.own = max(p.own, e.Sequence)
		}
		at, known := resumed[e.DialogID]
		late[e.DialogID] = late[e.DialogID] || e.Sequence >= at.Seen
		if known && mine && e.Sequence >= at.Seen && !sent[e.DialogID] && e.digest() == at.Sending {
			sent[e.DialogID] = true
			continue
		}
		if known && e.Sequence >= at.Seen && !(mine && (at.Unsure || c.out.mayBeOurs(e.DialogID, e.Sequence, c.agent.link.localTime(e.At)))) {
			p.resumed = max(p.resumed, e.Sequence+1) // somebody else has answered since
		}
	}
	for id, at := range resumed {
		if p := c.progressOf(id); at.Doubtful != nil && !late[id] {
			p.resumed = min(p.resumed, *at.Doubtful)
		}
	}
}

// reached are the numbers from which on nobody here has handled the dialogs: for a crash,
// or if what is being sent will be known. c.mu is held.
func (c *Conversation) reached(crash bool) map[DialogID]Position {
	reached := map[DialogID]Position{}
	for id, s := range c.streams {
		p := c.progressOf(id)
		answering, sent, sending := p.answering, p.sent, crash && p.sending >= 0
		if sending {
			if shown := c.out.shown(id, p.sending); shown >= 0 { // it has come
				answering, sent, sending = -1, max(sent, shown), false
			}
		}
		n := s.next
		for i := range c.pending {
			if e := &c.pending[i]; e.DialogID == id && e.isFromConsumer() && e.Sequence >= c.from(e) {
				n = e.Sequence
				break
			}
		}
		if answering >= 0 && !sending {
			n = min(n, answering)
		}
		seen := s.next
		switch {
		case c.end > over: // others may have answered since it went
			seen = max(n, p.own+1)
		case c.left != nil: // or since it was left, whoever saw them come
			seen = c.left[id]
		}
		at := Position{Next: n, Seen: max(seen, sent+1)}
		if p.doubtful >= 0 && p.doubtful < n && p.heard <= p.since {
			at.Doubtful = new(p.doubtful)
		}
		if sending {
			at.Seen, at.Sending = min(at.Seen, p.sending), p.sends
			if answering >= 0 && at.Doubtful == nil {
				at.Doubtful = new(answering)
			}
		}
		reached[id] = at
	}
	return reached
}

// isFromConsumer tells whether an event is something that the consumer has said.
func (e *Event) isFromConsumer() bool { return e.From.Role == RoleConsumer && e.isContent() }

// isAnswer tells whether an event is something that an agent has said to the
// consumer.
func (e *Event) isAnswer() bool {
	return e.isContent() && e.Audience != AudienceAgents && e.From.Role != RoleConsumer && e.From.Role != RoleController
}

// isContent tells whether an event is a message, not a receipt or the like.
func (e *Event) isContent() bool {
	return e.Sequenced && e.Kind != KindReceipt && e.Kind != KindTyping
}

// wrote tells whether this agent wrote an event.
func (a *Agent) wrote(e *Event) bool { return e.From.Is(a.ids()...) }

// named gives the operation to an error of an option.
func named(op string, err error) error {
	var in *liveperson.InputError
	if errors.As(err, &in) && in.Op == "" {
		return &liveperson.InputError{Op: op, Field: in.Field, Rule: in.Rule}
	}
	return err
}
