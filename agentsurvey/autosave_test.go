package agentsurvey_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// autoSaved runs f beside AutoSave, in virtual time.
func autoSaved(t *testing.T, every time.Duration, f func(t *testing.T, srv *lptest.Server, surveys *agentsurvey.Client, form *agentsurvey.Form, stop func() error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(agentsurvey.V1))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- surveys.AutoSave(ctx, form, every) }()
		f(t, srv, surveys, form, func() error {
			cancel()
			return <-done
		})
	})
}

// wait lets time pass in a bubble, until everything has come to rest.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAutoSave(t *testing.T) {
	t.Parallel()
	autoSaved(t, 10*time.Second, func(t *testing.T, srv *lptest.Server, _ *agentsurvey.Client, form *agentsurvey.Form, stop func() error) {
		t.Helper()
		saves := func() int { return srv.Survey(conversation, 42).Saves }
		wait(time.Minute)
		assert.Zero(t, saves()) // nothing to save
		assert.NoError(t, form.Answer(1, agentsurvey.Text("a")))
		assert.NoError(t, form.Answer(1, agentsurvey.Text("b")))
		wait(10 * time.Second)
		assert.Equal(t, 1, saves())
		wait(time.Minute)
		assert.Equal(t, 1, saves())
		assert.NoError(t, form.Answer(1, agentsurvey.Text("c")))
		assert.NoError(t, form.Answer(1, agentsurvey.Text("b"))) // as it was
		wait(time.Minute)
		assert.Equal(t, 1, saves())

		// An outage is waited out, never with two saves under way.
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySave, Kind: lptest.FaultStatus, Status: 503, End: 2 * time.Minute})
		assert.NoError(t, form.Answer(1, agentsurvey.Text("d")))
		wait(4 * time.Minute)
		assert.Equal(t, 2, saves())
		var last time.Time
		for _, r := range srv.Requests(lptest.OpSurveySave) {
			assert.False(t, r.Time.Before(last))
			last = r.Answered
		}

		// The last one on stop.
		assert.NoError(t, form.Answer(1, agentsurvey.Text("e")))
		assert.NoError(t, stop())
		assert.Equal(t, 3, saves())
		assert.Equal(t, "e", srv.Survey(conversation, 42).Answers[1].Text)
		noBlindReplays(t, srv)
	})
}

func TestAutoSaveEnds(t *testing.T) {
	t.Parallel()
	// With a conflict.
	autoSaved(t, 0, func(t *testing.T, srv *lptest.Server, _ *agentsurvey.Client, form *agentsurvey.Form, stop func() error) {
		t.Helper()
		srv.AnswerAs(conversation, 42, lptest.Answer{Question: 1, Text: "theirs"})
		assert.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
		wait(16 * time.Second)
		var conflict *agentsurvey.ConflictError
		assert.ErrorAs(t, stop(), &conflict)
	})
	// With a submission by somebody else.
	autoSaved(t, 0, func(t *testing.T, srv *lptest.Server, _ *agentsurvey.Client, form *agentsurvey.Form, stop func() error) {
		t.Helper()
		srv.SubmitAs(conversation, 42, "bob")
		assert.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
		wait(16 * time.Second)
		assert.ErrorIs(t, stop(), agentsurvey.ErrSubmitted)
	})
	// With one of its own: nothing is left to do.
	autoSaved(t, 0, func(t *testing.T, _ *lptest.Server, surveys *agentsurvey.Client, form *agentsurvey.Form, stop func() error) {
		t.Helper()
		assert.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
		_, err := surveys.Submit(t.Context(), form)
		assert.NoError(t, err)
		assert.NoError(t, form.Answer(1, agentsurvey.Text("later")))
		wait(16 * time.Second)
		assert.NoError(t, stop())
	})
	// With one of its own that was under way when a save was due.
	autoSaved(t, 0, func(t *testing.T, srv *lptest.Server, surveys *agentsurvey.Client, form *agentsurvey.Form, stop func() error) {
		t.Helper()
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySubmit, Latency: 10 * time.Second})
		assert.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
		time.Sleep(10 * time.Second)
		_, err := surveys.Submit(t.Context(), form)
		assert.NoError(t, err)
		assert.NoError(t, stop())
		assert.Zero(t, srv.Count(lptest.OpSurveySave))
	})
	// With an outage: the last save gives up after a minute.
	autoSaved(t, 0, func(t *testing.T, srv *lptest.Server, _ *agentsurvey.Client, form *agentsurvey.Form, stop func() error) {
		t.Helper()
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySave, Kind: lptest.FaultHang})
		assert.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
		started := time.Now()
		err := stop()
		assert.ErrorIs(t, err, liveperson.ErrUnconfirmed)
		assert.LessOrEqual(t, time.Since(started), time.Minute)
	})
}

