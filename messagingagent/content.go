package messagingagent

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// MaxText is the longest text of a message, in characters.
const MaxText = 5000

// maxEncodedMetadata is the longest encoded metadata, in bytes of base64: the service
// drops a message with more.
const maxEncodedMetadata = 5000

// Content is a message to send. Make it with Text, Rich or FileMessage. It is never
// changed: what seems to change it makes another.
type Content struct {
	kind     EventKind
	text     string
	rich     json.RawMessage
	file     FileInfo
	replies  []QuickReply
	metadata []json.RawMessage
	encoded  []byte
	private  bool
}

// Text is a message of plain text, at most [MaxText] characters.
func Text(text string) Content { return Content{kind: KindText, text: text} }

// Rich is a message of structured content, a JSON object. What is in it is checked by
// the service; see [Content.Warnings].
//
// https://developers.liveperson.com/mobile-sdk-and-web-templates-introduction.html
func Rich(content json.RawMessage) Content {
	return Content{kind: KindRich, rich: bytes.Clone(content)}
}

// FileMessage shows a file that is in the file store of the account already.
//
// https://developers.liveperson.com/file-sharing-introduction.html
func FileMessage(file FileInfo) Content { return Content{kind: KindFile, file: file} }

// Private makes c visible to agents and managers only. It answers nothing: what the
// consumer has said before it still counts as not answered.
func Private(c Content) Content {
	c.private = true
	return c
}

// WithQuickReplies offers answers under the message, to click on. One channel shows
// them and another does not; the web and LivePerson's own apps show up to 24.
//
// https://developers.liveperson.com/mobile-sdk-and-web-templates-quick-replies-template.html
func (c Content) WithQuickReplies(replies ...QuickReply) Content {
	c.replies = append(slices.Clone(c.replies), replies...)
	return c
}

// WithMetadata sends what is meant for agents and reports beside the message, JSON
// objects with a type: ExternalId, BotResponse, ActionReason and others.
//
// https://developers.liveperson.com/messaging-agent-sdk-conversation-metadata-guide.html
func (c Content) WithMetadata(metadata ...json.RawMessage) Content {
	c.metadata = slices.Clone(c.metadata)
	for _, m := range metadata {
		c.metadata = append(c.metadata, bytes.Clone(m))
	}
	return c
}

// WithEncodedMetadata sends data beside the message that the service hands on without
// looking at it, at most 3,750 bytes. The account must have that feature: the service
// drops the message if it has not.
func (c Content) WithEncodedMetadata(data []byte) Content {
	c.encoded = bytes.Clone(data)
	return c
}

// check tells what the service would not take.
func (c Content) check(op string) error {
	field, rule := c.fault()
	for i := 0; rule == "" && i < len(c.replies); i++ {
		field, rule = "quickReplies", c.replies[i].fault()
	}
	for i := 0; rule == "" && i < len(c.metadata); i++ {
		field, rule = "metadata", objectRule(c.metadata[i])
	}
	if rule == "" && base64.StdEncoding.EncodedLen(len(c.encoded)) > maxEncodedMetadata {
		field, rule = "encodedMetadata", "must not be longer than 5,000 bytes of base64"
	}
	if rule == "" {
		return nil
	}
	return &liveperson.InputError{Op: op, Field: field, Rule: rule}
}

// fault is the rule that the message itself breaks, "" for none.
func (c Content) fault() (field, rule string) {
	switch {
	case c.kind == "":
		return "content", "must be made by Text, Rich or FileMessage"
	case c.kind == KindRich:
		return "content", objectRule(c.rich)
	case c.kind == KindFile:
		return c.fileFault()
	case !utf8.ValidString(c.text):
		return "message", "must be UTF-8"
	case strings.TrimSpace(c.text) == "":
		return "message", "must not be empty"
	case utf8.RuneCountInString(c.text) > MaxText:
		return "message", "must not be longer than 5,000 characters"
	}
	return "", ""
}

func (c Content) fileFault() (field, rule string) {
	switch {
	case c.file.Path == "":
		return "relativePath", "must not be empty"
	case c.file.Type == "":
		return "fileType", "must not be empty"
	case !utf8.ValidString(c.file.Caption + c.file.Path + c.file.Type + c.file.Preview):
		return "file", "must be UTF-8"
	case !isFilePath(c.file.Path):
		return "relativePath", filePathRule
	case utf8.RuneCountInString(c.file.Caption) > MaxText:
		return "caption", "must not be longer than 5,000 characters"
	}
	return "", ""
}

