package agentsurvey_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
)

// loaded is a survey from literal JSON, as one answer of the service.
func loaded(tb testing.TB, questions string, part ...agentsurvey.Part) *agentsurvey.Survey {
	tb.Helper()
	surveys, _ := scripted(tb, []string{"200\n\n" + `{"root":1,"questions":` + questions + `,"agentSurveyStatus":"open","stateRevision":1564319724453625857}`})
	s, err := surveys.Get(tb.Context(), ref, part...)
	require.NoError(tb, err)
	return s
}

func TestAnswersAreChecked(t *testing.T) {
	t.Parallel()
	const questions = `[
		{"id":1,"orderId":1,"next":2,"category":"free_text","maxCharacters":5},
		{"id":2,"orderId":2,"next":3,"category":"number"},
		{"id":3,"orderId":3,"next":4,"category":"date"},
		{"id":4,"orderId":4,"next":5,"category":"radio_button","replies":[{"id":41,"text":"Good"},{"id":42,"text":"Bad"},{"id":43,"text":" good "}]},
		{"id":5,"orderId":5,"next":6,"category":"checkbox","replies":[{"id":51,"text":"A"},{"id":52,"text":"B"},{"id":53,"text":"same"},{"id":54,"text":"same"},{"id":55},{"id":56},{"id":57},{"id":58},{"id":59}]},
		{"id":6,"orderId":6,"next":7,"category":"free_text","maxCharacters":4,"engagementAttribute":{"type":"service_activity","attributes":["topic","status"]}},
		{"id":7,"orderId":7,"next":8,"category":"free_text","questionDefinition":"engagement_attributes"},
		{"id":8,"orderId":8,"next":9,"category":"stars","replies":[{"id":81},{"id":82}]},
		{"id":9,"orderId":9,"next":10,"category":"poem"},
		{"id":10,"orderId":10,"category":"dropdown","containsLogic":true,"replies":[{"id":101,"next":11},{"id":102}]},
		{"id":11,"orderId":11,"category":"free_text"}]`
	form := loaded(t, questions, agentsurvey.Full()).Form()
	const e = ""
	for _, c := range []struct {
		question int64
		answer   agentsurvey.Answer
		rule     agentsurvey.Rule
		want     string // the state as JSON, or the problem's detail
	}{
		{1, agentsurvey.Text("héllo"), e, `{"id":1,"questionStatus":"answer","freeTextReply":"héllo"}`},
		{1, agentsurvey.Text("helloo"), agentsurvey.RuleLength, "must not be longer than 5 characters"},
		{1, agentsurvey.Text("abc😀"), e, `{"id":1,"questionStatus":"answer","freeTextReply":"abc😀"}`},
		{1, agentsurvey.Text("abcd😀"), agentsurvey.RuleLength, "must not be longer than 5 characters"},
		{1, agentsurvey.Text(" \n"), agentsurvey.RuleEmpty, "must not be empty"},
		{1, agentsurvey.Choice(11), agentsurvey.RuleKind, "wants a text"},
		{1, agentsurvey.Answer{}, agentsurvey.RuleKind, "wants a text"},
		{1, agentsurvey.Number(int8(-3)), e, `{"id":1,"questionStatus":"answer","freeTextReply":"-3"}`},
		{2, agentsurvey.Number(1e21), e, `{"id":2,"questionStatus":"answer","freeTextReply":"1000000000000000000000"}`},
		{2, agentsurvey.Number(0.00000025), e, `{"id":2,"questionStatus":"answer","freeTextReply":"0.00000025"}`},
		{2, agentsurvey.Number(uint64(18446744073709551615)), e, `{"id":2,"questionStatus":"answer","freeTextReply":"18446744073709551615"}`},
		{2, agentsurvey.Number(2.5), e, `{"id":2,"questionStatus":"answer","freeTextReply":"2.5"}`},
		{2, agentsurvey.Number(float32(0.1)), e, `{"id":2,"questionStatus":"answer","freeTextReply":"0.1"}`},
		{2, agentsurvey.Number(1e-20), e, `{"id":2,"questionStatus":"answer","freeTextReply":"0.00000000000000000001"}`},
		{2, agentsurvey.Number(-1.5e-20), e, `{"id":2,"questionStatus":"answer","freeTextReply":"-0.000000000000000000015"}`},
		{2, agentsurvey.Number(1.25e22), e, `{"id":2,"questionStatus":"answer","freeTextReply":"12500000000000000000000"}`},
		{2, agentsurvey.Number(math.MaxFloat32), e, `{"id":2,"questionStatus":"answer","freeTextReply":"340282346638528860000000000000000000000"}`},
		{2, agentsurvey.Number(float32(math.MaxFloat32)), e, `{"id":2,"questionStatus":"answer","freeTextReply":"340282350000000000000000000000000000000"}`},
		{2, agentsurvey.Number(float32(1e-7)), e, `{"id":2,"questionStatus":"answer","freeTextReply":"0.0000001"}`},
		{2, agentsurvey.Number(grade(1e-7)), e, `{"id":2,"questionStatus":"answer","freeTextReply":"0.0000001"}`},
		{2, agentsurvey.Number(grade(0.1)), e, `{"id":2,"questionStatus":"answer","freeTextReply":"0.1"}`},
		{2, agentsurvey.Number(90 * time.Second), e, `{"id":2,"questionStatus":"answer","freeTextReply":"90000000000"}`},
		{2, agentsurvey.Number(time.March), e, `{"id":2,"questionStatus":"answer","freeTextReply":"3"}`},
		{2, agentsurvey.Number(uint8(255)), e, `{"id":2,"questionStatus":"answer","freeTextReply":"255"}`},
		{2, agentsurvey.Number(math.Inf(1)), agentsurvey.RuleNumber, "must be a decimal number"},
		{2, agentsurvey.Number(float32(math.Inf(-1))), agentsurvey.RuleNumber, "must be a decimal number"},
		{1, agentsurvey.Number(nan()), agentsurvey.RuleNumber, "must be a decimal number"},
		{9, agentsurvey.Number(math.Inf(-1)), agentsurvey.RuleNumber, "must be a decimal number"},
		{1, agentsurvey.Text("a\xff"), agentsurvey.RuleUTF8, "must be UTF-8"},
		{1, agentsurvey.Text("\xed\xa0\x80"), agentsurvey.RuleUTF8, "must be UTF-8"},
		{2, agentsurvey.Text("1\xff"), agentsurvey.RuleUTF8, "must be UTF-8"},
		{3, agentsurvey.Text("2024-02-29\xff"), agentsurvey.RuleUTF8, "must be UTF-8"},
		{9, agentsurvey.Text("\xff"), agentsurvey.RuleUTF8, "must be UTF-8"},
		{4, agentsurvey.ChoiceText("Good\xff"), agentsurvey.RuleUTF8, "must be UTF-8"},
		{5, agentsurvey.ChoiceText("A", "\xff"), agentsurvey.RuleUTF8, "must be UTF-8"},
		{6, agentsurvey.Engaged(agentsurvey.Service{Topic: "a\xff"}), agentsurvey.RuleUTF8, "topic must be UTF-8"},
		{7, agentsurvey.Engaged(agentsurvey.Lead{LeadID: "\xff"}), agentsurvey.RuleUTF8, "lead_id must be UTF-8"},
		{7, agentsurvey.Engaged(agentsurvey.Purchase{Total: "1", Currency: "\xff"}), agentsurvey.RuleUTF8, "currency must be UTF-8"},
		{2, agentsurvey.Text("+007.50"), e, `{"id":2,"questionStatus":"answer","freeTextReply":"+007.50"}`},
		{2, agentsurvey.Text("1,5"), agentsurvey.RuleNumber, "must be a decimal number"},
		{2, agentsurvey.Text("1e5"), agentsurvey.RuleNumber, "must be a decimal number"},
		{2, agentsurvey.Text("0x1"), agentsurvey.RuleNumber, "must be a decimal number"},
		{2, agentsurvey.Text("."), agentsurvey.RuleNumber, "must be a decimal number"},
		{2, agentsurvey.Text("1."), agentsurvey.RuleNumber, "must be a decimal number"},
		{2, agentsurvey.Number(nan()), agentsurvey.RuleNumber, "must be a decimal number"},
		{3, agentsurvey.Date(time.Date(2024, 2, 29, 23, 59, 0, 0, time.UTC)), e, `{"id":3,"questionStatus":"answer","freeTextReply":"2024-02-29"}`},
		{3, agentsurvey.Text("2024-02-29T10:00:00+02:00"), e, `{"id":3,"questionStatus":"answer","freeTextReply":"2024-02-29T10:00:00+02:00"}`},
		{3, agentsurvey.Text("2023-02-29"), agentsurvey.RuleDate, "must be a date like 2006-01-02"},
		{3, agentsurvey.Text("soon"), agentsurvey.RuleDate, "must be a date like 2006-01-02"},
		{3, agentsurvey.Date(time.Time{}), agentsurvey.RuleDate, "must not be the zero time"},
		{4, agentsurvey.Choice(42), e, `{"id":4,"questionStatus":"answer","replyIds":[42]}`},
		{4, agentsurvey.ChoiceText("Good"), e, `{"id":4,"questionStatus":"answer","replyIds":[41]}`},
		{4, agentsurvey.ChoiceText(" BAD"), e, `{"id":4,"questionStatus":"answer","replyIds":[42]}`},
		{4, agentsurvey.ChoiceText("GOOD"), agentsurvey.RuleUnknownReply, "offers several replies with that text: choose by id"},
		{4, agentsurvey.ChoiceText("Fair"), agentsurvey.RuleUnknownReply, "offers no reply with that text"},
		{4, agentsurvey.Choice(44), agentsurvey.RuleUnknownReply, "offers no reply 44"},
		{4, agentsurvey.Choice(41, 42), agentsurvey.RuleOneReply, "takes one reply only"},
		{4, agentsurvey.Choice(), agentsurvey.RuleEmpty, "must be one of the replies"},
		{4, agentsurvey.Text("Good"), agentsurvey.RuleKind, "wants a choice"},
		{5, agentsurvey.Choice(52, 51, 59), e, `{"id":5,"questionStatus":"answer","replyIds":[51,52,59]}`},
		{5, agentsurvey.ChoiceText("b", "A"), e, `{"id":5,"questionStatus":"answer","replyIds":[51,52]}`},
		{5, agentsurvey.ChoiceText("same"), agentsurvey.RuleUnknownReply, "offers several replies with that text: choose by id"},
		{5, agentsurvey.Choice(52, 51, 52), agentsurvey.RuleRepeatedReply, "has reply 52 chosen twice"},
		{5, agentsurvey.Choice(60), agentsurvey.RuleUnknownReply, "offers no reply 60"},
		{6, agentsurvey.Engaged(agentsurvey.Service{Topic: "loan", Status: "0"}), e, `{"id":6,"questionStatus":"answer","engAttribute":{"type":"service","service":{"topic":"loan","status":0}}}`},
		{6, agentsurvey.Engaged(agentsurvey.Service{Topic: "loans"}), agentsurvey.RuleLength, "topic must not be longer than 4 characters"},
		{6, agentsurvey.Engaged(agentsurvey.Service{Category: "x"}), agentsurvey.RuleAttribute, "does not ask for category"},
		{6, agentsurvey.Engaged(agentsurvey.Service{Status: "open"}), agentsurvey.RuleNumber, "status must be a decimal number"},
		{6, agentsurvey.Engaged(agentsurvey.Service{}), agentsurvey.RuleEmpty, "must have at least one attribute"},
		{6, agentsurvey.Engaged(agentsurvey.Lead{Topic: "x"}), agentsurvey.RuleKind, "wants engagement attributes of type service"},
		{6, agentsurvey.Engaged(nil), agentsurvey.RuleKind, "wants engagement attributes"},
		{6, agentsurvey.Text("x"), agentsurvey.RuleKind, "wants engagement attributes"},
		{7, agentsurvey.Engaged(agentsurvey.Purchase{Total: "-1.50", OrderID: "\"<&>"}), e, `{"id":7,"questionStatus":"answer","engAttribute":{"type":"purchase","service":{"total":-1.50,"orderId":"\"<&>"}}}`},
		{7, agentsurvey.Engaged(agentsurvey.Lead{Value: "01"}), agentsurvey.RuleNumber, "value must be a decimal number"},
		{7, agentsurvey.Engaged(agentsurvey.OtherEngagement{Type: "x", JSON: "}"}), agentsurvey.RuleKind, "wants a Service, a Lead or a Purchase"},
		{8, agentsurvey.Choice(82, 81), e, `{"id":8,"questionStatus":"answer","replyIds":[81,82]}`},
		{9, agentsurvey.Text("roses"), e, `{"id":9,"questionStatus":"answer","freeTextReply":"roses"}`},
		{11, agentsurvey.Text("x"), agentsurvey.RuleHidden, "the answers so far do not lead to it"},
		{12, agentsurvey.Text("x"), agentsurvey.RuleUnknownQuestion, ""},
	} {
		before, _ := form.State(c.question)
		err := form.Answer(c.question, c.answer)
		after, visible := form.State(c.question)
		if c.rule == "" {
			require.NoError(t, err, c.want)
			assert.True(t, visible)
			out, err := json.Marshal(form.States()[c.question-1])
			require.NoError(t, err)
			assert.Equal(t, strings.NewReplacer("&", `\u0026`, "<", `\u003c`, ">", `\u003e`).Replace(c.want), string(out))
			continue
		}
		var invalid *agentsurvey.ValidationError
		require.ErrorAs(t, err, &invalid, c.want)
		require.ErrorIs(t, err, liveperson.ErrInvalidInput)
		require.Len(t, invalid.Problems, 1)
		p := invalid.Problems[0]
		assert.Equal(t, c.question, p.Question)
		assert.Equal(t, c.rule, p.Rule)
		assert.Equal(t, c.want, p.Detail)
		assert.Equal(t, before, after)
	}
	require.NoError(t, form.Validate())
	require.NoError(t, form.Clear(1))
	s, _ := form.State(1)
	assert.Equal(t, agentsurvey.QuestionState{ID: 1, Status: agentsurvey.Show}, s)
	require.Error(t, form.Clear(11))
}

