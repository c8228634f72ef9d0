package agentsurvey_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Submitting again is the user's will, and no less careful.
func TestSubmitAgain(t *testing.T) {
	t.Parallel()
	for kind, made := range map[lptest.FaultKind]bool{lptest.FaultReset: false, lptest.FaultResetAfter: true, lptest.FaultRevision: false} {
		versions(t, func(t *testing.T, v agentsurvey.Version) {
			t.Helper()
			srv := brand(t, 1)
			defer srv.Close()
			srv.AddSurvey(optional())
			var log bytes.Buffer
			surveys := newClient(t, signIn(t, srv, 0), agentsurvey.WithVersion(v), agentsurvey.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
			s, err := surveys.State(t.Context(), ref)
			require.NoError(t, err)
			form := s.Form()
			require.NoError(t, form.Answer(1, agentsurvey.Text("first")))
			_, err = surveys.Submit(t.Context(), form)
			require.NoError(t, err)
			require.NoError(t, form.Answer(1, agentsurvey.Text("second")))
			srv.AddFault(lptest.Fault{Op: lptest.OpSurveySubmit, Nth: 1, Kind: kind})
			result, err := surveys.Submit(t.Context(), form, agentsurvey.Again())
			noBlindReplays(t, srv)
			if kind == lptest.FaultRevision { // somebody else has done something since
				require.ErrorIs(t, err, agentsurvey.ErrSubmitted)
				assert.Equal(t, 1, srv.Survey(conversation, 42).Submits)
				assert.Contains(t, log.String(), `level=INFO msg="survey state moved on" op=agentsurvey.Submit`)
				assert.NotContains(t, log.String(), "second")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, made, result.Verified)
			assert.Equal(t, 2, srv.Survey(conversation, 42).Submits)
			assert.Equal(t, "second", srv.Survey(conversation, 42).Answers[1].Text)
		})
	}
}