// What is answered while a write is under way is not lost, nor is what the
// write merged in.
func TestEditsDuringASave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(agentsurvey.V1))
		require.NoError(t, form.Answer(1, agentsurvey.Text("first")))
		srv.AnswerAs(conversation, 42, lptest.Answer{Question: 2, Replies: []int64{21}}, lptest.Answer{Question: 3, Text: "theirs"})
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySave, Latency: time.Second})
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := surveys.Save(t.Context(), form)
			assert.NoError(t, err)
		})
		wait(500 * time.Millisecond)
		require.NoError(t, form.Answer(1, agentsurvey.Text("second")))
		assert.Equal(t, []int64{1, 2}, ids(form.Questions()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := surveys.Submit(ctx, form) // waits for its turn, in vain
		require.ErrorIs(t, err, context.DeadlineExceeded)
		wg.Wait()
		assert.Equal(t, "first", srv.Survey(conversation, 42).Answers[1].Text)
		assert.Equal(t, []int64{1, 2, 3, 5}, ids(form.Questions()))
		state, _ := form.State(1)
		assert.Equal(t, "second", state.Text)
		assert.True(t, form.Changed())
		_, err = surveys.Save(t.Context(), form)
		require.NoError(t, err)
		assert.Equal(t, "second", srv.Survey(conversation, 42).Answers[1].Text)
		assert.Equal(t, "theirs", srv.Survey(conversation, 42).Answers[3].Text)
	})
}

// An answer that is taken back while it is being saved stays away.
func TestClearDuringASave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(agentsurvey.V1))
		require.NoError(t, form.Answer(1, agentsurvey.Text("first")))
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySave, Latency: time.Second})
		saved := make(chan error)
		go func() {
			_, err := surveys.Save(t.Context(), form)
			saved <- err
		}()
		wait(500 * time.Millisecond)
		require.NoError(t, form.Clear(1))
		require.NoError(t, <-saved)
		state, _ := form.State(1)
		assert.Empty(t, state.Text)
		assert.Equal(t, "first", srv.Survey(conversation, 42).Answers[1].Text)
		assert.True(t, form.Changed())
		_, err := surveys.Save(t.Context(), form)
		require.NoError(t, err)
		assert.Empty(t, srv.Survey(conversation, 42).Answers[1].Text)
	})
}

// One form, many goroutines.
func TestFormIsSafe(t *testing.T) {
	t.Parallel()
	srv := brand(t, 1)
	srv.AddSurvey(optional())
	surveys := newClient(t, signIn(t, srv, 0))
	s, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := s.Form()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 20 {
				_ = form.Answer(2, agentsurvey.Choice(int64(21+(i+n)%2)))
				_ = form.Answer(1, agentsurvey.Number(n))
				form.Questions()
				form.States()
				form.Progress()
				form.Context()
				form.Changed()
				_, _ = form.MarshalJSON()
				if n%5 == i%5 {
					_, err := surveys.Save(t.Context(), form)
					assert.NoError(t, err)
					assert.NoError(t, surveys.Continue(t.Context(), form))
				}
				if n%7 == 0 {
					_ = form.Merge(s, agentsurvey.PreferMine)
				}
				_ = form.Clear(1)
			}
		})
	}
	wg.Wait()
	_, err = surveys.Save(t.Context(), form)
	require.NoError(t, err)
	assert.False(t, form.Changed())
}

// A submission may be answered with questions to go on with (node-agent-sdk).
func TestSubmissionGoesOn(t *testing.T) {
	t.Parallel()
	const first = `{"root":1,"questions":[{"id":1,"orderId":1,"category":"radio_button","replies":[{"id":11}]}],"agentSurveyStatus":"open","stateRevision":5}`
	const more = `{"questions":[{"id":1,"orderId":1,"next":2,"category":"radio_button","replies":[{"id":11}]},{"id":2,"orderId":2,"required":true}],"agentSurveyContext":{"agentSurveyStatus":"submitted","stateRevision":7}}`
	const end = `{"agentSurveyStatus":"submitted","stateRevision":9}`
	surveys, script := scripted(t, []string{"200\n\n" + first, "200\n\n" + more, "200\n\n" + end})
	s, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := s.Form()
	require.NoError(t, form.Answer(1, agentsurvey.Choice(11)))
	result, err := surveys.Submit(t.Context(), form)
	require.NoError(t, err)
	assert.Equal(t, []int64{1, 2}, ids(result.Questions))
	assert.Equal(t, []int64{2}, ids(form.Missing()))
	_, err = surveys.Submit(t.Context(), form)
	require.ErrorContains(t, err, "question 2: required")
	require.NoError(t, form.Answer(2, agentsurvey.Text("more")))
	_, err = surveys.Submit(t.Context(), form)
	require.NoError(t, err)
	assert.Contains(t, script.sent[2], "X-Lp-State-Rev: 7\n")
	_, err = surveys.Submit(t.Context(), form)
	require.ErrorIs(t, err, agentsurvey.ErrSubmitted)
	assert.Len(t, script.sent, 3)
	assert.NotErrorIs(t, err, agentsurvey.ErrDismissed)
}
