package agentsurvey_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

const userAgent = liveperson.UserAgent

const forms = " /api/account/12345678/forms/agent_survey/"

// everyKind is a survey with one question of every kind, with the ids of the
// Save page's sample.
const everyKind = `{"id":7,"name":"every kind","root":16566656,"questions":[
	{"id":16566656,"orderId":1,"next":25646456,"category":"date"},
	{"id":25646456,"orderId":2,"next":34565645,"category":"radio_button","replies":[{"id":11,"text":"eleven"},{"id":12,"text":"twelve"}]},
	{"id":34565645,"orderId":3,"next":78997887,"category":"free_text"},
	{"id":78997887,"orderId":4,"next":8786788,"category":"free_text","questionDefinition":"engagement_attributes","engagementAttribute":{"type":"service_activity","attributes":["topic","status","category","service_id"]}},
	{"id":8786788,"orderId":5,"next":11345354,"category":"free_text","questionDefinition":"engagement_attributes","engagementAttribute":{"type":"lead","attributes":["topic","value","lead_id","currency"]}},
	{"id":11345354,"orderId":6,"next":17,"category":"free_text","questionDefinition":"engagement_attributes","engagementAttribute":{"type":"purchase","attributes":["order_total","order_id","currency"]}},
	{"id":17,"orderId":7,"next":18,"category":"checkbox","replies":[{"id":5,"text":"five"},{"id":6,"text":"six"},{"id":7,"text":"seven"}]},
	{"id":18,"orderId":8,"next":null,"category":"number"}
	],"agentSurveyContext":{"agentSurveyStatus":"open","lastActionTimeInMillis":0,"autoCloseTimestamp":0,"stateRevision":1564319724453625857}}`

const everyAnswer = `[{"id":16566656,"questionStatus":"show"},` +
	`{"id":25646456,"questionStatus":"answer","replyIds":[11]},` +
	`{"id":34565645,"questionStatus":"answer","freeTextReply":"this is the agent's <b>response</b> & more"},` +
	`{"id":78997887,"questionStatus":"answer","engAttribute":{"type":"service","service":{"topic":"loan","status":3,"category":"business","serviceId":"544547"}}},` +
	`{"id":8786788,"questionStatus":"answer","engAttribute":{"type":"lead","service":{"topic":"sales","value":2.0,"leadId":"878979","currency":"USD"}}},` +
	`{"id":11345354,"questionStatus":"answer","engAttribute":{"type":"purchase","service":{"total":100.5,"orderId":"476847365","currency":"USD"}}},` +
	`{"id":17,"questionStatus":"answer","replyIds":[5,7]},` +
	`{"id":18,"questionStatus":"answer","freeTextReply":"12"}]`

func answerEveryKind(t *testing.T, form *agentsurvey.Form) {
	t.Helper()
	require.NoError(t, form.Answer(25646456, agentsurvey.Choice(11)))
	require.NoError(t, form.Answer(34565645, agentsurvey.Text("this is the agent's <b>response</b> & more")))
	require.NoError(t, form.Answer(78997887, agentsurvey.Engaged(agentsurvey.Service{Topic: "loan", Status: "3", Category: "business", ServiceID: "544547"})))
	require.NoError(t, form.Answer(8786788, agentsurvey.Engaged(agentsurvey.Lead{Topic: "sales", Value: "2.0", LeadID: "878979", Currency: "USD"})))
	require.NoError(t, form.Answer(11345354, agentsurvey.Engaged(agentsurvey.Purchase{Total: "100.5", OrderID: "476847365", Currency: "USD"})))
	require.NoError(t, form.Answer(17, agentsurvey.Choice(7, 5)))
	require.NoError(t, form.Answer(18, agentsurvey.Number(12)))
}

