package messagingagent_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// An availability that the service refuses changes nothing: what was set before holds, on
// the next socket too, which it would keep from opening for ever.
func TestARefusedAvailabilityIsNotSetAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var e *liveperson.Error
		require.ErrorAs(t, a.SetAvailability(t.Context(), "Lunch"), &e)
		assert.Equal(t, 400, e.Status)
		w.svc.DropSockets("bot")
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, "ONLINE", w.svc.Availability("bot"))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitRinging(t.Context(), "bot"))

		// What one call is refused is nothing to another, which came later.
		w.svc.AddFault(messaging.Fault{Type: "SetAgentState", Contains: "AWAY", Code: 403, Delay: 5 * time.Second})
		refused := make(chan error, 1)
		go func() { refused <- a.SetAvailability(t.Context(), messagingagent.Away) }()
		time.Sleep(time.Second)
		require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Occupied))
		require.ErrorIs(t, <-refused, liveperson.ErrForbidden)
		w.svc.DropSockets("bot")
		time.Sleep(time.Minute)
		assert.Equal(t, "OCCUPIED", w.svc.Availability("bot"))
	})
}
