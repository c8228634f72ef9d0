package messaging_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// states are the rings as "user state".
func states(c *messaging.Conversation) []string {
	var out []string
	for _, r := range c.Rings() {
		out = append(out, r.User+" "+r.State)
	}
	return out
}

func TestRings(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		require.NoError(t, conv.WaitRinging(t.Context(), "bot"))
		k.until(`"ringState":"WAITING"`)
		mate := w.svc.Colleague("mate")
		mate.Online()
		require.Equal(t, []string{"bot WAITING"}, states(conv), "one at a time")
		time.Sleep(72 * time.Second / 2)
		k.ok("clock", ".GetClock", `{}`)
		time.Sleep(72 * time.Second / 2)
		require.Equal(t, []string{"bot EXPIRED", "mate WAITING"}, states(conv))
		k.until(`"type":"DELETE"`)
		code, text := k.ask("late", ".ams.routing.UpdateRingState", `{"ringId":"`+conv.Rings()[0].ID+`","ringState":"ACCEPTED"}`)
		require.Equal(t, 409, code)
		require.Equal(t, `"The ring is EXPIRED"`, text)
		code, _ = k.ask("foreign", ".ams.routing.UpdateRingState", `{"ringId":"`+conv.Rings()[1].ID+`","ringState":"ACCEPTED"}`)
		require.Equal(t, 404, code)
		code, _ = k.ask("odd", ".ams.routing.UpdateRingState", `{"ringId":"`+conv.Rings()[1].ID+`","ringState":"WAITING"}`)
		require.Equal(t, 400, code)
		time.Sleep(10 * time.Second)
		require.Equal(t, conv.ID(), mate.Reject())
		require.Equal(t, []string{"bot EXPIRED", "mate REJECTED", "bot WAITING"}, states(conv)[:3], "the pause is over for bot")
		k.ok("reject", ".ams.routing.UpdateRingState", `{"ringId":"`+conv.Rings()[2].ID+`","ringState":"REJECTED"}`)
		require.Len(t, conv.Rings(), 3, "both have just let it pass")
		time.Sleep(10 * time.Second)
		require.Equal(t, "mate WAITING", states(conv)[3])
		require.Equal(t, conv.ID(), mate.Accept())
		require.Equal(t, "mate", conv.Assigned())
		require.Empty(t, mate.Accept())
		require.Empty(t, mate.Reject())
	}, messaging.WithRing(72*time.Second))
}

func TestRingEnds(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		// The consumer closes.
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		k.until(`"ringState":"WAITING"`)
		conv.Close()
		k.until(`"type":"DELETE"`)
		require.Equal(t, []string{"bot CANCELLED"}, states(conv))
		require.ErrorIs(t, conv.WaitAgent(t.Context()), messaging.ErrEnded)
		require.Equal(t, -1, conv.Say("more"))
		// A colleague takes it.
		conv = w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		k.until(`"ringState":"WAITING"`)
		mate := w.svc.Colleague("mate")
		require.NoError(t, mate.TakeOver(conv.ID()))
		k.until(`"type":"DELETE"`)
		require.Equal(t, []string{"bot CANCELLED"}, states(conv))
		require.Equal(t, 1, mate.Say(conv.ID(), "I am here"))
		require.Equal(t, -1, w.svc.Colleague("desk").Say(conv.ID(), "so am I"))
		require.NoError(t, mate.End(conv.ID()))
		require.ErrorIs(t, mate.End(conv.ID()), messaging.ErrEnded)
		require.Error(t, mate.End("nothing"))
	})
}

