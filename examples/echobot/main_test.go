package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/lptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEchobot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, play(t.Context(), &out, func(o ...lptest.Option) (*lptest.Server, error) { return lptest.NewMemory(o...), nil }))
		for _, line := range []string{"Ada   Hello!", "echo  You said: Hello!", "echo  You said: Is anybody there?", "echo  You said: What time is it?"} {
			assert.Equal(t, 1, strings.Count(out.String(), line), line)
		}
	})
}
