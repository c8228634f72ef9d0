package lptest

import (
	"net/http"
	"time"
)

// incoming answers row 7, the Determine Incoming Chat Request page. The link
// to accept is there only while something rings.
func (c *call) incoming() answer {
	n := len(c.agent.ringing)
	requests := object{{"ringingCount", quoted(int64(n))}}
	if n > 0 {
		requests = append(requests, member{"link", link(c.sessionURL()+"/incomingRequests", "accept")})
	}
	return ok(object{{"incomingRequests", requests}})
}

// accept answers row 8, the Accept a Chat page: the chat that rings longest.
func (c *call) accept() answer {
	if !c.doc.isObject() {
		return fail(http.StatusBadRequest, codeBadRequest, "The body {} is wanted")
	}
	a := c.agent
	if len(a.ringing) == 0 {
		if c.fixed.has(vAcceptError) {
			return ok((&problem{codeNoData, "There is no incoming request"}).tree(http.StatusNotFound, c.now, c.fixed))
		}
		return ok(object{})
	}
	ch := a.ringing[0]
	c.s.take(ch, a, c.now)
	c.entry.Chat = ch.id
	c.change("chat " + ch.id + " accepted by " + a.LoginName)
	return created("chatLocation", c.chatURL(ch))
}

// take makes a chat that rings at an agent his.
func (s *Server) take(ch *chat, a *agent, now time.Time) {
	s.withdraw(ch)
	ch.agent = a
	ch.direct = false
	ch.touched = now
	a.running = append(a.running, ch)
	for i := range ch.events {
		if e := &ch.events[i]; e.heir && e.only == nil {
			e.only = a
		}
	}
	ch.addState(now, chatting)
	ch.system(now, messageAccepted, "You are now chatting with "+a.name()+".")
	s.watch(ch)
}
