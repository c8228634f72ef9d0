package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/tools/apart"
)

const (
	journalSize = 20000
	// forgetAfter is how long the server remembers chats that are over.
	forgetAfter = 20 * time.Minute
	// keepFor is how long the world waits for somebody to ask for a chat that
	// has ended: an agent who lost a fight pauses his logins for up to 16 min, twice
	// perhaps.
	keepFor = 40 * time.Minute
	// settleAfter is how long after its end a chat is settled: handlers that
	// have only just heard of it come first.
	settleAfter = 4 * time.Second
	// transferred chats have handlers at several agents.
	settleMovedAfter = 45 * time.Second
)

// world is the child: the fake services, the visitors, and what goes wrong.
type world struct {
	plan   plan
	srv    *lptest.Server
	skills []lptest.Skill
	agents []lptest.Agent
	people []lptest.Agent
	rates  rates
	ctx    context.Context
	stop   context.CancelFunc
	wg     sync.WaitGroup
	seen   chan string // conversations whose survey was read

	mu       sync.Mutex
	draining chan struct{}
	running  map[string]int           // chats that have not ended, with the last line whose reply need not come
	visits   map[string]*lptest.Visit // of the same
	settled  map[string]*finished     // chats that have ended, until they are asked for
	logins   map[string]time.Time     // the last one of each agent
	sum      totals
	talk     talkWorld
}

type finished struct {
	record
	accepted bool // some agent had it
	meddle   bool // a colleague is going to answer in the survey
}

// openWorld starts the services of a plan.
func openWorld(setup json.RawMessage) (*apart.Fake, error) {
	var p plan
	if err := json.Unmarshal(setup, &p); err != nil {
		return nil, err
	}
	w := newWorld(p)
	srv, err := lptest.Start(w.options()...)
	if err != nil {
		return nil, err
	}
	w.furnish(srv)
	return &apart.Fake{Server: srv, Do: w.do, Close: w.close}, nil
}

func newWorld(p plan) *world {
	w := &world{
		plan: p, seen: make(chan string, 64), draining: make(chan struct{}), running: map[string]int{}, visits: map[string]*lptest.Visit{}, logins: map[string]time.Time{}, settled: map[string]*finished{},
		rates: newRates(),
		sum:   totals{Faults: map[string]int{}, Ends: map[string]int{}},
	}
	w.ctx, w.stop = context.WithCancel(context.Background())
	return w
}

func (w *world) options() []lptest.Option {
	opts := []lptest.Option{
		lptest.WithSeed(w.plan.Seed), lptest.WithJournal(journalSize), lptest.WithForgetting(forgetAfter),
		lptest.WithMessaging(w.talkOptions()...),
		lptest.WithSessionTTL(10 * time.Minute), lptest.WithVariants(lptest.VariantRandom), lptest.WithObserver(w.observe),
	}
	if w.plan.Seed%3 == 0 {
		opts = append(opts, lptest.WithPageSize(5))
	}
	if w.plan.Seed%2 == 0 {
		opts = append(opts, lptest.WithRingingLag(3*time.Second))
	}
	return opts
}

func agentName(i int) string { return fmt.Sprintf("bot%d@soak", i) }
func password(i int) string  { return fmt.Sprintf("secret of bot %d", i) }
func clientID(i int) string  { return fmt.Sprintf("client-%d", i) }

// furnish adds skills and agents. Each skill is served by several agents, but for
// that of the last agent, who has many chats.
func (w *world) furnish(srv *lptest.Server) {
	w.srv = srv
	if w.plan.plays(messaging) {
		w.hireTalkers()
	}
	if w.plan.plays(chatting) {
		w.hireBots()
	}
	if w.plan.has(transfersBack) {
		w.hirePeople()
	}
	for _, f := range faultsFor(w.plan) {
		srv.AddFault(f)
	}
}

