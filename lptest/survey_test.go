package lptest_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

const conversation = "6ffb1a3c-4d3c-4d5e-9d3e-2f1c0a8f2b11"

// branching is a survey with a branch, a checkbox and an engagement attribute.
func branching() lptest.Survey {
	return lptest.Survey{
		ID: 3538577310, Name: "skillsurvey", Description: "After the talk", Conversation: conversation, Skill: 42, Questions: []lptest.Question{
			{ID: 1, Text: "When?", Next: 4, Required: true, Category: "date"},
			{ID: 4, Text: "Solved?", Required: true, Category: "radio_button", Definition: "conversation_outcome", Replies: []lptest.Reply{
				{ID: 11, Text: "Yes", Next: 8}, {ID: 12, Text: "No", NextInOrder: true},
			}},
			{ID: 5, Text: "Why not?", Next: 8, Required: true, MaxCharacters: 10},
			{ID: 8, Text: "Topics", NextInOrder: true, Category: "checkbox", Replies: []lptest.Reply{{ID: 21, Text: "Loan"}, {ID: 22, Text: "Card"}}},
			{ID: 9, Text: "Service", NextInOrder: true, Definition: "engagement_attributes", Engagement: &lptest.Engagement{Type: "service_activity", Attributes: []string{"topic", "status"}}},
			{ID: 10, Text: "How many?", Category: "number"},
		},
	}
}

const (
	q1  = `{"id":1,"orderId":1,"text":"When?","next":4,"nextInOrder":false,"required":true,"category":"date","questionDefinition":"regular_question","containsLogic":false`
	q4  = `{"id":4,"orderId":2,"text":"Solved?","next":null,"nextInOrder":false,"required":true,"category":"radio_button","questionDefinition":"conversation_outcome","replies":[{"id":11,"text":"Yes","next":8,"nextInOrder":false},{"id":12,"text":"No","nextInOrder":true}],"containsLogic":true`
	q5  = `{"id":5,"orderId":3,"text":"Why not?","next":8,"nextInOrder":false,"required":true,"category":"free_text","questionDefinition":"regular_question","maxCharacters":10,"containsLogic":false`
	q8  = `{"id":8,"orderId":4,"text":"Topics","next":null,"nextInOrder":true,"required":false,"category":"checkbox","questionDefinition":"regular_question","replies":[{"id":21,"text":"Loan","nextInOrder":false},{"id":22,"text":"Card","nextInOrder":false}],"containsLogic":false`
	q9  = `{"id":9,"orderId":5,"text":"Service","next":null,"nextInOrder":true,"required":false,"category":"free_text","questionDefinition":"engagement_attributes","containsLogic":false,"engagementAttribute":{"type":"service_activity","attributes":["topic","status"]}`
	q10 = `{"id":10,"orderId":6,"text":"How many?","next":null,"nextInOrder":false,"required":false,"category":"number","questionDefinition":"regular_question","containsLogic":false`
)

// surveyShape is a survey answer with the given questions, each without its
// closing brace, and the context.
func surveyShape(status string, revision int64, questions ...string) string {
	for i, q := range questions {
		questions[i] = q + "}"
	}
	return `{"id":3538577310,"name":"skillsurvey","description":"After the talk","root":1,"actualTimeoutInMinutes":127,"questions":[` +
		strings.Join(questions, ",") + `],"agentSurveyContext":` + contextShape(status, "0", revision) + `}`
}

func contextShape(status, last string, revision int64) string {
	return `{"agentSurveyStatus":"` + status + `","lastActionTimeInMillis":` + last + `,"autoCloseTimestamp":0,"stateRevision":` +
		strconv.FormatInt(revision, 10) + `}`
}

const query = "conv=" + conversation + "&skill=42&v="

func rev(n int64) string { return "x-lp-state-rev: " + strconv.FormatInt(n, 10) }