// grade is a number with a word for it.
type grade float32

func (grade) String() string { return "very good" }

func nan() float64 {
	zero := 0.0
	return zero / zero
}

func TestDateLayout(t *testing.T) {
	t.Parallel()
	surveys, _ := scripted(t, []string{"200\n\n" + everyKind}, agentsurvey.WithDateLayout("02.01.2006"))
	s, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := s.Form()
	require.NoError(t, form.Answer(16566656, agentsurvey.Date(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))))
	state, _ := form.State(16566656)
	assert.Equal(t, "01.03.2026", state.Text)
	require.NoError(t, form.Answer(16566656, agentsurvey.Text("31.12.2026")))
	err = form.Answer(16566656, agentsurvey.Text("12/31/2026"))
	require.ErrorContains(t, err, "question 16566656: not a date: must be a date like 02.01.2006")
}

// diamond: 1 opens 2 or 3, which both lead to 4; 4 is a checkbox whose replies
// open 5 and 6, which both lead to 7.
const diamond = `[
	{"id":1,"orderId":1,"category":"radio_button","required":true,"containsLogic":true,"replies":[{"id":11,"next":2},{"id":12,"next":3},{"id":13}]},
	{"id":2,"orderId":2,"next":4,"category":"free_text","required":true},
	{"id":3,"orderId":3,"nextInOrder":true,"category":"free_text"},
	{"id":4,"orderId":4,"category":"checkbox","containsLogic":true,"replies":[{"id":41,"nextInOrder":true},{"id":42,"next":6},{"id":43,"next":7}]},
	{"id":5,"orderId":5,"next":7,"category":"free_text"},
	{"id":6,"orderId":6,"next":7,"category":"free_text"},
	{"id":7,"orderId":7,"nextInOrder":true,"category":"free_text"}]`

