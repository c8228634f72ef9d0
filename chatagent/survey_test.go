package chatagent_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

func TestChatSurveyLogic(t *testing.T) {
	t.Parallel()
	s := &chatagent.ChatSurvey{Questions: []chatagent.SurveyQuestion{
		{ID: "1", LogicID: 1, Type: chatagent.DropdownBox, Entries: []chatagent.SurveyEntry{{Value: "CATS", Shows: []int64{2}}, {Value: "DOGS"}}},
		{ID: "2", LogicID: 2, Type: chatagent.RadioButton, Mandatory: true, Entries: []chatagent.SurveyEntry{{Value: "big", Shows: []int64{3}}, {Value: "small"}}},
		{ID: "3", LogicID: 3, Type: chatagent.TextField, Mandatory: true},
	}}
	shown := func() (ids string) {
		for i := range s.Questions {
			if s.Visible(&s.Questions[i]) {
				ids += s.Questions[i].ID
			}
		}
		return ids
	}
	assert.Equal(t, "1", shown())
	require.NoError(t, s.Answer("1", "CATS"))
	assert.Equal(t, "12", shown())
	require.NoError(t, s.Answer("2", "big"))
	assert.Equal(t, "123", shown())
	require.NoError(t, s.Answer("1", "DOGS"))
	assert.Equal(t, "1", shown(), "what hangs on a closed branch is closed too")
	require.ErrorIs(t, s.Answer("4", "x"), liveperson.ErrInvalidInput)
	require.ErrorIs(t, s.Answer("2", "huge"), liveperson.ErrInvalidInput)

	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.take()
	w.on("POST "+ch+"/survey", `200 `)
	require.NoError(t, chat.SubmitSurvey(t.Context(), s), "what is not shown need not be answered")
	sent := w.take()
	require.Len(t, sent, 1)
	assert.NotContains(t, sent[0], `"big"],`, "and is not sent")
	assert.Equal(t, 1, strings.Count(sent[0], `"answer"`))
	assert.Equal(t, 1, strings.Count(sent[0], `"checked":true`))
	assert.Equal(t, []string{"big"}, s.Questions[1].Answers, "it is there when it is shown again")

	loop := &chatagent.ChatSurvey{Questions: []chatagent.SurveyQuestion{
		{ID: "1", LogicID: 1, Answers: []string{"x"}, Entries: []chatagent.SurveyEntry{{Value: "x", Shows: []int64{2}}}},
		{ID: "2", LogicID: 2, Answers: []string{"x"}, Entries: []chatagent.SurveyEntry{{Value: "x", Shows: []int64{1}}}},
	}}
	assert.False(t, loop.Visible(&loop.Questions[0]), "a loop opens nothing")
}

// A question is shown by any of its openers, at any depth, in any order of the list.
func TestChatSurveyVisibleByAnyPath(t *testing.T) {
	t.Parallel()
	s := &chatagent.ChatSurvey{Questions: []chatagent.SurveyQuestion{
		{ID: "d", LogicID: 4},
		{ID: "c", LogicID: 3, Answers: []string{"x"}, Entries: []chatagent.SurveyEntry{{Value: "x", Shows: []int64{4, 3, 2}}}},
		{ID: "b", LogicID: 2, Answers: []string{"x"}, Entries: []chatagent.SurveyEntry{{Value: "x", Shows: []int64{4, 3}}, {Value: "y", Shows: []int64{9}}}},
		{ID: "a", LogicID: 1, Answers: []string{"x"}, Entries: []chatagent.SurveyEntry{{Value: "x", Shows: []int64{2}}}},
		{ID: "a too", LogicID: 1},
		{ID: "b too", LogicID: 2},
		{ID: "e", LogicID: 9},
	}}
	shown := func() (ids []string) {
		for i := range s.Questions {
			if s.Visible(&s.Questions[i]) {
				ids = append(ids, s.Questions[i].ID)
			}
		}
		return ids
	}
	assert.Equal(t, []string{"d", "c", "b", "a", "a too", "b too"}, shown())
	s.Questions[2].Answers = []string{"y"}
	assert.Equal(t, []string{"b", "a", "a too", "b too", "e"}, shown())
	s.Questions[3].Answers = nil
	assert.Equal(t, []string{"a", "a too"}, shown(), "a loop is not opened by itself")
}

