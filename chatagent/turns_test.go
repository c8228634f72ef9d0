package chatagent_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// What waits behind a line that is being sent ends with its time, or with the
// chat.
func TestWaitingBehindALine(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Latency: 20 * time.Second})
		f.visitors("hello")
		f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
			var wg sync.WaitGroup
			wg.Go(func() {
				_, err := chat.Send(ctx, chatagent.Text("slow"))
				assert.Error(t, err, "the server takes it up too late")
			})
			synctest.Wait()
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			assert.ErrorIs(t, chat.End(short), context.DeadlineExceeded)
			assert.ErrorIs(t, chat.Transfer(short, chatagent.TransferTarget{AgentID: "7"}, ""), context.DeadlineExceeded)
			wg.Go(func() { assert.NoError(t, chat.End(ctx), "it has ended meanwhile") })
			wg.Go(func() {
				_, err := chat.Send(ctx, chatagent.Text("too late"))
				assert.ErrorIs(t, err, chatagent.ErrChatEnded)
			})
			wg.Go(func() {
				err := chat.Transfer(ctx, chatagent.TransferTarget{AgentID: "7"}, "")
				assert.ErrorIs(t, err, chatagent.ErrChatEnded)
			})
			synctest.Wait()
			f.visits[0].Leave()
			wg.Wait()
			return nil
		})
		assert.Empty(t, agentLines(f.visits[0].Chat()))
		assert.Zero(t, f.srv.Count(lptest.OpEnd)+f.srv.Count(lptest.OpTransfer))
	})
}

// Structured content is found among the events by its kind: its text may come
// back in another form.
func TestStructuredContentWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Nth: 1, Kind: lptest.FaultResetAfter})
		f.visitors("hello")
		f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
			_, err := chat.Send(ctx, chatagent.Structured([]byte(`{"type":"vertical","elements":[{"type":"text","text":"hi"}]}`)))
			assert.NoError(t, err)
			return nil
		})
		assert.Equal(t, 1, f.srv.Count(lptest.OpSend))
		assert.Len(t, agentLines(f.visits[0].Chat()), 1)
	})
}

// A chat that cannot be handed over is ended.
func TestHandOverThatFails(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpTransfer, Status: 400})
		var failed error
		stop := serving(t, f, func(context.Context, *chatagent.Chat) error { panic(errors.New("boom")) },
			chatagent.WithHandOver(chatagent.TransferTarget{AgentID: "7"}, "please help"),
			chatagent.WithOnError(func(_ *chatagent.Chat, err error) { failed = err }))
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		time.Sleep(time.Minute)
		assert.Equal(t, "ended", v.Chat().State())
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.EqualError(t, failed, "chat handler panicked: boom")
	})
}

// An agent who never set an availability gets none with a new agent session.
func TestResumeKeepsTheAvailabilityThatNobodySet(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		snap := snapshot(t, agent)
		srv.DropSessions(srv.Agents()[0])
		_, err := chatagent.Resume(t.Context(), agent.Login(), snap)
		require.NoError(t, err)
		assert.Equal(t, 2, srv.CountStatus(lptest.OpSessionStart, 201))
		assert.Zero(t, srv.Count(lptest.OpSetAvailability))
	})
}

// The agent session was lost while nobody ran: the next process gets a new one
// and takes the chats over that are still there; the others are lost.
func TestResumeOfALostAgentSession(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo, chatagent.WithLeaveChats())
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		gone := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		for _, v := range []*lptest.Visit{v, gone} {
			_, err := v.WaitLine(t.Context(), 1)
			require.NoError(t, err)
		}
		assert.ErrorIs(t, stop(), context.Canceled)
		snap := snapshot(t, f.agents[0])
		gone.Leave()
		v.Say("two")
		f.srv.DropSessions(f.srv.Agents()[0])
		agent, err := chatagent.Resume(t.Context(), f.agents[0].Login(), snap)
		require.NoError(t, err)
		assert.NotEqual(t, f.agents[0].ID(), agent.ID())
		assert.Equal(t, "Online", f.srv.Availability(f.srv.Agents()[0]))
		f.agents[0] = agent
		stop = serving(t, f, echo)
		line, err := v.WaitLine(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: two", line.Text)
		v.Leave()
		time.Sleep(5 * time.Second)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
