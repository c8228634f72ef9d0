package agentsurvey_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
)

// pageQuestions are the first questions of the samples on the Get Agent Survey,
// Get Agent Survey State and Appendix pages; the ids differ.
func pageQuestions(date, engaged int64) []agentsurvey.Question {
	return []agentsurvey.Question{
		{ID: date, Order: 1, Text: "questionText", Next: 3, Required: true, Category: agentsurvey.DateAnswer, Definition: agentsurvey.RegularQuestion},
		{
			ID: engaged, Order: 4, Text: "question_text", Next: 5, Required: true, Category: agentsurvey.FreeText,
			Definition: agentsurvey.EngagementAttributes, MaxCharacters: 1024,
			Engagement: &agentsurvey.EngagementAttribute{Type: agentsurvey.ServiceActivityType, Attributes: []string{"topic", "status"}},
		},
	}
}

func choice(id int64, replies ...agentsurvey.Reply) agentsurvey.Question {
	return agentsurvey.Question{
		ID: id, Order: 8, Text: "question_text", Next: 9, Required: true, Category: agentsurvey.Checkbox,
		Definition: agentsurvey.RegularQuestion, Replies: replies,
	}
}

func TestPageSamples(t *testing.T) {
	t.Parallel()
	surveys, _ := scripted(t, []string{
		"200\nx-lp-state-rev: 1564031641145901056\n\n" + sample(t, "get"),
		"200\n\n" + sample(t, "state"),
		"200\n\n" + sample(t, "appendix"),
	})
	s, err := surveys.Get(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, ref, s.Ref)
	assert.EqualValues(t, 3538577310, s.ID)
	assert.Equal(t, "skillsurvey", s.Name)
	assert.EqualValues(t, 1, s.Root)
	assert.Zero(t, s.Timeout)
	assert.Equal(t, agentsurvey.SurveyContext{Status: agentsurvey.Open, Revision: 1564031641145901056}, s.SurveyContext)
	branch := choice(8454, agentsurvey.Reply{ID: 1399, Text: "questionText", Next: 7676}, agentsurvey.Reply{ID: 1478, Text: "questionText"})
	branch.ContainsLogic = true
	want := append(pageQuestions(1787, 4565),
		choice(8454, agentsurvey.Reply{ID: 1134, Text: "questionText"}, agentsurvey.Reply{ID: 1245, Text: "questionText"}), branch)
	assert.Equal(t, want, s.Questions)

	// The root is no question, next leads nowhere, an id is there twice: it
	// is a survey to be filled in all the same.
	form := s.Form()
	assert.Equal(t, []int64{1787, 4565, 8454}, ids(form.Questions()))
	require.NoError(t, form.Answer(1787, agentsurvey.Date(time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC))))
	require.NoError(t, form.Answer(4565, agentsurvey.Engaged(agentsurvey.Service{Topic: "my topic", Status: "0"})))
	require.NoError(t, form.Answer(8454, agentsurvey.Choice(1134)))
	root, pending := form.Pending()
	assert.True(t, pending)
	assert.EqualValues(t, 9, root)
	require.NoError(t, form.Answer(8454, agentsurvey.Choice(1399)))
	root, _ = form.Pending()
	assert.EqualValues(t, 7676, root)
	require.NoError(t, form.Validate())

	s, err = surveys.State(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, 127*time.Minute, s.Timeout)
	assert.EqualValues(t, 11, s.Root)
	assert.EqualValues(t, 1564319724453625856, s.Revision)
	want = append(pageQuestions(1565, 4456),
		agentsurvey.Question{
			ID: 6334, Order: 6, Text: "question_text", Next: 7, Required: true, Category: agentsurvey.FreeText,
			Definition: agentsurvey.RegularQuestion, MaxCharacters: 1024,
		},
		choice(8454, agentsurvey.Reply{ID: 11, Text: "questionText"}, agentsurvey.Reply{ID: 12, Text: "questionText"}))
	want[0].State = &agentsurvey.QuestionState{ID: 1565, Status: agentsurvey.Show}
	want[1].State = &agentsurvey.QuestionState{ID: 4456, Status: agentsurvey.Answered, Engagement: agentsurvey.Service{Topic: "my topic", Status: "3"}}
	want[2].State = &agentsurvey.QuestionState{ID: 6334, Status: agentsurvey.Answered, Text: "my free text answer"}
	want[3].State = &agentsurvey.QuestionState{ID: 8454, Status: agentsurvey.Answered, ReplyIDs: []int64{11}}
	assert.Equal(t, want, s.Questions)
	form = s.Form()
	assert.Equal(t, agentsurvey.Progress{Visible: 4, Answered: 3, RequiredLeft: 1, Pending: true}, form.Progress())
	assert.Equal(t, []int64{1565}, ids(form.Missing()))
	assert.Equal(t, []int64{1565}, ids(form.Unanswered()))
	assert.False(t, form.Changed())
	// What was read as service_activity is written as service.
	out, err := json.Marshal(form.States())
	require.NoError(t, err)
	assert.Equal(t, `[{"id":1565,"questionStatus":"show"},`+
		`{"id":4456,"questionStatus":"answer","engAttribute":{"type":"service","service":{"topic":"my topic","status":3}}},`+
		`{"id":6334,"questionStatus":"answer","freeTextReply":"my free text answer"},`+
		`{"id":8454,"questionStatus":"answer","replyIds":[11]}]`, string(out))

	s, err = surveys.Get(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, append(pageQuestions(1, 4),
		choice(8, agentsurvey.Reply{ID: 11, Text: "questionText"}, agentsurvey.Reply{ID: 12, Text: "questionText"})), s.Questions)
}

