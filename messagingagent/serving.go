package messagingagent

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/desk"
	"github.com/liveperson-community/liveperson-go/login"
)

// serving is a Serve or Watch under way: the desk's channel to the messaging service.
type serving struct {
	*desk.Desk[life]
	agent   *Agent
	cfg     *config
	log     *slog.Logger
	handler Handler             // nil: somebody watches
	updates *desk.Queue[Update] // nil: nobody wants them

	// The rest is the desk's owner's alone.

	looked    bool // has seen what the socket told at first
	accepting map[liveperson.ConversationID]bool
	seeking   map[liveperson.ConversationID]bool // those that were accepted, and do not show
	paces     map[RingID]*desk.Pacer
	told      []RingID        // the rings that were told of last
	doubted   map[RingID]bool // those of conversations that are here
	statePace desk.Pacer
	setting   bool
	settled   time.Time    // since when it is as it should be; zero while it is not
	strayed   Availability // what the service changed the state to, as told last
	elsewhere bool         // somebody else logs in with this user
	loops     map[liveperson.ConversationID][]time.Time
	opened    map[*Conversation]time.Time
}

// life is a conversation as the desk has it.
type life struct{ *Conversation }

// Key is the conversation's id.
func (l life) Key() string { return string(l.id) }

// Over tells whether nothing more can be done with it.
func (l life) Over() bool { return l.isOver() }

// Closing tells whether its last messages are being read.
func (l life) Closing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isReading()
}

// Ended tells whether it is closed.
func (l life) Ended() bool { return l.isEnded() }

// Unread tells whether there are messages that were not handed out.
func (l life) Unread() bool { return l.hasUnread() }

// Replaced ends it: another life has begun.
func (l life) Replaced() { l.finish(replaced, nil) }

// Lost ends it: nothing can be done for it.
func (l life) Lost() { l.finish(departed, nil) }

// Stop hands out no more messages: the next one is ErrStopping.
func (l life) Stop() { l.halt() }

// Told tells whether whoever takes the messages knows.
func (l life) Told() bool { return l.knowsHalt() }

// tick is how often the desk looks whether something is due, and listEvery how often it
// asks for all conversations: the service tells of changes by itself, and may lose some.
const (
	tick      = 2 * time.Second
	listEvery = 5 * time.Minute
)

// haste is how what nobody handles yet is asked for. A conversation waits, but its consumer
// should not for long once the service is well again; each request has its own time limit,
// and some places among those in flight are left to what is being said.
var haste = &desk.Haste{Pause: 10 * time.Second, AtOnce: maxInFlight - 2}

// leastClose is what the closing of conversations has at least when Serve stops: over a
// socket that is open an answer takes no longer.
const leastClose = 1500 * time.Millisecond

