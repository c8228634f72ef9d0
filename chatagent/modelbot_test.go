package chatagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// bot is a user under test: one program after the other works as him.
type bot struct {
	h      *history
	random *rand.Rand // of the one who starts the programs
	agent  lptest.Agent
	creds  login.Credentials
	limit  int // of chats, 0 for none

	revoked bool // its bearers were, once

	// Guarded by the history.
	program   *program
	faults    []*fault
	disturbed time.Time // from when on it has to be well again
	trouble   time.Time // until when it has reported to wait
	peace     bool      // everything is to come right: no more odd ends
}

// program is one process, from its start to its end.
type program struct {
	bot    *bot
	client *http.Client
	cut    func() // nothing more reaches the server
	ctx    context.Context
	stop   func()

	// Guarded by the history.
	up      time.Time // since when it serves
	down    bool      // it does no more
	crashed bool
	leaving bool // it leaves its chats open
	twice   bool // it has two agent sessions
	session *login.Session
}

func newBot(h *history, i int) *bot {
	b := &bot{h: h, random: rand.New(rand.NewPCG(h.seed, uint64(i)+1)), limit: h.random.IntN(4)}
	name := fmt.Sprint("bot", i)
	b.agent = h.srv.AddAgent(lptest.Agent{LoginName: name, Password: "s3cret-word", Skills: []string{"Sales"}, MaxChats: 1 + h.random.IntN(5)})
	b.creds = login.Password(name, "s3cret-word")
	return b
}

// well is from when on the bot has to be well, after what disturbed it last.
func (b *bot) well() time.Time {
	for _, f := range b.faults {
		if hits := f.handle.Hits(); hits > f.hits {
			f.hits = hits
			if end := time.Now().Add(f.lasts); end.After(b.disturbed) {
				b.disturbed = end
			}
		}
	}
	if p := b.program; p != nil && p.session != nil { // a login that failed is not made again at once
		if until, err := p.session.Trouble(); err != nil && until.Add(recovery).After(b.disturbed) {
			b.disturbed = until.Add(recovery)
		}
	}
	return b.disturbed
}

// fault is one that disturbs a bot.
type fault struct {
	handle *lptest.FaultHandle
	lasts  time.Duration // from when it strikes
	hits   int
}

// disturb has calls fail, for a while.
func (b *bot) disturb() {
	h := b.h
	switch h.random.IntN(10) {
	case 0:
		h.srv.DropSessions(b.agent)
		b.note("the agent sessions are lost")
		return
	case 1:
		if b.revoked {
			return // twice in a short time looks like somebody else with this user
		}
		b.revoked = true
		h.srv.RevokeBearers(b.agent)
		b.note("the bearers are revoked")
		return
	case 2, 3: // nothing works
		seconds := 10 + h.random.IntN(60)
		b.h.say("%s: nothing works for %d s", b.agent.LoginName, seconds)
		kind := []lptest.FaultKind{lptest.FaultReset, lptest.FaultStatus, lptest.FaultHang}[h.random.IntN(3)]
		b.add(lptest.Fault{Agent: b.agent.LoginName, Kind: kind, End: time.Duration(seconds) * time.Second}, 8*time.Second+recovery)
		return
	}
	f := lptest.Fault{Agent: b.agent.LoginName, End: time.Duration(3+h.random.IntN(55)) * time.Second}
	f.Op = []lptest.Op{
		"", "", lptest.OpIncoming, lptest.OpAccept, lptest.OpAccept, lptest.OpAccept, lptest.OpChatSessions, lptest.OpChats,
		lptest.OpChat, lptest.OpEvents, lptest.OpChatInfo, lptest.OpSend, lptest.OpSend, lptest.OpSend, lptest.OpEnd,
		lptest.OpTransfer, lptest.OpAvailability, lptest.OpSetAvailability, lptest.OpSessionStart, lptest.OpLogin, lptest.OpRefresh,
	}[h.random.IntN(21)]
	f.Probability = []float64{0, 0.3, 0.6}[h.random.IntN(3)]
	if h.chance(3) {
		f.Probability, f.Nth, f.Times = 0, 1, 1+h.random.IntN(3)
	}
	late := time.Duration(1+h.random.IntN(11)) * time.Second
	switch h.random.IntN(10) {
	case 0:
		f.Status = 503
	case 1:
		f.Status = []int{429, 500, 504}[h.random.IntN(3)]
	case 2:
		f.Kind = lptest.FaultReset
	case 3:
		f.Kind = lptest.FaultResetAfter
	case 4:
		f.Kind, f.Delay = lptest.FaultLate, late
	case 5:
		f.Kind = lptest.FaultCut
	case 6:
		f.Kind, f.Latency = lptest.FaultHang, late
	case 7:
		f.Kind, f.Latency = lptest.FaultHang, 40*time.Second
	case 8:
		f.Kind, f.Latency = lptest.FaultLatency, late
	case 9:
		f.Kind = []lptest.FaultKind{lptest.FaultHTML, lptest.FaultDuplicateEvents, lptest.FaultRepeatEvents, lptest.FaultRotate}[h.random.IntN(4)]
	}
	doc, _ := json.Marshal(f)
	h.say("%s: %s", b.agent.LoginName, doc)
	lasts := f.Latency + f.Delay + recovery
	switch f.Op {
	case lptest.OpAccept:
		lasts = max(f.Latency, 8*time.Second) + f.Delay + soon // what was accepted is looked for
	case lptest.OpSend: // a next life waits for the line that the former one is sending
		lasts += 30 * time.Second
	case lptest.OpAvailability, lptest.OpSetAvailability, lptest.OpRefresh:
		lasts = 0 // no reason not to poll
	}
	b.add(f, lasts)
}

