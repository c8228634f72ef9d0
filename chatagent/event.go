package chatagent

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
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

// https://developers.liveperson.com/chat-agent-api-system-messages.html
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

// systemMessages are those above.
var systemMessages = []SystemMessage{
	OperatorsBusy, OperatorAccepted, RoutingToAgent, OperatorEnded, UnexpectedlyDisconnected,
	TransferredToOperator, TransferredToSkill, Ticket, Requeued,
}

// Event is one event of a chat.
type Event struct {
	// Type says what kind of event it is.
	Type EventType `json:"type"`
	// State is the new state, of a state event.
	State ChatState `json:"state,omitempty"`
	// Line is what every event has, and the content of a line.
	Line
}

// Line is a line of a chat, as it is read. What one sends is a [Content].
type Line struct {
	// ID orders the events of a chat, from 0.
	ID int64 `json:"id"`
	// Time is the server's time of the event.
	Time time.Time `json:"time"`

	Text     string   `json:"text,omitempty"`
	TextType TextType `json:"textType,omitempty"`
	// JSON is the structured content of a rich line.
	JSON json.RawMessage `json:"json,omitempty"`
	// Source and By say who a line is from: By is a name, or "info".
	Source Source `json:"source,omitempty"`
	By     string `json:"by,omitempty"`
	// AgentID is the user id of the agent that a line is from, if given, as it
	// was given: "3705342610", or with the account before it and a dot between.
	AgentID liveperson.UserID `json:"agentId,omitempty"`
	// SubType says who sees a line.
	SubType SubType `json:"subType,omitempty"`
	// SystemMessage is the id of a line from the system.
	SystemMessage SystemMessage `json:"systemMessage,omitempty"`

	// Raw is the event as it came, with what has no field here. Do not change
	// it.
	Raw json.RawMessage `json:"-"`
}

// IsLine tells whether e is a line from that source.
func (e *Event) IsLine(from Source) bool { return e.Type == EventLine && e.Source == from }

// eventList is the events member of several answers.
type eventList struct {
	Events []eventBody `json:"event"`
}

type eventBody struct {
	ID            string          `json:"id"`
	Type          string          `json:"type"`
	Time          time.Time       `json:"time"`
	State         string          `json:"state"`
	Text          string          `json:"text"`
	TextType      string          `json:"textType"`
	JSON          json.RawMessage `json:"json"`
	Source        string          `json:"source"`
	By            string          `json:"by"`
	AgentID       string          `json:"agentId"`
	SubType       string          `json:"subType"`
	SystemMessage int             `json:"systemMessageId"`
	Raw           json.RawMessage `json:"-" wire:"raw"`
}

// maxEventID is more than a chat can hold. An id beyond it, and one that is no
// number, is not the service's: its event is left out.
const maxEventID = 100_000_000

// events are those whose id can be one; odd is how many others there are.
func (l eventList) events() (list []Event, odd int) {
	list = make([]Event, 0, len(l.Events))
	for i := range l.Events {
		if e, ok := l.Events[i].event(); ok {
			list = append(list, e)
		} else {
			odd++
		}
	}
	return list, odd
}

// event is false if its id cannot be one.
func (b *eventBody) event() (Event, bool) {
	id, ok := wholeNumber(b.ID)
	if !ok || id < 0 || id > maxEventID {
		return Event{}, false
	}
	return Event{
		Type: EventType(b.Type), State: chatState(b.State),
		Line: Line{
			ID: id, Time: b.Time, Text: b.Text, TextType: TextType(b.TextType), JSON: b.JSON, Source: Source(b.Source), By: b.By,
			AgentID: liveperson.UserID(b.AgentID), SubType: SubType(b.SubType), SystemMessage: SystemMessage(b.SystemMessage), Raw: b.Raw,
		},
	}, true
}

// wholeNumber reads "3", and also "3.0", "3e0" and " 3 ".
func wholeNumber(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53
}

// chatState reads a state, in whatever letters the service writes it.
func chatState(text string) ChatState {
	for _, s := range []ChatState{Waiting, Chatting, Ended} {
		if strings.EqualFold(strings.TrimSpace(text), string(s)) {
			return s
		}
	}
	return ChatState(text)
}