func TestBranches(t *testing.T) {
	t.Parallel()
	form := loaded(t, diamond, agentsurvey.Full()).Form()
	visible := func(want ...int64) {
		t.Helper()
		assert.Equal(t, want, ids(form.Questions()))
	}
	visible(1)
	require.NoError(t, form.Answer(1, agentsurvey.Choice(11)))
	visible(1, 2, 4)
	require.NoError(t, form.Answer(2, agentsurvey.Text("two")))
	require.NoError(t, form.Answer(4, agentsurvey.Choice(42, 41)))
	visible(1, 2, 4, 5, 6, 7)
	require.NoError(t, form.Answer(5, agentsurvey.Text("five")))
	require.NoError(t, form.Answer(7, agentsurvey.Text("seven")))
	assert.Equal(t, agentsurvey.Progress{Visible: 6, Answered: 5}, form.Progress())

	// The other branch closes 2; what both lead to stays.
	require.NoError(t, form.Answer(1, agentsurvey.Choice(12)))
	visible(1, 3, 4, 5, 6, 7)
	require.NoError(t, form.Answer(1, agentsurvey.Choice(11)))
	visible(1, 2, 4, 5, 6, 7)
	s, open := form.State(2)
	assert.True(t, open)
	assert.False(t, s.IsAnswered())
	assert.Equal(t, []int64{2}, ids(form.Missing()))
	require.ErrorContains(t, form.Validate(), "question 2: required: has no answer")
	s, _ = form.State(7)
	assert.Equal(t, "seven", s.Text)

	require.NoError(t, form.Answer(4, agentsurvey.Choice(43)))
	visible(1, 2, 4, 7)
	_, open = form.State(5)
	assert.False(t, open)
	require.NoError(t, form.Clear(4))
	visible(1, 2, 4)
	require.NoError(t, form.Answer(1, agentsurvey.Choice(13)))
	visible(1)
	assert.Equal(t, agentsurvey.Progress{Visible: 1, Answered: 1}, form.Progress())
	require.NoError(t, form.Clear(1))
	assert.Equal(t, agentsurvey.Progress{Visible: 1, RequiredLeft: 1}, form.Progress())
}

