package lptest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

func chatForm() lptest.ChatSurvey {
	return lptest.ChatSurvey{ID: 77, Title: "After the chat", Header: "Please fill in", Questions: []lptest.ChatQuestion{
		{ID: 1, Type: lptest.DropdownBox, Label: "Pet", Mandatory: true, Entries: []lptest.ChatEntry{
			{Value: "CATS", ShowLogicIDs: []int64{5}}, {Value: "DOGS", Display: "Dogs", ShowLogicIDs: []int64{5, 6}}, {Value: "NONE", Checked: true},
		}},
		{ID: 2, LogicID: 5, Label: "How many", Validation: "numeric", Mandatory: true, LastKnown: "2"},
		{ID: 3, LogicID: 6, Type: lptest.Checkbox, Label: "Toys", Entries: []lptest.ChatEntry{{Value: "ball"}, {Value: "bone"}}},
		{ID: 4, Type: lptest.TextArea, Label: "Mail", Validation: "email"},
	}}
}

// Rows 23 and 24: the chat's survey.
func TestChatSurvey(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	url := w.accept() + "/survey"
	w.call("GET", url, "").refused(404, "12", "There is no survey for this chat")
	w.call("PUT", url, "{}").refused(404, "12", "There is no survey for this chat")
	srv.AddChatSurvey(chatForm())
	shape := func(cats, dogs, none, number, ball, bone, mail string) string {
		return `{"survey":{"id":"77","title":"After the chat","header":"Please fill in","questions":{"question":[` +
			`{"mandatory":true,"order":"1","logicId":"1","id":"1","type":"Dropdown Box","validationType":"alphanumeric","label":"Pet","entry":[` +
			`{"checked":` + cats + `,"value":"CATS","displayValue":"CATS","logic":{"showLogicId":5}},` +
			`{"checked":` + dogs + `,"value":"DOGS","displayValue":"Dogs","logic":{"showLogicId":[5,6]}},` +
			`{"checked":` + none + `,"value":"NONE","displayValue":"NONE"}]},` +
			`{"mandatory":true,"order":"2","logicId":"5","id":"2","type":"Text Field","validationType":"numeric","label":"How many","lastKnownValue":"` + number + `"},` +
			`{"mandatory":false,"order":"3","logicId":"6","id":"3","type":"Checkbox","validationType":"alphanumeric","label":"Toys","entry":[` +
			`{"checked":` + ball + `,"value":"ball","displayValue":"ball"},{"checked":` + bone + `,"value":"bone","displayValue":"bone"}]},` +
			`{"mandatory":false,"order":"4","logicId":"4","id":"4","type":"Text Area","validationType":"email","label":"Mail","lastKnownValue":"` + mail + `"}]}}}`
	}
	w.answered(w.call("GET", url, ""), 200, shape("false", "false", "true", "2", "false", "false", ""))

	submit := func(questions string) reply {
		return w.call("PUT", url, `{"survey":{"questions":{"question":`+questions+`}}}`)
	}
	for questions, message := range map[string]string{
		`[]`:                                                  "question 1 is mandatory",
		`[{"id":9,"answer":"x"}]`:                             "A question's id is none of this survey",
		`[{"id":1,"answer":"BIRDS"}]`:                         "question 1: the answer is not among the entries",
		`[{"id":1,"answer":["CATS","DOGS"]}]`:                 "question 1: only one answer is allowed",
		`[{"id":1,"answer":{"a":1}}]`:                         "question 1: an answer is a text",
		`[{"id":1,"answer":"CATS"}]`:                          "question 2 is mandatory",
		`[{"id":1,"answer":"NONE"},{"id":2,"answer":"3"}]`:    "question 2 is hidden with these answers",
		`[{"id":1,"answer":"CATS"},{"id":2,"answer":"many"}]`: "question 2: the answer is no number",
		`[{"id":1,"answer":"CATS"},{"id":2,"answer":"3"},{"id":3,"answer":"ball"}]`:          "question 3 is hidden with these answers",
		`[{"id":1,"answer":"DOGS"},{"id":2,"answer":"3"},{"id":3,"answer":["ball","ball"]}]`: "question 3: an answer is there twice",
		`[{"id":1,"answer":"NONE"},{"id":4,"answer":"somewhere"}]`:                           "question 4: the answer is no e-mail address",
	} {
		submit(questions).refused(400, "33", message)
	}
	r := submit(`[{"@id":"1","entry":[{"@checked":"false","value":"CATS"},{"@checked":"true","value":"DOGS"}]},{"@id":"2","lastKnownValue":"3"},` +
		`{"@id":"3","answer":["ball","bone"]},{"@id":"4","answer":"a@b.example"}]`)
	require.Equal(t, 200, r.status, r.body)
	answers, submits := visit.Chat().SurveyAnswers()
	require.Equal(t, map[int64][]string{1: {"DOGS"}, 2: {"3"}, 3: {"ball", "bone"}, 4: {"a@b.example"}}, answers)
	require.Equal(t, 1, submits)
	w.answered(w.call("GET", url, ""), 200, shape("false", "true", "false", "3", "true", "true", "a@b.example"))
	visit.Leave()
	// A single question is no list, and the survey outlives the chat.
	require.Equal(t, 200, submit(`{"id":1,"answer":"NONE"}`).status)
	answers, submits = visit.Chat().SurveyAnswers()
	require.Equal(t, map[int64][]string{1: {"NONE"}}, answers)
	require.Equal(t, 2, submits)
	w.call("POST", url, "{}").refused(405, "33", "The method POST is not allowed here")
}
