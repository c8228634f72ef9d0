package messagingagent

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Conversation is one life of a conversation with this agent: from when it comes to
// the agent until it is closed or goes elsewhere. One that comes back is another
// *Conversation; calls of this one then fail with [ErrConversationLost], and nothing
// is sent. It may be used by many goroutines.
type Conversation struct {
	agent *Agent
	id    liveperson.ConversationID
	out   *outbox // which its lives share
	// unread is why what was said before this life began could not be read: it is closed.
	unread error

	mu       sync.Mutex
	info     ConversationInfo // as it was told last
	streams  map[DialogID]*stream
	filling  map[DialogID]bool // those that are being queried
	pending  []Event           // that nobody has taken
	changed  chan struct{}     // closed and replaced at each change
	end      ending            // how this life ended
	cause    error             // of end, if there is more to say
	byHand   bool              // opened by its id: the agent need not be the assigned one
	leaving  bool              // is being handed over, by this life
	closing  bool              // is closed, and its last messages are being read
	halted   bool              // no more events are handed out: Serve stops
	told     bool              // whoever takes them knows
	begun    bool              // its messages have been read
	desk     *serving          // the Watch or Serve that has it, nil for none
	gone     context.Context   // ends when this life is lost: what waits to be done in it is not done
	lose     context.CancelFunc
	receipts []receipt // that wait to be sent
	posting  bool      // they are being sent
	// how far its dialogs were handled when this life began, and since.
	progress map[DialogID]*progress
	// left says that a Serve or Watch has left it to a later one, and which numbers were to
	// come next then; nil if none has.
	left map[DialogID]int64
}

// progress is how far a dialog has been handled. Numbers are -1 for none.
type progress struct {
	answered  int64   // the last message of an agent to the consumer, from before this life
	own       int64   // the same of this agent
	resumed   int64   // the first message that a former life of this process, or of the one before, had not handled
	answering int64   // the first message of the consumer that was taken, and after which nothing was said
	doubtful  int64   // the first message of the consumer that was taken, and after which nothing was said for certain
	sending   int64   // the first number that what is being sent now may have
	sends     string  // its digest
	since     int64   // the last number that was known before that was said
	heard     int64   // the last message of an agent to the consumer
	sent      int64   // the last message that this life has sent
	accepted  int64   // the last message that was said to have come
	unread    []int64 // were taken, and are not said to be read yet
}

// outbox is where the messages of a conversation go out: one at a time in each
// dialog, those of its former lives, too.
type outbox struct {
	mu      sync.Mutex
	turns   map[DialogID]chan struct{}
	claimed map[DialogID]map[int64]bool // numbers of messages that are known to be ours
	strange map[DialogID][]int64        // of this user, while a message was being sent
	missing map[DialogID][]missing      // that may have been published, and have not turned up
	unsure  time.Time                   // the last message that may have been published
}

// missing is a message of ours that may have been published, after that number.
type missing struct {
	content Content
	after   int64
}

func newOutbox() *outbox {
	return &outbox{
		turns: map[DialogID]chan struct{}{}, claimed: map[DialogID]map[int64]bool{},
		strange: map[DialogID][]int64{}, missing: map[DialogID][]missing{},
	}
}

// turn is what holds the one that may send in a dialog.
func (o *outbox) turn(id DialogID) chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.turns[id] == nil {
		o.turns[id] = make(chan struct{}, 1)
	}
	return o.turns[id]
}

// claim notes that a number is that of a message of ours, and tells whether it was
// not known.
func (o *outbox) claim(id DialogID, number int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.claimOne(id, number)
}

// claimOne is claim while o.mu is held.
func (o *outbox) claimOne(id DialogID, number int64) bool {
	if o.claimed[id] == nil {
		o.claimed[id] = map[int64]bool{}
	}
	if o.claimed[id][number] {
		return false
	}
	o.claimed[id][number] = true
	if len(o.claimed[id]) >= 2*maxClaimed { // seldom: it looks at all of them
		maps.DeleteFunc(o.claimed[id], func(n int64, _ bool) bool { return n < number-maxClaimed })
	}
	return true
}

