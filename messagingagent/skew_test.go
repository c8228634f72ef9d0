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

// A ring ends by the service's clock: however wrong this machine's is, one is not dropped
// before the service's is known.
func TestAClockThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"behind": -time.Hour, "ahead": time.Hour, "right": 0} {
		for when, fault := range map[string]messaging.Fault{
			"the clock is told":   {Type: "GetFile", Kind: messaging.FaultRefuse},
			"it is told late":     {Type: "GetClock", Kind: messaging.FaultLate, Delay: 8 * time.Second, Nth: 1},
			"it is told not soon": {Type: "GetClock", Kind: messaging.FaultRefuse, Code: 500, Nth: 1, Times: 3},
		} {
			t.Run(name+"/"+when, func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
					time.Sleep(time.Second)
					require.Len(t, a.Rings(), 1)
					done()

					w.svc.AddFault(fault)
					a, done = w.connect(t) // what rings is in the first list
					defer done()
					rings := a.Rings()
					require.Len(t, rings, 1)
					time.Sleep(time.Second)
					require.Len(t, a.Rings(), 1)
					stop := serve(t, a, echo)
					_, err := c.WaitMessage(t.Context(), 1)
					require.NoError(t, err)
					assert.ErrorIs(t, stop(), context.Canceled)
				}, messaging.WithClock(ahead), messaging.WithVariants(messaging.VariantKeepAvailability))
			})
		}
	}
}

// A ring that is over is none any more, by the service's clock, though nothing has told.
func TestARingThatEndsUntold(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"behind": -time.Hour, "ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				time.Sleep(time.Second)
				require.Len(t, a.Rings(), 1)
				w.svc.AddFault(messaging.Fault{Type: "RoutingTaskNotification", Kind: messaging.FaultLose})
				require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Away))
				time.Sleep(70 * time.Second)
				assert.Len(t, a.Rings(), 1)
				time.Sleep(2 * time.Second)
				assert.Empty(t, a.Rings())
			}, messaging.WithClock(ahead))
		})
	}
}

// A conversation that is closed before anything was told of it is known to be of now by the
// service's clock.
func TestClosedUntoldByAClockThatIsWrong(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-time.Hour, time.Hour} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Away))
			var v visits
			stop := serve(t, a, v.handle)
			time.Sleep(10 * time.Second)
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
			w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", User: "bot", Kind: messaging.FaultLose, Times: 1})
			require.NoError(t, w.svc.Colleague("bot").TakeOver(c.ID()), "somebody assigns it")
			c.Close()
			time.Sleep(time.Minute)
			assert.Len(t, v.all(), 1)
			assert.ErrorIs(t, stop(), context.Canceled)
		}, messaging.WithClock(ahead))
	}
}
