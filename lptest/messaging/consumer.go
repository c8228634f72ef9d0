package messaging

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"
)

// Consumer describes somebody who opens a conversation. Every field may be empty.
type Consumer struct {
	ID           string          // drawn when empty
	Name         string          // first name in the profile, "consumer" unless given
	Skill        string          // name of the skill; "" means unassigned, which any agent takes
	FirstMessage string          // said at once; without one there is no ring
	SDEs         json.RawMessage // engagement attributes of the profile's authenticatedData: a list of them
	Context      json.RawMessage // context of the conversation; a SharkContext unless given
	Campaign     int64           // campaignId
	Engagement   int64           // engagementId
	PostSurvey   string          // appInstallId of the survey bot: after the main dialog a survey opens; "" for none
}

// Message is something that was published, as the service holds it.
type Message struct {
	Sequence     int
	DialogID     string
	Role         string
	OriginatorID string // old id, or the consumer's id
	Type         string // ContentEvent, RichContentEvent, AcceptStatusEvent
	Text         string // of a plain text, else ""
	Audience     string // ALL or AGENTS_AND_MANAGERS
	At           time.Time
	Raw          json.RawMessage // the event
	Metadata     json.RawMessage // of its request, nil without
	Encoded      string          // encodedMetadata of its request
}

// Dialog is one dialog of a conversation.
type Dialog struct {
	ID, Type, State, ClosedBy, ClosedCause, AppInstallID string
}

// Ring is one ring of a conversation at an agent.
type Ring struct {
	ID      string
	User    string // login name
	State   string // WAITING, ACCEPTED, REJECTED, EXPIRED, CANCELLED
	At      time.Time
	Expires time.Time
}

// Participant is somebody who takes part in a conversation.
type Participant struct {
	ID, Role  string
	Suggested bool
	DialogID  string // of one dialog only; "" for the main one
}

// Consumer opens a conversation.
func (s *Service) Consumer(given Consumer) *Conversation {
	skill := s.host.Skill(given.Skill)
	s.enter()
	defer s.mu.Unlock()
	if given.Name == "" {
		given.Name = "consumer"
	}
	if given.ID == "" {
		given.ID = s.uuid("consumer")
	}
	c := s.newConversation(given, skill)
	if s.profiles[given.ID] == nil {
		sdes := compact(given.SDEs)
		if sdes == nil {
			sdes = raw("[]")
		}
		s.profiles[given.ID] = &profile{FirstName: given.Name, NickName: given.Name, sdes: sdes}
	}
	if given.FirstMessage != "" {
		s.publish(c.main(), c.consumerPart(), "ContentEvent", textEvent(given.FirstMessage), toAll, nil)
	} else {
		s.settle(c)
	}
	return c
}

func textEvent(text string) raw {
	return encoder{}.encode(object{{"type", "ContentEvent"}, {"contentType", "text/plain"}, {"message", text}})
}

// Conversation finds a conversation by its id, nil if there is none.
func (s *Service) Conversation(id string) *Conversation {
	s.enter()
	defer s.mu.Unlock()
	return s.convs[id]
}

// Conversations returns the conversations in the order in which they began.
func (s *Service) Conversations() []*Conversation {
	s.enter()
	defer s.mu.Unlock()
	return slices.Clone(s.order)
}

// ID is the conversation's id, which is the main dialog's too.
func (c *Conversation) ID() string { return c.id }

// ConsumerID is the consumer's id.
func (c *Conversation) ConsumerID() string { return c.consumer }

// open is the dialog that the consumer writes to: the last that is open.
func (c *Conversation) openDialog() *dialog {
	for _, d := range slices.Backward(c.dialogs) {
		if d.state == open {
			return d
		}
	}
	return nil
}

// Say says a text in the dialog that is open and returns its sequence, -1 if
// the conversation has ended.
func (c *Conversation) Say(text string) int {
	return c.add("ContentEvent", textEvent(text), toAll, nil)
}

