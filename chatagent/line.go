package chatagent

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"

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
// in it, so Send answers with a *liveperson.InputError to
//   - elements that load a document, a program or a style sheet, or move the
//     links of the page: iframe, frame, frameset, script, object, embed, applet,
//     link, style, base;
//   - elements whose content is not read as HTML, or not everywhere: svg, math,
//     textarea, title, xmp, plaintext, noscript, noembed, noframes;
//   - attributes that begin with "on", and http-equiv;
//   - URLs that are javascript:, vbscript:, or data: of HTML or XML (an SVG image
//     as the source of an image is fine);
//   - a NUL byte, and a tag without its end, as in "a<b": what the line is shown
//     in would end it. Write &lt; for a < before a letter.
//
// What stands between tags, and in comments, is free. So are forms, links and
// style attributes: for what others wrote, use a sanitizer.
func Markup(html string) Content { return Content{text: html, textType: HTML} }

// Whisper makes l visible to agents only. It answers nothing: what the visitor has said
// before it still counts as not answered.
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

// What a line of HTML must not hold, and the attributes that hold a URL.
var (
	forbiddenElements = []string{
		"applet", "base", "embed", "frame", "frameset", "iframe", "link", "object", "script",
		"math", "noembed", "noframes", "noscript", "plaintext", "style", "svg", "textarea", "title", "xmp",
	}
	imageAttributes = []string{"background", "dynsrc", "imagesrcset", "lowsrc", "poster", "src", "srcset"}
	urlAttributes   = append([]string{"action", "cite", "formaction", "href", "longdesc", "ping"}, imageAttributes...)
)

// forbidden names the rule of Markup that a line of HTML breaks, "" for none.
// The elements that switch a browser's tokenizer to other rules are forbidden,
// so what follows a tag is read here as it is there.
func forbidden(markup string) string {
	if strings.ContainsRune(markup, 0) {
		return "must not hold a NUL byte"
	}
	tags := xhtml.NewTokenizer(strings.NewReader(markup))
	for {
		switch tags.Next() {
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken, xhtml.EndTagToken:
			if rule := forbiddenTag(tags.Token()); rule != "" {
				return rule
			}
		case xhtml.ErrorToken: // the end
			if len(tags.Raw()) > 0 {
				return "must not end within a tag; a < that begins none is &lt;"
			}
			return ""
		}
	}
}

func forbiddenTag(tag xhtml.Token) string {
	for _, attr := range tag.Attr {
		for _, name := range names(attr.Key) {
			switch {
			case strings.HasPrefix(name, "on") && name != "on":
				return "must not hold an event handler"
			case name == "http-equiv":
				return "must not hold an http-equiv attribute"
			case slices.Contains(urlAttributes, name) && runs(name, attr.Val):
				return "must not hold a script URL"
			}
		}
	}
	for _, name := range names(tag.Data) {
		if slices.Contains(forbiddenElements, name) {
			return "must not hold the element " + name
		}
	}
	return ""
}

// names are the names that a careless parser may see in that of an element or
// attribute: "xlink:href", "scr<script", a quote too many.
func names(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("<:=\"'`", r) })
}

// runs tells whether a browser may run what that attribute's value holds.
func runs(attribute, value string) bool {
	urls := []string{value}
	if strings.HasSuffix(attribute, "srcset") {
		urls = strings.Split(value, ",")
	}
	for _, url := range urls {
		scheme, rest, found := strings.Cut(strings.ToLower(strings.Map(dropSpace, url)), ":")
		if !found {
			continue
		}
		switch scheme {
		case "javascript", "vbscript":
			return true
		case "data":
			media, _, _ := strings.Cut(rest, ",")
			isImage := strings.HasPrefix(media, "image/") && slices.Contains(imageAttributes, attribute)
			if !isImage && (strings.Contains(media, "html") || strings.Contains(media, "xml")) {
				return true
			}
		}
	}
	return false
}

// dropSpace drops what browsers ignore in a URL's scheme.
func dropSpace(r rune) rune {
	if unicode.IsSpace(r) || unicode.IsControl(r) {
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
