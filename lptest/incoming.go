package lptest

import (
	"net/http"
	"slices"
	"time"
)

// incoming answers row 7, the Determine Incoming Chat Request page. The link
// to accept is there only while something rings, or seems to.
func (c *call) incoming() answer {
	n := len(c.agent.ringing) + c.agent.echoes(c.now)
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
		return c.nothingRings()
	}
	ch := a.ringing[0]
	c.s.take(ch, a, c.now)
	c.entry.Chat = ch.id
	c.change("chat " + ch.id + " accepted by " + a.LoginName)
	return created("chatLocation", c.chatURL(ch))
}

// nothingRings answers an accept that came too late. The page does not say how.
func (c *call) nothingRings() answer {
	const message = "There is no incoming request"
	switch {
	case c.fixed.has(vAcceptMissing):
		return fail(http.StatusNotFound, codeNoData, message)
	case c.fixed.has(vAcceptLast) && c.agent.latest != nil:
		return created("chatLocation", c.chatURL(c.agent.latest))
	case c.fixed.has(vAcceptError):
		return ok((&problem{codeNoData, message}).tree(http.StatusNotFound, c.now, c.fixed))
	}
	return ok(object{})
}

// echoes is how many chats the ringing count still holds that ring no more.
func (a *agent) echoes(now time.Time) int {
	a.echo = slices.DeleteFunc(a.echo, func(until time.Time) bool { return !now.Before(until) })
	return len(a.echo)
}

// take makes a chat that rings at an agent his.
func (s *Server) take(ch *chat, a *agent, now time.Time) {
	s.withdraw(ch, now)
	ch.agent = a
	ch.direct = false
	ch.touched, ch.since = now, now
	a.running = append(a.running, ch)
	a.latest = ch
	for i := range ch.events {
		if e := &ch.events[i]; e.heir && e.only == nil {
			e.only = a
		}
	}
	ch.addState(now, chatting)
	ch.system(now, messageAccepted, "You are now chatting with "+a.name()+".")
	s.watch(ch)
}
