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

// What was not told shows otherwise: a conversation that is in hand rings, since it went
// back to the queue; one that nobody has told of is spoken in.
func TestWhatWasNotToldShowsOtherwise(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(t *testing.T, w *world) *messaging.Conversation{
		"it rings again": func(t *testing.T, w *world) *messaging.Conversation {
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			_, err := c.WaitMessage(t.Context(), 1)
			require.NoError(t, err)
			time.Sleep(time.Minute)
			w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose})
			w.svc.Requeue(c.ID())
			time.Sleep(time.Second)
			w.svc.ClearFaults()
			return c
		},
		"it is spoken in": func(t *testing.T, w *world) *messaging.Conversation {
			time.Sleep(time.Minute)
			w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose})
			c := w.svc.Consumer(messaging.Consumer{Skill: "Support", FirstMessage: "0"})
			require.NoError(t, w.svc.Colleague("bot").TakeOver(c.ID()))
			time.Sleep(time.Second)
			w.svc.ClearFaults()
			w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Nth: 1, Times: 1})
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				stop := serve(t, a, echo)
				c := happens(t, w)
				n := c.Say("1")
				time.Sleep(30 * time.Second)
				assert.Equal(t, "bot", c.Assigned())
				texts := said(c)
				require.NotEmpty(t, texts)
				assert.Equal(t, "re: 1", texts[len(texts)-1], "number %d", n)
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// While the service is asked whether a conversation that rings is still the agent's,
// nothing is said in it.
func TestNothingIsSaidInWhatRings(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		said := make(chan error, 9)
		now := make(chan struct{})
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			<-now
			_, err := c.Send(ctx, messagingagent.Text("hi"))
			said <- err
			return err
		}, messagingagent.WithMaxConversations(1))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		time.Sleep(time.Minute)
		w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Contains: `"DELETE"`, Kind: messaging.FaultLose})
		w.svc.AddFault(messaging.Fault{Type: "SubscribeExConversations", Kind: messaging.FaultDelay, Delay: time.Second})
		w.svc.Requeue(c.ID())
		for len(a.Rings()) == 0 {
			time.Sleep(300 * time.Millisecond)
		}
		close(now)
		require.ErrorIs(t, <-said, messagingagent.ErrConversationLost)
		assert.Zero(t, w.svc.Count("PublishEvent"))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
