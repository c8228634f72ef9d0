package agentsurvey_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// optional is a survey without required questions.
func optional() lptest.Survey {
	s := branching()
	for i := range s.Questions {
		s.Questions[i].Required = false
	}
	return s
}

type writeCase struct {
	op   lptest.Op
	call func(c *agentsurvey.Client, ctx context.Context, form *agentsurvey.Form) (*agentsurvey.Result, error)
}

var writeCases = map[string]writeCase{
	"save": {lptest.OpSurveySave, func(c *agentsurvey.Client, ctx context.Context, form *agentsurvey.Form) (*agentsurvey.Result, error) {
		return c.Save(ctx, form)
	}},
	"submit": {lptest.OpSurveySubmit, func(c *agentsurvey.Client, ctx context.Context, form *agentsurvey.Form) (*agentsurvey.Result, error) {
		return c.Submit(ctx, form)
	}},
	"dismiss": {lptest.OpSurveyDismiss, func(c *agentsurvey.Client, ctx context.Context, form *agentsurvey.Form) (*agentsurvey.Result, error) {
		return c.Dismiss(ctx, form)
	}},
}

// noBlindReplays checks that an agent reads the state between any two writes
// of which the first one may have come through. After a 409 another call may begin
// with a write: it did not.
func noBlindReplays(t *testing.T, srv *lptest.Server) {
	t.Helper()
	unknown := map[string]bool{}
	for _, r := range srv.Journal() {
		switch r.Op {
		case lptest.OpSurveyState:
			unknown[r.Agent] = false
		case lptest.OpSurveySave, lptest.OpSurveySubmit, lptest.OpSurveyDismiss:
			assert.False(t, unknown[r.Agent], "request %d of %s is a blind replay", r.Seq, r.Agent)
			unknown[r.Agent] = r.Status/100 != 2 && r.Status != http.StatusConflict
		}
	}
}

// {change made, not made} × {answer lost, 409, 503 and more} × {save, submit,
// dismiss} × versions: reported as what it is, and made once.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	faults := map[string]lptest.Fault{
		"not made, lost":      {Kind: lptest.FaultReset},
		"made, lost":          {Kind: lptest.FaultResetAfter},
		"not made, 409":       {Kind: lptest.FaultStatus, Status: 409},
		"made, 409":           {Kind: lptest.FaultStatus, Status: 409, After: true},
		"not made, 503":       {Kind: lptest.FaultStatus, Status: 503},
		"made, 503":           {Kind: lptest.FaultStatus, Status: 503, After: true},
		"made, cut":           {Kind: lptest.FaultCut},
		"made late, 504":      {Kind: lptest.FaultLate},
		"made, empty":         {Kind: lptest.FaultEmpty},
		"not made, page":      {Kind: lptest.FaultHTML},
		"made, page":          {Kind: lptest.FaultHTML, After: true},
		"not made, no answer": {Kind: lptest.FaultHang},
		"made, no answer":     {Kind: lptest.FaultHang, After: true},
		"moved on, 409":       {Kind: lptest.FaultRevision},
		"not made, 429":       {Kind: lptest.FaultStatus, Status: 429},
		"token gone":          {Kind: lptest.FaultRevoke},
	}
	for name, c := range writeCases {
		for what, fault := range faults {
			for _, v := range []agentsurvey.Version{agentsurvey.V1, agentsurvey.V2} {
				t.Run(name+"/"+what+"/"+string(v), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { lostAnswer(t, c, fault, v) })
				})
			}
		}
	}
}

func lostAnswer(t *testing.T, c writeCase, fault lptest.Fault, v agentsurvey.Version) {
	t.Helper()
	srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(v))
	if c.op != lptest.OpSurveyDismiss {
		require.NoError(t, form.Answer(1, agentsurvey.Text("a bill")))
		require.NoError(t, form.Answer(2, agentsurvey.Choice(21)))
	}
	fault.Op, fault.Nth = c.op, 1
	hit := srv.AddFault(fault)
	result, err := c.call(surveys, t.Context(), form)
	require.NoError(t, err)
	assert.Equal(t, 1, hit.Hits())
	state := srv.Survey(conversation, 42)
	if fault.Kind != lptest.FaultEmpty || c.op != lptest.OpSurveySave { // says nothing, not even that
		assert.Equal(t, state.Revision, result.Revision)
	}
	assert.EqualValues(t, state.Status, result.Status)
	changes := map[lptest.Op]int{
		lptest.OpSurveySave: state.Saves, lptest.OpSurveySubmit: state.Submits, lptest.OpSurveyDismiss: state.Dismisses,
	}
	for op, n := range changes {
		assert.Equal(t, op == c.op, n == 1, op)
		assert.LessOrEqual(t, n, 1)
	}
	answers := state.Answers
	if v == agentsurvey.V2 {
		answers = state.ByAgent["agent0"]
	}
	if c.op != lptest.OpSurveyDismiss {
		assert.Equal(t, "a bill", answers[1].Text)
		assert.Equal(t, []int64{21}, answers[2].Replies)
	}
	assert.False(t, form.Changed())
	if fault.Kind != lptest.FaultRevoke && fault.Status != 429 {
		noBlindReplays(t, srv)
	}
	writes := requests(srv, c.op)
	for i, r := range writes {
		assert.False(t, r.Changed != "" && i < len(writes)-1, "it was made by request %d, and others followed", r.Seq)
	}
}