// SayRaw publishes any event of the consumer, as the given JSON with a type, and
// returns its sequence, -1 for typing and if the conversation has ended. It
// panics if it is no JSON object with a type.
func (c *Conversation) SayRaw(event string) int { return c.SayWith(event, "") }

// SayWith is SayRaw with metadata, a list as JSON.
func (c *Conversation) SayWith(event, metadata string) int {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal([]byte(event), &head); err != nil || head.Type == "" {
		panic("messaging: an event is a JSON object with a type")
	}
	return c.add(head.Type, compact(json.RawMessage(event)), toAll, compact(json.RawMessage(metadata)))
}

// QuickReply has the consumer press a quick reply: its text is said, with the
// reply's ExternalId as metadata if that is not empty.
func (c *Conversation) QuickReply(text, externalID string) int {
	var metadata raw
	if externalID != "" {
		metadata = encoder{}.encode(list{object{{"type", "ExternalId"}, {"id", externalID}}})
	}
	return c.add("ContentEvent", textEvent(text), toAll, metadata)
}

func (c *Conversation) add(kind string, body raw, audience string, metadata raw) int {
	s := c.s
	s.enter()
	defer s.mu.Unlock()
	d := c.openDialog()
	if d == nil {
		return -1
	}
	return s.publish(d, c.consumerPart(), kind, body, audience, metadata).seq
}

// System publishes a text of the system, with the role CONTROLLER, and returns
// its sequence, -1 if the conversation has ended.
func (c *Conversation) System(text string) int {
	s := c.s
	s.enter()
	defer s.mu.Unlock()
	d := c.openDialog()
	if d == nil {
		return -1
	}
	by := part{id: s.host.Account() + ".controller", pid: "controller", role: roleController}
	return s.publish(d, by, "ContentEvent", textEvent(text), toAll, nil).seq
}

// Typing shows the consumer as typing, or no longer so.
func (c *Conversation) Typing(on bool) {
	state := "ACTIVE"
	if on {
		state = "COMPOSING"
	}
	c.ChatState(state)
}

// ChatState sends a state of the consumer, such as BACKGROUND.
func (c *Conversation) ChatState(state string) {
	c.add("ChatStateEvent", encoder{}.encode(object{{"type", "ChatStateEvent"}, {"chatState", state}}), toAll, nil)
}

// Accept sends the consumer's receipt that messages have arrived.
func (c *Conversation) Accept(sequences ...int) int { return c.receipt("ACCEPT", sequences) }

// Read sends the consumer's receipt that messages were read.
func (c *Conversation) Read(sequences ...int) int { return c.receipt("READ", sequences) }

func (c *Conversation) receipt(status string, sequences []int) int {
	numbers := list{}
	for _, n := range sequences {
		numbers = append(numbers, n)
	}
	body := encoder{}.encode(object{{"type", "AcceptStatusEvent"}, {"status", status}, {"sequenceList", numbers}})
	return c.add("AcceptStatusEvent", body, toAll, nil)
}

// Rate rates the conversation, from 1 to 5.
func (c *Conversation) Rate(csat int) {
	c.s.enter()
	defer c.s.mu.Unlock()
	c.rate = csat
	c.csat = raw(`{"csatRate":` + strconv.Itoa(csat) + `,"csatResolutionConfirmation":true,"status":"FILLED"}`)
	c.touched()
	c.s.settle(c)
}

// Close closes the conversation from the consumer's side.
func (c *Conversation) Close() { c.finish("CONSUMER") }

// TimeOut closes the conversation as the system does.
func (c *Conversation) TimeOut() { c.finish("TIMEOUT") }

func (c *Conversation) finish(reason string) {
	c.s.enter()
	defer c.s.mu.Unlock()
	if c.stage == open {
		c.s.finish(c, reason)
		c.s.settle(c)
	}
}

