package messagingagent

import (
	"encoding/json"
	"slices"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// EventKind is the kind of an event.
type EventKind string

// The kinds of events.
const (
	// KindText is a message of text, plain or HTML; see Event.ContentType.
	KindText EventKind = "text"
	// KindRich is structured content; see Event.Rich.
	KindRich EventKind = "rich"
	// KindFile is a file; see Event.File.
	KindFile EventKind = "file"
	// KindTyping is somebody who types, or does not any more; see Event.Typing.
	KindTyping EventKind = "typing"
	// KindReceipt says that messages have arrived or were read; see Event.Receipt.
	KindReceipt EventKind = "receipt"
	// KindOther is anything else; see Event.Raw.
	KindOther EventKind = "other"
)

// Audience is who sees a message.
type Audience string

// The audiences.
const (
	AudienceAll Audience = "ALL"
	// AudienceAgents is a private message: the consumer does not see it.
	AudienceAgents Audience = "AGENTS_AND_MANAGERS"
)

// ChatState is what somebody does in a dialog.
type ChatState string

// The chat states.
const (
	// ChatComposing is somebody who types, until another state comes.
	ChatComposing ChatState = "COMPOSING"
	// ChatActive is somebody who is there and does not type.
	ChatActive   ChatState = "ACTIVE"
	ChatInactive ChatState = "INACTIVE"
	ChatPause    ChatState = "PAUSE"
	ChatGone     ChatState = "GONE"
	// ChatBackground is a consumer who has left the window; it is only received.
	ChatBackground ChatState = "BACKGROUND"
)

// ReceiptStatus is what became of messages.
type ReceiptStatus string

// The statuses of receipts.
const (
	// ReceiptAccept: they have arrived.
	ReceiptAccept ReceiptStatus = "ACCEPT"
	// ReceiptRead: they were read.
	ReceiptRead ReceiptStatus = "READ"
	// ReceiptAccess, ReceiptAction, ReceiptEnrich, ReceiptNack and ReceiptViewed are
	// others that exist.
	ReceiptAccess ReceiptStatus = "ACCESS"
	ReceiptAction ReceiptStatus = "ACTION"
	ReceiptEnrich ReceiptStatus = "ENRICH"
	ReceiptNack   ReceiptStatus = "NACK"
	ReceiptViewed ReceiptStatus = "VIEWED"
)

// Receipt says what became of messages.
type Receipt struct {
	Status ReceiptStatus `json:"status"`
	// Sequences are the messages, all of one dialog.
	Sequences []int64 `json:"sequences"`
}

// FileInfo is a file in the file store of the account.
type FileInfo struct {
	Caption string `json:"caption"`
	// Path is where it is in the store (relativePath).
	Path string `json:"path"`
	// Type is JPEG, PNG, PDF and so on.
	Type string `json:"type"`
	// Preview is a small image, in base64, perhaps as a data URL; empty for none.
	Preview string `json:"preview,omitempty"`
}

// Originator is who an event comes from.
type Originator struct {
	// ID is account and user id of an agent with a dot between, a consumer's id, or
	// the same as PID.
	ID string `json:"id"`
	// PID is the other id of an agent.
	PID string `json:"pid"`
	// Role is empty if it was not told.
	Role Role `json:"role"`
	// Client is what he writes with, nil if that was not told.
	Client *ClientProperties `json:"client,omitempty"`
}

// Is tells whether it is somebody who goes by one of these ids.
func (o *Originator) Is(ids ...string) bool {
	return o.ID != "" && slices.Contains(ids, o.ID) || o.PID != "" && slices.Contains(ids, o.PID)
}

// Event is something that happened in a dialog: a message, a receipt, somebody who
// types.
//
// https://developers.liveperson.com/messaging-agent-sdk-events.html
type Event struct {
	// DialogID and ConversationID are where; the second may be empty.
	DialogID       DialogID                  `json:"dialogId"`
	ConversationID liveperson.ConversationID `json:"conversationId,omitempty"`
	// Sequence is its place in the dialog, from 0, if Sequenced; typing has none.
	Sequence  int64 `json:"sequence"`
	Sequenced bool  `json:"sequenced"`
	// From is who did it.
	From Originator `json:"from"`
	// At is the server's time, zero if not given.
	At time.Time `json:"at,omitzero"`
	// Audience is who sees it: all, unless it was said.
	Audience Audience  `json:"audience"`
	Kind     EventKind `json:"kind"`
	// ContentType is that of a message: "text/plain", "hosted/file" and others.
	ContentType string `json:"contentType,omitempty"`
	// Text is the message, if it is a text.
	Text string `json:"text,omitempty"`
	// Rich is the structured content of a rich message.
	Rich json.RawMessage `json:"rich,omitempty"`
	// QuickReplies are what the message offers for an answer, as they came.
	QuickReplies json.RawMessage `json:"quickReplies,omitempty"`
	// File is that of a file message.
	File *FileInfo `json:"file,omitempty"`
	// Typing is what a typing event says.
	Typing ChatState `json:"typing,omitempty"`
	// Receipt is what a receipt says.
	Receipt *Receipt `json:"receipt,omitempty"`
	// Metadata is what was sent beside the event, as it came, a list as a rule; nil for
	// nothing. A click on a button brings its ExternalId in it.
	Metadata json.RawMessage `json:"metadata,omitempty"`
	// Raw is the event as it came, with what has no field here. Do not change it.
	Raw json.RawMessage `json:"-"`
}

// IsMessage tells whether e is content: a text, rich content, a file, or content of
// another type.
func (e *Event) IsMessage() bool {
	switch e.Kind {
	case KindText, KindRich, KindFile:
		return true
	case KindTyping, KindReceipt:
		return false
	case KindOther:
	}
	return e.ContentType != ""
}
