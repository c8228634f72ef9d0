package chatagent_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Serve stops at any moment while a chat comes: the agent is Away first, nothing is
// accepted after that, a visitor who still rings goes to a colleague at once, and
// no chat is forgotten.
func TestStoppingAtAnyMoment(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]lptest.Fault{
		"no faults":             nil,
		"slow accepts":          {{Op: lptest.OpAccept, Latency: 3 * time.Second}},
		"late answers":          {{Op: lptest.OpAccept, Kind: lptest.FaultLatency, Latency: 3 * time.Second, After: true}},
		"lost answers":          {{Op: lptest.OpAccept, Kind: lptest.FaultResetAfter}},
		"hanging, never made":   {{Op: lptest.OpAccept, Kind: lptest.FaultHang}},
		"hanging, made":         {{Op: lptest.OpAccept, Kind: lptest.FaultHang, After: true}},
		"made after the answer": {{Op: lptest.OpAccept, Kind: lptest.FaultLate, Delay: 4 * time.Second}},
		"no place":              {noPlace},
		"lost, the list fails":  {{Op: lptest.OpAccept, Kind: lptest.FaultResetAfter}, {Op: lptest.OpChatSessions, Status: 500, Nth: 2, Times: 2}},
		"not readable":          {{Op: lptest.OpChat, Status: 500, Times: 2}},
	} {
		for n := range 7 {
			moment := time.Duration(n) * 650 * time.Millisecond
			t.Run(fmt.Sprint(name, " ", moment), func(t *testing.T) {
				t.Parallel()
				world(t, 1, func(t *testing.T, f *fleet) {
					bot := f.srv.Agents()[0]
					for _, fault := range faults {
						f.srv.AddFault(fault)
					}
					stop := serving(t, f, echo)
					time.Sleep(5 * time.Second)
					v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
					w := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
					f.srv.Person(f.srv.AddAgent(lptest.Agent{LoginName: "carl", Skills: []string{"skill of bot0"}})).AcceptAll(true)
					time.Sleep(moment)
					begun, before := time.Now(), len(f.srv.Journal())
					go func() {
						time.Sleep(2 * time.Second)
						assert.Equal(t, "Away", f.srv.Availability(bot))
						for _, v := range []*lptest.Visit{v, w} {
							assert.Empty(t, v.Chat().Ringing())
						}
					}()
					require.ErrorIs(t, stop(), context.Canceled)
					assert.LessOrEqual(t, time.Since(begun), chatagent.DefaultGrace)
					assert.Empty(t, f.srv.ChatsOf(bot), "nobody is forgotten")
					assert.Equal(t, "Away", f.srv.Availability(bot))
					var away bool
					for _, r := range f.srv.Journal()[before:] {
						away = away || r.Op == lptest.OpSetAvailability
						assert.False(t, away && r.Op == lptest.OpAccept, "accepted after the end")
						assert.True(t, away || r.Op != lptest.OpEnd, "ended before it was Away")
					}
					time.Sleep(10 * time.Second)
					for _, v := range []*lptest.Visit{v, w} {
						if ch := v.Chat(); ch.State() != "ended" {
							assert.Equal(t, "carl", ch.Agent())
						}
						assert.LessOrEqual(t, len(agentLines(v.Chat())), 1)
					}
				})
			})
		}
	}
}