// hireBots adds the agents of the chat channel.
func (w *world) hireBots() {
	srv := w.srv
	for i := range max(2, min(8, w.plan.Agents/4)) {
		w.skills = append(w.skills, srv.AddSkill(lptest.Skill{Name: "Skill " + strconv.Itoa(i)}))
	}
	for i := range w.plan.Agents {
		n, most := len(w.skills), w.plan.Chats+1
		skills := []string{w.skills[i%n].Name, w.skills[(i+1)%n].Name}
		if i == w.plan.Agents-1 {
			most, skills = manyChats+2, append(skills, manySkill)
		}
		w.agents = append(w.agents, srv.AddAgent(lptest.Agent{
			LoginName: agentName(i), Password: password(i), MaxChats: most, Skills: skills,
			Bot: &lptest.Keys{ClientID: clientID(i), ClientSecret: password(i)},
		}))
	}
}

// do answers the parent.
func (w *world) do(name string, args json.RawMessage) (any, error) {
	switch name {
	case "start":
		w.start()
		return nil, nil //nolint:nilnil // there is nothing to say
	case "people":
		var ids []string
		for _, a := range w.people {
			ids = append(ids, strconv.FormatInt(a.ID, 10))
		}
		return ids, nil
	case "skills":
		return w.talkSkills(), nil
	case "drain":
		w.drain()
		return nil, nil //nolint:nilnil // there is nothing to say
	case "totals":
		return w.totals(), nil
	case "settle":
		var ids []string
		if err := json.Unmarshal(args, &ids); err != nil {
			return nil, err
		}
		return w.settle(ids), nil
	case "unconfirmed":
		var list []doubt
		if err := json.Unmarshal(args, &list); err != nil {
			return nil, err
		}
		w.tell(list)
		return nil, nil //nolint:nilnil // there is nothing to say
	case "journal":
		var of orphan
		if err := json.Unmarshal(args, &of); err != nil {
			return nil, err
		}
		if w.isTalk(of.Chat) {
			return w.frames(of), nil
		}
		return w.journal(of), nil
	case "refusals":
		var of orphan
		if err := json.Unmarshal(args, &of); err != nil {
			return nil, err
		}
		return w.refusals(of), nil
	}
	return nil, fmt.Errorf("unknown command %q", name)
}

func (w *world) start() {
	if w.plan.plays(messaging) {
		w.startTalks()
	}
	if w.plan.plays(chatting) {
		for slot := range w.plan.Agents*w.plan.Chats + manyChats {
			w.wg.Go(func() { w.visitors(slot, w.visit) })
		}
		for _, a := range w.people {
			w.wg.Go(func() { w.person(a) })
		}
	}
	w.wg.Go(w.measure)
	w.wg.Go(w.mishaps)
	w.wg.Go(w.colleague)
}

// drain has visitors start no more chats; nothing worse than the faults happens.
func (w *world) drain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.draining:
	default:
		close(w.draining)
	}
}

// close ends all that runs and returns the last totals.
func (w *world) close() any {
	w.drain()
	w.stop()
	w.wg.Wait()
	return w.totals()
}

// observe counts what was asked.
func (w *world) observe(r lptest.Request) {
	w.rates.saw(r)
	w.mu.Lock()
	w.sum.Requests++
	if r.Op == lptest.OpLogin {
		w.logins[r.Agent] = r.Time
	}
	if r.Fault != "" {
		w.sum.Faults[faultName(r)]++
	}
	foreign := r.Op == lptest.OpForeign || r.Op == lptest.OpUnknown
	badJar := r.Jar != "" && r.Jar != "stale" // replaced while the call was under way
	if foreign {
		w.sum.Strays++
	}
	if badJar {
		w.sum.BadJars++
	}
	if (foreign || badJar) && len(w.sum.Astray) < mostFindings {
		w.sum.Astray = append(w.sum.Astray, fmt.Sprintf("%s %s %s%s, by %s, cookies %q %s, answered %d",
			r.Time.Format(time.TimeOnly), r.Method, r.Host, r.Path, r.Agent, r.Cookies, r.Jar, r.Status))
	}
	w.mu.Unlock()
	if r.Op == lptest.OpSurveyState && r.Method == "GET" {
		if query, err := url.ParseQuery(r.Query); err == nil {
			select {
			case w.seen <- query.Get("conv"):
			default: // the colleague is busy
			}
		}
	}
}

func faultName(r lptest.Request) string {
	if r.Fault == lptest.FaultStatus {
		return strconv.Itoa(r.Status)
	}
	return string(r.Fault)
}

