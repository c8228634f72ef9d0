package lptest

import (
	"encoding/json"
	"time"
)

// Chat is a chat as the server holds it, to look at.
type Chat struct {
	s  *Server
	ch *chat
}

// Line is one line of a chat.
type Line struct {
	ID            int             // event id
	Time          time.Time       // when it was said
	Source        string          // "system", "agent" or "visitor"
	By            string          // "info" for the system, else a name
	Text          string          // as it was stored and is shown, see WithStoredText
	TextType      string          // "plain", "html" or "rich-content"
	SubType       string          // "REGULAR" or "ONLY_TO_REP"
	SystemMessage int             // id of the system's message, 0 for others
	JSON          json.RawMessage // structured content
	AgentID       int64           // who of the agents said it
}

// Event is one event of a chat.
type Event struct {
	ID    int
	Type  string // "state", "line" or another
	Time  time.Time
	State string          // of a state event
	Line  *Line           // of a line event
	Raw   json.RawMessage // of an event that Visit.Inject added, as it is shown
}

// Chat finds a chat by its id, nil if there is none.
func (s *Server) Chat(id string) *Chat {
	s.enter()
	defer s.mu.Unlock()
	ch := s.chats[id]
	if ch == nil {
		return nil
	}
	return &Chat{s, ch}
}

// Chats returns every chat in the order they began.
func (s *Server) Chats() []*Chat {
	s.enter()
	defer s.mu.Unlock()
	out := make([]*Chat, len(s.order))
	for i, ch := range s.order {
		out[i] = &Chat{s, ch}
	}
	return out
}

// ChatsOf returns the running chats of an agent in the order he accepted them.
func (s *Server) ChatsOf(a Agent) []*Chat {
	s.enter()
	defer s.mu.Unlock()
	running := s.mustAgent(a).running
	out := make([]*Chat, len(running))
	for i, ch := range running {
		out[i] = &Chat{s, ch}
	}
	return out
}

// ID is the chat's id.
func (c *Chat) ID() string { return c.ch.id }

// VisitorName is the name of the chat's visitor.
func (c *Chat) VisitorName() string { return c.ch.visitor.Name }

// State is "waiting", "chatting" or "ended".
func (c *Chat) State() string {
	c.s.enter()
	defer c.s.mu.Unlock()
	return c.ch.state
}

// Agent is the login name of the agent who has the chat, or had it when it
// ended; "" while it waits.
func (c *Chat) Agent() string {
	c.s.enter()
	defer c.s.mu.Unlock()
	if c.ch.agent == nil {
		return ""
	}
	return c.ch.agent.LoginName
}

// Ringing is the login name of the agent at whom the chat rings, "" if at none.
func (c *Chat) Ringing() string {
	c.s.enter()
	defer c.s.mu.Unlock()
	if c.ch.offered == nil {
		return ""
	}
	return c.ch.offered.LoginName
}

// Since is when the present agent accepted the chat, zero while it waits. After
// the end it is that of the agent who had the chat last, if any.
func (c *Chat) Since() time.Time {
	c.s.enter()
	defer c.s.mu.Unlock()
	if c.ch.agent == nil {
		return time.Time{}
	}
	return c.ch.since
}

// LastRequest is when the chat's agent last asked for the chat or did something
// in it, accepting included: the chat times out 40 s later (see
// WithChatTimeout). It is zero before the first accept; requests that were
// refused, that a fault kept from being carried out, or that came after the end
// do not count.
func (c *Chat) LastRequest() time.Time {
	c.s.enter()
	defer c.s.mu.Unlock()
	return c.ch.touched
}

// Skill is the name of the skill that the chat is for, "" for any.
func (c *Chat) Skill() string {
	c.s.enter()
	defer c.s.mu.Unlock()
	return c.ch.skill
}

// AgentTyping reports whether the agent shows as typing.
func (c *Chat) AgentTyping() bool {
	c.s.enter()
	defer c.s.mu.Unlock()
	return c.ch.agentTyping == typing
}

// Lines returns all lines, those of the system and the private ones included.
func (c *Chat) Lines() []Line {
	c.s.enter()
	defer c.s.mu.Unlock()
	lines := make([]Line, 0, len(c.ch.events))
	for id := range c.ch.events {
		if e := &c.ch.events[id]; e.kind == "line" && e.raw == nil {
			lines = append(lines, e.line(id))
		}
	}
	return lines
}

// Events returns all events.
func (c *Chat) Events() []Event {
	c.s.enter()
	defer c.s.mu.Unlock()
	events := make([]Event, len(c.ch.events))
	for id := range c.ch.events {
		e := &c.ch.events[id]
		events[id] = Event{ID: id, Type: e.kind, Time: e.at, State: e.state, Raw: json.RawMessage(e.raw)}
		if e.kind == "line" && e.raw == nil {
			line := e.line(id)
			events[id].Line = &line
		}
	}
	return events
}

func (e *event) line(id int) Line {
	return Line{
		ID: id, Time: e.at, Source: e.source, By: e.by, Text: e.text, TextType: e.textType, SubType: e.subType,
		SystemMessage: e.message, JSON: json.RawMessage(e.json), AgentID: e.agentID,
	}
}
