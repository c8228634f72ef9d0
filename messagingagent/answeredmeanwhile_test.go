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

// What somebody else answers between one Serve and the next of an agent counts as answered,
// also if the agent has seen it come.
func TestAnsweredBetweenTwoServes(t *testing.T) {
	t.Parallel()
	for name, answered := range map[string]func(t *testing.T, w *world, c *messaging.Conversation){
		"by a colleague who takes part": func(t *testing.T, w *world, c *messaging.Conversation) {
			t.Helper()
			require.NoError(t, w.svc.Colleague("eve").Join(c.ID(), "AGENT"))
			require.GreaterOrEqual(t, w.svc.Colleague("eve").Say(c.ID(), "eve: 0"), 0)
		},
		"by one who had it while there was no socket": func(t *testing.T, w *world, c *messaging.Conversation) {
			t.Helper()
			w.svc.DropSockets("bot")
			require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
			require.GreaterOrEqual(t, w.svc.Colleague("eve").Say(c.ID(), "eve: 0"), 0)
			require.NoError(t, w.svc.Colleague("bot").TakeOver(c.ID()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					for _, err := range c.Messages(ctx) {
						if err != nil {
							return err
						}
						<-ctx.Done() // without an answer
					}
					return ctx.Err()
				}, messagingagent.WithGrace(time.Second))
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
				require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
				time.Sleep(5 * time.Second)
				require.ErrorIs(t, stop(), context.Canceled)
				answered(t, w, c)
				time.Sleep(20 * time.Second)
				stop = serve(t, a, echo)
				time.Sleep(5 * time.Second)
				c.Say("1")
				time.Sleep(5 * time.Second)
				assert.Equal(t, []string{"eve: 0", "re: 1"}, said(c))
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
