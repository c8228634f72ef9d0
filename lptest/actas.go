package lptest

import "time"

// AcceptAs accepts the chat that rings longest at a user, as another agent
// session of his would, perhaps in another process, and returns its id, "" if
// nothing rings. The chat is the user's from then on, and times out like any
// other unless somebody asks for it.
func (s *Server) AcceptAs(a Agent) string {
	s.enter()
	defer s.mu.Unlock()
	return s.acceptAs(s.mustAgent(a))
}

// SayAs says a line in a chat of a user, as another agent session of his
// would, and returns its event id, -1 if the chat is not his or has ended. As
// any request to the chat it keeps the chat alive.
func (s *Server) SayAs(a Agent, chat, text string) int {
	s.enter()
	defer s.mu.Unlock()
	return s.sayAs(s.mustAgent(a), chat, text)
}

func (s *Server) acceptAs(a *agent) string {
	if len(a.ringing) == 0 {
		return ""
	}
	ch := a.ringing[0]
	s.take(ch, a, time.Now())
	return ch.id
}

func (s *Server) sayAs(a *agent, id, text string) int {
	ch := s.runningChat(a, id)
	if ch == nil {
		return -1
	}
	now := time.Now()
	s.touch(ch, now)
	return s.say(ch, event{kind: "line", text: text, textType: "plain", subType: "REGULAR"}, now)
}

// runningChat finds a chat that the agent has, nil if he has not.
func (s *Server) runningChat(a *agent, id string) *chat {
	if ch := s.chats[id]; ch != nil && ch.agent == a && ch.state == chatting {
		return ch
	}
	return nil
}