// sitDown makes the desk of a Serve, or of a Watch if there is no handler.
func (a *Agent) sitDown(op string, cfg *config, h Handler) (*serving, error) {
	d := &serving{
		agent: a, cfg: cfg, handler: h, log: a.log,
		accepting: map[liveperson.ConversationID]bool{}, seeking: map[liveperson.ConversationID]bool{}, paces: map[RingID]*desk.Pacer{},
		loops: map[liveperson.ConversationID][]time.Time{}, opened: map[*Conversation]time.Time{},
	}
	if cfg.log != a.cfg.log {
		d.log = logOf(cfg, a.session)
	}
	var handle func(context.Context, life) error
	if h != nil {
		handle = func(ctx context.Context, l life) error { return h.ServeConversation(ctx, l.Conversation) }
	}
	d.Desk = desk.New(desk.Config[life]{
		Channel: d, Handle: handle, Interval: tick, ListEvery: listEvery, Max: cfg.max, Adopting: !cfg.notAdopting, Told: true,
		Haste: haste, Ready: a.link.isOpen, Leave: h == nil || !cfg.closing, Grace: cfg.grace, Least: leastClose, Ended: a.ctx.Done(),
	})
	if h == nil || cfg.onUpdate != nil {
		d.updates = desk.NewQueue[Update]()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.serving != nil {
		return nil, opError(op, ErrServing)
	}
	a.forgetClosed()
	a.serving = d
	return d, nil
}

// serve works at the desk until ctx has ended and the conversations are seen to, or
// until the login session has ended.
func (d *serving) serve(op string, ctx context.Context) error { //nolint:revive // the operation comes first as in all errors
	d.Run(ctx)
	if err := d.agent.session.Err(); err != nil {
		d.emit(LoginEnded{err})
		return opError(op, err)
	}
	if d.agent.ctx.Err() != nil {
		return opError(op, ErrClosed)
	}
	d.log.Info("stopped")
	return ctx.Err()
}

// leave makes room for another Serve or Watch.
func (d *serving) leave() {
	d.agent.mu.Lock()
	defer d.agent.mu.Unlock()
	d.agent.serving = nil
}

// Begin takes the conversations that a former Serve has left open, and those that were
// accepted by hand before.
func (d *serving) Begin() {
	d.agent.mu.Lock()
	var lives []*Conversation
	for _, c := range d.agent.lives {
		lives = append(lives, c)
	}
	d.agent.mu.Unlock()
	for _, c := range lives {
		switch {
		case c.isOver() || c.byHand && !c.isAssigned():
		case c.wasLeft() || c.byHand:
			d.Found(string(c.id), true)
		default:
			d.Open(life{c}, desk.Accepted)
		}
	}
	d.rang()
	d.stateShown()
}

// List asks for the agent's conversations. The first time what the socket told at its
// opening will do.
func (d *serving) List(ctx context.Context) (keys []string, plain bool, err error) {
	keys, plain, fresh := d.agent.listed()
	d.agent.mu.Lock()
	first := !d.looked
	d.looked = true
	d.agent.mu.Unlock()
	if first && fresh {
		return keys, plain, nil
	}
	return d.agent.relist(ctx)
}

// listed are the conversations that the agent has, as the service told by itself, and those
// that were closed before they were opened.
func (a *Agent) listed() (keys []string, plain, fresh bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, k := range a.own.known {
		if !k.gone && k.parted.IsZero() && a.has(&k.info) {
			keys = append(keys, string(id))
		}
	}
	for id := range a.unheard {
		if !slices.Contains(keys, string(id)) {
			keys = append(keys, string(id))
		}
	}
	return keys, len(a.own.known) < maxListed, !a.listedAt.IsZero()
}

// relist asks for the agent's conversations, and notes which are not his any more.
func (a *Agent) relist(ctx context.Context) (keys []string, plain bool, err error) {
	asked, number := time.Now(), a.socketNumber()
	list, plain, err := a.list(ctx, "messagingagent.List", a.own.filter)
	if err != nil {
		return nil, false, err
	}
	changes := make([]conversationChange, len(list))
	a.mu.Lock()
	for i, info := range list {
		changes[i] = conversationChange{info: info, sure: !a.over[info.ID].After(asked)}
	}
	news, doubtful := a.own.take(changes, true, plain, asked)
	a.own.shows(changes, number)
	a.signal()
	a.mu.Unlock()
	for _, c := range news {
		a.toldOwn(c)
	}
	a.verify(a.own, doubtful)
	for _, info := range list {
		if c := a.life(info.ID); c != nil && info.LastMessage == nil { // nothing tells of what was missed
			c.refill()
		}
	}
	keys, _, _ = a.listed()
	return keys, plain, nil
}

// Adopt begins a life of a conversation that the service says is the agent's.
func (d *serving) Adopt(ctx context.Context, key string) (l life, ok bool, err error) {
	info, ok := d.agent.openable(liveperson.ConversationID(key))
	if !ok {
		return l, false, nil
	}
	c, ok, err := d.agent.open(ctx, info)
	if err != nil || !ok {
		return l, false, err
	}
	return life{c}, true, nil
}

// found is a conversation of which the service has said that it is the agent's.
func (d *serving) found(id liveperson.ConversationID) {
	d.Found(string(id), d.agent.isExpected(id))
}

// Tick does what is due.
func (d *serving) Tick(now time.Time) {
	for id, x := range d.agent.expects() {
		if now.Sub(x.at) > arrival && !d.accepting[id] && !d.seeking[id] && !d.Coming(string(id)) && !d.Failed(string(id)) {
			d.seek(id)
		}
	}
	d.rang()
	d.room() // handlers may have returned
	d.stateShown()
}

// seek asks for a conversation that was accepted, and does not show: it may be on the list,
// or closed.
func (d *serving) seek(id liveperson.ConversationID) {
	d.seeking[id] = true
	if !d.InDoubt() {
		d.Doubt(time.Now().Add(tick))
	}
	d.Beside(func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, acceptLimit)
		defer cancel()
		err := d.agent.seek(ctx, "messagingagent.Accept", id)
		return func() {
			delete(d.seeking, id)
			found := d.Coming(string(id)) || d.Failed(string(id))
			if !found && (err == nil || errors.Is(err, ErrNoConversation) || refused(err)) {
				d.agent.unexpect(id)
			} // else it is asked for once more
		}
	})
}

