package chatagent_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// noPlace is a success that does not say what was accepted.
var noPlace = lptest.Fault{Op: lptest.OpAccept, Variants: []lptest.Variant{lptest.VariantNoLocation}}

// Agent sessions of one login share its chats: each is handled once, whatever
// the answers to accept look like.
func TestAgentSessionsOfOneLogin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		sessions int
		opts     []lptest.Option
		faults   []lptest.Fault
	}{
		{name: "two", sessions: 2},
		{name: "three", sessions: 3},
		{name: "what rings is counted for longer", sessions: 2, opts: []lptest.Option{lptest.WithRingingLag(3 * time.Second)}},
		{name: "for very long", sessions: 3, opts: []lptest.Option{lptest.WithRingingLag(15 * time.Second)}},
		{name: "what was accepted last is answered again", sessions: 2, opts: []lptest.Option{lptest.WithRingingLag(3 * time.Second), lptest.WithVariants(lptest.VariantAcceptLast)}},
		{name: "404 when none rings", sessions: 2, opts: []lptest.Option{lptest.WithRingingLag(3 * time.Second), lptest.WithVariants(lptest.VariantAcceptMissing)}},
		{name: "an error in a success when none rings", sessions: 2, opts: []lptest.Option{lptest.WithRingingLag(3 * time.Second), lptest.WithVariants(lptest.VariantAcceptError)}},
		{name: "answers without a place", sessions: 2, faults: []lptest.Fault{noPlace}},
		{name: "ended chats are listed", sessions: 2, faults: []lptest.Fault{noPlace}, opts: []lptest.Option{lptest.WithVariants(lptest.VariantEndedSessions)}},
		{name: "slow accepts", sessions: 2, faults: []lptest.Fault{{Op: lptest.OpAccept, Latency: 3 * time.Second}}},
		{name: "accepts of which the answer is late", sessions: 2, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultLatency, Latency: 3 * time.Second, After: true}}},
		{name: "lost accepts", sessions: 2, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultResetAfter, Probability: 0.5}}},
		{name: "accepts and lists that fail", sessions: 2, faults: []lptest.Fault{
			{Op: lptest.OpAccept, Kind: lptest.FaultResetAfter, Probability: 0.3}, {Op: lptest.OpChatSessions, Status: 500, Probability: 0.5},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				agents := []*chatagent.Agent{f.agents[0]}
				for range c.sessions - 1 {
					agent, err := chatagent.Start(t.Context(), f.agents[0].Login())
					require.NoError(t, err)
					require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
					agents = append(agents, agent)
				}
				for _, fault := range c.faults {
					f.srv.AddFault(fault)
				}
				var mu sync.Mutex
				handled := map[string]int{}
				var stops []func() error
				for _, agent := range agents {
					stops = append(stops, serve(t, agent, func(ctx context.Context, chat *chatagent.Chat) error {
						mu.Lock()
						handled[string(chat.ID())]++
						mu.Unlock()
						return echo(ctx, chat)
					}))
				}
				var visits []*lptest.Visit
				for n := range 20 {
					visits = append(visits, f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: fmt.Sprint(n)}))
					time.Sleep(time.Duration(n%7) * 700 * time.Millisecond)
				}
				time.Sleep(30 * time.Second)
				for _, v := range visits {
					v.Say("more")
				}
				time.Sleep(10 * time.Second)
				for n, v := range visits {
					assert.Equal(t, []string{fmt.Sprint("You said: ", n), "You said: more"}, agentLines(v.Chat()), n)
					v.Leave()
				}
				time.Sleep(5 * time.Second)
				for _, stop := range stops {
					assert.ErrorIs(t, stop(), context.Canceled)
				}
				assert.Len(t, handled, len(visits))
				for id, n := range handled {
					assert.Equal(t, 1, n, id)
				}
				assert.Less(t, f.srv.Count(lptest.OpAccept), 200)
			}, c.opts...)
		})
	}
}

