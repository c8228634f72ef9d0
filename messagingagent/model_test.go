package messagingagent_test

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

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// Histories: agents, their colleagues and consumers do at random what they may do,
// requests fail, notifications are lost, sockets are closed, programs crash and stop
// and begin again. All the while the client keeps its promises; see check and reckon.
//
//	go test -run 'TestHistories/17$' ./messagingagent
//
// plays one again, with -v it is told, LIVEPERSON_STRESS=1 those of the nightly run,
// LIVEPERSON_HISTORIES=n the first n, with LIVEPERSON_FROM=m the n from m on. What happens
// to the client is drawn from the seed; the client's own jitter is not.
func TestHistories(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newHistory(t, seed).play() })
		})
	}
}

// seeds are those of the histories that are played, with those that found something.
func seeds() (list []uint64) {
	from, _ := strconv.ParseUint(os.Getenv("LIVEPERSON_FROM"), 10, 64)
	for i := range uint64(histories()) {
		list = append(list, from+i)
	}
	for _, seed := range []uint64{762, 3469} {
		if len(list) > 1 && from == 0 && !slices.Contains(list, seed) {
			list = append(list, seed)
		}
	}
	return list
}

// histories is how many are played.
func histories() int {
	if n, err := strconv.Atoi(os.Getenv("LIVEPERSON_HISTORIES")); err == nil {
		return n
	}
	if os.Getenv("LIVEPERSON_STRESS") != "" {
		return 10_000
	}
	return 200
}

const (
	// soon is how long a client may take when all is well.
	soon = 15 * time.Second
	// recovery is how long it may take after what disturbed it, beside the pauses that it
	// reports: an answer that is waited for, and what is sent again after a 5xx.
	recovery = time.Minute
	// longest is how long it may take to find out what it was not told: two intervals
	// between its looks at the agent's conversations.
	longest = 11 * time.Minute
)

// history is one random history.
type history struct {
	t       *testing.T
	srv     *lptest.Server
	svc     *messaging.Service
	seed    uint64
	random  *rand.Rand // of the one who plays
	faulty  bool       // requests fail
	lossy   bool       // notifications are lost, or come in another order
	silent  bool       // a conversation's state does not tell its last message
	bare    bool       // events do not say who may see them
	bots    []*bot
	people  []*messaging.Colleague
	names   []string // of the people
	all     []*messaging.Conversation
	said    map[string]int // by conversation
	serving context.Context
	close   func()

	mu       sync.Mutex
	log      []string
	failures []string
	stories  map[string][]*story  // by conversation
	states   map[string]string    // who has it and whether it is open, as seen last
	changed  map[string]time.Time // when that changed
	moved    map[string]time.Time // when somebody has tried to change it
}

// story is one life of a conversation, as the program sees it.
type story struct {
	program  *program
	conv     *messagingagent.Conversation
	id       string
	n        int // which of the conversation's lives
	finished bool
	from     int64     // from this number on all of the consumer's messages have to be handed out
	waits    time.Time // since when the next message is waited for, zero while one is answered
	handed   []int64   // the messages that were handed out
	answers  map[int64]outcome
}

// outcome is what came of an answer.
type outcome int

const (
	open        outcome = iota // not yet known
	confirmed                  // in the conversation
	unconfirmed                // may be in the conversation
	refused                    // not in the conversation
)

