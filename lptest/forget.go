package lptest

import (
	"slices"
	"time"
)

// sweep forgets what has been over for long (see WithForgetting). It is called
// where something is added, so that nothing grows. The lock must be held.
func (s *Server) sweep(now time.Time) {
	after := s.cfg.forget
	if after == 0 || now.Sub(s.swept) < after/4 {
		return
	}
	s.swept = now
	past := func(end time.Time) bool { return !end.IsZero() && now.Sub(end) >= after }
	s.order = slices.DeleteFunc(s.order, func(ch *chat) bool {
		if ch.state != ended || !past(ch.ended) {
			return false
		}
		delete(s.chats, ch.id)
		delete(s.visits, ch.visitID)
		if p := ch.visitor.Participant; p != nil && s.people[p.ID] == p {
			delete(s.people, p.ID)
		}
		return true
	})
	for key, v := range s.surveys {
		if past(v.closesAt) || v.state.Status != surveyOpen && past(v.lastAction) {
			delete(s.surveys, key)
			delete(s.draws, "id survey\x00"+key.conversation)
		}
	}
	for id, conv := range s.conversations {
		if past(conv.closed) {
			delete(s.conversations, id)
		}
	}
	for id, n := range s.sessions {
		if n.ended && past(n.endedAt) {
			delete(s.sessions, id)
			delete(s.jars, n.cookie)
			delete(s.jars, n.node)
			delete(s.draws, "jar\x00"+id)
		}
	}
	s.retired = slices.DeleteFunc(s.retired, func(r retired) bool {
		if !past(r.at) {
			return false
		}
		for _, value := range r.values {
			delete(s.jars, value)
		}
		return true
	})
	for bearer, l := range s.logins {
		if past(l.expires) || l.dead && past(l.diedAt) {
			delete(s.logins, bearer)
			delete(s.byCookie, l.cookie)
		}
	}
}

// retired are cookies of an agent session that were replaced. A late answer may
// still bring a client to send them: they are stale then, not foreign.
type retired struct {
	values []string
	at     time.Time
}

// retire has replaced cookies forgotten in time.
func (s *Server) retire(values []string, now time.Time) {
	if s.cfg.forget == 0 {
		return
	}
	s.retired = append(s.retired, retired{values, now})
	s.sweep(now)
}
