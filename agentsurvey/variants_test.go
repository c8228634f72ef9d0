package agentsurvey_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
)

// Each list: documents that say the same.
func TestVariants(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1564378978227).UTC()
	question := agentsurvey.Question{
		ID: 9007199254740993, Order: 2, Text: "12", Next: 3, NextInOrder: true, Required: true, Category: "radio_button",
		Definition: "regular_question", MaxCharacters: 10, ContainsLogic: true,
		Replies: []agentsurvey.Reply{{ID: 11, Text: "true", Next: 9007199254740993, NextInOrder: true}},
		State:   &agentsurvey.QuestionState{ID: 9007199254740993, Status: agentsurvey.Answered, ReplyIDs: []int64{11}},
	}
	for name, docs := range map[string][]string{
		"all": {
			`{"id":7,"name":"n","description":"d","root":1,"actualTimeoutInMinutes":127,"questions":[{"id":9007199254740993,"orderId":2,"text":"12","next":3,"nextInOrder":true,"required":true,"category":"radio_button","questionDefinition":"regular_question","maxCharacters":10,"replies":[{"id":11,"text":"true","next":9007199254740993,"nextInOrder":true}],"containsLogic":true,"questionState":{"id":9007199254740993,"questionStatus":"answer","replyIds":[11]}}],"agentSurveyContext":{"agentSurveyStatus":"submitted","lastActionTimeInMillis":1564378978227,"autoCloseTimestamp":1564378978227,"stateRevision":1564378978225684481}}`,
			`{"@id":"7","@name":"n","description":"d","root":"1","actualTimeInMinutes":"127","questions":{"@id":"9007199254740993","@orderId":"2","text":12,"next":"3","nextInOrder":"true","required":"true","category":"radio_button","questionDefinition":"regular_question","maxCharacters":"10","replies":{"@id":"11","text":true,"next":"9007199254740993","nextInOrder":"true"},"containsLogic":"true","questionState":{"@id":"9007199254740993","questionStatus":"answer","replyIds":"11"}},"agentSurveyContext":[{"agentSurveyStatus":"SUBMITTED","lastActionTimeInMillis":"2019-07-29T05:42:58.227Z","autoCloseTimestamp":"1564378978227","stateRevision":"1564378978225684481"}]}`,
			`{"id":7,"name":"n","description":"d","root":1,"actualTimeoutInMinutes":127,"unknown":{"error":1},"questions":[{"id":9007199254740993,"orderId":2,"text":"12","next":3,"nextInOrder":true,"required":1,"category":"radio_button","questionDefinition":"regular_question","maxCharacters":10,"engagementAttribute":null,"replies":[{"id":11,"text":"true","next":9007199254740993,"nextInOrder":true}],"containsLogic":true,"questionState":{"id":"9007199254740993","questionStatus":"answer","replyIds":["11"],"freeTextReply":null,"engAttribute":""}}],"agentSurveyStatus":"submitted","lastActionTimeInMillis":1564378978227,"autoCloseTimestamp":1564378978227,"stateRevision":1564378978225684481}`,
		},
	} {
		for _, doc := range docs {
			surveys, _ := scripted(t, []string{"201\n\n" + doc})
			s, err := surveys.State(t.Context(), ref)
			require.NoError(t, err, name)
			assert.EqualValues(t, 7, s.ID)
			assert.Equal(t, "n", s.Name)
			assert.Equal(t, "d", s.Description)
			assert.EqualValues(t, 1, s.Root)
			assert.Equal(t, 127*time.Minute, s.Timeout)
			assert.Equal(t, []agentsurvey.Question{question}, s.Questions)
			assert.Equal(t, agentsurvey.SurveyContext{Status: agentsurvey.Submitted, LastAction: at, AutoClose: at, Revision: 1564378978225684481}, s.SurveyContext)
			assert.False(t, s.Partial)
		}
	}
}

func TestNothingThere(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		`{}`, `{"questions":null,"agentSurveyContext":null}`, `{"questions":"","agentSurveyContext":""}`,
		`{"questions":[],"actualTimeoutInMinutes":-1,"autoCloseTimestamp":0,"lastActionTimeInMillis":-1}`,
	} {
		surveys, _ := scripted(t, []string{"200\n\n" + doc})
		s, err := surveys.State(t.Context(), ref)
		require.NoError(t, err, doc)
		assert.Empty(t, s.Questions)
		assert.Equal(t, agentsurvey.SurveyContext{}, s.SurveyContext)
		assert.Zero(t, s.Timeout)
		form := s.Form()
		assert.Empty(t, form.Questions())
		require.NoError(t, form.Validate())
	}
}