func TestBrokenGraphs(t *testing.T) {
	t.Parallel()
	for questions, want := range map[string]agentsurvey.GraphError{
		`[{"id":1,"orderId":1,"next":2},{"id":2,"orderId":2,"next":1}]`:                                         {Question: 2, Next: 1, Loop: true},
		`[{"id":1,"orderId":1,"next":1}]`:                                                                       {Question: 1, Next: 1, Loop: true},
		`[{"id":1,"orderId":1,"next":3},{"id":3,"orderId":2,"nextInOrder":true},{"id":2,"orderId":3,"next":1}]`: {Question: 2, Next: 1, Loop: true},
		`[{"id":1,"orderId":1,"next":9}]`:                                                                       {Question: 1, Next: 9},
	} {
		form := loaded(t, questions, agentsurvey.Full()).Form()
		surveys, script := scripted(t, []string{"200\n\n" + `{"root":1,"questions":` + questions + `,"agentSurveyStatus":"open","stateRevision":5}`})
		survey, err := surveys.State(t.Context(), ref, agentsurvey.Full())
		require.NoError(t, err)
		_, saved := surveys.Save(t.Context(), survey.Form())
		for _, err := range []error{form.Validate(), saved, form.Merge(survey, nil)} {
			var broken *agentsurvey.GraphError
			require.ErrorAs(t, err, &broken, questions)
			assert.Equal(t, &want, broken)
		}
		assert.Len(t, script.sent, 1, "nothing was saved")
	}

	// An answer that leads nowhere is refused, and the form stays as it is.
	const lost = `[{"id":1,"orderId":1,"category":"dropdown","replies":[{"id":11,"next":2},{"id":12,"next":1},{"id":13,"next":9},{"id":14}]},{"id":2,"orderId":2,"category":"dropdown","replies":[{"id":21,"next":1},{"id":22}]}]`
	form := loaded(t, lost, agentsurvey.Full()).Form()
	for range 2 {
		require.EqualError(t, form.Answer(1, agentsurvey.Choice(12)), "agent survey: question 1 leads to question 1, in a circle")
		require.EqualError(t, form.Answer(1, agentsurvey.Choice(13)), "agent survey: question 1 leads to question 9, which does not exist")
		require.NoError(t, form.Answer(1, agentsurvey.Choice(11)))
		require.NoError(t, form.Answer(2, agentsurvey.Choice(22)))
		require.EqualError(t, form.Answer(2, agentsurvey.Choice(21)), "agent survey: question 2 leads to question 1, in a circle")
		s, _ := form.State(2)
		assert.Equal(t, []int64{22}, s.ReplyIDs)
		require.NoError(t, form.Validate())
		assert.Equal(t, []int64{1, 2}, ids(form.Questions()))
	}
	// Not the whole survey: what is not there may be loaded.
	form = loaded(t, lost).Form()
	require.NoError(t, form.Answer(1, agentsurvey.Choice(13)))
	_, pending := form.Pending()
	assert.True(t, pending)
}

