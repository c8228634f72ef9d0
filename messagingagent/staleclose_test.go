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

// A conversation that the agent has closed is not opened again by a state of before that is
// told late; one that comes back all the same is.
func TestAStateOfBeforeTheClose(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]messaging.Fault{
		"all is told late":       {{Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 3 * time.Second}},
		"the end is told late":   {{Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 3 * time.Second, Nth: 1, Times: 2}},
		"the end is never told":  {{Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 3 * time.Second, Nth: 1}, {Type: "ExConversationChangeNotification", Contains: `"DELETE"`, Kind: messaging.FaultLose}},
		"in time, for all that":  nil,
		"the messages come late": {{Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 3 * time.Second}, {Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 5 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				var seen notes
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					for m, err := range c.Messages(ctx) {
						if err != nil || m.Text == "bye" {
							return err
						}
					}
					return nil
				}, messagingagent.WithOnUpdate(seen.take))
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				time.Sleep(10 * time.Second)
				for _, f := range faults {
					w.svc.AddFault(f)
				}
				c.Say("bye")
				c.Say("are you there?")
				require.NoError(t, c.WaitClosed(hour(t)))
				time.Sleep(time.Minute)
				w.svc.ClearFaults()
				time.Sleep(10 * time.Minute)
				assert.Equal(t, []string{"opened accepted", "closed ended"}, lives(seen.all()))
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