// sees takes the number of a message of this user's, and tells whether another process
// has sent it. While one is being sent here that shows later: see rest.
func (o *outbox) sees(id DialogID, number int64) (foreign bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.claimed[id][number] {
		return false
	}
	if len(o.turns[id]) > 0 {
		o.strange[id] = append(o.strange[id], number)
		return false
	}
	return time.Since(o.unsure) > unsureTime
}

// isUnsure tells whether there is a message of ours that may have been published.
func (o *outbox) isUnsure(id DialogID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.missing[id]) > 0
}

// mayBeOurs tells whether a message of this user's, of that time, was sent here, as far
// as is known.
func (o *outbox) mayBeOurs(id DialogID, number int64, at time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.claimed[id][number] || at.Sub(o.unsure) <= unsureTime
}

// shown is the last message of this user's from a number on that has come while one was
// being sent, -1 for none.
func (o *outbox) shown(id DialogID, from int64) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := int64(-1)
	for _, number := range o.strange[id] {
		if number >= from {
			last = max(last, number)
		}
	}
	return last
}

// rest is called when a message was sent. It tells whether another process has sent one
// meanwhile.
func (o *outbox) rest(id DialogID) (foreign bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, number := range o.strange[id] {
		foreign = foreign || !o.claimed[id][number]
	}
	delete(o.strange, id)
	return foreign && time.Since(o.unsure) > unsureTime
}

// unsureTime is how long after a message that may have been published none is taken for
// another process's.
const unsureTime = time.Minute

// doubt notes that a message may have been published, after that number.
func (o *outbox) doubt(id DialogID, m Content, after int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unsure = time.Now()
	o.missing[id] = append(o.missing[id], missing{m, after})
	o.missing[id] = o.missing[id][max(0, len(o.missing[id])-maxMissing):]
}

// maxMissing is how many messages of a dialog are kept that may turn up.
const maxMissing = 100

// since is from where on a message is looked for that was sent after that number: those of
// the same content are looked for first that have not turned up.
func (o *outbox) since(id DialogID, m Content, after int64) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range o.missing[id] {
		if m.isLike(x.content) {
			after = min(after, x.after)
		}
	}
	return after
}

// assign finds out which message of this user's an event is: the one that is looked for,
// which was sent after that number, or one that was missing before.
func (o *outbox) assign(id DialogID, e *Event, after int64) (found, former bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.claimed[id][e.Sequence] {
		return false, false
	}
	for i, x := range o.missing[id] {
		if e.Sequence > x.after && x.content.isOf(e) {
			o.missing[id] = slices.Delete(o.missing[id], i, i+1)
			return false, o.claimOne(id, e.Sequence)
		}
	}
	return e.Sequence > after && o.claimOne(id, e.Sequence), false
}

// maxClaimed is how many numbers of our own messages are kept at least.
const maxClaimed = 1000

// ending is how a life ended.
type ending int

const (
	alive       ending = iota
	over               // the conversation is closed
	departed           // it went to somebody else
	replaced           // it has come again, and is in another life
	transferred        // this life handed it over
)

func (a *Agent) newConversation(info ConversationInfo) *Conversation {
	gone, lose := context.WithCancel(context.Background())
	return &Conversation{
		gone: gone, lose: lose, agent: a, id: info.ID, out: a.outboxOf(info.ID), info: info,
		streams: map[DialogID]*stream{}, filling: map[DialogID]bool{}, progress: map[DialogID]*progress{},
		changed: make(chan struct{}),
	}
}

// ID returns the id of the conversation, which is that of its main dialog too.
func (c *Conversation) ID() liveperson.ConversationID { return c.id }

// Main returns the id of the main dialog.
func (c *Conversation) Main() DialogID { return DialogID(c.id) }

// Info returns the conversation's state as the service told it last. It makes no
// request.
func (c *Conversation) Info() ConversationInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info
}

