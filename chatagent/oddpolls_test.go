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

// Polls show events under false ids, chats twice, events again and again: each
// line is answered once, in order, and within two intervals and a bit.
func TestOddPollsUnderServe(t *testing.T) {
	t.Parallel()
	far := func(op lptest.Op, ahead int) lptest.Fault {
		return lptest.Fault{Op: op, Kind: lptest.FaultFarID, Ahead: ahead}
	}
	for _, c := range []struct {
		name     string
		faults   []lptest.Fault
		variants []lptest.Variant
		late     time.Duration
	}{
		{name: "far ids in each poll", faults: []lptest.Fault{far(lptest.OpChats, 0)}},
		{name: "far ids in each poll, near by", faults: []lptest.Fault{far(lptest.OpChats, 3)}},
		{name: "the next but one", faults: []lptest.Fault{far(lptest.OpChats, 2)}},
		{name: "far ids now and then", faults: []lptest.Fault{{Op: lptest.OpChats, Kind: lptest.FaultFarID, Probability: 0.3}}},
		{name: "far ids where a chat's own events are read", faults: []lptest.Fault{far(lptest.OpEvents, 0), {Op: lptest.OpChats, Status: 500}}},
		{name: "far ids now and then where a chat's own events are read", faults: []lptest.Fault{{Op: lptest.OpEvents, Kind: lptest.FaultFarID, Ahead: 20, Probability: 0.5}, {Op: lptest.OpChats, Status: 500, Probability: 0.5}}},
		{name: "far ids at the first sight", faults: []lptest.Fault{far(lptest.OpChat, 0)}},
		{name: "far ids everywhere", faults: []lptest.Fault{far("", 0)}},
		{name: "far ids everywhere, near by", faults: []lptest.Fault{far("", 3)}},
		{name: "far ids everywhere, now and then", faults: []lptest.Fault{{Kind: lptest.FaultFarID, Ahead: 50, Probability: 0.5}}},
		{name: "far ids of one of two chats", faults: []lptest.Fault{{Kind: lptest.FaultFarID, Chat: "first"}}},
		{name: "chats listed twice", variants: []lptest.Variant{lptest.VariantListedTwice}},
		{name: "chats listed twice, events repeated", variants: []lptest.Variant{lptest.VariantListedTwice}, faults: []lptest.Fault{{Op: lptest.OpChats, Kind: lptest.FaultRepeatEvents}}},
		{name: "chats listed twice, far ids", variants: []lptest.Variant{lptest.VariantListedTwice}, faults: []lptest.Fault{far(lptest.OpChats, 0)}},
		{name: "inclusive", variants: []lptest.Variant{lptest.VariantInclusive, lptest.VariantListedTwice}},
		{name: "events twice", faults: []lptest.Fault{{Op: lptest.OpChats, Kind: lptest.FaultDuplicateEvents}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				var visits []*lptest.Visit
				var handles []*lptest.FaultHandle
				for range 2 {
					visits = append(visits, f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"}))
				}
				for _, fault := range c.faults {
					if fault.Chat != "" {
						fault.Chat = visits[0].ChatID()
					}
					handles = append(handles, f.srv.AddFault(fault))
				}
				stop := serving(t, f, echo)
				var want [2][]string
				for n := range 6 {
					time.Sleep(7 * time.Second)
					for i, v := range visits {
						text := fmt.Sprintf("%d.%d", i, n)
						v.Say(text)
						want[i] = append(want[i], "You said: "+text)
					}
					for i, v := range visits {
						ctx, cancel := context.WithTimeout(t.Context(), 6500*time.Millisecond+c.late)
						_, err := v.WaitLine(ctx, n+1)
						cancel()
						require.NoError(t, err, "chat %d, line %d", i, n)
					}
				}
				visits[1].Leave()
				time.Sleep(10 * time.Second)
				visits[0].Say("bye")
				time.Sleep(7 * time.Second)
				visits[0].Leave()
				time.Sleep(7 * time.Second)
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Equal(t, append(want[0], "You said: bye"), agentLines(visits[0].Chat()))
				assert.Equal(t, want[1], agentLines(visits[1].Chat()))
				for _, h := range handles {
					assert.NotZero(t, h.Hits())
				}
				assert.LessOrEqual(t, len(f.srv.Journal()), 350, "nor are there more requests for it than a few for each poll")
			}, lptest.WithVariants(c.variants...))
		})
	}
}

// A chat that is adopted, and comes from a colleague, under false ids: what was
// answered is known, and what comes later is not taken for it.
func TestFarIDsOfAChatThatIsAdopted(t *testing.T) {
	t.Parallel()
	for _, op := range []lptest.Op{lptest.OpChat, lptest.OpChats, lptest.OpEvents, ""} {
		t.Run("in "+string(op), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				bot := f.srv.Agents()[0]
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				require.Equal(t, v.ChatID(), f.srv.AcceptAs(bot))
				v.Say("two")
				f.srv.SayAs(bot, v.ChatID(), "to both")
				f.srv.AddFault(lptest.Fault{Op: op, Kind: lptest.FaultFarID})
				stop := serving(t, f, echo)
				for n, text := range []string{"three", "four", "five"} {
					time.Sleep(5 * time.Second)
					v.Say(text)
					ctx, cancel := context.WithTimeout(t.Context(), 6500*time.Millisecond)
					_, err := v.WaitLine(ctx, n+2)
					cancel()
					require.NoError(t, err, text)
				}
				v.Leave()
				time.Sleep(5 * time.Second)
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Equal(t, []string{"to both", "You said: three", "You said: four", "You said: five"}, agentLines(v.Chat()))
			})
		})
	}
}

// Notes that are for others leave holes among the ids: what comes after them is
// seen at the first sight.
func TestHolesAmongIDs(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		agent, bot, bea := f.agents[0], f.srv.Agents()[0], f.colleague()
		person := f.srv.Person(bea)
		person.AcceptAll(true)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		chat, err := agent.Accept(t.Context())
		require.NoError(t, err)
		require.NoError(t, chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: userID(bea)}, "for Bea only"))
		v.Say("two")
		person.Say(v.ChatID(), "to both")
		require.NoError(t, person.TransferToAgent(v.ChatID(), bot, "for the bot"))
		v.Say("three")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for u, err := range agent.Watch(ctx) {
			require.NoError(t, err)
			switch u := u.(type) {
			case chatagent.Ringing:
				_, err := agent.Accept(ctx)
				require.NoError(t, err)
				continue
			case chatagent.ChatOpened:
				assert.Equal(t, chatagent.Transferred, u.How)
				var lines []string
				for _, e := range u.History {
					if e.IsLine(chatagent.FromVisitor) || e.IsLine(chatagent.FromAgent) {
						lines = append(lines, e.Text)
					}
				}
				assert.Equal(t, []string{"one", "two", "to both", "for the bot", "three"}, lines)
			default:
				continue
			}
			break
		}
	})
}
