package chatagent_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Histories: agents, their colleagues and visitors do at random what they may do,
// calls fail, programs crash and stop and begin again. All the while the client
// keeps its promises; see check and reckon.
//
//	go test -run 'TestHistories/17$' ./chatagent
//
// plays one again, with -v it is told, LIVEPERSON_STRESS=1 those of the nightly run,
// LIVEPERSON_HISTORIES=n the first n, with LIVEPERSON_FROM=m the n from m on. What happens
// to the client is drawn from the seed; the client's own jitter is not.
func TestHistories(t *testing.T) {
	t.Parallel()
	from, _ := strconv.ParseUint(os.Getenv("LIVEPERSON_FROM"), 10, 64)
	for i := range uint64(histories()) {
		seed := from + i
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newHistory(t, seed).play() })
		})
	}
}

// histories is how many are played.
func histories() int {
	if n, err := strconv.Atoi(os.Getenv("LIVEPERSON_HISTORIES")); err == nil {
		return n
	}
	return size(200, 10_000)
}

const (
	// beat is the poll interval.
	beat = 2 * time.Second
	// soon is two intervals, and the spread of the first one.
	soon = 2*beat + beat
	// recovery is how long a client may wait after what disturbed it: the longest
	// pause before a call is tried again, and two intervals.
	recovery = 18*time.Second + soon
	// settling is how long a client may take to hand a chat over, or to end it, once it is
	// not known what became of its first try.
	settling = time.Minute
)

// history is one random history.
type history struct {
	t       *testing.T
	srv     *lptest.Server
	seed    uint64
	random  *rand.Rand // of the one who plays
	faulty  bool       // calls fail
	timeout time.Duration
	bots    []*bot
	people  []*lptest.Person
	staff   []lptest.Agent // who the people are
	visits  []*lptest.Visit
	serving context.Context // of the programs
	close   func()
	gone    map[string]bool // visitors who vanished
	over    map[string]bool // chats whose end was looked at
	said    map[string]int  // lines, by chat

	mu       sync.Mutex
	log      []string
	failures []string
	stories  map[string][]*story // by chat
}

// story is one life of a chat, as the program sees it.
type story struct {
	program  *program
	chat     string
	n        int // which of the chat's lives
	began    time.Time
	finished bool
	over     time.Time // when it finished
	from     int       // from this event on all of the visitor's lines have to be handed out
	handed   []int64   // the events of the lines that were
	answers  map[int64]outcome
}

// outcome is what came of an answer.
type outcome int

const (
	open        outcome = iota // not yet known
	confirmed                  // in the chat
	unconfirmed                // may be in the chat
	refused                    // not in the chat
)

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{
		t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 0)), gone: map[string]bool{}, over: map[string]bool{},
		said: map[string]int{}, stories: map[string][]*story{},
	}
	h.faulty = seed%3 != 0
	options := []lptest.Option{lptest.WithSeed(int64(seed)), lptest.WithJournal(0)}
	h.timeout = []time.Duration{40 * time.Second, time.Minute, 2 * time.Minute, 2 * time.Minute}[h.random.IntN(4)]
	options = append(options, lptest.WithChatTimeout(h.timeout))
	if h.chance(2) {
		options = append(options, lptest.WithManyLogins())
	}
	if h.chance(2) {
		options = append(options, lptest.WithRingingLag(time.Duration(1+h.random.IntN(4000))*time.Millisecond))
	}
	if h.chance(4) {
		options = append(options, lptest.WithPageSize(2+h.random.IntN(8)))
	}
	h.srv = lptest.NewMemory(options...)
	h.srv.AddSkill(lptest.Skill{Name: "Sales"})
	for i := range 1 + h.random.IntN(2) {
		a := h.srv.AddAgent(lptest.Agent{LoginName: fmt.Sprint("colleague", i), Skills: []string{"Sales"}, MaxChats: 2})
		h.staff = append(h.staff, a)
		p := h.srv.Person(a)
		p.AcceptAll(true)
		p.Away()
		h.people = append(h.people, p)
	}
	h.serving, h.close = context.WithCancel(t.Context())
	for i := range 1 + h.random.IntN(2) {
		h.bots = append(h.bots, newBot(h, i))
	}
	return h
}

// chance is true in one case of n.
func (h *history) chance(n int) bool { return h.random.IntN(n) == 0 }

// say notes what happens.
func (h *history) say(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.note(format, args...)
}

func (h *history) note(format string, args ...any) {
	h.log = append(h.log, time.Now().Format("04:05.000 ")+fmt.Sprintf(format, args...))
}

// fail notes a promise that was broken. Its caller holds h.mu.
func (h *history) fail(format string, args ...any) {
	h.note("BROKEN: "+format, args...)
	h.failures = append(h.failures, h.log[len(h.log)-1])
}