func TestWhoRings(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		say := func(skill string) *messaging.Conversation {
			return w.svc.Consumer(messaging.Consumer{Skill: skill, FirstMessage: "Hello"})
		}
		early := say("Sales")
		require.Empty(t, early.Rings(), "nobody is there")
		k := w.serve()
		require.Equal(t, []string{"bot WAITING"}, states(early))
		require.Empty(t, say("Billing").Rings(), "not his skill")
		require.Equal(t, []string{"bot WAITING"}, states(say("")), "without a skill it is anybody's")
		third := say("Sales")
		require.Empty(t, third.Rings(), "two are his limit")
		early.Close()
		require.Equal(t, []string{"bot WAITING"}, states(third), "room again")
		k.ok("0", ".GetClock", `{}`)
		w.svc.DropSockets("bot")
		require.Equal(t, []string{"bot WAITING"}, states(third), "it goes on ringing")
		late := say("Sales")
		require.Empty(t, late.Rings(), "no socket, no ring")
		k = w.dial(w.bot)
		k.ok("1", ".ams.routing.SubscribeRoutingTasks", `{"brandId":"12345678","agentId":"12345678.7","channelType":"MESSAGING","conversationId":"`+third.ID()+`"}`)
		k.until(`"ringId":"` + third.Rings()[0].ID + `","ringState":"WAITING"`)
		require.Equal(t, "OFFLINE", w.svc.Availability("bot"))
		k.ok("2", ".ams.routing.UpdateRingState", `{"ringId":"`+third.Rings()[0].ID+`","ringState":"ACCEPTED"}`)
		require.NoError(t, third.WaitAssigned(t.Context(), "bot"))
	})
}

func TestOccupied(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.svc.Colleague("desk").Online()
		w.svc.Colleague("desk").AcceptAll(true)
		k := w.serve()
		k.ok("1", ".ams.routing.SetAgentState", `{"channels":["MESSAGING"],"agentUserId":"12345678.7","availability":"OCCUPIED"}`)
		fresh := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		moved := w.svc.Consumer(messaging.Consumer{Skill: "Billing", FirstMessage: "Hello"})
		require.Equal(t, "desk", moved.Assigned())
		require.NoError(t, w.svc.Colleague("desk").TransferToSkill(moved.ID(), "Sales"))
		require.Empty(t, fresh.Rings())
		require.Equal(t, []string{"desk ACCEPTED", "bot WAITING"}, states(moved))
		require.Equal(t, "Sales", moved.Skill())
		require.EqualValues(t, 41, moved.SkillID())
		for _, state := range []string{"AWAY", "BACK_SOON", "OFFLINE"} {
			w.svc.SetAvailability("bot", state)
			require.Empty(t, fresh.Rings())
		}
		require.Panics(t, func() { w.svc.SetAvailability("bot", "Online") })
		require.Panics(t, func() { w.svc.Colleague("nobody") })
		w.svc.SetAvailability("bot", "ONLINE")
		require.Len(t, fresh.Rings(), 1)
		require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "ONLINE"))
	})
}

func TestFanOut(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		mate := w.svc.Colleague("mate")
		mate.Online()
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		require.Equal(t, []string{"bot WAITING", "mate WAITING"}, states(conv))
		require.NoError(t, mate.WaitRinging(t.Context()))
		mate.Accept()
		require.Equal(t, []string{"bot CANCELLED", "mate ACCEPTED"}, states(conv))
		require.NotContains(t, k.until(`"type":"DELETE"`), "_8_", "he sees his own ring only")
	}, messaging.WithFanOut(2))
}

func TestMissedRings(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		k.ok("1", ".ams.routing.SubscribeAgentsState", `{"brandId":"12345678","agentId":"12345678.7"}`)
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		time.Sleep(30 * time.Second)
		require.Equal(t, []string{"bot EXPIRED", "bot EXPIRED"}, states(conv))
		require.Equal(t, "AWAY", w.svc.Availability("bot"))
		k.until(`"availability":"AWAY"`)
	}, messaging.WithRing(10*time.Second), messaging.WithMissedRings(2))
}

