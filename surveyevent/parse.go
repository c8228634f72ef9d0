package surveyevent

import (
	"bytes"
	"encoding/json"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// Parse reads an event, with or without the envelope of an invocation. What is
// no such event matches liveperson.ErrMalformed.
func Parse(data []byte) (*Event, error) {
	data = bytes.Clone(data) // Raw shares it
	envelope, payload, err := open(data)
	if err != nil {
		return nil, err
	}
	e := &Event{}
	if err := wire.Unmarshal(payload, e); err != nil {
		return nil, malformed(err.Error())
	}
	if e.ConversationID == "" {
		return nil, malformed("no conversationId")
	}
	e.Envelope = envelope
	return e, nil
}

// open takes a payload out of its envelope, if it is in one.
func open(data []byte) (Envelope, []byte, error) {
	var doc struct {
		Envelope
		Payload json.RawMessage `json:"payload"`
	}
	if kind(data) != '{' {
		if !json.Valid(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
			return Envelope{}, nil, malformed(wire.Unmarshal(data, &doc).Error())
		}
		return Envelope{}, nil, malformed("not an object")
	}
	if err := wire.Unmarshal(data, &doc); err != nil {
		return Envelope{}, nil, malformed(err.Error())
	}
	payload := []byte(doc.Payload)
	if kind(payload) == '"' { // encoded twice
		var text string
		if json.Unmarshal(payload, &text) == nil {
			payload = []byte(text)
		}
	}
	switch {
	case payload == nil, string(payload) == "null":
		return Envelope{}, data, nil
	case kind(payload) != '{':
		return Envelope{}, nil, malformed("payload is not an object")
	}
	return doc.Envelope, payload, nil
}

// kind is the first byte of a JSON document, 0 for none.
func kind(data []byte) byte {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if len(data) == 0 {
		return 0
	}
	return data[0]
}

func malformed(reason string) error {
	return fmt.Errorf("surveyevent: %w: %s", liveperson.ErrMalformed, reason)
}
