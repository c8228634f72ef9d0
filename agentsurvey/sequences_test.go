package agentsurvey_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

var once = retry.Policy{Waits: []time.Duration{}}

// chain is a part of a survey without an end: question id leads to the next.
func chain(id int) string {
	return fmt.Sprintf(`200

{"root":1,"questions":[{"id":%d,"orderId":%d,"next":%d,"category":"free_text"}],"agentSurveyStatus":"open","stateRevision":5}`, id, id, id+1)
}

func TestSurveyWithoutAnEnd(t *testing.T) {
	t.Parallel()
	answers := []string{chain(1)}
	for id := 2; id < 1100; id++ {
		answers = append(answers, chain(id))
	}
	surveys, script := scripted(t, answers)
	survey, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := survey.Form()
	const endless = "agentsurvey: the survey goes on and on: 1000 sequences were loaded"
	require.EqualError(t, surveys.Continue(t.Context(), form), endless)
	assert.Len(t, script.sent, 1001)
}

// What cannot be loaded fails the call that needs it; the form stays usable.
func TestSequenceThatFails(t *testing.T) {
	t.Parallel()
	const first = `{"root":1,"questions":[{"id":1,"orderId":1,"category":"radio_button","replies":[{"id":11,"next":5},{"id":12,"nextInOrder":true}]}],"stateRevision":5}`
	const five = `{"root":1,"questions":[{"id":5,"orderId":5}]}`
	surveys, script := scriptedBy(t, once, []string{"200\n\n" + first, "503\n\n", "403\n\n", "503\n\n", "200\n\n" + five})
	survey, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := survey.Form()
	require.NoError(t, form.Answer(1, agentsurvey.Choice(11)))
	require.ErrorIs(t, surveys.Continue(t.Context(), form), liveperson.ErrUnavailable)
	require.NoError(t, form.Answer(1, agentsurvey.Choice(12)))
	require.ErrorIs(t, surveys.Continue(t.Context(), form), liveperson.ErrForbidden)
	require.NoError(t, form.Answer(1, agentsurvey.Choice(11)))
	_, err = surveys.Submit(t.Context(), form)
	require.ErrorIs(t, err, liveperson.ErrUnavailable)
	assert.Len(t, script.sent, 4, "nothing was submitted")
	require.NoError(t, surveys.Continue(t.Context(), form))
	assert.Equal(t, []int64{1, 5}, ids(form.Questions()))
}

// A conflict whose outcome cannot be read, or leads to what cannot be read.
func TestConflictThatCannotBeResolved(t *testing.T) {
	t.Parallel()
	const one = `{"root":2,"questions":[{"id":2,"orderId":2,"next":1},{"id":1,"orderId":3,"category":"radio_button","replies":[{"id":11,"next":5},{"id":12}]%s}],"agentSurveyStatus":"open","stateRevision":%d}`
	opened := "200\n\n" + fmt.Sprintf(one, "", 5)
	for name, answers := range map[string][]string{
		"state":    {opened, "409\n\n", "503\n\n"},
		"sequence": {opened, "409\n\n", "200\n\n" + fmt.Sprintf(one, `,"questionState":{"questionStatus":"answer","replyIds":[11]}`, 6), "503\n\n"},
	} {
		surveys, script := scriptedBy(t, once, answers)
		survey, err := surveys.State(t.Context(), ref)
		require.NoError(t, err)
		form := survey.Form()
		require.NoError(t, form.Answer(2, agentsurvey.Text("mine")))
		_, err = surveys.Save(t.Context(), form)
		require.ErrorIs(t, err, liveperson.ErrUnavailable, name)
		assert.Len(t, script.sent, len(answers), name)
		assert.True(t, form.Changed(), name)
	}
}

// A form is for one call at a time: others wait as long as they may.
func TestContinueWaitsItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, surveys, form := opened(t, branching())
		require.NoError(t, form.Answer(1, agentsurvey.Text("x")))
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySave, Latency: 10 * time.Second, Times: 1})
		saved := make(chan error)
		go func() {
			_, err := surveys.Save(t.Context(), form)
			saved <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, surveys.Continue(ctx, form), context.DeadlineExceeded)
		require.NoError(t, <-saved)
		require.NoError(t, surveys.Continue(t.Context(), form))
	})
}
