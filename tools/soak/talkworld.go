package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest"
	service "github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// talkWorld is the messaging channel of the world.
type talkWorld struct {
	agents []lptest.Agent
	skills []lptest.Skill

	running map[string]*consumer // conversations that have not ended
	faults  map[string][]*service.FaultHandle
}

// talkTotals are the counters of the messaging channel.
type talkTotals struct {
	Opened    int         `json:"opened"`  // sockets
	Dropped   int         `json:"dropped"` // sockets that the service ended, the faults not counted
	Frames    int         `json:"frames"`  // from the agents
	Taken     int         `json:"taken"`   // conversations that colleagues took over
	Back      int         `json:"back"`    // and tries to give them back
	Forgotten []forgotten `json:"forgotten"`
}

// talkSkills are what the agents of the messaging channel may transfer to.
type talkSkills struct {
	Talk   []liveperson.SkillID `json:"talk"`
	People liveperson.SkillID   `json:"people"` // "" if there are no colleagues
}

// talkOptions are those of the messaging service. The seed decides which forms it has.
func (w *world) talkOptions() []service.Option {
	opts := []service.Option{service.WithFrames(10 * journalSize), service.WithForgetting(forgetAfter)}
	random := rand.New(rand.NewPCG(uint64(w.plan.Seed), 5)) //nolint:gosec // a seed is wanted here
	for _, v := range service.Variants() {
		if random.IntN(4) == 0 {
			opts = append(opts, service.WithVariants(v))
		}
	}
	if w.plan.Seed%3 == 0 {
		opts = append(opts, service.WithPage(5))
	}
	return opts
}

// hireTalkers adds the agents of the messaging channel and their skills. Each skill is
// served by several agents.
func (w *world) hireTalkers() {
	w.talk.running = map[string]*consumer{}
	n := max(2, min(8, w.plan.Agents/4))
	for i := range n {
		w.talk.skills = append(w.talk.skills, w.srv.AddSkill(lptest.Skill{Name: "Talk " + strconv.Itoa(i)}))
	}
	for k := range w.plan.Agents {
		i := w.plan.Agents + k
		w.talk.agents = append(w.talk.agents, w.srv.AddAgent(lptest.Agent{
			LoginName: agentName(i), Password: password(i), MaxChats: w.plan.Chats + 1,
			Skills: []string{w.talk.skills[k%n].Name, w.talk.skills[(k+1)%n].Name},
			Bot:    &lptest.Keys{ClientID: clientID(i), ClientSecret: password(i)},
		}))
	}
	w.talk.faults = map[string][]*service.FaultHandle{}
	for _, f := range talkFaultsFor(w.plan) {
		name := string(f.Kind)
		if f.Kind == service.FaultRefuse {
			name = strconv.Itoa(f.Code)
		}
		w.talk.faults[name] = append(w.talk.faults[name], w.srv.Messaging().AddFault(f))
	}
}

// talkFaults is how often the faults of the messaging service have struck.
func (w *world) talkFaults() map[string]int {
	hits := map[string]int{}
	for name, handles := range w.talk.faults {
		for _, h := range handles {
			hits["messaging "+name] += h.Hits()
		}
	}
	return hits
}

// talkSkills are those that the parent has to know.
func (w *world) talkSkills() (s talkSkills) {
	for _, skill := range w.talk.skills {
		s.Talk = append(s.Talk, liveperson.SkillID(strconv.FormatInt(skill.ID, 10)))
	}
	if len(w.people) > 0 {
		s.People = liveperson.SkillID(strconv.FormatInt(w.srv.AddSkill(lptest.Skill{Name: peoplesSkill}).ID, 10))
	}
	return s
}

func (w *world) startTalks() {
	for slot := range w.plan.Agents * w.plan.Chats {
		w.wg.Go(func() { w.visitors(slot, w.consume) })
	}
	for i, a := range w.people {
		w.wg.Go(func() { w.talkPerson(i, a) })
	}
	w.wg.Go(w.talkMishaps)
	w.wg.Go(w.watchTalks)
}

func (w *world) talkersOnline() (n int) {
	for _, a := range w.talk.agents {
		if w.srv.Messaging().Availability(a.LoginName) == "ONLINE" {
			n++
		}
	}
	return n
}

func (w *world) isTalk(id string) bool { return w.srv.Messaging().Conversation(id) != nil }

// frames are those that name a conversation, a line for each.
func (w *world) frames(of orphan) []string {
	var lines []string
	asked := map[string]bool{} // requests about it, by what names their answer
	for _, f := range w.srv.Messaging().Frames() {
		its := of.Agent != "" && f.User == of.Agent && (f.Code >= 400 || f.Fault != "") && of.Over.Sub(f.At).Abs() < 90*time.Second
		id := frameID.FindStringSubmatch(f.Text)
		about := strings.Contains(f.Text, of.Chat)
		if id != nil && about && f.In {
			asked[fmt.Sprint(f.Socket, " ", id[1])] = true
		}
		if !its && !about && (id == nil || f.In || !asked[fmt.Sprint(f.Socket, " ", id[1])]) {
			continue
		}
		way := "<"
		if f.In {
			way = ">"
		}
		text := strings.ReplaceAll(f.Text, of.Chat, "it")
		lines = append(lines, fmt.Sprintf("%s %-12s %d %s %-9s %s", f.At.Format("15:04:05.000"), f.User, f.Socket, way, f.Fault, text[:min(len(text), 600)]))
	}
	return lines[max(0, len(lines)-200):]
}

