package messagingagent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/desk"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/login"
)

// Agent is an agent on the messaging service, over one socket that is opened again
// whenever it is lost. It may be used by many goroutines.
type Agent struct {
	session *login.Session
	cfg     *config
	log     *slog.Logger
	link    *link
	oldID   string // account and user id, as the requests want it
	pid     string

	ctx    context.Context // of all that runs for the agent
	cancel context.CancelFunc
	work   sync.WaitGroup
	ending sync.Mutex // nothing of work begins after cancel

	// mu may be taken by who holds that of a conversation; never the other way round.
	mu       sync.Mutex
	lives    map[liveperson.ConversationID]*Conversation // the present ones
	loading  map[liveperson.ConversationID]*Conversation // those that begin
	outboxes map[liveperson.ConversationID]*outbox
	requests map[string]*requests                                // for new conversations, by consumer
	reached  map[liveperson.ConversationID]map[DialogID]Position // how far former lives came
	arrivals
	changed     chan struct{} // closed and replaced when a life begins or ends
	keeper      *keeper       // of the Run under way, nil for none
	serving     *serving      // the Watch or Serve under way, nil for none
	own         *subscription
	listedAt    time.Time // when the conversations were told last as a whole, on this socket
	others      []*subscription
	socket      uint64                                  // the number of the present one
	contestedAt time.Time                               // the last look whether another process has the user
	strangeAt   time.Time                               // the last look for what was said in strangers
	strangers   map[liveperson.ConversationID]time.Time // the conversations that are not known, and were looked for
	byID        map[string]*subscription                // of the present socket
	early       map[string][]notification
	rings       rings
	state       states
	raw         []*desk.Queue[Notification]
}

// Connect opens the agent's socket and watches what is his. He is not Online yet: see
// [Agent.SetAvailability]. The options are the defaults of Watch and Serve, too. One
// login session has one Agent at a time ([ErrConnected]): a user has one connection.
//
// The socket is opened again by itself whenever it is lost, after 5 s and more, until
// [Agent.Close] or the end of the login session. Calls wait for it, as long as their
// context lasts: see [WithPatience].
//
// Connect fails if the first socket cannot be opened before ctx ends; a *liveperson.Error
// is what the service said. ctx is of no use after that.
//
// https://developers.liveperson.com/messaging-agent-sdk-overview.html
func Connect(ctx context.Context, session *login.Session, opts ...Option) (*Agent, error) {
	const op = "messagingagent.Connect"
	cfg, err := defaults.with(op, opts)
	if err != nil {
		return nil, err
	}
	switch {
	case session == nil:
		return nil, &liveperson.InputError{Op: op, Field: "session", Rule: "must not be nil"}
	case session.Signed():
		return nil, &liveperson.InputError{Op: op, Field: "session", Rule: "must have a bearer: signed calls open no socket"}
	case session.User().ID == "":
		return nil, &liveperson.InputError{Op: op, Field: "session", Rule: "must know the user id: name it to login.Bearer"}
	}
	a := &Agent{
		session: session, cfg: cfg, pid: session.User().PID,
		lives: map[liveperson.ConversationID]*Conversation{}, loading: map[liveperson.ConversationID]*Conversation{},
		outboxes: map[liveperson.ConversationID]*outbox{}, arrivals: newArrivals(), requests: map[string]*requests{},
		reached: map[liveperson.ConversationID]map[DialogID]Position{}, changed: make(chan struct{}),
		strangers: map[liveperson.ConversationID]time.Time{},
	}
	a.log = logOf(cfg, session)
	a.oldID = a.oldIDOf(session.User().ID)
	a.own = &subscription{filter: a.ownFilter(), told: a.toldOwn, listed: a.listedOwn, has: a.has}
	if cfg.resume != nil {
		cfg.resume.into(a)
	}
	if _, ok := session.Claims().Take(claim, a); !ok {
		return nil, opError(op, ErrConnected)
	}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.link = newLink(linkConfig{
		session: session, service: cfg.service, version: cfg.version, maxFrame: cfg.maxFrame, patience: cfg.patience, log: a.log,
		opened: a.opened, notify: a.notified, down: a.down,
	})
	a.work.Go(func() {
		_ = a.link.run(a.ctx) // why it ends, ready tells
		a.stop()
	})
	if err := a.link.ready(ctx); err != nil {
		a.Close()
		return nil, opError(op, err)
	}
	return a, nil
}

