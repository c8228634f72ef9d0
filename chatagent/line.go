package chatagent

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// MaxText is the longest text of a line, in bytes. The pages name no limit;
// this one keeps a runaway bot from posting a book.
const MaxText = 64 << 10

// Content is a line to send. Make it with Text, Markup, Whisper or Structured.
type Content struct {
	text     string
	textType TextType
	subType  SubType
	json     json.RawMessage
}

// Text is a plain line.
func Text(text string) Content { return Content{text: text, textType: Plain} }

// Markup is a line of HTML. The page forbids iframes, scripts and DOM actions
// in it; Send refuses them.
func Markup(html string) Content { return Content{text: html, textType: HTML} }

// Whisper makes l visible to agents only.
func Whisper(l Content) Content {
	l.subType = OnlyToRep
	return l
}

// Structured is a line of structured content: a JSON object.
func Structured(content json.RawMessage) Content { return Content{textType: Rich, json: content} }

// lineBody is a line as it is sent.
//
// https://developers.liveperson.com/chat-agent-api-methods-send-lines-and-structured-content.html
type lineBody struct {
	Type     EventType       `json:"@type"`
	Text     string          `json:"text"`
	TextType TextType        `json:"textType"`
	SubType  SubType         `json:"subType,omitempty"`
	JSON     json.RawMessage `json:"json,omitempty"`
}

// body checks the line.
func (l Content) body(op string) (lineBody, error) {
	bad := func(field, rule string) (lineBody, error) {
		return lineBody{}, &liveperson.InputError{Op: op, Field: field, Rule: rule}
	}
	switch {
	case l.textType == "":
		return bad("line", "must be made by Text, Markup or Structured")
	case len(l.text) > MaxText || len(l.json) > MaxText:
		return bad("text", "must not be longer than 64 KiB")
	case !utf8.ValidString(l.text):
		return bad("text", "must be UTF-8")
	case l.textType == Rich:
		if !json.Valid(l.json) || !strings.HasPrefix(strings.TrimSpace(string(l.json)), "{") {
			return bad("json", "must be a JSON object")
		}
	case strings.TrimSpace(l.text) == "":
		return bad("text", "must not be empty")
	case l.textType == HTML:
		if rule := forbidden(l.text); rule != "" {
			return bad("text", rule)
		}
	}
	return lineBody{Type: EventLine, Text: l.text, TextType: l.textType, SubType: l.subType, JSON: l.json}, nil
}

var (
	tagRE     = regexp.MustCompile(`(?i)<\s*/?\s*(iframe|script|object|embed)\b`)
	handlerRE = regexp.MustCompile(`(?i)<[^>]*[\s"'/]on[a-z]+\s*=`)
	schemeRE  = regexp.MustCompile(`(?i)(javascript|vbscript)\s*:`)
)

// forbidden names the rule of the page that a line of HTML breaks, "" for none.
func forbidden(markup string) string {
	plain := html.UnescapeString(markup)
	for _, s := range []string{markup, plain} {
		switch {
		case tagRE.MatchString(s):
			return "must not hold an iframe, script, object or embed element"
		case handlerRE.MatchString(s):
			return "must not hold an event handler"
		case schemeRE.MatchString(strings.Map(dropSpace, s)):
			return "must not hold a script URL"
		}
	}
	return ""
}

func dropSpace(r rune) rune {
	if r <= ' ' {
		return -1
	}
	return r
}

// looks is what a line can be recognised by among the chat's events, whatever
// the server does to markup and spaces.
func (l Content) looks() string {
	if l.textType == Rich {
		return "rich|" + string(l.subType)
	}
	return "text|" + string(l.subType) + "|" + flat(l.text)
}

// looks is the same of an event.
func (e *Event) looks() string {
	sub := e.SubType
	if sub == Regular {
		sub = ""
	}
	if e.TextType == Rich {
		return "rich|" + string(sub)
	}
	return "text|" + string(sub) + "|" + flat(e.Text)
}

var markupRE = regexp.MustCompile(`<[^<>]*>`)

// flat is a text without markup, entities and differences of white space.
func flat(text string) string {
	text = markupRE.ReplaceAllString(html.UnescapeString(text), " ")
	return strings.Join(strings.Fields(text), " ")
}
