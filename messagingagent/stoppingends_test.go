package messagingagent_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A conversation that is closed while Serve stops has ended, which is no failure of the
// handler's; but it is said to be left if something that was said in it has come to nobody,
// and its last messages have not been read.
func TestClosedWhileServeStops(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		idle  bool   // the handler takes nothing before
		last  string // what the consumer says
		fault messaging.Fault
		want  string
	}{
		{false, "", messaging.Fault{Type: "GetFile", Code: 500}, "closed ended"},
		{false, "1", messaging.Fault{Type: "GetFile", Code: 500}, "closed ended"},
		{false, "", messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultNoAnswer}, "closed ended"},
		{false, "1", messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultNoAnswer}, "closed left open"},
		{true, "", messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultNoAnswer}, "closed left open"},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			var seen notes
			goOn := make(chan struct{})
			stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) (last error) {
				if row.idle {
					<-goOn
				}
				for _, err := range c.Messages(ctx) {
					if last = err; err == nil {
						_, last = c.Send(ctx, messagingagent.Text("well"))
						<-goOn
					}
				}
				return last
			}, messagingagent.WithOnUpdate(seen.take), messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) {
				t.Errorf("%+v: a failure: %v", row, err)
			}))
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			time.Sleep(time.Minute)
			w.svc.AddFault(row.fault)
			time.AfterFunc(time.Second, func() {
				if row.last != "" {
					c.Say(row.last)
				}
				c.Close()
			})
			time.AfterFunc(2*time.Second, func() { close(goOn) })
			assert.ErrorIs(t, stop(), context.Canceled)
			assert.Equal(t, []string{"opened accepted", row.want}, lives(seen.all()), row)
		})
	}
}

// A handler that fails while Serve stops, of something else, has failed.
func TestHandlersThatFailWhileServeStops(t *testing.T) {
	t.Parallel()
	oops := errors.New("oops")
	for err, told := range map[error]bool{oops: true, messagingagent.ErrStopping: false, context.Canceled: false, context.DeadlineExceeded: true} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			var failures []error
			stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
				for _, stopping := range c.Messages(ctx) {
					if stopping != nil {
						return err
					}
				}
				return nil
			}, messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) { failures = append(failures, err) }))
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
			require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
			time.Sleep(time.Minute)
			assert.ErrorIs(t, stop(), context.Canceled)
			if told {
				assert.Equal(t, []error{err}, failures)
			} else {
				assert.Empty(t, failures, err)
			}
			assert.Equal(t, "OPEN", c.State())
		})
	}
}

// An agent who stops stays Away, whatever room there is, and over a new socket, too.
func TestWhoStopsStaysAway(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, func(ctx context.Context, _ *messagingagent.Conversation) error {
			<-ctx.Done()
			return ctx.Err()
		}, messagingagent.WithMaxConversations(1), messagingagent.WithWhenFull(messagingagent.Occupied))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, w.svc.WaitAvailability(hour(t), "bot", "OCCUPIED"))
		time.Sleep(5 * time.Second)
		time.AfterFunc(time.Second, c.Close)
		time.AfterFunc(2*time.Second, func() { w.svc.DropSockets("bot") })
		time.AfterFunc(12*time.Second, func() { assert.Equal(t, "AWAY", w.svc.Availability("bot")) })
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, []string{"ONLINE", "OCCUPIED", "AWAY", "AWAY"}, states(w))
	})
}