// Skill returns the present skill. With the id it names the conversation's agent
// survey: agentsurvey.Ref{Conversation: c.ID(), Skill: c.Skill()}.
func (c *Conversation) Skill() liveperson.SkillID { return c.Info().Skill }

// Agent returns whose conversation it is.
func (c *Conversation) Agent() *Agent { return c.agent }

// String names the conversation.
func (c *Conversation) String() string { return "conversation " + string(c.id) }

// Format prints String under every verb.
func (c *Conversation) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue is the conversation's id for slog, as the SDK's own lines have it.
func (c *Conversation) LogValue() slog.Value { return slog.StringValue(string(c.id)) }

// MarshalText is the id: a conversation in JSON is its id.
func (c *Conversation) MarshalText() ([]byte, error) { return []byte(c.id), nil }

// hasEnded tells whether this life is no more.
func (c *Conversation) hasEnded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end != alive
}

func (c *Conversation) isOver() bool { return c.how() != alive }

func (c *Conversation) isEnded() bool { return c.how() == over }

// how is how this life has ended, or ends: nothing can be done with a conversation
// that is closed, while its last messages are being read.
func (c *Conversation) how() ending {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return over
	}
	return c.end
}

// hasUnread tells whether there is a message of the consumer that was not taken.
func (c *Conversation) hasUnread() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.pending, func(e Event) bool {
		return e.isFromConsumer() && e.Sequence >= c.from(&e)
	})
}

// halt hands out no more events.
func (c *Conversation) halt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.halted = true
	c.signal()
}

func (c *Conversation) knowsHalt() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told
}

// finish ends this life, unless it has ended.
func (c *Conversation) finish(how ending, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != alive {
		return
	}
	if c.closing && how != over { // whatever else is told while its last messages are being read
		how, cause = over, fmt.Errorf("%w: %w", errUnread, cmp.Or(cause, errNoTime))
	}
	c.end, c.cause = how, cause
	c.signal()
	if how != over {
		c.lose()
	}
	c.agent.ended(c)
	if c.desk != nil {
		d := c.desk
		d.Post(func() { d.Over(life{c}) })
	}
}

// signal wakes whoever waits for a change. c.mu is held.
func (c *Conversation) signal() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// closed is why nothing can be done with this life, nil if something can.
func (c *Conversation) closed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := ErrConversationLost
	switch {
	case c.closing, c.end == over:
		err = ErrConversationEnded
	case c.end == alive:
		return nil
	}
	if c.cause != nil {
		return fmt.Errorf("%w: %w", err, c.cause)
	}
	return err
}

// manage has a desk see to the conversation, nil for none any more. It returns what
// is known of it, and takes what has come away from Messages if somebody watches.
func (c *Conversation) manage(d *serving) (ConversationInfo, []Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.desk = d
	c.signal()
	history := slices.Clone(c.pending)
	if d != nil && d.handler == nil {
		c.take(0, len(c.pending))
	}
	return c.info, history
}

// stream returns that of a dialog. c.mu is held.
func (c *Conversation) stream(id DialogID) *stream {
	if c.streams[id] == nil {
		c.streams[id] = newStream()
	}
	return c.streams[id]
}

// came takes events of one dialog that came live.
func (c *Conversation) came(events []Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end > over {
		return
	}
	ready := make([]Event, 0, len(events))
	var s *stream // nil if nothing came that has a number
	for i := range events {
		e := &events[i]
		c.complete(e)
		switch {
		case !e.Sequenced:
			ready = append(ready, *e)
		case c.follows(e.DialogID):
			if e.isAnswer() && c.agent.wrote(e) && c.out.sees(e.DialogID, e.Sequence) {
				c.agent.contested()
			}
			s = c.stream(e.DialogID)
			ready = s.add(ready, e)
		}
	}
	c.hand(ready)
	if s != nil && s.gap() && c.begun {
		c.fill(events[0].DialogID)
	}
}

// follows tells whether the events of a dialog are handed on: surveys are left alone
// unless asked for.
func (c *Conversation) follows(id DialogID) bool { return id == c.Main() || c.agent.cfg.surveys }

