package messagingagent

import (
	"context"
	"errors"
	"maps"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// arrivals are the conversations that have come to the agent, or are about to, and have
// no life yet. The agent's mutex guards them.
type arrivals struct {
	since    time.Time                               // when the agent connected
	expected map[liveperson.ConversationID]*expected // accepted, and not seen since
	due      map[liveperson.ConversationID]bool      // told of as his
	unheard  map[liveperson.ConversationID]closedOne // and closed since: nobody has heard what was said
	over     map[liveperson.ConversationID]time.Time // were closed during a life, and when
}

func newArrivals() arrivals {
	return arrivals{
		since: time.Now(), expected: map[liveperson.ConversationID]*expected{}, due: map[liveperson.ConversationID]bool{},
		unheard: map[liveperson.ConversationID]closedOne{}, over: map[liveperson.ConversationID]time.Time{},
	}
}

// expected is a conversation that was accepted, perhaps.
type expected struct {
	at   time.Time
	sure bool          // the service has said so
	came *Conversation // its life, nil before it has one
}

// closedOne is a conversation that was closed before its life began.
type closedOne struct {
	info ConversationInfo
	at   time.Time // when that was told, here
}

// readingTime is how long the messages of a conversation are asked for that was closed
// before its life began. After that it begins with those that came, and its loop ends with
// an error.
const readingTime = 5 * time.Minute

// arrives takes what is told of a conversation, and tells whether it is one that was closed
// before its life began. present is its life, nil for none. a.mu is held.
func (a *Agent) arrives(change *conversationChange, present *Conversation) (closed bool) {
	info, handled := &change.info, present != nil && !present.byHand
	switch {
	case handled: // it learns by itself
	case a.closes(info):
		closed = a.closedEarly(info, present)
		delete(a.due, info.ID)
	case change.gone || !a.has(info):
		if a.due[info.ID] { // it had come, and went
			delete(a.due, info.ID)
			delete(a.expected, info.ID)
		}
	default:
		a.due[info.ID] = true
	}
	return closed
}

// closedEarly notes a conversation that is closed, if it was the agent's at the end and
// has had no life. a.mu is held.
func (a *Agent) closedEarly(info *ConversationInfo, present *Conversation) bool {
	mine := info.Has(RoleAssignedAgent, a.ids()...)
	_, known := a.unheard[info.ID]
	_, former := a.reached[info.ID]
	switch {
	case known, !a.over[info.ID].IsZero():
		return false
	case present != nil && a.serving == nil: // whoever has opened it by its id has heard it all
		return false
	case a.hadIt(info, a.due[info.ID]) && (a.due[info.ID] || a.expected[info.ID] != nil):
	case mine && !former && present == nil && !info.EndedAt.IsZero() && a.link.localTime(info.EndedAt).After(a.since):
	default:
		return false
	}
	a.forgetClosed()
	a.unheard[info.ID] = closedOne{*info, time.Now()}
	return true
}

// hadIt tells whether a conversation that had come to the agent, or was accepted, perhaps, was
// his at the end: its last state names him, or it names nobody and he has accepted it, or it
// does not tell and came says that it was his before. a.mu is held.
func (a *Agent) hadIt(info *ConversationInfo, came bool) bool {
	who, assigned := info.AssignedAgent()
	switch x := a.expected[info.ID]; {
	case assigned:
		return who.Is(a.ids()...)
	case x != nil && x.sure:
		return true
	}
	return came && len(info.Participants) == 0
}

// forgetClosed forgets what was closed long ago, unless it is to be read. a.mu is held.
func (a *Agent) forgetClosed() {
	if a.serving == nil || a.serving.cfg.notAdopting {
		maps.DeleteFunc(a.unheard, func(_ liveperson.ConversationID, c closedOne) bool { return time.Since(c.at) > forgetAfter })
	}
	maps.DeleteFunc(a.over, func(_ liveperson.ConversationID, at time.Time) bool { return time.Since(at) > forgetAfter })
}

// arrived notes that a life has begun. a.mu is held.
func (a *Agent) arrived(c *Conversation) {
	if c.byHand {
		return
	}
	delete(a.due, c.id)
	delete(a.unheard, c.id)
	if x := a.expected[c.id]; x != nil {
		x.came = c
	}
}

// openable is the state of a conversation of which a life may begin: it is the agent's, or
// was closed before it had one.
func (a *Agent) openable(id liveperson.ConversationID) (ConversationInfo, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k := a.own.known[id]; k != nil && !k.gone && k.parted.IsZero() && a.has(&k.info) {
		return k.info, true
	}
	c, ok := a.unheard[id]
	return c.info, ok
}

// unreadable tells whether a conversation was closed so long ago that its messages are not
// asked for any more.
func (a *Agent) unreadable(id liveperson.ConversationID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.unheard[id]
	return ok && time.Since(c.at) > readingTime
}

// open begins a life of a conversation that is the agent's, or was until it was closed.
// ok is false if it is somebody else's by now.
func (a *Agent) open(ctx context.Context, info ConversationInfo) (c *Conversation, ok bool, err error) {
	c, err = a.begin(ctx, info, false)
	if err != nil {
		return nil, false, err
	}
	if a.closes(&info) {
		c.finish(over, c.unread) // what was said last has been read, or never will be
	} else if now, still := a.told(c.id); !c.isOver() && (!still || !a.has(&now)) { // it went while it was read
		c.took(conversationChange{gone: !still, info: now})
	}
	c.awaitLast()
	last, how := c.Info(), c.how()
	a.mu.Lock()
	defer a.mu.Unlock()
	ok = how == alive || how == over && a.hadIt(&last, true)
	if x := a.expected[c.id]; x != nil && !ok {
		x.came = nil
	}
	return c, ok, nil
}

// told is what the agent's own subscription has told of a conversation last, and whether
// it still shows it.
func (a *Agent) told(id liveperson.ConversationID) (info ConversationInfo, still bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k := a.own.known[id]; k != nil {
		return k.info, !k.gone
	}
	return info, false
}

// awaitLast waits until what was said last has been read, if this life is being closed.
func (c *Conversation) awaitLast() {
	for {
		c.mu.Lock()
		reading, changed := c.isReading(), c.changed
		c.mu.Unlock()
		if !reading {
			return
		}
		select {
		case <-changed:
		case <-c.agent.ctx.Done():
			return
		}
	}
}

// isReading tells whether this life is being closed. c.mu is held.
func (c *Conversation) isReading() bool { return c.closing && c.end == alive }

// seek asks for the state of a conversation that was accepted and does not show: it may
// have been closed.
func (a *Agent) seek(ctx context.Context, op string, id liveperson.ConversationID) error {
	asked := time.Now()
	info, err := a.read(ctx, op, id)
	if err != nil {
		return err
	}
	a.learnt(info, asked)
	if a.closes(&info) { // which is no news where it had gone before
		a.toldOwn(conversationChange{gone: true, sure: true, info: info})
	}
	return nil
}

// expect notes that a conversation is being accepted.
func (a *Agent) expect(id liveperson.ConversationID) *expected {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.expected[id] == nil {
		a.expected[id] = &expected{}
	}
	a.expected[id].at = time.Now()
	return a.expected[id]
}

// accepted notes that the service has said that the agent has it, unless it has come by
// then.
func (a *Agent) accepted(id liveperson.ConversationID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if x := a.expected[id]; x != nil {
		x.at, x.sure = time.Now(), true
	}
}

func (a *Agent) unexpect(id liveperson.ConversationID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.expected, id)
	a.signal()
}

// isExpected tells whether a conversation was accepted here, and has not come yet.
func (a *Agent) isExpected(id liveperson.ConversationID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.expected[id] != nil
}

// expects are the conversations that were accepted and have not come.
func (a *Agent) expects() map[liveperson.ConversationID]expected {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make(map[liveperson.ConversationID]expected, len(a.expected))
	for id, x := range a.expected {
		list[id] = *x
	}
	return list
}

// triedBefore tells whether a refusal may be due to an earlier try, whose answer was lost.
func triedBefore(err error) bool {
	var e *liveperson.Error
	return errors.As(err, &e) && e.Tries > 1
}