// By hand: what Accept says of every odd answer, and which chat it returns.
func TestAcceptWithOddAnswers(t *testing.T) {
	t.Parallel()
	lost := lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultResetAfter, Times: 1}
	refused := lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultReset, Times: 1}
	empty := lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultEmpty, Times: 1}
	noList := lptest.Fault{Op: lptest.OpChatSessions, Status: 500}
	for _, c := range []struct {
		name     string
		rings    bool
		others   bool // another process of the user has chats
		ended    bool // this one has had a chat that is over
		unended  bool // and one of which the end failed
		left     bool // and one that the visitor has left since, which nobody knows
		faults   []lptest.Fault
		variants []lptest.Variant
		err      error
	}{
		{name: "nothing", err: chatagent.ErrNoIncoming},
		{name: "nothing, others have chats", others: true, err: chatagent.ErrNoIncoming},
		{name: "nothing, others have chats, 404", others: true, variants: []lptest.Variant{lptest.VariantAcceptMissing}, err: chatagent.ErrNoIncoming},
		{name: "nothing, others have chats, error", others: true, variants: []lptest.Variant{lptest.VariantAcceptError}, err: chatagent.ErrNoIncoming},
		{name: "nothing, others have chats, the last one again", others: true, variants: []lptest.Variant{lptest.VariantAcceptLast}, err: chatagent.ErrNoIncoming},
		{name: "nothing, others have chats, empty", others: true, faults: []lptest.Fault{empty}, err: chatagent.ErrNoIncoming},
		{name: "nothing, others have chats, ended ones are listed", others: true, ended: true, variants: []lptest.Variant{lptest.VariantEndedSessions}, err: chatagent.ErrNoIncoming},
		{name: "nothing, all over, the last one again", ended: true, variants: []lptest.Variant{lptest.VariantAcceptLast}, err: chatagent.ErrNoIncoming},
		{name: "nothing, all over, lost", ended: true, variants: []lptest.Variant{lptest.VariantEndedSessions}, faults: []lptest.Fault{lost}, err: chatagent.ErrUnconfirmed},
		{name: "nothing, an end that failed, lost", unended: true, faults: []lptest.Fault{lost}, err: chatagent.ErrUnconfirmed},
		{name: "nothing, an end that failed, ended ones are listed, lost", unended: true, ended: true, variants: []lptest.Variant{lptest.VariantEndedSessions}, faults: []lptest.Fault{lost}, err: chatagent.ErrUnconfirmed},
		{name: "nothing, an end that failed, the last one again", unended: true, variants: []lptest.Variant{lptest.VariantAcceptLast}, err: chatagent.ErrNoIncoming},
		{name: "nothing, the visitor has left, the last one again", left: true, variants: []lptest.Variant{lptest.VariantAcceptLast}, err: chatagent.ErrNoIncoming},
		{name: "nothing, the list fails", faults: []lptest.Fault{empty, noList}, err: chatagent.ErrUnconfirmed},
		{name: "rings", rings: true},
		{name: "rings, without a place", rings: true, faults: []lptest.Fault{noPlace}},
		{name: "rings, without a place, others have chats", rings: true, others: true, unended: true, ended: true, faults: []lptest.Fault{noPlace}, variants: []lptest.Variant{lptest.VariantEndedSessions}},
		{name: "rings, empty", rings: true, others: true, faults: []lptest.Fault{empty}},
		{name: "rings, a place without a link", rings: true, others: true, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultNoLink}}},
		{name: "rings, a foreign place", rings: true, others: true, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultForeign}}},
		{name: "rings, nonsense", rings: true, others: true, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultStatus, Status: 200, Body: `[1,2`, After: true, Times: 1}}},
		{name: "rings, null", rings: true, others: true, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultStatus, Status: 201, Body: `null`, After: true, Times: 1}}},
		{name: "rings, lost", rings: true, others: true, ended: true, variants: []lptest.Variant{lptest.VariantEndedSessions}, faults: []lptest.Fault{lost}},
		{name: "rings, cut", rings: true, others: true, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultCut, Times: 1}}},
		{name: "rings, refused once", rings: true, others: true, faults: []lptest.Fault{refused}, err: chatagent.ErrUnconfirmed},
		{name: "rings, 503 although made", rings: true, others: true, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultStatus, Status: 503, After: true, Times: 1}}},
		{name: "rings, late", rings: true, others: true, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultLate, Times: 1}}},
		{name: "rings, very late", rings: true, others: true, faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultLate, Delay: 12 * time.Second, Times: 1}}},
		{name: "rings, empty, the list fails", rings: true, faults: []lptest.Fault{empty, noList}, err: chatagent.ErrUnconfirmed},
		{name: "rings, lost, the list fails", rings: true, faults: []lptest.Fault{lost, noList}, err: chatagent.ErrUnconfirmed},
		{name: "rings, lost, the list hangs", rings: true, faults: []lptest.Fault{lost, {Op: lptest.OpChatSessions, Kind: lptest.FaultHang}}, err: chatagent.ErrUnconfirmed},
		{name: "rings, empty, the list fails four times", rings: true, faults: []lptest.Fault{empty, {Op: lptest.OpChatSessions, Status: 503, Nth: 2, Times: 4}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				agent, bot := f.agents[0], f.srv.Agents()[0]
				come := func() *lptest.Visit { return f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"}) }
				if c.others {
					come()
					require.NotEmpty(t, f.srv.AcceptAs(bot))
				}
				if c.ended {
					come()
					chat, err := agent.Accept(t.Context())
					require.NoError(t, err)
					require.NoError(t, chat.End(t.Context()))
				}
				if c.unended {
					come()
					chat, err := agent.Accept(t.Context())
					require.NoError(t, err)
					f.srv.AddFault(lptest.Fault{Op: lptest.OpEnd, Status: 400})
					require.Error(t, chat.End(t.Context()))
				}
				if c.left {
					v := come()
					_, err := agent.Accept(t.Context())
					require.NoError(t, err)
					v.Leave()
				}
				if c.others {
					come()
					require.NotEmpty(t, f.srv.AcceptAs(bot)) // the last one
				}
				keepAlive(t, f)
				var v *lptest.Visit
				if c.rings {
					v = come()
				}
				for _, fault := range c.faults {
					f.srv.AddFault(fault)
				}
				chat, err := agent.Accept(t.Context())
				if c.err != nil {
					require.ErrorIs(t, err, c.err)
					assert.Nil(t, chat)
				} else {
					require.NoError(t, err)
					assert.Equal(t, v.ChatID(), string(chat.ID()))
				}

				// Whatever it said: nothing that is the agent's is lost to Serve.
				f.srv.ClearFaults()
				var l lives
				stop := serving(t, f, l.thinking(func(int, string) {}), chatagent.WithGrace(0))
				time.Sleep(time.Minute) // also if it rang for too long
				if v != nil {
					assert.Equal(t, "chatting", v.Chat().State())
				}
				here := f.srv.ChatsOf(bot)
				var ids []string
				for _, one := range l.all() {
					ids = append(ids, string(one.chat.ID()))
				}
				for _, ch := range here {
					if chat != nil && ch.ID() == string(chat.ID()) {
						continue // in hand
					}
					if known, err := agent.Chat(t.Context(), chatagent.ChatID(ch.ID())); err == nil && !slices.Contains(ids, ch.ID()) {
						assert.True(t, c.unended, "%v is nobody's", known)
					}
				}
				assert.ErrorIs(t, stop(), context.Canceled)
			}, lptest.WithVariants(c.variants...))
		})
	}
}

