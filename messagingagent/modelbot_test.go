package messagingagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// bot is a user under test: one program after the other works as him.
type bot struct {
	h      *history
	random *rand.Rand // of the one who starts the programs
	name   string
	agent  lptest.Agent
	oldID  string
	max    int // of conversations, on the service
	limit  int // of conversations, of the program; 0 for none

	elsewhere bool // somebody has logged in as him, once

	// Guarded by the history.
	program   *program
	faults    []*fault
	disturbed time.Time // from when on he has to be well again
	peace     bool      // everything is to come right: no more odd ends
}

// program is one process, from its start to its end.
type program struct {
	bot    *bot
	client *http.Client
	cut    func() // nothing more reaches the service
	ctx    context.Context
	stop   func()

	// Guarded by the history.
	up       time.Time // since when it serves
	down     bool      // it does no more
	crashed  bool
	agent    *messagingagent.Agent
	trouble  time.Time                                  // until when it has reported to wait
	knows    map[string]int64                           // the first number that it has not handled
	left     map[string]time.Time                       // until when it has said to leave the conversation to others
	since    map[*messagingagent.Conversation]time.Time // when it was opened
	opened   map[*messagingagent.Conversation]int       // how often it was told of that
	closed   map[*messagingagent.Conversation]int       // the same
	reported map[string]bool                            // conversations that its log warns of, "" for any
	stopped  time.Time                                  // when it was told to stop
	watches  bool                                       // nobody takes messages one by one
	said     map[string]int64                           // the last answer that it knows of
	kept     kept                                       // in case of a crash
	// saidBefore is said as it was kept by the program before, which has crashed; nil if
	// it has not.
	saidBefore map[string]int64
	// sending are the answers that were being sent then.
	sending map[string]string
	says    map[string]string // the last answer that it began to send, by conversation
}

// kept is what a program leaves to the next one.
type kept struct {
	snap  *messagingagent.Snapshot
	knows map[string]int64
	said  map[string]int64 // nil after a stop
	says  map[string]string
	tells bool // that program handled one message after the other
}

func newBot(h *history, i int) *bot {
	b := &bot{h: h, random: rand.New(rand.NewPCG(h.seed, uint64(i)+1)), name: fmt.Sprint("bot", i), limit: h.random.IntN(4), max: 1 + h.random.IntN(5)}
	b.agent = h.srv.AddAgent(lptest.Agent{LoginName: b.name, Password: "s3cret-word", Skills: []string{"Sales"}, MaxChats: b.max})
	b.oldID = h.srv.Account() + "." + strconv.FormatInt(b.agent.ID, 10)
	return b
}

// isOf tells whether a message is of this bot.
func (b *bot) isOf(m messaging.Message) bool { return m.OriginatorID == b.oldID }

// well is from when on the bot has to be well, after what disturbed him last.
func (b *bot) well() time.Time {
	for _, f := range b.faults {
		if hits := f.hits(); hits > f.seen {
			f.seen = hits
			b.disturbed = latest(b.disturbed, time.Now().Add(f.lasts))
		}
	}
	return b.disturbed
}

// fault is one that disturbs a bot.
type fault struct {
	hits  func() int
	seen  int
	lasts time.Duration // from when it strikes
}

// note notes a disturbance.
func (b *bot) note(what string, lasts time.Duration) {
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.h.note("%s: %s", b.name, what)
	b.disturbed = latest(b.disturbed, time.Now().Add(lasts))
}

// disconnect ends the bot's sockets.
func (b *bot) disconnect() {
	if b.h.chance(3) {
		b.note("the sockets are dropped", recovery)
		b.h.svc.DropSockets(b.name)
		return
	}
	code := []int{1000, 1005, 1006, 1008, 1011, 4401, 4407, 4410, 4999}[b.h.random.IntN(9)]
	b.note(fmt.Sprint("the sockets are closed with ", code), recovery)
	b.h.svc.CloseSockets(b.name, code, "")
}

