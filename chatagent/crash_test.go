package chatagent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// mortal is a transport that reaches nobody any more once it is dead, as if the
// process that has it were killed.
type mortal struct {
	http.RoundTripper
	dead atomic.Bool
}

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.dead.Load() {
		return nil, errors.New("killed")
	}
	resp, err := m.RoundTripper.RoundTrip(r)
	if m.dead.Load() {
		if err == nil {
			_ = resp.Body.Close()
		}
		return nil, errors.New("killed")
	}
	return resp, err
}

// again logs an agent of the fleet in once more, as another process would, and
// starts an agent session.
func (f *fleet) again(t *testing.T, n int, via http.RoundTripper) *chatagent.Agent {
	t.Helper()
	name := fmt.Sprintf("bot%d", n)
	session, err := login.Login(t.Context(), f.srv.Account(), login.Password(name, "secret of "+name), login.WithHTTPClient(&http.Client{Transport: via}))
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := session.Logout(context.WithoutCancel(t.Context())); err != nil {
			t.Logf("logout: %v", err)
		}
	})
	agent, err := chatagent.Start(t.Context(), session)
	require.NoError(t, err)
	require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
	return agent
}

// A process is killed, and the next one of the same user goes on with its chats:
// each line is answered, and answered once.
func TestTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		after  time.Duration // from the last line to the crash
		down   time.Duration // until the next process begins
		faults []lptest.Fault
		opts   []lptest.Option
	}{
		{name: "at once", down: 0},
		{name: "before a line is seen", down: 5 * time.Second},
		{name: "while it thinks", after: 4 * time.Second, down: 10 * time.Second},
		{name: "when all is answered", after: 20 * time.Second, down: 20 * time.Second},
		{name: "for long", after: 4 * time.Second, down: 36 * time.Second},
		{name: "ended chats are listed", after: 4 * time.Second, down: 10 * time.Second, opts: []lptest.Option{lptest.WithVariants(lptest.VariantEndedSessions)}},
		{name: "many active logins", after: 4 * time.Second, down: 10 * time.Second, opts: []lptest.Option{lptest.WithManyLogins()}},
		{name: "the list fails at first", after: 4 * time.Second, down: 10 * time.Second, faults: []lptest.Fault{{Op: lptest.OpChatSessions, Status: 500, Times: 3}}},
		{name: "the list hangs at first", after: 4 * time.Second, down: 10 * time.Second, faults: []lptest.Fault{{Op: lptest.OpChatSessions, Kind: lptest.FaultHang, Times: 1}}},
		{name: "the list hangs twice, and it is late", after: 4 * time.Second, down: 22 * time.Second, faults: []lptest.Fault{{Op: lptest.OpChatSessions, Kind: lptest.FaultHang, Times: 2}}},
		{name: "chats hang when they are read, and it is late", after: 4 * time.Second, down: 27 * time.Second, faults: []lptest.Fault{{Op: lptest.OpChat, Kind: lptest.FaultHang, Times: 4}}},
		{name: "the list is empty at first", after: 4 * time.Second, down: 5 * time.Second, faults: []lptest.Fault{{Op: lptest.OpChatSessions, Kind: lptest.FaultEmpty, Times: 1}}},
		{name: "chats cannot be read at first", after: 4 * time.Second, down: 10 * time.Second, faults: []lptest.Fault{{Op: lptest.OpChat, Status: 503, Times: 5}}},
		{name: "one chat cannot be read for long", after: 4 * time.Second, down: 5 * time.Second, faults: []lptest.Fault{{Op: lptest.OpChat, Chat: "1", Status: 500, End: 25 * time.Second}}},
		{name: "events in pages", after: 4 * time.Second, down: 10 * time.Second, opts: []lptest.Option{lptest.WithPageSize(2)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				think := func(int, string) { time.Sleep(5 * time.Second) }
				var before, now lives
				via := &mortal{RoundTripper: f.srv.Transport()}
				first := f.again(t, 0, via)
				stop := serve(t, first, before.thinking(think), chatagent.WithGrace(0))
				over := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
				require.NoError(t, over.WaitAccepted(t.Context()))
				over.Leave()
				var visits []*lptest.Visit
				for range 3 {
					visits = append(visits, f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"}))
				}
				visits = append(visits, f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})) // says nothing
				for _, v := range visits[:3] {
					_, err := v.WaitLine(t.Context(), 1)
					require.NoError(t, err)
				}
				for _, v := range visits[:2] {
					v.Say("two")
				}
				time.Sleep(c.after)
				via.dead.Store(true)
				time.Sleep(c.down)
				for _, fault := range c.faults {
					if fault.Chat != "" {
						fault.Chat = visits[1].ChatID()
					}
					f.srv.AddFault(fault)
				}
				second := f.again(t, 0, f.srv.Transport())
				stopSecond := serve(t, second, now.thinking(think), chatagent.WithGrace(0))
				time.Sleep(45 * time.Second)
				for i, v := range visits {
					assert.Equal(t, "chatting", v.Chat().State(), "chat %d", i)
					assert.Less(t, time.Since(v.Chat().LastRequest()), 5*time.Second)
				}
				for _, v := range visits[1:] {
					v.Say("three")
				}
				time.Sleep(10 * time.Second)
				assert.Equal(t, []string{"re: one", "re: two"}, agentLines(visits[0].Chat()))
				assert.Equal(t, []string{"re: one", "re: two", "re: three"}, agentLines(visits[1].Chat()))
				assert.Equal(t, []string{"re: one", "re: three"}, agentLines(visits[2].Chat()))
				assert.Equal(t, []string{"re: three"}, agentLines(visits[3].Chat()))
				assert.Len(t, now.all(), 4, "one life each, and none of the chat that is over")
				assert.Less(t, f.srv.Count(lptest.OpChatSessions), 15)
				for _, v := range visits {
					v.Leave()
				}
				time.Sleep(10 * time.Second)
				assert.ErrorIs(t, stopSecond(), context.Canceled)
				_ = stop()
			}, c.opts...)
		})
	}
}

