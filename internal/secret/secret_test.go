package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/internal/secret"
)

func TestNothingPrintsIt(t *testing.T) {
	t.Parallel()
	type holder struct {
		Public secret.Text
		hidden secret.Text
	}
	s := secret.New("canary-7f3a")
	h := holder{Public: s, hidden: s}
	assert.Equal(t, "canary-7f3a", h.hidden.Reveal())
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "text", s, "holder", h)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "text", s, "holder", h)
	out := log.String()
	for _, v := range []any{s, &s, h, &h, []secret.Text{s}, map[string]any{"k": h}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			out += fmt.Sprintf(verb, v)
		}
		b, err := json.Marshal(v)
		require.NoError(t, err)
		out += string(b)
	}
	assert.NotContains(t, out, "canary")
	assert.NotContains(t, out, "63616e617279", "not as hexadecimal either")
	assert.Contains(t, out, secret.Redacted)
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	var s secret.Text
	assert.Empty(t, s.Reveal())
	assert.Empty(t, s.String())
	assert.Equal(t, s, secret.New(""))
	b, err := json.Marshal(s)
	require.NoError(t, err)
	assert.JSONEq(t, "null", string(b))
}
