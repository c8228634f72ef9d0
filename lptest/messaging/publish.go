package messaging

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"unicode/utf8"
)

// The limits that the pages state.
const (
	maxText     = 5000    // characters of a text
	maxMetadata = 5 << 10 // bytes of encodedMetadata
	maxReplies  = 24      // quick replies
)

func (r *request) publishEvent() answer {
	var in struct {
		DialogID        string          `json:"dialogId"`
		ConversationID  string          `json:"conversationId"`
		MessageAudience string          `json:"messageAudience"`
		Event           json.RawMessage `json:"event"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	s := r.s
	d := s.dialogs[in.DialogID]
	switch {
	case in.DialogID == "":
		return fail(http.StatusBadRequest, "dialogId is missing")
	case d == nil:
		return fail(http.StatusNotFound, "There is no dialog "+in.DialogID)
	case in.ConversationID != "" && in.ConversationID != d.conv.id:
		return fail(http.StatusBadRequest, "The dialog is not of this conversation")
	}
	by, isPart := d.conv.partOf(r.k.user, d.id)
	if d.kind != "MAIN" && by.dialog != d.id {
		isPart = false
	}
	switch {
	case !isPart:
		return notPart()
	case d.state != open:
		return fail(http.StatusConflict, "The dialog is closed")
	}
	if in.MessageAudience == "" {
		in.MessageAudience = toAll
	}
	if in.MessageAudience != toAll && in.MessageAudience != toAgents {
		return fail(http.StatusBadRequest, "messageAudience is ALL or AGENTS_AND_MANAGERS")
	}
	kind, complaint := checkEvent(in.Event, d, by.role)
	if complaint == "" {
		complaint = r.checkMetadata()
	}
	if complaint != "" {
		return fail(http.StatusBadRequest, complaint)
	}
	if kind == "ChatStateEvent" || kind == "AcceptStatusEvent" {
		in.MessageAudience = toAll
	}
	ev := s.publish(d, by, kind, compact(in.Event), in.MessageAudience, compact(r.metadata))
	ev.encoded = r.encoded
	return ok(object{{"sequence", max(ev.seq, 0)}})
}

func notPart() answer {
	return fail(http.StatusBadRequest, "Agent does not exist in conversation")
}

func compact(data json.RawMessage) raw {
	var out bytes.Buffer
	if json.Compact(&out, data) != nil {
		return nil
	}
	return out.Bytes()
}

// checkEvent holds an event to the schemas; it returns its type, or what is
// wrong with it.
func checkEvent(data json.RawMessage, d *dialog, role string) (kind, complaint string) {
	var ev struct {
		Type         string          `json:"type"`
		ContentType  string          `json:"contentType"`
		Message      json.RawMessage `json:"message"`
		Content      json.RawMessage `json:"content"`
		QuickReplies json.RawMessage `json:"quickReplies"`
		ChatState    string          `json:"chatState"`
		Status       string          `json:"status"`
		SequenceList many[int]       `json:"sequenceList"`
	}
	if len(data) == 0 || data[0] != '{' {
		return "", "event is missing"
	}
	if json.Unmarshal(data, &ev) != nil {
		return "", "The event is not of the form of an event"
	}
	object := func(data json.RawMessage) bool { return len(data) > 0 && data[0] == '{' }
	switch ev.Type {
	case "ContentEvent":
		var text string
		switch {
		case ev.ContentType == "":
			return "", "contentType is missing"
		case ev.ContentType == "text/plain" && json.Unmarshal(ev.Message, &text) != nil:
			return "", "message is no text"
		case ev.ContentType == "text/plain" && (text == "" || utf8.RuneCountInString(text) > maxText):
			return "", "A text has 1 to 5000 characters"
		case ev.ContentType == "hosted/file":
			var file struct {
				RelativePath string `json:"relativePath"`
				FileType     string `json:"fileType"`
			}
			if json.Unmarshal(ev.Message, &file) != nil || file.RelativePath == "" || file.FileType == "" {
				return "", "message of a file has relativePath and fileType"
			}
		case len(ev.Message) == 0:
			return "", "message is missing"
		}
	case "RichContentEvent":
		content := ev.Content
		if len(content) == 0 {
			content = ev.Message
		}
		var element struct {
			Type string `json:"type"`
		}
		if !object(content) || json.Unmarshal(content, &element) != nil || element.Type == "" {
			return "", "content is an element with a type"
		}
	case "ChatStateEvent":
		if !slices.Contains([]string{"ACTIVE", "INACTIVE", "GONE", "COMPOSING", "PAUSE"}, ev.ChatState) {
			return "", "chatState is not known"
		}
	case "AcceptStatusEvent":
		if !slices.Contains([]string{"ACCEPT", "READ", "ACCESS", "ACTION", "ENRICH", "NACK", "VIEWED"}, ev.Status) {
			return "", "status is not known"
		}
		if ev.Status == "READ" && role != roleAssigned && role != roleConsumer {
			return "", "READ is for the assigned agent"
		}
		if len(ev.SequenceList) == 0 {
			return "", "sequenceList is missing"
		}
		for _, seq := range ev.SequenceList {
			if seq < 0 || seq >= len(d.events) {
				return "", "sequenceList names what is not there"
			}
		}
	default:
		return "", "The type of the event is not known"
	}
	if len(ev.QuickReplies) > 0 && string(ev.QuickReplies) != "null" {
		var quick struct {
			Type    string                `json:"type"`
			Replies many[json.RawMessage] `json:"replies"`
		}
		if json.Unmarshal(ev.QuickReplies, &quick) != nil || quick.Type != "quickReplies" ||
			len(quick.Replies) == 0 || len(quick.Replies) > maxReplies {
			return "", "quickReplies has the type quickReplies and 1 to 24 replies"
		}
	}
	return ev.Type, ""
}

// checkMetadata holds the metadata of a request to the schemas.
func (r *request) checkMetadata() string {
	if len(r.encoded) > maxMetadata {
		return "encodedMetadata has more than 5 kB"
	}
	if _, err := base64.StdEncoding.DecodeString(r.encoded); err != nil {
		return "encodedMetadata is no base64"
	}
	if len(r.metadata) == 0 {
		return ""
	}
	var all many[struct {
		Type                   string            `json:"type"`
		ID                     string            `json:"id"`
		Reason                 string            `json:"reason"`
		ReasonID               string            `json:"reasonId"`
		ExternalConversationID string            `json:"externalConversationId"`
		Intents                []json.RawMessage `json:"intents"`
	}]
	if json.Unmarshal(r.metadata, &all) != nil {
		return "metadata is a list of objects"
	}
	for _, m := range all {
		switch {
		case m.Type == "":
			return "metadata without a type"
		case m.Type == "ExternalId" && len(m.ID) > 64, m.Type == "BotResponse" && len(m.ExternalConversationID) > 64:
			return "An id in metadata has more than 64 characters"
		case m.Type == "ActionReason" && (m.Reason == "" || len(m.Reason) > 64 || len(m.ReasonID) > 64):
			return "reason has 1 to 64 characters"
		case m.Type == "BotResponse" && len(m.Intents) > 16:
			return "There are more than 16 intents"
		}
	}
	return ""
}

func (r *request) queryMessages() answer {
	var in struct {
		DialogID  string `json:"dialogId"`
		NewerThan *whole `json:"newerThanSequence"`
		OlderThan *whole `json:"olderThanSequence"`
		Max       *whole `json:"maxQuantity"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	s := r.s
	d := s.dialogs[in.DialogID]
	switch {
	case in.DialogID == "":
		return fail(http.StatusBadRequest, "dialogId is missing")
	case d == nil:
		return fail(http.StatusNotFound, "There is no dialog "+in.DialogID)
	case in.Max != nil && *in.Max < 1:
		return fail(http.StatusBadRequest, "maxQuantity is positive")
	case s.variants.has(VariantQueryPart) && !d.conv.takesPart(r.k.user):
		return notPart()
	}
	limit := s.cfg.page
	if in.Max != nil {
		limit = min(limit, int(*in.Max))
	}
	first, end := 0, len(d.events)
	inclusive := 0
	if s.variants.has(VariantInclusive) {
		inclusive = 1
	}
	if in.NewerThan != nil {
		first = max(0, int(min(*in.NewerThan, whole(end)))+1-inclusive)
	}
	if in.OlderThan != nil {
		end = max(0, min(end, int(min(*in.OlderThan, whole(end)))+inclusive))
	}
	events := d.events[min(first, end):end]
	if len(events) > limit {
		if in.NewerThan == nil && in.OlderThan != nil {
			events = events[len(events)-limit:]
		} else {
			events = events[:limit]
		}
	}
	out := make(list, len(events))
	for i, ev := range events {
		out[i] = ev.tree(s.variants)
	}
	return ok(out)
}