// add adds a fault that may disturb the bot for a while after it has struck.
func (b *bot) add(f lptest.Fault, lasts time.Duration) {
	handle := b.h.srv.AddFault(f)
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.faults = append(b.faults, &fault{handle: handle, lasts: lasts})
}

// note notes a disturbance.
func (b *bot) note(what string) {
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.h.note("%s: %s", b.agent.LoginName, what)
	if end := time.Now().Add(recovery); end.After(b.disturbed) {
		b.disturbed = end
	}
}

// crash ends the program at once: nothing more of it reaches the server.
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
	b.h.note("%s %s", b.agent.LoginName, how)
	if crash {
		p.crashed, p.down = true, true
		p.cut()
	}
	p.stop()
}

// settle has no more odd things happen by the program itself.
func (b *bot) settle() {
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.peace = true
}

// dead is a context that has ended.
func dead() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// work has programs work, one after the other, until the history ends.
func (b *bot) work() {
	for b.h.serving.Err() == nil {
		p := b.newProgram()
		session, agent := p.begin()
		for agent != nil {
			session, agent = p.serve(session, agent)
		}
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

func (b *bot) newProgram() *program {
	p := &program{bot: b}
	var wire context.Context
	wire, p.cut = context.WithCancel(context.Background())
	p.ctx, p.stop = context.WithCancel(b.h.serving)
	p.client = &http.Client{Transport: cable{b.h.srv.Transport(), wire}}
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.program = p
	b.h.note("%s: a program begins", b.agent.LoginName)
	return p
}

// begin logs in and goes Online, however often it takes. Without an agent it was
// stopped before.
func (p *program) begin() (*login.Session, *chatagent.Agent) {
	for p.ctx.Err() == nil {
		session, err := login.Login(p.ctx, p.bot.h.srv.Account(), p.bot.creds, login.WithHTTPClient(p.client))
		if err != nil {
			p.bot.h.say("%s: login: %v", p.bot.agent.LoginName, err)
			p.bot.wait(3)
			continue
		}
		agent, err := chatagent.Start(p.ctx, session)
		if err == nil {
			err = agent.SetAvailability(p.ctx, chatagent.Online)
		}
		if err == nil {
			return session, agent
		}
		p.bot.h.say("%s: start: %v", p.bot.agent.LoginName, err)
		session.Close()
		p.bot.wait(3)
	}
	return nil, nil
}

// serve has the agent work until the program is stopped. It returns what goes on
// with the chats that were left open, if anything does.
func (p *program) serve(session *login.Session, agent *chatagent.Agent) (*login.Session, *chatagent.Agent) {
	b := p.bot
	leave := b.random.IntN(3) == 0
	watch := b.random.IntN(4) == 0
	options := []chatagent.Option{chatagent.WithOnUpdate(p.told)}
	if b.limit > 0 {
		options = append(options, chatagent.WithMaxChats(b.limit))
		if b.random.IntN(2) == 0 {
			options = append(options, chatagent.WithWhenFull(chatagent.Occupied))
		}
	}
	if !leave && !watch && b.random.IntN(3) == 0 {
		to := chatagent.TransferTarget{AgentID: liveperson.UserIDOf(b.h.staff[0].ID)}
		options = append(options, chatagent.WithHandOver(to, "please go on"))
	}
	agents := []*chatagent.Agent{agent}
	if !leave && !watch && b.random.IntN(4) == 0 {
		if second, err := chatagent.Start(p.ctx, session); err == nil && second.SetAvailability(p.ctx, chatagent.Online) == nil {
			agents = append(agents, second)
		}
	}
	if leave {
		options = append(options, chatagent.WithLeaveChats())
	}
	b.h.mu.Lock()
	p.up = time.Now()
	p.leaving, p.twice, p.session = leave || watch, len(agents) > 1, session
	b.h.note("%s serves; leave %v, watch %v, sessions %d, limit %d", b.agent.LoginName, leave, watch, len(agents), b.limit)
	b.h.mu.Unlock()
	var working sync.WaitGroup
	for _, a := range agents {
		working.Go(func() {
			var err error
			if watch {
				err = p.watch(a, options)
			} else {
				err = a.Serve(p.ctx, chatagent.HandlerFunc(p.handle), options...)
			}
			b.h.say("%s: served: %v", b.agent.LoginName, err)
		})
	}
	select {
	case <-p.ctx.Done():
	case <-session.Done():
	}
	b.h.mu.Lock()
	p.down = true
	crashed := p.crashed
	b.h.mu.Unlock()
	working.Wait()
	for _, a := range agents {
		a.Close()
	}
	switch {
	case crashed:
		_ = session.Logout(dead()) // lets its goroutines go
		return nil, nil
	case !leave && !watch:
		err := session.Logout(context.WithoutCancel(p.ctx))
		b.h.say("%s: logged out: %v", b.agent.LoginName, err)
		return nil, nil
	}
	return p.next(session, agent)
}

// next goes on with chats that were left open.
func (p *program) next(session *login.Session, agent *chatagent.Agent) (*login.Session, *chatagent.Agent) {
	b := p.bot
	kind := b.random.IntN(3)
	if b.h.serving.Err() != nil || kind == 0 || session.Err() != nil {
		session.Close()
		return nil, nil // the next program looks for them
	}
	snap, err := agent.Snapshot(context.Background())
	pause := b.random.IntN(12)
	if kind == 1 {
		b.wait(pause)
		p.again()
		return session, agent
	}
	if err != nil {
		b.h.say("%s: snapshot: %v", b.agent.LoginName, err)
		session.Close()
		return nil, nil
	}
	saved := session.Save()
	session.Close()
	b.wait(pause)
	p.again()
	session, err = login.Restore(p.ctx, saved, b.creds, login.WithHTTPClient(p.client))
	if err != nil {
		b.h.say("%s: restore: %v", b.agent.LoginName, err)
		return p.begin()
	}
	agent, err = chatagent.Resume(p.ctx, session, snap)
	if err != nil {
		b.h.say("%s: resume: %v", b.agent.LoginName, err)
		session.Close()
		return p.begin()
	}
	_ = agent.SetAvailability(p.ctx, chatagent.Online)
	return session, agent
}

// again makes another program of p, with the same connections.
func (p *program) again() {
	h := p.bot.h
	h.mu.Lock()
	defer h.mu.Unlock()
	former := *p
	for _, lives := range h.stories {
		for _, s := range lives {
			if s.program == p {
				s.program = &former
			}
		}
	}
	p.up, p.down = time.Time{}, false
	p.ctx, p.stop = context.WithCancel(h.serving)
	h.note("%s goes on", p.bot.agent.LoginName)
}

// told takes an update.
func (p *program) told(u chatagent.Update) {
	if u, is := u.(chatagent.Trouble); is {
		p.bot.h.mu.Lock()
		defer p.bot.h.mu.Unlock()
		p.bot.h.note("%s: %s failed until %s: %v", p.bot.agent.LoginName, u.What, u.Until.Format("04:05"), u.Err)
		if u.Until.After(p.bot.trouble) {
			p.bot.trouble = u.Until
		}
	}
}

// handle answers every line.
func (p *program) handle(ctx context.Context, chat *chatagent.Chat) (err error) {
	s := p.bot.h.begin(p, chat)
	defer func() { p.bot.h.end(s, err) }()
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		p.bot.h.hand(s, line)
		if err := p.answer(ctx, chat, s, line); errors.Is(err, errPanics) {
			panic(err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// answer answers a line, unless something else was drawn.
func (p *program) answer(ctx context.Context, chat *chatagent.Chat, s *story, line chatagent.Line) error {
	h := p.bot.h
	event := line.ID
	h.mu.Lock()
	peace := p.bot.peace
	h.mu.Unlock()
	fate := h.fate(s, event)
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
	case what < 5:
		to := h.staff[fate.IntN(len(h.staff))].ID
		if fate.IntN(4) == 0 {
			to = h.bots[fate.IntN(len(h.bots))].agent.ID
		}
		err := chat.Transfer(ctx, chatagent.TransferTarget{AgentID: liveperson.UserIDOf(to)}, "for you")
		h.say("%s: life %d of %s is transferred: %v", p.bot.agent.LoginName, s.n, s.chat, err)
		if err == nil {
			time.Sleep(time.Duration(fate.IntN(8)) * time.Second)
			return nil
		}
	}
	for {
		h.answered(s, event, open, nil)
		_, err := chat.Send(ctx, chatagent.Text(answer(h.seed, s, event)))
		switch {
		case err == nil:
			h.answered(s, event, confirmed, nil)
			return nil
		case errors.Is(err, chatagent.ErrUnconfirmed):
			h.answered(s, event, unconfirmed, err)
			return ctx.Err()
		}
		h.answered(s, event, refused, err)
		if !retry.Temporary(err) && !errors.Is(err, liveperson.ErrNotFound) || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Second)
	}
}

// watch is a small workspace: it accepts, answers, and transfers.
func (p *program) watch(agent *chatagent.Agent, options []chatagent.Option) error {
	var working sync.WaitGroup
	defer working.Wait()
	ctx, stop := context.WithCancel(p.ctx)
	defer stop()
	var mu sync.Mutex
	ringing, here := 0, 0
	working.Go(func() {
		for ctx.Err() == nil {
			mu.Lock()
			room := ringing > 0 && (p.bot.limit == 0 || here < p.bot.limit)
			mu.Unlock()
			if room {
				if _, err := agent.Accept(ctx); err != nil {
					p.bot.h.say("%s: accept: %v", p.bot.agent.LoginName, err)
				}
			}
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
	})
	type desk struct {
		s     *story
		lines chan chatagent.Line
	}
	desks := map[*chatagent.Chat]desk{}
	defer func() {
		for _, d := range desks {
			close(d.lines)
		}
	}()
	for u, err := range agent.Watch(ctx, options...) {
		if err != nil {
			return err
		}
		p.told(u)
		switch u := u.(type) {
		case chatagent.Ringing:
			mu.Lock()
			ringing = u.Count
			mu.Unlock()
		case chatagent.ChatOpened:
			mu.Lock()
			here++
			mu.Unlock()
			d := desk{p.bot.h.begin(p, u.Chat), make(chan chatagent.Line, 1000)}
			desks[u.Chat] = d
			working.Go(func() {
				for line := range d.lines {
					if ctx.Err() == nil && p.answer(ctx, u.Chat, d.s, line) != nil {
						for u.Chat.End(ctx) != nil && ctx.Err() == nil {
							time.Sleep(5 * time.Second)
						}
						for range d.lines { // nobody answers these
						}
					}
				}
			})
			var lines []chatagent.Line
			for _, e := range u.History {
				switch {
				case e.IsLine(chatagent.FromAgent) && e.SubType != chatagent.OnlyToRep && u.History[0].ID == 0:
					lines = nil
				case e.IsLine(chatagent.FromVisitor):
					lines = append(lines, e.Line)
				}
			}
			for _, line := range lines {
				p.bot.h.hand(d.s, line)
				d.lines <- line
			}
		case chatagent.LineReceived:
			if d, is := desks[u.Chat]; is && u.Line.Source == chatagent.FromVisitor {
				p.bot.h.hand(d.s, u.Line)
				d.lines <- u.Line
			}
		case chatagent.ChatClosed:
			mu.Lock()
			here--
			mu.Unlock()
			if d, is := desks[u.Chat]; is {
				close(d.lines)
				p.bot.h.end(d.s, u.Err)
				delete(desks, u.Chat)
			}
		}
	}
	return nil
}

// cable leads to the server until it is cut.
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
	resp.Body = cutBody{resp.Body, func() { stop(); cancel() }}
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
