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

// While all goes well nothing is warned of, nor where a message that the service has not told
// of is asked for.
func TestTheLogOfAnOrdinaryDay(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		a, done := w.connect(t, messagingagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		stop := serve(t, a, echo, messagingagent.WithCloseOnStop(), messagingagent.WithGoodbye(messagingagent.Text("bye")))
		for range 2 {
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			require.NoError(t, c.WaitAssigned(hour(t), "bot"))
			c.Typing(true)
			w.svc.AddFault(messaging.Fault{Type: "OnlineEventDistribution", User: "bot", Contains: `"message":"1"`, Kind: messaging.FaultLose, Times: 1})
			c.Say("1")
			time.Sleep(time.Second)
			c.Say("2")
			_, err := c.WaitMessage(hour(t), 3)
			require.NoError(t, err)
			time.Sleep(10 * time.Minute)
			c.Close()
			time.Sleep(time.Minute)
		}
		last := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		_, err := last.WaitMessage(hour(t), 1)
		require.NoError(t, err)
		require.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, []string{"re: 0", "bye"}, said(last))
		done()
		assert.Contains(t, log.String(), "conversation opened")
		assert.Regexp(t, "msg=stopping .*conversations=1\n", log.String())
		assert.NotContains(t, log.String(), "level=WARN")
		assert.NotContains(t, log.String(), "level=ERROR")
	})
}
