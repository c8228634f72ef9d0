package agentsurvey

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Answer is an answer to one question. Make it with one of the functions
// below and give it to [Form.Answer].
type Answer struct {
	kind       answerKind
	ids        []int64
	texts      []string
	when       time.Time
	engagement Engagement
}

type answerKind int

const (
	noAnswer answerKind = iota
	byID
	byText
	asText
	asNumber
	asDate
	asEngagement
)

// Choice chooses replies by their ids: one for a radio_button or dropdown, one
// or more for a checkbox.
func Choice(replies ...int64) Answer { return Answer{kind: byID, ids: slices.Clone(replies)} }

// ChoiceText chooses replies by what they say. Without an exact match, letter
// case and spaces around the text do not matter; a text that fits several
// replies is refused.
func ChoiceText(texts ...string) Answer { return Answer{kind: byText, texts: slices.Clone(texts)} }

// Text answers a free_text question. A number or date question takes it too if
// it is one.
func Text(s string) Answer { return Answer{kind: asText, texts: []string{s}} }

// Number answers a number question: with the shortest decimal text that means
// n exactly, without an exponent. Infinity and NaN are refused.
func Number[T ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64](n T) Answer {
	var text string
	switch v := reflect.ValueOf(n); {
	case v.CanInt():
		text = strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		text = strconv.FormatUint(v.Uint(), 10)
	default:
		text = strconv.FormatFloat(v.Float(), 'f', -1, v.Type().Bits())
	}
	return Answer{kind: asNumber, texts: []string{text}}
}

// Date answers a date question with the day of t, in t's own time zone; see
// [WithDateLayout].
func Date(t time.Time) Answer { return Answer{kind: asDate, when: t} }

// Engaged answers a question for engagement attributes with a [Service], a
// [Lead] or a [Purchase].
func Engaged(e Engagement) Answer { return Answer{kind: asEngagement, engagement: e} }

// answer is the state that a makes of question n, checked.
func (g *graph) answer(n *node, a Answer) (QuestionState, *Problem) {
	s := QuestionState{ID: n.q.ID, Status: Answered}
	q := &n.q
	switch {
	case q.asksEngagement():
		if a.kind != asEngagement {
			return s, n.problem(RuleKind, "wants engagement attributes")
		}
		s.Engagement = a.engagement
	case q.offersChoice():
		switch a.kind {
		case byID:
			s.ReplyIDs = a.ids
		case byText:
			ids, p := n.repliesSaying(a.texts)
			if p != nil {
				return s, p
			}
			s.ReplyIDs = ids
		default:
			return s, n.problem(RuleKind, "wants a choice")
		}
	default:
		switch a.kind {
		case asText, asNumber:
			s.Text = a.texts[0]
			if a.kind == asNumber && !isNumberText(s.Text) {
				return s, n.problem(RuleNumber, "must be a decimal number")
			}
		case asDate:
			if a.when.IsZero() {
				return s, n.problem(RuleDate, "must not be the zero time")
			}
			s.Text = a.when.Format(g.dateLayout)
		default:
			return s, n.problem(RuleKind, "wants a text")
		}
	}
	s = s.settled()
	return s, g.check(n, s)
}

// repliesSaying finds replies by their texts.
func (n *node) repliesSaying(texts []string) ([]int64, *Problem) {
	const several = -1
	exact, loose := map[string]int{}, map[string]int{}
	note := func(m map[string]int, key string, i int) {
		if _, taken := m[key]; taken {
			i = several
		}
		m[key] = i
	}
	for i, r := range n.q.Replies {
		note(exact, r.Text, i)
		note(loose, loosely(r.Text), i)
	}
	ids := make([]int64, 0, len(texts))
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return nil, n.problem(RuleUTF8, "must be UTF-8")
		}
		i, found := exact[text]
		if !found {
			i, found = loose[loosely(text)]
		}
		switch {
		case !found:
			return nil, n.problem(RuleUnknownReply, "offers no reply with that text")
		case i == several:
			return nil, n.problem(RuleUnknownReply, "offers several replies with that text: choose by id")
		}
		ids = append(ids, n.q.Replies[i].ID)
	}
	return ids, nil
}

func loosely(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