// stray has somebody else change what the bot has set up.
func (b *bot) stray() {
	if b.elsewhere || b.h.chance(2) {
		b.note("the service makes him away", soon)
		b.h.svc.SetAvailability(b.name, "AWAY")
		return
	}
	b.elsewhere = true // twice in a short time looks like a fight
	b.note("somebody logs in as him", recovery)
	b.h.srv.Bearer(b.agent)
	if b.h.chance(2) {
		b.h.srv.RevokeBearers(b.agent)
		b.h.svc.CloseSockets(b.name, 4401, "")
	}
}

// disturb has requests or notifications go wrong, for half a minute.
func (b *bot) disturb() {
	h := b.h
	if h.faulty && (!h.lossy || h.chance(2)) {
		b.disturbRequests()
		return
	}
	f := messaging.Fault{User: b.name}
	f.Type = []string{"ExConversationChangeNotification", "OnlineEventDistribution", "RoutingTaskNotification", "AgentStateNotification"}[h.random.IntN(4)]
	f.Kind = []messaging.FaultKind{
		messaging.FaultLose, messaging.FaultLose, messaging.FaultTwice, messaging.FaultSwap, messaging.FaultDelay, messaging.FaultClose, messaging.FaultStale,
	}[h.random.IntN(7)]
	if f.Kind == messaging.FaultStale {
		f.Type = "ExConversationChangeNotification"
	}
	f.Delay = time.Duration(1+h.random.IntN(9)) * time.Second
	if f.Kind == messaging.FaultClose {
		f.Code, f.After, f.Delay = 1006, h.chance(2), 0
	}
	lasts := recovery
	switch {
	case f.Kind != messaging.FaultLose:
	case f.Type == "ExConversationChangeNotification", f.Type == "OnlineEventDistribution" && h.silent:
		lasts = longest
	case f.Type != "OnlineEventDistribution": // it holds up no conversation that is here
		lasts = 0
	}
	b.add(f, lasts)
}

func (b *bot) disturbRequests() {
	h := b.h
	if h.chance(8) {
		b.login()
		return
	}
	f := messaging.Fault{User: b.name}
	f.Type = []string{
		"", "PublishEvent", "PublishEvent", "PublishEvent", "PublishEvent", "PublishEvent", "PublishEvent", "QueryMessages", "QueryMessages", "UpdateRingState", "UpdateRingState",
		"UpdateConversationField", "UpdateConversationField", "SubscribeExConversations", "SubscribeRoutingTasks", "SubscribeAgentsState",
		"UnsubscribeExConversations", "SetAgentState", "GetClock", "Upgrade",
	}[h.random.IntN(20)]
	late := time.Duration(1+h.random.IntN(14)) * time.Second
	switch h.random.IntN(9) {
	case 0, 1:
		f.Kind, f.Code = messaging.FaultRefuse, []int{429, 500, 502, 503, 504}[h.random.IntN(5)]
		f.After = f.Code >= 500 && h.chance(3)
	case 2:
		f.Kind, f.Code = messaging.FaultRefuse, []int{400, 401, 403}[h.random.IntN(3)]
		if f.Type == "QueryMessages" || f.Type == "SubscribeAgentsState" || f.Type == "" { // that is not shown at all then
			f.Code = 401
		}
	case 3:
		f.Kind, f.After = messaging.FaultNoAnswer, h.chance(2)
	case 4, 5:
		f.Kind, f.Code, f.After = messaging.FaultClose, []int{1006, 1006, 1011, 4401, 4407}[h.random.IntN(5)], h.chance(2)
	case 6, 7:
		f.Kind, f.Delay = messaging.FaultLate, late
	default:
		f.Kind, f.Delay = messaging.FaultDelay, late
	}
	if f.Type == "Upgrade" {
		f = messaging.Fault{User: b.name, Type: f.Type, Kind: messaging.FaultRefuse, Code: []int{401, 429, 502, 503}[h.random.IntN(4)]}
		if h.chance(3) {
			f.Kind, f.Code = messaging.FaultClose, 1006
		}
	}
	b.add(f, recovery+f.Delay)
}

