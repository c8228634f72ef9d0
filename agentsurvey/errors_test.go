package agentsurvey_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// An error over many questions names eight of them.
func TestLongErrors(t *testing.T) {
	t.Parallel()
	var conflict agentsurvey.ConflictError
	var invalid agentsurvey.ValidationError
	conflict.Op, invalid.Op = "agentsurvey.Save", "agentsurvey.Save"
	for id := range int64(10) {
		conflict.Clashes = append(conflict.Clashes, agentsurvey.Clash{Question: agentsurvey.Question{ID: id}})
		invalid.Problems = append(invalid.Problems, agentsurvey.Problem{Question: id, Rule: agentsurvey.RuleEmpty, Detail: "is empty"})
	}
	const named = "0, 1, 2, 3, 4, 5, 6, 7"
	assert.Equal(t, "agentsurvey.Save: conflict: someone else has changed the answer to question "+named+", and 2 more", conflict.Error())
	assert.Contains(t, invalid.Error(), "question 7")
	assert.NotContains(t, invalid.Error(), "question 8")
	assert.Contains(t, invalid.Error(), "and 2 more")
}

func TestAfterLogout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, 1)
		defer srv.Close()
		srv.AddSurvey(branching())
		session := signIn(t, srv, 0)
		surveys := newClient(t, session, agentsurvey.WithLogger(nil))
		survey, err := surveys.State(t.Context(), ref)
		require.NoError(t, err)
		require.NoError(t, session.Logout(t.Context()))
		_, err = surveys.State(t.Context(), ref)
		require.ErrorIs(t, err, login.ErrLoggedOut)
		form := survey.Form()
		require.NoError(t, form.Answer(1, agentsurvey.Text("x")))
		_, err = surveys.Save(t.Context(), form)
		require.ErrorIs(t, err, login.ErrLoggedOut)
		assert.True(t, form.Changed())
	})
}

// An account without agent surveys has no host for them.
func TestAccountWithoutSurveys(t *testing.T) {
	t.Parallel()
	s := &script{domains: `{"baseURIs":[{"service":"agentVep","account":"12345678","baseURI":"vep.liveperson.net"}]}`}
	hc, err := retry.NewClient(retry.WithTransport(s))
	require.NoError(t, err)
	d, err := domain.New(domain.WithHTTPClient(hc))
	require.NoError(t, err)
	session, err := login.Login(t.Context(), "12345678", login.Bearer("t0ken", "3705342610"),
		login.WithDomains(d), login.WithHTTPClient(hc), login.WithoutRefresh())
	require.NoError(t, err)
	surveys := newClient(t, session)
	_, err = surveys.State(t.Context(), ref)
	require.ErrorIs(t, err, domain.ErrNoService)
	form := loaded(t, `[{"id":1,"orderId":1,"category":"free_text"}]`, agentsurvey.Full()).Form()
	require.NoError(t, form.Answer(1, agentsurvey.Text("x")))
	_, err = surveys.Submit(t.Context(), form)
	require.ErrorIs(t, err, domain.ErrNoService)
	assert.Empty(t, s.sent)
	assert.True(t, form.Changed())
}

// A save that is refused was not made, even if the survey was submitted with the
// same answers.
func TestSaveRefusedByASubmission(t *testing.T) {
	t.Parallel()
	const question = `{"root":1,"questions":[{"id":1,"orderId":1,"category":"free_text"%s}],"agentSurveyStatus":"%s","stateRevision":6}`
	const answer = `,"questionState":{"questionStatus":"answer","freeTextReply":"x"}`
	surveys, _ := scripted(t, []string{
		"200\n\n" + fmt.Sprintf(question, "", "open"), "409\n\n", "200\n\n" + fmt.Sprintf(question, answer, "submitted"),
	})
	survey, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := survey.Form()
	require.NoError(t, form.Answer(1, agentsurvey.Text("x")))
	_, err = surveys.Save(t.Context(), form)
	require.ErrorIs(t, err, agentsurvey.ErrSubmitted)
}

// What a call did not try, it has not made.
func TestDismissalOfADismissedSurvey(t *testing.T) {
	t.Parallel()
	const questions = `{"root":1,"questions":[{"id":1,"orderId":1,"category":"free_text"}],"agentSurveyStatus":"%s","stateRevision":6}`
	surveys, script := scripted(t, []string{"200\n\n" + fmt.Sprintf(questions, "open"), "200\n\n" + fmt.Sprintf(questions, "dismissed")})
	survey, err := surveys.Get(t.Context(), ref, agentsurvey.Full())
	require.NoError(t, err)
	_, err = surveys.Dismiss(t.Context(), survey.Form())
	require.ErrorIs(t, err, agentsurvey.ErrDismissed)
	assert.Len(t, script.sent, 2, "nothing was sent")
}

// A form that was made without the state learns only now that it is too late.
func TestSaveOfASurveyThatIsClosed(t *testing.T) {
	t.Parallel()
	const questions = `{"root":1,"questions":[{"id":1,"orderId":1,"category":"free_text"}],"agentSurveyStatus":"submitted","stateRevision":6}`
	surveys, script := scripted(t, []string{"200\n\n" + questions, "200\n\n" + questions})
	survey, err := surveys.Get(t.Context(), ref, agentsurvey.Full())
	require.NoError(t, err)
	form := survey.Form()
	require.NoError(t, form.Answer(1, agentsurvey.Text("x")))
	_, err = surveys.Save(t.Context(), form)
	var closed *agentsurvey.ClosedError
	require.ErrorAs(t, err, &closed)
	require.ErrorIs(t, err, agentsurvey.ErrSubmitted)
	assert.Len(t, script.sent, 2, "nothing was saved")
}
