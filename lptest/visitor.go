package lptest

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// ErrClosed is what the waiting methods return when the server was closed.
var ErrClosed = errors.New("lptest: the server is closed")

// ErrEnded is what the waiting methods return when the chat ended before what
// they waited for.
var ErrEnded = errors.New("lptest: the chat has ended")

// Visitor describes somebody who comes to chat. Every field may be empty.
type Visitor struct {
	Name            string           // "visitor" unless given
	Skill           string           // the skill asked for; "" means any agent
	FirstLine       string           // said as soon as the chat begins, if not empty
	CustomVariables []CustomVariable // custom variables of the visit, the pre-chat survey among them
	SessionInfo     []Pair           // visit information: page, device and so on
	VisitorInfo     []Pair           // visit information: address, system and so on
	Participant     *Participant     // an authenticated visitor
	ID              int64            // visitorId; drawn when 0, like the ids below
	RTSession       int64            // rtSessionId
	SharkVisitor    string           // sharkVisitorId
	SharkSession    string           // sharkSessionId
	Engagement      int64            // engagementId
	Campaign        int64            // campaignId
	Language        string           // "en-US" unless given
}

// CustomVariable is one custom variable of a visit.
type CustomVariable struct {
	Source      string // for instance "pre-chat-survey"
	Scope       string // for instance "session"
	Name        string
	DisplayName string
	Value       string
}

// Pair is a name with its value.
type Pair struct{ Name, Value string }

// Date is a day as the participant information has it.
type Date struct{ Year, Month, Day int }

// Participant is what is known of an authenticated visitor, as the Retrieve
// Participant Info page lists it.
type Participant struct {
	ID             string // participantId; drawn when empty
	Authenticated  bool
	Balance        float64
	Registered     Date
	LastPayment    Date
	CustomerID     string
	CustomerStatus string
	CustomerType   string
	SocialID       string
	IMEI           string
	UserName       string
	CompanySize    int
	AccountName    string
	Role           string
	FirstName      string
	LastName       string
	Email          string
	Phone          string
}

// Visit is a visitor in a chat: the other side of the agent under test.
type Visit struct {
	s  *Server
	ch *chat
}

// Visitor lets a visitor start a chat. It rings at an agent who is Online,
// serves the skill and has room, or waits for one.
func (s *Server) Visitor(v Visitor) *Visit {
	s.enter()
	defer s.mu.Unlock()
	now := time.Now()
	s.sweep(now)
	number := s.visitors
	s.visitors++
	scope := strconv.Itoa(number)
	if v.Name == "" {
		v.Name = "visitor"
	}
	if v.Language == "" {
		v.Language = "en-US"
	}
	fill := func(id *int64, kind string) {
		if *id == 0 {
			*id = s.newID(kind, scope)
		}
	}
	fill(&v.ID, "visitor")
	fill(&v.RTSession, "rt")
	fill(&v.Engagement, "engagement")
	fill(&v.Campaign, "campaign")
	if v.SharkVisitor == "" {
		v.SharkVisitor = s.token("shark", scope, 22)
	}
	if v.SharkSession == "" {
		v.SharkSession = s.token("shark", scope, 22)
	}
	if v.Participant != nil {
		p := *v.Participant
		if p.ID == "" {
			p.ID = s.token("participant", scope, 32)
		}
		v.Participant = &p
		s.people[p.ID] = &p
	}
	id, visitID := s.newChatID(scope)
	ch := &chat{
		id: id, visitID: visitID, number: number, visitor: v, skill: v.Skill,
		started: now, agentTyping: notTyping, visitorTyping: notTyping, draws: map[string]uint64{},
	}
	s.chats[id], s.visits[visitID] = ch, ch
	s.order = append(s.order, ch)
	s.forgetDraws(scope) // no other chat has this number
	ch.addState(now, waiting)
	ch.system(now, messageRouting, "Thank you for choosing to chat with us. An agent will be with you shortly.")
	if v.FirstLine != "" {
		ch.say(now, v.FirstLine)
	}
	s.place(ch, now)
	if ch.offered == nil && ch.agent == nil && s.onlineAt(s.desk(ch.skill), nil) > 0 {
		ch.system(now, messageBusy, "All of our agents are busy. Please wait a moment.")
	}
	return &Visit{s, ch}
}

func (ch *chat) say(now time.Time, text string) int {
	ch.visitorTyping = notTyping
	return ch.add(event{
		kind: "line", at: now, text: text, textType: "plain", by: ch.visitor.Name, source: "visitor", subType: "REGULAR",
	})
}