// claim is what a login session's agent holds.
const claim = "messaging agent"

// Close closes the socket and waits until nothing of the agent runs any more. The
// conversations stay the agent's on the service. A Watch or Serve under way should
// have ended before.
func (a *Agent) Close() {
	a.stop()
	a.work.Wait()
	a.session.Claims().Drop(claim, a)
}

// stop ends all that runs for the agent.
func (a *Agent) stop() {
	a.ending.Lock()
	defer a.ending.Unlock()
	a.cancel()
}

// pause waits, but not for what an agent that is closed may not do any more.
func (a *Agent) pause(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.ctx, cancel)()
	sleep(ctx, d)
}

// gone is why nothing runs for the agent any more.
func (a *Agent) gone() error { return cmp.Or(a.session.Err(), ErrClosed) }

func logOf(cfg *config, session *login.Session) *slog.Logger {
	return cfg.log.With("account", session.Account(), "agent", session.User().LoginName)
}

// String names the agent.
func (a *Agent) String() string { return "messaging agent of " + a.session.String() }

// Format prints String under every verb.
func (a *Agent) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(a.String())) }

// LogValue is String for slog.
func (a *Agent) LogValue() slog.Value { return slog.StringValue(a.String()) }

// Login returns the login session that the agent works with.
func (a *Agent) Login() *login.Session { return a.session }

// Me returns the agent's user id with the account before it, as conversations and
// events name agents.
func (a *Agent) Me() liveperson.UserID { return liveperson.UserID(a.oldID) }

func (a *Agent) account() string { return a.session.Account() }

// oldIDOf is a user id with the account before it.
func (a *Agent) oldIDOf(id liveperson.UserID) string {
	if strings.Contains(string(id), ".") {
		return string(id)
	}
	return a.account() + "." + string(id)
}

// ownFilter chooses the conversations in which the agent takes part.
func (a *Agent) ownFilter() Filter {
	f := Filter{Agents: []liveperson.UserID{liveperson.UserID(a.oldID)}, States: []State{StateOpen}}
	if a.cfg.surveys {
		f.States, f.Stages = nil, []Stage{StageOpen}
	}
	return f
}

// beside does work on a goroutine of the agent's, whose end Close waits for. After
// Close nothing is done any more.
func (a *Agent) beside(work func(ctx context.Context)) {
	a.ending.Lock()
	defer a.ending.Unlock()
	if a.ctx.Err() == nil {
		a.work.Go(func() { work(a.ctx) })
	}
}

// opened sets up a socket: what the former one knew died with it.
func (a *Agent) opened(ctx context.Context, s *socket) error {
	a.mu.Lock()
	a.socket = s.number
	a.byID, a.early, a.listedAt = map[string]*subscription{}, map[string][]notification{}, time.Time{}
	a.rings.fresh()
	subs := append([]*subscription{a.own}, a.others...)
	for _, sub := range subs {
		sub.id = ""
	}
	a.mu.Unlock()
	if err := a.restate(ctx, s.do); err != nil {
		return err
	}
	for _, sub := range subs {
		if err := a.subscribe(ctx, s.do, sub); err != nil {
			return err
		}
	}
	if err := a.watchRings(ctx, s.do); err != nil {
		return err
	}
	if err := a.watchState(ctx, s.do); err != nil {
		return err
	}
	a.mu.Lock()
	lives := slices.Collect(maps.Values(a.lives))
	d := a.serving
	a.mu.Unlock()
	for _, c := range lives {
		a.beside(func(ctx context.Context) { // what was said while there was no socket is perhaps not this agent's to handle
			if c.awaitShown(ctx, s, 0) == nil {
				c.refill()
			}
		})
	}
	a.beside(func(ctx context.Context) {
		if sleep(ctx, listTimeout) && a.socketNumber() == s.number {
			a.verifyLives() // should the conversations not have been told
		}
	})
	if d != nil {
		d.Post(d.connected)
	}
	return nil
}

