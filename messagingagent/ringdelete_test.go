package messagingagent_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// A ring whose task is over rings no more, however that is told.
func TestATaskIsOver(t *testing.T) {
	t.Parallel()
	for _, variants := range [][]messaging.Variant{
		nil,
		{messaging.VariantShortDelete},
		{messaging.VariantTaskDelete},
		{messaging.VariantTaskDelete, messaging.VariantNumbers, messaging.VariantSingle},
		{messaging.VariantMinimalRings},
		{messaging.VariantRingStates, messaging.VariantTaskDelete},
	} {
		t.Run(fmt.Sprint(variants), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				one := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				two := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				time.Sleep(time.Second)
				require.Len(t, a.Rings(), 2)
				one.Close()
				time.Sleep(time.Second)
				rings := a.Rings()
				require.Len(t, rings, 1)
				assert.Equal(t, two.ID(), string(rings[0].Conversation))
				require.NoError(t, rings[0].Reject(t.Context()))
				time.Sleep(15 * time.Second)
				assert.Len(t, a.Rings(), 1, "it rings again")
			}, messaging.WithVariants(variants...))
		})
	}
}
