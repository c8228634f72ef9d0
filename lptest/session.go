package lptest

import (
	"net/http"
	"slices"
	"time"
)

// session is an agent session of the Chat Agent API.
type session struct {
	id      string
	agent   *agent
	token   *login // the login that used it last; nil when signed
	signed  bool   // started by a signed request: no cookies
	ended   bool
	endedAt time.Time
	cookie  string // present value of LPAgentSession
	node    string // present value of LPAgentNode-{id}
	former  []string
	grace   time.Time // until when the former values pass
	started time.Time
	used    time.Time // the last call of it, see WithSessionIdle
	idle    *task
}

// takes reports whether a cookie value of this session passes.
func (n *session) takes(value string, now time.Time) bool {
	return value == n.cookie || value == n.node || now.Before(n.grace) && slices.Contains(n.former, value)
}

// startSession answers row 1, the Start Agent Session page.
func (c *call) startSession() answer {
	if !c.doc.has("loginData") {
		return fail(http.StatusBadRequest, codeBadRequest, `The body {"loginData":""} is wanted`)
	}
	c.s.sweep(c.now)
	a := c.agent
	n := &session{
		id:      c.s.digits("session", a.LoginName, 10),
		agent:   a,
		token:   c.token,
		signed:  c.signed,
		started: c.now,
		used:    c.now,
	}
	for c.s.sessions[n.id] != nil {
		n.id = c.s.digits("session", a.LoginName, 10)
	}
	c.s.sessions[n.id] = n
	if len(a.sessions) == 0 {
		c.s.setStatus(a, away, c.now)
	}
	a.sessions = append(a.sessions, n)
	c.s.watchSession(n)
	c.session = n
	c.entry.Session = n.id
	c.change("agent session " + n.id + " started")
	reply := created("agentSessionLocation", c.sessionURL())
	if !n.signed {
		reply.cookies = c.freshCookies(n)
	}
	return reply
}

// freshCookies gives a session new cookies.
func (c *call) freshCookies(n *session) []*http.Cookie {
	if n.cookie != "" {
		n.former = []string{n.cookie, n.node}
		c.s.retire(n.former, c.now)
	}
	n.cookie = c.s.token("jar", n.id, 32)
	n.node = c.s.token("jar", n.id, 16)
	c.s.jars[n.cookie] = n
	c.s.jars[n.node] = n
	return []*http.Cookie{
		c.newCookie(sessionCookie, "/", n.cookie),
		c.newCookie(nodePrefix+n.id, "/api/account/"+c.s.cfg.account+"/agentSession/"+n.id, n.node),
	}
}

// rotate gives the session that a call is about new cookies, whether the call
// is carried out or not.
func (c *call) rotate(a *answer) {
	c.s.enter()
	defer c.s.mu.Unlock()
	n := c.session
	if n == nil {
		n = c.s.sessions[c.params["session"]]
	}
	if n == nil || n.signed || n.agent != c.agent {
		return
	}
	a.cookies = c.freshCookies(n)
	n.grace = time.Now().Add(c.fault.Delay)
}

// enterSession finds the agent session in the path and checks that it is the
// caller's.
func (c *call) enterSession() (answer, bool) {
	n := c.s.sessions[c.params["session"]]
	switch {
	case n == nil || n.ended:
		return fail(http.StatusNotFound, codeBadSession, "The agent session is not known or has ended"), false
	case n.agent != c.agent:
		return fail(http.StatusForbidden, codeBadSession, "The agent session belongs to another agent"), false
	}
	c.session = n
	if a, ok := c.checkSessionCookies(); !ok {
		return a, false
	}
	if c.token != nil {
		n.token = c.token
	}
	n.used = c.now
	return answer{}, true
}

// watchSession ends a session that is not used any more.
func (s *Server) watchSession(n *session) {
	if s.cfg.sessionIdle == 0 {
		return
	}
	n.idle = s.at(n.used.Add(s.cfg.sessionIdle), func(now time.Time) {
		if now.Before(n.used.Add(s.cfg.sessionIdle)) {
			s.watchSession(n)
			return
		}
		s.endSession(n, now)
	})
}

