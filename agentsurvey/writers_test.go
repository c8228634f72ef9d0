package agentsurvey_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// again makes a write until it is through: with so many writers and faults five
// rounds of reading and merging may be too few, and four tries.
func again(write func() (*agentsurvey.Result, error)) (*agentsurvey.Result, error) {
	for {
		r, err := write()
		if errors.Is(err, liveperson.ErrUnconfirmed) || !errors.Is(err, liveperson.ErrConflict) && !errors.Is(err, liveperson.ErrUnavailable) {
			return r, err
		}
	}
}

// Many writers on one survey, each with a question of their own, while
// connections die after the change. In the last round half of them submit.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	const writers, rounds = 50, 10
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, writers)
		defer srv.Close()
		survey := lptest.Survey{Conversation: conversation, Skill: 42}
		for i := range writers {
			survey.Questions = append(survey.Questions, lptest.Question{ID: int64(i + 1), NextInOrder: true, Required: true})
		}
		srv.AddSurvey(survey)
		for _, op := range []lptest.Op{lptest.OpSurveySave, lptest.OpSurveySubmit} {
			srv.AddFault(lptest.Fault{Op: op, Kind: lptest.FaultResetAfter, Probability: 0.1})
			srv.AddFault(lptest.Fault{Op: op, Kind: lptest.FaultReset, Probability: 0.05})
			srv.AddFault(lptest.Fault{Op: op, Kind: lptest.FaultStatus, Status: 503, After: true, Probability: 0.05})
		}
		for _, op := range []lptest.Op{lptest.OpSurveyState, lptest.OpSurveySave, lptest.OpSurveySubmit} {
			srv.AddFault(lptest.Fault{Op: op, Latency: 5 * time.Millisecond})
		}

		var clients [writers]*agentsurvey.Client
		var forms [writers]*agentsurvey.Form
		for i := range writers {
			clients[i] = newClient(t, signIn(t, srv, i), agentsurvey.WithVersion(agentsurvey.V1))
			s, err := clients[i].State(t.Context(), ref)
			require.NoError(t, err)
			forms[i] = s.Form()
		}
		var merges, verified atomic.Int64
		count := func(r *agentsurvey.Result) {
			merges.Add(int64(r.Merges))
			if r.Verified {
				verified.Add(1)
			}
		}
		text := func(writer, round int) string { return fmt.Sprintf("writer %d round %d", writer, round) }
		for round := range rounds - 1 {
			var wg sync.WaitGroup
			for i := range writers {
				wg.Go(func() {
					if !assert.NoError(t, forms[i].Answer(int64(i+1), agentsurvey.Text(text(i, round)))) {
						return
					}
					r, err := again(func() (*agentsurvey.Result, error) { return clients[i].Save(t.Context(), forms[i]) })
					if assert.NoError(t, err) {
						count(r)
					}
				})
			}
			wg.Wait()
			state := srv.Survey(conversation, 42)
			for i := range writers {
				require.Equal(t, text(i, round), state.Answers[int64(i+1)].Text)
			}
		}
		var took [writers]bool
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				assert.NoError(t, forms[i].Answer(int64(i+1), agentsurvey.Text(text(i, rounds-1))))
				write := clients[i].Save
				if i%2 == 0 {
					write = func(ctx ctx, form *agentsurvey.Form) (*agentsurvey.Result, error) {
						return clients[i].Submit(ctx, form)
					}
				}
				r, err := again(func() (*agentsurvey.Result, error) { return write(t.Context(), forms[i]) })
				if errors.Is(err, agentsurvey.ErrSubmitted) {
					return
				}
				if assert.NoError(t, err) {
					took[i] = true
					count(r)
				}
			})
		}
		wg.Wait()
		state := srv.Survey(conversation, 42)
		assert.Equal(t, 1, state.Submits)
		for i, took := range took {
			want := text(i, rounds-2)
			if took {
				want = text(i, rounds-1)
			}
			assert.Equal(t, want, state.Answers[int64(i+1)].Text)
		}
		noBlindReplays(t, srv)
		t.Logf("%d merges, %d lost answers found in the state, %d saves, %d requests", merges.Load(), verified.Load(), state.Saves, len(srv.Journal()))
		assert.Greater(t, merges.Load(), int64(400))
		assert.Positive(t, verified.Load())
	})
}

// All submit at once: one does, all the others learn of it.
func TestOneSubmission(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, v agentsurvey.Version) {
		t.Helper()
		const writers = 20
		srv := brand(t, writers)
		defer srv.Close()
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySubmit, Kind: lptest.FaultResetAfter, Probability: 0.5})
		srv.AddSurvey(optional())
		var submitted, closed atomic.Int64
		var wg sync.WaitGroup
		for i := range writers {
			surveys := newClient(t, signIn(t, srv, i), agentsurvey.WithVersion(v))
			s, err := surveys.State(t.Context(), ref)
			require.NoError(t, err)
			form := s.Form()
			require.NoError(t, form.Answer(1, agentsurvey.Text(agentName(i))))
			wg.Go(func() {
				switch _, err := surveys.Submit(t.Context(), form); {
				case err == nil:
					submitted.Add(1)
				case errors.Is(err, agentsurvey.ErrSubmitted):
					closed.Add(1)
				case v == agentsurvey.V1 && errors.Is(err, liveperson.ErrUnconfirmed):
					closed.Add(1) // the refusal was lost, and what is there may be its text in another form
				default:
					assert.NoError(t, err)
				}
			})
		}
		wg.Wait()
		assert.EqualValues(t, 1, submitted.Load())
		assert.EqualValues(t, writers-1, closed.Load())
		assert.Equal(t, 1, srv.Survey(conversation, 42).Submits)
		noBlindReplays(t, srv)
	})
}

