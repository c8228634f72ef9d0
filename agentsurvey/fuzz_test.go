package agentsurvey_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/retry"
)

func addSamples(f *testing.F) {
	f.Helper()
	names, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, name := range names {
		b, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add([]byte(everyKind))
	f.Add([]byte(`{"questions":` + diamond + `,"root":1}`))
}

// Whatever a 200 holds: no panic, and a form of it works.
func FuzzSurvey(f *testing.F) {
	addSamples(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		once := retry.Policy{Waits: []time.Duration{}}
		surveys, _ := scriptedBy(t, once, []string{"200\n\n" + string(data)})
		s, err := surveys.State(t.Context(), ref, agentsurvey.Full())
		if err != nil {
			assert.Nil(t, s)
			return
		}
		useForm(t, s.Form())
	})
}

// useForm does with a form what a person might.
func useForm(t *testing.T, form *agentsurvey.Form) {
	t.Helper()
	for range 3 {
		for _, q := range form.Questions() {
			for _, r := range q.Replies {
				_ = form.Answer(q.ID, agentsurvey.Choice(r.ID))
			}
			_ = form.Answer(q.ID, agentsurvey.Text("12"))
			_ = form.Answer(q.ID, agentsurvey.Engaged(agentsurvey.Service{Topic: "t"}))
		}
	}
	_ = form.Validate()
	p := form.Progress()
	assert.LessOrEqual(t, p.Answered+p.RequiredLeft, p.Visible)
	assert.Len(t, form.Questions(), p.Visible)
	assert.Len(t, form.Unanswered(), p.Visible-p.Answered)
	out, err := json.Marshal(form.States())
	require.NoError(t, err)
	var states []agentsurvey.QuestionState
	require.NoError(t, json.Unmarshal(out, &states))
	again, err := json.Marshal(states)
	require.NoError(t, err)
	assert.Equal(t, string(out), string(again))
}

// Whatever a browser sends back: no panic, no answer that breaks a rule, and a
// form that was taken goes round unchanged.
func FuzzFormJSON(f *testing.F) {
	addSamples(f)
	surveys, _ := scripted(f, []string{"200\n\n" + everyKind})
	s, err := surveys.State(f.Context(), ref)
	require.NoError(f, err)
	form := s.Form()
	require.NoError(f, form.Answer(18, agentsurvey.Number(1)))
	require.NoError(f, form.Answer(17, agentsurvey.Choice(5)))
	out, err := json.Marshal(form)
	require.NoError(f, err)
	f.Add(out)
	f.Fuzz(func(t *testing.T, data []byte) {
		var form agentsurvey.Form
		if form.UnmarshalJSON(data) != nil {
			assert.Empty(t, form.Questions())
			return
		}
		out, err := form.MarshalJSON()
		require.NoError(t, err)
		var back agentsurvey.Form
		require.NoError(t, back.UnmarshalJSON(out), string(out))
		again, err := back.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, string(out), string(again))
		useForm(t, &form)
	})
}

func FuzzQuestionState(f *testing.F) {
	addSamples(f)
	f.Add([]byte(`{"id":1,"questionStatus":"answer","engAttribute":{"type":"lead","service":{"value":"2","x":[{}]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s agentsurvey.QuestionState
		if json.Unmarshal(data, &s) != nil {
			return
		}
		out, err := json.Marshal(s)
		require.NoError(t, err)
		var back agentsurvey.QuestionState
		require.NoError(t, json.Unmarshal(out, &back), string(out))
		again, err := json.Marshal(back)
		require.NoError(t, err)
		assert.Equal(t, string(out), string(again))
	})
}