// Many paths lead to the last question, and none of them begins.
func TestChatSurveyOfManyPaths(t *testing.T) {
	t.Parallel()
	s := &chatagent.ChatSurvey{Questions: []chatagent.SurveyQuestion{{ID: "first", Entries: []chatagent.SurveyEntry{{Value: "x", Shows: []int64{1}}}}}}
	const layers = 100
	for layer := range int64(layers) {
		for _, side := range []string{"left", "right"} {
			s.Questions = append(s.Questions, chatagent.SurveyQuestion{
				ID: fmt.Sprint(layer, side), LogicID: layer + 1, Answers: []string{"x"}, Entries: []chatagent.SurveyEntry{{Value: "x", Shows: []int64{layer + 2}}},
			})
		}
	}
	assert.False(t, s.Visible(&s.Questions[2*layers]))
	require.NoError(t, s.Answer("first", "x"))
	assert.True(t, s.Visible(&s.Questions[2*layers]))
}

// surveyDocument is a survey as the Retrieve Agent Survey Structure page shows
// it: a choice, the two questions that it may open, and one that is always there.
func surveyDocument(cats, dogs, rest string) string {
	return `{"survey":{"id":"40216","title":"T","header":"H","questions":{"question":[` +
		`{"mandatory":"true","order":"0","logicId":"4","id":"12","type":"Radio Button","label":"Whom?","entry":[` +
		`{"checked":` + cats + `,"value":"CATS","displayValue":"Cats","logic":{"showLogicId":5}},` +
		`{"checked":` + dogs + `,"value":"DOGS","displayValue":"Dogs","logic":{"showLogicId":[6]}}]},` + rest + `]}}}`
}

