package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A request that is refused because the conversation is closed, or has gone to somebody
// else, says so, whenever the service tells of that: the handler has not failed.
func TestRefusedSinceTheConversationIsGone(t *testing.T) {
	t.Parallel()
	calls := map[string]func(ctx context.Context, c *messagingagent.Conversation) error{
		"Send": func(ctx context.Context, c *messagingagent.Conversation) error {
			_, err := c.Send(ctx, messagingagent.Text("hi"))
			return err
		},
		"Typing": func(ctx context.Context, c *messagingagent.Conversation) error {
			return c.Typing(ctx, messagingagent.ChatComposing)
		},
		"Read":    func(ctx context.Context, c *messagingagent.Conversation) error { return c.Read(ctx, 0) },
		"SetNote": func(ctx context.Context, c *messagingagent.Conversation) error { return c.SetNote(ctx, "x") },
		"Transfer": func(ctx context.Context, c *messagingagent.Conversation) error {
			return c.Transfer(ctx, messagingagent.ToSkill(billing))
		},
	}
	told := "ExConversationChangeNotification"
	for name, how := range map[string]struct {
		fault messaging.Fault
		taken bool // by a colleague, not closed
		want  error
	}{
		"closed, told later":        {messaging.Fault{Type: told, Kind: messaging.FaultDelay, Delay: 5 * time.Second, Nth: 1}, false, messagingagent.ErrConversationEnded},
		"closed, never told":        {messaging.Fault{Type: told, Kind: messaging.FaultLose, Nth: 1}, false, messagingagent.ErrConversationEnded},
		"closed, told before":       {messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 4 * time.Second}, false, messagingagent.ErrConversationEnded},
		"taken over, told later":    {messaging.Fault{Type: told, Kind: messaging.FaultDelay, Delay: 5 * time.Second, Nth: 1}, true, messagingagent.ErrConversationLost},
		"taken over, never told":    {messaging.Fault{Type: told, Kind: messaging.FaultLose, Nth: 1}, true, messagingagent.ErrConversationLost},
		"taken over, told at once":  {messaging.Fault{Type: "GetFile", Kind: messaging.FaultRefuse}, true, messagingagent.ErrConversationLost},
		"closed, and all is told":   {messaging.Fault{Type: "GetFile", Kind: messaging.FaultRefuse}, false, messagingagent.ErrConversationEnded},
		"closed, told and not read": {messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultNoAnswer}, false, messagingagent.ErrConversationEnded},
	} {
		for call, do := range calls {
			t.Run(name+"/"+call, func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					defer done()
					now, result := make(chan struct{}), make(chan error, 1)
					var seen notes
					stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
						<-now
						err := do(ctx, c)
						result <- err
						return err
					}, messagingagent.WithOnUpdate(seen.take), messagingagent.WithGoodbye(messagingagent.Text("bye")),
						messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) { t.Errorf("a failure: %v", err) }))
					consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
					time.Sleep(10 * time.Second)
					w.svc.AddFault(how.fault)
					if how.taken {
						assert.NoError(t, w.svc.Colleague("eve").TakeOver(consumer.ID()))
					} else {
						consumer.Close()
					}
					time.Sleep(time.Millisecond)
					seen.all()
					asked := w.svc.Count("UpdateConversationField") + w.svc.Count("PublishEvent")
					close(now)
					assert.ErrorIs(t, <-result, how.want)
					time.Sleep(30 * time.Second)
					closed := "closed ended"
					if how.taken {
						closed = "closed lost"
						assert.Equal(t, "OPEN", consumer.State())
					}
					if updates := seen.all(); len(updates) > 0 { // else it was told before
						assert.Equal(t, []string{closed}, updates)
					}
					assert.LessOrEqual(t, w.svc.Count("UpdateConversationField")+w.svc.Count("PublishEvent"), asked+1, "no good-bye, no closing")
					assert.Empty(t, said(consumer))
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}