func TestSurveyGet(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	srv.AddSurvey(branching())
	w := newWire(t, srv)
	w.signIn("ann@brand", "pw-ann")
	revision := srv.Survey(conversation, 42).Revision
	require.GreaterOrEqual(t, revision, int64(1e18), "19 digits")
	require.NotEqual(t, revision, int64(float64(revision)), "no float64 holds it")
	for _, test := range []struct {
		path, more string
		questions  []string
	}{
		{"/", "", []string{q1, q4}},
		{"", "&seq=true", []string{q1, q4}},
		{"/", "&seqRoot=8", []string{q8, q9, q10}},
		{"/", "&seqRoot=5&seq=true", []string{q5, q8, q9, q10}},
		{"/", "&seq=false", []string{q1, q4, q5, q8, q9, q10}},
		{"/state", "", []string{q1, q4}},
		{"/state", "&seq=false", []string{q1, q4, q5, q8, q9, q10}},
	} {
		for _, version := range []string{"1.0", "2.0"} {
			r := w.survey("GET", test.path, query+version+test.more, "")
			require.Equal(t, 200, r.status, r.body)
			require.Equal(t, strconv.FormatInt(revision, 10), r.header.Get("x-lp-state-rev"))
			require.Equal(t, surveyShape("open", revision, append([]string(nil), test.questions...)...), r.body)
		}
	}
	get := func(query string) reply { return w.survey("GET", "/state", query, "") }
	get("skill=42&v=1.0").refused(400, "33", "conv is missing")
	get("conv=x&v=1.0").refused(400, "33", "skill is no number")
	get("conv=x&skill=Sales&v=1.0").refused(400, "33", "skill is no number")
	get("conv=x&skill=42").refused(400, "33", "v is 1.0 or 2.0")
	get(query+"1.0&seq=maybe").refused(400, "33", "seq is true or false")
	get("conv=x&skill=42&v=1.0").refused(404, "12", "There is no survey for this conversation and skill")
	get("conv="+conversation+"&skill=-1&v=1.0").refused(404, "12", "There is no survey for this conversation and skill")
	w.survey("GET", "/", query+"1.0&seqRoot=7", "").refused(400, "33", "seqRoot is no question of this survey")
	w.survey("GET", "/state", query+"1.0", "", "X-HTTP-Method-Override: PUT").
		refused(400, "33", "This service takes the method itself, not an override")
	newWire(t, srv).survey("GET", "/state", query+"1.0", "").refused(401, "10", "The bearer is not known")
	w.survey("PATCH", "/state", query+"1.0", "").refused(405, "33", "The method PATCH is not allowed here")

	unassigned := branching()
	unassigned.Skill = -1
	unassigned.Agents = []string{"bob@brand"}
	srv.AddSurvey(unassigned)
	get("conv="+conversation+"&skill=-1&v=1.0").refused(403, "10", "The survey is not for this agent")
}

const (
	saved = `[{"id":1,"questionStatus":"answer","freeTextReply":"2026-11-21"},{"id":4,"questionStatus":"answer","replyIds":[12]},{"id":5,"questionStatus":"show"}]`
	full  = `[{"id":1,"questionStatus":"answer","freeTextReply":"2026-11-21"},{"id":4,"questionStatus":"answer","replyIds":[12]},` +
		`{"id":5,"questionStatus":"answer","freeTextReply":"It broke"},{"id":8,"questionStatus":"answer","replyIds":[21,22]},` +
		`{"id":9,"questionStatus":"answer","engAttribute":{"type":"service","service":{"topic":"loan","status":3}}},` +
		`{"id":10,"questionStatus":"answer","freeTextReply":7}]`
)

