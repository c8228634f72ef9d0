package chatagent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/login"
)

// ChatID names a chat: "H2170755172687460894-b7d761017809489ea1a257461eb373eeK8457415".
type ChatID string

// Chat is one life of a chat with this agent: from when the agent accepts it, or
// finds it, until it ends or goes elsewhere. A chat that comes back is another
// *Chat; calls of this one then fail with [ErrChatLost], and nothing is sent. It
// may be used by many goroutines.
type Chat struct {
	agent *Agent
	id    ChatID
	out   *outbox // which the chat's lives share

	mu      sync.Mutex
	seat    *seat
	url     rest.Target
	guessed bool     // url was not given by the server, in this agent session
	info    ChatInfo // as read last
	feed    feed
	changed chan struct{} // closed and replaced at each change
	end     ending        // how this life ended
	cause   error         // of end, if there is more to say
	left    bool          // left by a Serve or Watch to a later one, here or in another process
	halted  bool          // no more events are handed out: Serve stops
	told    bool          // whoever takes them knows
	desk    *serving      // the Watch or Serve that polls, nil for none
	odd     bool          // that events were left out was logged
	born    int64         // the last event when this life began, -1 for none
	polled  time.Time     // when the chat polled by itself
	heard   time.Time     // when the desk asked for it last, with success
	hearing time.Time     // since when it does so without a gap
	// answered is the last line of an agent from before this life, -1 if there is
	// none; own is the last one of this agent.
	answered, own int64
	// answering is the first line of the visitor that was taken and after which nothing
	// was said yet, -1 if there is none.
	answering int64
	taken     bool   // somebody has taken events
	abort     func() // ends the line that is being sent, nil if there is none
	// confirmed are the events of our own lines, as far as they are not older
	// than the last one that was read.
	confirmed map[int64]Content
}

// outbox is where the lines of a chat go out: one at a time, those of its former
// lives, too.
type outbox struct {
	turn chan struct{} // holds the one that may send
	seen int64         // the last event that looking for a line has read, with all before it; of the one that may send

	mu       sync.Mutex
	doubtful map[string]int // lines whose sending could not be confirmed, by what they look like
	sending  string         // what the line that is being sent looks like, "" for none
}

func newOutbox() *outbox {
	return &outbox{turn: make(chan struct{}, 1), seen: -1, doubtful: map[string]int{}}
}

// begins notes the line that is being sent, "" for none.
func (o *outbox) begins(looks string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sending = looks
}

// inDoubt are the lines that may turn up: those that could not be confirmed, and the
// one that is being sent.
func (o *outbox) inDoubt() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := maps.Clone(o.doubtful)
	if o.sending != "" {
		lines[o.sending]++
	}
	return lines
}

// ending is how a life ended.
type ending int

const (
	alive       ending = iota
	over               // the chat is over
	lost               // it went to somebody else
	replaced           // it has come again, and is in another life
	transferred        // this life handed it over
)

// chatData is a chat with its events and info, as read.
type chatData struct {
	Links  []link
	Events []Event
	Odd    int // events that were left out
	Info   ChatInfo
}

type chatBody struct {
	Links  []link    `json:"link"`
	Events eventList `json:"events"`
	Info   infoBody  `json:"info"`
}

func (b *chatBody) data() chatData {
	events, odd := b.Events.events()
	return chatData{b.Links, events, odd, b.Info.info()}
}

type chatDoc struct {
	Chat chatBody `json:"chat"`
}

// Chat opens a chat by its id, for instance one of [Agent.Chats], and reads it
// once. A chat that this agent has open already is returned as it is. Opening
// leaves it to whoever handles it: Serve and Watch see no difference.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-chat-resources-events-and-information.html
func (s *Agent) Chat(ctx context.Context, id ChatID) (*Chat, error) {
	if known := s.life(id); known != nil {
		return known, nil
	}
	at := s.at()
	url := at.url.Join("/chat/{chatId}", string(id))
	c, err := s.read(ctx, at, url, rest.Request{})
	if gone(err) { // perhaps it is at another place
		if listed := s.placeOf(ctx, at, id); listed.String() != url.String() {
			c, err = s.read(ctx, at, listed, rest.Request{})
		}
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.chats[id]; known != nil && !known.isOver() {
		return known, nil
	}
	if !c.isOver() {
		s.chats[id] = c
	}
	return c, nil
}

// life is the chat's present life, nil if there is none.
func (s *Agent) life(id ChatID) *Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[id]; c != nil && !c.isOver() {
		return c
	}
	return nil
}

