package messagingagent_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A conversation that cannot be handed over is told to the one who asked to know, who may
// still say something in it.
func TestHandOverRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		failed := errors.New("does not know")
		stop := w.run(t,
			func(context.Context, *messagingagent.Conversation) error { return failed },
			messagingagent.WithHandOver(messagingagent.ToSkill("4711")),
			messagingagent.WithHandOverRefused(func(ctx context.Context, c *messagingagent.Conversation, err error) error {
				assert.ErrorIs(t, err, messagingagent.ErrTransferRefused)
				_, err = c.Send(ctx, messagingagent.Text("Nobody is here right now."))
				return err
			}))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitClosed(t.Context()))
		assert.Equal(t, []string{"Nobody is here right now."}, said(c))
		require.NoError(t, stop())
	})
}

// A conversation that is closed while there is no socket has ended, with what was said
// last, and is not lost.
func TestClosedDuringAnOutage(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var heard []string
		var closed []messagingagent.ConversationClosed
		a, done := w.connect(t)
		defer done()
		returned := make(chan error, 1)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			for m, err := range c.Messages(ctx) {
				if err != nil {
					returned <- err
					return err
				}
				heard = append(heard, m.Text)
			}
			returned <- nil
			return nil
		}, messagingagent.WithOnUpdate(func(u messagingagent.Update) {
			if u, ok := u.(messagingagent.ConversationClosed); ok {
				closed = append(closed, u)
			}
		}))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitAgent(t.Context()))
		time.Sleep(time.Second)
		w.svc.DropSockets("bot")
		c.Say("bye")
		c.Close()
		require.NoError(t, <-returned)
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, []string{"hello", "bye"}, heard)
		require.Len(t, closed, 1)
		assert.Equal(t, messagingagent.ClosedEnded, closed[0].How)
		assert.Equal(t, messagingagent.CloseReasonConsumer, closed[0].Reason)
		assert.Equal(t, c.ID(), string(closed[0].Conversation.ID()))
	})
}

// What stops leaves its conversations, unless it is to hand them over or to close them.
func TestStopLeavesOrHandsOver(t *testing.T) {
	t.Parallel()
	handOver := messagingagent.WithHandOver(messagingagent.ToQueue())
	for name, c := range map[string]struct {
		opts        []messagingagent.Option
		state, with string
	}{
		"leaves":                   {nil, "OPEN", "bot"},
		"leaves, though it can":    {[]messagingagent.Option{handOver}, "OPEN", "bot"},
		"leaves with a store":      {[]messagingagent.Option{handOver, messagingagent.WithStore(&memory{})}, "OPEN", "bot"},
		"closes":                   {[]messagingagent.Option{messagingagent.WithCloseOnStop()}, "CLOSE", "bot"},
		"hands over":               {[]messagingagent.Option{messagingagent.WithCloseOnStop(), handOver}, "OPEN", "eve"},
		"hands over after a grace": {[]messagingagent.Option{messagingagent.WithCloseOnStop(), handOver, messagingagent.WithGrace(time.Hour)}, "OPEN", "eve"},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			stop := w.run(t, echo, c.opts...)
			conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
			_, err := conv.WaitMessage(t.Context(), 1)
			require.NoError(t, err)
			eve := w.svc.Colleague("eve")
			eve.Online()
			eve.AcceptAll(true)
			begun := time.Now()
			require.NoError(t, stop())
			if c.with == "eve" {
				require.NoError(t, conv.WaitAssigned(t.Context(), "eve"))
				assert.Greater(t, time.Since(begun), 10*time.Second, name)
			}
			if c.state == "OPEN" {
				assert.Equal(t, c.with, conv.Assigned(), name)
			}
			assert.Equal(t, c.state, conv.State(), name)
		})
	}
}

// Lost sockets do not keep a conversation from being handed over.
func TestHandOverOverLostSockets(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", Kind: messaging.FaultClose, Code: 1006, Times: 2})
		stop := w.run(t, func(context.Context, *messagingagent.Conversation) error { return errors.New("does not know") },
			messagingagent.WithHandOver(messagingagent.ToSkill(w.skill("Billing"))))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		eve := w.svc.Colleague("eve")
		time.Sleep(time.Second)
		eve.Online()
		eve.AcceptAll(true)
		require.NoError(t, c.WaitAssigned(t.Context(), "eve"))
		assert.Equal(t, "Billing", c.Skill())
		assert.Len(t, w.svc.Requests("UpdateConversationField"), 3)
		require.NoError(t, stop())
	})
}

// skill is the id of a skill.
func (w *world) skill(name string) liveperson.SkillID {
	return liveperson.SkillIDOf(w.srv.AddSkill(lptest.Skill{Name: name}).ID)
}

