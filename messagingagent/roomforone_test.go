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

// A conversation that was accepted has its room before the service shows it.
func TestRoomOfAConversationThatHasNotCome(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo, messagingagent.WithMaxConversations(1))
		w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 8 * time.Second, User: "bot"})
		first := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, first.WaitAssigned(t.Context(), "bot"))
		time.Sleep(2 * time.Second)
		second := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
		time.Sleep(30 * time.Second)
		assert.Equal(t, "bot", first.Assigned())
		assert.Empty(t, second.Assigned())
		assert.Equal(t, []string{"re: 0"}, said(first))
		first.Close()
		require.NoError(t, second.WaitAssigned(hour(t), "bot"))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// One that was accepted and has gone to a colleague, of which nothing was told, leaves its
// room to the next.
func TestRoomOfAConversationThatDoesNotCome(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var seen notes
		stop := serve(t, a, echo, messagingagent.WithMaxConversations(1), messagingagent.WithOnUpdate(seen.take))
		time.Sleep(time.Minute)
		w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, User: "bot"})
		first := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, first.WaitAssigned(t.Context(), "bot"))
		require.NoError(t, w.svc.Colleague("eve").TakeOver(first.ID()))
		w.svc.ClearFaults()
		second := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
		time.Sleep(8 * time.Second)
		assert.Empty(t, second.Assigned(), "it may come yet")
		time.Sleep(time.Minute)
		assert.Equal(t, "bot", second.Assigned())
		assert.Equal(t, []string{"opened accepted"}, lives(seen.all()))
		asked := w.svc.Count("SubscribeExConversations")
		time.Sleep(time.Minute)
		assert.Equal(t, asked, w.svc.Count("SubscribeExConversations"), "nothing is looked for any more")
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// Two that ring at a time are accepted at a time where there is room for two, and no third.
func TestRoomForTwoAtATime(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo, messagingagent.WithMaxConversations(2))
		w.svc.AddFault(messaging.Fault{Type: "UpdateRingState", Kind: messaging.FaultDelay, Delay: 3 * time.Second})
		for range 3 {
			w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		}
		time.Sleep(2 * time.Second)
		assert.Len(t, w.svc.Requests("UpdateRingState"), 2)
		time.Sleep(time.Minute)
		assert.Len(t, w.svc.Requests("UpdateRingState"), 2)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// A conversation that is closed has its room until its handler has returned; one that has
// gone elsewhere has none any more.
func TestRoomOfAConversationThatIsOver(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{true, false} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
				_ = stays(ctx, c)
				time.Sleep(20 * time.Second) // the agent survey, say
				return nil
			}, messagingagent.WithMaxConversations(1))
			first := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			require.NoError(t, first.WaitAssigned(hour(t), "bot"))
			time.Sleep(10 * time.Second)
			second := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
			require.NoError(t, second.WaitRinging(hour(t), "bot"))
			began, room := time.Now(), time.Duration(0)
			if closed {
				first.Close()
				room = 20 * time.Second
			} else {
				require.NoError(t, w.svc.Colleague("eve").TakeOver(first.ID()))
			}
			require.NoError(t, second.WaitAssigned(hour(t), "bot"))
			assert.InDelta(t, room.Seconds(), time.Since(began).Seconds(), 5)
			assert.ErrorIs(t, stop(), context.Canceled)
		})
	}
}

// An accept that is in doubt takes the room of one conversation, not of two.
func TestRoomBesideAnAcceptInDoubt(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo, messagingagent.WithMaxConversations(2))
		time.Sleep(time.Minute)
		w.svc.AddFault(messaging.Fault{Type: "UpdateRingState", Kind: messaging.FaultNoAnswer, Times: 3})
		first := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		time.Sleep(25*time.Second + 500*time.Millisecond) // the accept has just been given up
		assert.Equal(t, 3, w.svc.Count("UpdateRingState"))
		second := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
		time.Sleep(300 * time.Millisecond)
		assert.Empty(t, first.Assigned())
		assert.Equal(t, "bot", second.Assigned())
		time.Sleep(time.Minute)
		assert.Equal(t, "bot", first.Assigned())
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
