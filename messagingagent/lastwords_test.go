package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A message that is being read when the conversation is closed comes to the loop, although
// reading what was said last takes too long.
func TestMessagesThatAreBeingReadAtTheClose(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var heard notes
		ended := make(chan error, 1)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) (last error) {
			for m, err := range c.Messages(ctx) {
				if last = err; err == nil {
					heard.add(m.Text)
				}
			}
			ended <- last
			return last
		})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		time.Sleep(10 * time.Second)
		w.svc.AddFault(messaging.Fault{Type: "OnlineEventDistribution", Kind: messaging.FaultLose})
		w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 8 * time.Second})
		c.Say("1")
		time.Sleep(500 * time.Millisecond)
		c.Close()
		assert.NoError(t, <-ended)
		assert.Equal(t, []string{"0", "1"}, heard.all())
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
