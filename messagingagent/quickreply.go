package messagingagent

import (
	"encoding/json"
	"unicode/utf8"
)

// QuickReply is an answer that is offered under a message.
type QuickReply struct {
	// Title is what stands on the button; the web and LivePerson's own apps show 25
	// characters of it.
	Title string
	// Text is what a click sends as the consumer's message, Title unless given.
	Text string
	// Tooltip explains the button, also to screen readers; it may be empty.
	Tooltip string
	// ID comes back in the metadata of the consumer's message, as an ExternalId, and
	// stands in reports. At most 64 characters; it may be empty.
	ID string
	// Click is what a click does, a JSON object, in place of Text and ID.
	Click json.RawMessage
	// Style is how the button looks, a JSON object; it may be nil.
	Style json.RawMessage
}

// maxExternalID is the longest ExternalId, in characters.
const maxExternalID = 64

// fault is the rule that r breaks, "" for none.
func (r QuickReply) fault() string {
	switch {
	case r.Title == "":
		return "must have a title"
	case !utf8.ValidString(r.Title + r.Text + r.Tooltip + r.ID):
		return "must be UTF-8"
	case utf8.RuneCountInString(r.ID) > maxExternalID:
		return "must not have an id longer than 64 characters"
	case r.Click != nil && objectRule(r.Click) != "":
		return "must have a JSON object for its click"
	case r.Style != nil && objectRule(r.Style) != "":
		return "must have a JSON object for its style"
	}
	return ""
}

// repliesPerRow is how many stand in a row, if there is room: the most that there may be.
const repliesPerRow = 8

type quickRepliesDoc struct {
	Type    string     `json:"type"`
	PerRow  int        `json:"itemsPerRow"`
	Replies []replyDoc `json:"replies"`
}

type replyDoc struct {
	Type    string          `json:"type"`
	Title   string          `json:"title"`
	Tooltip string          `json:"tooltip,omitempty"`
	Click   any             `json:"click"`
	Style   json.RawMessage `json:"style,omitempty"`
}

type clickDoc struct {
	Actions  []actionDoc     `json:"actions"`
	Metadata []externalIDDoc `json:"metadata,omitempty"`
}

type actionDoc struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type externalIDDoc struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// quickReplies are the replies as they are sent, nil for none.
func quickReplies(replies []QuickReply) *quickRepliesDoc {
	if len(replies) == 0 {
		return nil
	}
	doc := &quickRepliesDoc{Type: "quickReplies", PerRow: repliesPerRow}
	for _, r := range replies {
		doc.Replies = append(doc.Replies, replyDoc{Type: "button", Title: r.Title, Tooltip: r.Tooltip, Click: r.click(), Style: r.Style})
	}
	return doc
}

func (r QuickReply) click() any {
	if r.Click != nil {
		return r.Click
	}
	click := clickDoc{Actions: []actionDoc{{Type: "publishText", Text: firstOf(r.Text, r.Title)}}}
	if r.ID != "" {
		click.Metadata = []externalIDDoc{{Type: "ExternalId", ID: r.ID}}
	}
	return click
}
