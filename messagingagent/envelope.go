package messagingagent

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// request is what is asked of the service.
type request struct {
	op  string // "messagingagent.Send"
	typ string // as sent: ".ams.ms.PublishEvent"
	// body is marshalled by internal/wire; nil for none.
	body            any
	headers         json.RawMessage
	metadata        json.RawMessage
	encodedMetadata string
	// idempotent says that a second one changes nothing, so that it may be sent
	// again after a lost answer.
	idempotent bool
	// about is whose or what's it is, such as a conversation: if sockets end on it, or it is
	// answered 401, it is told apart from the others of its type; see [deaths]. "": it is not.
	about string
	// landed is called with each success, by the reader, before it takes the next frame;
	// nil for none.
	landed func(response)
	// hold waits, before the request goes out over a socket, until it may; nil for at once.
	// An error is why it may not any more. Of a socket that is dead it says nothing.
	hold func(ctx context.Context, s *socket) error
}

// response is a success.
type response struct {
	code   int
	typ    string          // as sent
	body   json.RawMessage // nil if there was none
	socket uint64          // the number of the socket that it came over
}

// notification is what the service says unasked.
type notification struct {
	typ    string // as sent
	name   string // what it is called in all dialects: "ExConversationChangeNotification"
	body   json.RawMessage
	socket uint64 // the number of the socket that it came over
}

// requestDoc is a request on the wire, without what is before its type.
type requestDoc struct {
	Type            string          `json:"type"`
	Body            any             `json:"body,omitempty"`
	Headers         json.RawMessage `json:"headers,omitempty"`
	Metadata        json.RawMessage `json:"metadata,omitempty"`
	EncodedMetadata string          `json:"encodedMetadata,omitempty"`
}

// frameDoc is what comes: a response or a notification.
type frameDoc struct {
	Kind  string          `json:"kind"`
	ReqID string          `json:"reqId"`
	Code  string          `json:"code"` // a number mostly
	Type  string          `json:"type"`
	Body  json.RawMessage `json:"body"`
}

// errorDoc is the body of a failure that has a form.
type errorDoc struct {
	Title   string `json:"title"`
	Details string `json:"details" wire:"or=message"`
	Code    int    `json:"errorCode"`
}

// clockDoc is the answer to a GetClock.
type clockDoc struct {
	CurrentTime time.Time `json:"currentTime"`
}

// doc is the request without an id, or an *liveperson.InputError.
func (r *request) doc() (numberless, error) {
	doc, err := wire.Marshal(requestDoc{Type: r.typ, Body: r.body, Headers: r.headers, Metadata: r.metadata, EncodedMetadata: r.encodedMetadata})
	if err != nil {
		return nil, &liveperson.InputError{Op: r.op, Field: "request", Rule: "must be JSON, and its text UTF-8"}
	}
	return doc, nil
}

// numberless is a request on the wire but for its kind and id.
type numberless []byte

// frame is the request as one text frame.
func (n numberless) frame(id uint64) []byte {
	frame := append(make([]byte, 0, len(n)+40), `{"kind":"req","id":"`...)
	frame = append(strconv.AppendUint(frame, id, 10), `",`...)
	return append(frame, n[1:]...)
}

// plainName is a type by its part after the last dot, without "$": the name that it
// has in all dialects.
func plainName(typ string) string {
	return strings.ReplaceAll(typ[strings.LastIndexByte(typ, '.')+1:], "$", "")
}

// codeOf reads a code, which is a number or its text: 200, "200", "OK". 0 is one that
// is missing or says nothing.
func codeOf(text string) int {
	text = strings.TrimSpace(text)
	number, _, _ := strings.Cut(text, " ") // "200 OK"
	if n, err := strconv.Atoi(number); err == nil {
		if n < 100 || n > 999 {
			return 0
		}
		return n
	}
	for n := http.StatusOK; n <= http.StatusNetworkAuthenticationRequired; n++ {
		if name := http.StatusText(n); name != "" && letters(name) == letters(text) {
			return n
		}
	}
	return 0
}

// letters is text in lower case, and nothing but its letters: NOT_FOUND and "Not
// Found" are one.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, text)
}

// failure is a response that says no; secrets stay out of it.
func failure(op string, code int, typ string, body json.RawMessage, secrets ...string) *liveperson.Error {
	e := &liveperson.Error{Op: op, Status: code, Reason: typ, Body: rest.ScrubBody(body, secrets...)}
	var text string
	var doc errorDoc
	if wire.Unmarshal(body, &text) == nil {
		e.Message = text
	} else if wire.Unmarshal(body, &doc) == nil {
		e.Code = doc.Code
		e.Message = strings.Trim(doc.Title+": "+doc.Details, ": ")
	}
	e.Message = bounded(rest.Scrub(e.Message, secrets...), maxMessage)
	e.Reason = bounded(rest.Scrub(e.Reason, secrets...), maxMessage)
	return e
}

// maxMessage is how much of a text of the service's an error keeps.
const maxMessage = 1 << 10

// bounded is the start of text, at most n bytes of it.
func bounded(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	return strings.ToValidUTF8(text, "")
}