// What is given is told from what would be offered.
func TestReadChatSurvey(t *testing.T) {
	t.Parallel()
	const text = `{"order":1,"logicId":5,"id":"16","type":"Text Field","label":"Name?"`
	for _, c := range []struct{ name, doc, want string }{
		{"untouched", surveyDocument("false", "false", text+`}`), "12[] 16[]"},
		{"text of a question that is not shown", surveyDocument("false", "true", text+`,"lastKnownValue":"Tom"}`), "12[DOGS] 16[]"},
		{"text of a question that is shown", surveyDocument("true", "false", text+`,"lastKnownValue":"Tom"}`), "12[CATS] 16[Tom]"},
		{"empty text", surveyDocument("true", "false", text+`,"lastKnownValue":""}`), "12[CATS] 16[]"},
		{"answer", surveyDocument("true", "false", text+`,"lastKnownValue":"Tom","answer":["Rex"]}`), "12[CATS] 16[Rex]"},
		{"a bare answer", surveyDocument("true", "false", text+`,"lastKnownValue":"Tom","answer":"Rex"}`), "12[CATS] 16[Rex]"},
		{"a number", surveyDocument("true", "false", text+`,"lastKnownValue":7}`), "12[CATS] 16[7]"},
		{"answered with nothing", surveyDocument("true", "false", text+`,"lastKnownValue":"Tom","answer":[]}`), "12[CATS] 16[]"},
		{"answered with an empty text", surveyDocument("true", "false", text+`,"lastKnownValue":"Tom","answer":""}`), "12[CATS] 16[]"},
		{"answered with empty texts", surveyDocument("true", "false", text+`,"lastKnownValue":"Tom","answer":["",""]}`), "12[CATS] 16[]"},
		{"no answer", surveyDocument("true", "false", text+`,"lastKnownValue":"Tom","answer":null}`), "12[CATS] 16[Tom]"},
		{
			"an answer counts more than a default",
			surveyDocument("true", "false", `{"order":1,"id":"17","type":"Checkbox","answer":["b","c","b"],"entry":[{"checked":true,"value":"a"},{"checked":false,"value":"b"},{"value":"c"}]}`),
			"12[CATS] 17[b c]",
		},
		{
			"checked entries",
			surveyDocument("true", "false", `{"order":1,"id":"17","type":"Checkbox","lastKnownValue":"z","entry":[{"checked":"true","value":"a"},{"checked":false,"value":"b"},{"checked":1,"value":"c"}]}`),
			"12[CATS] 17[a c]",
		},
		{
			"numeric ids and no level of questions",
			`{"survey":{"id":40216,"question":[{"id":16,"logicId":5,"type":"Text Field","lastKnownValue":"Tom"},{"id":12,"answer":"x"}]}}`,
			"16[Tom] 12[x]",
		},
		{"numeric ids and one question", `{"survey":{"id":40216,"question":{"id":16,"answer":"x"}}}`, "16[x]"},
		{"numeric ids", `{"survey":{"id":40216,"questions":{"question":{"@id":16,"answer":"x"}}}}`, "16[x]"},
	} {
		w, agent := newTap(t)
		chat := openChat(t, w, agent)
		w.on("GET "+ch+"/survey", "200 "+c.doc)
		s, err := chat.Survey(t.Context())
		require.NoError(t, err, c.name)
		assert.Equal(t, "40216", s.ID, c.name)
		var got []string
		for _, question := range s.Questions {
			got = append(got, question.ID+fmt.Sprint(question.Answers))
			assert.NotContains(t, question.Answers, "", c.name)
		}
		assert.Equal(t, c.want, strings.Join(got, " "), c.name)
	}
}

// A survey that was submitted is read, changed and submitted: literal documents
// in and out.
func TestChatSurveyIsChanged(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("GET "+ch+"/survey", "200 "+surveyDocument("true", "false",
		`{"mandatory":"true","order":"1","logicId":"5","id":"16","type":"Text Field","validationType":"alphanumeric","label":"Cat?","lastKnownValue":"Tom"},`+
			`{"mandatory":"true","order":"2","logicId":"6","id":"17","type":"Text Area","label":"Dog?","lastKnownValue":"Rex"},`+
			`{"mandatory":"false","order":"3","logicId":"7","id":"18","type":"Text Area","label":"Why?","lastKnownValue":"because"},`+
			`{"mandatory":"false","order":"4","logicId":"6","id":"19","type":"Checkbox","label":"Toys?","entry":[{"checked":true,"value":"ball"}]}`))
	w.on("POST "+ch+"/survey", "200 ")
	s, err := chat.Survey(t.Context())
	require.NoError(t, err)
	w.take()

	const head = "POST " + ch + "/survey" + q + put + "\n\n" + `{"survey":{"id":"40216","title":"T","header":"H","questions":{"question":[` +
		`{"mandatory":true,"order":0,"logicId":4,"id":"12","type":"Radio Button","label":"Whom?","entry":[`
	require.NoError(t, chat.SubmitSurvey(t.Context(), s), "unchanged")
	assert.Equal(t, []string{head +
		`{"checked":true,"value":"CATS","displayValue":"Cats","logic":{"showLogicId":[5]}},{"checked":false,"value":"DOGS","displayValue":"Dogs","logic":{"showLogicId":[6]}}],"answer":["CATS"]},` +
		`{"mandatory":true,"order":1,"logicId":5,"id":"16","type":"Text Field","validationType":"alphanumeric","label":"Cat?","lastKnownValue":"Tom","answer":["Tom"]},` +
		`{"mandatory":true,"order":2,"logicId":6,"id":"17","type":"Text Area","label":"Dog?"},` +
		`{"mandatory":false,"order":3,"logicId":7,"id":"18","type":"Text Area","label":"Why?","lastKnownValue":"because","answer":["because"]},` +
		`{"mandatory":false,"order":4,"logicId":6,"id":"19","type":"Checkbox","label":"Toys?","entry":[{"checked":false,"value":"ball"}]}]}}}`}, w.take())

	require.NoError(t, s.Answer("12", "DOGS"))
	require.NoError(t, s.Answer("18"))
	err = chat.SubmitSurvey(t.Context(), s)
	var in *liveperson.InputError
	require.ErrorAs(t, err, &in, "what was only offered for a hidden question is no answer")
	assert.Equal(t, "question 17", in.Field)
	assert.Empty(t, w.take())
	require.NoError(t, s.Answer("17", "Max"))
	require.NoError(t, chat.SubmitSurvey(t.Context(), s))
	assert.Equal(t, []string{head +
		`{"checked":false,"value":"CATS","displayValue":"Cats","logic":{"showLogicId":[5]}},{"checked":true,"value":"DOGS","displayValue":"Dogs","logic":{"showLogicId":[6]}}],"answer":["DOGS"]},` +
		`{"mandatory":true,"order":1,"logicId":5,"id":"16","type":"Text Field","validationType":"alphanumeric","label":"Cat?"},` +
		`{"mandatory":true,"order":2,"logicId":6,"id":"17","type":"Text Area","label":"Dog?","lastKnownValue":"Rex","answer":["Max"]},` +
		`{"mandatory":false,"order":3,"logicId":7,"id":"18","type":"Text Area","label":"Why?"},` +
		`{"mandatory":false,"order":4,"logicId":6,"id":"19","type":"Checkbox","label":"Toys?","entry":[{"checked":true,"value":"ball"}],"answer":["ball"]}]}}}`}, w.take())
}