// ChatID is the id of the chat, which is its chat session key too.
func (v *Visit) ChatID() string { return v.ch.id }

// Chat is the chat as the server holds it.
func (v *Visit) Chat() *Chat { return &Chat{v.s, v.ch} }

// Say adds a line of the visitor and returns its event id, -1 if the chat has
// ended.
func (v *Visit) Say(text string) int {
	v.s.enter()
	defer v.s.mu.Unlock()
	if v.ch.state == ended {
		return -1
	}
	return v.ch.say(time.Now(), text)
}

// Event adds an event of another type than state and line, for instance "url",
// with the given text fields, and returns its id.
func (v *Visit) Event(kind string, fields ...Pair) int {
	v.s.enter()
	defer v.s.mu.Unlock()
	var extra object
	for _, f := range fields {
		extra = append(extra, member{f.Name, f.Value})
	}
	return v.ch.add(event{kind: kind, at: time.Now(), extra: extra})
}

// Type shows the visitor as typing, or no longer so.
func (v *Visit) Type(on bool) {
	v.s.enter()
	defer v.s.mu.Unlock()
	v.ch.visitorTyping = notTyping
	if on && v.ch.state != ended {
		v.ch.visitorTyping = typing
	}
	v.ch.notify()
}

// Leave closes the chat from the visitor's side.
func (v *Visit) Leave() {
	v.s.enter()
	defer v.s.mu.Unlock()
	if v.ch.state != ended {
		v.s.finish(v.ch, time.Now())
	}
}

// Vanish loses the visitor unexpectedly: the chat ends with system message 6.
func (v *Visit) Vanish() {
	v.s.enter()
	defer v.s.mu.Unlock()
	v.s.disconnect(v.ch, time.Now())
}

// WaitAccepted waits until an agent has the chat.
func (v *Visit) WaitAccepted(ctx context.Context) error {
	return v.wait(ctx, "an agent accepts", func() (bool, error) {
		if v.ch.state == ended && v.ch.agent == nil {
			return false, ErrEnded
		}
		return v.ch.agent != nil, nil
	})
}

// WaitAgent waits until that agent has the chat.
func (v *Visit) WaitAgent(ctx context.Context, a Agent) error {
	return v.waitFor(ctx, a.LoginName+" has the chat", a, &v.ch.agent)
}

// WaitRinging waits until the chat rings at that agent.
func (v *Visit) WaitRinging(ctx context.Context, a Agent) error {
	return v.waitFor(ctx, "the chat rings at "+a.LoginName, a, &v.ch.offered)
}

func (v *Visit) waitFor(ctx context.Context, what string, a Agent, place **agent) error {
	v.s.enter()
	wanted := v.s.byLogin[a.LoginName]
	v.s.mu.Unlock()
	return v.wait(ctx, what, func() (bool, error) {
		if v.ch.state == ended {
			return false, ErrEnded
		}
		return *place == wanted && wanted != nil, nil
	})
}

// WaitLine waits for the agent's nth line that the visitor may see, counted
// from 1.
func (v *Visit) WaitLine(ctx context.Context, n int) (Line, error) {
	var line Line
	scanned, found := 0, 0 // of the events: only the new ones are looked at
	err := v.wait(ctx, "line "+strconv.Itoa(n)+" of the agent", func() (bool, error) {
		for ; scanned < len(v.ch.events); scanned++ {
			e := &v.ch.events[scanned]
			if e.kind != "line" || e.source != "agent" || e.subType != "REGULAR" {
				continue
			}
			if found++; found == n {
				line = e.line(scanned)
				return true, nil
			}
		}
		if v.ch.state == ended {
			return false, ErrEnded
		}
		return false, nil
	})
	return line, err
}

// WaitTyping waits until the agent shows as typing, or no longer so.
func (v *Visit) WaitTyping(ctx context.Context, on bool) error {
	return v.wait(ctx, "the agent types", func() (bool, error) {
		if v.ch.state == ended && on {
			return false, ErrEnded
		}
		return (v.ch.agentTyping == typing) == on, nil
	})
}

// WaitEnded waits until the chat has ended.
func (v *Visit) WaitEnded(ctx context.Context) error {
	return v.wait(ctx, "the chat ends", func() (bool, error) { return v.ch.state == ended, nil })
}

// wait waits until done says so; it is asked again after each change of the chat.
func (v *Visit) wait(ctx context.Context, what string, done func() (bool, error)) error {
	return v.s.wait(ctx, what, &v.ch.waiters, done)
}
