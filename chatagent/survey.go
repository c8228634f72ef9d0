package chatagent

import (
	"cmp"
	"context"
	"net/mail"
	"slices"
	"strconv"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// QuestionType is the form of a chat survey's question.
type QuestionType string

// The question types of the Retrieve Agent Survey Structure page.
const (
	TextField       QuestionType = "Text Field"
	TextArea        QuestionType = "Text Area"
	DropdownBox     QuestionType = "Dropdown Box"
	RadioButton     QuestionType = "Radio Button"
	RadioSideBySide QuestionType = "Radio Button (side by side)"
	Checkbox        QuestionType = "Checkbox" // the only one with several answers
)

// ChatSurvey is the agent survey of a chat. That of a messaging conversation is in
// package agentsurvey.
type ChatSurvey struct {
	ID        string
	Title     string
	Header    string
	Questions []SurveyQuestion
}

// SurveyQuestion is one question of a chat survey.
type SurveyQuestion struct {
	ID             string
	LogicID        int64
	Order          int64
	Type           QuestionType
	ValidationType string // alphanumeric, alpha_numeric, numeric or email
	Mandatory      bool
	Label          string
	// LastKnownValue is what a text question has in its field: the text that was
	// submitted, or a default.
	LastKnownValue string
	Entries        []SurveyEntry
	// Answers are the values given: of one entry, of several in a checkbox, or
	// the text. Set them with ChatSurvey.Answer. A hidden question may have some,
	// which count when it is shown again.
	Answers []string
}

// SurveyEntry is one choice of a question.
type SurveyEntry struct {
	Checked      bool // as it was read; what is submitted goes by the Answers
	Value        string
	DisplayValue string
	// Shows are the LogicIDs of the questions that this choice opens.
	Shows []int64
}

// Survey returns the survey that the agent fills for this chat, with the answers
// that it has: those that the service lists for a question, or else the entries
// that are checked, or else the LastKnownValue of a text question that is shown.
// Whether that was ever submitted cannot be told: like the text in a form's field,
// it is submitted unless it is changed, or taken back with Answer.
//
// A chat for which there is no survey is liveperson.ErrNotFound. The time for a survey
// is when its chat has ended: in the handler, once Lines has ended; or, since the
// handler's context is over at a stop, at [ChatClosed] with [WithOnUpdate].
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-agent-survey-structure.html
func (c *Chat) Survey(ctx context.Context) (*ChatSurvey, error) {
	at, url := c.at()
	out, err := rest.Get[surveyDoc](ctx, at.rest, "chatagent.Survey", url.Join("/survey"), query)
	if err != nil {
		return nil, err
	}
	return out.survey(), nil
}

// SubmitSurvey submits a survey with the answers to the questions that are shown,
// and may be called again after a change. Submitting sets the answers, so a lost
// answer is made good by sending again. An answer that breaks a rule of the survey
// is a *liveperson.InputError.
//
// https://developers.liveperson.com/chat-agent-api-methods-submit-survey-data.html
func (c *Chat) SubmitSurvey(ctx context.Context, s *ChatSurvey) error {
	const op = "chatagent.SubmitSurvey"
	if field, rule := s.check(); rule != "" {
		return &liveperson.InputError{Op: op, Field: field, Rule: rule}
	}
	at, url := c.at()
	return put(ctx, at, op, url.Join("/survey"), s.doc(), rest.Request{})
}

// Visible tells whether a question of the survey is shown, given the answers: a
// question that some choice opens is shown only when one such choice is made in a
// question that is itself shown.
func (s *ChatSurvey) Visible(q *SurveyQuestion) bool { return s.shown()[q.LogicID] }

// shown tells by LogicID which questions are shown. A loop of questions that open
// each other is not, unless something else opens it.
func (s *ChatSurvey) shown() map[int64]bool {
	opened := map[int64]bool{}           // by some choice, made or not
	choices := map[int64][]SurveyEntry{} // those made, by the LogicID of their question
	for _, q := range s.Questions {
		for _, e := range q.Entries {
			for _, id := range e.Shows {
				opened[id] = true
			}
			if slices.Contains(q.Answers, e.Value) {
				choices[q.LogicID] = append(choices[q.LogicID], e)
			}
		}
	}
	shown := map[int64]bool{}
	var show func(id int64)
	show = func(id int64) {
		if shown[id] {
			return
		}
		shown[id] = true
		for _, e := range choices[id] {
			for _, next := range e.Shows {
				show(next)
			}
		}
	}
	for _, q := range s.Questions {
		if !opened[q.LogicID] {
			show(q.LogicID)
		}
	}
	return shown
}

// Answer sets the answers of the question with that id: entry values, or one
// text. No values take the answer back.
func (s *ChatSurvey) Answer(questionID string, values ...string) error {
	const op = "chatagent.ChatSurvey.Answer"
	for i := range s.Questions {
		q := &s.Questions[i]
		if q.ID != questionID {
			continue
		}
		if rule := q.rule(values); rule != "" {
			return &liveperson.InputError{Op: op, Field: "question " + questionID, Rule: rule}
		}
		q.Answers = slices.Clone(values)
		return nil
	}
	return &liveperson.InputError{Op: op, Field: "question " + questionID, Rule: "must be one of the survey's"}
}

// check returns the first question that is shown and the rule that its answer
// breaks.
func (s *ChatSurvey) check() (field, rule string) {
	if s == nil {
		return "survey", "must not be nil"
	}
	shown := s.shown()
	for i := range s.Questions {
		q := &s.Questions[i]
		if !shown[q.LogicID] {
			continue
		}
		field = "question " + q.ID
		if q.Mandatory && len(q.Answers) == 0 {
			return field, "must be answered"
		}
		if rule := q.rule(q.Answers); rule != "" {
			return field, rule
		}
	}
	return "", ""
}

// rule is what these answers to q break, "" for nothing.
func (q *SurveyQuestion) rule(values []string) string {
	if len(values) > 1 && q.Type != Checkbox {
		return "must have one answer"
	}
	for i, v := range values {
		if len(q.Entries) > 0 {
			if !slices.ContainsFunc(q.Entries, func(e SurveyEntry) bool { return e.Value == v }) {
				return "must be answered with one of its entries"
			}
			if slices.Contains(values[:i], v) {
				return "must not repeat an entry"
			}
			continue
		}
		if v == "" {
			return "must not be answered with an empty text"
		}
		if !utf8.ValidString(v) {
			return "must be answered in UTF-8"
		}
		if v == q.LastKnownValue {
			continue // the service took it, or offers it
		}
		switch q.ValidationType {
		case "numeric":
			if _, err := strconv.ParseFloat(v, 64); err != nil {
				return "must be a number"
			}
		case "email":
			if a, err := mail.ParseAddress(v); err != nil || a.Address != v {
				return "must be an e-mail address"
			}
		}
	}
	return ""
}

// surveyDoc is a chat survey as it is read and as it is submitted.
type surveyDoc struct {
	Survey surveyBody `json:"survey"`
}

type surveyBody struct {
	ID        string `json:"id,omitempty"`
	Title     string `json:"title"`
	Header    string `json:"header"`
	Questions struct {
		Question []questionBody `json:"question"`
	} `json:"questions"`
	// Question are questions without the level above.
	Question []questionBody `json:"question,omitempty"`
}

type questionBody struct {
	Mandatory      bool        `json:"mandatory"`
	Order          int64       `json:"order"`
	LogicID        int64       `json:"logicId"`
	ID             string      `json:"id"`
	Type           string      `json:"type"`
	ValidationType string      `json:"validationType,omitempty"`
	Label          string      `json:"label"`
	LastKnownValue string      `json:"lastKnownValue,omitempty"`
	Entries        []entryBody `json:"entry,omitempty"`
	Answers        *[]string   `json:"answer,omitempty"` // nil when the document has none
}

type entryBody struct {
	Checked      bool       `json:"checked"`
	Value        string     `json:"value"`
	DisplayValue string     `json:"displayValue,omitempty"`
	Logic        *logicBody `json:"logic,omitempty"`
}

type logicBody struct {
	Shows []int64 `json:"showLogicId"`
}

// survey turns what was read into what the caller works with.
func (d *surveyDoc) survey() *ChatSurvey {
	s := &ChatSurvey{ID: d.Survey.ID, Title: d.Survey.Title, Header: d.Survey.Header}
	bodies := slices.Concat(d.Survey.Questions.Question, d.Survey.Question)
	slices.SortStableFunc(bodies, func(a, b questionBody) int { return cmp.Compare(a.Order, b.Order) })
	for _, b := range bodies {
		q := SurveyQuestion{
			ID: b.ID, LogicID: b.LogicID, Order: b.Order, Type: QuestionType(b.Type), ValidationType: b.ValidationType,
			Mandatory: b.Mandatory, Label: b.Label, LastKnownValue: b.LastKnownValue,
		}
		var given []string
		for _, e := range b.Entries {
			entry := SurveyEntry{Checked: e.Checked, Value: e.Value, DisplayValue: e.DisplayValue}
			if e.Logic != nil {
				entry.Shows = e.Logic.Shows
			}
			if e.Checked {
				given = append(given, e.Value)
			}
			q.Entries = append(q.Entries, entry)
		}
		if b.Answers != nil {
			given = slices.DeleteFunc(*b.Answers, func(v string) bool { return v == "" })
		}
		for _, v := range given {
			if !slices.Contains(q.Answers, v) {
				q.Answers = append(q.Answers, v)
			}
		}
		s.Questions = append(s.Questions, q)
	}
	shown := s.shown()
	for i, b := range bodies {
		if b.Answers == nil && len(b.Entries) == 0 && b.LastKnownValue != "" && shown[b.LogicID] {
			s.Questions[i].Answers = []string{b.LastKnownValue}
		}
	}
	return s
}

// doc is the survey as it is submitted: entries checked, and the answers listed.
// The service may take a lastKnownValue for an answer, so it goes only with one.
func (s *ChatSurvey) doc() surveyDoc {
	d := surveyDoc{Survey: surveyBody{ID: s.ID, Title: s.Title, Header: s.Header}}
	shown := s.shown()
	for i := range s.Questions {
		q := &s.Questions[i]
		b := questionBody{
			Mandatory: q.Mandatory, Order: q.Order, LogicID: q.LogicID, ID: q.ID, Type: string(q.Type),
			ValidationType: q.ValidationType, Label: q.Label,
		}
		answered := shown[q.LogicID] && len(q.Answers) > 0
		if answered {
			b.LastKnownValue, b.Answers = q.LastKnownValue, &q.Answers
		}
		for _, e := range q.Entries {
			entry := entryBody{Checked: answered && slices.Contains(q.Answers, e.Value), Value: e.Value, DisplayValue: e.DisplayValue}
			if len(e.Shows) > 0 {
				entry.Logic = &logicBody{e.Shows}
			}
			b.Entries = append(b.Entries, entry)
		}
		d.Survey.Questions.Question = append(d.Survey.Questions.Question, b)
	}
	return d
}