// What the service has taken is not refused for its form, and what is new is.
func TestChatSurveyWithAnswersOfOtherForms(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("GET "+ch+"/survey", `200 {"survey":{"questions":{"question":[{"id":"1","logicId":1,"type":"Text Field","validationType":"numeric","lastKnownValue":"3,5"},`+
		`{"id":"2","logicId":2,"type":"Text Field","validationType":"email","lastKnownValue":"Ada <a@b.example>"}]}}}`)
	w.on("POST "+ch+"/survey", "200 ")
	s, err := chat.Survey(t.Context())
	require.NoError(t, err)
	w.take()
	require.NoError(t, chat.SubmitSurvey(t.Context(), s))
	assert.Equal(t, []string{"POST " + ch + "/survey" + q + put + "\n\n" +
		`{"survey":{"title":"","header":"","questions":{"question":[{"mandatory":false,"order":0,"logicId":1,"id":"1","type":"Text Field","validationType":"numeric","label":"","lastKnownValue":"3,5","answer":["3,5"]},` +
		`{"mandatory":false,"order":0,"logicId":2,"id":"2","type":"Text Field","validationType":"email","label":"","lastKnownValue":"Ada <a@b.example>","answer":["Ada <a@b.example>"]}]}}}`}, w.take())
	require.ErrorIs(t, s.Answer("1", "3,6"), liveperson.ErrInvalidInput)
	require.ErrorIs(t, s.Answer("2", "3,5"), liveperson.ErrInvalidInput)
}

// A numeric id is given back as the text that is documented.
func TestChatSurveyWithNumericIDs(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("GET "+ch+"/survey", `200 {"survey":{"id":1,"question":[{"id":2,"logicId":9007199254740993,"answer":"x"}]}}`)
	w.on("POST "+ch+"/survey", "200 ")
	s, err := chat.Survey(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Answer("2", "y"))
	w.take()
	require.NoError(t, chat.SubmitSurvey(t.Context(), s))
	assert.Equal(t, []string{"POST " + ch + "/survey" + q + put + "\n\n" +
		`{"survey":{"id":"1","title":"","header":"","questions":{"question":[{"mandatory":false,"order":0,"logicId":9007199254740993,"id":"2","type":"","label":"","answer":["y"]}]}}}`}, w.take())
}

