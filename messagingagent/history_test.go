package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// The history is read without taking anything from a loop.
func TestHistory(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		histories := make(chan []string, 2)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			for m, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				events, err := c.History(ctx)
				if err != nil {
					return err
				}
				var said []string
				for _, e := range events {
					if e.Kind == messagingagent.KindText {
						said = append(said, string(e.From.Role)+" "+e.Text)
					}
				}
				histories <- said
				if _, err := c.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil {
					return err
				}
			}
			return nil
		})
		consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		assert.Equal(t, []string{"CONSUMER 0"}, <-histories)
		time.Sleep(time.Second)
		consumer.Say("1")
		assert.Equal(t, []string{"CONSUMER 0", "ASSIGNED_AGENT re: 0", "CONSUMER 1"}, <-histories)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// Without a socket stopping does not wait for one: the next one makes the agent Away.
func TestStoppingWithoutASocket(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo)
		time.Sleep(time.Minute)
		f := w.svc.AddFault(messaging.Fault{Type: "Upgrade", Code: 503})
		w.svc.DropSockets("bot")
		time.Sleep(time.Second)
		began := time.Now()
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Less(t, time.Since(began), 3*time.Second)
		f.Remove()
		time.Sleep(time.Minute)
		assert.Equal(t, "AWAY", w.svc.Availability("bot"))
	})
}

// A conversation that is closed is there to be read, and is not kept.
func TestAConversationThatIsClosed(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		consumer := w.svc.Consumer(messaging.Consumer{Skill: "Billing", FirstMessage: "0"})
		consumer.Close()
		c, err := a.Conversation(t.Context(), liveperson.ConversationID(consumer.ID()))
		require.NoError(t, err)
		assert.Equal(t, messagingagent.StateClosed, c.Info().State)
		var said []string
		for m, err := range c.Messages(t.Context(), messagingagent.FromStart()) {
			require.NoError(t, err)
			said = append(said, m.Text)
		}
		assert.Equal(t, []string{"0"}, said)
		_, err = c.Send(t.Context(), messagingagent.Text("hi"))
		require.ErrorIs(t, err, messagingagent.ErrConversationEnded)
		assert.Empty(t, a.Snapshot().Conversations)
	})
}
