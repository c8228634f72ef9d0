package messagingagent_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A service that refuses a socket and says for how long is not asked before that, but at
// least every 20 min.
func TestARefusedSocketThatNamesAPause(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code        int
		retryAfter  func() string
		least, most time.Duration
	}{
		{429, func() string { return "60" }, 60 * time.Second, 72 * time.Second},
		{503, func() string { return "60" }, 60 * time.Second, 72 * time.Second},
		{503, func() string { return time.Now().Add(2 * time.Minute).UTC().Format(http.TimeFormat) }, 112 * time.Second, 144 * time.Second},
		{503, func() string { return "1" }, 5 * time.Second, 8 * time.Second},
		{503, func() string { return "soon" }, 5 * time.Second, 8 * time.Second},
		{503, func() string { return "86400" }, 16 * time.Minute, 20 * time.Minute},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			pauses := make(chan time.Duration, 10) // after each loss
			stop := serve(t, a, echo, messagingagent.WithOnUpdate(func(u messagingagent.Update) {
				if u, ok := u.(messagingagent.Disconnected); ok {
					pauses <- time.Until(u.Until)
				}
			}))
			time.Sleep(2 * time.Minute)
			w.svc.DropSockets("bot")
			pause := <-pauses
			w.svc.AddFault(messaging.Fault{Type: "Upgrade", Code: c.code, RetryAfter: c.retryAfter(), Times: 1})
			time.Sleep(pause + time.Second)
			pause = <-pauses
			assert.GreaterOrEqual(t, pause, c.least)
			assert.LessOrEqual(t, pause, c.most)
			require.NoError(t, w.svc.WaitSockets(t.Context(), "bot", 1))
			require.ErrorIs(t, stop(), context.Canceled)
		})
	}
}