// Read, change, submit, read: in all forms that answers come in.
func TestChatSurveyRoundTrip(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		srv.AddChatSurvey(lptest.ChatSurvey{ID: 77, Title: "After the chat", Questions: []lptest.ChatQuestion{
			{ID: 1, Type: lptest.DropdownBox, Mandatory: true, Entries: []lptest.ChatEntry{
				{Value: "CATS", ShowLogicIDs: []int64{5}}, {Value: "DOGS", ShowLogicIDs: []int64{5, 6}}, {Value: "NONE", Checked: true},
			}},
			{ID: 2, LogicID: 5, Validation: "numeric", Mandatory: true, LastKnown: "2"},
			{ID: 3, LogicID: 6, Type: lptest.Checkbox, Entries: []lptest.ChatEntry{{Value: "ball", Checked: true}, {Value: "bone"}}},
			{ID: 4, Type: lptest.TextArea, Validation: "email"},
		}})
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		visit := srv.Visitor(lptest.Visitor{})
		time.Sleep(time.Second)
		chat, err := agent.Accept(t.Context())
		require.NoError(t, err)
		var s *chatagent.ChatSurvey
		read := func() string {
			s, err = chat.Survey(t.Context())
			require.NoError(t, err)
			out := ""
			for i := range s.Questions {
				if s.Visible(&s.Questions[i]) {
					out += s.Questions[i].ID + fmt.Sprint(s.Questions[i].Answers)
				}
			}
			return out
		}
		for i, step := range []struct {
			before, after string
			change        map[string][]string
			stored        map[int64][]string
		}{
			{"1[NONE]4[]", "1[NONE]4[]", nil, map[int64][]string{1: {"NONE"}}},
			{
				"1[NONE]4[]", "1[DOGS]2[3]3[bone]4[a@b.example]",
				map[string][]string{"1": {"DOGS"}, "2": {"3"}, "3": {"bone"}, "4": {"a@b.example"}},
				map[int64][]string{1: {"DOGS"}, 2: {"3"}, 3: {"bone"}, 4: {"a@b.example"}},
			},
			{
				"1[DOGS]2[3]3[bone]4[a@b.example]", "1[DOGS]2[3]3[bone]4[a@b.example]", nil,
				map[int64][]string{1: {"DOGS"}, 2: {"3"}, 3: {"bone"}, 4: {"a@b.example"}},
			},
			{
				"1[DOGS]2[3]3[bone]4[a@b.example]", "1[DOGS]2[3]3[ball bone]4[]",
				map[string][]string{"3": {"ball", "bone"}, "4": nil},
				map[int64][]string{1: {"DOGS"}, 2: {"3"}, 3: {"ball", "bone"}},
			},
			{"1[DOGS]2[3]3[ball bone]4[]", "1[CATS]2[3]4[]", map[string][]string{"1": {"CATS"}}, map[int64][]string{1: {"CATS"}, 2: {"3"}}},
			{"1[CATS]2[3]4[]", "1[NONE]4[c@d.example]", map[string][]string{"1": {"NONE"}, "4": {"c@d.example"}}, map[int64][]string{1: {"NONE"}, 4: {"c@d.example"}}},
		} {
			assert.Equal(t, step.before, read(), i)
			for id, values := range step.change {
				require.NoError(t, s.Answer(id, values...), i)
			}
			require.NoError(t, chat.SubmitSurvey(t.Context(), s), i)
			assert.Equal(t, step.after, read(), i)
			stored, submits := visit.Chat().SurveyAnswers()
			assert.Equal(t, step.stored, stored, i)
			assert.Equal(t, i+1, submits)
		}
	}, lptest.WithSeed(5), lptest.WithVariants(lptest.VariantRandom))
}
