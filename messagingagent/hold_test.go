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

// What a handler does while there is no socket waits until the service has told whose the
// conversation is. To one that has gone to a colleague meanwhile nothing is done, and the
// handler has not failed.
func TestGoneDuringAnOutage(t *testing.T) {
	t.Parallel()
	const told, asked = "ExConversationChangeNotification", "SubscribeExConversations"
	for name, faults := range map[string][]messaging.Fault{
		"told at once":           nil,
		"told later":             {{Type: told, Kind: messaging.FaultDelay, Delay: 5 * time.Second, Nth: 1}},
		"not told":               {{Type: told, Kind: messaging.FaultLose, Nth: 1}},
		"asked in vain at first": {{Type: asked, Contains: "conversationId", Code: 500, Times: 5}, {Type: told, Kind: messaging.FaultLose, Nth: 1}},
		"no answer at first":     {{Type: asked, Contains: "conversationId", Kind: messaging.FaultNoAnswer, Times: 2}},
		"lost again":             {{Type: asked, Contains: "conversationId", Kind: messaging.FaultClose, Times: 2}},
	} {
		for how, opts := range map[string][]messagingagent.Option{
			"plain":    nil,
			"goodbye":  {messagingagent.WithGoodbye(messagingagent.Text("bye"))},
			"handover": {messagingagent.WithHandOver(messagingagent.ToSkill(billing))},
		} {
			for _, taken := range []bool{true, false} {
				t.Run(name+"/"+how, func(t *testing.T) {
					t.Parallel()
					inWorld(t, func(t *testing.T, w *world) {
						a, done := w.connect(t)
						defer done()
						now, result := make(chan struct{}), make(chan error, 1)
						var seen notes
						stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
							<-now
							_, err := c.Send(ctx, messagingagent.Text("hi"))
							result <- err
							if err == nil {
								<-ctx.Done()
							}
							return err
						}, append(opts, messagingagent.WithOnUpdate(seen.take),
							messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) { t.Errorf("a failure: %v", err) }))...)
						consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
						time.Sleep(time.Minute)
						w.svc.DropSockets("bot")
						time.Sleep(time.Second)
						for _, f := range faults {
							w.svc.AddFault(f)
						}
						if taken {
							require.NoError(t, w.svc.Colleague("eve").TakeOver(consumer.ID()))
						}
						before := w.svc.Count("UpdateConversationField") + w.svc.Count("PublishEvent")
						close(now)
						err := <-result
						time.Sleep(2 * time.Minute)
						asked := w.svc.Count("UpdateConversationField") + w.svc.Count("PublishEvent") - before
						assert.Equal(t, "OPEN", consumer.State())
						if taken {
							require.ErrorIs(t, err, messagingagent.ErrConversationLost)
							assert.Zero(t, asked)
							assert.Empty(t, said(consumer))
							assert.Equal(t, "eve", consumer.Assigned())
							assert.Contains(t, seen.all(), "closed lost")
						} else {
							require.NoError(t, err)
							assert.Equal(t, 1, asked)
							assert.Equal(t, []string{"hi"}, said(consumer))
							assert.NotContains(t, seen.all(), "closed lost")
						}
						require.ErrorIs(t, stop(), context.Canceled)
					})
				})
			}
		}
	}
}

// A refusal says whose the conversation is, also if its state is shown to nobody but those
// who take part: nothing more is done to it.
func TestRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		now, result := make(chan struct{}), make(chan error, 1)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			<-now
			_, err := c.Send(ctx, messagingagent.Text("hi"))
			result <- err
			return err
		}, messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) { t.Errorf("a failure: %v", err) }))
		consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		time.Sleep(time.Minute)
		w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", User: "bot", Kind: messaging.FaultLose, Nth: 1})
		w.svc.AddFault(messaging.Fault{Type: "SubscribeExConversations", Contains: `"body":{"brandId":"` + w.srv.Account() + `","conversationId"`, Code: 400})
		require.NoError(t, w.svc.Colleague("eve").TakeOver(consumer.ID()))
		before := w.svc.Count("UpdateConversationField") + w.svc.Count("PublishEvent")
		close(now)
		require.ErrorIs(t, <-result, messagingagent.ErrConversationLost)
		time.Sleep(time.Minute)
		assert.Equal(t, 1, w.svc.Count("UpdateConversationField")+w.svc.Count("PublishEvent")-before, "what was refused")
		assert.Equal(t, "OPEN", consumer.State())
		require.ErrorIs(t, stop(), context.Canceled)
	})
}
