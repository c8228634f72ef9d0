package messagingagent_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// Messages that cannot be read after an outage are asked for again, after ever longer
// pauses, and each failure is told.
func TestMessagesThatCannotBeReadForAWhile(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var d diary
		stop := serve(t, a, echo, messagingagent.WithOnUpdate(d.note))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		fault := w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Code: 501})
		w.svc.DropSockets("bot")
		c.Say("1")
		time.Sleep(time.Minute)
		troubles := updatesOf[messagingagent.Trouble](&d)
		require.GreaterOrEqual(t, len(troubles), 7)
		for n, pause := range []float64{2, 4, 8, 15, 15, 15} { // after one of 1 s
			assert.Equal(t, "reading messages", troubles[n].What)
			assert.Equal(t, c.ID(), string(troubles[n].Conversation))
			assert.ErrorIs(t, troubles[n].Err, liveperson.ErrUnavailable)
			assert.InDelta(t, pause, troubles[n+1].Until.Sub(troubles[n].Until).Seconds(), 0.1, n)
		}
		fault.Remove()
		time.Sleep(16 * time.Second)
		assert.Equal(t, []string{"re: 0", "re: 1"}, said(c))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// Where nobody serves, the log tells it.
func TestMessagesThatCannotBeReadByHand(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		a, done := w.connect(t, messagingagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		time.Sleep(time.Second)
		_, err := a.Rings()[0].Accept(t.Context())
		require.NoError(t, err)
		w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Code: 501})
		w.svc.DropSockets("bot")
		time.Sleep(20 * time.Second)
		done()
		assert.Contains(t, log.String(), `msg="reading messages failed"`)
		assert.Contains(t, log.String(), "conversation="+c.ID()+" pause=1s")
	})
}