// read reads a chat for the first time, and makes a life of it that nobody knows
// yet.
func (s *Agent) read(ctx context.Context, at *seat, url rest.Target, how rest.Request) (*Chat, error) {
	c := s.newChat(at, url)
	data, err := c.readAll(ctx, how)
	if err != nil {
		return nil, err
	}
	c.take(data)
	return c, nil
}

// newChat is a chat that has not been read.
func (s *Agent) newChat(at *seat, url rest.Target) *Chat {
	return &Chat{
		agent: s, id: ChatID(url.Last()), out: newOutbox(), seat: at, url: url,
		changed: make(chan struct{}), born: -1, answered: -1, own: -1, answering: -1,
	}
}

// position is how far a life came.
type position struct {
	Next int64 `json:"next"` // the first event that nobody here has handled
	Seen int64 `json:"seen"` // the last event that was known
}

// reach notes how far a life came that went elsewhere, should it come again, to another
// agent session of this login perhaps. late says that it has gone before.
func (s *Agent) reach(c *Chat, late bool) {
	c.mu.Lock()
	p := position{max(c.feed.unhandled(), c.answered+1), c.feed.next - 1}
	if c.answering >= 0 {
		p.Next = min(p.Next, c.answering)
	}
	listened, shared := c.taken, errors.Is(c.cause, login.ErrLoggedInElsewhere)
	c.mu.Unlock()
	if !listened || shared { // another process speaks as the same agent, and nothing tells its lines from ours
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	present := s.chats[c.id]
	next := present != nil && present != c && !present.isOver()
	claims := s.login.Claims()
	former, known := claims.Reached(string(c.id)).(position)
	if holder := claims.Holder(string(c.id)); next || holder != nil && holder != s || late && !known {
		return // the next life has begun
	}
	if late { // that of a later life, perhaps
		p = position{max(p.Next, former.Next), max(p.Seen, former.Seen)}
	}
	claims.Reach(string(c.id), p)
}

// goOn has the life begin where a former one of this agent came to, unless somebody
// else has spoken to the visitor since: a line of the former life that came late would
// hide what the visitor had said before it. Its caller holds c.mu.
func (c *Chat) goOn(events []Event) {
	p, known := c.agent.login.Claims().Reached(string(c.id)).(position)
	if !known {
		return
	}
	for i := range events {
		e := &events[i]
		if e.ID > p.Seen && e.IsLine(FromAgent) && e.SubType != OnlyToRep && c.author(e) != me {
			return
		}
	}
	c.answered = min(c.answered, p.Next-1)
	c.own = min(c.own, p.Next-1)
}

// take fills a life with what was read of the chat when it began.
func (c *Chat) take(data chatData) {
	c.logOdd(data.Odd)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.info = data.Info
	events := c.feed.begin(data.Events)
	for i := range events {
		e := &events[i]
		c.born = max(c.born, e.ID)
		if e.IsLine(FromAgent) && e.SubType != OnlyToRep {
			c.answered = max(c.answered, e.ID)
			if c.author(e) == me {
				c.own = max(c.own, e.ID)
			}
		}
	}
	c.goOn(events)
	if data.Info.State == Ended || c.feed.ended {
		c.feed.ended = true
		c.end = over
	}
}

// readAll reads the chat with all its events: the service may answer them in
// pages. They are complete when they reach the chat's last update, or when there
// are no more.
func (c *Chat) readAll(ctx context.Context, how rest.Request) (chatData, error) {
	at, url := c.at()
	out, _, err := rest.Do[chatDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Chat", Method: http.MethodGet, Single: how.Single, Timeout: how.Timeout, URL: url, Query: query,
	})
	data := out.Chat.data()
	if err != nil {
		return data, err
	}
	last, updated := newest(data.Events)
	if last < 0 || updated.IsZero() || !updated.Before(data.Info.LastUpdate) {
		return data, nil
	}
	for e, err := range c.eventsAfter(ctx, last, how) {
		if err != nil {
			return data, err
		}
		data.Events = append(data.Events, e)
		if !e.Time.IsZero() && !e.Time.Before(data.Info.LastUpdate) {
			break
		}
	}
	return data, nil
}

