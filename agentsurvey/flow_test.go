package agentsurvey_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// versions runs f for both versions of the API, in virtual time.
func versions(t *testing.T, f func(t *testing.T, v agentsurvey.Version)) {
	t.Helper()
	for _, v := range []agentsurvey.Version{agentsurvey.V1, agentsurvey.V2} {
		t.Run(string(v), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { f(t, v) })
		})
	}
}

func TestFillAndSubmit(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, v agentsurvey.Version) {
		t.Helper()
		srv, surveys, form := opened(t, branching(), agentsurvey.WithVersion(v))
		assert.Equal(t, []int64{1, 2}, ids(form.Questions()))
		require.NoError(t, form.Answer(1, agentsurvey.Text("a bill")))
		require.NoError(t, form.Answer(2, agentsurvey.ChoiceText(" no ")))
		root, pending := form.Pending()
		assert.True(t, pending)
		assert.EqualValues(t, 4, root)
		saved, err := surveys.Save(t.Context(), form)
		require.NoError(t, err)
		assert.Equal(t, []int64{4, 5}, ids(saved.Questions))
		assert.Equal(t, []int64{1, 2, 4, 5}, ids(form.Questions()))

		_, err = surveys.Submit(t.Context(), form)
		var invalid *agentsurvey.ValidationError
		require.ErrorAs(t, err, &invalid)
		assert.Equal(t, "agentsurvey.Submit: question 4: required: has no answer", err.Error())

		require.NoError(t, form.Answer(4, agentsurvey.Choice(43, 41)))
		require.NoError(t, form.Answer(5, agentsurvey.Number(2.5)))
		result, err := surveys.Submit(t.Context(), form)
		require.NoError(t, err)
		assert.Equal(t, agentsurvey.Submitted, result.Status)
		assert.Equal(t, 1, result.Tries)
		state := srv.Survey(conversation, 42)
		assert.Equal(t, map[int64]lptest.Answer{
			1: {Question: 1, Status: "answer", Text: "a bill"},
			2: {Question: 2, Status: "answer", Replies: []int64{22}},
			4: {Question: 4, Status: "answer", Replies: []int64{41, 43}},
			5: {Question: 5, Status: "answer", Text: "2.5"},
		}, state.Answers)
		assert.Equal(t, state.Revision, result.Revision)

		_, err = surveys.Submit(t.Context(), form)
		require.ErrorIs(t, err, agentsurvey.ErrSubmitted)
		_, err = surveys.Submit(t.Context(), form, agentsurvey.Again())
		require.NoError(t, err)
		assert.Equal(t, 2, srv.Survey(conversation, 42).Submits)
		_, err = surveys.Dismiss(t.Context(), form)
		require.ErrorIs(t, err, agentsurvey.ErrSubmitted)
	})
}

func TestConflictIsMerged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, surveys, form := opened(t, branching(), agentsurvey.WithVersion(agentsurvey.V1))
		require.NoError(t, form.Answer(1, agentsurvey.Text("a bill")))
		require.NoError(t, form.Answer(2, agentsurvey.Choice(21)))
		srv.AnswerAs(conversation, 42, lptest.Answer{Question: 2, Replies: []int64{21}}, lptest.Answer{Question: 3, Text: "refund"})
		result, err := surveys.Submit(t.Context(), form)
		require.NoError(t, err)
		assert.Equal(t, 1, result.Merges)
		assert.Equal(t, 2, result.Tries)
		assert.Equal(t, map[int64]lptest.Answer{
			1: {Question: 1, Status: "answer", Text: "a bill"},
			2: {Question: 2, Status: "answer", Replies: []int64{21}},
			3: {Question: 3, Status: "answer", Text: "refund"},
			5: {Question: 5, Status: "show"},
		}, srv.Survey(conversation, 42).Answers)
	})
}
