package messagingagent_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// Whatever hangs when Serve stops, it is over within the grace; of a very short one the
// time for closing is left.
func TestStoppingTakesNoLongerThanTheGrace(t *testing.T) {
	t.Parallel()
	hang := func(types ...string) (faults []messaging.Fault) {
		for _, typ := range types {
			faults = append(faults, messaging.Fault{Type: typ, Kind: messaging.FaultNoAnswer})
		}
		return faults
	}
	closing := []messagingagent.Option{messagingagent.WithCloseOnStop(), messagingagent.WithGoodbye(messagingagent.Text("bye"))}
	handOver := []messagingagent.Option{messagingagent.WithCloseOnStop(), messagingagent.WithHandOver(messagingagent.ToSkill(billing))}
	for name, c := range map[string]struct {
		faults []messaging.Fault
		opts   []messagingagent.Option
	}{
		"accepting hangs":                       {hang("UpdateRingState"), nil},
		"accepting and Away hang":               {hang("UpdateRingState", "SetAgentState"), nil},
		"accepting fails":                       {[]messaging.Fault{{Type: "UpdateRingState", Code: 500}}, nil},
		"the messages of a new one hang":        {hang("QueryMessages"), nil},
		"all hangs":                             {hang(""), nil},
		"closing hangs":                         {hang("UpdateConversationField"), closing},
		"goodbye and closing hang":              {hang("PublishEvent", "UpdateConversationField"), closing},
		"handing over hangs":                    {hang("UpdateConversationField"), handOver},
		"handing over hangs, and what it shows": {hang("UpdateConversationField", "SubscribeExConversations"), handOver},
		"all hangs, and should be closed":       {hang(""), closing},
	} {
		for _, grace := range []time.Duration{0, time.Second, 5 * time.Second, messagingagent.DefaultGrace} {
			t.Run(fmt.Sprint(name, " ", grace), func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					defer done()
					stop := serve(t, a, echo, append(c.opts, messagingagent.WithGrace(grace))...)
					for range 3 {
						_, err := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"}).WaitMessage(t.Context(), 1)
						require.NoError(t, err)
					}
					time.Sleep(time.Minute)
					for _, f := range c.faults {
						w.svc.AddFault(f)
					}
					w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
					time.Sleep(time.Second)
					begun := time.Now()
					require.ErrorIs(t, stop(), context.Canceled)
					assert.LessOrEqual(t, time.Since(begun), max(grace, grace*7/10+1500*time.Millisecond))
				})
			})
		}
	}
}

// Without a grace an agent is Away, and his conversations are closed all the same.
func TestStoppingWithoutGrace(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo, messagingagent.WithGrace(0), messagingagent.WithCloseOnStop())
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		w.svc.AddFault(messaging.Fault{Kind: messaging.FaultDelay, Delay: 300 * time.Millisecond})
		require.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, "AWAY", w.svc.Availability("bot"))
		assert.Equal(t, "CLOSE", c.State())
	})
}

// A conversation that could not be closed or handed over when Serve stops stays the
// agent's, and is not said to be lost.
func TestWhatCannotBeClosedIsLeftOpen(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]messagingagent.Option{
		"closed":      {messagingagent.WithCloseOnStop()},
		"handed over": {messagingagent.WithCloseOnStop(), messagingagent.WithHandOver(messagingagent.ToSkill(billing))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				var seen notes
				stop := serve(t, a, echo, append(opts, messagingagent.WithOnUpdate(seen.take), messagingagent.WithGrace(10*time.Second))...)
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				_, err := c.WaitMessage(t.Context(), 1)
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				seen.all()
				w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", Kind: messaging.FaultNoAnswer})
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Equal(t, "bot OPEN", c.Assigned()+" "+c.State())
				assert.Contains(t, seen.all(), "closed left open")
			})
		})
	}
}