// requests are those of one kind.
func requests(srv *lptest.Server, op lptest.Op) []lptest.Request {
	return slices.DeleteFunc(srv.Journal(), func(r lptest.Request) bool { return r.Op != op })
}

// A call that gives up in doubt leaves a mark: the next one begins by finding
// out, also after a restart.
func TestDoubtIsCarriedOver(t *testing.T) {
	t.Parallel()
	for name, c := range writeCases {
		for _, made := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv, surveys, form := opened(t, optional())
					if name != "dismiss" {
						require.NoError(t, form.Answer(1, agentsurvey.Text("a bill")))
					}
					srv.AddFault(lptest.Fault{Op: c.op, Kind: lptest.FaultHang, After: made, Nth: 1})
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					_, err := c.call(surveys, ctx, form)
					require.ErrorIs(t, err, context.DeadlineExceeded)
					assert.Equal(t, name != "dismiss", form.Changed())

					out, err := form.MarshalJSON()
					require.NoError(t, err)
					var back agentsurvey.Form
					require.NoError(t, back.UnmarshalJSON(out))
					result, err := c.call(surveys, t.Context(), &back)
					require.NoError(t, err)
					assert.Equal(t, made, result.Verified)
					state := srv.Survey(conversation, 42)
					assert.Equal(t, 1, state.Saves+state.Submits+state.Dismisses)
					noBlindReplays(t, srv)
				})
			})
		}
	}
}

// A survey that a colleague closes meanwhile is not written over.
func TestClosedByAColleague(t *testing.T) {
	t.Parallel()
	for name, c := range writeCases {
		for _, status := range []agentsurvey.Status{agentsurvey.Submitted, agentsurvey.Dismissed} {
			for _, lost := range []bool{false, true} {
				if status == agentsurvey.Dismissed && name == "dismiss" {
					continue // what was wanted
				}
				t.Run(name+"/"+string(status), func(t *testing.T) {
					t.Parallel()
					versions(t, func(t *testing.T, v agentsurvey.Version) {
						t.Helper()
						srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(v))
						require.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
						if lost {
							srv.AddFault(lptest.Fault{Op: c.op, Kind: lptest.FaultReset, Nth: 1})
						}
						at := time.Now()
						if status == agentsurvey.Submitted {
							srv.SubmitAs(conversation, 42, "bob")
						} else {
							srv.DismissAs(conversation, 42, "bob")
						}
						result, err := c.call(surveys, t.Context(), form)
						assert.Nil(t, result)
						var closed *agentsurvey.ClosedError
						require.ErrorAs(t, err, &closed)
						assert.Equal(t, status, closed.Status)
						assert.Equal(t, at.UnixMilli(), closed.At.UnixMilli())
						require.NotErrorIs(t, err, liveperson.ErrUnconfirmed)
						assert.NotNil(t, closed.Fresh)
						assert.Equal(t, status == agentsurvey.Submitted, isErr(err, agentsurvey.ErrSubmitted))
						assert.Equal(t, status == agentsurvey.Dismissed, isErr(err, agentsurvey.ErrDismissed))
						state := srv.Survey(conversation, 42)
						assert.Equal(t, 1, state.Submits+state.Dismisses)
						assert.Zero(t, state.Saves)
						s, _ := form.State(1)
						assert.Equal(t, "mine", s.Text)
						noBlindReplays(t, srv)
					})
				})
			}
		}
	}
}

// In version 2.0 the agent's own state does not tell who submitted, if it held
// the answers before.
func TestUnconfirmedSubmission(t *testing.T) {
	t.Parallel()
	for _, made := range []bool{true, false} {
		versions(t, func(t *testing.T, v agentsurvey.Version) {
			t.Helper()
			srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(v))
			require.NoError(t, form.Answer(1, agentsurvey.Text("saved before")))
			_, err := surveys.Save(t.Context(), form)
			require.NoError(t, err)
			fault := lptest.Fault{Op: lptest.OpSurveySubmit, Kind: lptest.FaultResetAfter, Nth: 1}
			if !made {
				srv.SubmitAs(conversation, 42, "bob")
				fault.Kind = lptest.FaultReset
			}
			srv.AddFault(fault)
			result, err := surveys.Submit(t.Context(), form)
			if v == agentsurvey.V1 { // what is submitted is what was to be
				require.NoError(t, err)
				assert.True(t, result.Verified)
				return
			}
			var unconfirmed *agentsurvey.UnconfirmedError
			require.ErrorAs(t, err, &unconfirmed)
			require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
			require.NotErrorIs(t, err, agentsurvey.ErrSubmitted)
			assert.Equal(t, agentsurvey.Submitted, unconfirmed.Fresh.Status)
			assert.Equal(t, 1, srv.Survey(conversation, 42).Submits)
		})
	}
}