func TestSurveySave(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.0", "2.0"} {
		srv := brand(t)
		srv.AddSurvey(branching())
		w := newWire(t, srv)
		w.signIn("ann@brand", "pw-ann")
		revision := func() int64 { return srv.Survey(conversation, 42).Revision }
		before := revision()
		r := w.survey("PUT", "/state", query+version, saved, rev(before))
		require.Equal(t, 200, r.status, r.body)
		require.Greater(t, revision(), before)
		require.Equal(t, contextShape("open", "0", revision()), r.body)
		require.Equal(t, strconv.FormatInt(revision(), 10), r.header.Get("x-lp-state-rev"))
		r = w.survey("PUT", "/state", query+version+"&seqRoot=5", saved, rev(revision()))
		s5 := q5 + `,"questionState":{"id":5,"questionStatus":"show"}`
		require.Equal(t, surveyShape("open", revision(), s5, q8, q9, q10), r.body)
		r = w.survey("GET", "/state", query+version, "")
		require.Equal(t, surveyShape("open", revision(),
			q1+`,"questionState":{"id":1,"questionStatus":"answer","freeTextReply":"2026-11-21"}`,
			q4+`,"questionState":{"id":4,"questionStatus":"answer","replyIds":[12]}`, s5, q8, q9, q10), r.body)

		// Version 2.0 keeps the state of each agent and wants no revision.
		other := newWire(t, srv)
		other.signIn("bob@brand", "pw-bob")
		r = other.survey("GET", "/state", query+version, "")
		require.Equal(t, version == "1.0", strings.Contains(r.body, "questionState"))
		r = other.survey("PUT", "/state", query+version, `[]`)
		if version == "1.0" {
			r.refused(400, "33", "The header x-lp-state-rev is missing")
			other.survey("PUT", "/state", query+version, `[]`, rev(before)).refused(409, "33", "The state was changed since it was read")
			require.Equal(t, 2, srv.Survey(conversation, 42).Saves)
		} else {
			require.Equal(t, 200, r.status)
			require.Len(t, srv.Survey(conversation, 42).ByAgent["ann@brand"], 3)
		}
		require.Equal(t, 200, w.survey("PUT", "/state", query+version, `[]`, rev(revision())).status)
		require.NotContains(t, w.survey("GET", "/state", query+version, "").body, "questionState", "a save replaces the state")
	}
}

func TestSurveyAnswersAreChecked(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	srv.AddSurvey(branching())
	w := newWire(t, srv)
	w.signIn("ann@brand", "pw-ann")
	for body, message := range map[string]string{
		`{}`:                                 "A list of question states is wanted",
		`[{"id":7,"questionStatus":"show"}]`: "a state's id is no question of this survey",
		`[{"id":1}]`:                         "question 1: questionStatus is show or answer",
		`[{"id":1,"questionStatus":"show"},{"id":"1","questionStatus":"show"}]`:                          "question 1 is there twice",
		`[{"id":4,"questionStatus":"answer","replyIds":[13]}]`:                                           "question 4: there is no such reply",
		`[{"id":4,"questionStatus":"answer","replyIds":[11,12]}]`:                                        "question 4: only one reply may be chosen",
		`[{"id":4,"questionStatus":"answer","freeTextReply":"Yes"}]`:                                     "question 4: freeTextReply does not belong here",
		`[{"id":8,"questionStatus":"answer","replyIds":[21,21]}]`:                                        "question 8: a reply is chosen twice",
		`[{"id":1,"questionStatus":"answer","replyIds":[11]}]`:                                           "question 1: there is no such reply",
		`[{"id":1,"questionStatus":"answer","freeTextReply":{}}]`:                                        "question 1: freeTextReply is a text",
		`[{"id":5,"questionStatus":"answer","freeTextReply":"12345678901"}]`:                             "question 5: the text is longer than maxCharacters",
		`[{"id":10,"questionStatus":"answer","freeTextReply":"seven"}]`:                                  "question 10: the text is no number",
		`[{"id":1,"questionStatus":"answer","engAttribute":{"type":"service"}}]`:                         "question 1: engAttribute does not belong here",
		`[{"id":9,"questionStatus":"answer","engAttribute":"x"}]`:                                        "question 9: engAttribute is an object",
		`[{"id":9,"questionStatus":"answer","engAttribute":{"type":"gift","service":{"topic":"loan"}}}]`: "question 9: engAttribute's type is service, lead or purchase",
	} {
		w.survey("PUT", "/state", query+"2.0", body).refused(400, "33", message)
	}
	revision := srv.Survey(conversation, 42).Revision
	for body, message := range map[string]string{
		`[]`: "question 1 is required",
		`[{"id":1,"questionStatus":"answer","freeTextReply":"x"}]`:                                                                                                           "question 4 is required",
		`[{"id":1,"questionStatus":"answer","freeTextReply":"x"},{"id":4,"questionStatus":"answer","replyIds":[12]}]`:                                                        "question 5 is required",
		`[{"id":1,"questionStatus":"answer","freeTextReply":"x"},{"id":4,"questionStatus":"answer","replyIds":[11]},{"id":5,"questionStatus":"answer","freeTextReply":"x"}]`: "question 5 is not open with these answers",
		`[{"id":1,"questionStatus":"answer","freeTextReply":"x"},{"id":4,"questionStatus":"show"},{"id":8,"questionStatus":"answer","replyIds":[21]}]`:                       "question 4 is required",
	} {
		w.survey("POST", "/state", query+"1.0", body, rev(revision)).refused(400, "33", message)
	}
	w.survey("PUT", "/state", query+"2.0", `nothing`).refused(400, "33", "The body is no JSON")
	require.Equal(t, revision, srv.Survey(conversation, 42).Revision, "what is refused moves nothing")
}