func TestContinue(t *testing.T) {
	t.Parallel()
	const first = `{"root":1,"questions":[{"id":1,"orderId":1,"category":"radio_button","containsLogic":true,"replies":[{"id":11,"next":5},{"id":12,"nextInOrder":true},{"id":13,"next":9}]}],"stateRevision":5}`
	const five = `{"root":1,"questions":[{"id":5,"orderId":5,"next":6},{"id":6,"orderId":6}]}`
	const full = `{"root":1,"questions":[{"id":1,"orderId":1,"category":"radio_button","containsLogic":true,"replies":[{"id":11,"next":5},{"id":12,"nextInOrder":true},{"id":13,"next":9}]},{"id":2,"orderId":2,"next":5},{"id":5,"orderId":5,"next":6},{"id":6,"orderId":6}]}`
	surveys, script := scripted(t, []string{"200\n\n" + first, "400\n\n", "200\n\n{}", "200\n\n" + five, "206\n\n" + full, "200\n\n" + full})
	survey, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := survey.Form()
	require.NoError(t, surveys.Continue(t.Context(), form)) // nothing to load
	require.NoError(t, form.Answer(1, agentsurvey.Choice(13)))
	err = surveys.Continue(t.Context(), form)
	require.ErrorContains(t, err, "agent survey: question 1 leads to question 9, which does not exist: agentsurvey.Get: GET https://forms.liveperson.net/")
	var refused *liveperson.Error
	require.ErrorAs(t, err, &refused)
	require.EqualError(t, surveys.Continue(t.Context(), form), "agent survey: question 1 leads to question 9, which does not exist")
	require.NoError(t, form.Answer(1, agentsurvey.Choice(11)))
	require.NoError(t, surveys.Continue(t.Context(), form))
	assert.Equal(t, []int64{1, 5, 6}, ids(form.Questions()))
	require.NoError(t, form.Answer(6, agentsurvey.Text("six")))

	// What follows in order is not known by an id: the whole survey is read.
	require.NoError(t, form.Answer(1, agentsurvey.Choice(12)))
	root, pending := form.Pending()
	assert.True(t, pending)
	assert.Zero(t, root)
	require.NoError(t, surveys.Continue(t.Context(), form))
	assert.Equal(t, []int64{1, 2, 5, 6}, ids(form.Questions()))
	s, _ := form.State(6)
	assert.Equal(t, "six", s.Text)
	assert.Contains(t, script.sent[1], "&seq=true&seqRoot=9&")
	assert.Contains(t, script.sent[4], "&seq=false&")
}

func TestFormJSON(t *testing.T) {
	t.Parallel()
	surveys, _ := scripted(t, []string{"200\n\n" + everyKind})
	survey, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := survey.Form()
	answerEveryKind(t, form)
	out, err := json.Marshal(form)
	require.NoError(t, err)
	assert.Contains(t, string(out), `"stateRevision":"1564319724453625857"`) // a text: JavaScript rounds
	var back agentsurvey.Form
	require.NoError(t, json.Unmarshal(out, &back))
	assert.Equal(t, form.Ref(), back.Ref())
	assert.Equal(t, form.Context(), back.Context())
	assert.Equal(t, form.Questions(), back.Questions())
	assert.Equal(t, form.States(), back.States())
	assert.True(t, back.Changed())
	again, err := json.Marshal(&back)
	require.NoError(t, err)
	assert.Equal(t, string(out), string(again))

	// It comes back from a browser: the answers are checked anew.
	for from, to := range map[string]string{
		`"replyIds":[11]`:           `"replyIds":[13]`,
		`"replyIds":[5,7]`:          `"replyIds":[5,5]`,
		`"freeTextReply":"12"`:      `"freeTextReply":"twelve"`,
		`{"id":18,"questionStatus"`: `{"id":19,"questionStatus"`,
		`"format":1`:                `"format":2`,
		`"listed":[1,`:              `"listed":[99,`,
		`"listed":[1,2,`:            `"listed":[`,
		`"ref":{`:                   `"ref":7,"x":{`,
		`{"id":17,"orderId":7`:      `{"id":18,"orderId":7`,
	} {
		bad := strings.Replace(string(out), from, to, 1)
		require.NotEqual(t, string(out), bad, from)
		err := json.Unmarshal([]byte(bad), &back)
		require.ErrorIs(t, err, liveperson.ErrInvalidInput, bad)
	}
	again, err = json.Marshal(&back)
	require.NoError(t, err)
	assert.Equal(t, string(out), string(again))

	out, err = json.Marshal(new(agentsurvey.Form))
	require.NoError(t, err)
	assert.Equal(t, "null", string(out))
}

