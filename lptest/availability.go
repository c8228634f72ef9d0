package lptest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// getAvailability answers row 2, the Retrieve Current Availability page.
func (c *call) getAvailability() answer { return ok(c.availability()) }

func (c *call) availability() object {
	state := object{{"chat", c.agent.state()}, {"voice", offline}}
	if c.agent.reason != "" {
		state = append(state, member{"chatReasonId", c.agent.reason})
	}
	return object{{"availability", state}}
}

// setAvailability answers row 3, the Set Agent Availability page.
func (c *call) setAvailability() answer {
	wanted := c.doc.object("availability")
	status := wanted.text("chat")
	if status != online && status != away && status != occupied {
		return fail(http.StatusBadRequest, codeBadRequest, `"chat" is Online, Away or Occupied`)
	}
	reason, _ := wanted.field("chatReasonId").scalar()
	c.agent.reason = reason
	c.s.setStatus(c.agent, status, c.now)
	c.change(c.agent.LoginName + " is " + status)
	a := ok(c.availability())
	a.dull = true
	return a
}

// setStatus changes an agent's availability and moves what rings.
func (s *Server) setStatus(a *agent, status string, now time.Time) {
	if a.status != status {
		a.status, a.since = status, now
		s.waiters.wake()
	}
	if status == online {
		s.offer(a, now)
		return
	}
	for _, ch := range slices.Clone(a.ringing) {
		if status == away || !ch.direct {
			s.withdraw(ch, now)
			s.place(ch, now)
		}
	}
}

var stateNumbers = map[string]int64{offline: 1, online: 2, occupied: 3, away: 4}

// availableAgents answers row 4, the Retrieve Available Agents page.
func (c *call) availableAgents() answer {
	for _, name := range [...]string{"chatState", "voiceState"} {
		if wanted := c.query.Get(name); wanted != "" && stateNumbers[wanted] == 0 {
			return fail(http.StatusBadRequest, codeBadRequest, name+" is Online, Offline, Occupied or Away")
		}
	}
	var since time.Time
	if stamp := c.query.Get("timeStamp"); stamp != "" {
		ms, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil {
			return fail(http.StatusBadRequest, codeBadRequest, "timeStamp is no number")
		}
		if c.fixed.has(vAgentsDelta) {
			since = time.UnixMilli(ms)
		}
	}
	agents := many{}
	for _, a := range c.s.agents {
		if a.Disabled || a.since.Before(since) || !c.wantsAgent(a) {
			continue
		}
		skills := make(many, len(a.Skills))
		for i, name := range a.Skills {
			skills[i] = quoted(c.s.desk(name).skill.ID)
		}
		agents = append(agents, object{
			{"@chatState", c.stateOf(a.state())},
			{"@id", quoted(a.ID)},
			{"@maxChats", quoted(a.maxChats())},
			{"@voiceState", c.stateOf(offline)},
			{"email", a.Email},
			{"nickname", a.name()},
			{"privilegeGroup", a.Group},
			{"skills", object{{"skill", skills}}},
			{"chats", quoted(int64(len(a.running)))},
			{"elapsedTimeInState", quoted(int64(c.now.Sub(a.since) / time.Second))},
			{"userName", a.LoginName},
		})
	}
	query := c.r.URL.Query()
	for _, name := range [...]string{"v", "NC"} {
		query.Del(name)
	}
	query.Set("timeStamp", strconv.FormatInt(c.now.UnixMilli(), 10))
	return ok(object{{"availableAgents", object{
		{"agents", object{{"agent", agents}}},
		{"link", link(c.sessionURL()+"/availableAgents?"+query.Encode(), "next")},
	}}})
}

// stateOf is a state as the list of agents has it.
func (c *call) stateOf(state string) any {
	if c.fixed.has(vStateWords) {
		return state
	}
	return quoted(stateNumbers[state])
}

func (c *call) wantsAgent(a *agent) bool {
	if skill := c.query.Get("skill"); skill != "" && !slices.Contains(a.Skills, skill) {
		return false
	}
	if state := c.query.Get("chatState"); state != "" && state != a.state() {
		return false
	}
	if state := c.query.Get("voiceState"); state != "" && state != offline {
		return false
	}
	reason := c.query.Get("chatReasonId")
	return reason == "" || reason == a.reason
}

// availableSlots answers row 5, the Retrieve Available Slots page.
func (c *call) availableSlots() answer {
	query := c.query
	name, skill := query.Get("agent"), query.Get("skill")
	switch {
	case name != "" && (skill != "" || query.Has("maxWaitTime")):
		return fail(http.StatusBadRequest, codeBadRequest, "agent cannot be used with other parameters")
	case name != "":
		a := c.s.byLogin[name]
		if a == nil {
			return fail(http.StatusNotFound, codeNoData, "The agent "+name+" is not known")
		}
		return ok(object{{"availableSlots", bare(slots(a))}})
	case skill == "":
		return fail(http.StatusBadRequest, codeBadRequest, "skill with maxWaitTime, or agent, is wanted")
	}
	wait, err := strconv.Atoi(query.Get("maxWaitTime"))
	if err != nil || wait < 0 || wait > 86400 {
		return fail(http.StatusBadRequest, codeBadRequest, "maxWaitTime is between 0 and 86400")
	}
	desk := c.s.bySkill[skill]
	if desk == nil {
		return fail(http.StatusNotFound, codeNoData, "The skill "+skill+" is not known")
	}
	total := int64(0)
	for _, a := range desk.agents {
		n := slots(a)
		if n < 0 {
			return ok(object{{"availableSlots", bare(-1)}})
		}
		total += n
	}
	return ok(object{{"availableSlots", bare(max(0, total-int64(len(desk.queue))))}})
}

// slots is how many chats an agent can take now, -1 without a limit.
func slots(a *agent) int64 {
	if a.state() != online {
		return 0
	}
	if a.MaxChats <= 0 {
		return -1
	}
	return int64(max(0, a.free()))
}