func TestRequests(t *testing.T) {
	t.Parallel()
	const revision = "X-Lp-State-Rev: 1564319724453625857\n"
	write := func(method, query, rev, body string) string {
		length, kind := "", ""
		if body != "" {
			length, kind = "Content-Length: "+strconv.Itoa(len(body))+"\n", "Content-Type: application/json\n"
		}
		return method + forms + "state?" + query + " HTTP/1.1\nHost: forms.liveperson.net\nUser-Agent: " + userAgent + "\n" + length +
			"Accept: application/json\nAuthorization: Bearer t0ken\n" + kind + rev + "Accept-Encoding: gzip\n\n" + body
	}
	for _, v := range []agentsurvey.Version{agentsurvey.V1, agentsurvey.V2} {
		t.Run(string(v), func(t *testing.T) {
			t.Parallel()
			common := "conv=" + conversation + "&skill=-1&v=" + string(v)
			ref := agentsurvey.Ref{Conversation: conversation, Skill: liveperson.NoSkill}
			state := "200\n\n" + everyKind
			context := "200\n\n" + `{"agentSurveyStatus":"submitted","lastActionTimeInMillis":1564378978227,"autoCloseTimestamp":0,"stateRevision":1564378978225684481}`
			surveys, script := scripted(t, []string{state, state, state, state, state, "200\n\n", state, context, state, context}, agentsurvey.WithVersion(v))

			_, err := surveys.Get(t.Context(), ref)
			require.NoError(t, err)
			_, err = surveys.Get(t.Context(), ref, agentsurvey.Full())
			require.NoError(t, err)
			_, err = surveys.Get(t.Context(), ref, agentsurvey.From(7676))
			require.NoError(t, err)
			_, err = surveys.State(t.Context(), ref, agentsurvey.Full())
			require.NoError(t, err)
			fill := func() *agentsurvey.Form {
				survey, err := surveys.State(t.Context(), ref)
				require.NoError(t, err)
				form := survey.Form()
				answerEveryKind(t, form)
				return form
			}
			_, err = surveys.Save(t.Context(), fill())
			require.NoError(t, err)
			_, err = surveys.Submit(t.Context(), fill())
			require.NoError(t, err)
			_, err = surveys.Dismiss(t.Context(), fill())
			require.NoError(t, err)

			saveRevision := revision
			if v == agentsurvey.V2 {
				saveRevision = ""
			}
			want := []string{
				get("GET" + forms + "?conv=" + conversation + "&seq=true&skill=-1&v=" + string(v)),
				get("GET" + forms + "?conv=" + conversation + "&seq=false&skill=-1&v=" + string(v)),
				get("GET" + forms + "?conv=" + conversation + "&seq=true&seqRoot=7676&skill=-1&v=" + string(v)),
				get("GET" + forms + "state?conv=" + conversation + "&seq=false&skill=-1&v=" + string(v)),
				get("GET" + forms + "state?" + common),
				write("PUT", common, saveRevision, everyAnswer),
				get("GET" + forms + "state?" + common),
				write("POST", common, revision, everyAnswer),
				get("GET" + forms + "state?" + common),
				write("DELETE", common, revision, ""),
			}
			require.Len(t, script.sent, len(want))
			for i := range want {
				assert.Equal(t, want[i], script.sent[i])
			}
		})
	}
}

// A save whose answers lead to questions that are not loaded asks for them.
func TestSaveAsksForTheNextSequence(t *testing.T) {
	t.Parallel()
	const first = `{"root":1,"questions":[{"id":1,"orderId":1,"category":"radio_button","containsLogic":true,"replies":[{"id":2,"next":9007199254740993},{"id":3}]}],"stateRevision":5}`
	surveys, script := scripted(t, []string{"200\n\n" + first, "206\n\n" + `{"questions":{"id":"9007199254740993","orderId":"2","category":"free_text"},"stateRevision":"7"}`})
	survey, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := survey.Form()
	require.NoError(t, form.Answer(1, agentsurvey.Choice(2)))
	_, err = surveys.Save(t.Context(), form)
	require.NoError(t, err)
	assert.Contains(t, script.sent[1], "PUT"+forms+"state?conv="+conversation+"&seqRoot=9007199254740993&skill=42&v=2.0 HTTP/1.1\n")
	assert.Equal(t, []int64{1, 9007199254740993}, ids(form.Questions()))
	assert.EqualValues(t, 7, form.Context().Revision)
}

// A conversation id is opaque: it is escaped and nothing else.
func TestConversationIsEscaped(t *testing.T) {
	t.Parallel()
	surveys, script := scripted(t, []string{"200\n\n" + everyKind})
	_, err := surveys.State(t.Context(), agentsurvey.Ref{Conversation: "../a b&v=1.0#é/%2e", Skill: "42"})
	require.NoError(t, err)
	assert.Equal(t, get("GET"+forms+"state?conv=..%2Fa+b%26v%3D1.0%23%C3%A9%2F%252e&skill=42&v=2.0"), script.sent[0])
}

