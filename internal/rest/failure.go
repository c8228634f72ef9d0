package rest

import (
	"bytes"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// failure is what an answer says of an error.
type failure struct {
	message string
	code    int
	reason  string
	raw     bool // message is JSON as it came, in no known form
}

// failureDoc is the error object of the services.
type failureDoc struct {
	Message        json.RawMessage `json:"message"`
	InternalCode   string          `json:"internalCode" wire:"or=errorCode"` // text: a code never hides the message
	ResponseStatus string          `json:"responseStatus"`
	Description    string          `json:"error_description"`
}

// parseBody finds the error in the body of a 4xx or 5xx: one of the JSON
// forms, oauth_problem=…, a page, or text.
func parseBody(body []byte, hide scrubber) failure {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	text := string(hide.body(body))
	switch {
	case text == "":
		return failure{}
	case text[0] == '{':
		return parseJSON(body, text)
	case strings.HasPrefix(text, "oauth_problem="):
		return parseOAuth(text)
	case text[0] == '<':
		return failure{message: pageTitle(text)}
	}
	return failure{message: text, raw: text[0] == '[' || text[0] == '"'}
}

// parseJSON reads an object; text stands for it if it is not whole.
func parseJSON(body []byte, text string) failure {
	if !json.Valid(body) {
		return failure{message: text, raw: true}
	}
	e := wire.Failure(body)
	if e == nil {
		e = wire.Member(body, "error")
	}
	if e == nil || string(e) == "null" {
		return parseFailure(body)
	}
	f := parseFailure(e)
	if d := wire.Member(body, "error_description"); d != nil {
		more := parseFailure(d)
		f.message, f.raw = strings.TrimPrefix(f.message+": "+more.message, ": "), f.raw || more.raw
	}
	return f
}

// parseFailure reads an error: an object or a text.
func parseFailure(value []byte) failure {
	var text string
	if bytes.HasPrefix(value, []byte(`"`)) && wire.Unmarshal(value, &text) == nil {
		return failure{message: text}
	}
	var doc failureDoc
	if wire.Unmarshal(value, &doc) != nil || len(doc.Message) > 0 && wire.Unmarshal(doc.Message, &text) != nil {
		return failure{message: string(value), raw: true}
	}
	return doc.failure(text)
}

func (d failureDoc) failure(message string) failure {
	if message == "" {
		message = d.Description
	}
	code, _ := strconv.Atoi(d.InternalCode) // 0 for none
	return failure{message: message, code: code, reason: d.ResponseStatus}
}

// parseOAuth reads oauth_problem=…&oauth_problem_advice=….
func parseOAuth(text string) failure {
	v, err := url.ParseQuery(text)
	if err != nil {
		return failure{message: text}
	}
	m := "oauth problem " + v.Get("oauth_problem")
	if advice := v.Get("oauth_problem_advice"); advice != "" {
		m += ": " + advice
	}
	return failure{message: m}
}

var titleRE = regexp.MustCompile(`(?is)<(?:title|h1)[^>]*>\s*(.*?)\s*</(?:title|h1)>`)

// pageTitle says what an HTML or XML page is about.
func pageTitle(page string) string {
	if m := titleRE.FindStringSubmatch(page); m != nil && m[1] != "" {
		return "page: " + html.UnescapeString(m[1])
	}
	return "page without a title"
}

// oneLine folds white space and cuts at 300 bytes.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	if len(s) <= 300 {
		return s
	}
	cut := 300
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