// socketNumber is that of the present socket.
func (a *Agent) socketNumber() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.socket
}

// contested finds out whether another process, which has sent a message as this agent, has
// taken the user over: two that answer are worse than one.
func (a *Agent) contested() {
	a.mu.Lock()
	if time.Since(a.contestedAt) < contestPause {
		a.mu.Unlock()
		return
	}
	a.contestedAt = time.Now()
	a.mu.Unlock()
	a.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, answerLimit)
		defer cancel()
		err := a.session.Contested(ctx)
		if errors.Is(err, login.ErrLoggedInElsewhere) {
			a.link.giveUp(err)
		}
	})
}

// contestPause is the time between two looks whether another process works with the user.
const contestPause = 10 * time.Second

// doing makes a request: over one socket, or whichever is open.
type doing func(ctx context.Context, r request) (response, error)

// answerOf makes a request and decodes its answer.
func answerOf[T any](ctx context.Context, do doing, r request) (out T, err error) {
	answer, err := do(ctx, r)
	if err != nil {
		return out, err
	}
	if len(answer.body) == 0 { // an empty one need not be there
		return out, nil
	}
	if err := wire.Unmarshal(answer.body, &out); err != nil {
		return out, &liveperson.Error{Op: r.op, Status: answer.code, Err: fmt.Errorf("%w: %w", liveperson.ErrMalformed, err)}
	}
	return out, nil
}

// subscribe has the service tell of a subscription's conversations.
func (a *Agent) subscribe(ctx context.Context, do doing, s *subscription) error {
	const op = "messagingagent.Subscribe"
	var odd error // of an answer without a subscription
	_, err := do(ctx, request{
		op: op, typ: ".ams.aam.SubscribeExConversations", body: s.filter.body(a), idempotent: true, about: string(s.filter.Conversation),
		landed: func(answer response) { odd = a.subscribed(s, answer) },
	})
	if err == nil && odd != nil {
		err = &liveperson.Error{Op: op, Err: odd}
	}
	return err
}

// subscribed takes what a subscription is called, before the reader takes what is told
// under that name.
func (a *Agent) subscribed(s *subscription, answer response) error {
	var out subscribed
	if err := wire.Unmarshal(answer.body, &out); err != nil || out.SubscriptionID == "" {
		return fmt.Errorf("%w: no subscription in it", liveperson.ErrMalformed)
	}
	a.mu.Lock()
	if s.dropped || s.id != "" && s.socket == answer.socket { // the opener of the socket was faster
		a.mu.Unlock()
		a.unsubscribe(out.SubscriptionID, answer.socket)
		return nil
	}
	s.id, s.socket, s.fresh = out.SubscriptionID, answer.socket, true
	a.byID[s.id] = s
	early := a.early[s.id]
	delete(a.early, s.id)
	a.mu.Unlock()
	for _, n := range early {
		a.conversations(n)
	}
	return nil
}

// maxEarly is how many notifications are kept that come before the answer which names
// their subscription.
const maxEarly = 100

// notified takes a notification, on the goroutine of the reader.
func (a *Agent) notified(n notification) {
	a.mu.Lock()
	for _, q := range a.raw {
		q.Add(Notification{Type: n.typ, Body: n.body})
	}
	a.mu.Unlock()
	switch n.name {
	case "ExConversationChangeNotification":
		a.conversations(n)
	case "OnlineEventDistribution", "MessagingEventNotification":
		a.events(n)
	case "RoutingTaskNotification":
		a.ringing(n)
	case "AgentStateNotification":
		a.stated(n)
	}
}