// connected is a new socket.
func (d *serving) connected() {
	if d.elsewhere {
		d.elsewhere = false
	}
	d.emit(Connected{})
	d.Retry()
	d.rang()
}

// rang tells what rings, and accepts it.
func (d *serving) rang() {
	a := d.agent
	a.mu.Lock()
	list := a.waiting()
	a.mu.Unlock()
	d.tellRings(list)
	d.doubtRung(list)
	if d.handler == nil || d.Stopping() {
		return
	}
	now := time.Now()
	for _, r := range list {
		if d.accepting[r.Conversation] || d.Coming(string(r.Conversation)) || !d.RoomBeside(d.pending()) {
			continue
		}
		if p := d.paces[r.ID]; p != nil && !p.Due(now) {
			continue
		}
		if d.loopGuard(r, now) {
			continue
		}
		d.accept(r)
	}
	if len(list) == 0 {
		clear(d.paces)
	}
}

// pending are the conversations that are being accepted, or were and have not come.
func (d *serving) pending() (n int) {
	for id, x := range d.agent.expects() {
		if x.sure && !d.accepting[id] && !d.Coming(string(id)) && !d.Failed(string(id)) {
			n++
		}
	}
	return n + len(d.accepting)
}

// doubtRung has the service asked, once for each ring, for what rings and is here: it may
// have gone back to the queue.
func (d *serving) doubtRung(list []Ring) {
	former := d.doubted
	d.doubted = map[RingID]bool{}
	for _, r := range list {
		if _, here := d.Life(string(r.Conversation)); !here {
			continue
		}
		if d.doubted[r.ID] = true; !former[r.ID] {
			d.agent.doubt(r.Conversation)
		}
	}
}

func (d *serving) tellRings(list []Ring) {
	same := len(list) == len(d.told)
	ids := make([]RingID, len(list))
	for i, r := range list {
		ids[i] = r.ID
		same = same && d.told[i] == r.ID
	}
	if !same {
		d.told = ids
		d.emit(Ringing{list})
	}
}

// accept accepts a ring.
func (d *serving) accept(r Ring) {
	d.accepting[r.Conversation] = true
	d.agent.expect(r.Conversation)
	d.Whole(func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, acceptLimit)
		defer cancel()
		err := d.agent.answer(ctx, "messagingagent.Accept", r, RingAccepted)
		return func() { d.accepted(r, err) }
	})
}