// login has logins and their like go wrong.
func (b *bot) login() {
	f := lptest.Fault{Agent: b.name, Op: []lptest.Op{lptest.OpLogin, lptest.OpRefresh}[b.h.random.IntN(2)], End: 30 * time.Second}
	f.Kind, f.Status = lptest.FaultStatus, []int{429, 500, 503}[b.h.random.IntN(3)]
	b.h.say("%s: %v fails with %d", b.name, f.Op, f.Status)
	handle := b.h.srv.AddFault(f)
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.faults = append(b.faults, &fault{hits: handle.Hits, lasts: recovery})
}

// add adds a fault for half a minute, or for the first frames, which may disturb the bot
// for a while after it has struck.
func (b *bot) add(f messaging.Fault, lasts time.Duration) {
	f.Probability = []float64{0, 0.3, 0.6}[b.h.random.IntN(3)]
	if b.h.chance(2) {
		f.Probability, f.Nth, f.Times = 0, 1, 1+b.h.random.IntN(3)
	}
	doc, _ := json.Marshal(f)
	b.h.say("%s: %s", b.name, doc)
	handle := b.h.svc.AddFault(f)
	time.AfterFunc(30*time.Second, handle.Remove)
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.faults = append(b.faults, &fault{hits: handle.Hits, lasts: lasts})
}

// crash ends the program at once: nothing more of it reaches the service.
func (b *bot) crash() { b.quit("crashes", true) }

// stop ends the program well.
func (b *bot) stop() { b.quit("stops", false) }

func (b *bot) quit(how string, crash bool) {
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	p := b.program
	if p == nil || p.ctx.Err() != nil {
		return
	}
	b.h.note("%s %s", b.name, how)
	p.stopped = time.Now()
	clear(p.reported)
	if crash {
		p.crashed, p.down = true, true
		if b.h.chance(2) {
			p.cut()
		}
		if p.agent != nil {
			agent := p.agent
			go func() { agent.Close(); p.stop() }() // a close without a word
			return
		}
	}
	p.stop()
}

// settle has no more odd things happen by the program itself.
func (b *bot) settle() {
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.peace = true
}

// work has programs work, one after the other, until the history ends.
func (b *bot) work() {
	var left kept
	for b.h.serving.Err() == nil {
		p := b.newProgram(left)
		left = p.run(left.snap)
		p.cut()
		b.wait(b.random.IntN(30))
	}
}

// wait waits for some seconds, or until the history ends.
func (b *bot) wait(seconds int) {
	select {
	case <-time.After(time.Duration(seconds) * time.Second):
	case <-b.h.serving.Done():
	}
}

func (b *bot) newProgram(left kept) *program {
	p := &program{
		bot: b, knows: map[string]int64{}, said: map[string]int64{}, saidBefore: left.said, left: map[string]time.Time{}, reported: map[string]bool{},
		sending: left.sending(), says: map[string]string{}, since: map[*messagingagent.Conversation]time.Time{}, opened: map[*messagingagent.Conversation]int{}, closed: map[*messagingagent.Conversation]int{},
	}
	var wire context.Context
	wire, p.cut = context.WithCancel(context.Background())
	p.ctx, p.stop = context.WithCancel(b.h.serving)
	p.client = &http.Client{Transport: cable{b.h.srv.Transport(), wire}}
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.program = p
	maps.Copy(p.knows, left.knows)
	b.h.note("%s: a program begins, with a snapshot of %v, after a crash: %v", b.name, p.knows, left.said != nil)
	return p
}

// run is a program from its beginning to its end. It returns what the next one goes on
// with, if anything.
func (p *program) run(snap *messagingagent.Snapshot) kept {
	session, agent := p.begin(snap)
	if agent == nil {
		return kept{}
	}
	defer session.Close()
	defer agent.Close()
	defer p.keep(agent)()
	for p.serve(session, agent) {
		b := p.bot
		b.wait(b.random.IntN(12))
		p.again()
	}
	p.bot.h.mu.Lock()
	crashed, left := p.crashed, p.kept
	p.bot.h.mu.Unlock()
	switch n := p.bot.random.IntN(3); {
	case n == 0:
		return kept{}
	case crashed, n == 1 && left.snap != nil: // killed while it stopped
		return left
	}
	data, _ := json.Marshal(agent.Snapshot())
	next := &messagingagent.Snapshot{}
	_ = json.Unmarshal(data, next)
	agent.Close()
	if p.bot.random.IntN(2) == 0 {
		_ = session.Logout(context.WithoutCancel(p.ctx))
	}
	said := maps.Clone(p.saidBefore) // what it goes on with is from before a crash where it had no life
	for id := range p.said {
		if said != nil {
			said[id] = math.MaxInt64
		}
	}
	return kept{next, p.knows, said, p.says, !p.watches}
}

