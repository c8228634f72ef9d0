package messagingagent_test

import (
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