// play is the history from its beginning to its end.
func (h *history) play() {
	defer h.srv.Close()
	defer h.tell()
	var working sync.WaitGroup
	for _, b := range h.bots {
		working.Go(b.work)
	}
	for end := time.Now().Add(time.Duration(100+h.random.IntN(80)) * time.Second); time.Now().Before(end); {
		time.Sleep(time.Second)
		h.check()
		if h.broken() {
			break
		}
		for h.chance(3) {
			h.act()
		}
	}
	h.calm()
	h.close()
	working.Wait()
	h.reckon()
}

// calm ends all faults, and sees that everything comes right.
func (h *history) calm() {
	h.say("it calms down")
	h.srv.ClearFaults()
	for _, p := range h.people {
		p.Away()
	}
	for _, b := range h.bots {
		b.settle()
	}
	h.wait(200 * time.Second)
	for end := time.Now().Add(time.Hour); h.inTrouble() && time.Now().Before(end) && !h.broken(); {
		h.wait(time.Minute)
	}
	for _, v := range h.visits {
		h.speak(v)
	}
	for range 10 {
		time.Sleep(2 * time.Second)
		h.check()
	}
	if !h.broken() {
		h.settled()
	}
}

// wait has nothing new happen for a while.
func (h *history) wait(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end) && !h.broken(); h.check() {
		time.Sleep(5 * time.Second)
	}
}

// inTrouble tells whether a bot cannot be well yet.
func (h *history) inTrouble() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.bots, func(b *bot) bool { return time.Now().Before(b.well()) })
}

func (h *history) broken() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.failures) > 0
}

// tell reports what was broken.
func (h *history) tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.failures) > 0 {
		h.t.Errorf("seed %d:\n%s\n\nthe history:\n%s", h.seed, strings.Join(h.failures, "\n"), strings.Join(h.log, "\n"))
	} else if testing.Verbose() {
		h.t.Logf("the history:\n%s", strings.Join(h.log, "\n"))
	}
}

// speak has a visitor say the next line.
func (h *history) speak(v *lptest.Visit) {
	id := v.ChatID()
	text := fmt.Sprint("line ", h.said[id], " of ", v.Chat().VisitorName())
	if event := v.Say(text); event >= 0 {
		h.said[id]++
		h.say("visitor: %s is event %d", text, event)
	}
}

// running are the visitors whose chats are not over.
func (h *history) running() []*lptest.Visit {
	return slices.DeleteFunc(slices.Clone(h.visits), func(v *lptest.Visit) bool { return v.Chat().State() == "ended" })
}

// act does something at random.
func (h *history) act() {
	running := h.running()
	what := h.random.IntN(100)
	switch {
	case len(running) == 0 || what < 8 && len(running) < 6:
		name := fmt.Sprint("visitor ", len(h.visits))
		v := h.srv.Visitor(lptest.Visitor{Name: name, Skill: "Sales"})
		h.visits = append(h.visits, v)
		h.say("%s comes: %s", name, v.ChatID())
		h.speak(v)
	case what < 60:
		h.speak(running[h.random.IntN(len(running))])
	case what < 75:
		h.colleague(h.random.IntN(len(h.people)))
	case what < 80:
		v := running[h.random.IntN(len(running))]
		h.say("requeued: %s", v.Chat().VisitorName())
		v.Requeue()
	case what < 83:
		v := running[h.random.IntN(len(running))]
		if h.chance(2) {
			h.say("%s leaves", v.Chat().VisitorName())
			v.Leave()
		} else {
			h.say("%s vanishes", v.Chat().VisitorName())
			h.gone[v.ChatID()] = true
			v.Vanish()
		}
	case what < 85:
		h.bots[h.random.IntN(len(h.bots))].crash()
	case what < 87:
		h.bots[h.random.IntN(len(h.bots))].stop()
	case h.faulty:
		h.bots[h.random.IntN(len(h.bots))].disturb()
	}
}

// colleague has a colleague do something.
func (h *history) colleague(i int) {
	p := h.people[i]
	chats := h.srv.ChatsOf(h.staff[i])
	if len(chats) == 0 || h.chance(6) {
		if h.chance(3) {
			p.Away()
		} else {
			p.Online()
		}
		return
	}
	c := chats[h.random.IntN(len(chats))]
	switch to := h.bots[h.random.IntN(len(h.bots))]; h.random.IntN(6) {
	case 0:
		p.Say(c.ID(), "a word of a colleague")
	case 1:
		h.say("a colleague ends %s", c.VisitorName())
		_ = p.End(c.ID())
	case 2:
		err := p.TransferToSkill(c.ID(), "Sales", "a note")
		h.say("a colleague transfers %s to the skill: %v", c.VisitorName(), err)
	default:
		err := p.TransferToAgent(c.ID(), to.agent, "")
		h.say("a colleague transfers %s to %s: %v", c.VisitorName(), to.agent.LoginName, err)
	}
}

