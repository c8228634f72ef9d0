package chatagent_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Serve is told to leave its chats while it accepts one: it returns, that chat
// is left open too, and those that still ring are left ringing.
func TestLeavingWhileAChatIsBeingAccepted(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Latency: 4 * time.Second, After: true})
		first := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		second := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "two"})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		begun := time.Now()
		err := f.agents[0].Serve(ctx, chatagent.HandlerFunc(func(context.Context, *chatagent.Chat) error {
			t.Error("no handler is started while Serve stops")
			return nil
		}), chatagent.WithLeaveChats())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Less(t, time.Since(begun), 10*time.Second)
		assert.Equal(t, 1, f.srv.Count(lptest.OpAccept))
		assert.Equal(t, "chatting", first.Chat().State())
		assert.Equal(t, "waiting", second.Chat().State())
		f.srv.ClearFaults()

		stop := serving(t, f, echo)
		for _, v := range []*lptest.Visit{first, second} {
			line, err := v.WaitLine(t.Context(), 1)
			require.NoError(t, err)
			assert.Contains(t, []string{"You said: one", "You said: two"}, line.Text)
			v.Leave()
		}
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// The same with a chat that comes by transfer, and a new process: what was
// answered before is not answered after the restart.
func TestResumingAChatThatCameByTransfer(t *testing.T) {
	t.Parallel()
	world(t, 2, func(t *testing.T, f *fleet) {
		former, agent := f.agents[1], f.agents[0]
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot1", FirstLine: "one"})
		chat, err := former.Accept(t.Context())
		require.NoError(t, err)
		_, err = chat.Send(t.Context(), chatagent.Text("answered by the former agent"))
		require.NoError(t, err)
		v.Say("two")
		f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Latency: 4 * time.Second, After: true})
		require.NoError(t, chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: f.id(t, 0)}, ""))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		require.ErrorIs(t, agent.Serve(ctx, chatagent.HandlerFunc(echo), chatagent.WithLeaveChats()), context.DeadlineExceeded)

		doc, err := snapshot(t, agent).Reveal()
		require.NoError(t, err)
		assert.Regexp(t, `"from":0,"answered":5}`, string(doc))
		var snap chatagent.Snapshot
		require.NoError(t, json.Unmarshal(doc, &snap))
		f.agents[0], err = chatagent.Resume(t.Context(), agent.Login(), snap)
		require.NoError(t, err)
		stop := serving(t, f, echo)
		line, err := v.WaitLine(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: two", line.Text)
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, []string{"answered by the former agent", "You said: two"}, agentLines(v.Chat()))
	})
}