// sending are the answers that were being sent when the snapshot was taken, by conversation.
func (k kept) sending() map[string]string {
	sending := map[string]string{}
	if k.snap == nil || !k.tells {
		return sending
	}
	for id, dialogs := range k.snap.Conversations {
		for _, at := range dialogs {
			if at.Sending != "" {
				sending[string(id)] = k.says[string(id)]
			}
		}
	}
	return sending
}

// keep takes a snapshot now and then, in case of a crash.
func (p *program) keep(agent *messagingagent.Agent) (end func()) {
	stop := make(chan struct{})
	go func() {
		h := p.bot.h
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Second):
			}
			h.mu.Lock()
			serves := !p.up.IsZero() && !p.down && !p.crashed
			h.mu.Unlock()
			if !serves {
				continue
			}
			snap := agent.Snapshot()
			h.mu.Lock()
			if !p.crashed && !p.down {
				p.kept = kept{&snap, maps.Clone(p.knows), maps.Clone(p.said), maps.Clone(p.says), !p.watches}
			}
			h.mu.Unlock()
		}
	}()
	return sync.OnceFunc(func() { close(stop) })
}

// again has the program serve once more, over the same socket.
func (p *program) again() {
	h := p.bot.h
	h.mu.Lock()
	defer h.mu.Unlock()
	p.up, p.down = time.Time{}, false
	p.ctx, p.stop = context.WithCancel(h.serving)
	h.note("%s goes on", p.bot.name)
}

// begin logs in and goes Online, however often it takes. Without an agent it was
// stopped before.
func (p *program) begin(snap *messagingagent.Snapshot) (*login.Session, *messagingagent.Agent) {
	b := p.bot
	opts := []messagingagent.Option{messagingagent.WithLogger(slog.New(warnings{p: p}))}
	if snap != nil {
		opts = append(opts, messagingagent.WithSnapshot(*snap))
	}
	for p.ctx.Err() == nil {
		session, err := login.Login(p.ctx, b.h.srv.Account(), login.Password(b.name, "s3cret-word"), login.WithHTTPClient(p.client))
		if err != nil {
			b.h.say("%s: login: %v", b.name, err)
			b.wait(3)
			continue
		}
		agent, err := messagingagent.Connect(p.ctx, session, opts...)
		if err == nil {
			b.h.mu.Lock()
			p.agent = agent
			b.h.mu.Unlock()
			if err = agent.SetAvailability(p.ctx, messagingagent.Online); err == nil {
				return session, agent
			}
			agent.Close()
		}
		b.h.say("%s: connect: %v", b.name, err)
		session.Close()
		b.wait(3)
	}
	return nil, nil
}