// check holds what the server says is ours against who handles it.
func (h *history) check() {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for _, b := range h.bots {
		p := b.program
		if p == nil || p.up.IsZero() || p.down {
			continue
		}
		well := b.well()
		for _, c := range h.srv.ChatsOf(b.agent) {
			due := well
			for _, t := range []time.Time{c.Since(), p.up} {
				if t = t.Add(soon); t.After(due) {
					due = t
				}
			}
			if now.Before(due) {
				continue
			}
			if !h.handled(b, c) && !h.isSettled(b, c) && now.After(b.trouble.Add(soon)) {
				h.fail("%s (%s) is with %s since %s and nobody handles it", c.VisitorName(), c.ID(), b.agent.LoginName, c.Since().Format("04:05"))
			}
			if last := c.LastRequest(); now.Sub(last) > soon {
				h.fail("%s was not asked for since %s", c.VisitorName(), last.Format("04:05"))
			}
		}
	}
	for _, v := range h.visits {
		c := v.Chat()
		if c.State() == "ended" && !h.over[c.ID()] {
			h.over[c.ID()] = true
			h.checkEnd(c, now)
		}
	}
}

// isSettled tells whether a chat is perhaps being handed over or ended that was handled to
// the end, by a bot that was disturbed.
func (h *history) isSettled(b *bot, c *lptest.Chat) bool {
	return slices.ContainsFunc(h.stories[c.ID()], func(s *story) bool {
		return s.program == b.program && s.finished && b.disturbed.After(s.over) && time.Since(s.over) < settling
	})
}

// handled tells whether a program that lives has the chat's present life in hand.
func (h *history) handled(b *bot, c *lptest.Chat) bool {
	return slices.ContainsFunc(h.stories[c.ID()], func(s *story) bool {
		// A life goes on if the chat came again, and the answer to that accept was lost.
		goesOn := time.Since(c.LastRequest()) < 3*chatagent.MinPollInterval
		return s.program == b.program && !s.finished && (s.program.twice || goesOn || !s.began.Before(c.Since()))
	})
}

// checkEnd sees that a chat has not timed out for want of a request.
func (h *history) checkEnd(c *lptest.Chat, now time.Time) {
	timedOut := slices.ContainsFunc(c.Lines(), func(l lptest.Line) bool { return l.SystemMessage == 6 })
	if !timedOut || h.gone[c.ID()] {
		return
	}
	for _, b := range h.bots {
		p := b.program
		if b.agent.LoginName != c.Agent() || p == nil || p.up.IsZero() || p.down {
			continue
		}
		if now.After(b.well()) && now.Sub(p.up) > h.timeout+soon {
			h.fail("%s timed out with %s", c.VisitorName(), c.Agent())
		}
	}
}

// begin notes that a life of a chat has begun.
func (h *history) begin(p *program, chat *chatagent.Chat) *story {
	id := string(chat.ID())
	events := h.srv.Chat(id).Events()
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &story{program: p, chat: id, n: len(h.stories[id]), began: time.Now(), answers: map[int64]outcome{}}
	for _, e := range events {
		if e.Line != nil && e.Line.Source == "agent" && e.Line.SubType != "ONLY_TO_REP" {
			s.from = e.ID + 1
		}
	}
	for _, former := range h.stories[id] {
		if former.program.leaving && len(former.handed) > 0 {
			s.from = max(s.from, int(former.handed[len(former.handed)-1])+1)
		}
	}
	h.stories[id] = append(h.stories[id], s)
	h.note("%s: life %d of %s begins at event %d", p.bot.agent.LoginName, s.n, chat.Visitor(), s.from)
	return s
}

// end notes that the program has done with it.
func (h *history) end(s *story, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !s.finished {
		s.finished, s.over = true, time.Now()
		h.note("%s: life %d of %s has ended: %v", s.program.bot.agent.LoginName, s.n, s.chat, err)
	}
}

