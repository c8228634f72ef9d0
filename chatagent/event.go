package chatagent

import (
	"encoding/json"
	"time"
)

// EventType is the kind of an event. Kinds that are not listed here exist; they
// come through with [Event.Raw].
type EventType string

// The event types of the Chat Agent API pages.
const (
	// EventState is a change of the chat's state.
	EventState EventType = "state"
	// EventLine is a line of the chat.
	EventLine EventType = "line"
)

// ChatState is the state of a chat.
type ChatState string

// The states of the Retrieve Chat Information page.
const (
	// Waiting is a chat that no agent has accepted.
	Waiting ChatState = "waiting"
	// Chatting is a chat with an agent.
	Chatting ChatState = "chatting"
	// Ended is a chat that is over.
	Ended ChatState = "ended"
)

// Source says who an event comes from.
type Source string

// The sources of the Retrieve Chat Events page.
const (
	// FromSystem is a line of the service; see SystemMessage.
	FromSystem Source = "system"
	// FromAgent is a line of an agent, this one or another.
	FromAgent Source = "agent"
	// FromVisitor is a line of the visitor.
	FromVisitor Source = "visitor"
)

// TextType is the form of a line's text.
type TextType string

// The text types of the Send Lines and Structured Content page.
const (
	// Plain is text as it is.
	Plain TextType = "plain"
	// HTML is text with markup.
	HTML TextType = "html"
	// Rich is structured content; see Event.JSON.
	Rich TextType = "rich-content"
)

// SubType says who sees a line.
type SubType string

// The sub types of lines.
const (
	// Regular lines are seen by all.
	Regular SubType = "REGULAR"
	// OnlyToRep lines are seen by agents only.
	OnlyToRep SubType = "ONLY_TO_REP"
)

// SystemMessage is the id of a line from the system.
type SystemMessage int

// The System Messages page.
const (
	OperatorsBusy            SystemMessage = 2
	OperatorAccepted         SystemMessage = 3
	RoutingToAgent           SystemMessage = 4
	OperatorEnded            SystemMessage = 5
	UnexpectedlyDisconnected SystemMessage = 6
	TransferredToOperator    SystemMessage = 13
	TransferredToSkill       SystemMessage = 15
	Ticket                   SystemMessage = 22
	Requeued                 SystemMessage = 23
)

// Event is one event of a chat.
type Event struct {
	// ID orders the events of a chat, from 0.
	ID int64 `json:"@id"`
	// Type says which of the fields below are set.
	Type EventType `json:"@type"`
	// Time is the server's time of the event.
	Time time.Time `json:"time"`

	// State is the new state, of a state event.
	State ChatState `json:"state,omitempty"`

	// Text and TextType are the content of a line.
	Text     string   `json:"text,omitempty"`
	TextType TextType `json:"textType,omitempty"`
	// JSON is the structured content of a rich line.
	JSON json.RawMessage `json:"json,omitempty"`
	// Source and By say who a line is from: By is a name, or "info".
	Source Source `json:"source,omitempty"`
	By     string `json:"by,omitempty"`
	// AgentID is the user id of the agent that a line is from, if given.
	AgentID string `json:"agentId,omitempty"`
	// SubType says who sees a line.
	SubType SubType `json:"subType,omitempty"`
	// SystemMessage is the id of a line from the system.
	SystemMessage SystemMessage `json:"systemMessageId,omitempty"`

	// Raw is the event as it came.
	Raw json.RawMessage `json:"-" wire:"raw"`
}

// IsLine tells whether e is a line from that source.
func (e *Event) IsLine(from Source) bool { return e.Type == EventLine && e.Source == from }

// eventList is the events member of several answers.
type eventList struct {
	Events []Event `json:"event"`
}