// accepted notes what became of accepting a ring. The conversation comes by itself.
func (d *serving) accepted(r Ring, err error) {
	delete(d.accepting, r.Conversation)
	switch {
	case err == nil:
		delete(d.paces, r.ID)
		d.agent.accepted(r.Conversation)
		if info, ok := d.agent.known(r.Conversation); ok && d.agent.has(&info) {
			d.Found(string(r.Conversation), true)
		}
	case errors.Is(err, ErrRingGone):
		d.log.Info("a ring is over", "conversation", r.Conversation, "err", err)
		if _, ok := d.agent.known(r.Conversation); !ok && !triedBefore(err) {
			d.agent.unexpect(r.Conversation)
		}
	default:
		if !doubtful(err) {
			d.agent.unexpect(r.Conversation)
		}
		if unknown(err) {
			d.Doubt(time.Now().Add(arrival))
		}
		if d.paces[r.ID] == nil {
			d.paces[r.ID] = &desk.Pacer{}
		}
		d.Trouble("accepting a ring", string(r.Conversation), err, d.paces[r.ID].Failed(mostRingPause))
	}
}

// acceptLimit is how long accepting may take: a ring of a socket that is gone is told
// again on the next.
const acceptLimit = 25 * time.Second

// mostRingPause limits the pause before a ring is accepted again.
const mostRingPause = 10 * time.Second

// loopGuard tells whether a conversation has come back so often that it seems to go in
// circles: a bot that transfers to a skill that it has itself. The ring is left to
// others.
func (d *serving) loopGuard(r Ring, now time.Time) bool {
	times := d.loops[r.Conversation]
	for len(times) > 0 && now.Sub(times[0]) > loopTime {
		times = times[1:]
	}
	if len(times) == 0 {
		delete(d.loops, r.Conversation)
		return false
	}
	d.loops[r.Conversation] = times
	if len(times) < maxLoops {
		return false
	}
	if p := d.paces[r.ID]; p == nil {
		d.paces[r.ID] = &desk.Pacer{}
		d.Trouble("accepting a ring", string(r.Conversation), errLoop, d.paces[r.ID].Failed(0))
	} else {
		p.Failed(0)
	}
	return true
}

// maxLoops is how often this agent may hand a conversation over within loopTime and
// still accept it when it comes back.
const (
	maxLoops = 3
	loopTime = 5 * time.Minute
)

var errLoop = errors.New("the conversation comes back each time that it is handed over: left to others")

// Opened tells that a life has begun.
func (d *serving) Opened(l life, how desk.How) {
	opening := map[desk.How]Opening{desk.Accepted: Accepted, desk.Adopted: Adopted, desk.Resumed: Resumed}[how]
	a := d.agent
	a.mu.Lock()
	if a.expected[l.id] != nil {
		opening = Accepted
		delete(a.expected, l.id)
	}
	a.mu.Unlock()
	switch {
	case opening == Accepted && l.cameFromColleague():
		opening = Transferred
	case opening == Adopted && l.isResumed():
		opening = Resumed
	}
	info, history := l.manage(d)
	d.opened[l.Conversation] = time.Now()
	d.log.Info("conversation opened", "conversation", l.id, "how", opening, "skill", info.Skill, "events", len(history))
	d.emit(ConversationOpened{l.Conversation, opening, info, history})
	d.room()
}

// Closed tells that a life has ended, or is left open.
func (d *serving) Closed(l life, leaving bool) {
	l.manage(nil)
	closing, cause := ClosedLeft, error(nil)
	if leaving || d.Stopping() && !l.isOver() { // one that could not be closed stays the agent's
		l.leave()
	} else {
		l.finish(departed, nil) // unless it has ended otherwise
		closing, cause = l.ending()
	}
	if closing == ClosedTransferred {
		d.loops[l.id] = append(d.loops[l.id], time.Now())
	}
	args := []any{"conversation", l.id, "how", closing, "after", time.Since(d.opened[l.Conversation]).Round(time.Second)}
	level := slog.LevelInfo
	if closing == ClosedLost {
		level = slog.LevelWarn
	}
	if cause != nil {
		args, level = append(args, "err", cause), slog.LevelWarn
	}
	d.log.Log(context.Background(), level, "conversation closed", args...)
	info := l.Info()
	d.emit(ConversationClosed{l.Conversation, closing, info.Skill, info.CloseReason, cause})
	delete(d.opened, l.Conversation)
	d.Post(d.room)
}

