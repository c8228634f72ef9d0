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

// What the service has done is no failure, although the conversation was closed before it
// said so.
func TestAnsweredAfterTheClose(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		sent, typed := make(chan error, 1), make(chan error, 1)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			go func() { typed <- c.Typing(ctx, messagingagent.ChatComposing) }()
			_, err := c.Send(ctx, messagingagent.Text("bye"))
			sent <- err
			return nil
		})
		w.svc.AddFault(messaging.Fault{Type: "PublishEvent", Kind: messaging.FaultLate, Delay: 4 * time.Second})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		time.Sleep(time.Second)
		c.Close()
		require.NoError(t, <-sent)
		require.NoError(t, <-typed)
		assert.Equal(t, []string{"bye"}, said(c))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
