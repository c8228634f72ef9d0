package chatagent

import (
	"context"
	"slices"

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
	LastKnownValue string // the default of a text question
	Entries        []SurveyEntry
	// Answers are the values given: of one entry, of several in a checkbox, or
	// the text. Set them with ChatSurvey.Answer.
	Answers []string
}

// SurveyEntry is one choice of a question.
type SurveyEntry struct {
	Checked      bool
	Value        string
	DisplayValue string
	// Shows are the LogicIDs of the questions that this choice opens.
	Shows []int64
}

// Survey returns the survey that the agent fills for this chat.
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

// SubmitSurvey submits a survey with its answers. Submitting sets the
// answers, so a lost answer is made good by sending again. An answer that
// breaks a rule of the survey is a *liveperson.InputError.
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

// Visible tells whether a question is shown, given the answers: a question
// that some choice opens is shown only when one such choice is made in a
// question that is itself shown.
func (s *ChatSurvey) Visible(q *SurveyQuestion) bool { return s.visible(q, nil) }

func (s *ChatSurvey) visible(q *SurveyQuestion, above []string) bool {
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