// Whatever hangs when Serve stops, and whatever handlers do for a while: it is over
// within the grace.
func TestStoppingTakesNoLongerThanTheGrace(t *testing.T) {
	t.Parallel()
	hang := func(ops ...lptest.Op) (faults []lptest.Fault) {
		for _, op := range ops {
			faults = append(faults, lptest.Fault{Op: op, Kind: lptest.FaultHang})
		}
		return faults
	}
	waits := func(ctx context.Context, chat *chatagent.Chat) error {
		for _, err := range chat.Lines(context.WithoutCancel(ctx)) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	handOver := chatagent.WithHandOver(chatagent.TransferTarget{AgentID: "17"}, "")
	for _, c := range []struct {
		name   string
		faults []lptest.Fault
		opts   []chatagent.Option
		handle chatagent.HandlerFunc
		grace  time.Duration
	}{
		{name: "ending hangs", faults: hang(lptest.OpEnd), handle: echo},
		{name: "ending hangs, short", faults: hang(lptest.OpEnd), handle: echo, grace: 15 * time.Second},
		{name: "ending and looking hang", faults: hang(lptest.OpEnd, lptest.OpChatInfo), handle: echo},
		{name: "ending fails", faults: []lptest.Fault{{Op: lptest.OpEnd, Status: 503}}, handle: echo},
		{name: "handing over hangs", faults: hang(lptest.OpTransfer), opts: []chatagent.Option{handOver}, handle: echo},
		{name: "handing over and ending hang", faults: hang(lptest.OpTransfer, lptest.OpEnd), opts: []chatagent.Option{handOver}, handle: echo},
		{name: "goodbye hangs", faults: hang(lptest.OpSend), opts: []chatagent.Option{chatagent.WithGoodbye(chatagent.Text("bye"))}, handle: echo},
		{name: "Away hangs", faults: hang(lptest.OpSetAvailability), handle: echo},
		{name: "all hangs", faults: hang(""), handle: echo},
		{name: "all hangs, leaving", faults: hang(""), opts: []chatagent.Option{chatagent.WithLeaveChats()}, handle: echo},
		{name: "all is down", faults: []lptest.Fault{{Status: 503}}, opts: []chatagent.Option{handOver}, handle: echo},
		{name: "handlers wait for the chat's end", handle: waits},
		{name: "handlers wait, ending hangs", faults: hang(lptest.OpEnd), handle: func(context.Context, *chatagent.Chat) error {
			time.Sleep(24 * time.Second) // 5 s of them before
			return nil
		}},
		{name: "the callback waits for its context", faults: []lptest.Fault{{Op: lptest.OpTransfer, Kind: lptest.FaultRefuse}}, opts: []chatagent.Option{
			handOver, chatagent.WithHandOverRefused(func(ctx context.Context, _ *chatagent.Chat, _ error) error {
				<-ctx.Done()
				return ctx.Err()
			}),
		}, handle: echo},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				grace := chatagent.DefaultGrace
				if c.grace > 0 {
					grace = c.grace
					c.opts = append(c.opts, chatagent.WithGrace(grace))
				}
				stop := serving(t, f, c.handle, c.opts...)
				var visits []*lptest.Visit
				for range 3 {
					visits = append(visits, f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"}))
				}
				for _, v := range visits {
					require.NoError(t, v.WaitAccepted(t.Context()))
				}
				time.Sleep(5 * time.Second)
				for _, fault := range c.faults {
					f.srv.AddFault(fault)
				}
				begun := time.Now()
				require.ErrorIs(t, stop(), context.Canceled)
				assert.LessOrEqual(t, time.Since(begun), grace)
				if len(c.faults) == 0 {
					assert.Empty(t, f.srv.ChatsOf(f.srv.Agents()[0]))
				}
				f.srv.ClearFaults()
			})
		})
	}
}

// The same for a whole program, which logs out in that time too.
func TestRunStopsWithinTheGrace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		ops  []lptest.Op
		busy time.Duration // handlers do not look at their context that long
	}{
		{"ending hangs", []lptest.Op{lptest.OpEnd}, 0},
		{"ending and logging out hang", []lptest.Op{lptest.OpEnd, lptest.OpLogout}, 0},
		{"Away and logging out hang", []lptest.Op{lptest.OpSetAvailability, lptest.OpLogout}, 0},
		{"all hangs", []lptest.Op{""}, 0},
		{"busy for 17 s", nil, 17 * time.Second},
		{"busy for 17 s, all hangs", []lptest.Op{""}, 17 * time.Second},
		{"busy for 18 s, logging out hangs", []lptest.Op{lptest.OpLogout}, 18 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, b *bots) {
				told := make(chan struct{})
				stop := b.run(t, func(ctx context.Context, chat *chatagent.Chat) error {
					if c.busy == 0 {
						return echo(ctx, chat)
					}
					<-told
					time.Sleep(c.busy)
					return nil
				})
				v := b.srv.Visitor(lptest.Visitor{})
				require.NoError(t, v.WaitAccepted(t.Context()))
				time.Sleep(5 * time.Second)
				for _, op := range c.ops {
					b.srv.AddFault(lptest.Fault{Op: op, Kind: lptest.FaultHang})
				}
				begun := time.Now()
				close(told)
				_ = stop()
				assert.LessOrEqual(t, time.Since(begun), chatagent.DefaultGrace+time.Millisecond)
			})
		})
	}
}