func TestPageSamplesOfWrites(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1564378978227).UTC()
	surveys, _ := scripted(t, []string{
		"200\n\n" + everyKind, "200\n\n" + sample(t, "submitted"),
		"200\n\n" + everyKind, "200\n\n" + sample(t, "dismissed"),
	})
	survey, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	result, err := surveys.Submit(t.Context(), survey.Form())
	require.NoError(t, err)
	assert.Equal(t, &agentsurvey.Result{Tries: 1, SurveyContext: agentsurvey.SurveyContext{
		Status: agentsurvey.Submitted, LastAction: at, Revision: 1564378978225684480,
	}}, result)
	survey, err = surveys.State(t.Context(), ref)
	require.NoError(t, err)
	result, err = surveys.Dismiss(t.Context(), survey.Form())
	require.NoError(t, err)
	assert.Equal(t, &agentsurvey.Result{Tries: 1, SurveyContext: agentsurvey.SurveyContext{
		Status: agentsurvey.Dismissed, LastAction: at, Revision: 1564378978225684480,
	}}, result)

	// The Save page's body is read, and written again.
	var states []agentsurvey.QuestionState
	require.NoError(t, json.Unmarshal([]byte(sample(t, "save-body")), &states))
	assert.Equal(t, []agentsurvey.QuestionState{
		{ID: 16566656, Status: agentsurvey.Show},
		{ID: 25646456, Status: agentsurvey.Answered, ReplyIDs: []int64{11}},
		{ID: 34565645, Status: agentsurvey.Answered, Text: "this is the agent's response"},
		{ID: 78997887, Status: agentsurvey.Answered, Engagement: agentsurvey.Service{Topic: "loan", Status: "3", Category: "business", ServiceID: "544547"}},
		{ID: 8786788, Status: agentsurvey.Answered, Engagement: agentsurvey.Lead{Topic: "sales", Value: "2.0", LeadID: "878979", Currency: "USD"}},
		{ID: 11345354, Status: agentsurvey.Answered, Engagement: agentsurvey.Purchase{Total: "100.5", OrderID: "476847365", Currency: "USD"}},
	}, states)
	out, err := json.Marshal(states)
	require.NoError(t, err)
	assert.JSONEq(t, sample(t, "save-body"), string(out))
}
