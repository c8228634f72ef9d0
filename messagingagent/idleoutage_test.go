package messagingagent_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A consumer who writes while there is no socket is not idle: what he wrote comes first.
func TestNobodyIsIdleWhileHeCannotBeHeard(t *testing.T) {
	t.Parallel()
	for name, queries := range map[string]messaging.Fault{
		"the socket is lost":                   {Type: "GetFile", Kind: messaging.FaultRefuse},
		"and what was missed comes late":       {Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 8 * time.Second},
		"and what was missed cannot be had":    {Type: "QueryMessages", Kind: messaging.FaultRefuse, Code: 503, Nth: 1, Times: 2},
		"and the conversation is told of late": {Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				var seen notes
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					for m, err := range c.Messages(ctx, messagingagent.Idle(30*time.Second)) {
						switch {
						case errors.Is(err, messagingagent.ErrIdle):
							seen.add("idle")
						case err != nil:
							return err
						default:
							seen.add(m.Text)
						}
					}
					return nil
				})
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
				time.Sleep(10 * time.Second)
				refused := w.svc.AddFault(messaging.Fault{User: "bot", Type: "Upgrade", Kind: messaging.FaultRefuse, Code: 503})
				w.svc.DropSockets("bot")
				time.Sleep(5 * time.Second)
				c.Say("1")
				time.Sleep(40 * time.Second)
				w.svc.AddFault(queries)
				refused.Remove()
				time.Sleep(2 * time.Minute)
				list := seen.all()
				require.Greater(t, len(list), 2)
				assert.Equal(t, []string{"0", "1", "idle"}, list[:3])
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
