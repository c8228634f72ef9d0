package agentsurvey

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// check holds an answer to the rules of its question. s is settled.
func (g *graph) check(n *node, s QuestionState) *Problem {
	q := &n.q
	switch {
	case q.asksEngagement():
		return n.checkEngagement(s)
	case s.Engagement != nil:
		return n.problem(RuleKind, "takes no engagement attributes")
	case q.offersChoice():
		return n.checkChoice(s)
	case len(s.ReplyIDs) > 0:
		return n.problem(RuleKind, "offers no replies")
	case !utf8.ValidString(s.Text):
		return n.problem(RuleUTF8, "must be UTF-8")
	case strings.TrimSpace(s.Text) == "":
		return n.problem(RuleEmpty, "must not be empty")
	case q.MaxCharacters > 0 && characters(s.Text) > q.MaxCharacters:
		return n.problem(RuleLength, "must not be longer than "+strconv.Itoa(q.MaxCharacters)+" characters")
	}
	switch q.Category {
	case NumberAnswer:
		if !isNumberText(s.Text) {
			return n.problem(RuleNumber, "must be a decimal number")
		}
	case DateAnswer:
		if _, err := parseDate(g.dateLayout, s.Text); err != nil {
			return n.problem(RuleDate, "must be a date like "+time.Date(2006, 1, 2, 0, 0, 0, 0, time.UTC).Format(g.dateLayout))
		}
	}
	return nil
}

func (n *node) checkChoice(s QuestionState) *Problem {
	switch {
	case s.Text != "":
		return n.problem(RuleKind, "wants a choice")
	case len(s.ReplyIDs) == 0:
		return n.problem(RuleEmpty, "must be one of the replies")
	}
	for i, id := range s.ReplyIDs {
		if n.q.reply(id) < 0 {
			return n.problem(RuleUnknownReply, "offers no reply "+strconv.FormatInt(id, 10))
		}
		if i > 0 && s.ReplyIDs[i-1] == id {
			return n.problem(RuleRepeatedReply, "has reply "+strconv.FormatInt(id, 10)+" chosen twice")
		}
	}
	if len(s.ReplyIDs) > 1 && n.q.takesOne() {
		return n.problem(RuleOneReply, "takes one reply only")
	}
	return nil
}

func (n *node) checkEngagement(s QuestionState) *Problem {
	q := &n.q
	if s.Engagement == nil || s.Text != "" || len(s.ReplyIDs) > 0 {
		return n.problem(RuleKind, "wants engagement attributes")
	}
	kind := s.Engagement.EngagementType()
	if _, isOther := s.Engagement.(OtherEngagement); isOther {
		return n.problem(RuleKind, "wants a Service, a Lead or a Purchase")
	}
	if q.Engagement != nil && q.Engagement.Type != "" && q.Engagement.Type.normal() != kind {
		return n.problem(RuleKind, "wants engagement attributes of type "+string(q.Engagement.Type.normal()))
	}
	given := 0
	for _, m := range s.Engagement.members() {
		if m.value == "" {
			continue
		}
		given++
		if m.key == "" {
			continue
		}
		switch {
		case !utf8.ValidString(m.value):
			return n.problem(RuleUTF8, m.asked+" must be UTF-8")
		case q.Engagement != nil && len(q.Engagement.Attributes) > 0 && !slices.Contains(q.Engagement.Attributes, m.asked):
			return n.problem(RuleAttribute, "does not ask for "+m.asked)
		case m.number && !isNumber(m.value):
			return n.problem(RuleNumber, m.asked+" must be a decimal number")
		case !m.number && q.MaxCharacters > 0 && characters(m.value) > q.MaxCharacters:
			return n.problem(RuleLength, m.asked+" must not be longer than "+strconv.Itoa(q.MaxCharacters)+" characters")
		}
	}
	if given == 0 {
		return n.problem(RuleEmpty, "must have at least one attribute")
	}
	return nil
}

// characters counts as Java and JavaScript do, which is never less than the
// number of code points.
func characters(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

func isNumberText(s string) bool {
	s = strings.TrimSpace(s)
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	whole, fraction, dotted := strings.Cut(s, ".")
	return isDigits(whole) && (!dotted || isDigits(fraction))
}

// parseDate reads the answer to a date question: in the given layout, as a
// day, or as RFC 3339.
func parseDate(layout, s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	t, err := time.Parse(layout, s)
	for _, other := range []string{time.DateOnly, time.RFC3339} {
		if err == nil {
			break
		}
		t, err = time.Parse(other, s)
	}
	return t, err
}
