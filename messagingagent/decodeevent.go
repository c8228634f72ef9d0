package messagingagent

import (
	"encoding/json"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// eventDoc is an event with what is around it, and a notification of several.
type eventDoc struct {
	Sequence       string          `json:"sequence"`
	OriginatorID   string          `json:"originatorId"`
	OriginatorPID  string          `json:"originatorPId"`
	Originator     originatorDoc   `json:"originatorMetadata"`
	Client         *clientDoc      `json:"originatorClientProperties"`
	At             time.Time       `json:"serverTimestamp"`
	Event          innerDoc        `json:"event"`
	DialogID       string          `json:"dialogId"`
	ConversationID string          `json:"conversationId"`
	Audience       string          `json:"messageAudience"`
	Metadata       json.RawMessage `json:"metadata"`
	Changes        json.RawMessage `json:"changes"`
	Raw            json.RawMessage `json:"-" wire:"raw"`
}

type originatorDoc struct {
	ID     string     `json:"id"`
	Role   string     `json:"role"`
	Client *clientDoc `json:"clientProperties"`
}

// innerDoc is what the originator has sent.
type innerDoc struct {
	Type           string          `json:"type"`
	ContentType    string          `json:"contentType"`
	Message        json.RawMessage `json:"message"`
	Content        json.RawMessage `json:"content"`
	QuickReplies   json.RawMessage `json:"quickReplies"`
	ChatState      string          `json:"chatState"`
	Status         string          `json:"status"`
	Sequences      []int64         `json:"sequenceList"`
	DialogID       string          `json:"dialogId"`
	ConversationID string          `json:"conversationId"`
}

// fileDoc is the message of a file, received and sent.
type fileDoc struct {
	Caption string `json:"caption"`
	Path    string `json:"relativePath"`
	Type    string `json:"fileType"`
	Preview string `json:"preview,omitempty"`
}

// decodeEvents decodes the events of a notification, and those that answer a query, in
// the order in which they stand there. odd is how many could not be read.
//
// It takes one event, a list, and an object that has a list of them as its changes.
func decodeEvents(body json.RawMessage) (events []Event, odd int, err error) {
	var list []json.RawMessage
	if err := wire.Unmarshal(body, &list); err != nil {
		return nil, 0, err
	}
	for _, raw := range list {
		var doc eventDoc
		if wire.Unmarshal(raw, &doc) != nil {
			odd++
			continue
		}
		if doc.Changes == nil {
			if e, ok := doc.event(eventDoc{}); ok {
				events = append(events, e)
			} else {
				odd++
			}
			continue
		}
		var changes []json.RawMessage
		if wire.Unmarshal(doc.Changes, &changes) != nil {
			odd++
			continue
		}
		for _, raw := range changes {
			if e, ok := decodeEvent(raw, doc); ok {
				events = append(events, e)
			} else {
				odd++
			}
		}
	}
	return events, odd, nil
}

// decodeEvent decodes one event; around is where it stood.
func decodeEvent(raw json.RawMessage, around eventDoc) (Event, bool) {
	var doc eventDoc
	if wire.Unmarshal(raw, &doc) != nil {
		return Event{}, false
	}
	return doc.event(around)
}

// event is false if d is no event, or has a sequence that cannot be one.
func (d *eventDoc) event(around eventDoc) (Event, bool) {
	typ := d.Event.Type[strings.LastIndexByte(d.Event.Type, '.')+1:]
	e := Event{
		DialogID:       DialogID(firstOf(d.DialogID, d.Event.DialogID, around.DialogID)),
		ConversationID: liveperson.ConversationID(firstOf(d.ConversationID, d.Event.ConversationID, around.ConversationID)),
		From:           d.from(), At: d.At, Audience: Audience(firstOf(d.Audience, string(AudienceAll))),
		ContentType: d.Event.ContentType, QuickReplies: given(d.Event.QuickReplies), Metadata: given(d.Metadata), Raw: d.Raw,
	}
	if d.Sequence != "" {
		if e.Sequence, e.Sequenced = sequence(d.Sequence); !e.Sequenced {
			return Event{}, false
		}
	}
	switch typ {
	case "":
		return Event{}, false
	case "ContentEvent":
		d.Event.content(&e)
	case "RichContentEvent":
		e.Kind, e.Rich = KindRich, given(d.Event.Content)
		if e.Rich == nil {
			e.Rich = given(d.Event.Message)
		}
	case "ChatStateEvent":
		e.Kind, e.Typing = KindTyping, ChatState(d.Event.ChatState)
	case "AcceptStatusEvent":
		e.Kind, e.Receipt = KindReceipt, &Receipt{Status: ReceiptStatus(d.Event.Status), Sequences: d.Event.Sequences}
	default:
		e.Kind = KindOther
	}
	return e, true
}

func (d *eventDoc) from() Originator {
	o := Originator{ID: d.OriginatorID, PID: firstOf(d.OriginatorPID, d.Originator.ID), Role: Role(d.Originator.Role)}
	for _, c := range []*clientDoc{d.Originator.Client, d.Client} {
		if c != nil {
			client := ClientProperties(*c)
			o.Client = &client
			break
		}
	}
	return o
}

// content reads the message of a ContentEvent.
func (d *innerDoc) content(e *Event) {
	var text string
	if wire.Unmarshal(d.Message, &text) == nil {
		e.Text = text
	}
	var file fileDoc
	switch d.ContentType {
	case "", "text/plain", "text/html":
		e.Kind = KindText
	case "hosted/file", "HostedFile":
		e.Kind = KindFile
		_ = wire.Unmarshal(d.Message, &file) // one that is no object has no path
		info := FileInfo(file)
		e.File = &info
	default:
		e.Kind = KindOther
	}
}

// firstOf is the first that is not empty.
func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// isOldID tells whether an id is account and user id with a dot between.
func isOldID(id string) bool { return strings.Contains(id, ".") }