func TestRingVariants(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		on   messaging.Variant
		want []string
		not  string
	}{
		{messaging.VariantAcceptedUpsert, []string{`"type":"UPSERT"`, `"taskCompleted":true`, `"ringState":"ACCEPTED"`, `"type":"DELETE"`}, ""},
		{messaging.VariantRingStates, []string{`"type":"UPSERT"`, `"ringState":"ACCEPTED"`, `"type":"DELETE"`}, ""},
		{messaging.VariantTaskDelete, []string{`{"type":"DELETE","result":{"routingTaskId":"`}, "ringsDetails"},
		{messaging.VariantShortDelete, []string{`{"type":"DELETE","result":{"conversationId":"`}, "ringsDetails"},
		{messaging.VariantMinimalRings, []string{`"result":{"ringsDetails":[{"ringId":"`}, "routingTaskId"},
		{messaging.VariantSingle, []string{`"changes":{"type":"DELETE"`, `"ringsDetails":{"ringId"`}, ""},
		{messaging.VariantNumbers, []string{`"skillId":41`, `"ringExpiration":"72000"`}, ""},
		{messaging.VariantRingUpdated, []string{`"type":".ams.routing.RingUpdated","body":{"ringId":"`}, ""},
	} {
		t.Run(string(row.on), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, w *world) {
				k := w.serve()
				conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
				k.until("WAITING")
				k.ok("1", ".ams.routing.UpdateRingState", `{"ringId":"`+conv.Rings()[0].ID+`","ringState":"ACCEPTED"}`)
				synctest.Wait()
				got := ""
				for _, f := range w.svc.Sent("RoutingTaskNotification", "RingUpdated")[2:] {
					got += f.Text
				}
				for _, want := range row.want {
					require.Contains(t, got, want)
				}
				if row.not != "" {
					require.NotContains(t, got, row.not)
				}
			}, messaging.WithVariants(row.on))
		})
	}
}

func TestRefusedRouting(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		for i, row := range []struct {
			name, body string
			code       int
		}{
			{".ams.routing.SetAgentState", `{"channels":["MESSAGING"],"availability":"ONLINE"}`, 400},
			{".ams.routing.SetAgentState", `{"channels":["MESSAGING"],"agentUserId":"a6e1","availability":"ONLINE"}`, 400},
			{".ams.routing.SetAgentState", `{"channels":["MESSAGING"],"agentUserId":"12345678.8","availability":"ONLINE"}`, 403},
			{".ams.routing.SetAgentState", `{"channels":[],"agentUserId":"12345678.7","availability":"ONLINE"}`, 400},
			{".ams.routing.SetAgentState", `{"channels":["MESSAGING"],"agentUserId":"12345678.7","availability":"Online"}`, 400},
			{".ams.routing.SubscribeRoutingTasks", `{"agentId":"12345678.7","channelType":"MESSAGING"}`, 400},
			{".ams.routing.SubscribeRoutingTasks", `{"brandId":"1","agentId":"12345678.7","channelType":"MESSAGING"}`, 400},
			{".ams.routing.SubscribeRoutingTasks", `{"brandId":"12345678","agentId":"12345678.7"}`, 400},
			{".ams.routing.SubscribeRoutingTasks", `{"brandId":"12345678","agentId":"12345678.8","channelType":"MESSAGING"}`, 403},
			{".ams.routing.SubscribeAgentsState", `{"agentId":"12345678.7"}`, 400},
			{".ams.routing.SubscribeAgentsState", `{"brandId":"1","agentId":"12345678.7"}`, 400},
			{".ams.routing.SubscribeAgentsState", `{"brandId":"12345678","agentId":"12345678.8"}`, 403},
			{".ams.routing.UpdateRingState", `{"ringId":"x","ringState":"ACCEPTED"}`, 404},
			{".ams.aam.SubscribeExConversations", `{"brandId":"1"}`, 400},
			{".ams.aam.SubscribeExConversations", `{"convState":["open"]}`, 400},
			{".ams.aam.SubscribeExConversations", `{"stage":["LOCKED"]}`, 400},
			{".ams.aam.SubscribeExConversations", `{"agentIds":["a6e1"]}`, 400},
			{".ams.aam.UnsubscribeExConversations", `{}`, 400},
			{".ams.aam.UnsubscribeExConversations", `{"subscriptionId":"x"}`, 404},
		} {
			code, text := k.ask(string(rune('a'+i)), row.name, row.body)
			require.Equal(t, row.code, code, "%s %s", row.body, text)
		}
	})
}
