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

// An agent stays Online, also if it was not told that the service has changed that.
func TestStaysOnlineUntold(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo)
		time.Sleep(time.Minute)
		fault := w.svc.AddFault(messaging.Fault{Type: "AgentStateNotification", Kind: messaging.FaultLose})
		w.svc.SetAvailability("bot", "AWAY")
		fault.Remove()
		time.Sleep(5 * time.Minute)
		assert.Equal(t, "ONLINE", w.svc.Availability("bot"))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// Where it may stray it does.
func TestStraysUntold(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo, messagingagent.WithoutStayOnline())
		time.Sleep(time.Minute)
		w.svc.AddFault(messaging.Fault{Type: "AgentStateNotification", Kind: messaging.FaultLose})
		w.svc.SetAvailability("bot", "AWAY")
		time.Sleep(time.Hour)
		assert.Equal(t, "AWAY", w.svc.Availability("bot"))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// An agent that was full is Online again, although it was last told of what it was
// before.
func TestOnlineAgainAfterALateNotification(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo, messagingagent.WithMaxConversations(1), messagingagent.WithWhenFull(messagingagent.Occupied))
		time.Sleep(time.Minute)
		w.svc.AddFault(messaging.Fault{Type: "AgentStateNotification", Kind: messaging.FaultDelay, Delay: 1500 * time.Millisecond, Nth: 1})
		w.svc.SetAvailability("bot", "ONLINE")
		w.svc.AddFault(messaging.Fault{Type: "AgentStateNotification", Kind: messaging.FaultLose})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "OCCUPIED"))
		time.Sleep(1700 * time.Millisecond)
		c.Close()
		time.Sleep(10 * time.Second)
		assert.Equal(t, "ONLINE", w.svc.Availability("bot"))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// A service that makes the agent Away each time is met with growing pauses, until it lets
// him be; what is full and free again by turns waits for nothing.
func TestAFightForTheAvailability(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo, messagingagent.WithMaxConversations(1), messagingagent.WithWhenFull(messagingagent.Occupied))
		time.Sleep(time.Minute)
		set := 0
		for end := time.Now().Add(time.Hour); time.Now().Before(end); set++ {
			w.svc.SetAvailability("bot", "AWAY")
			require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "ONLINE"))
			time.Sleep(100 * time.Millisecond)
		}
		assert.Greater(t, set, 25)
		assert.Less(t, set, 40)
		time.Sleep(2 * time.Minute) // calm
		w.svc.SetAvailability("bot", "AWAY")
		time.Sleep(3 * time.Second)
		assert.Equal(t, "ONLINE", w.svc.Availability("bot"))
		time.Sleep(2 * time.Minute)
		for range 10 {
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "OCCUPIED"))
			time.Sleep(3 * time.Second)
			c.Close()
			time.Sleep(3 * time.Second)
			assert.Equal(t, "ONLINE", w.svc.Availability("bot"))
		}
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// An agent who is not to be Online stays where the service puts him; but one who is full
// gets nothing, wherever it puts him.
func TestStaysWhereTheServicePutsHim(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo)
		require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Away))
		time.Sleep(time.Minute)
		w.svc.SetAvailability("bot", "BACK_SOON")
		time.Sleep(10 * time.Minute)
		assert.Equal(t, "BACK_SOON", w.svc.Availability("bot"))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var d diary
		stop := serve(t, a, echo, messagingagent.WithMaxConversations(1), messagingagent.WithWhenFull(messagingagent.Occupied), messagingagent.WithOnUpdate(d.note))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "OCCUPIED"))
		time.Sleep(time.Minute)
		w.svc.SetAvailability("bot", "AWAY")
		time.Sleep(10 * time.Second)
		assert.Equal(t, "OCCUPIED", w.svc.Availability("bot"))
		c.Close()
		require.NoError(t, w.svc.WaitAvailability(hour(t), "bot", "ONLINE"))
		time.Sleep(time.Minute)
		changed := updatesOf[messagingagent.AvailabilityChanged](&d)
		require.Len(t, changed, 1)
		assert.Equal(t, messagingagent.Occupied, changed[0].From)
		assert.Equal(t, messagingagent.Away, changed[0].To)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// An agent that was full, and of whom the service tells late that he is, is Online again,
// whether he may stray or not: he has set that himself.
func TestOnlineAgainAfterALateOccupied(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]messagingagent.Option{nil, {messagingagent.WithoutStayOnline()}} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			stop := serve(t, a, echo, append(opts, messagingagent.WithMaxConversations(1), messagingagent.WithWhenFull(messagingagent.Occupied))...)
			time.Sleep(time.Minute)
			w.svc.AddFault(messaging.Fault{Type: "AgentStateNotification", Contains: "OCCUPIED", Kind: messaging.FaultDelay, Delay: 6 * time.Second})
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "OCCUPIED"))
			time.Sleep(2 * time.Second)
			c.Close()
			time.Sleep(time.Minute)
			assert.Equal(t, messagingagent.Online, a.Availability())
			assert.Equal(t, "ONLINE", w.svc.Availability("bot"))
			assert.ErrorIs(t, stop(), context.Canceled)
		})
	}
}
