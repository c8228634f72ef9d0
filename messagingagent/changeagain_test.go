package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A change whose answer is lost, and that plainly was not made, is sent again, once, where
// that can do no harm; and it has its effect once.
func TestChangesThatAreSentAgain(t *testing.T) {
	t.Parallel()
	const change = "UpdateConversationField"
	lost := messaging.Fault{Type: change, Kind: messaging.FaultNoAnswer}
	times := func(f messaging.Fault, n int) messaging.Fault { f.Times = n; return f }
	transfer := func(to messagingagent.Target) func(ctx context.Context, c *messagingagent.Conversation) error {
		return func(ctx context.Context, c *messagingagent.Conversation) error { return c.Transfer(ctx, to) }
	}
	calls := map[string]struct {
		call  func(ctx context.Context, c *messagingagent.Conversation) error
		again bool
		made  func(c *messaging.Conversation) bool
	}{
		"skill": {transfer(messagingagent.ToSkill(billing)), true, func(c *messaging.Conversation) bool { return c.Skill() == "Billing" && c.Assigned() == "eve" }},
		"agent": {transfer(messagingagent.ToAgent("3550099", billing)), true, func(c *messaging.Conversation) bool { return c.Skill() == "Billing" && c.Assigned() == "eve" }},
		"queue": {transfer(messagingagent.ToQueue()), true, func(c *messaging.Conversation) bool { return c.Skill() == "Sales" && c.Assigned() == "eve" }},
		"close": {
			func(ctx context.Context, c *messagingagent.Conversation) error { return c.Close(ctx) }, true,
			func(c *messaging.Conversation) bool { return c.Stage() == "CLOSE" },
		},
		"close the stage": {
			func(ctx context.Context, c *messagingagent.Conversation) error { return c.CloseStage(ctx) }, true,
			func(c *messaging.Conversation) bool { return c.Stage() == "CLOSE" },
		},
		"close the main dialog": {
			func(ctx context.Context, c *messagingagent.Conversation) error {
				return c.CloseDialog(ctx, c.Main(), "")
			}, true,
			func(c *messaging.Conversation) bool { return c.State() == "CLOSE" },
		},
		"leave": {
			func(ctx context.Context, c *messagingagent.Conversation) error { return c.Leave(ctx) }, true,
			func(c *messaging.Conversation) bool { return c.Assigned() == "eve" },
		},
		"join": {
			func(ctx context.Context, c *messagingagent.Conversation) error {
				return c.Join(ctx, messagingagent.RoleManager)
			}, true,
			func(c *messaging.Conversation) bool { return len(c.Participants()) == 3 },
		},
		"time to respond": {
			func(ctx context.Context, c *messagingagent.Conversation) error {
				return c.SetTTR(ctx, messagingagent.TTRUrgent, time.Minute)
			}, false,
			func(c *messaging.Conversation) bool { typ, _ := c.TTR(); return typ == "URGENT" },
		},
		"note": {
			func(ctx context.Context, c *messagingagent.Conversation) error { return c.SetNote(ctx, "new") }, false,
			func(c *messaging.Conversation) bool { return c.Note() == "new" },
		},
	}
	for name, row := range map[string]struct {
		faults []messaging.Fault
		sent   int // where it may be sent again
		fails  bool
	}{
		"answered":                         {nil, 1, false},
		"no answer, and made":              {[]messaging.Fault{times(messaging.Fault{Type: change, Kind: messaging.FaultNoAnswer, After: true}, 1)}, 1, false},
		"no answer, and not made":          {[]messaging.Fault{times(lost, 1)}, 2, false},
		"the socket is lost, and not made": {[]messaging.Fault{{Type: change, Kind: messaging.FaultClose, Times: 1}}, 2, false},
		"a 503, and not made":              {[]messaging.Fault{{Type: change, Code: 503, Times: 1}}, 2, false},
		"a 504, and not made":              {[]messaging.Fault{{Type: change, Code: 504, Times: 1}}, 2, false},
		"the second is lost, and made":     {[]messaging.Fault{times(lost, 1), times(messaging.Fault{Type: change, Kind: messaging.FaultNoAnswer, After: true}, 1)}, 2, false},
		"neither is made":                  {[]messaging.Fault{lost}, 2, true},
		"the first comes before the second": {[]messaging.Fault{
			{Type: change, Kind: messaging.FaultDelay, Delay: 13 * time.Second, Times: 1}, {Type: change, Kind: messaging.FaultDelay, Delay: 3 * time.Second, Times: 1},
		}, 2, false},
		"and that is not told": {[]messaging.Fault{
			{Type: change, Kind: messaging.FaultDelay, Delay: 13 * time.Second, Times: 1},
			{Type: change, Kind: messaging.FaultDelay, Delay: 3 * time.Second, Times: 1},
			{Type: "ExConversationChangeNotification", Contains: `"DELETE"`, Kind: messaging.FaultLose, Times: 2},
		}, 2, false},
		"the first comes after the second": {[]messaging.Fault{{Type: change, Kind: messaging.FaultDelay, Delay: 15 * time.Second, Times: 1}}, 2, false},
	} {
		for which, x := range calls {
			t.Run(name+"/"+which, func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					defer done()
					consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
					time.Sleep(5 * time.Second)
					c, err := a.Rings()[0].Accept(t.Context())
					require.NoError(t, err)
					require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Away))
					w.svc.Colleague("eve").Online()
					w.svc.Colleague("eve").AcceptAll(true)
					for _, f := range row.faults {
						w.svc.AddFault(f)
					}
					before := w.svc.Count(change)
					err = x.call(t.Context(), c)
					sent := w.svc.Count(change) - before
					w.svc.ClearFaults()
					switch {
					case x.again:
						assert.Equal(t, row.fails, err != nil, "%v", err)
						assert.Equal(t, row.sent, sent)
					case row.sent == 1:
						assert.NoError(t, err)
						assert.Equal(t, 1, sent)
					default:
						assert.Equal(t, 1, sent, "another's may have come since")
						assert.Error(t, err)
					}
					if err != nil {
						assert.ErrorIs(t, err, liveperson.ErrUnavailable)
						assert.NotErrorIs(t, err, messagingagent.ErrUnconfirmed)
					}
					time.Sleep(time.Minute)
					if x.again {
						assert.Equal(t, !row.fails, x.made(consumer), "%v", consumer.Participants())
					}
				})
			})
		}
	}
}