// newest is the id of the last event and its time, -1 if there is none.
func newest(events []Event) (id int64, at time.Time) {
	id = -1
	for i := range events {
		if e := &events[i]; e.ID > id {
			id, at = e.ID, e.Time
		}
	}
	return id, at
}

// cameAgain tells whether what was read of a chat that was accepted shows that it
// came to the agent after c began: c is a former life of it then.
func (c *Chat) cameAgain(now *Chat) bool {
	c.mu.Lock()
	born := c.born
	c.mu.Unlock()
	now.mu.Lock()
	defer now.mu.Unlock()
	for i := range now.feed.pending {
		e := &now.feed.pending[i]
		if e.ID <= born {
			continue
		}
		if e.Type == EventState && e.State != Ended {
			return true
		}
		switch e.SystemMessage {
		case OperatorAccepted, RoutingToAgent, TransferredToOperator, TransferredToSkill, Requeued:
			return true
		}
	}
	return false
}

// register makes c the chat's present life, and claims the chat for this agent. It
// fails if there is a life already, other than old, or if another agent session of
// this process handles the chat.
func (s *Agent) register(c, old *Chat) bool {
	s.mu.Lock()
	present := s.chats[c.id]
	free := present == nil || present == old || present.isOver()
	free = free && (c.isOver() || !s.login.Claims().Ended(string(c.id))) // else it was read before it ended
	if free && !c.isOver() {
		_, free = s.login.Claims().Take(string(c.id), s)
	}
	if free {
		delete(s.chats, c.id)
		s.login.Claims().Reach(string(c.id), nil) // this life knows
	}
	if free && !c.isOver() {
		s.chats[c.id] = c
	}
	if c.isEnded() {
		s.login.Claims().End(string(c.id))
	}
	s.mu.Unlock()
	return free
}

// quietFor is how long a new life waits for a line that the former one is sending:
// nobody asks for the chat meanwhile.
const quietFor = 3 * time.Second

// quiet waits until no line is being sent, for a while.
func (c *Chat) quiet(ctx context.Context) {
	timer := time.NewTimer(quietFor)
	defer timer.Stop()
	select {
	case c.out.turn <- struct{}{}:
		c.done()
	case <-timer.C:
	case <-ctx.Done():
	}
}

// release forgets a chat that is over, lost or handed over.
func (s *Agent) release(c *Chat) {
	s.mu.Lock()
	present := s.chats[c.id] == c // and not another life of it
	if present {
		delete(s.chats, c.id)
	}
	s.mu.Unlock()
	if present {
		s.login.Claims().Drop(string(c.id), s)
	}
}

// ID returns the chat's id.
func (c *Chat) ID() ChatID { return c.id }

// Agent returns the agent session that has the chat: the way of a handler under Run
// to the calls of the agent, and by [Agent.Login] to other clients.
func (c *Chat) Agent() *Agent { return c.agent }

// Visitor returns the visitor's name as known when the chat was read last.
func (c *Chat) Visitor() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info.VisitorName
}

// MarshalText makes the chat's id of it in JSON; see [Update].
func (c *Chat) MarshalText() ([]byte, error) { return []byte(c.id), nil }

// String names the chat.
func (c *Chat) String() string { return fmt.Sprintf("chat %s", c.id) }

// at returns where the chat is now. Nothing may be asked of a life that is gone.
func (c *Chat) at() (*seat, rest.Target) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end > over {
		return c.seat, rest.Failing(c.gone())
	}
	return c.seat, c.url
}

// gone is why nothing can be asked of the chat any more. Its caller holds c.mu.
func (c *Chat) gone() error {
	switch {
	case c.cause != nil:
		return fmt.Errorf("%w: %w", ErrChatLost, c.cause)
	case c.end == transferred:
		return fmt.Errorf("%w: it was transferred", ErrChatLost)
	case c.end == replaced:
		return fmt.Errorf("%w: it has come again, and is another Chat", ErrChatLost)
	}
	return ErrChatLost
}

// isOver tells whether nothing more can be said in the chat: it is over, or no
// longer with this agent, as far as is known here.
func (c *Chat) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end != alive
}