// odd are the variants that may be on in a history.
var odd = slices.DeleteFunc(messaging.Variants(), func(v messaging.Variant) bool {
	return v == messaging.VariantRequestUnassigned || v == messaging.VariantProfileList
})

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{
		t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 0)), said: map[string]int{},
		stories: map[string][]*story{}, states: map[string]string{}, changed: map[string]time.Time{}, moved: map[string]time.Time{},
		faulty: seed%4%2 == 1, lossy: seed%4 >= 2,
	}
	opts := []messaging.Option{messaging.WithFrames(0), messaging.WithPage([]int{3, 10, 200}[h.random.IntN(3)])}
	if h.chance(2) {
		var on []messaging.Variant
		for range 1 + h.random.IntN(4) {
			on = append(on, odd[h.random.IntN(len(odd))])
		}
		if h.chance(3) {
			on = append(on, messaging.VariantNoLastContent)
		}
		opts = append(opts, messaging.WithVariants(on...))
		h.silent = slices.Contains(on, messaging.VariantNoLastContent)
		h.bare = slices.Contains(on, messaging.VariantBareEvents)
		h.say("variants: %v", on)
	}
	if h.chance(4) {
		opts = append(opts, messaging.WithFanOut(2))
	}
	if h.chance(4) {
		opts = append(opts, messaging.WithMissedRings(1+h.random.IntN(2)))
	}
	server := []lptest.Option{lptest.WithSeed(int64(seed)), lptest.WithJournal(0), lptest.WithMessaging(opts...)}
	if h.chance(2) {
		server = append(server, lptest.WithManyLogins())
	}
	h.srv = lptest.NewMemory(server...)
	h.svc = h.srv.Messaging()
	h.srv.AddSkill(lptest.Skill{Name: "Sales"})
	for i := range 1 + h.random.IntN(2) {
		name := fmt.Sprint("colleague", i)
		h.srv.AddAgent(lptest.Agent{LoginName: name, Password: "secret", Skills: []string{"Sales"}, MaxChats: 2})
		p := h.svc.Colleague(name)
		p.AcceptAll(true)
		p.Away()
		h.names, h.people = append(h.names, name), append(h.people, p)
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

// play is the history from its beginning to its end.
func (h *history) play() {
	defer h.srv.Close()
	defer h.tell()
	var working sync.WaitGroup
	for _, b := range h.bots {
		working.Go(b.work)
	}
	for end := time.Now().Add(time.Duration(100+h.random.IntN(150)) * time.Second); time.Now().Before(end); {
		time.Sleep(time.Second)
		h.check()
		if h.broken() {
			break
		}
		for h.chance(3) {
			h.act()
		}
		if h.chance(60) { // what was missed does not show by what comes next
			h.wait(2 * time.Minute)
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
	h.svc.ClearFaults()
	h.srv.ClearFaults()
	for _, p := range h.people {
		p.Away()
	}
	for _, b := range h.bots {
		b.settle()
	}
	wait := 3 * time.Minute
	if h.lossy {
		wait = longest + time.Minute
	}
	h.wait(wait)
	for end := time.Now().Add(time.Hour); h.inTrouble() && time.Now().Before(end) && !h.broken(); {
		h.wait(time.Minute)
	}
	for _, c := range h.all {
		h.speak(c)
	}
	for range 10 {
		time.Sleep(3 * time.Second)
		h.check()
	}
	if !h.broken() {
		h.settled()
	}
}

// inTrouble tells whether a program has not begun to serve yet, or has reported to wait,
// with the login perhaps: what looks like a fight for the user is left for up to 16 minutes.
func (h *history) inTrouble() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.bots, func(b *bot) bool {
		return b.program == nil || b.program.up.IsZero() || time.Now().Before(b.program.trouble)
	})
}

// wait has nothing new happen for a while.
func (h *history) wait(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end) && !h.broken(); h.check() {
		time.Sleep(5 * time.Second)
	}
}

// speak has a consumer say the next message.
func (h *history) speak(c *messaging.Conversation) {
	text := fmt.Sprint("message ", h.said[c.ID()])
	if number := c.Say(text); number >= 0 {
		h.said[c.ID()]++
		h.say("consumer of %s: %s is number %d", c.ID(), text, number)
	}
}

// running are the conversations that are not closed.
func (h *history) running() []*messaging.Conversation {
	return slices.DeleteFunc(slices.Clone(h.all), func(c *messaging.Conversation) bool { return c.State() != "OPEN" })
}

// act does something at random.
func (h *history) act() {
	running := h.running()
	if len(running) == 0 || h.random.IntN(100) < 8 && len(running) < 6 {
		c := h.svc.Consumer(messaging.Consumer{Name: fmt.Sprint("consumer", len(h.all)), Skill: "Sales"})
		h.mu.Lock()
		h.all = append(h.all, c)
		h.note("%s begins", c.ID())
		h.mu.Unlock()
		h.speak(c)
		return
	}
	c := running[h.random.IntN(len(running))]
	b := h.bots[h.random.IntN(len(h.bots))]
	switch what := h.random.IntN(100); {
	case what < 43:
		h.speak(c)
	case what < 46:
		c.Typing(h.chance(2))
	case what < 48:
		h.receipt(c)
	case what < 63:
		h.moves(c.ID())
		h.colleague(h.random.IntN(len(h.people)), c)
	case what < 67:
		h.moves(c.ID())
		h.say("requeued: %s", c.ID())
		h.svc.Requeue(c.ID())
	case what < 70:
		h.moves(c.ID())
		h.say("the consumer closes %s", c.ID())
		c.Close()
	case what < 72:
		h.moves(c.ID())
		h.say("%s: another process of his takes %s over: %v", b.name, c.ID(), h.svc.Colleague(b.name).TakeOver(c.ID()))
	case what < 74:
		b.crash()
	case what < 76:
		b.stop()
	case what < 80:
		b.disconnect()
	case what < 82:
		b.stray()
	case h.faulty || h.lossy:
		b.disturb()
	}
}