func TestConflictThatPersists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(agentsurvey.V1))
		require.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySave, Kind: lptest.FaultRevision})
		_, err := surveys.Save(t.Context(), form)
		require.ErrorIs(t, err, liveperson.ErrConflict)
		assert.Equal(t, 6, srv.Count(lptest.OpSurveySave)) // five successors
		srv.ClearFaults()
		_, err = surveys.Save(t.Context(), form)
		require.NoError(t, err)
	})
}

func TestMergeFunctionOfTheClient(t *testing.T) {
	t.Parallel()
	for name, c := range writeCases {
		if name == "dismiss" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := brand(t, 1)
				defer srv.Close()
				srv.AddSurvey(optional())
				session := signIn(t, srv, 0)
				plain := newClient(t, session, agentsurvey.WithVersion(agentsurvey.V1))
				s, err := plain.State(t.Context(), ref)
				require.NoError(t, err)
				form := s.Form()
				require.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
				srv.AnswerAs(conversation, 42, lptest.Answer{Question: 1, Text: "theirs"})
				_, err = c.call(plain, t.Context(), form)
				var conflict *agentsurvey.ConflictError
				require.ErrorAs(t, err, &conflict)
				assert.Equal(t, string(c.op[len("survey."):]), name)
				assert.Equal(t, "theirs", conflict.Clashes[0].Theirs.Text)
				assert.Equal(t, 1, srv.Count(c.op))
				state, _ := form.State(1)
				assert.Equal(t, "mine", state.Text)

				stop := errors.New("ask a person")
				refusing := newClient(t, session, agentsurvey.WithVersion(agentsurvey.V1),
					agentsurvey.WithMerge(func(agentsurvey.Clash) (agentsurvey.QuestionState, error) {
						return agentsurvey.QuestionState{}, stop
					}))
				_, err = c.call(refusing, t.Context(), form)
				require.ErrorIs(t, err, stop)
				joining := newClient(t, session, agentsurvey.WithVersion(agentsurvey.V1),
					agentsurvey.WithMerge(func(c agentsurvey.Clash) (agentsurvey.QuestionState, error) {
						c.Mine.Text += " & " + c.Theirs.Text
						return c.Mine, nil
					}))
				_, err = c.call(joining, t.Context(), form)
				require.NoError(t, err)
				assert.Equal(t, "mine & theirs", srv.Survey(conversation, 42).Answers[1].Text)
				state, _ = form.State(1)
				assert.Equal(t, "mine & theirs", state.Text)
				assert.False(t, form.Changed())
			})
		})
	}
}

// A form that was made without the saved answers learns them before it writes.
func TestFormOfGet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, 1)
		defer srv.Close()
		srv.AddSurvey(optional())
		srv.AnswerAs(conversation, 42, lptest.Answer{Question: 2, Replies: []int64{21}}, lptest.Answer{Question: 3, Text: "theirs"})
		surveys := newClient(t, signIn(t, srv, 0), agentsurvey.WithVersion(agentsurvey.V1))
		s, err := surveys.Get(t.Context(), ref, agentsurvey.Full())
		require.NoError(t, err)
		form := s.Form()
		require.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
		_, err = surveys.Submit(t.Context(), form)
		require.NoError(t, err)
		answers := srv.Survey(conversation, 42).Answers
		assert.Equal(t, "mine", answers[1].Text)
		assert.Equal(t, "theirs", answers[3].Text)
		assert.Equal(t, 1, srv.Count(lptest.OpSurveySubmit))
	})
}

// The merge function is asked about answers that have lost their place, too.
func TestMergeFunctionAndHiddenAnswers(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{true, false} {
		versions(t, func(t *testing.T, _ agentsurvey.Version) {
			t.Helper()
			srv := brand(t, 1)
			defer srv.Close()
			srv.AddSurvey(optional())
			srv.AnswerAs(conversation, 42, lptest.Answer{Question: 2, Replies: []int64{21}})
			var asked []agentsurvey.Clash
			surveys := newClient(t, signIn(t, srv, 0), agentsurvey.WithVersion(agentsurvey.V1),
				agentsurvey.WithMerge(func(c agentsurvey.Clash) (agentsurvey.QuestionState, error) {
					asked = append(asked, c)
					if keep {
						return c.Mine, assert.AnError
					}
					return c.Mine, nil
				}))
			s, err := surveys.State(t.Context(), ref)
			require.NoError(t, err)
			form := s.Form()
			require.NoError(t, form.Answer(3, agentsurvey.Text("mine")))
			srv.AnswerAs(conversation, 42, lptest.Answer{Question: 2, Replies: []int64{22}}, lptest.Answer{Question: 4, Replies: []int64{41}})
			_, err = surveys.Save(t.Context(), form)
			require.Len(t, asked, 1)
			assert.True(t, asked[0].Hidden)
			assert.Equal(t, "mine", asked[0].Mine.Text)
			if keep {
				require.ErrorIs(t, err, assert.AnError)
				assert.Zero(t, srv.Survey(conversation, 42).Saves)
				assert.Equal(t, []int64{1, 2, 3, 5}, ids(form.Questions()))
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []int64{41}, srv.Survey(conversation, 42).Answers[4].Replies)
			assert.Equal(t, []int64{1, 2, 4, 5}, ids(form.Questions()))
		})
	}
}
