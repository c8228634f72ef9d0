package lptest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"
)

// readAnswers reads the list of question states that is saved or submitted,
// and refuses what does not fit the survey.
func (c *call) readAnswers(v *survey) (map[int64]Answer, *answer) {
	states, isList := c.doc.value.([]any)
	if !isList {
		a := fail(http.StatusBadRequest, codeBadRequest, "A list of question states is wanted")
		return nil, &a
	}
	answers := map[int64]Answer{}
	if v.MergeSaves {
		answers = maps.Clone(c.answers(v))
	}
	listed := map[int64]bool{}
	for _, state := range states {
		a, complaint := v.readAnswer(document{state, true})
		if complaint == "" && listed[a.Question] {
			complaint = fmt.Sprintf("question %d is there twice", a.Question)
		}
		if complaint != "" {
			a := fail(http.StatusBadRequest, codeBadRequest, complaint)
			return nil, &a
		}
		listed[a.Question] = true
		c.s.storeReply(&a)
		answers[a.Question] = a
	}
	return answers, nil
}

func (v *survey) readAnswer(d document) (Answer, string) {
	id, isNumber := d.field("id").number()
	q := v.byID[id]
	if !isNumber || q == nil {
		return Answer{}, "a state's id is no question of this survey"
	}
	a := Answer{Question: id, Status: d.text("questionStatus")}
	complain := func(what string) (Answer, string) { return a, fmt.Sprintf("question %d: %s", id, what) }
	if a.Status != "show" && a.Status != "answer" {
		return complain("questionStatus is show or answer")
	}
	for _, reply := range d.field("replyIds").elements() {
		n, isNumber := reply.number()
		if !isNumber || !slices.ContainsFunc(q.Replies, func(r Reply) bool { return r.ID == n }) {
			return complain("there is no such reply")
		}
		if a.chose(n) {
			return complain("a reply is chosen twice")
		}
		a.Replies = append(a.Replies, n)
	}
	if text := d.field("freeTextReply"); text.valid && text.value != nil {
		plain, isScalar := text.scalar() // a public client sends bare numbers
		if !isScalar {
			return complain("freeTextReply is a text")
		}
		a.Text = plain
	}
	if d.has("engAttribute") {
		attribute := d.object("engAttribute")
		data, err := json.Marshal(attribute.value)
		if !attribute.valid || err != nil {
			return complain("engAttribute is an object")
		}
		a.Engagement = data
	}
	if what := q.check(a, d); what != "" {
		return complain(what)
	}
	return a, ""
}

// check holds an answer to the category of its question.
func (q *Question) check(a Answer, d document) string {
	if a.Status == "show" {
		return ""
	}
	choice := q.Category == "radio_button" || q.Category == "dropdown" || q.Category == "checkbox"
	engagement := q.Definition == "engagement_attributes"
	switch {
	case len(a.Engagement) > 0 && !engagement:
		return "engAttribute does not belong here"
	case len(a.Replies) > 0 && !choice:
		return "replyIds do not belong here"
	case a.Text != "" && choice:
		return "freeTextReply does not belong here"
	case len(a.Replies) > 1 && q.Category != "checkbox":
		return "only one reply may be chosen"
	case q.MaxCharacters > 0 && utf8.RuneCountInString(a.Text) > q.MaxCharacters:
		return "the text is longer than maxCharacters"
	case q.Category == "number" && a.Text != "" && !numericText.MatchString(a.Text):
		return "the text is no number"
	}
	if len(a.Engagement) > 0 {
		kind := d.object("engAttribute").text("type")
		if kind != "service" && kind != "lead" && kind != "purchase" && kind != "service_activity" {
			return "engAttribute's type is service, lead or purchase"
		}
	}
	return ""
}

// complete reports what forbids a submission: a required question that is
// open and unanswered, or an answer to one that is not open.
func (v *survey) complete(answers map[int64]Answer) string {
	open := map[int64]bool{}
	for _, q := range v.visible(answers) {
		open[q.ID] = true
		if q.Required && !answers[q.ID].given() {
			return fmt.Sprintf("question %d is required", q.ID)
		}
	}
	for _, q := range v.Questions {
		if !open[q.ID] && answers[q.ID].given() {
			return fmt.Sprintf("question %d is not open with these answers", q.ID)
		}
	}
	return ""
}
