package messagingagent_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A conversation whose messages cannot be read at first is opened all the same, soon
// after they can.
func TestOpeningAfterFailures(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]messaging.Fault{
		"500":              {{Type: "QueryMessages", Nth: 1, Code: 500}},
		"second page":      {{Type: "QueryMessages", Nth: 2, Code: 500}},
		"closed, then 500": {{Type: "QueryMessages", Nth: 1, Kind: messaging.FaultClose}, {Type: "QueryMessages", Nth: 3, Code: 500}},
		"no answer":        {{Type: "QueryMessages", Nth: 1, Kind: messaging.FaultNoAnswer}},
		"two without":      {{Type: "QueryMessages", Nth: 1, Times: 2, Kind: messaging.FaultNoAnswer}},
		"three times 500":  {{Type: "QueryMessages", Nth: 1, Times: 3, Code: 500}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				var began time.Time
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					if began.IsZero() {
						began = time.Now()
					}
					return echo(ctx, c)
				})
				defer stop() //nolint:errcheck // it ends with its context
				for _, f := range faults {
					w.svc.AddFault(f)
				}
				rang := time.Now()
				w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if assert.False(t, began.IsZero()) {
					assert.Less(t, began.Sub(rang), 40*time.Second)
				}
			})
		})
	}
}
