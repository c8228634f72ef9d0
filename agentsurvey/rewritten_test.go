package agentsurvey_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
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

// storing is a service that stores what is written in another form.
type storing struct {
	next     http.RoundTripper
	from, to string
	late     atomic.Bool // the next write has no answer, and is made 8 s after its time-out
}

func (s *storing) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet || !strings.HasSuffix(req.URL.Path, "/state") {
		return s.next.RoundTrip(req)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	body = bytes.ReplaceAll(body, []byte(s.from), []byte(s.to))
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if s.late.CompareAndSwap(true, false) {
		time.AfterFunc(38*time.Second, func() { //nolint:contextcheck // it outlives the try
			if resp, err := s.next.RoundTrip(req.WithContext(context.WithoutCancel(req.Context()))); err == nil {
				_ = resp.Body.Close()
			}
		})
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return s.next.RoundTrip(req)
}

// rewritten is what services do to answers: what was said, as it goes out and
// as it is stored.
var rewritten = map[string]struct {
	text     string // "" for engagement attributes
	from, to string
}{
	"escaped":     {"Tom & Jerry", `Tom & Jerry`, `Tom &amp; Jerry`},
	"masked":      {"card 4111111111111111", "4111111111111111", "****"},
	"cut":         {"a long story", "a long story", "a long st"},
	"emoji":       {"fine 😀", "😀", "?"},
	"tags":        {"a <b>bill</b>", "<b>bill</b>", "bill"},
	"link":        {"see example.com", "example.com", `<a href='example.com'>example.com</a>`},
	"one space":   {"a  bill", "a  bill", "a bill"},
	"engagement":  {"", `"topic":"loan & more"`, `"topic":"LOAN"`},
	"given value": {"", `"topic":"loan & more"`, `"topic":"loan & more","status":3`},
}

// profile is a survey of a text and of engagement attributes.
func profile() lptest.Survey {
	return lptest.Survey{Conversation: conversation, Skill: 42, Questions: []lptest.Question{
		{ID: 1, Text: "What was it about?", Next: 2},
		{
			ID: 2, Text: "What is it worth?", Definition: "engagement_attributes",
			Engagement: &lptest.Engagement{Type: "service_activity", Attributes: []string{"topic", "status"}},
		},
	}}
}

// openedWith is a brand that stores answers in another form, and a form.
func openedWith(t *testing.T, how string, late bool, v agentsurvey.Version) (*lptest.Server, *agentsurvey.Client, *agentsurvey.Form) {
	t.Helper()
	change := rewritten[how]
	srv := brand(t, 1)
	srv.AddSurvey(profile())
	service := &storing{next: srv.Transport(), from: change.from, to: change.to}
	service.late.Store(late)
	surveys := newClient(t, signIn(t, srv, 0, retry.WithTransport(service)), agentsurvey.WithVersion(v))
	state, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	form := state.Form()
	if change.text != "" {
		require.NoError(t, form.Answer(1, agentsurvey.Text(change.text)))
	} else {
		require.NoError(t, form.Answer(2, agentsurvey.Engaged(agentsurvey.Service{Topic: "loan & more"})))
	}
	return srv, surveys, form
}

// {how it is stored} × {how the answer is lost} × {save, submit} × versions: a
// write whose answer is lost and that comes back changed is neither a
// colleague's nor made again.
func TestRewrittenAnswers(t *testing.T) {
	t.Parallel()
	faults := map[string][]lptest.Fault{
		"502":           {{Kind: lptest.FaultStatus, Status: 502, After: true, Nth: 1}},
		"reset":         {{Kind: lptest.FaultResetAfter, Nth: 1}},
		"cut":           {{Kind: lptest.FaultCut, Nth: 1}},
		"page":          {{Kind: lptest.FaultHTML, After: true, Nth: 1}},
		"no answer":     {{Kind: lptest.FaultHang, After: true, Nth: 1}},
		"504, late":     {{Kind: lptest.FaultLate, Delay: 8 * time.Second, Nth: 1}},
		"8 s too late":  nil,
		"502 and again": {{Kind: lptest.FaultStatus, Status: 502, Nth: 1}, {Kind: lptest.FaultStatus, Status: 502, After: true, Nth: 1}},
	}
	for how := range rewritten {
		for lost, faults := range faults {
			for _, name := range []string{"save", "submit"} {
				for _, v := range []agentsurvey.Version{agentsurvey.V1, agentsurvey.V2} {
					t.Run(how+"/"+lost+"/"+name+"/"+string(v), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) { rewrittenAnswer(t, how, faults, writeCases[name], v) })
					})
				}
			}
		}
	}
}