// serve has the agent work until the program is stopped. It tells whether the agent goes
// on after that.
func (p *program) serve(session *login.Session, agent *messagingagent.Agent) bool {
	b := p.bot
	leave := b.random.IntN(3) > 0
	watch := b.random.IntN(5) == 0
	options := []messagingagent.Option{messagingagent.WithOnUpdate(p.told), messagingagent.WithOnError(func(*messagingagent.Conversation, error) {})}
	if b.limit > 0 {
		options = append(options, messagingagent.WithMaxConversations(b.limit))
		if b.random.IntN(2) == 0 {
			options = append(options, messagingagent.WithWhenFull(messagingagent.Occupied))
		}
	}
	if !leave {
		options = append(options, messagingagent.WithCloseOnStop())
	}
	if b.random.IntN(3) == 0 {
		options = append(options, messagingagent.WithHandOver(messagingagent.ToQueue()))
	}
	if b.random.IntN(4) == 0 {
		options = append(options, messagingagent.WithoutReceipts())
	}
	for refused := true; refused; { // it is as it was then
		var e *liveperson.Error
		if refused = errors.As(agent.SetAvailability(p.ctx, messagingagent.Online), &e) && e.Status == 400; refused {
			time.Sleep(time.Second)
		}
	}
	b.h.mu.Lock()
	p.up, p.watches = time.Now(), watch
	b.h.note("%s serves; leave %v, watch %v, limit %d of %d", b.name, leave, watch, b.limit, b.max)
	b.h.mu.Unlock()
	served := make(chan error, 1)
	go func() {
		if watch {
			served <- p.watch(agent, options)
		} else {
			served <- agent.Serve(p.ctx, messagingagent.HandlerFunc(p.handle), options...)
		}
	}()
	var err error
	select {
	case <-p.ctx.Done():
	case <-session.Done():
	}
	b.h.mu.Lock()
	p.down = true
	b.h.mu.Unlock()
	err = <-served
	b.h.say("%s: served: %v", b.name, err)
	p.checkStop(leave || watch)
	return b.h.serving.Err() == nil && session.Err() == nil && !p.crashed && b.random.IntN(4) == 0
}

// checkStop sees that what was opened has been told to be closed, and that nothing is
// left behind silently.
func (p *program) checkStop(leaves bool) {
	h := p.bot.h
	h.mu.Lock()
	defer h.mu.Unlock()
	for c, n := range p.opened {
		if p.closed[c] != 1 || n != 1 {
			h.fail("%s: %s was opened %d times and closed %d times", p.bot.name, c.ID(), n, p.closed[c])
		}
	}
	if leaves || p.crashed || p.stopped.IsZero() {
		return
	}
	h.look()
	well := latest(p.bot.well(), p.up, p.trouble)
	for _, c := range h.all {
		mine := c.Assigned() == p.bot.name && c.State() == "OPEN" && latest(well, h.changed[c.ID()]).Add(soon).Before(p.stopped)
		if mine && !p.reported[c.ID()] && !p.reported[""] {
			h.fail("%s: %s was left behind without a word", p.bot.name, c.ID())
		}
	}
}

// told takes an update.
func (p *program) told(u messagingagent.Update) {
	h := p.bot.h
	h.mu.Lock()
	defer h.mu.Unlock()
	switch u := u.(type) {
	case messagingagent.Trouble:
		h.note("%s: %s %s failed until %s: %v", p.bot.name, u.What, u.Conversation, u.Until.Format("04:05"), u.Err)
		if strings.Contains(u.Err.Error(), "left to others") {
			p.left[string(u.Conversation)] = time.Now().Add(10 * time.Minute)
			return
		}
		p.trouble = latest(p.trouble, u.Until.Add(soon))
	case messagingagent.Disconnected:
		h.note("%s: disconnected until %s: %v", p.bot.name, u.Until.Format("04:05"), u.Err)
		p.trouble = latest(p.trouble, u.Until.Add(soon))
	case messagingagent.Connected:
		h.note("%s: connected", p.bot.name)
	case messagingagent.ConversationOpened:
		p.opened[u.Conversation]++
		p.since[u.Conversation] = time.Now()
		h.note("%s: opened %s: %s", p.bot.name, u.Conversation.ID(), u.How)
	case messagingagent.ConversationClosed:
		p.closed[u.Conversation]++
		id, since := string(u.Conversation.ID()), p.since[u.Conversation]
		c := h.svc.Conversation(id)
		h.look()
		mine := c.Assigned() == p.bot.name && c.State() == "OPEN" && h.moved[id].Before(since) && h.changed[id].Before(since)
		returned := slices.ContainsFunc(h.stories[id], func(s *story) bool { return s.conv == u.Conversation && s.finished })
		if u.How == messagingagent.ClosedLost && u.Err == nil && !p.crashed && mine && !returned { // one that returned could not be closed
			h.fail("%s: %s is said to be lost, and is not", p.bot.name, id)
		}
		h.note("%s: closed %s: %s %v", p.bot.name, u.Conversation.ID(), u.How, u.Err)
	case messagingagent.AvailabilityChanged:
		h.note("%s: availability from %s to %s", p.bot.name, u.From, u.To)
	case messagingagent.Unconfirmed:
		h.note("%s: unconfirmed %s of %s: %v", p.bot.name, u.What, u.Conversation.ID(), u.Err)
	}
}

