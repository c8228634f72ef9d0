package messagingagent_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// A service that answers slowly holds a conversation up for as long as its answers take,
// whether it was accepted or was there before.
func TestTakingOverWhileAnswersAreSlow(t *testing.T) {
	t.Parallel()
	for _, slow := range []time.Duration{3 * time.Second, 5 * time.Second, 9 * time.Second} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: slow})
			stop := serve(t, a, echo)
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
			begun := time.Now()
			_, err := c.WaitMessage(t.Context(), 1)
			require.NoError(t, err)
			assert.LessOrEqual(t, time.Since(begun), 2*slow+5*time.Second)
			require.ErrorIs(t, stop(), context.Canceled)
			done()

			a, done = w.connect(t)
			defer done()
			c.Say("again")
			begun = time.Now()
			stop = serve(t, a, echo)
			_, err = c.WaitMessage(t.Context(), 2)
			require.NoError(t, err)
			assert.LessOrEqual(t, time.Since(begun), 2*slow+5*time.Second)
			require.ErrorIs(t, stop(), context.Canceled)
		})
	}
}

// A conversation whose messages cannot be read for a while is taken in hand soon after
// they can, however long that was.
func TestTakingOverAfterAnOutage(t *testing.T) {
	t.Parallel()
	for _, fault := range []messaging.Fault{
		{Code: 500}, {Code: 400}, {Code: 403}, {Code: 429}, {Kind: messaging.FaultNoAnswer}, {Kind: messaging.FaultClose},
	} {
		for _, outage := range []time.Duration{90 * time.Second, time.Hour} {
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				fault.Type = "QueryMessages"
				h := w.svc.AddFault(fault)
				stop := serve(t, a, echo)
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				time.Sleep(outage)
				h.Remove()
				begun := time.Now()
				_, err := c.WaitMessage(t.Context(), 1)
				require.NoError(t, err)
				soon := 30 * time.Second
				if fault.Kind == messaging.FaultClose { // there is no connection
					soon = 20 * time.Minute
				}
				assert.LessOrEqual(t, time.Since(begun), soon, "%v %v", fault, outage)
				require.ErrorIs(t, stop(), context.Canceled)
			})
		}
	}
}

// An agent who has many conversations when he begins reads each once.
func TestTakingOverMany(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		const many = 300
		a, done := w.connect(t)
		stop := serve(t, a, echo)
		var all []*messaging.Conversation
		for n := range many {
			all = append(all, w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: fmt.Sprint(n)}))
		}
		for _, c := range all {
			_, err := c.WaitMessage(t.Context(), 1)
			require.NoError(t, err)
		}
		require.ErrorIs(t, stop(), context.Canceled)
		done()

		a, done = w.connect(t)
		defer done()
		w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 100 * time.Millisecond})
		before := w.svc.Count("QueryMessages")
		for _, c := range all {
			c.Say("again")
		}
		begun := time.Now()
		stop = serve(t, a, echo)
		for _, c := range all {
			_, err := c.WaitMessage(t.Context(), 2)
			require.NoError(t, err)
		}
		assert.LessOrEqual(t, time.Since(begun), 20*time.Second)
		assert.LessOrEqual(t, w.svc.Count("QueryMessages")-before, 2*many)
		require.ErrorIs(t, stop(), context.Canceled)
	})
}