func TestAnswersThatAreNoSurvey(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		"200\n\n" + `[{"id":1},{"id":2}]`,
		"200\n\n" + `"open"`,
		"200\n\n" + `{"error":{"message":"broken","internalCode":12}}`,
		"302\nlocation: https://evil.example/\n\n",
	} {
		surveys, script := scripted(t, []string{answer})
		s, err := surveys.State(t.Context(), ref)
		assert.Nil(t, s, answer)
		var e *liveperson.Error
		require.ErrorAs(t, err, &e, answer)
		assert.Len(t, script.sent, 1)
	}
}

// A member of an unexpected shape stays empty; the rest counts. A question
// without a usable id is left out.
func TestOddMembers(t *testing.T) {
	t.Parallel()
	surveys, _ := scripted(t, []string{"200\n\n" + `{"name":{"x":1},"stateRevision":1.5,"questions":[{"id":"one"},7,` +
		`{"id":"2","text":["a","b"],"next":"x","maxCharacters":92233720368547758070,"replies":[7,{"id":3,"text":{}}],"questionState":{"id":2,"engAttribute":7}}]}`})
	s, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, []agentsurvey.Question{{ID: 2, Replies: []agentsurvey.Reply{{ID: 3}}}}, s.Questions)
	assert.Empty(t, s.Name)
	assert.Zero(t, s.Revision)
}

func TestTooManyElements(t *testing.T) {
	t.Parallel()
	surveys, _ := scripted(t, []string{"200\n\n" + `{"questions":[` + strings.Repeat("{},", 500000) + `{}]}`})
	_, err := surveys.State(t.Context(), ref)
	require.ErrorIs(t, err, liveperson.ErrTooLarge)
}

func TestWhereTheRevisionIs(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]int64{
		"200\nx-lp-state-rev: 1564378978225684481\n\n{}":                                                                     1564378978225684481,
		"200\nX-LP-State-Rev:  9223372036854775807 \n\n" + `{"stateRevision":1,"agentSurveyContext":{"stateRevision":2}}`:    9223372036854775807,
		"200\nx-lp-state-rev: soon\n\n" + `{"stateRevision":1,"agentSurveyContext":{"stateRevision":"1564378978225684481"}}`: 1564378978225684481,
		"200\n\n" + `{"stateRevision":1564378978225684481}`:                                                                  1564378978225684481,
		"200\n\n" + `{"stateRevision":"1564378978225684481","agentSurveyContext":{"agentSurveyStatus":"open"}}`:              1564378978225684481,
		"200\n\n" + `{"agentSurveyContext":{"stateRevision":9223372036854775807,"agentSurveyStatus":"open"}}`:                9223372036854775807,
	} {
		surveys, _ := scripted(t, []string{answer})
		s, err := surveys.State(t.Context(), ref)
		require.NoError(t, err, answer)
		assert.Equal(t, want, s.Revision, answer)
	}
}

// A write that is answered with nothing but its header goes on with that.
func TestRevisionOfWrites(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]int64{
		"200\nx-lp-state-rev: 1564378978225684481\n\n":                             1564378978225684481,
		"206\n\n" + `{"agentSurveyContext":{"stateRevision":1564378978225684481}}`: 1564378978225684481,
		"200\n\n" + `{"stateRevision":"1564378978225684481"}`:                      1564378978225684481,
		"204\n\n": 1564319724453625857, // that of the state that was read
	} {
		surveys, _ := scripted(t, []string{"200\n\n" + everyKind, answer})
		survey, err := surveys.State(t.Context(), ref)
		require.NoError(t, err)
		form := survey.Form()
		require.NoError(t, form.Answer(18, agentsurvey.Text("-0.50")))
		result, err := surveys.Save(t.Context(), form)
		require.NoError(t, err, answer)
		assert.Equal(t, want, result.Revision, answer)
		assert.Equal(t, want, form.Context().Revision, answer)
		assert.Equal(t, agentsurvey.Open, result.Status)
		assert.False(t, form.Changed())
	}
}