func TestSurveySubmit(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.0", "2.0"} {
		synctest.Test(t, func(t *testing.T) {
			srv := brand(t)
			srv.AddSurvey(branching())
			w := newWire(t, srv)
			w.signIn("ann@brand", "pw-ann")
			pass(time.Second)
			state := func() lptest.SurveyState { return srv.Survey(conversation, 42) }
			submit := func(body string, headers ...string) reply {
				return w.survey("POST", "/state", query+version, body, headers...)
			}
			before := state().Revision
			submit(full).refused(400, "33", "The header x-lp-state-rev is missing")
			submit(full, rev(before-2)).refused(409, "33", "The state was changed since it was read")
			require.Zero(t, state().Submits)
			r := submit(full, rev(before))
			require.Equal(t, 200, r.status, r.body)
			require.Equal(t, contextShape("submitted", "946684801000", state().Revision), r.body)
			require.Equal(t, strconv.FormatInt(state().Revision, 10), r.header.Get("x-lp-state-rev"))
			require.Equal(t, "It broke", state().Answers[5].Text)
			require.Equal(t, []int64{21, 22}, state().Answers[8].Replies)
			require.JSONEq(t, `{"type":"service","service":{"topic":"loan","status":3}}`, string(state().Answers[9].Engagement))
			require.Equal(t, "7", state().Answers[10].Text)
			require.Equal(t, "ann@brand", state().SubmittedBy)
			// A second submission is allowed, with the new revision.
			submit(full, rev(before)).refused(409, "33", "The state was changed since it was read")
			require.Equal(t, 200, submit(full, rev(state().Revision)).status)
			require.Equal(t, 2, state().Submits)
			w.survey("DELETE", "/state", query+version, "", rev(state().Revision)).refused(409, "33", "The survey was submitted")
			w.survey("PUT", "/state", query+version, saved, rev(state().Revision)).refused(409, "33", "The survey was submitted")
			require.Equal(t, "submitted", w.survey("GET", "/", query+version, "").text("agentSurveyContext", "agentSurveyStatus"))
			srv.Close()
		})
	}
}

func TestSurveyDismiss(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		srv.AddSurvey(branching())
		srv.AddSurvey(lptest.Survey{Conversation: "light", Skill: 7, Questions: []lptest.Question{{ID: 1, Text: "Anything?"}}})
		w := newWire(t, srv)
		w.signIn("ann@brand", "pw-ann")
		dismiss := func(query string, headers ...string) reply {
			return w.survey("DELETE", "/state", query, "", headers...)
		}
		dismiss(query+"1.0", rev(srv.Survey(conversation, 42).Revision)).refused(403, "33", "The survey has required questions")
		const light = "conv=light&skill=7&v=2.0"
		dismiss(light).refused(400, "33", "The header x-lp-state-rev is missing")
		dismiss(light, "x-lp-state-rev: 1").refused(409, "33", "The state was changed since it was read")
		pass(2 * time.Second)
		r := dismiss(light, rev(srv.Survey("light", 7).Revision))
		require.Equal(t, 200, r.status)
		require.Equal(t, contextShape("dismissed", "946684802000", srv.Survey("light", 7).Revision), r.body)
		require.Equal(t, 1, srv.Survey("light", 7).Dismisses)
		w.survey("POST", "/state", light, `[]`, rev(srv.Survey("light", 7).Revision)).refused(409, "33", "The survey was dismissed")
		w.survey("PUT", "/state", light, `[]`).refused(409, "33", "The survey was dismissed")
		srv.Close()
	})
}

