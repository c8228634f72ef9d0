package chatagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// What a handler does while the agent session is lost waits for the new one: a chat
// is not ended for that.
func TestWritesWaitForTheNewAgentSession(t *testing.T) {
	t.Parallel()
	writes := map[string]func(ctx context.Context, t *testing.T, f *fleet, chat *chatagent.Chat) error{
		"send": func(ctx context.Context, _ *testing.T, _ *fleet, chat *chatagent.Chat) error {
			_, err := chat.Send(ctx, chatagent.Text("hello"))
			return err
		},
		"typing": func(ctx context.Context, _ *testing.T, _ *fleet, chat *chatagent.Chat) error {
			return chat.SetTyping(ctx, chatagent.IsTyping)
		},
		"transfer": func(ctx context.Context, t *testing.T, f *fleet, chat *chatagent.Chat) error {
			return chat.Transfer(ctx, chatagent.TransferTarget{AgentID: f.id(t, 1)}, "")
		},
		"end": func(ctx context.Context, _ *testing.T, _ *fleet, chat *chatagent.Chat) error { return chat.End(ctx) },
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 2, func(t *testing.T, f *fleet) {
				done := make(chan error, 1)
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					f.srv.DropSessions(f.srv.Agents()[0])
					f.srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Status: 503, Times: 1})
					err := write(ctx, t, f, chat)
					done <- err
					<-ctx.Done()
					return ctx.Err()
				})
				f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				require.NoError(t, <-done)
				time.Sleep(5 * time.Second)
				assert.Equal(t, 2, f.srv.CountStatus(lptest.OpSessionStart, 201)-1, "one new agent session")
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// By hand nobody starts another: the error says what to do.
func TestWritesByHandSayThatTheAgentSessionIsLost(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		srv.Visitor(lptest.Visitor{})
		chat, err := agent.Accept(t.Context())
		require.NoError(t, err)
		srv.DropSessions(srv.Agents()[0])
		began := time.Now()
		_, err = chat.Send(t.Context(), chatagent.Text("hello"))
		require.ErrorIs(t, err, chatagent.ErrSessionLost)
		assert.Zero(t, time.Since(began))
		assert.Equal(t, 1, srv.Count(lptest.OpSend), "nor is it made again")
	})
}

// While chats wait for a new agent session, a Domain API that hangs does not hold it
// up: the host of before will do.
func TestNewAgentSessionWhileTheDomainAPIHangs(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		time.Sleep(10 * time.Minute) // what was looked up is old
		f.srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Kind: lptest.FaultHang})
		f.srv.DropSessions(f.srv.Agents()[0])
		v.Say("two")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = v.WaitLine(ctx, 2)
		require.NoError(t, err)
		f.srv.ClearFaults()
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
