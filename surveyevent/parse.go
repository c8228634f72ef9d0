package surveyevent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// Parse reads an event, with or without the envelope of an invocation. What is
// no such event matches liveperson.ErrMalformed; one with far too many elements
// for its length matches liveperson.ErrTooLarge as well.
func Parse(data []byte) (*Event, error) {
	envelope, payload, err := open(bytes.Clone(data)) // Raw shares it
	if err != nil {
		return nil, err
	}
	e := &Event{}
	if err := wire.Unmarshal(payload, e); err != nil {
		return nil, malformed(err)
	}
	if e.ConversationID == "" {
		return nil, malformed(errors.New("no conversationId"))
	}
	e.Envelope = envelope
	return e, nil
}

// open takes a payload out of its envelope, if it is in one. Both may be encoded
// twice.
func open(data []byte) (Envelope, []byte, error) {
	var doc struct {
		Envelope
		Payload json.RawMessage `json:"payload"`
	}
	data = decoded(data)
	if kind(data) != '{' {
		if !json.Valid(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
			return Envelope{}, nil, malformed(wire.Unmarshal(data, &doc))
		}
		return Envelope{}, nil, malformed(errors.New("not an object"))
	}
	if err := wire.Unmarshal(data, &doc); err != nil {
		return Envelope{}, nil, malformed(err)
	}
	payload := decoded(doc.Payload)
	switch {
	case payload == nil, string(payload) == "null":
		return Envelope{}, data, nil
	case kind(payload) != '{':
		return Envelope{}, nil, malformed(errors.New("payload is not an object"))
	}
	return doc.Envelope, payload, nil
}

// decoded is the document in a JSON text, or data if it is none.
func decoded(data []byte) []byte {
	var text string
	if kind(data) == '"' && json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &text) == nil {
		return []byte(text)
	}
	return data
}

// kind is the first byte of a JSON document, 0 for none.
func kind(data []byte) byte {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if len(data) == 0 {
		return 0
	}
	return data[0]
}

func malformed(reason error) error {
	return fmt.Errorf("surveyevent: %w: %w", liveperson.ErrMalformed, reason)
}