func TestInputIsCheckedBeforeTheNetwork(t *testing.T) {
	t.Parallel()
	for want, try := range map[string]func(t *testing.T) error{
		"agentsurvey.State: conv: must not be empty": func(t *testing.T) error {
			t.Helper()
			return state(t, agentsurvey.Ref{Skill: "42"})
		},
		"agentsurvey.State: conv: must be UTF-8 without control characters": func(t *testing.T) error {
			t.Helper()
			return state(t, agentsurvey.Ref{Conversation: "a\nb", Skill: "42"})
		},
		"agentsurvey.State: skill: must be a whole number, or liveperson.NoSkill": func(t *testing.T) error {
			t.Helper()
			assert.ErrorIs(t, state(t, agentsurvey.Ref{Conversation: "a", Skill: "sales"}), liveperson.ErrInvalidInput)
			return state(t, agentsurvey.Ref{Conversation: "a"})
		},
		"agentsurvey.Get: seqRoot: must be a question's id": func(t *testing.T) error {
			t.Helper()
			return state(t, ref, agentsurvey.From(0))
		},
		"agentsurvey.State: seqRoot: is for Get only": func(t *testing.T) error {
			t.Helper()
			return state(t, ref, agentsurvey.From(3))
		},
		"agentsurvey.New: session: must not be nil": func(t *testing.T) error {
			t.Helper()
			return refused(t, nil)
		},
		"agentsurvey.New: version: must be V1 or V2": func(t *testing.T) error {
			t.Helper()
			return refused(t, new(script).session(t, retry.Policy{}), agentsurvey.WithVersion("3.0"), agentsurvey.WithLogger(nil))
		},
		"agentsurvey.New: date layout: must be a layout of package time that holds year, month and day": func(t *testing.T) error {
			t.Helper()
			return refused(t, new(script).session(t, retry.Policy{}), agentsurvey.WithMerge(nil), agentsurvey.WithDateLayout("15:04"))
		},
		"agentsurvey.Submit: form: must be made by Survey.Form": func(t *testing.T) error {
			t.Helper()
			surveys, _ := scripted(t, nil)
			_, err := surveys.Submit(t.Context(), &agentsurvey.Form{})
			return err
		},
		"agentsurvey.AutoSave: form: must be made by Survey.Form": func(t *testing.T) error {
			t.Helper()
			surveys, _ := scripted(t, nil)
			return surveys.AutoSave(t.Context(), &agentsurvey.Form{}, 0)
		},
		"agentsurvey.Continue: form: must be made by Survey.Form": func(t *testing.T) error {
			t.Helper()
			surveys, _ := scripted(t, nil)
			return surveys.Continue(t.Context(), &agentsurvey.Form{})
		},
		"agentsurvey.AutoSave: every: must not be negative": func(t *testing.T) error {
			t.Helper()
			surveys, _ := scripted(t, nil)
			return surveys.AutoSave(t.Context(), (&agentsurvey.Survey{}).Form(), -1)
		},
	} {
		err := try(t)
		var input *liveperson.InputError
		require.ErrorAs(t, err, &input, want)
		assert.Equal(t, want, err.Error())
	}
}

// refused is the error of a client that cannot be made.
func refused(t *testing.T, session *login.Session, opts ...agentsurvey.Option) error {
	t.Helper()
	surveys, err := agentsurvey.New(session, opts...)
	assert.Nil(t, surveys)
	return err
}

func state(t *testing.T, ref agentsurvey.Ref, part ...agentsurvey.Part) error {
	t.Helper()
	surveys, script := scripted(t, nil)
	_, err := surveys.State(t.Context(), ref, part...)
	assert.Empty(t, script.sent)
	return err
}

func TestErrorsAreNamed(t *testing.T) {
	t.Parallel()
	for status, want := range map[string][]error{
		"404": {agentsurvey.ErrNoSurvey, liveperson.ErrNotFound},
		"410": {agentsurvey.ErrExpired, liveperson.ErrGone},
		"403": {liveperson.ErrForbidden},
		"400": {},
	} {
		const reason = `{"error":{"time":"Sep 22, 2016 4:10:15 PM","message":"no t0ken","internalCode":12}}`
		surveys, _ := scripted(t, []string{status + "\n\n" + reason, "200\n\n" + everyKind, status + "\n\n" + reason})
		_, err := surveys.State(t.Context(), ref)
		check := func(op, method string, err error) {
			t.Helper()
			for _, target := range want {
				assert.ErrorIs(t, err, target)
			}
			var e *liveperson.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, status, strconv.Itoa(e.Status))
			assert.Equal(t, op, e.Op)
			assert.Equal(t, method, e.Method)
			assert.Equal(t, 12, e.Code)
			assert.Equal(t, "no [redacted]", e.Message)
			assert.NotContains(t, err.Error(), "t0ken")
		}
		check("agentsurvey.State", "GET", err)
		survey, err := surveys.State(t.Context(), ref)
		require.NoError(t, err)
		form := survey.Form()
		_, err = surveys.Submit(t.Context(), form)
		check("agentsurvey.Submit", "POST", err)
		assert.Equal(t, agentsurvey.Open, form.Context().Status)
	}
}

func sample(tb testing.TB, name string) string {
	tb.Helper()
	b, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(tb, err)
	return string(b)
}