// Rest makes the agent Away, before anything else is stopped.
func (d *serving) Rest(ctx context.Context) {
	a := d.agent
	a.mu.Lock()
	body, ok := a.state.wanted, a.state.wanted.Availability == Online && d.cfg.resting != ""
	body.Availability, body.Description = d.cfg.resting, ""
	if ok {
		a.state.full = d.cfg.resting // on a new socket, too
	}
	a.mu.Unlock()
	d.log.Info("stopping", "conversations", a.inHand())
	switch {
	case !ok:
		return
	case !a.link.isOpen():
		d.log.Warn("there is no socket to set the availability over: it is set on the next", "to", d.cfg.resting)
		return
	}
	if err := a.set(ctx, "messagingagent.SetAvailability", a.link.do, body); err != nil && !errors.Is(err, login.ErrLoggedInElsewhere) {
		d.log.Error("setting the availability failed: conversations may still ring", "to", d.cfg.resting, "err", err)
	}
}

// handled are the conversations that the agent has open.
func (a *Agent) handled() []*Conversation {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Values(a.lives))
}

// inHand is how many of them a Serve or Watch has.
func (a *Agent) inHand() (n int) {
	for _, c := range a.handled() {
		c.mu.Lock()
		if c.desk != nil {
			n++
		}
		c.mu.Unlock()
	}
	return n
}

// Returned tells what became of a handler.
func (d *serving) Returned(l life, err error, _ bool) {
	stopped := d.Stopping() && (errors.Is(err, context.Canceled) || errors.Is(err, ErrStopping)) // though it may be closed since
	closed := d.agent.ctx.Err() != nil && (errors.Is(err, ErrClosed) || errors.Is(err, d.agent.gone()))
	switch {
	case err == nil || stopped || closed:
		return
	case errors.Is(err, errUnread): // what the consumer said last is lost
	case errors.Is(err, ErrConversationEnded), errors.Is(err, ErrConversationLost): // everyday things
		d.log.Info("handler met the end of its conversation", "conversation", l.id, "err", err)
		return
	}
	args := []any{"conversation", l.id, "err", err}
	var p *desk.PanicError
	if errors.As(err, &p) {
		err = &PanicError{Value: p.Value, Stack: p.Stack}
		args = []any{"conversation", l.id, "err", err, "stack", string(p.Stack)}
	}
	d.log.Error("conversation handler failed", args...)
	if d.cfg.onError != nil {
		_ = d.call("WithOnError", func() error { d.cfg.onError(l.Conversation, err); return nil })
	}
}

// Settle hands a conversation over whose handler has failed or was stopped, or closes it.
func (d *serving) Settle(ctx context.Context, l life, err error, again bool) {
	c := l.Conversation
	if d.agent.ctx.Err() != nil {
		return // the agent is closed: it stays his on the service
	}
	unasked := err != nil || d.Stopping() && d.cfg.closing
	if d.cfg.goodbye != nil && unasked && !again {
		if _, err := c.Send(ctx, *d.cfg.goodbye); err != nil {
			d.log.Warn("saying goodbye failed", "conversation", c.id, "err", err)
		}
	}
	if d.cfg.handOver != nil && unasked {
		err := c.Transfer(ctx, *d.cfg.handOver)
		for n := 1; n < handOverTries && errors.Is(err, errUnchanged); n++ {
			err = c.Transfer(ctx, *d.cfg.handOver) // the service shows that it was not made
		}
		if err == nil || c.isOver() {
			return
		}
		if d.cfg.refused == nil {
			d.log.Error("handing a conversation over failed", "conversation", c.id, "err", err)
		} else if err := d.call("WithHandOverRefused", func() error { return d.cfg.refused(ctx, c, err) }); err != nil {
			d.log.Error("handing a conversation over failed", "conversation", c.id, "err", err)
		}
		if c.isOver() || d.Stopping() && !d.cfg.closing {
			return // it stays the agent's on the service
		}
	}
	switch err := c.Close(ctx); {
	case err == nil:
		c.finish(over, nil)
	case !errors.Is(err, ErrConversationLost) && !errors.Is(err, ErrConversationEnded):
		d.log.Error("closing a conversation failed", "conversation", c.id, "err", err)
		d.Post(d.Look) // it may still be the agent's
	}
}

