package chatagent_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A process goes on with the chats of another, and something else than what they need
// does not answer at first: Serve begins all the same, before they time out.
func TestResumeDoesNotKeepChatsWaiting(t *testing.T) {
	t.Parallel()
	const long = 50 * time.Second
	for name, c := range map[string]struct {
		lost   bool // the agent session
		faults []lptest.Fault
	}{
		"the availability hangs":                 {true, []lptest.Fault{{Op: lptest.OpSetAvailability, Kind: lptest.FaultHang, End: long}}},
		"the availability is refused for a time": {true, []lptest.Fault{{Op: lptest.OpSetAvailability, Status: 503, End: 12 * time.Second}}},
		"the Domain API fails":                   {false, []lptest.Fault{{Op: lptest.OpDomain, Status: 503, End: long}}},
		"the Domain API hangs":                   {false, []lptest.Fault{{Op: lptest.OpDomain, Kind: lptest.FaultHang, End: long}}},
		"no new agent session at first":          {true, []lptest.Fault{{Op: lptest.OpSessionStart, Status: 503, End: 28 * time.Second}}},
		"chats that hang":                        {false, []lptest.Fault{{Op: lptest.OpChat, Kind: lptest.FaultHang, End: long}}},
		"chats that hang, in a new one":          {true, []lptest.Fault{{Op: lptest.OpChat, Kind: lptest.FaultHang, End: long}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo, chatagent.WithLeaveChats())
				var visits []*lptest.Visit
				for range 5 {
					v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
					_, err := v.WaitLine(t.Context(), 1)
					require.NoError(t, err)
					visits = append(visits, v)
				}
				require.ErrorIs(t, stop(), context.Canceled)
				snap, saved := snapshot(t, f.agents[0]), f.agents[0].Login().Save()
				f.agents[0].Login().Close()
				if c.lost {
					f.srv.DropSessions(f.srv.Agents()[0])
				}
				for _, fault := range c.faults {
					f.srv.AddFault(fault)
				}
				for _, v := range visits {
					v.Say("two")
				}
				session, err := login.Restore(t.Context(), saved, login.Password("bot0", "secret of bot0"), login.WithHTTPClient(&http.Client{Transport: f.srv.Transport()}))
				require.NoError(t, err)
				t.Cleanup(session.Close)
				f.agents[0], err = chatagent.Resume(t.Context(), session, snap)
				require.NoError(t, err)
				stop = serving(t, f, echo)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				for _, v := range visits {
					assert.Equal(t, []string{"You said: one", "You said: two"}, agentLines(v.Chat()))
					v.Leave()
				}
				assert.Equal(t, "Online", f.srv.Availability(f.srv.Agents()[0]))
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// A service that is slow has 4 s for each answer.
func TestResumeFromASlowService(t *testing.T) {
	t.Parallel()
	for latency, found := range map[time.Duration]bool{3 * time.Second: true, 5 * time.Second: false} {
		world(t, 1, func(t *testing.T, f *fleet) {
			snap := snapshot(t, f.agents[0])
			f.srv.DropSessions(f.srv.Agents()[0])
			f.srv.AddFault(lptest.Fault{Latency: latency})
			agent, err := chatagent.Resume(t.Context(), f.agents[0].Login(), snap)
			require.NoError(t, err)
			assert.Equal(t, found, agent.ID() != f.agents[0].ID(), "there is a new agent session after %v", latency)
			f.srv.ClearFaults()
		})
	}
}

// A bot that runs anew after a crash asks for the chats of before, also while its
// availability cannot be set.
func TestRunDoesNotKeepChatsWaiting(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		before, err := login.Login(t.Context(), b.srv.Account(), b.creds, login.WithHTTPClient(b.srv.Client()))
		require.NoError(t, err)
		agent, err := chatagent.Start(t.Context(), before)
		require.NoError(t, err)
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		v := b.srv.Visitor(lptest.Visitor{FirstLine: "one"})
		_, err = agent.Accept(t.Context())
		require.NoError(t, err)
		before.Close() // as a crash does
		b.srv.AddFault(lptest.Fault{Op: lptest.OpSetAvailability, Kind: lptest.FaultHang, End: 50 * time.Second})
		stop := b.run(t, echo)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"You said: one"}, agentLines(v.Chat()))
		time.Sleep(5 * time.Minute)
		assert.Equal(t, "Online", b.srv.Availability(b.user))
		v.Leave()
		require.NoError(t, stop())
	})
}