// A conversation that is closed while it is handed over is nobody's to see to.
func TestClosedWhileItIsHandedOver(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var seen notes
		stop := serve(t, a, func(context.Context, *messagingagent.Conversation) error { return errors.New("does not know") },
			messagingagent.WithHandOver(messagingagent.ToSkill(billing)), messagingagent.WithOnUpdate(seen.take),
			messagingagent.WithHandOverRefused(func(_ context.Context, _ *messagingagent.Conversation, err error) error {
				t.Errorf("refused: %v", err)
				return nil
			}))
		w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", Kind: messaging.FaultDelay, Delay: 3 * time.Second, Nth: 1})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		time.Sleep(2 * time.Second)
		c.Close()
		time.Sleep(time.Minute)
		assert.Equal(t, "CONSUMER", c.CloseReason())
		assert.Equal(t, []string{"opened accepted", "closed ended"}, lives(seen.all()))
		assert.Equal(t, 1, w.svc.Count("UpdateConversationField"))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// A conversation that can plainly not be handed over is closed before the time for it is
// over.
func TestHandOverThatIsGivenUp(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, func(context.Context, *messagingagent.Conversation) error { return errors.New("does not know") },
			messagingagent.WithHandOver(messagingagent.ToSkill(billing)))
		fault := w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", Contains: `"Skill"`, Code: 500})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitClosed(hour(t)))
		assert.Equal(t, "AGENT", c.CloseReason())
		assert.Equal(t, 6, fault.Hits(), "three transfers, each sent again")
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// A conversation that can be handed to nobody while Serve stops, and is not to be closed,
// stays the agent's.
func TestHandOverRefusedWhileServeStops(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stopping := make(chan struct{})
		stop := serve(t, a, func(context.Context, *messagingagent.Conversation) error { return errors.New("no idea") },
			messagingagent.WithHandOver(messagingagent.ToSkill(billing)),
			messagingagent.WithHandOverRefused(func(_ context.Context, _ *messagingagent.Conversation, err error) error {
				<-stopping
				time.Sleep(time.Second)
				return err
			}))
		fault := w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", Contains: `"Skill"`, Code: 400})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		time.Sleep(time.Minute)
		close(stopping)
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, 1, fault.Hits())
		assert.Equal(t, "bot OPEN", c.Assigned()+" "+c.State())
	})
}

// One that goes to a colleague while it is closed was not to be closed: nothing has failed.
func TestTakenOverWhileItIsClosed(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		a, done := w.connect(t, messagingagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		stop := serve(t, a, func(context.Context, *messagingagent.Conversation) error { return nil })
		w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", Kind: messaging.FaultDelay, Delay: 3 * time.Second, Nth: 1, User: "bot"})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		time.Sleep(2 * time.Second)
		require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
		time.Sleep(time.Minute)
		assert.Equal(t, "eve OPEN", c.Assigned()+" "+c.State())
		assert.ErrorIs(t, stop(), context.Canceled)
		done()
		assert.NotContains(t, log.String(), "level=ERROR")
	})
}

// A transfer that is refused the second time, since the conversation has gone meanwhile,
// is made.
func TestTransferredBetweenTwoTries(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		result := make(chan error, 1)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			result <- c.Transfer(ctx, messagingagent.ToSkill(billing))
			return nil
		})
		w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", User: "bot", Kind: messaging.FaultNoAnswer, Nth: 1})
		w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", User: "bot", Code: 400, Delay: 3 * time.Second, Nth: 2})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		for len(w.svc.Requests("UpdateConversationField")) < 2 {
			time.Sleep(700 * time.Millisecond)
		}
		require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
		require.NoError(t, <-result)
		assert.Equal(t, "eve", c.Assigned())
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// What a handler is done with while Serve stops is closed, not handed over, where
// conversations are left open.
func TestDoneAtTheStop(t *testing.T) {
	t.Parallel()
	for _, closing := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			opts := []messagingagent.Option{messagingagent.WithHandOver(messagingagent.ToSkill(billing))}
			if closing {
				opts = append(opts, messagingagent.WithCloseOnStop())
			}
			stopped := make(chan struct{})
			stop := serve(t, a, func(context.Context, *messagingagent.Conversation) error {
				<-stopped
				time.Sleep(100 * time.Millisecond)
				return nil
			}, opts...)
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
			require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
			time.Sleep(time.Second)
			close(stopped)
			assert.ErrorIs(t, stop(), context.Canceled)
			if closing {
				assert.Equal(t, "OPEN", c.State())
				assert.NotEqual(t, "Sales", c.Skill())
			} else {
				assert.Equal(t, "CLOSE", c.State())
			}
		})
	}
}