// 206 is a success that says that it is a part.
func TestPartial(t *testing.T) {
	t.Parallel()
	surveys, _ := scripted(t, []string{"206\n\n" + everyKind, "206\n\n" + everyKind})
	s, err := surveys.Get(t.Context(), ref, agentsurvey.Full())
	require.NoError(t, err)
	assert.True(t, s.Partial)
	assert.Len(t, s.Questions, 8)
	s, err = surveys.State(t.Context(), ref)
	require.NoError(t, err)
	assert.True(t, s.Partial)
}

func TestQuestionStateVariants(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]agentsurvey.QuestionState{
		`{"@id":"1","questionStatus":"answer","freeTextReply":12}`:                                                           {ID: 1, Status: "answer", Text: "12"},
		`{"id":1,"questionStatus":"new","freeTextReply":true}`:                                                               {ID: 1, Status: "new", Text: "true"},
		`{"id":1,"questionStatus":"answer","replyIds":["9007199254740993",2]}`:                                               {ID: 1, Status: "answer", ReplyIDs: []int64{9007199254740993, 2}},
		`{"id":1,"questionStatus":"answer","engAttribute":{"type":"service_activity","service":{"topic":"t","status":"3"}}}`: {ID: 1, Status: "answer", Engagement: agentsurvey.Service{Topic: "t", Status: "3"}},
		`{"id":1,"questionStatus":"answer","engAttribute":{"type":"lead","lead":{"value":2.50,"leadId":7}}}`:                 {ID: 1, Status: "answer", Engagement: agentsurvey.Lead{Value: "2.50", LeadID: "7"}},
		`{"id":1,"questionStatus":"answer","engAttribute":{"type":"purchase","service":{"total":"100.5","orderId":8}}}`:      {ID: 1, Status: "answer", Engagement: agentsurvey.Purchase{Total: "100.5", OrderID: "8"}},
		`{"id":1,"questionStatus":"answer","engAttribute":{"type":"purchase"}}`:                                              {ID: 1, Status: "answer", Engagement: agentsurvey.Purchase{}},
		`{"id":1,"questionStatus":"answer","engAttribute":{"type":"refund","service":{"total":1}}}`:                          {ID: 1, Status: "answer", Engagement: agentsurvey.OtherEngagement{Type: "refund", JSON: `{"type":"refund","service":{"total":1}}`}},
		`{"id":1,"questionStatus":"answer","engAttribute":{"type":"purchase","service":null,"purchase":{"total":1}}}`:        {ID: 1, Status: "answer", Engagement: agentsurvey.Purchase{Total: "1"}},
		`{"id":1,"questionStatus":"answer","engAttribute":{"type":"service_activity","service_activity":{"topic":"t"}}}`:     {ID: 1, Status: "answer", Engagement: agentsurvey.Service{Topic: "t"}},
		`{"id":1,"questionStatus":"answer","engAttribute":{}}`:                                                               {ID: 1, Status: "answer"},
	} {
		var got agentsurvey.QuestionState
		require.NoError(t, json.Unmarshal([]byte(in), &got), in)
		assert.Equal(t, want, got, in)
		out, err := json.Marshal(got)
		require.NoError(t, err)
		var again agentsurvey.QuestionState
		require.NoError(t, json.Unmarshal(out, &again), string(out))
		assert.Equal(t, want, again)
	}
	// Members that the pages do not name are not dropped.
	const odd = `{"id":1,"questionStatus":"answer","engAttribute":{"type":"service","service":{"topic":"t","status":3,"agent":{"x":[1]},"zone":null}}}`
	var s agentsurvey.QuestionState
	require.NoError(t, json.Unmarshal([]byte(odd), &s))
	out, err := json.Marshal(s)
	require.NoError(t, err)
	assert.Equal(t, odd, string(out))
	// A status that is no number stays what it is.
	const word = `{"id":1,"questionStatus":"answer","engAttribute":{"type":"service","service":{"status":"open"}}}`
	require.NoError(t, json.Unmarshal([]byte(word), &s))
	out, err = json.Marshal(s)
	require.NoError(t, err)
	assert.Equal(t, word, string(out))
	require.Error(t, json.Unmarshal([]byte(`{"id":[1,2]}`), &s))
	require.Error(t, json.Unmarshal([]byte(`{"id":1,"engAttribute":{"type":"lead","service":7}}`), &s))
	require.Error(t, json.Unmarshal([]byte(`{"id":1,"engAttribute":7}`), &s))
	assert.True(t, strings.HasPrefix(string(out), `{"id":1`))
}