// objectRule is the rule that something breaks which must be a JSON object, one that
// can be sent and compared.
func objectRule(raw json.RawMessage) string {
	var object map[string]any
	_, err := wire.Marshal(raw)
	if err != nil || !utf8.Valid(raw) || json.Unmarshal(raw, &object) != nil || object == nil {
		return "must be a JSON object"
	}
	return ""
}

// publishDoc is the body of a PublishEvent.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
type publishDoc struct {
	DialogID       string `json:"dialogId"`
	ConversationID string `json:"conversationId,omitempty"`
	Event          any    `json:"event"`
	Audience       string `json:"messageAudience,omitempty"`
}

type textEvent struct {
	Type         string           `json:"type"`
	ContentType  string           `json:"contentType"`
	Message      string           `json:"message"`
	QuickReplies *quickRepliesDoc `json:"quickReplies,omitempty"`
}

type fileEvent struct {
	Type         string           `json:"type"`
	ContentType  string           `json:"contentType"`
	Message      fileDoc          `json:"message"`
	QuickReplies *quickRepliesDoc `json:"quickReplies,omitempty"`
}

type richEvent struct {
	Type         string           `json:"type"`
	Content      json.RawMessage  `json:"content"`
	QuickReplies *quickRepliesDoc `json:"quickReplies,omitempty"`
}

type typingEvent struct {
	Type  string    `json:"type"`
	State ChatState `json:"chatState"`
}

type receiptEvent struct {
	Type      string        `json:"type"`
	Status    ReceiptStatus `json:"status"`
	Sequences []int64       `json:"sequenceList"`
}

// publish is the body that sends c, which has passed its check.
func (c Content) publish(dialog DialogID) publishDoc {
	doc := publishDoc{DialogID: string(dialog)}
	if c.private {
		doc.Audience = string(AudienceAgents)
	}
	replies := quickReplies(c.replies)
	switch c.kind {
	case KindRich:
		doc.Event = richEvent{Type: "RichContentEvent", Content: c.rich, QuickReplies: replies}
	case KindFile:
		doc.Event = fileEvent{Type: "ContentEvent", ContentType: "hosted/file", Message: fileDoc(c.file), QuickReplies: replies}
	default:
		doc.Event = textEvent{Type: "ContentEvent", ContentType: "text/plain", Message: c.text, QuickReplies: replies}
	}
	return doc
}

// envelope is what goes beside the body: nothing, as a rule.
func (c Content) envelope() (metadata json.RawMessage, encoded string, err error) {
	if len(c.metadata) > 0 {
		if metadata, err = wire.Marshal(c.metadata); err != nil {
			return nil, "", err
		}
	}
	return metadata, base64.StdEncoding.EncodeToString(c.encoded), nil
}

// publishTyping is the body that shows what the agent does.
func publishTyping(dialog DialogID, state ChatState) publishDoc {
	return publishDoc{DialogID: string(dialog), Event: typingEvent{Type: "ChatStateEvent", State: state}}
}

// publishReceipt is the body that says what became of messages.
func publishReceipt(dialog DialogID, status ReceiptStatus, sequences ...int64) publishDoc {
	return publishDoc{DialogID: string(dialog), Event: receiptEvent{Type: "AcceptStatusEvent", Status: status, Sequences: sequences}}
}

// isOf tells whether e may be what came of sending c, whatever became of white space
// and of the order of members. Who it is from, and what is beside the message, is for
// the caller.
func (c Content) isOf(e *Event) bool {
	if c.kind != e.Kind || c.private != (e.Audience == AudienceAgents) {
		return false
	}
	switch c.kind {
	case KindRich:
		return sameJSON(c.rich, e.Rich)
	case KindFile:
		return e.File != nil && c.file.Path == e.File.Path
	default:
		return slices.Equal(strings.Fields(c.text), strings.Fields(e.Text))
	}
}

// isLike tells whether what came of one may be what came of the other.
func (c Content) isLike(other Content) bool {
	e := Event{Kind: other.kind, Text: other.text, Rich: other.rich, File: &other.file}
	if other.private {
		e.Audience = AudienceAgents
	}
	return c.isOf(&e)
}

// sameJSON tells whether two documents have the same value.
func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