// A form that comes back from a browser may hold answers of the wrong kind.
func TestFormJSONWithWrongAnswers(t *testing.T) {
	t.Parallel()
	const questions = `[{"id":1,"orderId":1,"next":2,"category":"free_text"},{"id":2,"orderId":2,"next":3,"category":"radio_button","replies":[{"id":21}]},` +
		`{"id":3,"orderId":3,"category":"free_text","questionDefinition":"engagement_attributes"}]`
	form := loaded(t, questions, agentsurvey.Full()).Form()
	require.NoError(t, form.Answer(1, agentsurvey.Text("one")))
	require.NoError(t, form.Answer(2, agentsurvey.Choice(21)))
	require.NoError(t, form.Answer(3, agentsurvey.Engaged(agentsurvey.Purchase{Total: "1"})))
	out, err := json.Marshal(form)
	require.NoError(t, err)
	const one, two, three = `"freeTextReply":"one"`, `"replyIds":[21]`, `"service":{"total":1}`
	for _, row := range []struct{ from, to, want string }{
		{one, `"engAttribute":{"type":"lead","service":{"topic":"x"}}`, "question 1: wrong kind of answer: takes no engagement attributes"},
		{one, two, "question 1: wrong kind of answer: offers no replies"},
		{two, one, "question 2: wrong kind of answer: wants a choice"},
	} {
		bad := strings.Replace(string(out), row.from, row.to, 1)
		require.NotEqual(t, string(out), bad)
		var back agentsurvey.Form
		err := json.Unmarshal([]byte(bad), &back)
		var invalid *agentsurvey.ValidationError
		require.ErrorAs(t, err, &invalid, bad)
		require.Len(t, invalid.Problems, 1)
		assert.Equal(t, row.want, invalid.Problems[0].String())
	}
	bad := strings.NewReplacer(two, `"replyIds":[22]`, one, `"freeTextReply":" "`).Replace(string(out))
	var back agentsurvey.Form
	var invalid *agentsurvey.ValidationError
	require.ErrorAs(t, json.Unmarshal([]byte(bad), &back), &invalid)
	require.Len(t, invalid.Problems, 2)
	assert.EqualValues(t, 1, invalid.Problems[0].Question)
	assert.EqualValues(t, 2, invalid.Problems[1].Question)

	// Attributes that this package does not know go round with the others.
	more := strings.Replace(string(out), three, `"service":{"total":1,"tax":2}`, 1)
	require.NoError(t, json.Unmarshal([]byte(more), &back))
	require.NoError(t, back.Validate())
	again, err := json.Marshal(&back)
	require.NoError(t, err)
	assert.Equal(t, more, string(again))

	// One that was stored without a date layout has the default.
	older := strings.Replace(string(out), `"dateLayout":"2006-01-02",`, "", 1)
	require.NotEqual(t, string(out), older)
	require.NoError(t, json.Unmarshal([]byte(older), &back))
	again, err = json.Marshal(&back)
	require.NoError(t, err)
	assert.Equal(t, string(out), string(again))
}

// Answers on branches that closed are given back as shown, not answered.
func TestStatesOfClosedBranches(t *testing.T) {
	t.Parallel()
	const questions = `[{"id":1,"orderId":1,"category":"radio_button","containsLogic":true,"replies":[{"id":11,"next":5},{"id":12}],"questionState":{"questionStatus":"answer","replyIds":[11]}},` +
		`{"id":9,"orderId":3,"category":"number","questionState":{"questionStatus":"answer","freeTextReply":"n/a"}},` +
		`{"id":5,"orderId":2,"next":9,"category":"free_text","questionState":{"questionStatus":"answer","freeTextReply":"five"}}]`
	form := loaded(t, questions, agentsurvey.Full()).Form()
	assert.False(t, form.Changed())
	require.NoError(t, form.Answer(9, agentsurvey.Number(1)), "what was there is no number")
	assert.True(t, form.Changed())
	require.NoError(t, form.Clear(9))
	require.NoError(t, form.Clear(5))
	require.NoError(t, form.Answer(1, agentsurvey.Choice(12)))
	assert.Equal(t, []agentsurvey.QuestionState{
		{ID: 1, Status: agentsurvey.Answered, ReplyIDs: []int64{12}}, {ID: 5, Status: agentsurvey.Show}, {ID: 9, Status: agentsurvey.Show},
	}, form.States())
}

// As many answers as before, but of another question.
func TestChangedWithAsManyAnswers(t *testing.T) {
	t.Parallel()
	form := loaded(t, `[{"id":1,"orderId":1,"next":2,"category":"free_text","questionState":{"questionStatus":"answer","freeTextReply":"x"}},{"id":2,"orderId":2,"category":"free_text"}]`, agentsurvey.Full()).Form()
	require.NoError(t, form.Clear(1))
	require.NoError(t, form.Answer(2, agentsurvey.Text("x")))
	assert.True(t, form.Changed())
}

func TestZeroForm(t *testing.T) {
	t.Parallel()
	var form agentsurvey.Form
	assert.Empty(t, form.Questions())
	assert.Empty(t, form.States())
	assert.Equal(t, agentsurvey.Progress{}, form.Progress())
	require.NoError(t, form.Validate())
	require.Error(t, form.Answer(1, agentsurvey.Text("x")))
	assert.False(t, form.Changed())
	require.NoError(t, form.Merge(&agentsurvey.Survey{}, nil))
}

