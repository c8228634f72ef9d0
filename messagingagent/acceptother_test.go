package messagingagent_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// What happens to a conversation while whoever accepts it waits for its messages: somebody
// else opens it, or it goes to a colleague.
func TestAcceptingWhileOthersAreAtIt(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		time.Sleep(time.Second)
		w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 2 * time.Second})
		opened := make(chan error, 1)
		go func() {
			_, err := a.Conversation(t.Context(), liveperson.ConversationID(c.ID()))
			opened <- err
		}()
		time.Sleep(time.Second)
		mine, err := a.Rings()[0].Accept(t.Context())
		require.NoError(t, err)
		require.NoError(t, <-opened)
		_, err = mine.Send(t.Context(), messagingagent.Text("hi"))
		require.NoError(t, err)

		c = w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		time.Sleep(time.Second)
		time.AfterFunc(time.Second, func() { assert.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID())) })
		hers, err := a.Rings()[0].Accept(t.Context())
		require.ErrorIs(t, err, messagingagent.ErrUnconfirmed)
		assert.Nil(t, hers)
	})
}
