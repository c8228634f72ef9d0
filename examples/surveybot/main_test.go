package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/lptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func play(t *testing.T, rules string, clash bool) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), &out, rules, clash, func(opts ...lptest.Option) (*lptest.Server, error) { return lptest.NewMemory(opts...), nil })
	return out.String(), err
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // it is the first of January 2000
		out, err := play(t, "", false)
		require.NoError(t, err)
		assert.Equal(t, `event      conversation fb84c76d-0daa-46c7-b02d-eb6130c022c9 has ended, closed by CONSUMER
survey     What was it about?     Order
survey     Was it solved?         No
survey     Why not?               Out of stock, Needs a specialist
survey     Follow up on?          2000-01-04
survey     Open a case?           service activity about order
survey     How many minutes?      12
survey     How was the mood?      (no rule)
survey     Any remark?            Filled in by the survey bot.
survey     7 of 8 questions answered
colleague  answers in the same survey
survey     submitted: sent 2 times, 1 merged
service    survey is submitted by surveybot with 8 answers
`, out)
		out, err = play(t, "", true)
		require.NoError(t, err)
		assert.Contains(t, out, "conflict   What was it about?     the colleague's answer stays\n")
		assert.Contains(t, out, "submitted by surveybot with 8 answers")
	})
}

func TestRuleFiles(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		`[{"question":"solved","choose":["Maybe"]}]`: "agentsurvey.Answer: question 2: unknown reply: offers no reply with that text",
		`[]`:                 "agentsurvey.Submit: question 1: required: has no answer; question 2: required: has no answer",
		`{`:                  "rule file: unexpected end of JSON input",
		`[{"question":"("}]`: "rule 1: error parsing regexp: missing closing ): `(?i)(`",
	} {
		file := filepath.Join(t.TempDir(), "rules.json")
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		_, err := play(t, file, false)
		require.EqualError(t, err, want)
	}
	_, err := play(t, filepath.Join(t.TempDir(), "none"), false)
	require.ErrorIs(t, err, os.ErrNotExist)
}