func TestMerge(t *testing.T) {
	t.Parallel()
	const q = `[{"id":1,"orderId":1,"next":2,"category":"free_text"%s},{"id":2,"orderId":2,"next":3,"category":"number"%s},{"id":3,"orderId":3,"category":"checkbox","replies":[{"id":31},{"id":32}]%s}]`
	survey := func(one, two, three string) *agentsurvey.Survey {
		fill := func(state string) string {
			if state == "" {
				return ""
			}
			return `,"questionState":{"questionStatus":"answer",` + state + `}`
		}
		parts := strings.SplitN(q, "%s", 4)
		return loaded(t, parts[0]+fill(one)+parts[1]+fill(two)+parts[2]+fill(three)+parts[3], agentsurvey.Full())
	}
	base := func() *agentsurvey.Form {
		return survey(`"freeTextReply":"a"`, `"freeTextReply":"1"`, `"replyIds":[31]`).Form()
	}
	text := func(form *agentsurvey.Form, id int64) string {
		s, _ := form.State(id)
		return s.Text
	}

	form := base() // each changed another one
	require.NoError(t, form.Answer(1, agentsurvey.Text("b")))
	require.NoError(t, form.Merge(survey(`"freeTextReply":"a"`, `"freeTextReply":"2"`, ``), nil))
	assert.Equal(t, "b", text(form, 1))
	assert.Equal(t, "2", text(form, 2))
	s, _ := form.State(3)
	assert.False(t, s.IsAnswered())
	assert.True(t, form.Changed())

	form = base() // both the same, written differently
	require.NoError(t, form.Answer(2, agentsurvey.Text("2.50")))
	require.NoError(t, form.Answer(3, agentsurvey.Choice(32, 31)))
	require.NoError(t, form.Merge(survey(`"freeTextReply":"a"`, `"freeTextReply":2.5`, `"replyIds":["32","31"]`), nil))
	assert.False(t, form.Changed())

	form = base() // both, differently
	require.NoError(t, form.Answer(1, agentsurvey.Text("b")))
	require.NoError(t, form.Clear(2))
	fresh := survey(`"freeTextReply":"c"`, `"freeTextReply":"2"`, `"replyIds":[31]`)
	err := form.Merge(fresh, nil)
	var conflict *agentsurvey.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.ErrorIs(t, err, liveperson.ErrConflict)
	assert.Equal(t, "agentsurvey.Merge: conflict: someone else has changed the answer to question 1, 2", err.Error())
	assert.Same(t, fresh, conflict.Fresh)
	answered := func(id int64, text string) agentsurvey.QuestionState {
		return agentsurvey.QuestionState{ID: id, Status: agentsurvey.Answered, Text: text}
	}
	three := agentsurvey.QuestionState{ID: 3, Status: agentsurvey.Answered, ReplyIDs: []int64{31}}
	assert.Equal(t, []agentsurvey.QuestionState{answered(1, "a"), answered(2, "1"), three}, conflict.Base)
	assert.Equal(t, []agentsurvey.QuestionState{answered(1, "c"), answered(2, "2"), three}, conflict.Theirs)
	assert.Equal(t, []agentsurvey.QuestionState{answered(1, "b"), three}, conflict.Mine)
	require.Len(t, conflict.Clashes, 2)
	assert.EqualValues(t, 2, conflict.Clashes[1].Question.ID)
	assert.Equal(t, answered(2, "1"), conflict.Clashes[1].Base)
	assert.Equal(t, answered(2, "2"), conflict.Clashes[1].Theirs)
	assert.Equal(t, agentsurvey.QuestionState{ID: 2, Status: agentsurvey.Show}, conflict.Clashes[1].Mine)
	assert.Equal(t, "b", text(form, 1)) // as it was
	stop := errors.New("ask a person")
	require.ErrorIs(t, form.Merge(fresh, func(agentsurvey.Clash) (agentsurvey.QuestionState, error) {
		return agentsurvey.QuestionState{}, stop
	}), stop)
	require.NoError(t, form.Merge(fresh, agentsurvey.PreferMine))
	assert.Equal(t, "b", text(form, 1))
	assert.Empty(t, text(form, 2))
	require.NoError(t, form.Merge(survey(`"freeTextReply":"d"`, ``, ``), agentsurvey.PreferTheirs))
	assert.Equal(t, "d", text(form, 1))
}

// The survey itself changed: an answer may break its new rules.
func TestMergeOfNewRules(t *testing.T) {
	t.Parallel()
	form := loaded(t, `[{"id":1,"orderId":1,"category":"free_text","maxCharacters":5}]`, agentsurvey.Full()).Form()
	require.NoError(t, form.Answer(1, agentsurvey.Text("hello")))
	require.NoError(t, form.Merge(loaded(t, `[{"id":1,"orderId":1,"category":"free_text","maxCharacters":3}]`, agentsurvey.Full()), nil))
	var invalid *agentsurvey.ValidationError
	require.ErrorAs(t, form.Validate(), &invalid)
	assert.Equal(t, agentsurvey.RuleLength, invalid.Problems[0].Rule)
}

