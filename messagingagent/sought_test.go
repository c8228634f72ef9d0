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

// A conversation that was accepted and does not show is looked for until it does, and is
// said to be accepted.
func TestAcceptedAndLookedForForLong(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var seen notes
		stop := serve(t, a, echo, messagingagent.WithOnUpdate(seen.take))
		time.Sleep(time.Minute)
		w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose})
		w.svc.AddFault(messaging.Fault{Type: "SubscribeExConversations", Code: 500})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		time.Sleep(90 * time.Second)
		assert.Empty(t, lives(seen.all()))
		w.svc.ClearFaults()
		_, err := c.WaitMessage(hour(t), 1)
		require.NoError(t, err)
		assert.Equal(t, []string{"opened accepted"}, lives(seen.all()))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