// guards tells whether the program has said that it leaves a conversation to others.
func (p *program) guards(id string) bool { return time.Now().Before(p.left[id]) }

// handle answers every message.
func (p *program) handle(ctx context.Context, conv *messagingagent.Conversation) (err error) {
	s := p.bot.h.begin(p, conv)
	defer func() { p.bot.h.end(s, err) }()
	for m, err := range conv.Messages(ctx) {
		if err != nil {
			return err
		}
		p.bot.h.hand(s, m)
		switch err := p.answer(ctx, s, m); {
		case errors.Is(err, errPanics):
			panic(err)
		case errors.Is(err, errEarly):
			return nil
		case err != nil:
			return err
		}
		p.bot.h.waits(s)
	}
	return nil
}

// waits notes that the next message is waited for.
func (h *history) waits(s *story) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.waits = time.Now()
}

// answer answers a message, unless something else was drawn.
func (p *program) answer(ctx context.Context, s *story, m messagingagent.Event) error {
	h, conv := p.bot.h, s.conv
	h.mu.Lock()
	peace := p.bot.peace
	h.mu.Unlock()
	fate := h.fate(s, m.Sequence)
	think := time.Duration(fate.IntN(3000)) * time.Millisecond
	if fate.IntN(6) == 0 && !peace {
		think = time.Duration(fate.IntN(20)) * time.Second
	}
	select {
	case <-time.After(think):
	case <-ctx.Done():
		return ctx.Err()
	}
	switch what := fate.IntN(60); {
	case peace:
	case what == 0:
		return errFate
	case what == 1:
		return errPanics
	case what == 2:
		return errEarly
	case what < 7:
		to := messagingagent.ToQueue()
		skill := conv.Skill()
		switch fate.IntN(4) {
		case 0:
			to = messagingagent.ToSkill(skill)
		case 1:
			to = messagingagent.ToAgent(p.staff(fate), skill)
		}
		h.moves(s.id)
		err := conv.Transfer(ctx, to)
		h.say("%s: life %d of %s is transferred: %v", p.bot.name, s.n, s.id, err)
		if err == nil {
			time.Sleep(time.Duration(fate.IntN(8)) * time.Second)
			return errEarly
		}
	}
	for {
		h.answered(s, m.Sequence, open, nil)
		sequence, err := conv.Send(ctx, messagingagent.Text(answer(h.seed, s, m.Sequence)))
		switch {
		case err == nil:
			h.answered(s, m.Sequence, confirmed, nil)
			h.stands(s, m.Sequence, sequence)
			return nil
		case errors.Is(err, messagingagent.ErrUnconfirmed):
			h.answered(s, m.Sequence, unconfirmed, err)
			return ctx.Err()
		}
		h.answered(s, m.Sequence, refused, err)
		if errors.Is(err, messagingagent.ErrConversationLost) || errors.Is(err, messagingagent.ErrConversationEnded) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stands sees that an answer has the number that Send was told.
func (h *history) stands(s *story, number, sequence int64) {
	for _, m := range h.svc.Conversation(s.id).Messages() {
		if int64(m.Sequence) == sequence && m.Text == answer(h.seed, s, number) {
			return
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail("the answer to %d of %s is not its number %d", number, s.id, sequence)
}

// staff is another agent.
func (p *program) staff(fate *rand.Rand) liveperson.UserID {
	for {
		agents := p.bot.h.srv.Agents()
		if a := agents[fate.IntN(len(agents))]; a.LoginName != p.bot.name {
			return liveperson.UserIDOf(a.ID)
		}
	}
}

// talk is a conversation of who watches.
type talk struct {
	s        *story
	messages chan messagingagent.Event
}

// watch is a small workspace: it accepts, answers, and transfers.
func (p *program) watch(agent *messagingagent.Agent, options []messagingagent.Option) error {
	var working sync.WaitGroup
	defer working.Wait()
	ctx, stop := context.WithCancel(p.ctx)
	defer stop()
	talks := map[*messagingagent.Conversation]talk{}
	defer func() {
		for _, d := range talks {
			close(d.messages)
		}
	}()
	for u, err := range agent.Watch(ctx, options[2:]...) { // without the functions
		if err != nil {
			return err
		}
		p.told(u)
		switch u := u.(type) {
		case messagingagent.Ringing:
			for _, r := range u.Rings {
				if p.bot.limit > 0 && len(talks) >= p.bot.limit {
					break
				}
				working.Go(func() {
					if _, err := r.Accept(ctx); err != nil {
						p.bot.h.say("%s: accept: %v", p.bot.name, err)
					}
				})
			}
		case messagingagent.ConversationOpened:
			d := talk{p.bot.h.begin(p, u.Conversation), make(chan messagingagent.Event, 1000)}
			talks[u.Conversation] = d
			working.Go(func() { p.talk(ctx, d) })
			var news []messagingagent.Event
			for _, e := range u.History {
				if e.From.Role == messagingagent.RoleConsumer && e.IsMessage() && e.Sequence >= d.s.from {
					news = append(news, e)
				}
			}
			for _, e := range news {
				d.messages <- e
			}
		case messagingagent.MessageReceived:
			if d, is := talks[u.Conversation]; is && u.Event.From.Role == messagingagent.RoleConsumer {
				d.messages <- u.Event
			}
		case messagingagent.ConversationClosed:
			if d, is := talks[u.Conversation]; is {
				close(d.messages)
				p.bot.h.end(d.s, u.Err)
				delete(talks, u.Conversation)
			}
		}
	}
	return nil
}

// talk answers what the one who watches sees.
func (p *program) talk(ctx context.Context, d talk) {
	for m := range d.messages {
		if ctx.Err() != nil {
			continue
		}
		p.bot.h.hand(d.s, m)
		if p.answer(ctx, d.s, m) != nil {
			for d.s.conv.Close(ctx) != nil && ctx.Err() == nil {
				time.Sleep(5 * time.Second)
			}
			for range d.messages { // nobody answers these
			}
			return
		}
		p.bot.h.waits(d.s)
	}
}

// warnings notes what the client logs, and which conversations it warns of.
type warnings struct {
	p *program
}

func (w warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (w warnings) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	id := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "stack" {
			fmt.Fprintf(&line, " %s=%v", a.Key, a.Value)
		}
		if a.Key == "conversation" {
			id = a.Value.String()
		}
		return true
	})
	h := w.p.bot.h
	h.mu.Lock()
	defer h.mu.Unlock()
	h.note("%s: %v %s%s", w.p.bot.name, r.Level, r.Message, line.String())
	if r.Level >= slog.LevelWarn {
		w.p.reported[id] = true
	}
	return nil
}

func (w warnings) WithAttrs([]slog.Attr) slog.Handler { return w }
func (w warnings) WithGroup(string) slog.Handler      { return w }

// cable leads to the service until it is cut.
type cable struct {
	http.RoundTripper
	cut context.Context
}

func (c cable) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := c.cut.Err(); err != nil {
		return nil, fmt.Errorf("the cable is cut: %w", io.ErrUnexpectedEOF)
	}
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(c.cut, cancel)
	resp, err := c.RoundTripper.RoundTrip(r.WithContext(ctx))
	if err != nil {
		stop()
		cancel()
		return nil, err
	}
	body := cutBody{resp.Body, func() { stop(); cancel() }}
	if socket, is := resp.Body.(io.ReadWriteCloser); is && resp.StatusCode == http.StatusSwitchingProtocols {
		stop()
		stop = context.AfterFunc(c.cut, func() { _ = socket.Close() })
		resp.Body = cutSocket{socket, body}
		return resp, nil
	}
	resp.Body = body
	return resp, nil
}

type cutBody struct {
	io.ReadCloser
	done func()
}

func (b cutBody) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

// cutSocket is a body that can be written to.
type cutSocket struct {
	io.ReadWriter
	body cutBody
}

func (s cutSocket) Close() error { return s.body.Close() }