// conversations takes what a subscription tells.
func (a *Agent) conversations(n notification) {
	id, changes, odd, err := decodeConversations(n.body)
	if err != nil || odd > 0 {
		a.log.Warn("conversations could not be read", "left out", odd, "err", err)
	}
	if err != nil {
		return
	}
	a.mu.Lock()
	s := a.byID[id]
	if s == nil {
		if len(a.early) < maxEarly && len(a.early[id]) < maxEarly && a.early != nil {
			a.early[id] = append(a.early[id], n)
		}
		a.mu.Unlock()
		return
	}
	first := s.fresh
	s.fresh = false
	plain := odd == 0 && len(changes) < maxListed
	news, doubtful := s.take(changes, first, plain, time.Now())
	s.shows(changes, n.socket)
	a.signal()
	a.mu.Unlock()
	for _, c := range news {
		s.told(c)
	}
	a.verify(s, doubtful)
	if first && s.listed != nil {
		s.listed(plain)
	}
}

// listedOwn notes that all conversations of the agent's have been told.
func (a *Agent) listedOwn(bool) {
	a.mu.Lock()
	a.listedAt = time.Now()
	a.signal()
	a.mu.Unlock()
	a.verifyLives()
}

// events takes events that come live.
func (a *Agent) events(n notification) {
	events, odd, err := decodeEvents(n.body)
	if err != nil || odd > 0 {
		a.log.Warn("events could not be read", "left out", odd, "err", err)
	}
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].isBeside(&events[0]) {
			n++
		}
		lives := a.livesOf(&events[0])
		for _, c := range lives {
			c.came(events[:n])
		}
		if lives == nil {
			a.strange(events[0].conversation())
		}
		events = events[n:]
	}
}

// strange is something said in a conversation that is not known to be the agent's. It may
// be, and nothing has told so.
func (a *Agent) strange(id liveperson.ConversationID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k, now := a.own.known[id], time.Now()
	if a.serving == nil || k != nil && !k.gone || now.Sub(a.strangeAt) < strangePause || now.Sub(a.strangers[id]) < listEvery {
		return
	}
	maps.DeleteFunc(a.strangers, func(_ liveperson.ConversationID, at time.Time) bool { return now.Sub(at) >= listEvery })
	a.strangeAt, a.strangers[id] = now, now
	a.serving.Post(a.serving.Look)
}

// strangePause is the time between two looks whether a conversation that speaks is the
// agent's: a user may be told of many that are not.
const strangePause = 20 * time.Second

// isBeside tells whether two events are of the same dialog.
func (e *Event) isBeside(other *Event) bool {
	return e.DialogID == other.DialogID && e.ConversationID == other.ConversationID
}

// conversation is whose an event is: the main dialog is called as its conversation.
func (e *Event) conversation() liveperson.ConversationID {
	return cmp.Or(e.ConversationID, liveperson.ConversationID(e.DialogID))
}

// livesOf are the lives that an event belongs to.
func (a *Agent) livesOf(e *Event) (lives []*Conversation) {
	id := e.conversation()
	a.mu.Lock()
	for _, c := range []*Conversation{a.lives[id], a.loading[id]} {
		if c != nil {
			lives = append(lives, c)
		}
	}
	a.mu.Unlock()
	if lives == nil && e.ConversationID == "" { // of another dialog than the main one
		for _, c := range a.handled() {
			if c.hasDialog(e.DialogID) {
				return []*Conversation{c}
			}
		}
	}
	return lives
}

// toldOwn takes a change of a conversation in which the agent takes part, or did.
func (a *Agent) toldOwn(change conversationChange) {
	a.mu.Lock()
	id := change.info.ID
	lives := []*Conversation{a.lives[id], a.loading[id]}
	d := a.serving
	closed := a.arrives(&change, lives[0])
	a.signal()
	a.mu.Unlock()
	for _, c := range lives {
		switch {
		case c == nil:
		case c.doubts(&change):
			a.verify(a.own, []liveperson.ConversationID{id})
		default:
			c.took(change)
		}
	}
	if d != nil && (closed || !change.gone && a.has(&change.info)) {
		d.Post(func() { d.found(id) })
	}
}

// has tells whether the agent is the one who has a conversation.
func (a *Agent) has(info *ConversationInfo) bool {
	return !a.closes(info) && info.Has(RoleAssignedAgent, a.ids()...)
}