// keepAlive asks for the chats there are now and then, as whoever has them would.
func keepAlive(t *testing.T, f *fleet) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() {
		for ctx.Err() == nil {
			for _, c := range f.srv.ChatsOf(f.srv.Agents()[0]) {
				f.srv.SayAs(f.srv.Agents()[0], c.ID(), "still here")
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Second):
			}
		}
	}()
}

// Under Serve an accept of which nothing is known is looked for until it is:
// with lists that fail for long, with answers that come late.
func TestAcceptsInDoubtUnderServe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		faults []lptest.Fault
		opts   []lptest.Option
	}{
		{name: "empty, the list fails four times", faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultEmpty, Times: 1}, {Op: lptest.OpChatSessions, Status: 500, Nth: 2, Times: 4}}},
		{name: "reset, the list fails four times", faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultResetAfter, Times: 1}, {Op: lptest.OpChatSessions, Status: 503, Nth: 2, Times: 4}}},
		{name: "hangs, made", faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultHang, After: true, Times: 1}}},
		{name: "hangs, made 20 s later", faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultHang, After: true, Delay: 9 * time.Second, Times: 1}}},
		{name: "gateway, made 18 s later", faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultLate, Delay: 18 * time.Second, Nth: 1, Times: 8}}},
		{name: "no place, ended ones are listed", faults: []lptest.Fault{noPlace}, opts: []lptest.Option{lptest.WithVariants(lptest.VariantEndedSessions)}},
		{name: "no place, the last one again", faults: []lptest.Fault{noPlace}, opts: []lptest.Option{lptest.WithRingingLag(5 * time.Second), lptest.WithVariants(lptest.VariantAcceptLast)}},
		{name: "nonsense", faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultStatus, Status: 201, Body: "<html>", After: true, Times: 1}}},
		{name: "foreign", faults: []lptest.Fault{{Op: lptest.OpAccept, Kind: lptest.FaultForeign}}},
		{name: "cannot be read for 20 s", faults: []lptest.Fault{{Op: lptest.OpChat, Status: 503, End: 20 * time.Second}}},
		{name: "reading hangs", faults: []lptest.Fault{{Op: lptest.OpChat, Kind: lptest.FaultHang, Times: 2}}},
	} {
		for _, adopt := range []bool{true, false} {
			t.Run(fmt.Sprint(c.name, ", adopting ", adopt), func(t *testing.T) {
				t.Parallel()
				world(t, 1, func(t *testing.T, f *fleet) {
					opts := []chatagent.Option{}
					if !adopt {
						opts = append(opts, chatagent.WithoutAdopting())
					}
					var l lives
					stop := serving(t, f, l.thinking(func(int, string) {}), opts...)
					over := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
					time.Sleep(5 * time.Second)
					over.Leave()
					time.Sleep(5 * time.Second)
					for _, fault := range c.faults {
						f.srv.AddFault(fault)
					}
					v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
					ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
					defer cancel()
					line, err := v.WaitLine(ctx, 1)
					require.NoError(t, err)
					assert.Equal(t, "re: hello", line.Text)
					time.Sleep(2 * time.Minute)
					assert.Equal(t, "chatting", v.Chat().State())
					v.Leave()
					time.Sleep(5 * time.Second)
					assert.ErrorIs(t, stop(), context.Canceled)
					assert.Equal(t, []string{"re: hello"}, agentLines(v.Chat()))
					assert.Len(t, l.all(), 2)
				}, c.opts...)
			})
		}
	}
}

// The service may have accepted, or not, for minutes: what rings after that does not
// wait for long.
func TestAcceptsInDoubtForLong(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		fault := f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultReset})
		for range 10 {
			v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
			time.Sleep(18 * time.Second)
			v.Leave()
			time.Sleep(2 * time.Second)
		}
		assert.Greater(t, fault.Hits(), 10)
		fault.Remove()
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		time.Sleep(18 * time.Second)
		assert.Equal(t, []string{"You said: hello"}, agentLines(v.Chat()))
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