// handOverTries is how often a conversation is handed over whose transfer plainly was not
// made: a socket that is lost costs no consumer his conversation.
const handOverTries = 3

// Trouble is a call of the desk's own that has failed.
func (d *serving) Trouble(what, key string, err error, pause time.Duration) {
	if errors.Is(err, context.Canceled) {
		return // by the end of the desk
	}
	what = strings.ReplaceAll(what, "chat", "conversation") // in the desk's words
	args := []any{"pause", pause.Round(time.Second), "err", err}
	if key != "" {
		args = append([]any{"conversation", key}, args...)
	}
	elsewhere := errors.Is(err, login.ErrLoggedInElsewhere)
	level := slog.LevelWarn
	if elsewhere && d.elsewhere {
		level = slog.LevelInfo // it has been said
	}
	d.log.Log(context.Background(), level, what+" failed", args...)
	d.emit(Trouble{what, liveperson.ConversationID(key), err, time.Now().Add(pause)})
	if elsewhere {
		d.givenUp(err)
	}
}

// givenUp ends the agent's conversations here: another program has logged in as this
// agent, and has them. They are taken over again when this one is back.
func (d *serving) givenUp(err error) {
	d.elsewhere = true
	for _, l := range d.Lives() {
		l.finish(departed, err)
	}
}

// room sets the availability that goes with how many conversations there are.
func (d *serving) room() {
	if d.cfg.whenFull == "" || d.Stopping() {
		return
	}
	a := d.agent
	full := Availability("")
	if d.Full() {
		full = d.cfg.whenFull
	}
	a.mu.Lock()
	a.state.full = full
	a.mu.Unlock()
	d.stateShown()
}

// stateShown sets the availability again if the service has another than it should.
func (d *serving) stateShown() {
	a := d.agent
	a.mu.Lock()
	body, ok := a.present()
	sent, shown, because, since := a.state.sent, a.state.shown, a.state.because, time.Since(a.state.setAt)
	a.mu.Unlock()
	holds := body.Availability == Online && !d.cfg.straying
	switch {
	case !ok || shown == body.Availability && sent == shown && (!holds || since < listEvery):
		d.strayed = ""
		if d.settled.IsZero() {
			d.settled = time.Now()
		}
		return
	case d.setting || d.Stopping() || shown == "":
		return
	case since < tick: // it may be the echo of what was set before
		return
	}
	a.mu.Lock()
	own := shown == a.state.wanted.Availability || shown == d.cfg.whenFull // it set that itself
	a.mu.Unlock()
	if !d.settled.IsZero() && time.Since(d.settled) > time.Minute {
		d.statePace.OK() // it has stayed
	}
	d.settled = time.Time{}
	if !own && d.strayed != shown {
		d.strayed = shown
		d.log.Warn("the service has changed the availability", "from", body.Availability, "to", shown, "reason", because)
		d.emit(AvailabilityChanged{body.Availability, shown, because})
	}
	stays := d.cfg.straying || body.Availability != Online && d.cfg.whenFull == "" // where the service has put it
	if sent == body.Availability && !own && stays || !d.statePace.Due(time.Now()) {
		return
	}
	d.setting = true
	d.Beside(func(ctx context.Context) func() {
		err := a.set(ctx, "messagingagent.SetAvailability", a.link.do, body)
		return func() {
			d.setting = false
			if err != nil {
				d.Trouble("setting the availability", "", err, d.statePace.Failed(mostFillPause))
				return
			}
			if sent == body.Availability { // it had been set before: should it stray again soon
				d.statePace.Failed(mostStatePause)
			} else {
				d.statePace.OK()
			}
		}
	})
}

// mostStatePause limits the pause before an availability is set again that the service
// changes each time.
const mostStatePause = 2 * time.Minute