// An accept is under way when the process is killed: the chat is the user's, and
// nobody knows it.
func TestTheProcessIsKilledWhileItAccepts(t *testing.T) {
	t.Parallel()
	for _, down := range []time.Duration{0, 2 * time.Second, 30 * time.Second} {
		t.Run(down.String(), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				via := &mortal{RoundTripper: f.srv.Transport()}
				stop := serve(t, f.again(t, 0, via), echo, chatagent.WithGrace(0))
				f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultLatency, Latency: 3 * time.Second, After: true, Times: 1})
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				require.NoError(t, v.WaitAccepted(t.Context()))
				via.dead.Store(true)
				time.Sleep(down)
				stopSecond := serve(t, f.again(t, 0, f.srv.Transport()), echo)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				line, err := v.WaitLine(ctx, 1)
				require.NoError(t, err)
				assert.Equal(t, "You said: one", line.Text)
				v.Leave()
				assert.ErrorIs(t, stopSecond(), context.Canceled)
				_ = stop()
				assert.Len(t, agentLines(v.Chat()), 1)
			})
		})
	}
}

// Whoever watches sees the chats that were left behind, unless he does not want
// them; nor does Serve take them then, whenever it looks.
func TestChatsThatWereLeftBehind(t *testing.T) {
	t.Parallel()
	t.Run("watched", func(t *testing.T) {
		t.Parallel()
		world(t, 1, func(t *testing.T, f *fleet) {
			v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
			require.Equal(t, v.ChatID(), f.srv.AcceptAs(f.srv.Agents()[0]))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			opened := 0
			for u, err := range f.agents[0].Watch(ctx) {
				if err != nil {
					require.ErrorIs(t, err, context.DeadlineExceeded)
					break
				}
				if u, is := u.(chatagent.ChatOpened); is {
					assert.Equal(t, chatagent.Adopted, u.How)
					opened++
					assert.True(t, slices.ContainsFunc(u.History, func(e chatagent.Event) bool { return e.Text == "one" }))
				}
			}
			assert.Equal(t, 1, opened)
			assert.Equal(t, "chatting", v.Chat().State())
		})
	})
	for name, serves := range map[string]func(t *testing.T, f *fleet) (stop func() error){
		"not taken by Serve": func(t *testing.T, f *fleet) func() error { return serving(t, f, echo, chatagent.WithoutAdopting()) },
		"not taken by Watch": func(t *testing.T, f *fleet) func() error {
			ctx, cancel := context.WithCancel(t.Context())
			t.Cleanup(cancel)
			done := make(chan error, 1)
			go func() {
				for u, err := range f.agents[0].Watch(ctx, chatagent.WithoutAdopting()) {
					if u, is := u.(chatagent.ChatOpened); is {
						t.Error("opened", u.Chat)
					}
					if err != nil {
						done <- err
					}
				}
			}()
			return func() error { cancel(); return <-done }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				bot := f.srv.Agents()[0]
				before := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				require.Equal(t, before.ChatID(), f.srv.AcceptAs(bot))
				stop := serves(t, f)
				time.Sleep(39 * time.Second)
				assert.Equal(t, "chatting", before.Chat().State())
				time.Sleep(2 * time.Second)
				assert.Equal(t, "ended", before.Chat().State(), "nobody asks for it")
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Empty(t, agentLines(before.Chat()))
			})
		})
	}
}