// hand notes that a line is handed out.
func (h *history) hand(s *story, line chatagent.Line) {
	event := line.ID
	said := visitorEvents(h.srv.Chat(s.chat))
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.program.crashed {
		return // nobody is there any more
	}
	h.note("%s: life %d of %s is handed event %d", s.program.bot.agent.LoginName, s.n, s.chat, event)
	at := slices.Index(said, event)
	switch {
	case at < 0:
		h.fail("event %d of %s is no line of the visitor: %s", event, s.chat, line.Text)
	case slices.Contains(s.handed, event):
		h.fail("event %d of %s is handed out twice", event, s.chat)
	case len(s.handed) > 0 && (at == 0 || said[at-1] != s.handed[len(s.handed)-1]):
		h.fail("event %d of %s comes after %d: lines are left out", event, s.chat, s.handed[len(s.handed)-1])
	}
	for _, former := range h.stories[s.chat] {
		// A program that has heard nothing for a while may not know that the chat is another's: its answer is refused.
		if c := h.srv.Chat(s.chat); c.Agent() != s.program.bot.agent.LoginName {
			break
		}
		if former.n < s.n && former.answers[event] == confirmed {
			h.fail("event %d of %s was answered in its life %d, and is handed out again", event, s.chat, former.n)
		}
	}
	s.handed = append(s.handed, event)
}

// answered notes what came of an answer.
func (h *history) answered(s *story, event int64, what outcome, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.program.crashed {
		return
	}
	h.note("%s: life %d of %s: answer to %d: %d %v", s.program.bot.agent.LoginName, s.n, s.chat, event, what, err)
	s.answers[event] = what
}

// visitorEvents are the events of the visitor's lines.
func visitorEvents(c *lptest.Chat) (ids []int64) {
	for _, e := range c.Events() {
		if e.Line != nil && e.Line.Source == "visitor" {
			ids = append(ids, int64(e.ID))
		}
	}
	return ids
}

// settled sees that all is well after all has calmed down.
func (h *history) settled() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.bots {
		mine := h.srv.ChatsOf(b.agent)
		for _, c := range mine {
			if !h.handled(b, c) {
				h.fail("after all, nobody handles %s", c.VisitorName())
				continue
			}
			h.allAnswered(b, c)
		}
		room := len(mine) < b.agent.MaxChats && (b.limit == 0 || len(mine) < b.limit)
		if !room {
			continue
		}
		if state := h.srv.Availability(b.agent); state != "Online" {
			h.fail("after all, %s is %s, with %d chats of %d", b.agent.LoginName, state, len(mine), b.limit)
		}
		for _, v := range h.visits {
			if v.Chat().Ringing() == b.agent.LoginName {
				h.fail("after all, %s rings at %s, who has room", v.Chat().VisitorName(), b.agent.LoginName)
			}
		}
	}
}

// allAnswered sees that every line since the beginning of a chat's life was
// handed out, and was answered as far as can be known.
func (h *history) allAnswered(b *bot, c *lptest.Chat) {
	var s *story
	for _, one := range h.stories[c.ID()] {
		if one.program == b.program && !one.finished {
			s = one
		}
	}
	for _, event := range visitorEvents(c) {
		if event < int64(s.from) && (len(s.handed) == 0 || event < s.handed[0]) {
			continue
		}
		if !slices.Contains(s.handed, event) {
			h.fail("after all, event %d of %s was never handed out in life %d", event, c.VisitorName(), s.n)
			return
		}
		if got := s.answers[event]; got != confirmed && got != unconfirmed {
			h.fail("after all, event %d of %s has no answer in life %d", event, c.VisitorName(), s.n)
		}
	}
}

// reckon holds what stands in the chats against what the programs were told.
func (h *history) reckon() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, v := range h.visits {
		c := v.Chat()
		there := map[string]int{}
		for _, text := range agentLines(c) {
			there[text]++
		}
		most, least := map[string]int{}, map[string]int{}
		for _, s := range h.stories[c.ID()] {
			for event, what := range s.answers {
				text := answer(h.seed, s, event)
				switch what {
				case confirmed:
					most[text]++
					least[text] = 1
				case unconfirmed, open:
					most[text]++
				case refused:
				}
			}
		}
		for text, n := range there {
			if strings.HasPrefix(text, "answer") && n > most[text] {
				h.fail("%s: %q is in the chat %d times, not at most %d", c.VisitorName(), text, n, most[text])
			}
		}
		for text := range least {
			if there[text] == 0 {
				h.fail("%s: %q was confirmed and is not in the chat", c.VisitorName(), text)
			}
		}
	}
}

// answer is the answer to a line. In half of the histories it is the same in all
// lives.
func answer(seed uint64, s *story, event int64) string {
	if seed%2 == 0 {
		return fmt.Sprintf("answer to %d", event)
	}
	return fmt.Sprintf("answer to %d in life %d", event, s.n)
}

// fate is what is drawn for a line in a life, whoever comes first.
func (h *history) fate(s *story, event int64) *rand.Rand {
	f := fnv.New64()
	fmt.Fprint(f, s.chat, " ", s.n, " ", event)
	return rand.New(rand.NewPCG(h.seed, f.Sum64()))
}

var (
	errFate   = errors.New("the handler fails, as it was drawn")
	errPanics = errors.New("the handler panics, as it was drawn")
)
