package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// A ring that was over before it was accepted is nothing to look for.
func TestARingThatIsOverIsNotLookedFor(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo)
		time.Sleep(time.Minute)
		asked := w.svc.Count("SubscribeExConversations")
		fault := w.svc.AddFault(messaging.Fault{Type: "UpdateRingState", Code: 409, Nth: 1})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		time.Sleep(time.Second)
		require.Equal(t, 1, fault.Hits())
		c.Close()
		time.Sleep(time.Minute)
		assert.Equal(t, asked, w.svc.Count("SubscribeExConversations"))
		assert.Empty(t, a.Rings())
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