func (w *world) totals() totals {
	online := 0
	for _, a := range w.agents {
		if w.srv.Availability(a) == "Online" {
			online++
		}
	}
	online += w.talkersOnline()
	talkFaults := w.talkFaults()
	logins := w.srv.CountStatus(lptest.OpLogin, 200)
	sessions := w.srv.CountStatus(lptest.OpSessionStart, 201) + w.srv.CountStatus(lptest.OpSessionStart, 200)
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.sum
	t.Online, t.Logins, t.Sessions = online, logins, sessions
	t.Running = t.Begun - t.Ended
	t.Rates = w.rates.all()
	t.Faults, t.Ends, t.Astray = copyOf(t.Faults), copyOf(t.Ends), slices.Clone(t.Astray)
	maps.Copy(t.Faults, talkFaults)
	t.Talk.Forgotten = slices.Clone(t.Talk.Forgotten)
	return t
}

func copyOf(m map[string]int) map[string]int {
	out := make(map[string]int, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// settle returns and forgets those chats that have ended for long enough, and
// nil for those that it does not know.
func (w *world) settle(ids []string) map[string]*record {
	ready, out := map[string]*finished{}, map[string]*record{}
	now := time.Now()
	w.mu.Lock()
	for _, id := range ids {
		id, moved := strings.CutSuffix(id, movedMark)
		wait := settleAfter
		if moved {
			wait = settleMovedAfter
		}
		switch f := w.settled[id]; {
		case f == nil:
			if _, runs := w.running[id]; !runs {
				out[id] = nil
			}
		case now.Sub(f.Over) >= wait:
			ready[id] = f
			delete(w.settled, id)
		}
	}
	w.mu.Unlock()
	for id, f := range ready {
		state := w.srv.Survey(id, unassigned)
		f.Submits, f.Colleague = state.Submits, state.SubmittedBy == colleagueName
		w.srv.CloseConversation(id)
		out[id] = &f.record
	}
	return out
}

// tell has visitors wait no more for replies that could not be confirmed.
func (w *world) tell(list []doubt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range list {
		if n, runs := w.running[d.Chat]; runs {
			w.running[d.Chat] = max(n, d.Line)
		}
	}
}

// sweep forgets the ended chats that nobody asks for: no handler had them.
func (w *world) sweep(now time.Time) {
	var unserved []string
	w.mu.Lock()
	for id, f := range w.settled {
		if now.Sub(f.Over) > keepFor {
			delete(w.settled, id)
			unserved = append(unserved, id)
		}
	}
	w.mu.Unlock()
	for _, id := range unserved {
		w.srv.CloseConversation(id)
	}
}

// journal is what was asked about a chat lately, a line for each request, and the chat's
// events. If it is orphaned, also what else its agent asked in its last 90 s.
func (w *world) journal(of orphan) []string {
	id := of.Chat
	var lines []string
	for _, r := range w.srv.Journal() {
		its := of.Agent != "" && r.Agent == of.Agent && r.Chat == "" && of.Over.Sub(r.Time).Abs() < 90*time.Second
		if r.Chat != id && !strings.Contains(r.Query, id) && !its {
			continue
		}
		if of.Agent == "" && r.Op == lptest.OpChats && r.Status < 300 && r.Fault == "" {
			continue // polls that go well say nothing
		}
		line := fmt.Sprintf("%s %-16s %3d %-12s %-10s", r.Time.Format("15:04:05.000"), r.Op, r.Status, r.Fault, r.Agent)
		if r.Changed != "" {
			line += " " + strings.ReplaceAll(r.Changed, id, "it")
		}
		if r.Op == lptest.OpSend {
			line += " " + strings.ReplaceAll(r.Body, id, "it")
		}
		lines = append(lines, line)
	}
	lines = lines[max(0, len(lines)-200):]
	chat := w.srv.Chat(id)
	if chat == nil {
		return lines // forgotten
	}
	for _, e := range chat.Events() {
		line := fmt.Sprintf("%s event %d %s %s", e.Time.Format("15:04:05.000"), e.ID, e.Type, e.State)
		if e.Line != nil {
			line += fmt.Sprintf("by %s: %s", e.Line.By, strings.ReplaceAll(e.Line.Text, id, "it"))
		}
		lines = append(lines, line)
	}
	return lines
}

func (w *world) count(f func(*totals)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(&w.sum)
}