// closes tells whether a conversation is over for this agent: with its main dialog,
// unless he follows surveys.
func (a *Agent) closes(info *ConversationInfo) bool {
	return info.Stage == StageClosed || info.State == StateClosed && !a.cfg.surveys
}

// ids are those by which the agent goes.
func (a *Agent) ids() []string { return []string{a.oldID, a.pid} }

// signal wakes who waits for a life. a.mu is held.
func (a *Agent) signal() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// life is the present life of a conversation, nil if there is none.
func (a *Agent) life(id liveperson.ConversationID) *Conversation {
	a.mu.Lock()
	c := a.lives[id]
	a.mu.Unlock()
	if c != nil && !c.hasEnded() {
		return c
	}
	return nil
}

// outboxOf is where the messages of a conversation go out.
func (a *Agent) outboxOf(id liveperson.ConversationID) *outbox {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.outboxes[id] == nil {
		a.outboxes[id] = newOutbox()
	}
	return a.outboxes[id]
}

// known is what the agent's own subscription knows of a conversation.
func (a *Agent) known(id liveperson.ConversationID) (ConversationInfo, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k := a.own.known[id]; k != nil && !k.gone {
		return k.info, true
	}
	return ConversationInfo{}, false
}

// begin reads a conversation and makes a life of it, which takes the place of a
// former one.
func (a *Agent) begin(ctx context.Context, info ConversationInfo, byHand bool) (*Conversation, error) {
	c := a.newConversation(info)
	c.byHand = byHand
	a.mu.Lock()
	if a.loading[c.id] != nil {
		a.mu.Unlock()
		return nil, errBeginning
	}
	a.loading[c.id] = c
	resumed := maps.Clone(a.reached[c.id])
	former := a.lives[c.id]
	a.mu.Unlock()
	if former != nil {
		former.mu.Lock()
		resumed = former.reached(false)
		former.mu.Unlock()
	}
	err := c.loadAll(ctx)
	if err != nil && ctx.Err() == nil && a.unreadable(c.id) {
		c.unread, err = fmt.Errorf("%w: %w", errUnread, err), nil
	}
	if err == nil {
		c.begin(resumed)
	}
	a.mu.Lock()
	delete(a.loading, c.id)
	if err == nil {
		a.lives[c.id] = c
		delete(a.reached, c.id)
		a.arrived(c)
	}
	a.signal()
	a.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if former != nil {
		former.finish(replaced, nil)
	}
	c.mu.Lock()
	if c.end != alive { // it has ended while it was read
		a.leave(c)
		a.keepReached(c)
	}
	c.mu.Unlock()
	return c, nil
}

// ended forgets a life that has ended; c.mu is held by the caller.
func (a *Agent) ended(c *Conversation) {
	a.leave(c)
	a.mu.Lock()
	if c.end == over {
		delete(a.outboxes, c.id)
	}
	if k := a.own.known[c.id]; k != nil && !k.gone && (c.end == over || c.end == transferred) && a.has(&k.info) {
		k.parted = time.Now()
	}
	a.signal()
	a.mu.Unlock()
	a.keepReached(c)
}

// keepReached notes how far a life came that went elsewhere; c.mu is held by the caller.
func (a *Agent) keepReached(c *Conversation) {
	if c.end == departed || c.end == transferred {
		a.reach(c.id, c.reached(false))
	}
}

// leave takes a life that has ended off the present ones; c.mu is held by the caller.
func (a *Agent) leave(c *Conversation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lives[c.id] != c {
		return
	}
	delete(a.lives, c.id)
	if c.end == over && !c.byHand {
		a.over[c.id] = time.Now()
	}
}

// reach notes how far a conversation was handled that went elsewhere, should it come
// again.
func (a *Agent) reach(id liveperson.ConversationID, next map[DialogID]Position) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if former, known := a.reached[id]; known {
		for dialog, p := range former {
			q, ok := next[dialog]
			if !ok {
				q.Doubtful = p.Doubtful
			}
			next[dialog] = Position{Next: max(p.Next, q.Next), Seen: max(p.Seen, q.Seen), Unsure: p.Unsure || q.Unsure, Doubtful: q.Doubtful}
		}
	} else if len(a.reached) >= maxReached {
		for old := range a.reached { // any: it is for what comes back soon
			delete(a.reached, old)
			delete(a.outboxes, old)
			break
		}
	}
	a.reached[id] = next
}

