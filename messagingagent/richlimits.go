package messagingagent

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The limits of the web channel. Others have their own.
const (
	maxElements    = 256
	minCards       = 2
	maxCards       = 10
	maxActions     = 4
	maxReplies     = 24
	maxReplyTitle  = 25
	maxTitle       = 128
	maxTooltip     = 256
	maxPublishText = 256
	maxLink        = 1024
	maxImage       = 2048
	maxPreview     = 30 << 10
)

// Warnings tell what the web channel may not show, or the service may not take, in
// words for people. They are for tests and editors: Send does not look at them, since
// other channels have other limits.
//
// https://developers.liveperson.com/mobile-sdk-and-web-templates-introduction.html
func (c Content) Warnings() []string {
	var w warnings
	if c.kind == KindRich {
		var content any
		if json.Unmarshal(c.rich, &content) != nil {
			return []string{"content: must be a JSON object"}
		}
		if n := w.element("content", content); n > maxElements {
			w.add("content", "has %d elements, more than %d", n, maxElements)
		}
	}
	w.longer("file.preview", c.file.Preview, maxPreview)
	if len(c.replies) > maxReplies {
		w.add("quickReplies", "has %d replies, more than %d", len(c.replies), maxReplies)
	}
	for i, r := range c.replies {
		at := fmt.Sprintf("quickReplies[%d]", i)
		w.longer(at+".title", r.Title, maxReplyTitle)
		w.longer(at+".tooltip", r.Tooltip, maxTooltip)
		w.longer(at+".text", r.Text, maxPublishText)
	}
	return w
}

type warnings []string

func (w *warnings) add(at, format string, args ...any) {
	*w = append(*w, at+": "+fmt.Sprintf(format, args...))
}

// longer warns of a text that is longer than so many characters.
func (w *warnings) longer(at string, text any, most int) {
	if s, ok := text.(string); ok && utf8.RuneCountInString(s) > most {
		w.add(at, "is longer than %d characters", most)
	}
}

// element looks at an element and those within, and counts them.
func (w *warnings) element(at string, value any) (count int) {
	e, ok := value.(map[string]any)
	if !ok {
		w.add(at, "must be a JSON object")
		return 1
	}
	w.longer(at+".text", e["text"], MaxText)
	w.longer(at+".title", e["title"], maxTitle)
	w.longer(at+".tooltip", e["tooltip"], maxTooltip)
	if url, ok := e["url"].(string); ok {
		w.longer(at+".url", url, maxImage)
		if !strings.HasPrefix(strings.ToLower(url), "https://") {
			w.add(at+".url", "must be https")
		}
	}
	if click, ok := e["click"].(map[string]any); ok {
		w.click(at+".click", click)
	}
	elements, _ := e["elements"].([]any)
	if e["type"] == "carousel" && (len(elements) < minCards || len(elements) > maxCards) {
		w.add(at, "has %d cards, must have %d to %d", len(elements), minCards, maxCards)
	}
	for i, in := range elements {
		count += w.element(fmt.Sprintf("%s.elements[%d]", at, i), in)
	}
	return count + 1
}

// click looks at what a click does.
func (w *warnings) click(at string, click map[string]any) {
	actions, _ := click["actions"].([]any)
	if len(actions) > maxActions {
		w.add(at, "has %d actions, more than %d", len(actions), maxActions)
	}
	for i, a := range actions {
		action, _ := a.(map[string]any)
		w.longer(fmt.Sprintf("%s.actions[%d].text", at, i), action["text"], maxPublishText)
		w.longer(fmt.Sprintf("%s.actions[%d].uri", at, i), action["uri"], maxLink)
	}
}