// isEnded tells whether the chat is over.
func (c *Chat) isEnded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end == over
}

// hasUnread tells whether there are events that were not taken.
func (c *Chat) hasUnread() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.feed.pending) > 0
}

// missesEnd tells whether the chat was ended here, and its last events have not been
// read.
func (c *Chat) missesEnd() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end == over && !c.feed.ended
}

// report tells of a call whose effect could not be found out, and returns its error.
func (c *Chat) report(what string, err error) error {
	if !errors.Is(err, ErrUnconfirmed) {
		return err
	}
	c.agent.log.Warn(what+" is unconfirmed: it may have taken effect", "chat", c.id, "err", err)
	if d := c.agent.served(); d != nil {
		d.Post(func() { d.emit(Unconfirmed{c, what, err}) })
	}
	return err
}

// abortWith says how the line that is being sent can be ended, should this life be
// gone before.
func (c *Chat) abortWith(abort func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abort = abort
	if abort != nil && c.end > over {
		abort()
	}
}

// closed is why nothing can be said in the chat any more, nil if it can.
func (c *Chat) closed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.end {
	case alive:
		return nil
	case over:
		return ErrChatEnded
	}
	return c.gone()
}

// finish ends this life, if it has not ended, and lets others know.
func (c *Chat) finish(how ending, cause error) {
	c.mu.Lock()
	if c.end != alive {
		c.mu.Unlock()
		return
	}
	c.end, c.cause = how, cause
	c.wake()
	abort := c.abort
	c.mu.Unlock()
	if abort != nil && how != over {
		abort()
	}
	switch how {
	case over:
		c.agent.login.Claims().End(string(c.id))
	case lost, replaced:
		c.agent.reach(c, false)
	}
	c.agent.release(c)
	if d := c.agent.served(); d != nil {
		d.Post(func() { d.wentOver(c) })
	}
}

// wake lets those know who wait for a change. Its caller holds c.mu.
func (c *Chat) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// add takes in events that have been read. Those of the chat's next life end this one.
func (c *Chat) add(events []Event) {
	c.mu.Lock()
	events, again := c.untilAway(events)
	added := c.feed.add(events)
	ended := c.feed.ended
	if len(added) > 0 {
		c.wake()
		if d := c.desk; d != nil && d.wanted() {
			d.Post(func() { d.came(c, added) })
		}
	}
	d := c.desk
	c.mu.Unlock()
	switch {
	case ended:
		c.finish(over, nil)
	case again:
		c.finish(replaced, nil)
		d.Post(func() { d.Doubt(time.Now()) }) // the next life is the agent's
	}
}

// untilAway are the events of this life, if others show that the chat went away and
// came again unseen: the answers to a transfer and to an accept were lost, for instance.
// Its caller holds c.mu.
func (c *Chat) untilAway(events []Event) (own []Event, again bool) {
	if c.desk == nil || c.end != alive {
		return events, false
	}
	away, back := int64(0), int64(0) // the first and the last event that say so; with 0 a chat begins
	for i := range events {
		e := &events[i]
		if e.Type != EventState || e.ID < c.feed.next || e.ID <= c.born || c.feed.copied(e) {
			continue
		}
		if e.State == Waiting && (away == 0 || e.ID < away) {
			away = e.ID
		}
		if e.State == Chatting {
			back = max(back, e.ID)
		}
	}
	if away == 0 || back < away {
		return events, false
	}
	return slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.ID >= away }), true
}

// logOdd says, once in a chat, that events were left out.
func (c *Chat) logOdd(events int) {
	c.mu.Lock()
	say := events > 0 && !c.odd
	c.odd = c.odd || say
	c.mu.Unlock()
	if say {
		c.agent.log.Warn("events are left out: their ids cannot be ids of a chat", "chat", c.id, "events", events)
	}
}

// learn takes over newer info, and tells whether the visitor's typing changed.
func (c *Chat) learn(info ChatInfo) (typed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if info.Key == "" {
		info.Key = c.info.Key
	}
	typed = (info.VisitorTyping == IsTyping) != (c.info.VisitorTyping == IsTyping)
	c.info = info
	return typed
}

// move gives the chat its place in another agent session.
func (c *Chat) move(at *seat, url rest.Target) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seat, c.url, c.guessed = at, url, true
	c.wake()
}

