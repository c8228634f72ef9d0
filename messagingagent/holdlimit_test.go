package messagingagent_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// On a new socket the service tells of no conversation, however often it is asked: what is to
// be said and done in one is not sent, fails after a while, and can be done once it tells.
func TestTheServiceTellsOfNoConversation(t *testing.T) {
	t.Parallel()
	told := messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose}
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
		"Close":   func(ctx context.Context, c *messagingagent.Conversation) error { return c.Close(ctx) },
		"Transfer": func(ctx context.Context, c *messagingagent.Conversation) error {
			return c.Transfer(ctx, messagingagent.ToSkill(billing))
		},
	}
	for name, row := range map[string]struct {
		opts  []messagingagent.Option
		limit time.Duration // after the socket is there, which takes 5 s and more
	}{
		"by default":          {nil, time.Minute},
		"with some patience":  {[]messagingagent.Option{messagingagent.WithPatience(25 * time.Second)}, 25 * time.Second},
		"with a lot":          {[]messagingagent.Option{messagingagent.WithPatience(10 * time.Minute)}, 10 * time.Minute},
		"as long as it takes": {[]messagingagent.Option{messagingagent.WithPatience(0)}, time.Minute},
	} {
		for call, do := range calls {
			t.Run(name+"/"+call, func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t, row.opts...)
					defer done()
					now, result, heard := make(chan bool), make(chan error), make(chan string, 10)
					stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
						go func() {
							for range now {
								ctx, cancel := context.WithTimeout(ctx, time.Hour)
								result <- do(ctx, c)
								cancel()
							}
						}()
						for m, err := range c.Messages(ctx) {
							if err != nil {
								return err
							}
							heard <- m.Text
						}
						return nil
					})
					consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
					require.Equal(t, "0", <-heard)
					time.Sleep(10 * time.Second)
					f := w.svc.AddFault(told)
					w.svc.DropSockets("bot")
					require.NoError(t, w.svc.WaitSockets(hour(t), "bot", 1))
					synctest.Wait()
					sent := w.svc.Count("PublishEvent") + w.svc.Count("UpdateConversationField")
					for range 2 {
						began := time.Now()
						now <- true
						err := <-result
						require.ErrorIs(t, err, liveperson.ErrNotSent)
						require.ErrorIs(t, err, liveperson.ErrUnavailable)
						require.NotErrorIs(t, err, messagingagent.ErrUnconfirmed)
						require.NotErrorIs(t, err, messagingagent.ErrConversationLost)
						assert.InDelta(t, row.limit.Seconds(), time.Since(began).Seconds(), 1)
					}
					assert.Equal(t, sent, w.svc.Count("PublishEvent")+w.svc.Count("UpdateConversationField"), "nothing was sent")
					f.Remove()
					time.Sleep(time.Minute)
					now <- true
					require.NoError(t, <-result)
					close(now)
					time.Sleep(time.Minute)
					assert.Equal(t, call == "Close", consumer.State() == "CLOSE")
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}

// A message waits as long as that takes, if it is less.
func TestTheServiceTellsLate(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]messaging.Fault{
		"told late":         {Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 8 * time.Second},
		"lost at first":     {Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Times: 3},
		"asked for in vain": {Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				stop := serve(t, a, echo)
				consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
				time.Sleep(10 * time.Second)
				w.svc.AddFault(fault)
				w.svc.DropSockets("bot")
				require.NoError(t, w.svc.WaitSockets(hour(t), "bot", 1))
				consumer.Say("1")
				time.Sleep(59 * time.Second)
				assert.Equal(t, []string{"re: 0", "re: 1"}, said(consumer))
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// A handler that fails for that has its conversation again once the service tells of it: it
// is not left to nobody.
func TestAHandlerThatFailsUntold(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo)
		consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		time.Sleep(10 * time.Second)
		f := w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose})
		w.svc.DropSockets("bot")
		require.NoError(t, w.svc.WaitSockets(hour(t), "bot", 1))
		consumer.Say("1")
		time.Sleep(10 * time.Minute)
		assert.Equal(t, []string{"re: 0"}, said(consumer))
		assert.Equal(t, "OPEN", consumer.State())
		f.Remove()
		time.Sleep(time.Minute)
		consumer.Say("2")
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"re: 0", "re: 1", "re: 2"}, said(consumer))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