// Other writers, from the test's side.
func TestSurveyOtherWriters(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	srv.AddSurvey(branching())
	w := newWire(t, srv)
	w.signIn("ann@brand", "pw-ann")
	first := srv.Survey(conversation, 42).Revision
	second := srv.BumpRevision(conversation, 42)
	third := srv.AnswerAs(conversation, 42, lptest.Answer{Question: 1, Text: "yesterday"})
	require.Less(t, first, second)
	require.Less(t, second, third)
	w.survey("PUT", "/state", query+"1.0", `[]`, rev(first)).refused(409, "33", "The state was changed since it was read")
	require.Contains(t, w.survey("GET", "/state", query+"1.0", "").body,
		`"questionState":{"id":1,"questionStatus":"answer","freeTextReply":"yesterday"}`)
	srv.SubmitAs(conversation, 42, "carl")
	require.Equal(t, "submitted", w.survey("GET", "/state", query+"1.0", "").text("agentSurveyContext", "agentSurveyStatus"))
	require.Equal(t, "carl", srv.Survey(conversation, 42).SubmittedBy)
	srv.DismissAs(conversation, 42, "carl")
	require.Equal(t, "dismissed", srv.Survey(conversation, 42).Status)
	require.Panics(t, func() { srv.Survey("x", 1) })
}

// With MergeSaves a save adds to the state.
func TestSurveyMergeSaves(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	survey := branching()
	survey.MergeSaves = true
	srv.AddSurvey(survey)
	w := newWire(t, srv)
	w.signIn("ann@brand", "pw-ann")
	require.Equal(t, 200, w.survey("PUT", "/state", query+"1.0", saved, rev(srv.Survey(conversation, 42).Revision)).status)
	require.Equal(t, 200, w.survey("PUT", "/state", query+"1.0", `[{"id":8,"questionStatus":"answer","replyIds":[21]}]`, rev(srv.Survey(conversation, 42).Revision)).status)
	require.Len(t, srv.Survey(conversation, 42).Answers, 4)
}

// 410 once the timeout has passed since the conversation closed.
func TestSurveyExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		srv.AddSurvey(branching())
		w := newWire(t, srv)
		w.signIn("ann@brand", "pw-ann")
		pass(48 * time.Hour)
		w.signIn("ann@brand", "pw-ann")
		require.Equal(t, int64(0), w.survey("GET", "/", query+"1.0", "").int("agentSurveyContext", "autoCloseTimestamp"))
		srv.CloseConversation(conversation)
		closing := time.Now().Add(127 * time.Minute)
		require.Equal(t, closing.UnixMilli(), w.survey("GET", "/", query+"1.0", "").int("agentSurveyContext", "autoCloseTimestamp"))
		pass(127*time.Minute - time.Nanosecond)
		require.Equal(t, 200, w.survey("PUT", "/state", query+"2.0", saved).status)
		pass(time.Nanosecond)
		for _, call := range []string{"GET /", "GET /state", "PUT /state", "POST /state", "DELETE /state"} {
			method, path, _ := strings.Cut(call, " ")
			w.survey(method, path, query+"1.0", "[]", "x-lp-state-rev: 1").refused(410, "12", "The survey has expired")
		}
		srv.Close()
	})
}

// A checkbox opens the branches of all chosen replies, and a loop is no trap.
func TestSurveyWalk(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	srv.AddSurvey(lptest.Survey{Conversation: "c", Skill: 1, Questions: []lptest.Question{
		{ID: 1, Category: "checkbox", Replies: []lptest.Reply{{ID: 11, Next: 2}, {ID: 12, Next: 3}, {ID: 13}}},
		{ID: 2, Required: true, Next: 1},
		{ID: 3, Required: true, Next: 3},
	}})
	w := newWire(t, srv)
	w.signIn("ann@brand", "pw-ann")
	submit := func(replies string) reply {
		return w.survey("POST", "/state", "conv=c&skill=1&v=1.0", `[{"id":1,"questionStatus":"answer","replyIds":`+replies+`}]`,
			rev(srv.Survey("c", 1).Revision))
	}
	submit("[11,12]").refused(400, "33", "question 2 is required")
	submit("[12]").refused(400, "33", "question 3 is required")
	require.Equal(t, 200, submit("[13]").status)
	r := w.survey("GET", "/", "conv=c&skill=1&v=1.0&seqRoot=3", "")
	require.Len(t, r.get("questions"), 1)
}
