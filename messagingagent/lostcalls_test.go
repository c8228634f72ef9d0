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

// What waits for a socket in a conversation that is lost meanwhile, since somebody else
// logs in with the user, says so at once.
func TestCallsOfAConversationThatIsLost(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(ctx context.Context, c *messagingagent.Conversation) error{
		"Send": func(ctx context.Context, c *messagingagent.Conversation) error {
			_, err := c.Send(ctx, messagingagent.Text("hi"))
			return err
		},
		"History": func(ctx context.Context, c *messagingagent.Conversation) error {
			_, err := c.History(ctx)
			return err
		},
		"Typing": func(ctx context.Context, c *messagingagent.Conversation) error {
			return c.Typing(ctx, messagingagent.ChatComposing)
		},
		"Read": func(ctx context.Context, c *messagingagent.Conversation) error { return c.Read(ctx, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				lost, ended := make(chan struct{}), make(chan error, 1)
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					<-lost
					ended <- call(ctx, c)
					return nil
				}, messagingagent.WithoutReceipts())
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
				require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
				for n := range 3 { // another process
					time.Sleep(10 * time.Second)
					w.login(t).Close()
					w.svc.CloseSockets("bot", 4401, "")
					time.Sleep(time.Second)
					if n == 2 {
						close(lost)
					}
				}
				select {
				case err := <-ended:
					assert.ErrorIs(t, err, messagingagent.ErrConversationLost)
				case <-time.After(time.Minute):
					t.Error("it still waits")
				}
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