// maxReached is how many conversations that went elsewhere are remembered.
const maxReached = 1000

// Conversation opens a conversation by its id: one of the agent's, or any other that
// the user may see. It reads its state and messages. One that this agent has open
// already is returned as it is. It is in nobody's hand: Serve and Watch see no
// difference. It is kept until it is closed or the agent is. It fails with [ErrNoConversation] if the service tells of none.
func (a *Agent) Conversation(ctx context.Context, id liveperson.ConversationID) (*Conversation, error) {
	const op = "messagingagent.Conversation"
	if id == "" {
		return nil, &liveperson.InputError{Op: op, Field: "conversationId", Rule: "must not be empty"}
	}
	for {
		if c := a.life(id); c != nil {
			return c, nil
		}
		info, ok := a.known(id)
		if !ok {
			var err error
			if info, err = a.read(ctx, op, id); err != nil {
				return nil, err
			}
		}
		a.mu.Lock()
		changed := a.changed
		a.mu.Unlock()
		c, err := a.begin(ctx, info, true)
		if err == nil && a.closes(&info) {
			c.finish(over, c.unread) // nothing else is to come
		}
		if err != errBeginning { //nolint:errorlint // it is never wrapped
			return c, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, opError(op, ctx.Err())
		}
	}
}

// read asks for the present state of one conversation.
func (a *Agent) read(ctx context.Context, op string, id liveperson.ConversationID) (info ConversationInfo, err error) {
	list, plain, err := a.list(ctx, op, Filter{Conversation: id})
	if err != nil {
		return info, err
	}
	for _, info := range list {
		if info.ID == id {
			return info, nil
		}
	}
	if !plain { // it may be among those that could not be read
		return info, opError(op, fmt.Errorf("%w: conversations could not be read", liveperson.ErrMalformed))
	}
	return info, opError(op, ErrNoConversation)
}

// List asks for the conversations that a filter chooses, as they are now; the service
// tells of 1,000 at most.
func (a *Agent) List(ctx context.Context, f Filter) ([]ConversationInfo, error) {
	const op = "messagingagent.List"
	if err := f.check(op); err != nil {
		return nil, err
	}
	list, _, err := a.list(ctx, op, f)
	return list, err
}

// list is a subscription that ends with its first notification. plain is false if
// there may be more.
func (a *Agent) list(ctx context.Context, op string, f Filter) (list []ConversationInfo, plain bool, err error) {
	for range maxLists {
		list, plain, err = a.listOnce(ctx, f)
		if err == nil || ctx.Err() != nil || !unknown(err) {
			break
		}
	}
	if err != nil {
		return nil, false, opError(op, err)
	}
	return list, plain, nil
}

// maxLists is how often a list is asked for whose socket is lost.
const maxLists = 3

func (a *Agent) listOnce(ctx context.Context, f Filter) (list []ConversationInfo, plain bool, err error) {
	done := make(chan bool, 1)
	var found []ConversationInfo // the reader's alone until done
	ended := false               // the reader's alone
	s := &subscription{
		filter: f,
		told: func(c conversationChange) {
			if !c.gone && !ended {
				found = append(found, c.info)
			}
		},
		listed: func(plain bool) {
			if !ended {
				ended = true
				done <- plain
			}
		},
	}
	defer a.drop(s)
	if err := a.subscribe(ctx, a.link.do, s); err != nil {
		return nil, false, err
	}
	limit := time.NewTimer(listTimeout)
	defer limit.Stop()
	select {
	case plain = <-done:
		return found, plain, nil
	case <-limit.C:
		return nil, false, fmt.Errorf("%w: no notification came", errNoAnswer)
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

// listTimeout limits the wait for the notification that follows on a subscription.
const listTimeout = 10 * time.Second