// Engagement attributes of a type that this package does not know are compared
// as they are.
func TestMergeOfEngagements(t *testing.T) {
	t.Parallel()
	survey := func(engagement string) *agentsurvey.Survey {
		return loaded(t, `[{"id":1,"orderId":1,"category":"free_text","questionDefinition":"engagement_attributes","questionState":{"questionStatus":"answer","engAttribute":`+engagement+`}}]`, agentsurvey.Full())
	}
	const x, y = `{"type":"call","service":{"topic":"x"}}`, `{"type":"call","service":{"topic":"y"}}`
	const service, lead = `{"type":"service","service":{"topic":"x"}}`, `{"type":"lead","service":{"topic":"x"}}`
	for _, row := range []struct{ old, fresh string }{{x, x}, {x, y}, {x, service}, {service, lead}} {
		form := survey(row.old).Form()
		require.NoError(t, form.Merge(survey(row.fresh), nil))
		assert.False(t, form.Changed())
		assert.Equal(t, survey(row.fresh).Form().States(), form.States())
	}
}

// An old answer on a branch that a colleague closed is dropped, not disputed.
func TestMergeOfAClosedBranch(t *testing.T) {
	t.Parallel()
	survey := func(reply string) *agentsurvey.Survey {
		return loaded(t, `[{"id":1,"orderId":1,"category":"radio_button","replies":[{"id":11,"next":5},{"id":12}],"questionState":{"questionStatus":"answer","replyIds":[`+reply+`]}},`+
			`{"id":5,"orderId":2,"category":"free_text","questionState":{"questionStatus":"answer","freeTextReply":"five"}}]`, agentsurvey.Full())
	}
	form := survey("11").Form()
	require.NoError(t, form.Merge(survey("12"), nil))
	assert.Equal(t, []agentsurvey.QuestionState{
		{ID: 1, Status: agentsurvey.Answered, ReplyIDs: []int64{12}}, {ID: 5, Status: agentsurvey.Show},
	}, form.States())
}

// A part of the survey says nothing of the rest.
func TestMergeOfAPart(t *testing.T) {
	t.Parallel()
	const one, two = `{"id":1,"orderId":1,"next":2,"category":"free_text"}`, `{"id":2,"orderId":2,"category":"free_text","questionState":{"questionStatus":"answer","freeTextReply":"two"}}`
	form := loaded(t, `[`+one+`,`+two+`]`, agentsurvey.Full()).Form()
	part := loaded(t, `[`+one+`]`)
	part.Partial = true
	require.NoError(t, form.Merge(part, nil))
	s, _ := form.State(2)
	assert.Equal(t, "two", s.Text)
	assert.False(t, form.Changed())
}

// One side answers what the other side's answer hides.
func TestMergeOfBranches(t *testing.T) {
	t.Parallel()
	answer := func(questions string, states map[string]string) string {
		for id, state := range states {
			questions = strings.Replace(questions, `{"id":`+id+`,"orderId"`, `{"id":`+id+`,"questionState":{"questionStatus":"answer",`+state+`},"orderId"`, 1)
		}
		return questions
	}
	read := func(states map[string]string) *agentsurvey.Survey {
		return loaded(t, answer(diamond, states), agentsurvey.Full())
	}
	form := read(map[string]string{"1": `"replyIds":[11]`}).Form()
	require.NoError(t, form.Answer(2, agentsurvey.Text("mine")))
	fresh := read(map[string]string{"1": `"replyIds":[12]`, "3": `"freeTextReply":"theirs"`})
	err := form.Merge(fresh, nil)
	var conflict *agentsurvey.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Len(t, conflict.Clashes, 1)
	assert.True(t, conflict.Clashes[0].Hidden)
	assert.EqualValues(t, 2, conflict.Clashes[0].Question.ID)
	require.NoError(t, form.Merge(fresh, agentsurvey.PreferTheirs))
	assert.Equal(t, []int64{1, 3, 4}, ids(form.Questions()))

	form = read(map[string]string{"1": `"replyIds":[11]`}).Form()
	require.NoError(t, form.Answer(1, agentsurvey.Choice(12)))
	err = form.Merge(read(map[string]string{"1": `"replyIds":[11]`, "2": `"freeTextReply":"theirs"`}), nil)
	require.ErrorAs(t, err, &conflict)
	assert.Equal(t, "theirs", conflict.Clashes[0].Theirs.Text)

	// What nobody gave anew is reset.
	states := map[string]string{"1": `"replyIds":[11]`, "2": `"freeTextReply":"old"`}
	form = read(states).Form()
	require.NoError(t, form.Answer(1, agentsurvey.Choice(12)))
	states["4"] = `"replyIds":[43]`
	require.NoError(t, form.Merge(read(states), nil))
	assert.Equal(t, []int64{1, 3, 4, 7}, ids(form.Questions()))
	out, err := json.Marshal(form.States())
	require.NoError(t, err)
	assert.Equal(t, `[{"id":1,"questionStatus":"answer","replyIds":[12]},{"id":3,"questionStatus":"show"},`+
		`{"id":4,"questionStatus":"answer","replyIds":[43]},{"id":7,"questionStatus":"show"},{"id":2,"questionStatus":"show"}]`, string(out))
}
