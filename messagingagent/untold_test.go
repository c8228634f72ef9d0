package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// A message of which nothing has told is found by the next look at the agent's
// conversations, also if the conversation's state does not name the last message.
func TestAMessageThatNothingTellsOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		variants []messaging.Variant
		within   time.Duration
	}{
		"the state names the last message": {nil, 5*time.Minute + 35*time.Second},
		"it does not":                      {[]messaging.Variant{messaging.VariantNoLastContent}, 5*time.Minute + 35*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				stop := serve(t, a, echo)
				conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
				_, err := conv.WaitMessage(t.Context(), 1)
				require.NoError(t, err)
				time.Sleep(time.Minute)
				w.svc.AddFault(messaging.Fault{Type: "OnlineEventDistribution", Kind: messaging.FaultLose})
				w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose})
				conv.Say("1")
				w.svc.ClearFaults()
				time.Sleep(c.within)
				assert.Equal(t, []string{"re: 0", "re: 1"}, said(conv))
				assert.ErrorIs(t, stop(), context.Canceled)
			}, messaging.WithVariants(c.variants...))
		})
	}
}
