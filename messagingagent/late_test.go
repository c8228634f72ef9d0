package messagingagent_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A message that was published although its answer was lost, and that is seen only when
// the conversation comes back, is no other process's: what the consumer said before it is
// handed out.
func TestALostAnswerOfAFormerLife(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			for m, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				time.Sleep(time.Second)
				if _, err := c.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil {
					return err
				}
			}
			return nil
		})
		w.svc.AddFault(messaging.Fault{Type: "PublishEvent", Contains: "re: 0", Kind: messaging.FaultNoAnswer, After: true})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		c.Say("1")
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
		time.Sleep(10 * time.Minute)
		require.NoError(t, w.svc.Colleague("bot").TakeOver(c.ID()))
		time.Sleep(5 * time.Second)
		assert.Equal(t, []string{"re: 0", "re: 1"}, said(c))
		assert.ErrorIs(t, stop(), context.Canceled)
	}, messaging.WithVariants(messaging.VariantNoEcho, messaging.VariantNoLastContent))
}

// A message whose answer is in doubt comes again with the next life, also if the answer to
// the one before it has never come back.
func TestADoubtfulAnswerAfterOneThatIsSure(t *testing.T) {
	t.Parallel()
	for _, variants := range [][]messaging.Variant{nil, {messaging.VariantNoEcho, messaging.VariantNoLastContent}} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
				for m, err := range c.Messages(ctx) {
					if err != nil {
						return err
					}
					_, err = c.Send(ctx, messagingagent.Text("re: "+m.Text))
					if err != nil && !errors.Is(err, messagingagent.ErrUnconfirmed) {
						return err
					}
				}
				return nil
			}, messagingagent.WithoutReceipts())
			time.Sleep(time.Minute)
			fault := w.svc.AddFault(messaging.Fault{Type: "PublishEvent", Contains: "re: 1", Kind: messaging.FaultNoAnswer})
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			c.Say("1")
			_, err := c.WaitMessage(t.Context(), 1)
			require.NoError(t, err)
			time.Sleep(20 * time.Second)
			require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
			fault.Remove()
			time.Sleep(10 * time.Minute)
			assert.Equal(t, []string{"re: 0"}, said(c))
			require.NoError(t, w.svc.Colleague("bot").TakeOver(c.ID()))
			time.Sleep(5 * time.Second)
			assert.Equal(t, []string{"re: 0", "re: 1"}, said(c))
			assert.ErrorIs(t, stop(), context.Canceled)
		}, messaging.WithVariants(variants...))
	}
}