// An answer that says "error" is a failure, whatever its status.
func TestErrorWith200(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, surveys, form := opened(t, optional())
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySubmit, Kind: lptest.FaultError200, Nth: 1})
		result, err := surveys.Submit(t.Context(), form)
		require.NoError(t, err) // nothing was to be seen of it, so it was made again
		assert.Equal(t, 2, result.Tries)
		assert.Equal(t, 1, srv.Survey(conversation, 42).Submits)
		noBlindReplays(t, srv)
	})
}

func TestDismiss(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, v agentsurvey.Version) {
		t.Helper()
		srv := brand(t, 1)
		defer srv.Close()
		srv.AddSurvey(branching())
		surveys := newClient(t, signIn(t, srv, 0), agentsurvey.WithVersion(v))
		survey, err := surveys.State(t.Context(), ref)
		require.NoError(t, err)
		_, err = surveys.Dismiss(t.Context(), survey.Form())
		require.EqualError(t, err, "agentsurvey.Dismiss: question 1: required: a survey with a required question cannot be dismissed; "+
			"question 2: required: a survey with a required question cannot be dismissed")
		assert.Zero(t, srv.Count(lptest.OpSurveyDismiss))

		// Not known here, but there.
		late := optional()
		late.Questions[3].Required = true
		srv.AddSurvey(late)
		survey, err = surveys.State(t.Context(), ref)
		require.NoError(t, err)
		_, err = surveys.Dismiss(t.Context(), survey.Form())
		require.ErrorIs(t, err, liveperson.ErrForbidden)

		// Nobody's answers are thrown away unseen.
		srv.AddSurvey(optional())
		survey, err = surveys.State(t.Context(), ref)
		require.NoError(t, err)
		form := survey.Form()
		srv.AnswerAs(conversation, 42, lptest.Answer{Question: 1, Text: "theirs"})
		_, err = surveys.Dismiss(t.Context(), form)
		if v == agentsurvey.V1 {
			var conflict *agentsurvey.ConflictError
			require.ErrorAs(t, err, &conflict)
			assert.Equal(t, "theirs", conflict.Clashes[0].Theirs.Text)
			assert.Zero(t, srv.Survey(conversation, 42).Dismisses)
			require.NoError(t, form.Merge(conflict.Fresh, agentsurvey.PreferTheirs))
			_, err = surveys.Dismiss(t.Context(), form)
		}
		require.NoError(t, err)
		assert.Equal(t, agentsurvey.Dismissed, form.Context().Status)
		for _, c := range writeCases {
			_, err = c.call(surveys, t.Context(), form)
			require.ErrorIs(t, err, agentsurvey.ErrDismissed)
		}
		assert.Equal(t, 1, srv.Survey(conversation, 42).Dismisses)
	})
}

func TestExpiredAndForbidden(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, v agentsurvey.Version) {
		t.Helper()
		srv := brand(t, 1)
		defer srv.Close()
		srv.AddSurvey(optional())
		surveys := newClient(t, signIn(t, srv, 0), agentsurvey.WithVersion(v))
		survey, err := surveys.State(t.Context(), ref)
		require.NoError(t, err)
		srv.CloseConversation(conversation)
		again, err := surveys.State(t.Context(), ref)
		require.NoError(t, err)
		assert.Equal(t, time.Now().Add(127*time.Minute).UnixMilli(), again.AutoClose.UnixMilli())
		time.Sleep(127 * time.Minute)
		for _, c := range writeCases {
			_, err = c.call(surveys, t.Context(), survey.Form())
			require.ErrorIs(t, err, agentsurvey.ErrExpired)
			require.ErrorIs(t, err, liveperson.ErrGone)
		}
		_, err = surveys.Get(t.Context(), agentsurvey.Ref{Conversation: "other", Skill: "42"})
		require.ErrorIs(t, err, agentsurvey.ErrNoSurvey)
		secret := optional()
		secret.Conversation, secret.Agents = "secret", []string{"bob"}
		srv.AddSurvey(secret)
		_, err = surveys.State(t.Context(), agentsurvey.Ref{Conversation: "secret", Skill: "42"})
		require.ErrorIs(t, err, liveperson.ErrForbidden)
	})
}
