package chatagent_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
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
		snap := snapshot(t, f.agents[0])
		assert.Equal(t, "snapshot of an agent session with 3 chats", snap.String())

		visits[0].Say("bye")
		visits[0].Leave()
		for _, a := range f.srv.Agents() {
			if a.LoginName == "bot1" { // a colleague moves the chat
				chat, err := f.agents[0].Chat(t.Context(), chatagent.ChatID(visits[1].ChatID()))
				require.NoError(t, err)
				require.NoError(t, chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: liveperson.UserIDOf(a.ID)}, ""))
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
		assert.Equal(t, "snapshot of an agent session with 0 chats", snapshot(t, agent).String())
		assert.Equal(t, "empty snapshot", chatagent.Snapshot{}.String())
	})
}

// Chats that are over when they are resumed are in the next snapshot as long as there is
// something in them that nobody has handled.
func TestSnapshotOfChatsThatAreOver(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo, chatagent.WithLeaveChats())
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		time.Sleep(5 * time.Second)
		require.ErrorIs(t, stop(), context.Canceled)
		v.Say("goodbye")
		v.Leave()
		agent, err := chatagent.Resume(t.Context(), f.agents[0].Login(), snapshot(t, f.agents[0]))
		require.NoError(t, err)
		assert.Equal(t, "snapshot of an agent session with 1 chats", snapshot(t, agent).String())
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
		require.NoError(t, human.Transfer(t.Context(), chatagent.TransferTarget{AgentID: liveperson.UserIDOf(ids["bot0"])}, "please take over"))

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

// A snapshot of which only the JSON without cookies was kept: the old agent
// session refuses, and a new one takes the chats over.
func TestResumeWithoutCookies(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo, chatagent.WithLeaveChats())
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		assert.ErrorIs(t, stop(), context.Canceled)
		doc, err := json.Marshal(snapshot(t, f.agents[0]))
		require.NoError(t, err)
		var snap chatagent.Snapshot
		require.NoError(t, json.Unmarshal(doc, &snap))
		v.Say("two")

		old := f.agents[0].ID()
		f.agents[0], err = chatagent.Resume(t.Context(), f.agents[0].Login(), snap)
		require.NoError(t, err)
		assert.NotEqual(t, old, f.agents[0].ID())
		assert.Equal(t, "Online", f.srv.Availability(f.srv.Agents()[0]))
		stop = serving(t, f, echo)
		line, err := v.WaitLine(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: two", line.Text)
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Len(t, agentLines(v.Chat()), 2)
	})
}

// However the old agent session refuses a snapshot without cookies.
func TestResumeWithoutCookiesThatIsRefused(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"400 {}", "403 {}", "404 {}", "409 {}", "410 {}", "412 {}"} {
		t.Run(refusal, func(t *testing.T) {
			t.Parallel()
			w, other := newTap(t)
			fresh := strings.Replace(as, "1027882276", "2", 1)
			moved := strings.Replace(ch, "1027882276", "2", 1)
			openChat(t, w, other)
			w.on("GET "+as+"/incomingRequests", refusal)
			w.on("POST https://va.agentvep.liveperson.net/api/account/12345678/agentSession", `201 {"agentSessionLocation":{"link":{"@href":"`+fresh+`"}}}`)
			w.on("GET "+fresh+"/chatSessions", `200 {"chatSessions":{"chatSession":{"chatId":"H217-b7d7K845","chatSessionKey":"H217-b7d7K845","link":{"@href":"`+moved+`","@rel":"chat"}}}}`)
			w.on("GET "+moved, `200 {"chat":{"events":{"event":{"@id":"0","@type":"state","state":"chatting"}},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845","visitorName":"Ada"}}}`)
			snap := func(cookies string) (s chatagent.Snapshot) {
				require.NoError(t, json.Unmarshal([]byte(`{"url":"`+as+`",`+cookies+`"chats":[{"id":"H217-b7d7K845","url":"`+ch+`","from":0}]}`), &s))
				return s
			}
			agent, err := chatagent.Resume(t.Context(), other.Login(), snap(""))
			require.NoError(t, err)
			assert.Equal(t, "2", agent.ID())
			chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
			require.NoError(t, err)
			assert.Equal(t, "Ada", chat.Visitor())
			_, err = chatagent.Resume(t.Context(), other.Login(), snap(`"cookies":[{"name":"LPAgent","value":"c00k1e"}],`))
			assert.Equal(t, refusal[:3] == "400" || refusal[:3] == "409" || refusal[:3] == "412", err != nil, "with cookies only what says that it is lost")
		})
	}
}
