package lptest

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Rewriter returns a text in the form in which it is stored. It is called with
// the server's lock held, one call at a time, and must not call the Server.
type Rewriter func(text string) string

var (
	webAddress = regexp.MustCompile(`https?://[^\s<>"']+`)
	cardNumber = regexp.MustCompile(`\b\d(?:[ -]?\d){12,18}\b`)
	htmlTag    = regexp.MustCompile(`<[^>]*>`)
)

// LinkURLs makes each URL a link: <a href="URL" target="_blank">URL</a>.
func LinkURLs(text string) string {
	return webAddress.ReplaceAllString(text, `<a href="$0" target="_blank">$0</a>`)
}

// MaskCards replaces all but the last four digits of each number of 13 to 19
// digits, as payment cards have, by asterisks. Spaces and hyphens stay.
func MaskCards(text string) string {
	return cardNumber.ReplaceAllStringFunc(text, func(number string) string {
		b := []byte(number)
		for i, seen := len(b)-1, 0; i >= 0; i-- {
			if b[i] < '0' || b[i] > '9' {
				continue
			}
			if seen++; seen > 4 {
				b[i] = '*'
			}
		}
		return string(b)
	})
}

// MarkEmoji replaces each emoji and every other rune beyond U+FFFF by a
// question mark, as a store of three-byte UTF-8 does.
func MarkEmoji(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xffff || r >= 0x2600 && r <= 0x27bf {
			return '?'
		}
		return r
	}, text)
}

// StripTags removes whatever stands between < and >, these two included.
func StripTags(text string) string { return htmlTag.ReplaceAllString(text, "") }

// UnescapeEntities replaces HTML's entities by what they stand for: &amp; by &.
func UnescapeEntities(text string) string { return html.UnescapeString(text) }

// CutAt keeps the first n runes.
func CutAt(n int) Rewriter {
	return func(text string) string {
		if runes := []rune(text); len(runes) > n {
			return string(runes[:n])
		}
		return text
	}
}

// ParseRewriters reads a list of names with commas between them, as lpsim and
// the control API take it: links, cards, emoji, tags, entities, and cut=20,
// which keeps 20 runes. The empty text is an empty list.
func ParseRewriters(names string) ([]Rewriter, error) {
	var rewriters []Rewriter
	if names == "" {
		return nil, nil
	}
	for name := range strings.SplitSeq(names, ",") {
		var r Rewriter
		switch name = strings.TrimSpace(name); name {
		case "links":
			r = LinkURLs
		case "cards":
			r = MaskCards
		case "emoji":
			r = MarkEmoji
		case "tags":
			r = StripTags
		case "entities":
			r = UnescapeEntities
		default:
			count, isCut := strings.CutPrefix(name, "cut=")
			n, err := strconv.Atoi(count)
			if !isCut || err != nil || n < 1 {
				return nil, fmt.Errorf("lptest: unknown rewriter %q: links, cards, emoji, tags, entities or cut=N is wanted", name)
			}
			r = CutAt(n)
		}
		rewriters = append(rewriters, r)
	}
	return rewriters, nil
}

func checkRewriters(rewriters []Rewriter) error {
	if slices.ContainsFunc(rewriters, func(r Rewriter) bool { return r == nil }) {
		return errors.New("lptest: a rewriter is nil")
	}
	return nil
}

// StoreText has the lines that agents send from now on rewritten by these
// instead of what WithStoredText or an earlier call gave; without arguments
// they are stored as they were sent. It panics on nil.
func (s *Server) StoreText(rewriters ...Rewriter) {
	s.setRewriters(&s.lineRewriters, rewriters)
}

// StoreAnswers does the same to the texts in surveys, see WithStoredAnswers.
func (s *Server) StoreAnswers(rewriters ...Rewriter) {
	s.setRewriters(&s.replyRewriters, rewriters)
}

func (s *Server) setRewriters(which *[]Rewriter, rewriters []Rewriter) {
	if err := checkRewriters(rewriters); err != nil {
		panic(err)
	}
	s.enter()
	defer s.mu.Unlock()
	*which = rewriters
}

func rewrite(rewriters []Rewriter, text string) string {
	for _, r := range rewriters {
		text = r(text)
	}
	return text
}

// storeReply rewrites the texts of a survey's answer.
func (s *Server) storeReply(a *Answer) {
	if len(s.replyRewriters) == 0 {
		return
	}
	a.Text = rewrite(s.replyRewriters, a.Text)
	if len(a.Engagement) == 0 {
		return
	}
	if data, err := json.Marshal(s.storeStrings(readJSON(a.Engagement).value)); err == nil {
		a.Engagement = data
	}
}

// storeStrings rewrites the strings in the attributes, but not their type.
func (s *Server) storeStrings(value any) any {
	switch v := value.(type) {
	case string:
		return rewrite(s.replyRewriters, v)
	case map[string]any:
		for name, inner := range v {
			if name != "type" {
				v[name] = s.storeStrings(inner)
			}
		}
	}
	return value
}