func rewrittenAnswer(t *testing.T, how string, faults []lptest.Fault, c writeCase, v agentsurvey.Version) {
	t.Helper()
	srv, surveys, form := openedWith(t, how, faults == nil, v)
	for _, f := range faults {
		f.Op = c.op
		srv.AddFault(f)
	}
	before := form.States()
	result, err := c.call(surveys, t.Context(), form)
	assert.Nil(t, result)
	unconfirmed(t, err)
	assert.Equal(t, before, form.States())
	state := srv.Survey(conversation, 42)
	assert.Equal(t, 1, state.Saves+state.Submits)
	noBlindReplays(t, srv)

	// The next call begins by looking, and still cannot tell.
	sent := len(requests(srv, c.op))
	_, err = c.call(surveys, t.Context(), form)
	fresh := unconfirmed(t, err)
	assert.Len(t, requests(srv, c.op), sent)

	// The user decides.
	require.NoError(t, form.Merge(fresh, agentsurvey.PreferMine))
	_, err = c.call(surveys, t.Context(), form)
	if c.op == lptest.OpSurveySubmit {
		require.ErrorIs(t, err, agentsurvey.ErrSubmitted)
		return
	}
	require.NoError(t, err)
}

// unconfirmed is the state that err brings.
func unconfirmed(t *testing.T, err error) *agentsurvey.Survey {
	t.Helper()
	require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
	for _, wrong := range []error{liveperson.ErrConflict, agentsurvey.ErrSubmitted, agentsurvey.ErrDismissed} {
		require.NotErrorIs(t, err, wrong)
	}
	var u *agentsurvey.UnconfirmedError
	require.ErrorAs(t, err, &u)
	require.NotNil(t, u.Fresh)
	return u.Fresh
}

// What only looks different is found.
func TestTrimmedAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range writeCases {
		if name == "dismiss" {
			continue
		}
		versions(t, func(t *testing.T, v agentsurvey.Version) {
			t.Helper()
			srv := brand(t, 1)
			srv.AddSurvey(profile())
			surveys := newClient(t, signIn(t, srv, 0, retry.WithTransport(&storing{next: srv.Transport(), from: ` a\nbill `, to: `a\r\nbill`})), agentsurvey.WithVersion(v))
			state, err := surveys.State(t.Context(), ref)
			require.NoError(t, err)
			form := state.Form()
			require.NoError(t, form.Answer(1, agentsurvey.Text(" a\nbill ")))
			srv.AddFault(lptest.Fault{Op: c.op, Kind: lptest.FaultResetAfter, Nth: 1})
			result, err := c.call(surveys, t.Context(), form)
			require.NoError(t, err)
			assert.True(t, result.Verified)
			assert.False(t, form.Changed())
			assert.Equal(t, 1, srv.Count(c.op))
		})
	}
}