// moves notes that a conversation may change hands now.
func (h *history) moves(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moved[id] = time.Now()
}

// receipt has a consumer read what was said last.
func (h *history) receipt(c *messaging.Conversation) {
	for _, m := range slices.Backward(c.Messages()) {
		if m.Role != "CONSUMER" && m.Audience == "ALL" {
			c.Accept(m.Sequence)
			c.Read(m.Sequence)
			return
		}
	}
}

// colleague has a colleague do something, with a conversation if that is possible.
func (h *history) colleague(i int, c *messaging.Conversation) {
	p, name := h.people[i], h.names[i]
	if c.Assigned() != name {
		switch h.random.IntN(6) {
		case 0:
			p.Away()
		case 1:
			p.Online()
		case 2:
			h.say("%s joins %s: %v", name, c.ID(), p.Join(c.ID(), []string{"AGENT", "MANAGER", "READER"}[h.random.IntN(3)]))
		case 3:
			if !h.bare { // else nothing tells it from an answer
				h.say("%s whispers in %s: %d", name, c.ID(), p.Whisper(c.ID(), "between us"))
			}
		default:
			h.say("%s takes %s over: %v", name, c.ID(), p.TakeOver(c.ID()))
		}
		return
	}
	switch to := h.bots[h.random.IntN(len(h.bots))]; h.random.IntN(7) {
	case 0:
		h.say("%s says something in %s: %d", name, c.ID(), p.Say(c.ID(), "a word of a colleague"))
	case 1:
		h.say("%s closes %s: %v", name, c.ID(), p.End(c.ID()))
	case 2:
		h.say("%s transfers %s to the skill: %v", name, c.ID(), p.TransferToSkill(c.ID(), "Sales"))
	case 3:
		h.say("%s leaves %s: %v", name, c.ID(), p.Leave(c.ID()))
	default:
		h.say("%s transfers %s to %s: %v", name, c.ID(), to.name, p.TransferToAgent(c.ID(), to.name))
	}
}

// look notes which conversations have changed hands.
func (h *history) look() {
	for _, c := range h.all {
		if state := c.Assigned() + " " + c.State(); state != h.states[c.ID()] {
			h.states[c.ID()] = state
			h.changed[c.ID()] = time.Now()
			h.note("%s is now: %s", c.ID(), state)
		}
	}
}

// check holds what the service says is ours against who handles it.
func (h *history) check() {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.look()
	now := time.Now()
	for _, b := range h.bots {
		p := b.program
		if p == nil || p.up.IsZero() || p.down {
			continue
		}
		well := latest(b.well(), p.up, p.trouble)
		for _, c := range h.all {
			due := latest(well, h.changed[c.ID()]).Add(soon)
			if now.Before(due) {
				continue
			}
			mine := c.Assigned() == b.name && c.State() == "OPEN"
			lives := h.alive(p, c.ID())
			switch {
			case mine && len(lives) == 0 && !p.guards(c.ID()):
				h.fail("%s is with %s since %s and nobody handles it", c.ID(), b.name, h.changed[c.ID()].Format("04:05"))
			case !mine && len(lives) > 0:
				h.fail("%s is not with %s since %s and is still handled", c.ID(), b.name, h.changed[c.ID()].Format("04:05"))
			}
			for _, s := range lives {
				h.checkWaiting(s, c, well, now)
			}
		}
	}
}

// checkWaiting sees that a handler that waits has been handed all there is.
func (h *history) checkWaiting(s *story, c *messaging.Conversation, well, now time.Time) {
	if s.waits.IsZero() || now.Before(latest(well, s.waits).Add(soon)) {
		return
	}
	for _, m := range c.Messages() {
		if m.Role == "CONSUMER" && int64(m.Sequence) >= s.from && !slices.Contains(s.handed, int64(m.Sequence)) && !now.Before(m.At.Add(soon)) {
			h.fail("number %d of %s is not handed out in life %d", m.Sequence, c.ID(), s.n)
			return
		}
	}
}

