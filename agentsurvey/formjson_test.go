package agentsurvey_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// storedForm is a form as this package stores it.
const storedForm = `{"format":1,"ref":{"conversation":"a81c0350-5a32-4d27-9a7c-f7e5b0e2b8f0","skill":"42"},"surveyId":7,"name":"wrap-up","root":2,` +
	`"agentSurveyStatus":"submitted","lastActionTimeInMillis":1564378978227,"autoCloseTimestamp":1564378979000,"stateRevision":"1564319724453625857",` +
	`"questions":[{"id":1,"orderId":1,"text":"when","category":"date"},` +
	`{"id":2,"orderId":2,"text":"how","next":1,"nextInOrder":true,"required":true,"category":"checkbox","questionDefinition":"regular_question","maxCharacters":9,` +
	`"replies":[{"id":21,"text":"so","next":1,"nextInOrder":true},{"id":22}],"containsLogic":true},` +
	`{"id":3,"orderId":3,"questionDefinition":"engagement_attributes","engagementAttribute":{"type":"lead","attributes":["topic"]}}],` +
	`"listed":[2,0,-1],"saved":[{"id":1,"questionStatus":"answer","freeTextReply":"31.12.2025"}],` +
	`"answers":[{"id":1,"questionStatus":"answer","freeTextReply":"01.01.2026"},{"id":2,"questionStatus":"answer","replyIds":[21,22]}],` +
	`"dateLayout":"02.01.2006","complete":true,"hasStates":true,"doubt":true,"sent":[{"id":1,"questionStatus":"answer","freeTextReply":"01.01.2026"}],"further":true}`

// Earlier versions wrote the skill as a number, and not what was sent. Whatever
// changes, it must be read.
func TestFormStoredEarlier(t *testing.T) {
	t.Parallel()
	earlier := strings.Replace(storedForm, `"skill":"42"`, `"skill":42`, 1)
	earlier = strings.Replace(earlier, `"sent":[{"id":1,"questionStatus":"answer","freeTextReply":"01.01.2026"}],`, "", 1)
	var form, now agentsurvey.Form
	require.NoError(t, json.Unmarshal([]byte(earlier), &form))
	require.NoError(t, json.Unmarshal([]byte(storedForm), &now))
	assert.Equal(t, ref, form.Ref())
	assert.Equal(t, now.States(), form.States())
	out, err := json.Marshal(&form)
	require.NoError(t, err)
	assert.Contains(t, string(out), `"doubt":true,"sent":[{"id":1,"questionStatus":"answer","freeTextReply":"01.01.2026"},{"id":2,`)
}

func TestStoredForm(t *testing.T) {
	t.Parallel()
	var form agentsurvey.Form
	require.NoError(t, json.Unmarshal([]byte(storedForm), &form))
	out, err := json.Marshal(&form)
	require.NoError(t, err)
	assert.Equal(t, storedForm, string(out))
	assert.Equal(t, ref, form.Ref())
	assert.Equal(t, agentsurvey.SurveyContext{
		Status: agentsurvey.Submitted, LastAction: time.UnixMilli(1564378978227).UTC(), AutoClose: time.UnixMilli(1564378979000).UTC(), Revision: 1564319724453625857,
	}, form.Context())
	assert.Equal(t, []int64{2, 1}, ids(form.Questions())) // from the root on
	assert.True(t, form.Changed())
	require.NoError(t, form.Answer(1, agentsurvey.Date(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))))
	s, _ := form.State(1)
	assert.Equal(t, "01.02.2026", s.Text)
	_, pending := form.Pending()
	assert.False(t, pending)
}

// A web workspace keeps the form between two requests of its own.
func TestStoredFormGoesOn(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, v agentsurvey.Version) {
		t.Helper()
		srv, surveys, form := opened(t, branching(), agentsurvey.WithVersion(v))
		again := func() {
			t.Helper()
			out, err := json.Marshal(form)
			require.NoError(t, err)
			form = new(agentsurvey.Form)
			require.NoError(t, json.Unmarshal(out, form))
		}
		again()
		require.NoError(t, form.Answer(1, agentsurvey.Text("a bill")))
		again()
		require.NoError(t, form.Answer(2, agentsurvey.Choice(22)))
		again()
		require.NoError(t, surveys.Continue(t.Context(), form))
		again()
		require.NoError(t, form.Answer(4, agentsurvey.Choice(41)))
		_, err := surveys.Save(t.Context(), form)
		require.NoError(t, err)
		again()
		assert.False(t, form.Changed())
		_, err = surveys.Submit(t.Context(), form)
		require.NoError(t, err)
		again()
		_, err = surveys.Submit(t.Context(), form)
		require.ErrorIs(t, err, agentsurvey.ErrSubmitted)
		assert.Equal(t, 1, srv.Count(lptest.OpSurveySubmit))
		synctest.Wait()
	})
}
