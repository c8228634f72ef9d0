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
// not keep the agent from the others, nor the service busy with new sockets.
func TestConversationThatEndsTheSocket(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]messaging.Fault{
		"closed":         {Type: "QueryMessages", Kind: messaging.FaultClose},
		"cut":            {Type: "QueryMessages", Kind: messaging.FaultClose, Code: 1006},
		"a huge answer":  {Type: "QueryMessages", Kind: messaging.FaultHuge, Size: 128 << 10},
		"its state":      {Type: "SubscribeExConversations", Kind: messaging.FaultClose},
		"its receipts":   {Type: "PublishEvent", Kind: messaging.FaultClose, Contains: `"dialogId":"%s","event":{"type":"AcceptStatusEvent"`},
		"a query, 401":   {Type: "QueryMessages", Code: 401},
		"a message, 401": {Type: "PublishEvent", Code: 401},
		"its ring":       {Type: "UpdateRingState", Kind: messaging.FaultClose, Contains: `"ringState":"ACCEPTED"`},
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
				for i := range 4 {
					c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: fmt.Sprint("hello ", i)})
					require.NoError(t, c.WaitAssigned(hour(t), "bot"))
					all = append(all, c)
				}
				time.Sleep(10 * time.Second)
				fault.Contains, fault.Times = strings.ReplaceAll(cmp.Or(fault.Contains, "%s"), "%s", all[0].ID()), 1<<20
				w.svc.AddFault(fault)
				w.svc.DropSockets("bot")
				for _, c := range all {
					c.Say("missed")
				}
				switch fault.Type {
				case "UpdateRingState":
					w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				case "SubscribeExConversations": // it is asked for when it is no longer shown
					all[0].Close()
				}
				sockets := w.svc.Count("SetAgentState")
				time.Sleep(2 * time.Minute)
				early := w.svc.Count("SetAgentState") - sockets
				for n := range 20 {
					for _, c := range all[1:] {
						c.Say(fmt.Sprint("line ", n))
					}
					for range 10 {
						if fault.Type == "PublishEvent" {
							all[0].Say("again")
						}
						time.Sleep(6 * time.Second)
					}
				}
				time.Sleep(time.Minute)
				for i, c := range all[1:] {
					want := []string{fmt.Sprint("re hello ", i+1), "re missed"}
					for n := range 20 {
						want = append(want, fmt.Sprint("re line ", n))
					}
					assert.Subset(t, said(c), want)
				}
				t.Log(early, w.svc.Count("SetAgentState")-sockets)
				assert.LessOrEqual(t, early, 12)
				assert.LessOrEqual(t, w.svc.Count("SetAgentState")-sockets, 24)
				w.svc.ClearFaults()
				time.Sleep(11 * time.Minute)
				if fault.Type != "SubscribeExConversations" {
					assert.Contains(t, said(all[0]), "re missed", "it is read when it can be")
				}
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
