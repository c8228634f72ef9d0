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

// While a process is down, one visitor says goodbye, another is transferred
// away, and a third goes on: the next process handles what was not handled,
// and leaves out what is gone.
func TestResumeAfterChatsHaveMovedOn(t *testing.T) {
	t.Parallel()
	world(t, 2, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo, chatagent.WithLeaveChats())
		var visits []*lptest.Visit
		for _, name := range []string{"leaves", "moves", "stays"} {
			v := f.srv.Visitor(lptest.Visitor{Name: name, Skill: "skill of bot0", FirstLine: "one"})
			_, err := v.WaitLine(t.Context(), 1)
			require.NoError(t, err)
			visits = append(visits, v)
		}
		assert.ErrorIs(t, stop(), context.Canceled)
		snap := f.agents[0].Snapshot()
		assert.Equal(t, "snapshot of an agent session with 3 chats", snap.String())

		visits[0].Say("bye")
		visits[0].Leave()
		for _, a := range f.srv.Agents() {
			if a.LoginName == "bot1" { // a colleague moves the chat
				chat, err := f.agents[0].Chat(t.Context(), chatagent.ChatID(visits[1].ChatID()))
				require.NoError(t, err)
				require.NoError(t, chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: a.ID}, ""))
				_, err = f.agents[1].Accept(t.Context())
				require.NoError(t, err)
			}
		}
		visits[2].Say("two")
		time.Sleep(10 * time.Second)

		agent, err := chatagent.Resume(t.Context(), f.agents[0].Login(), snap)
		require.NoError(t, err)
		assert.Equal(t, f.agents[0].ID(), agent.ID(), "the same agent session")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		handled := map[string][]string{}
		got := make(chan [2]string, 10)
		err = agent.Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
			for line, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
				got <- [2]string{chat.Visitor(), line.Text}
			}
			return nil
		}), chatagent.WithGrace(0))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		close(got)
		for g := range got {
			handled[g[0]] = append(handled[g[0]], g[1])
		}
		assert.Equal(t, map[string][]string{"leaves": {"bye"}, "stays": {"two"}}, handled)
		assert.Equal(t, "ended", visits[2].Chat().State(), "ended at the stop")
		assert.Equal(t, "snapshot of an agent session with 0 chats", agent.Snapshot().String())
		assert.Equal(t, "empty snapshot", chatagent.Snapshot{}.String())
	})
}

func TestServingTwiceWithChatsLeftOpen(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo, chatagent.WithLeaveChats())
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		assert.ErrorIs(t, stop(), context.Canceled)
		v.Say("two")
		stop = serving(t, f, echo)
		line, err := v.WaitLine(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: two", line.Text)
		v.Leave()
		time.Sleep(5 * time.Second)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// A chat that comes back by transfer: what was answered before is not answered
// again, what was not is.
func TestTransferredChatsAreNotAnsweredAgain(t *testing.T) {
	t.Parallel()
	world(t, 2, func(t *testing.T, f *fleet) {
		ids := map[string]int64{}
		for _, a := range f.srv.Agents() {
			ids[a.LoginName] = a.ID
		}
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot1", FirstLine: "one"})
		human, err := f.agents[1].Accept(t.Context())
		require.NoError(t, err)
		_, err = human.Send(t.Context(), chatagent.Text("Hello, I am Hannah."))
		require.NoError(t, err)
		v.Say("two")
		_, err = human.Send(t.Context(), chatagent.Whisper(chatagent.Text("nobody has answered two")))
		require.NoError(t, err)
		require.NoError(t, human.Transfer(t.Context(), chatagent.TransferTarget{AgentID: ids["bot0"]}, "please take over"))

		stop := serving(t, f, echo)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		for n, text := range []string{"You said: two", "You said: three"} {
			line, err := v.WaitLine(ctx, n+2) // visitors see no whispers
			require.NoError(t, err)
			assert.Equal(t, text, line.Text)
			if n == 0 {
				v.Say("three")
			}
		}
		v.Leave()
		time.Sleep(5 * time.Second)
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, []string{"Hello, I am Hannah.", "nobody has answered two", "please take over", "You said: two", "You said: three"}, agentLines(v.Chat()))
	})
}