// loadAll reads the messages of the dialogs, when this life begins.
func (c *Conversation) loadAll(ctx context.Context) error {
	ids := []DialogID{c.Main()}
	for _, d := range c.Info().Dialogs {
		if d.ID != c.Main() && c.follows(d.ID) {
			ids = append(ids, d.ID)
		}
	}
	for _, id := range ids {
		more, err := c.load(ctx, id)
		for more && err == nil {
			more, err = c.load(ctx, id)
		}
		if refused(err) && id != c.Main() {
			continue // not this agent's to read
		}
		if err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun = true
	return nil
}

// hand hands events on, in order. c.mu is held.
func (c *Conversation) hand(events []Event) {
	if len(events) == 0 {
		return
	}
	watched := c.desk != nil && c.desk.handler == nil
	for _, e := range events {
		if !e.Sequenced { // nobody waits for it
			continue
		}
		c.pending = append(c.pending, e)
		if e.isAnswer() {
			p := c.progressOf(e.DialogID)
			p.heard = max(p.heard, e.Sequence)
		}
		if watched {
			c.take(0, len(c.pending))
		}
	}
	c.signal()
	if d := c.desk; d != nil && d.wanted() {
		events = slices.Clone(events)
		d.Post(func() { d.came(c, events) })
	}
}

// complete fills in what the service has left out of an event. c.mu is held.
func (c *Conversation) complete(e *Event) {
	if e.ConversationID == "" {
		e.ConversationID = c.id
	}
	if e.DialogID == "" {
		e.DialogID = c.Main()
	}
	e.From.Role = c.roleOf(e.From)
}

// roleOf is the role of who wrote an event.
func (c *Conversation) roleOf(from Originator) Role {
	if from.Role != "" {
		return from.Role
	}
	for _, p := range c.info.Participants {
		if p.Is(from.ID, from.PID) {
			return p.Role
		}
	}
	return ""
}

// took takes the state that the service told.
func (c *Conversation) took(change conversationChange) {
	c.mu.Lock()
	if c.end > over {
		c.mu.Unlock()
		return
	}
	info, same := change.info, bytes.Equal(change.info.Raw, c.info.Raw)
	former := c.info
	if !change.gone || info.State != "" {
		c.info = info
	}
	c.signal()
	c.fillNew()
	c.fillClosed(&former)
	if last := info.LastMessage; last != nil && last.Sequenced {
		c.expect(last)
	}
	if d := c.desk; d != nil && d.wanted() && c.end == alive && !same {
		told := c.info
		d.Post(func() { d.emit(ConversationChanged{c, told}) })
	}
	closed := c.agent.closes(&c.info)
	leaving, byHand := c.leaving, c.byHand
	c.mu.Unlock()
	switch {
	case closed:
		c.close()
	case leaving && (change.gone || !c.agent.has(&info)):
		c.finish(transferred, nil)
	case change.gone, !byHand && !c.agent.has(&info):
		c.finish(departed, nil)
	}
}

// doubts tells whether a state takes the conversation away that may be an older one: it
// is of the same time as the one that is known, and notifications are in no order.
func (c *Conversation) doubts(change *conversationChange) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !change.sure && !change.gone && !c.byHand && !c.leaving && c.end == alive &&
		!c.agent.closes(&change.info) && !c.agent.has(&change.info) &&
		c.agent.has(&c.info) && change.info.UpdatedAt.Equal(c.info.UpdatedAt)
}

// expect queries a dialog if the message that is said to be its last is not known.
// c.mu is held.
func (c *Conversation) expect(last *Event) {
	id := last.DialogID
	if id == "" {
		id = c.Main()
	}
	if s := c.streams[id]; s != nil && s.loaded {
		s.hint(last.Sequence)
		if s.gap() {
			c.fill(id)
		}
	}
}

// fillNew queries the dialogs that have begun since. c.mu is held.
func (c *Conversation) fillNew() {
	for _, d := range c.info.Dialogs {
		if c.begun && c.end == alive && c.follows(d.ID) && !c.stream(d.ID).loaded {
			c.fill(d.ID)
		}
	}
}