// endSession ends an agent session. With the agent's last one his chats go
// back to the queue, or are disconnected if nobody could take them.
func (s *Server) endSession(n *session, now time.Time) {
	if n.ended {
		return
	}
	n.ended, n.endedAt = true, now
	s.cancel(n.idle)
	a := n.agent
	a.sessions = slices.DeleteFunc(a.sessions, func(other *session) bool { return other == n })
	if len(a.sessions) > 0 {
		return
	}
	s.setStatus(a, away, now)
	for _, ch := range slices.Clone(a.running) {
		s.giveBack(ch, now)
	}
}

// DropSessions loses an agent's sessions, as a crash of the service would:
// calls of them answer 404 with code 39. The bearer and the running chats
// stay, so that a new session can take them over through chat sessions.
func (s *Server) DropSessions(a Agent) {
	s.enter()
	defer s.mu.Unlock()
	state := s.mustAgent(a)
	now := time.Now()
	for _, n := range state.sessions {
		n.ended, n.endedAt = true, now
		s.cancel(n.idle)
	}
	state.sessions = nil
	s.setStatus(state, away, now)
}

// sessionStatus answers row 25, known from the vendor's Postman collection.
func (c *call) sessionStatus() answer {
	as := c.sessionURL()
	links := many{
		link(as, "self"),
		link(as+"/availability", "availability"),
		link(as+"/info", "info"),
		link(as+"/incomingRequests", "incoming-requests"),
		link(as+"/availableAgents", "available-agents"),
		link(as+"/chat/availableSlots", "chat-available-slots"),
		link(as+"/chatSessions", "chat-sessions"),
	}
	if c.fixed.has(vAgentSessionID) {
		return ok(object{{"agentSessionId", object{{"link", links}}}})
	}
	return ok(object{{"agentSession", object{
		{"link", links},
		{"chatSessions", object{{"chatSession", c.runningChats()}}},
	}}})
}

// chatSessions answers row 9, the Retrieve Chat Sessions page. Its links come
// without "@".
func (c *call) chatSessions() answer {
	a := ok(object{{"chatSessions", object{{"chatSession", c.runningChats()}}}})
	a.plain = true
	return a
}

func (c *call) runningChats() many {
	listed := c.agent.running
	if c.fixed.has(vEndedSessions) {
		listed = slices.DeleteFunc(slices.Clone(c.s.order), func(ch *chat) bool { return ch.agent != c.agent })
	}
	chats := make(many, 0, len(listed))
	for _, ch := range listed {
		chats = append(chats, object{
			{"link", link(c.chatURL(ch), "chat-session")},
			{"chatSessionKey", ch.id},
			{"startTime", stamp{at: ch.started, millis: true}},
		})
	}
	return chats
}

// agentInfo answers row 6, the Retrieve Agent Information page.
func (c *call) agentInfo() answer {
	a := c.agent
	skills := make(many, len(a.Skills))
	for i, name := range a.Skills {
		skills[i] = object{{"id", quoted(c.s.desk(name).skill.ID)}, {"name", name}}
	}
	info := object{
		{"link", link(c.sessionURL()+"/info", "self")},
		{"agentName", a.name()},
		{"displayName", a.name()},
		{"loginName", a.LoginName},
		{"id", quoted(a.ID)},
		{"maxChats", quoted(a.maxChats())},
		{"availability", object{{"chat", a.state()}, {"voice", offline}}},
	}
	if a.reason != "" {
		info = append(info, member{"chatReasonId", a.reason})
	}
	return ok(object{{"info", append(info, member{"skillsInfo", object{{"skillInfo", skills}}})}})
}

// maxChats is the number as the pages have it: -1 means no limit.
func (a *agent) maxChats() int64 {
	if a.MaxChats <= 0 {
		return -1
	}
	return int64(a.MaxChats)
}
