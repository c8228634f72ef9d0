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

// Whatever is answered 401 was not done: it is made again with a new bearer, and costs no
// conversation.
func TestA401CostsNoConversation(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"PublishEvent", "UpdateConversationField", "UpdateRingState", "QueryMessages"} {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				w.svc.AddFault(messaging.Fault{Type: typ, Code: 401, Nth: 1})
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					if err := c.SetNote(ctx, "a note"); err != nil {
						return err
					}
					return echo(ctx, c)
				}, messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) { t.Errorf("a failure: %v", err) }))
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				time.Sleep(time.Minute)
				assert.Equal(t, []string{"re: hello"}, said(c))
				assert.Equal(t, "a note", c.Note())
				assert.Equal(t, "OPEN", c.State())
				require.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
