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

// A conversation that the agent has closed, or handed over, is not taken up again because
// of a state from before that is told later.
func TestOldNewsOfAConversationThatIsDone(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		leave func(ctx context.Context, c *messagingagent.Conversation) error
		want  string
	}{
		"closed by Serve": {func(context.Context, *messagingagent.Conversation) error { return nil }, "closed ended"},
		"failed":          {func(context.Context, *messagingagent.Conversation) error { return errors.New("too bad") }, "closed ended"},
		"handed over": {func(ctx context.Context, c *messagingagent.Conversation) error {
			return c.Transfer(ctx, messagingagent.ToSkill(billing))
		}, "closed transferred"},
		"left": {func(ctx context.Context, c *messagingagent.Conversation) error { return c.Leave(ctx) }, "closed transferred"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				var seen notes
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					for m, err := range c.Messages(ctx) {
						if err != nil {
							return err
						}
						if m.Text == "bye" {
							time.Sleep(time.Second)
							require.NoError(t, a.SetAvailability(ctx, messagingagent.Away)) // it is not to ring again
							return row.leave(ctx, c)
						}
					}
					return nil
				}, messagingagent.WithOnUpdate(seen.take))
				consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				require.NoError(t, consumer.WaitAssigned(t.Context(), "bot"))
				time.Sleep(5 * time.Second)
				seen.all()
				w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 5 * time.Second})
				consumer.Say("bye")
				time.Sleep(20 * time.Second)
				assert.Equal(t, []string{row.want}, seen.all())
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// One that comes back at once after it was left is taken up all the same.
func TestNewsOfAConversationThatComesBack(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var seen notes
		left := false
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			for m, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				if m.Text == "bye" && !left {
					left = true
					require.NoError(t, a.SetAvailability(ctx, messagingagent.Away))
					return c.Leave(ctx)
				}
			}
			return nil
		}, messagingagent.WithOnUpdate(seen.take))
		consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, consumer.WaitAssigned(t.Context(), "bot"))
		time.Sleep(5 * time.Second)
		seen.all()
		w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 5 * time.Second})
		consumer.Say("bye")
		time.Sleep(2 * time.Second)
		require.NoError(t, w.svc.Colleague("bot").TakeOver(consumer.ID()))
		time.Sleep(20 * time.Second)
		assert.Equal(t, []string{"closed transferred", "opened resumed"}, seen.all())
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
