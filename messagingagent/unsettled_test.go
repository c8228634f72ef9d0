package messagingagent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A conversation that can be neither closed nor handed over has a handler again, after
// pauses that grow: its consumer is not flooded.
func TestConversationThatCannotBeClosed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault messaging.Fault
		opts  []messagingagent.Option
	}{
		"forbidden":       {messaging.Fault{Code: 403}, nil},
		"turned away":     {messaging.Fault{Code: 429}, nil},
		"failing":         {messaging.Fault{Code: 500}, nil},
		"no answer":       {messaging.Fault{Kind: messaging.FaultNoAnswer}, nil},
		"nor handed over": {messaging.Fault{Code: 400}, []messagingagent.Option{messagingagent.WithHandOver(messagingagent.ToSkill(billing))}},
	} {
		for _, fails := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", after a failure: ", fails), func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					defer done()
					stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
						if _, err := c.Send(ctx, messagingagent.Text("hello")); err != nil || !fails {
							return err
						}
						return errors.New("no idea")
					}, slices.Concat(row.opts, []messagingagent.Option{messagingagent.WithGoodbye(messagingagent.Text("goodbye"))})...)
					fault := row.fault
					fault.Type, fault.Times = "UpdateConversationField", 1<<20
					w.svc.AddFault(fault)
					c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hi"})
					require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
					time.Sleep(10 * time.Minute)
					times := map[string]int{}
					for _, text := range said(c) {
						times[text]++
					}
					assert.Equal(t, "OPEN", c.State())
					assert.LessOrEqual(t, times["hello"], 9)
					assert.GreaterOrEqual(t, times["hello"], 3)
					assert.Equal(t, fails, times["goodbye"] == 1, "%d", times["goodbye"])
					w.svc.ClearFaults()
					time.Sleep(3 * time.Minute)
					if row.opts == nil || !fails {
						assert.Equal(t, "CLOSE", c.State())
					} else {
						assert.NotEqual(t, "Sales", c.Skill())
					}
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}

// Where a conversation goes on meanwhile its handler comes back soon.
func TestConversationThatGoesOnSinceItCannotBeClosed(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			for m, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				_, err = c.Send(ctx, messagingagent.Text("re "+m.Text))
				return err
			}
			return nil
		})
		w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", Code: 403})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		for range 20 {
			time.Sleep(90 * time.Second)
			before := len(said(c))
			c.Say("more")
			time.Sleep(10 * time.Second)
			assert.Len(t, said(c), before+1)
		}
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