// fillClosed queries the dialogs that were open in the former state and are closed: what
// was said last in them need not have come. c.mu is held.
func (c *Conversation) fillClosed(former *ConversationInfo) {
	for _, d := range c.info.Dialogs {
		if was, known := former.Dialog(d.ID); d.State == StateClosed && known && was.State != StateClosed && c.stream(d.ID).loaded && c.end == alive {
			c.fill(d.ID)
		}
	}
}

// close reads what was said last, and ends this life: the conversation is closed.
func (c *Conversation) close() {
	c.mu.Lock()
	if c.closing || c.end != alive {
		c.mu.Unlock()
		return
	}
	c.closing = true
	c.mu.Unlock()
	c.agent.beside(func(ctx context.Context) {
		c.finish(over, c.lastWords(ctx))
	})
}

// lastWords reads what was said last, as far as this agent may read it: where it may not,
// nothing is missing unless the state tells of it.
func (c *Conversation) lastWords(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastWordsTime)
	defer cancel()
	for pause := time.Second; ; pause = min(2*pause, mostFillPause) {
		err := c.loadAll(ctx)
		switch {
		case err == nil, refused(err) && !c.behind():
			return nil
		case refused(err), !sleep(ctx, pause):
			return fmt.Errorf("%w: %w", errUnread, err)
		}
	}
}

// behind tells whether the state tells of a message of others that was not read.
func (c *Conversation) behind() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.info.LastMessage
	if last == nil || !last.Sequenced || c.agent.wrote(last) {
		return false
	}
	s := c.streams[cmp.Or(last.DialogID, c.Main())]
	return s != nil && last.Sequence >= s.next && !s.given[last.Sequence]
}

// lastWordsTime is how long the last messages of a conversation that is closed are asked
// for.
const lastWordsTime = time.Minute

// hasDialog tells whether a dialog is part of the conversation.
func (c *Conversation) hasDialog(id DialogID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, has := c.info.Dialog(id)
	return has || id == c.Main()
}

// refill queries all dialogs that are known: the socket was away. c.mu is not held.
func (c *Conversation) refill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != alive {
		return
	}
	for id, s := range c.streams {
		if s.loaded {
			c.fill(id)
		}
	}
}

// fill queries a dialog beside, unless that is under way. c.mu is held.
func (c *Conversation) fill(id DialogID) {
	if c.filling[id] {
		return
	}
	c.filling[id] = true
	c.agent.beside(func(ctx context.Context) {
		for pause := time.Second; ; pause = min(2*pause, mostFillPause) {
			more, err := c.load(ctx, id)
			c.mu.Lock()
			if !more && err == nil || c.end != alive || ctx.Err() != nil || refused(err) {
				c.filling[id] = false
				c.signal()
				if err != nil && ctx.Err() == nil && c.end == alive {
					c.agent.log.Warn("messages may not be read", "conversation", c.id, "err", err)
					s := c.stream(id) // what came by itself is all there is
					c.hand(s.settle(s.mark(), nil))
				}
				c.mu.Unlock()
				return
			}
			c.mu.Unlock()
			if err != nil {
				c.agent.trouble("reading messages", c.id, err, pause)
				sleep(ctx, pause)
			}
		}
	})
}

// mostFillPause limits the pause before messages are asked for again.
const mostFillPause = 15 * time.Second

// load queries a dialog once, from where it is known, and hands on what comes. more
// tells whether there is another gap since.
func (c *Conversation) load(ctx context.Context, id DialogID) (more bool, err error) {
	c.mu.Lock()
	s := c.stream(id)
	mark, newer := s.mark(), s.next-1
	about := string(id)
	if c.closing {
		about = "" // there is no time to wait, whatever sockets have ended on
	}
	c.mu.Unlock()
	events, err := c.agent.query(ctx, "messagingagent.Messages", id, newer, about)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range events {
		c.complete(&events[i])
	}
	c.hand(s.settle(mark, events))
	return s.gap(), nil
}
