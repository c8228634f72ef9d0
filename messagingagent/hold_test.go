package messagingagent_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// What the service tells on a new socket is lost: a message waits for no more than that it
// is asked for, with nobody serving.
func TestAMessageAfterAnOpeningThatWasNotTold(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		time.Sleep(time.Second)
		c, err := a.Rings()[0].Accept(t.Context())
		require.NoError(t, err)
		w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Times: 1})
		w.svc.DropSockets("bot")
		synctest.Wait()
		began := time.Now()
		_, err = c.Send(t.Context(), messagingagent.Text("hi"))
		require.NoError(t, err)
		assert.Less(t, time.Since(began), 30*time.Second)
		assert.Equal(t, []string{"hi"}, said(consumer))
	})
}

// A conversation goes to a colleague while there is no socket: what its consumer says
// meanwhile is the colleague's, and no handler gets it.
func TestWhatWasSaidToAColleagueMeanwhile(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var handed []string
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			for m, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				handed = append(handed, m.Text)
			}
			return nil
		})
		consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, consumer.WaitAssigned(t.Context(), "bot"))
		time.Sleep(10 * time.Second)
		for _, slow := range []string{"QueryMessages", "ExConversationChangeNotification", ""} {
			f := w.svc.AddFault(messaging.Fault{Type: slow, Kind: messaging.FaultDelay, Delay: 3 * time.Second})
			if slow == "" {
				f.Remove()
			}
			w.svc.DropSockets("bot")
			require.NoError(t, w.svc.Colleague("eve").TakeOver(consumer.ID()))
			consumer.Say("not yours")
			time.Sleep(time.Minute)
			f.Remove()
			assert.Equal(t, []string{"0"}, handed, slow)
			require.NoError(t, w.svc.Colleague("eve").TransferToAgent(consumer.ID(), "bot"))
			w.svc.Colleague("eve").Say(consumer.ID(), "he will see to it")
			time.Sleep(2 * time.Minute)
			handed = nil
			consumer.Say("0")
			time.Sleep(10 * time.Second)
			assert.Equal(t, []string{"0"}, handed, slow)
		}
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
