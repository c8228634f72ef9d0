package chatagent

import (
	"context"
	"net/http"
	"slices"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
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

// Survey is the agent survey of a chat. That of a messaging conversation is in
// package agentsurvey.
type Survey struct {
	ID        string
	Title     string
	Header    string
	Questions []Question
}

// Question is one question of a chat survey.
type Question struct {
	ID             string
	LogicID        int64
	Order          int64
	Type           QuestionType
	ValidationType string // alphanumeric, alpha_numeric, numeric or email
	Mandatory      bool
	Label          string
	LastKnownValue string // the default of a text question
	Entries        []Entry
	// Answers are the values given: of one entry, of several in a checkbox, or
	// the text. Set them with Survey.Answer.
	Answers []string
}

// Entry is one choice of a question.
type Entry struct {
	Checked      bool
	Value        string
	DisplayValue string
	// Shows are the LogicIDs of the questions that this choice opens.
	Shows []int64
}

// ChatSurvey returns the survey that the agent fills for this chat (Retrieve
// Agent Survey Structure page).
func (c *Chat) ChatSurvey(ctx context.Context) (*Survey, error) {
	at, url := c.at()
	out, _, err := rest.Do[surveyDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.ChatSurvey", Method: http.MethodGet, Class: retry.Idempotent,
		URL: url.Join("/survey"), Query: query,
	})
	if err != nil {
		return nil, err
	}
	return out.survey(), nil
}

// SubmitChatSurvey submits a survey with its answers (Submit Survey Data page).
// Submitting sets the answers, so a lost answer is made good by sending again.
// An answer that breaks a rule of the survey is a *liveperson.InputError.
func (c *Chat) SubmitChatSurvey(ctx context.Context, s *Survey) error {
	const op = "chatagent.SubmitChatSurvey"
	if s == nil {
		return &liveperson.InputError{Op: op, Field: "survey", Rule: "must not be nil"}
	}
	if field, rule := s.check(); rule != "" {
		return &liveperson.InputError{Op: op, Field: field, Rule: rule}
	}
	at, url := c.at()
	_, _, err := rest.Do[rest.None](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPut, Override: true, Class: retry.Idempotent,
		URL: url.Join("/survey"), Query: query, Body: s.doc(),
	})
	return err
}

// Visible tells whether a question is shown, given the answers: a question
// that some choice opens is shown only when one such choice is made in a
// question that is itself shown.
func (s *Survey) Visible(q *Question) bool { return s.visible(q, nil) }

func (s *Survey) visible(q *Question, above []string) bool {
	if slices.Contains(above, q.ID) {
		return false // a loop opens nothing
	}
	opened := false
	for i := range s.Questions {
		p := &s.Questions[i]
		for _, e := range p.Entries {
			if !slices.Contains(e.Shows, q.LogicID) {
				continue
			}
			opened = true
			if slices.Contains(p.Answers, e.Value) && s.visible(p, append(above, q.ID)) {
				return true
			}
		}
	}
	return !opened
}

// Answer sets the answers of the question with that id: entry values, or one
// text. No values take the answer back.
func (s *Survey) Answer(questionID string, values ...string) error {
	const op = "chatagent.Survey.Answer"
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
