package messagingagent_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// While all goes well nothing is warned of.
func TestTheLogOfAnOrdinaryDay(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		a, done := w.connect(t, messagingagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		stop := serve(t, a, echo)
		for range 2 {
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			require.NoError(t, c.WaitAssigned(hour(t), "bot"))
			c.Typing(true)
			c.Say("1")
			_, err := c.WaitMessage(hour(t), 2)
			require.NoError(t, err)
			time.Sleep(10 * time.Minute)
			c.Close()
			time.Sleep(time.Minute)
		}
		require.ErrorIs(t, stop(), context.Canceled)
		done()
		assert.Contains(t, log.String(), "conversation opened")
		assert.NotContains(t, log.String(), "level=WARN")
		assert.NotContains(t, log.String(), "level=ERROR")
	})
}
