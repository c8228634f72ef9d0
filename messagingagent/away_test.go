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

// A conversation that goes in the moment in which the service tells that it is the
// agent's, and that is assigned to him again without ringing, has another life at once.
func TestItGoesAsItIsToldOfAndComesBack(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			for m, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				time.Sleep(100 * time.Millisecond)
				if _, err := c.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil {
					return err
				}
			}
			return nil
		})
		for range 20 { // the reader of the socket may be ahead of the desk, or not
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
			time.Sleep(time.Second)
			c.Say("1")
			require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
			time.Sleep(time.Second)
			require.NoError(t, w.svc.Colleague("bot").TakeOver(c.ID()))
			time.Sleep(5 * time.Second)
			assert.Equal(t, []string{"re: 0", "re: 1"}, said(c))
			c.Close()
		}
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
