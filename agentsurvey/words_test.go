package agentsurvey_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
)

// The words of the Appendix page mean what the constants say.
func TestCategoriesAndDefinitions(t *testing.T) {
	t.Parallel()
	surveys, _ := scripted(t, []string{"200\n\n" + `{"id":7,"root":1,"questions":[` +
		`{"id":1,"category":"free_text","questionDefinition":"regular_question"},` +
		`{"id":2,"category":"radio_button","questionDefinition":"conversation_topic"},` +
		`{"id":3,"category":"checkbox","questionDefinition":"conversation_outcome"},` +
		`{"id":4,"category":"dropdown","questionDefinition":"engagement_attributes"},` +
		`{"id":5,"category":"number"},{"id":6,"category":"date"}]}`})
	s, err := surveys.State(t.Context(), ref, agentsurvey.Full())
	require.NoError(t, err)
	var categories []agentsurvey.Category
	var definitions []agentsurvey.Definition
	for _, q := range s.Questions {
		categories, definitions = append(categories, q.Category), append(definitions, q.Definition)
	}
	assert.Equal(t, []agentsurvey.Category{
		agentsurvey.FreeText, agentsurvey.RadioButton, agentsurvey.Checkbox, agentsurvey.Dropdown, agentsurvey.NumberAnswer, agentsurvey.DateAnswer,
	}, categories)
	assert.Equal(t, []agentsurvey.Definition{
		agentsurvey.RegularQuestion, agentsurvey.ConversationTopic, agentsurvey.ConversationOutcome, agentsurvey.EngagementAttributes, "", "",
	}, definitions)
}

// As JSON, questions have the names of the Go fields.
func TestQuestionJSON(t *testing.T) {
	t.Parallel()
	out, err := json.Marshal(agentsurvey.Question{
		ID: 1, Order: 2, Text: "t", Next: 3, NextInOrder: true, Required: true, Category: agentsurvey.Checkbox,
		Definition: agentsurvey.RegularQuestion, MaxCharacters: 4, ContainsLogic: true,
		Replies:    []agentsurvey.Reply{{ID: 5, Text: "r", Next: 6, NextInOrder: true}},
		Engagement: &agentsurvey.EngagementAttribute{Type: agentsurvey.LeadType, Attributes: []string{"topic"}},
		State:      &agentsurvey.QuestionState{ID: 1, Status: agentsurvey.Show},
	})
	require.NoError(t, err)
	assert.Equal(t, `{"id":1,"order":2,"text":"t","next":3,"nextInOrder":true,"required":true,"category":"checkbox","definition":"regular_question",`+
		`"maxCharacters":4,"replies":[{"id":5,"text":"r","next":6,"nextInOrder":true}],"containsLogic":true,`+
		`"engagement":{"type":"lead","attributes":["topic"]},"state":{"id":1,"questionStatus":"show"}}`, string(out))

	out, err = json.Marshal(agentsurvey.Question{ID: 7, Order: 1})
	require.NoError(t, err)
	assert.Equal(t, `{"id":7,"order":1}`, string(out))
	out, err = json.Marshal(agentsurvey.EngagementAttribute{Type: agentsurvey.LeadType})
	require.NoError(t, err)
	assert.Equal(t, `{"type":"lead"}`, string(out))
	out, err = json.Marshal(agentsurvey.Reply{ID: 5})
	require.NoError(t, err)
	assert.Equal(t, `{"id":5}`, string(out))
}

// What a person reads of a problem.
func TestProblemsAsText(t *testing.T) {
	t.Parallel()
	for rule, text := range map[agentsurvey.Rule]string{
		agentsurvey.RuleUnknownQuestion: "question 7: unknown question: detail",
		agentsurvey.RuleHidden:          "question 7: hidden question: detail",
		agentsurvey.RuleKind:            "question 7: wrong kind of answer: detail",
		agentsurvey.RuleUnknownReply:    "question 7: unknown reply: detail",
		agentsurvey.RuleRepeatedReply:   "question 7: repeated reply: detail",
		agentsurvey.RuleOneReply:        "question 7: one reply only: detail",
		agentsurvey.RuleEmpty:           "question 7: empty answer: detail",
		agentsurvey.RuleUTF8:            "question 7: not UTF-8: detail",
		agentsurvey.RuleLength:          "question 7: too long: detail",
		agentsurvey.RuleNumber:          "question 7: not a number: detail",
		agentsurvey.RuleDate:            "question 7: not a date: detail",
		agentsurvey.RuleAttribute:       "question 7: attribute not asked for: detail",
		agentsurvey.RuleRequired:        "question 7: required: detail",
	} {
		assert.Equal(t, text, agentsurvey.Problem{Question: 7, Rule: rule, Detail: "detail"}.String())
	}
}

// What a form does not have is not in its JSON.
func TestStoredFormWithoutAnything(t *testing.T) {
	t.Parallel()
	const stored = `{"format":1,"ref":{"conversation":"c","skill":"-1"},"surveyId":0,"root":1,"agentSurveyStatus":"","lastActionTimeInMillis":0,` +
		`"autoCloseTimestamp":0,"stateRevision":"0","questions":[{"id":1,"orderId":0,"engagementAttribute":{"type":"lead"}}],"listed":[0],` +
		`"saved":[],"answers":[],"dateLayout":"2006-01-02"}`
	var form agentsurvey.Form
	require.NoError(t, json.Unmarshal([]byte(stored), &form))
	out, err := json.Marshal(&form)
	require.NoError(t, err)
	assert.Equal(t, stored, string(out))
}