// found takes over the place that the server gives, if it was guessed until now.
func (c *Chat) found(at *seat, self string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.guessed || self == "" || at != c.seat {
		return
	}
	if to := at.url.Follow("self", self); to.Err() == nil && ChatID(to.Last()) == c.id {
		c.url, c.guessed = to, false
	}
}

// reseated waits for the agent session that Serve or Watch start in the place of at,
// if err says that a call was refused since at is lost. It tells whether there is one:
// then the call, which took no effect, may be made once more.
func (c *Chat) reseated(ctx context.Context, at *seat, err error) bool {
	if !errors.Is(err, ErrSessionLost) || errors.Is(err, ErrUnconfirmed) {
		return false
	}
	timer := time.NewTimer(reseatWait)
	defer timer.Stop()
	for told := false; ; told = true {
		c.mu.Lock()
		d, present, end, changed := c.desk, c.seat, c.end, c.changed
		c.mu.Unlock()
		if present != at || d == nil || end != alive {
			return present != at && end == alive
		}
		if !told {
			d.Post(func() { d.lost(at) })
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// reseatWait is how long a call waits for a new agent session.
const reseatWait = 20 * time.Second

// key is the chat session key, which many-chats answers go by.
func (c *Chat) key() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.info.Key != "" {
		return c.info.Key
	}
	return string(c.id)
}

// cursor is the id of the last event taken in, -1 for none.
func (c *Chat) cursor() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.feed.next - 1
}

// manage says which Watch or Serve polls for this chat, nil for none: it is told of
// the events that come from now on. Those that are there it returns.
func (c *Chat) manage(d *serving) (ChatInfo, []Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.desk, c.heard = d, time.Now()
	c.wake()
	return c.info, slices.Clone(c.feed.pending)
}

// yielded notes that whoever watches has been handed the next n events. Those that
// he has not are still to be handled when he breaks off.
func (c *Chat) yielded(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range n {
		c.feed.take()
	}
}

// polledFor tells whether Watch or Serve has to poll for this chat.
func (c *Chat) polledFor() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.desk != nil && c.end == alive
}

// timeout is after what time without a request the service ends the chat, 0 if it
// did not say.
func (c *Chat) timeout() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info.Timeout
}

// addWhole takes in events unless some are missing before them.
func (c *Chat) addWhole(events []Event) bool {
	c.mu.Lock()
	gap := c.feed.gap(events)
	c.mu.Unlock()
	if !gap {
		c.add(events)
	}
	return !gap
}

// finishEnded ends a chat of which the service says that it is over.
func (c *Chat) finishEnded() {
	c.mu.Lock()
	c.feed.ended = true
	c.mu.Unlock()
	c.finish(over, nil)
}

// halt hands out no more events.
func (c *Chat) halt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.halted = true
	c.wake()
}

// knowsHalt tells whether whoever takes the events knows of halt.
func (c *Chat) knowsHalt() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told
}

// cameFromColleague tells whether another agent had the chat before this life.
func (c *Chat) cameFromColleague() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.feed.pending, func(e Event) bool {
		return e.SystemMessage == TransferredToOperator || e.SystemMessage == TransferredToSkill ||
			e.IsLine(FromAgent) && c.author(&e) == somebodyElse
	})
}

// leave leaves the chat to a later Serve or Watch, which begins its next life.
func (c *Chat) leave() {
	c.agent.login.Claims().Rest(string(c.id), c.agent)
	c.agent.mu.Lock()
	defer c.agent.mu.Unlock()
	c.agent.chats[c.id] = c
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.halted, c.told = true, false, false
}

// reborn is the next life of a chat that was left, nil for another.
func (c *Chat) reborn() *Chat {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.left || c.end > over {
		return nil
	}
	next := c.agent.newChat(c.seat, c.url)
	next.guessed = c.guessed
	next.info, next.feed, next.born, next.answered, next.own = c.info, c.feed, c.born, c.answered, c.own
	next.out, next.confirmed, next.taken = c.out, maps.Clone(c.confirmed), c.taken
	if next.feed.ended {
		next.end = over
	}
	return next
}

// lastOf returns the last path element of a link.
func lastOf(href string) string {
	href, _, _ = strings.Cut(href, "?")
	return href[strings.LastIndexByte(href, '/')+1:]
}