// A save that was made, though its answer was lost for good, is not taken for a
// colleague's after the form has been filled in further.
func TestEditsAfterALostSave(t *testing.T) {
	t.Parallel()
	for _, made := range []bool{true, false} {
		versions(t, func(t *testing.T, v agentsurvey.Version) {
			t.Helper()
			srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(v))
			require.NoError(t, form.Answer(1, agentsurvey.Text("a")))
			fault := srv.AddFault(lptest.Fault{Op: lptest.OpSurveySave, Kind: lptest.FaultHang, After: made, Nth: 1})
			reads := srv.AddFault(lptest.Fault{Op: lptest.OpSurveyState, Kind: lptest.FaultStatus, Status: 503, End: 10 * time.Minute})
			_, err := surveys.Save(t.Context(), form)
			require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
			var u *agentsurvey.UnconfirmedError
			require.ErrorAs(t, err, &u)
			assert.Nil(t, u.Fresh)
			assert.Equal(t, 1, fault.Hits())
			assert.Positive(t, reads.Hits())
			time.Sleep(10 * time.Minute)

			require.NoError(t, form.Answer(1, agentsurvey.Text("a bill")))
			_, err = surveys.Save(t.Context(), form)
			require.NoError(t, err)
			saved, err := surveys.State(t.Context(), ref)
			require.NoError(t, err)
			assert.Equal(t, "a bill", saved.Questions[0].State.Text)
			_, err = surveys.Submit(t.Context(), form)
			require.NoError(t, err)
			assert.Equal(t, "a bill", srv.Survey(conversation, 42).Answers[1].Text)
			assert.False(t, form.Changed())
		})
	}
}

// blind has the answer to a write lost that is made, and every look for it fail.
func blind(t *testing.T, srv *lptest.Server, write func() error) {
	t.Helper()
	srv.AddFault(lptest.Fault{Op: lptest.OpSurveySave, Kind: lptest.FaultResetAfter, Nth: 1})
	srv.AddFault(lptest.Fault{Op: lptest.OpSurveySubmit, Kind: lptest.FaultResetAfter, Nth: 1})
	srv.AddFault(lptest.Fault{Op: lptest.OpSurveyState, Kind: lptest.FaultStatus, Status: 503})
	require.ErrorIs(t, write(), liveperson.ErrUnconfirmed)
	srv.ClearFaults()
}

// A submission that turns out to be made does not hold what was answered after
// it: the next call says that the survey is submitted, not that it has succeeded.
func TestEditsAfterALostSubmission(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, v agentsurvey.Version) {
		t.Helper()
		srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(v))
		require.NoError(t, form.Answer(1, agentsurvey.Text("a")))
		submit := func() error {
			_, err := surveys.Submit(t.Context(), form)
			return err
		}
		blind(t, srv, submit)
		require.NoError(t, form.Answer(1, agentsurvey.Text("a bill")))
		require.ErrorIs(t, submit(), agentsurvey.ErrSubmitted)
		assert.True(t, form.Changed())
		assert.Equal(t, 1, srv.Survey(conversation, 42).Submits)
	})
}

// A save in doubt that comes back in another form is no conflict for a
// submission either.
func TestSubmissionAfterARewrittenSave(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, v agentsurvey.Version) {
		t.Helper()
		srv, surveys, form := openedWith(t, "masked", false, v)
		blind(t, srv, func() error {
			_, err := surveys.Save(t.Context(), form)
			return err
		})
		_, err := surveys.Submit(t.Context(), form)
		unconfirmed(t, err)
		assert.Zero(t, srv.Survey(conversation, 42).Submits)
	})
}

// An error that cannot tell says so, and what the write came to.
func TestUnconfirmedErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("502")
	err := error(&agentsurvey.UnconfirmedError{Op: "agentsurvey.Save", Err: cause})
	assert.Equal(t, "502", err.Error())
	require.ErrorIs(t, err, cause)
	err = &agentsurvey.UnconfirmedError{Op: "agentsurvey.Save"}
	assert.Equal(t, "agentsurvey.Save: unconfirmed: it may have taken effect", err.Error())
	require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
}

// Saving by itself does not go on over what only a person can decide.
func TestAutoSaveEndsUnconfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, surveys, form := openedWith(t, "masked", false, agentsurvey.V1)
		srv.AddFault(lptest.Fault{Op: lptest.OpSurveySave, Kind: lptest.FaultResetAfter, Nth: 1})
		unconfirmed(t, surveys.AutoSave(t.Context(), form, time.Minute))
		assert.Equal(t, 1, srv.Count(lptest.OpSurveySave))
	})
}