// CloseDialog closes the dialog that is open from the consumer's side: after
// the main one the survey begins, if there is one.
func (c *Conversation) CloseDialog() {
	c.s.enter()
	defer c.s.mu.Unlock()
	if d := c.openDialog(); d != nil {
		c.s.closeDialog(d, "CONSUMER", "")
		c.s.settle(c)
	}
}

// State is the state of the main dialog: OPEN or CLOSE.
func (c *Conversation) State() string { return locked(c, func() string { return c.state }) }

// Stage is the state of the whole conversation: OPEN or CLOSE.
func (c *Conversation) Stage() string { return locked(c, func() string { return c.stage }) }

// CloseReason is AGENT, CONSUMER, SYSTEM or TIMEOUT, "" while it runs.
func (c *Conversation) CloseReason() string { return locked(c, func() string { return c.closeReason }) }

// SkillID is the id of the skill, -1 if there is none.
func (c *Conversation) SkillID() int64 { return locked(c, func() int64 { return c.skill }) }

// Skill is the name of the skill, "" if there is none.
func (c *Conversation) Skill() string {
	return locked(c, func() string {
		name, _ := c.s.host.SkillName(c.skill)
		return name
	})
}

// Note is the conversation's note.
func (c *Conversation) Note() string { return locked(c, func() string { return c.note }) }

// TTR is the conversation's time to respond: its type and seconds.
func (c *Conversation) TTR() (string, int64) {
	c.s.enter()
	defer c.s.mu.Unlock()
	return c.ttrType, c.ttr
}

// Assigned is the login name of the assigned agent, "" if there is none.
func (c *Conversation) Assigned() string {
	return locked(c, func() string {
		if u := c.handler(); u != nil {
			return u.LoginName
		}
		return ""
	})
}

// Dialogs are the conversation's dialogs in order.
func (c *Conversation) Dialogs() []Dialog {
	return locked(c, func() []Dialog {
		out := make([]Dialog, len(c.dialogs))
		for i, d := range c.dialogs {
			out[i] = Dialog{d.id, d.kind, d.state, d.closedBy, d.closedCause, d.app}
		}
		return out
	})
}

// Participants are those who take part, the consumer first.
func (c *Conversation) Participants() []Participant {
	return locked(c, func() []Participant {
		out := make([]Participant, len(c.parts))
		for i, p := range c.parts {
			out[i] = Participant{p.id, p.role, p.suggested, p.dialog}
		}
		return out
	})
}

// Rings are the rings of the conversation that the service still knows, in order.
func (c *Conversation) Rings() []Ring {
	return locked(c, func() []Ring {
		var out []Ring
		for _, r := range c.allRings {
			out = append(out, Ring{r.id, r.user.LoginName, r.state, r.at, r.expires})
		}
		return out
	})
}

// Messages are the content messages of all dialogs, in the order of their
// dialogs and sequences, private ones included.
func (c *Conversation) Messages() []Message {
	return slices.DeleteFunc(c.Events(), func(m Message) bool { return m.Type == "AcceptStatusEvent" })
}

// Events are all events with a sequence: messages and receipts.
func (c *Conversation) Events() []Message {
	return locked(c, func() []Message {
		var out []Message
		for _, d := range c.dialogs {
			for _, ev := range d.events {
				out = append(out, ev.message())
			}
		}
		return out
	})
}

func (ev *event) message() Message {
	var plain struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(ev.body, &plain) // rich content has no such text
	return Message{
		Sequence: ev.seq, DialogID: ev.dialog.id, Role: ev.by.role, OriginatorID: ev.by.id, Type: ev.kind, Text: plain.Message,
		Audience: ev.audience, At: ev.at, Raw: json.RawMessage(ev.body), Metadata: json.RawMessage(ev.metadata), Encoded: ev.encoded,
	}
}

func locked[T any](c *Conversation, get func() T) T {
	c.s.enter()
	defer c.s.mu.Unlock()
	return get()
}

