package messagingagent

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// eventDoc is an event with what is around it, and a notification of several. What is
// in it is decoded by itself, since structs of nothing but scalars are decoded fastest.
type eventDoc struct {
	Sequence       string          `json:"sequence"`
	OriginatorID   string          `json:"originatorId"`
	OriginatorPID  string          `json:"originatorPId"`
	Originator     json.RawMessage `json:"originatorMetadata"`
	Client         json.RawMessage `json:"originatorClientProperties"`
	At             time.Time       `json:"serverTimestamp"`
	Event          json.RawMessage `json:"event"`
	DialogID       string          `json:"dialogId"`
	ConversationID string          `json:"conversationId"`
	Audience       string          `json:"messageAudience"`
	Metadata       json.RawMessage `json:"metadata"`
	Changes        json.RawMessage `json:"changes"`
	Raw            json.RawMessage `json:"-" wire:"raw"`
}

type originatorDoc struct {
	ID     string          `json:"id"`
	Role   string          `json:"role"`
	Client json.RawMessage `json:"clientProperties"`
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
	Sequences      json.RawMessage `json:"sequenceList"`
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
	list := []json.RawMessage{body}
	switch {
	case len(body) == 0: // none need not be there
		return nil, 0, nil
	case !isObject(body):
		if err := wire.Unmarshal(body, &list); err != nil {
			return nil, 0, err
		}
	}
	for i, raw := range list {
		var doc eventDoc
		var broken *wire.SyntaxError
		if err := wire.Unmarshal(raw, &doc); errors.As(err, &broken) {
			return nil, 0, err
		} else if err != nil {
			odd++
			continue
		}
		if doc.Changes == nil {
			if e, ok := doc.event(&eventDoc{}); ok {
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
		if i == 0 && len(changes) > 0 {
			events = make([]Event, 0, len(changes))
		}
		for _, raw := range changes {
			if e, ok := decodeEvent(raw, &doc); ok {
				events = append(events, e)
			} else {
				odd++
			}
		}
	}
	return events, odd, nil
}

// isObject tells whether a document begins as an object does.
func isObject(raw json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{"))
}

// decodeEvent decodes one event; around is where it stood.
func decodeEvent(raw json.RawMessage, around *eventDoc) (Event, bool) {
	var doc eventDoc
	if wire.Unmarshal(raw, &doc) != nil {
		return Event{}, false
	}
	return doc.event(around)
}

// event is false if d is no event, or has a sequence that cannot be one.
func (d *eventDoc) event(around *eventDoc) (Event, bool) {
	var inner innerDoc
	if wire.Unmarshal(d.Event, &inner) != nil {
		return Event{}, false
	}
	e := Event{
		DialogID:       DialogID(firstOf(d.DialogID, inner.DialogID, around.DialogID)),
		ConversationID: liveperson.ConversationID(firstOf(d.ConversationID, inner.ConversationID, around.ConversationID)),
		From:           d.from(), At: d.At, Audience: Audience(firstOf(d.Audience, string(AudienceAll))),
		ContentType: inner.ContentType, QuickReplies: given(inner.QuickReplies), Metadata: given(d.Metadata), Raw: d.Raw,
	}
	if d.Sequence != "" {
		if e.Sequence, e.Sequenced = sequence(d.Sequence); !e.Sequenced {
			return Event{}, false
		}
	}
	switch inner.Type[strings.LastIndexByte(inner.Type, '.')+1:] {
	case "":
		return Event{}, false
	case "ContentEvent":
		inner.content(&e)
	case "RichContentEvent":
		e.Kind, e.Rich = KindRich, given(inner.Content)
		if e.Rich == nil {
			e.Rich = given(inner.Message)
		}
	case "ChatStateEvent":
		e.Kind, e.Typing = KindTyping, ChatState(inner.ChatState)
	case "AcceptStatusEvent":
		e.Kind, e.Receipt = KindReceipt, &Receipt{Status: ReceiptStatus(inner.Status), Sequences: decoded[[]int64](inner.Sequences)}
	default:
		e.Kind = KindOther
	}
	return e, true
}

func (d *eventDoc) from() Originator {
	by := decoded[originatorDoc](d.Originator)
	o := Originator{ID: d.OriginatorID, PID: firstOf(d.OriginatorPID, by.ID), Role: Role(by.Role)}
	for _, raw := range []json.RawMessage{by.Client, d.Client} {
		var c clientDoc
		if given(raw) != nil && wire.Unmarshal(raw, &c) == nil {
			client := ClientProperties(c)
			o.Client = &client
			break
		}
	}
	return o
}

// decoded is a value, or an empty one if there is none, or one of another kind.
func decoded[T any](raw json.RawMessage) (value T) {
	if raw == nil || wire.Unmarshal(raw, &value) != nil {
		var none T
		return none
	}
	return value
}

// content reads the message of a ContentEvent.
func (d *innerDoc) content(e *Event) {
	e.Text = textOf(d.Message)
	switch d.ContentType {
	case "", "text/plain", "text/html":
		e.Kind = KindText
	case "hosted/file", "HostedFile":
		info := FileInfo(decoded[fileDoc](d.Message)) // one that is no object has no path
		e.Kind, e.File = KindFile, &info
	default:
		e.Kind = KindOther
	}
}

// textOf is the text that a value is, "" if it is none.
func textOf(raw json.RawMessage) (text string) {
	if len(raw) > 1 && raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1]) // as it is, mostly
	}
	if wire.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
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