// latest is the latest of some times.
func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// alive are the lives of a conversation that a program has in hand.
func (h *history) alive(p *program, id string) (lives []*story) {
	for _, s := range h.stories[id] {
		if s.program == p && !s.finished && p.closed[s.conv] == 0 {
			lives = append(lives, s)
		}
	}
	return lives
}

// begin notes that a life of a conversation has begun.
func (h *history) begin(p *program, conv *messagingagent.Conversation) *story {
	id := string(conv.ID())
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &story{program: p, conv: conv, id: id, n: len(h.stories[id]), waits: time.Now(), answers: map[int64]outcome{}}
	known, is := p.knows[id]
	s.from = known
	sending, sends := p.sending[id]
	for _, m := range h.svc.Conversation(id).Messages() {
		own := p.bot.isOf(m)
		late := p.saidBefore != nil && int64(m.Sequence) > p.saidBefore[id] // was not known to be said when that was kept
		answer := m.Role != "CONSUMER" && m.Role != "CONTROLLER" && m.Audience == "ALL"
		if is && answer && own && late && sends && m.Text == sending { // it answers the next one only
			sends = false
			if next := slices.IndexFunc(h.consumers(id), func(n int64) bool { return n >= known }); next >= 0 {
				s.from = max(s.from, h.consumers(id)[next]+1)
			}
			continue
		}
		if answer && (!is || !own || late) {
			s.from = max(s.from, int64(m.Sequence)+1)
		}
	}
	if is {
		p.knows[id] = s.from
	}
	p.said[id] = h.lastAnswer(id)
	h.stories[id] = append(h.stories[id], s)
	h.note("%s: life %d of %s begins at number %d", p.bot.name, s.n, id, s.from)
	return s
}

// lastAnswer is the number of the last message of an agent to the consumer.
func (h *history) lastAnswer(id string) int64 {
	last := int64(-1)
	for _, m := range h.svc.Conversation(id).Messages() {
		if m.Role != "CONSUMER" && m.Role != "CONTROLLER" && m.Audience == "ALL" {
			last = int64(m.Sequence)
		}
	}
	return last
}

// end notes that the program has done with it.
func (h *history) end(s *story, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !s.finished {
		s.finished = true
		h.note("%s: life %d of %s has ended: %v", s.program.bot.name, s.n, s.id, err)
	}
}

// hand notes that a message is handed out.
func (h *history) hand(s *story, m messagingagent.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.program.crashed {
		return // nobody is there any more
	}
	h.note("%s: life %d of %s is handed number %d", s.program.bot.name, s.n, s.id, m.Sequence)
	s.waits = time.Time{}
	consumers := h.consumers(s.id)
	at := slices.Index(consumers, m.Sequence)
	switch {
	case at < 0:
		h.fail("number %d of %s is no message of the consumer: %s", m.Sequence, s.id, m.Text)
	case slices.Contains(s.handed, m.Sequence):
		h.fail("number %d of %s is handed out twice in life %d", m.Sequence, s.id, s.n)
	case len(s.handed) > 0 && (at == 0 || consumers[at-1] != s.handed[len(s.handed)-1]):
		h.fail("number %d of %s comes after %d: messages are left out", m.Sequence, s.id, s.handed[len(s.handed)-1])
	case len(s.handed) == 0 && at > 0 && consumers[at-1] >= s.from:
		h.fail("number %d of %s comes first in life %d, which begins at %d", m.Sequence, s.id, s.n, s.from)
	}
	for _, former := range h.stories[s.id] {
		if former.n < s.n && former.answers[m.Sequence] == confirmed {
			h.fail("number %d of %s was answered in its life %d, and is handed out again", m.Sequence, s.id, former.n)
		}
	}
	s.handed = append(s.handed, m.Sequence)
}

// consumers are the numbers of the consumer's messages.
func (h *history) consumers(id string) (numbers []int64) {
	for _, m := range h.svc.Conversation(id).Messages() {
		if m.Role == "CONSUMER" {
			numbers = append(numbers, int64(m.Sequence))
		}
	}
	return numbers
}