// WaitAgent waits until an agent is assigned. An assignment that is over by then does not
// count: where that may be, wait for what stays, such as a message.
func (c *Conversation) WaitAgent(ctx context.Context) error {
	return c.wait(ctx, "an agent is assigned", func() bool { return c.state == open && c.handler() != nil }, false)
}

// WaitAssigned waits until this user is assigned, as [Conversation.WaitAgent] does.
func (c *Conversation) WaitAssigned(ctx context.Context, loginName string) error {
	return c.wait(ctx, loginName+" is assigned", func() bool {
		u := c.handler()
		return c.state == open && u != nil && u.LoginName == loginName
	}, false)
}

// WaitUnassigned waits until nobody is assigned.
func (c *Conversation) WaitUnassigned(ctx context.Context) error {
	return c.wait(ctx, "nobody is assigned", func() bool { return c.handler() == nil }, true)
}

// WaitRinging waits until the conversation rings at this user.
func (c *Conversation) WaitRinging(ctx context.Context, loginName string) error {
	return c.wait(ctx, "it rings at "+loginName, func() bool {
		return c.task != nil && slices.ContainsFunc(c.task.rings, func(r *ring) bool { return r.state == waiting && r.user.LoginName == loginName })
	}, false)
}

// WaitMessage waits for the nth content message of the agents' side that the
// consumer may see, counted from 1 over all dialogs.
func (c *Conversation) WaitMessage(ctx context.Context, n int) (Message, error) {
	var found Message
	err := c.wait(ctx, "message "+strconv.Itoa(n)+" of the agent", func() bool {
		seen := 0
		for _, d := range c.dialogs {
			for _, ev := range d.events {
				if !ev.content() || ev.by.user == nil || ev.audience != toAll {
					continue
				}
				if seen++; seen == n {
					found = ev.message()
					return true
				}
			}
		}
		return false
	}, false)
	return found, err
}

// WaitTyping waits until an agent shows as typing, or none does.
func (c *Conversation) WaitTyping(ctx context.Context, on bool) error {
	return c.wait(ctx, "the agent types", func() bool {
		typing := false
		for _, d := range c.dialogs {
			for id, state := range d.typing {
				typing = typing || id != c.consumer && state == "COMPOSING"
			}
		}
		return typing == on
	}, !on)
}

// WaitRead waits until the agents' side has sent READ for a sequence of the
// main dialog.
func (c *Conversation) WaitRead(ctx context.Context, sequence int) error {
	return c.wait(ctx, "sequence "+strconv.Itoa(sequence)+" is read", func() bool {
		for _, ev := range c.main().events {
			var receipt struct {
				Status   string    `json:"status"`
				Sequence many[int] `json:"sequenceList"`
			}
			if ev.kind == "AcceptStatusEvent" && ev.by.user != nil && json.Unmarshal(ev.body, &receipt) == nil &&
				receipt.Status == "READ" && slices.Contains(receipt.Sequence, sequence) {
				return true
			}
		}
		return false
	}, false)
}

// WaitClosed waits until the main dialog is closed.
func (c *Conversation) WaitClosed(ctx context.Context) error {
	return c.wait(ctx, "the conversation is closed", func() bool { return c.state == ended }, true)
}

// WaitEnded waits until the whole conversation has ended, a survey included.
func (c *Conversation) WaitEnded(ctx context.Context) error {
	return c.wait(ctx, "the conversation ends", func() bool { return c.stage == ended }, true)
}

// wait waits until there says so; without late it gives up once the
// conversation has ended.
func (c *Conversation) wait(ctx context.Context, what string, there func() bool, late bool) error {
	return c.s.wait(ctx, what, &c.waiters, func() (bool, error) {
		switch {
		case there():
			return true, nil
		case c.stage == ended && !late:
			return false, ErrEnded
		}
		return false, nil
	})
}

var errNotHis = errors.New("messaging: the conversation is not with this user")
