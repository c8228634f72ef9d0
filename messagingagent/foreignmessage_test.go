package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A message of this user's that was not sent here has the login looked after, since
// another program may have it; those that were sent here have not, also if they come back
// before their answer.
func TestMessagesOfAnotherProgram(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		session, err := login.Login(t.Context(), w.srv.Account(), login.Password("bot", "secret"), login.WithHTTPClient(w.srv.Client()), login.WithoutRefresh())
		require.NoError(t, err)
		defer session.Close()
		a, err := messagingagent.Connect(t.Context(), session)
		require.NoError(t, err)
		defer a.Close()
		require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Online))
		stop := serve(t, a, echo)
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		_, err = c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		looks := func(happens func()) int {
			time.Sleep(time.Minute)
			before := w.srv.Count(lptest.OpRefresh)
			happens()
			time.Sleep(2 * time.Second)
			return w.srv.Count(lptest.OpRefresh) - before
		}
		assert.Equal(t, 1, looks(func() { w.svc.Colleague("bot").Say(c.ID(), "from elsewhere") }))
		w.svc.AddFault(messaging.Fault{Type: "PublishEvent", Kind: messaging.FaultLate})
		assert.Equal(t, 0, looks(func() { c.Say("1") }))
		assert.Equal(t, 1, looks(func() {
			c.Say("2")
			time.Sleep(500 * time.Millisecond)
			w.svc.Colleague("bot").Say(c.ID(), "while one is being sent")
		}))
		assert.Equal(t, 1, looks(func() { // it is looked after once in a while only
			w.svc.Colleague("bot").Say(c.ID(), "again")
			time.Sleep(2 * time.Second)
			w.svc.Colleague("bot").Say(c.ID(), "and again")
		}))
		assert.Equal(t, []string{"re: 0", "from elsewhere", "re: 1", "re: 2", "while one is being sent", "again", "and again"}, said(c))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// Who has lost the user to another program hears that, with the conversation.
func TestAnotherProgramHasTheUser(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		looped, sent := make(chan error, 9), make(chan error, 9)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) (last error) {
			for _, err := range c.Messages(ctx) {
				last = err
			}
			looped <- last
			_, err := c.Send(ctx, messagingagent.Text("hi"))
			sent <- err
			return last
		})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		time.Sleep(time.Minute)
		w.srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Status: 401})
		w.svc.Colleague("bot").Say(c.ID(), "from elsewhere")
		for _, err := range []error{<-looped, <-sent} {
			require.ErrorIs(t, err, messagingagent.ErrConversationLost)
			require.ErrorIs(t, err, login.ErrLoggedInElsewhere)
		}
		assert.Equal(t, []string{"from elsewhere"}, said(c))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
