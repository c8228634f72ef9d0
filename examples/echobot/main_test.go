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
		for _, line := range []string{"Ada       Hello!", "echo      You said: Hello!", "echo      You said: Is anybody there?", "echo      You said: What time is it?"} {
			assert.Equal(t, 1, strings.Count(out.String(), line), line)
		}
	})
}

// A line in doubt and a sign of typing that is refused end no chat.
func TestEchobotGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, play(t.Context(), &out, func(o ...lptest.Option) (*lptest.Server, error) {
			srv := lptest.NewMemory(append(o, lptest.WithStoredText(func(string) string { return "something else" }))...)
			srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultResetAfter, Times: 1})
			srv.AddFault(lptest.Fault{Op: lptest.OpSetTyping, Status: 403})
			return srv, nil
		}))
		assert.Equal(t, 3, strings.Count(out.String(), "echo      something else"), out.String())
	})
}