// A colleague's answer to the same question, while the own answer is lost,
// cannot be told from the own one in another form; one to another question can.
func TestColleagueWhileAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	for question, theirs := range map[int64]lptest.Answer{1: {Question: 1, Text: "theirs"}, 2: {Question: 2, Replies: []int64{21}}} {
		for name, c := range writeCases {
			t.Run(name+"/"+strconv.FormatInt(question, 10), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv, surveys, form := opened(t, optional(), agentsurvey.WithVersion(agentsurvey.V1))
					require.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
					srv.AddFault(lptest.Fault{Op: c.op, Kind: lptest.FaultReset, Nth: 1})
					srv.AnswerAs(conversation, 42, theirs)
					result, err := c.call(surveys, t.Context(), form)
					state := srv.Survey(conversation, 42)
					switch {
					case name == "dismiss":
						require.ErrorIs(t, err, liveperson.ErrConflict)
						assert.Zero(t, state.Dismisses)
					case question == 2:
						require.NoError(t, err)
						assert.Equal(t, 3, result.Tries) // lost, refused with the old revision, made
						assert.Equal(t, 1, result.Merges)
						assert.Equal(t, "mine", state.Answers[1].Text)
						assert.Equal(t, []int64{21}, state.Answers[2].Replies)
					case name == "submit": // the survey is open, so it was not made
						require.ErrorIs(t, err, liveperson.ErrConflict)
					default:
						assert.Equal(t, "theirs", unconfirmed(t, err).Questions[0].State.Text)
					}
					noBlindReplays(t, srv)
				})
			})
		}
	}
}

// What goes over the wire when an answer is lost and the state moves on.
func TestRequestsOfAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const questions = `{"root":1,"questions":[{"id":1,"orderId":1,"next":2,"category":"free_text"},{"id":2,"orderId":2,"category":"free_text"%s}],"agentSurveyStatus":"open","stateRevision":%d}`
		state := func(theirs string, revision int) string { return "200\n\n" + fmt.Sprintf(questions, theirs, revision) }
		const theirs = `,"questionState":{"questionStatus":"answer","freeTextReply":"theirs"}`
		surveys, script := scripted(t, []string{
			state("", 5), "502\n\n", state(theirs, 6), "409\n\n", state(theirs, 6), "200\n\n" + `{"stateRevision":7}`,
		}, agentsurvey.WithVersion(agentsurvey.V1))
		survey, err := surveys.State(t.Context(), ref)
		require.NoError(t, err)
		form := survey.Form()
		require.NoError(t, form.Answer(1, agentsurvey.Text("mine")))
		started := time.Now()
		result, err := surveys.Save(t.Context(), form)
		require.NoError(t, err)
		assert.Less(t, time.Since(started), 7*time.Second)
		assert.Equal(t, &agentsurvey.Result{
			SurveyContext: agentsurvey.SurveyContext{Status: agentsurvey.Open, Revision: 7}, Tries: 3, Merges: 1,
		}, result)
		const mine, other = `{"id":1,"questionStatus":"answer","freeTextReply":"mine"}`, `{"id":2,"questionStatus":"answer","freeTextReply":"theirs"}`
		for i, want := range []string{
			"GET", "PUT 5 [" + mine + `,{"id":2,"questionStatus":"show"}]`, "GET", "PUT 5 [" + mine + `,{"id":2,"questionStatus":"show"}]`, "GET", "PUT 6 [" + mine + "," + other + "]",
		} {
			head, body, _ := strings.Cut(script.sent[i], "\n\n")
			got := head[:3]
			if _, after, ok := strings.Cut(head, "X-Lp-State-Rev: "); ok {
				got += " " + after[:1] + " " + body
			}
			assert.Equal(t, want, got)
		}
	})
}
