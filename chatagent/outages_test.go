package chatagent_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// One chat makes the request for all chats fail, in every way: the lines of the
// others are answered within two intervals, without a flood of requests, and when
// it is over the chats are asked for together again.
func TestOneChatSpoilsTheRequestForAll(t *testing.T) {
	t.Parallel()
	faults := map[string]lptest.Fault{
		"500": {Status: 500}, "503": {Status: 503}, "429": {Status: 429}, "429, wait": {Status: 429, RetryAfter: "30"},
		"302": {Kind: lptest.FaultRedirect, Status: 302}, "reset": {Kind: lptest.FaultReset}, "hang": {Kind: lptest.FaultHang},
		"403": {Status: 403}, "404": {Status: 404}, "400": {Status: 400}, "malformed": {Status: 200, Body: `{"chats":{"chat":[{]}}`},
		"empty": {Kind: lptest.FaultEmpty}, "cut": {Kind: lptest.FaultCut}, "html": {Kind: lptest.FaultHTML}, "slow": {Latency: 5 * time.Second},
	}
	for name, fault := range faults {
		for _, c := range []struct {
			chats  int
			bad    []int
			itself bool // the bad chat's own events fail too
		}{
			{chats: 2, bad: []int{0}},
			{chats: 5, bad: []int{1, 3}},
			{chats: 4, bad: []int{2}, itself: true},
		} {
			t.Run(fmt.Sprint(name, " ", c.chats, " chats, bad ", c.bad, " itself ", c.itself), func(t *testing.T) {
				t.Parallel()
				world(t, 1, func(t *testing.T, f *fleet) {
					stop := serving(t, f, echo)
					visits := make([]*lptest.Visit, c.chats)
					bad := map[int]bool{}
					for i := range visits {
						visits[i] = f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
						require.NoError(t, visits[i].WaitAccepted(t.Context()))
					}
					time.Sleep(5 * time.Second)
					for _, i := range c.bad {
						bad[i] = true
						fault := fault
						fault.Op, fault.Chat = lptest.OpChats, visits[i].ChatID()
						f.srv.AddFault(fault)
						if c.itself {
							fault.Op = lptest.OpEvents
							f.srv.AddFault(fault)
						}
					}
					before := len(f.srv.Journal())
					for n := range 12 {
						time.Sleep(7300 * time.Millisecond)
						for i, v := range visits {
							if !bad[i] {
								v.Say(fmt.Sprint(n))
							}
						}
						ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
						for i, v := range visits {
							if !bad[i] {
								_, err := v.WaitLine(ctx, n+1)
								require.NoError(t, err, "chat %d, line %d", i, n)
							}
						}
						cancel()
					}
					// 90 s and a bit: two requests every 2 s, and no more than one for each chat beside them
					assert.LessOrEqual(t, len(f.srv.Journal())-before, 50*(2+c.chats)+15*c.chats)
					if !c.itself {
						for _, v := range visits {
							assert.Equal(t, "chatting", v.Chat().State())
						}
					}
					f.srv.ClearFaults()
					time.Sleep(6 * time.Minute)
					before, many := len(f.srv.Journal()), f.srv.Count(lptest.OpChats)
					time.Sleep(time.Minute)
					assert.Less(t, len(f.srv.Journal())-before, 70, "two requests every 2 s again")
					assert.InDelta(t, 30, f.srv.Count(lptest.OpChats)-many, 2)
					for _, v := range visits {
						v.Leave()
					}
					time.Sleep(5 * time.Second)
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}

// Nothing works for a while. As long as there are chats here, the pauses are so
// short that a chat is asked for before it times out, whenever the outage ends.
func TestChatsOutliveOutages(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{20 * time.Second, 40 * time.Second, 90 * time.Second} {
		for _, kind := range []lptest.Fault{{Status: 503}, {Kind: lptest.FaultReset}, {Status: 429}, {Kind: lptest.FaultHTML}} {
			for part := int64(10); part <= 90; part += 20 {
				outage := min(time.Duration(int64(timeout)/100*part), timeout-4*time.Second) // two polls have to fit in
				t.Run(fmt.Sprint(timeout, " ", outage, " ", kind.Kind, kind.Status), func(t *testing.T) {
					t.Parallel()
					world(t, 1, func(t *testing.T, f *fleet) {
						stop := serving(t, f, echo)
						v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
						require.NoError(t, v.WaitAccepted(t.Context()))
						time.Sleep(7 * time.Second)
						before := len(f.srv.Journal())
						fault := kind
						fault.End = outage
						f.srv.AddFault(fault)
						time.Sleep(outage)
						assert.LessOrEqual(t, len(f.srv.Journal())-before, 3*int(outage/(2*time.Second))+6, "an outage is not amplified")
						v.Say("anybody?")
						ctx, cancel := context.WithTimeout(t.Context(), timeout)
						defer cancel()
						_, err := v.WaitLine(ctx, 1)
						require.NoError(t, err)
						time.Sleep(time.Minute)
						assert.Equal(t, "chatting", v.Chat().State())
						v.Leave()
						time.Sleep(5 * time.Second)
						assert.ErrorIs(t, stop(), context.Canceled)
					}, lptest.WithChatTimeout(timeout))
				})
			}
		}
	}
}

// However long a chat lives, it is asked for every 15 s at least while nothing works, and
// not much more often.
func TestPausesInAnOutageWithAChat(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		for _, op := range []lptest.Op{lptest.OpIncoming, lptest.OpEvents} {
			fault := f.srv.AddFault(lptest.Fault{Op: op, Status: 503})
			if op == lptest.OpEvents {
				f.srv.AddFault(lptest.Fault{Op: lptest.OpChats, Status: 503})
			}
			time.Sleep(5 * time.Minute)
			assert.GreaterOrEqual(t, fault.Hits(), 15, op)
			assert.LessOrEqual(t, fault.Hits(), 30, op)
			f.srv.ClearFaults()
			time.Sleep(time.Minute)
		}
		v.Say("still there?")
		line, err := v.WaitLine(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: still there?", line.Text)
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
	}, lptest.WithChatTimeout(time.Hour))
}
