package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// An agent is closed while Serve runs, or stops: the handlers fail for that, and the
// conversations stay open.
func TestClosingWhileServing(t *testing.T) {
	t.Parallel()
	for range 20 {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				ended <- a.Serve(ctx, messagingagent.HandlerFunc(echo), messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) {
					assert.NoError(t, err, "a handler that has failed")
				}))
			}()
			var consumers []*messaging.Conversation
			for range 5 {
				consumers = append(consumers, w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"}))
			}
			time.Sleep(time.Minute)
			stop()
			done()
			assert.Error(t, <-ended)
			for _, c := range consumers {
				assert.Equal(t, "OPEN", c.State())
			}
		})
	}
}
