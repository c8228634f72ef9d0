package messagingagent_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A conversation that ends the socket whenever it is asked for, or its messages are, does
// not keep the agent from the others, nor the service busy with new sockets. Nor does one
// whose requests are answered 401, or the socket closed as if the token were not good.
func TestConversationThatEndsTheSocket(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault   messaging.Fault
		sick    int
		sockets int
	}{
		"closed":           {messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultClose}, 1, 14},
		"cut":              {messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultClose, Code: 1006}, 1, 14},
		"a token not good": {messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultClose, Code: 4401}, 1, 14},
		"a huge answer":    {messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultHuge, Size: 128 << 10}, 1, 14},
		"its state":        {messaging.Fault{Type: "SubscribeExConversations", Kind: messaging.FaultClose}, 1, 14},
		"its receipts":     {messaging.Fault{Type: "PublishEvent", Kind: messaging.FaultClose, Contains: `"dialogId":"%s","event":{"type":"AcceptStatusEvent"`}, 1, 14},
		"its ring":         {messaging.Fault{Type: "UpdateRingState", Kind: messaging.FaultClose, Contains: `"ringState":"ACCEPTED"`}, 1, 14},
		"a message":        {messaging.Fault{Type: "PublishEvent", Kind: messaging.FaultClose, Code: 4410}, 1, 14},
		"a query, 401":     {messaging.Fault{Type: "QueryMessages", Code: 401}, 1, 6},
		"a message, 401":   {messaging.Fault{Type: "PublishEvent", Code: 401}, 1, 6},
		"401s of four":     {messaging.Fault{Type: "PublishEvent", Code: 401}, 4, 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t, messagingagent.WithMaxFrame(64<<10))
				defer done()
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					for m, err := range c.Messages(ctx) {
						if err != nil {
							return err
						}
						for { // until the socket lives for so long
							_, err := c.Send(ctx, messagingagent.Text("re "+m.Text))
							if err == nil || ctx.Err() != nil {
								break
							}
							time.Sleep(time.Second)
						}
					}
					return nil
				})
				var all []*messaging.Conversation
				for i := range row.sick + 3 {
					c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: fmt.Sprint("hello ", i)})
					require.NoError(t, c.WaitAssigned(hour(t), "bot"))
					all = append(all, c)
				}
				time.Sleep(10 * time.Second)
				for _, c := range all[:row.sick] {
					fault := row.fault
					fault.Contains, fault.Times = strings.ReplaceAll(cmp.Or(fault.Contains, "%s"), "%s", c.ID()), 1<<20
					w.svc.AddFault(fault)
				}
				w.svc.DropSockets("bot")
				for _, c := range all {
					c.Say("missed")
				}
				switch row.fault.Type {
				case "UpdateRingState":
					w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				case "SubscribeExConversations": // it is asked for when it is no longer shown
					all[0].Close()
				}
				sockets := w.svc.Count("SetAgentState")
				time.Sleep(2 * time.Minute)
				for i, c := range all[row.sick:] {
					assert.Subset(t, said(c), []string{fmt.Sprint("re hello ", i+row.sick), "re missed"})
				}
				for n := range 20 {
					for _, c := range all[row.sick:] {
						c.Say(fmt.Sprint("line ", n))
					}
					for range 8 {
						if row.fault.Type == "PublishEvent" {
							all[0].Say("again")
						}
						time.Sleep(5 * time.Second)
					}
					for _, c := range all[row.sick:] {
						assert.Contains(t, said(c), fmt.Sprint("re line ", n))
					}
				}
				assert.LessOrEqual(t, w.svc.Count("SetAgentState")-sockets, row.sockets)
				t.Log(w.svc.Count("SetAgentState") - sockets)
				w.svc.ClearFaults()
				time.Sleep(11 * time.Minute)
				if row.fault.Type != "SubscribeExConversations" {
					assert.Contains(t, said(all[0]), "re missed", "it is read when it can be")
				}
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