// frameID is the number of a request, in it and in its answer.
var frameID = regexp.MustCompile(`"(?:id|reqId)":"(\d+)"`)

// closings are codes with which the service closes sockets.
var closings = []struct {
	code   int
	reason string
}{
	{1001, ""}, {1005, ""}, {1006, ""}, {1011, "Internal Error"}, {1012, ""}, {4401, "token expired"}, {4407, ""}, {4410, "bad message"},
}

// talkMishaps ends sockets and takes conversations away from their agents.
func (w *world) talkMishaps() {
	if w.plan.Faults == 0 {
		return
	}
	random := rand.New(rand.NewPCG(uint64(w.plan.Seed), 3)) //nolint:gosec // a seed is wanted here
	every := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) / w.plan.Faults * (0.5 + random.Float64()))
	}
	now := time.Now()
	drop, requeue := now.Add(every(4*time.Second)), now.Add(every(6*time.Second))
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-w.draining:
			return
		case now = <-tick.C:
		}
		if now.After(drop) {
			drop = now.Add(every(4 * time.Second))
			name, how := w.talk.agents[random.IntN(len(w.talk.agents))].LoginName, closings[random.IntN(len(closings))]
			n := w.srv.Messaging().CloseSockets(name, how.code, how.reason)
			w.count(func(t *totals) { t.Talk.Dropped += n })
		}
		if w.plan.has(requeues) && now.After(requeue) {
			requeue = now.Add(every(6 * time.Second))
			if c := w.anyTalk(random); c != nil {
				w.srv.Messaging().Requeue(c.conv.ID())
				w.count(func(t *totals) { t.Requeued++ })
			}
		}
	}
}

// anyTalk is a running conversation, nil if there is none.
func (w *world) anyTalk(random *rand.Rand) *consumer {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := slices.Sorted(maps.Keys(w.talk.running))
	if len(ids) == 0 {
		return nil
	}
	return w.talk.running[ids[random.IntN(len(ids))]]
}

// talkPerson works as one of the people does in the messaging channel: he takes what is
// transferred to him, takes over what others have, and gives it back.
func (w *world) talkPerson(nth int, a lptest.Agent) {
	p := w.srv.Messaging().Colleague(a.LoginName)
	random := rand.New(rand.NewPCG(uint64(w.plan.Seed), 10+uint64(nth))) //nolint:gosec // a seed is wanted here
	has := map[string]holding{}
	take := time.Now().Add(5 * time.Second)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-w.ctx.Done():
			p.SignOut()
			return
		case <-tick.C:
		}
		p.Online()
		for id := p.Accept(); id != ""; id = p.Accept() {
			has[id] = holding{since: time.Now()}
			w.count(func(t *totals) { t.ToPeople++ })
		}
		select {
		case <-w.draining:
		default:
			if time.Now().Before(take) {
				break
			}
			take = time.Now().Add(time.Duration(2+random.IntN(8)) * time.Second)
			c := w.anyTalk(random)
			if c == nil {
				break
			}
			from := c.conv.Assigned()
			if w.isTalker(from) && p.TakeOver(c.conv.ID()) == nil {
				has[c.conv.ID()] = holding{time.Now(), from}
				w.count(func(t *totals) { t.Talk.Taken++ })
			}
		}
		for id, h := range has {
			if w.attendTalk(p, a.LoginName, id, h) {
				delete(has, id)
			}
		}
	}
}

// holding is a conversation that a person has.
type holding struct {
	since time.Time
	from  string // the login name of the agent that it was taken from, "" for none
}

// isTalker tells whether it is one of the agents, by the login name.
func (w *world) isTalker(name string) bool {
	return slices.ContainsFunc(w.talk.agents, func(a lptest.Agent) bool { return a.LoginName == name })
}

// attendTalk answers what the consumer has said, and gives the conversation back after
// a time that its id decides. It tells whether it is not his any more.
func (w *world) attendTalk(p *service.Colleague, me, id string, h holding) (gone bool) {
	c := w.srv.Messaging().Conversation(id)
	if c == nil || c.State() != "OPEN" || c.Assigned() != me {
		return true
	}
	answered, wish := map[int]bool{}, ""
	messages := c.Messages()
	for _, m := range messages {
		if n, _ := readReply(m.Text); m.Role != consumerRole {
			answered[n] = true
		}
	}
	for _, m := range messages {
		if n, asked := readLine(m.Text); m.Role == consumerRole && !answered[n] && p.Say(id, replyTo(n, id)) >= 0 {
			wish = asked
		}
	}
	if wish == wantsEnd || wish == wantsPanic {
		return p.End(id) == nil
	}
	if time.Since(h.since) < time.Duration(id[len(id)-1]%4)*2*time.Second {
		return false
	}
	w.count(func(t *totals) { t.Talk.Back++ })
	if h.from != "" && p.TransferToAgent(id, h.from) == nil {
		return true
	}
	return p.TransferToSkill(id, w.talk.skills[int(id[len(id)-1])%len(w.talk.skills)].Name) == nil
}
