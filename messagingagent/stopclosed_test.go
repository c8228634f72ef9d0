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

// The consumer says something more and closes the conversation while its handler is busy,
// and Serve stops: no other process will hear of it, so that this handler does.
func TestStoppingWithAConversationThatIsClosed(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var heard []string
		ended := false
		stop := serve(t, a, func(ctx context.Context, conv *messagingagent.Conversation) error {
			for m, err := range conv.Messages(ctx) {
				if err != nil {
					return err
				}
				heard = append(heard, m.Text)
				time.Sleep(6 * time.Second)
			}
			ended = true
			return nil
		})
		consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "one"})
		time.Sleep(2 * time.Second)
		consumer.Say("two")
		consumer.Close()
		time.Sleep(2 * time.Second)
		require.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, []string{"one", "two"}, heard)
		assert.True(t, ended, "the handler sees the end")
	})
}
