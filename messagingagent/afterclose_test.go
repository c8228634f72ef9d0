package messagingagent_test

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// lastOf is the last error of a loop.
func lastOf[T any](loop iter.Seq2[T, error]) (last error) {
	for _, err := range loop {
		last = err
	}
	return last
}

// All that waits for something of the agent's ends when he is closed, or his login session
// ends, and says so.
func TestWhatWaitsWhenTheAgentIsClosed(t *testing.T) {
	t.Parallel()
	waits := map[string]func(ctx context.Context, a *messagingagent.Agent, c *messagingagent.Conversation) error{
		"Messages": func(ctx context.Context, _ *messagingagent.Agent, c *messagingagent.Conversation) error {
			return lastOf(c.Messages(ctx))
		},
		"Events": func(ctx context.Context, _ *messagingagent.Agent, c *messagingagent.Conversation) error {
			return lastOf(c.Events(ctx))
		},
		"Turns": func(ctx context.Context, _ *messagingagent.Agent, c *messagingagent.Conversation) error {
			return lastOf(c.Turns(ctx))
		},
		"Conversations": func(ctx context.Context, a *messagingagent.Agent, _ *messagingagent.Conversation) error {
			return lastOf(a.Conversations(ctx, messagingagent.Filter{}))
		},
		"Watch": func(ctx context.Context, a *messagingagent.Agent, _ *messagingagent.Conversation) error {
			return lastOf(a.Watch(ctx))
		},
		"Serve": func(ctx context.Context, a *messagingagent.Agent, _ *messagingagent.Conversation) error {
			return a.Serve(ctx, messagingagent.HandlerFunc(echo))
		},
		"Notifications": func(ctx context.Context, a *messagingagent.Agent, _ *messagingagent.Conversation) error {
			for range a.Notifications(ctx) {
			}
			return nil
		},
	}
	for how, c := range map[string]struct {
		end func(s *login.Session, a *messagingagent.Agent)
		err error
	}{
		"the agent is closed": {func(_ *login.Session, a *messagingagent.Agent) { a.Close() }, messagingagent.ErrClosed},
		"the login ends":      {func(s *login.Session, _ *messagingagent.Agent) { s.Close() }, login.ErrClosed},
	} {
		for name, wait := range waits {
			t.Run(how+" "+name, func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					session := w.login(t)
					a, err := messagingagent.Connect(t.Context(), session)
					require.NoError(t, err)
					require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Online))
					conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
					require.NoError(t, conv.WaitRinging(t.Context(), "bot"))
					c0, err := a.Conversation(t.Context(), liveperson.ConversationID(conv.ID()))
					require.NoError(t, err)
					done := make(chan error, 1)
					go func() { done <- wait(t.Context(), a, c0) }()
					time.Sleep(10 * time.Second)
					began := time.Now()
					c.end(session, a)
					err = <-done
					assert.LessOrEqual(t, time.Since(began), time.Second)
					if name != "Notifications" {
						assert.ErrorIs(t, err, c.err)
					}
					a.Close()
					session.Close()
					synctest.Wait()
				})
			})
		}
	}
}

// What waits for an answer when the agent is closed returns with that.
func TestCallsWhenTheAgentIsClosed(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(ctx context.Context, a *messagingagent.Agent, c *messagingagent.Conversation) error{
		"Send": func(ctx context.Context, _ *messagingagent.Agent, c *messagingagent.Conversation) error {
			_, err := c.Send(ctx, messagingagent.Text("hi"))
			return err
		},
		"SetNote": func(ctx context.Context, _ *messagingagent.Agent, c *messagingagent.Conversation) error {
			return c.SetNote(ctx, "n")
		},
		"Close": func(ctx context.Context, _ *messagingagent.Agent, c *messagingagent.Conversation) error {
			return c.Close(ctx)
		},
		"Read": func(ctx context.Context, _ *messagingagent.Agent, c *messagingagent.Conversation) error {
			return c.Read(ctx, 0)
		},
		"History": func(ctx context.Context, _ *messagingagent.Agent, c *messagingagent.Conversation) error {
			_, err := c.History(ctx)
			return err
		},
		"SetAvailability": func(ctx context.Context, a *messagingagent.Agent, _ *messagingagent.Conversation) error {
			return a.SetAvailability(ctx, messagingagent.Away)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				require.NoError(t, conv.WaitRinging(t.Context(), "bot"))
				time.Sleep(time.Second)
				c, err := a.Rings()[0].Accept(t.Context())
				require.NoError(t, err)
				w.svc.AddFault(messaging.Fault{Kind: messaging.FaultNoAnswer})
				ended := make(chan error, 1)
				go func() { ended <- call(t.Context(), a, c) }()
				time.Sleep(4 * time.Second)
				began := time.Now()
				a.Close()
				assert.ErrorIs(t, <-ended, messagingagent.ErrClosed)
				assert.LessOrEqual(t, time.Since(began), time.Second)
			})
		})
	}
}