// answered notes what came of an answer.
func (h *history) answered(s *story, number int64, what outcome, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := s.program
	if p.crashed {
		if _, known := s.answers[number]; !known && what == open { // at the very moment of the crash
			s.answers[number] = open
		}
		return
	}
	h.note("%s: life %d of %s: answer to %d: %d %v", p.bot.name, s.n, s.id, number, what, err)
	s.answers[number] = what
	if what == open {
		p.says[s.id] = answer(h.seed, s, number)
	}
	if what != confirmed && what != unconfirmed {
		return
	}
	if what == confirmed {
		p.said[s.id] = h.lastAnswer(s.id)
	}
	p.knows[s.id] = max(p.knows[s.id], number+1)
	if p.watches { // what whoever watches has been told of before he says something counts as handled
		consumers := h.consumers(s.id)
		p.knows[s.id] = consumers[len(consumers)-1] + 1
	}
}

// settled sees that all is well after all has calmed down.
func (h *history) settled() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.bots {
		p := b.program
		if p == nil || p.up.IsZero() || p.down {
			h.fail("after all, %s does not work", b.name)
			continue
		}
		mine := 0
		for _, c := range h.all {
			if c.Assigned() != b.name || c.State() != "OPEN" {
				continue
			}
			mine++
			if lives := h.alive(p, c.ID()); len(lives) != 1 {
				h.fail("after all, %d handle %s", len(lives), c.ID())
			} else {
				h.allAnswered(lives[0], c)
			}
		}
		if mine >= b.max || b.limit > 0 && mine >= b.limit {
			continue
		}
		if state := h.svc.Availability(b.name); state != "ONLINE" {
			h.fail("after all, %s is %s, with %d conversations of %d", b.name, state, mine, b.limit)
		}
		for _, c := range h.all {
			for _, r := range c.Rings() {
				if r.User == b.name && r.State == "WAITING" && time.Since(r.At) > soon && !p.guards(c.ID()) {
					h.fail("after all, %s rings at %s, who has room", c.ID(), b.name)
				}
			}
		}
	}
}

// allAnswered sees that every message since the beginning of a life was handed out, and
// was answered as far as can be known.
func (h *history) allAnswered(s *story, c *messaging.Conversation) {
	for _, m := range c.Messages() {
		number := int64(m.Sequence)
		if m.Role != "CONSUMER" || number < s.from && !slices.Contains(s.handed, number) {
			continue
		}
		if !slices.Contains(s.handed, number) {
			h.fail("after all, number %d of %s was never handed out in life %d", number, c.ID(), s.n)
			return
		}
		if got := s.answers[number]; got != confirmed && got != unconfirmed {
			h.fail("after all, number %d of %s has no answer in life %d", number, c.ID(), s.n)
		}
	}
}

// reckon holds what stands in the conversations against what the programs were told.
func (h *history) reckon() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.all {
		there := map[string]int{}
		for _, text := range said(c) {
			there[text]++
		}
		most, least := map[string]int{}, map[string]int{}
		for _, s := range h.stories[c.ID()] {
			for number, what := range s.answers {
				text := answer(h.seed, s, number)
				switch what {
				case confirmed:
					most[text]++
					least[text]++
				case unconfirmed, open:
					most[text]++
				case refused:
				}
			}
		}
		for text, n := range there {
			if strings.HasPrefix(text, "re: ") && n > most[text] {
				h.fail("%s: %q is there %d times, not at most %d", c.ID(), text, n, most[text])
			}
		}
		for text, n := range least {
			if there[text] < n {
				h.fail("%s: %q was confirmed %d times and is there %d times", c.ID(), text, n, there[text])
			}
		}
	}
}

// answer is the answer to a message. In half of the histories it is the same in all
// lives.
func answer(seed uint64, s *story, number int64) string {
	if seed%2 == 0 {
		return fmt.Sprintf("re: %d", number)
	}
	return fmt.Sprintf("re: %d in life %d", number, s.n)
}

// fate is what is drawn for a message in a life, whoever comes first.
func (h *history) fate(s *story, number int64) *rand.Rand {
	f := fnv.New64()
	fmt.Fprint(f, s.id, " ", s.n, " ", number)
	return rand.New(rand.NewPCG(h.seed, f.Sum64()))
}

var (
	errFate   = errors.New("the handler fails, as it was drawn")
	errPanics = errors.New("the handler panics, as it was drawn")
	errEarly  = errors.New("the handler returns early, as it was drawn")
)
