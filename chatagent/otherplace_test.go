package chatagent_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// elsewhere is a server whose chats are at another place than the pages say.
type elsewhere struct{ http.RoundTripper }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if strings.Contains(r.URL.Path, "/chat/H") {
		return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	r.URL.Path = strings.Replace(r.URL.Path, "/talk/H", "/chat/H", 1)
	answer, err := e.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	body = bytes.ReplaceAll(body, []byte("/chat/H"), []byte("/talk/H"))
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, err
}

// After the loss of an agent session the chats are where the server's links say.
func TestChatsAtAnotherPlaceAfterALoss(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		agent := f.again(t, 0, elsewhere{f.srv.Transport()})
		var l lives
		stop := serve(t, agent, l.thinking(func(int, string) {}))
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		time.Sleep(5 * time.Second)
		f.srv.DropSessions(f.srv.Agents()[0])
		time.Sleep(10 * time.Second)
		v.Say("still there?")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.Len(t, agentLines(v.Chat()), 1)
		assert.Len(t, l.all(), 1)
		v.Leave()
		_ = stop()
	})
}

// So they are for whoever opens a chat by its id, and for a process that resumes
// after the loss.
func TestChatsAtAnotherPlaceByHand(t *testing.T) {
	t.Parallel()
	for _, dropped := range []bool{false, true} {
		world(t, 1, func(t *testing.T, f *fleet) {
			agent := f.again(t, 0, elsewhere{f.srv.Transport()})
			stop := serve(t, agent, echo, chatagent.WithLeaveChats())
			v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
			time.Sleep(5 * time.Second)
			_ = stop()
			snap := snapshot(t, agent)
			if dropped {
				f.srv.DropSessions(f.srv.Agents()[0])
			}
			next, err := chatagent.Resume(t.Context(), agent.Login(), snap)
			require.NoError(t, err)
			assert.Equal(t, "snapshot of an agent session with 1 chats", snapshot(t, next).String())
			other, err := chatagent.Start(t.Context(), agent.Login())
			require.NoError(t, err)
			chat, err := other.Chat(t.Context(), chatagent.ChatID(v.ChatID()))
			require.NoError(t, err)
			info, err := chat.Info(t.Context())
			require.NoError(t, err)
			assert.Equal(t, chatagent.Chatting, info.State)
			stop = serve(t, next, echo)
			v.Say("two")
			time.Sleep(5 * time.Second)
			assert.Equal(t, []string{"You said: one", "You said: two"}, agentLines(v.Chat()))
			v.Leave()
			_ = stop()
		})
	}
}

// The list of the agent's chats says where one is, also if it names another key.
func TestChatAtAnotherPlaceUnderAnotherKey(t *testing.T) {
	t.Parallel()
	const place = as + "/talk/H217-b7d7K845"
	for _, key := range []string{"", "a-key", "H217-b7d7K845"} {
		w, agent := newTap(t)
		w.on("GET "+ch, "404 ")
		w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{"chatSession":[{"chatSessionKey":"H9","link":{"@href":"`+as+`/talk/H9"}},`+
			`{"chatSessionKey":"`+key+`","link":{"@href":"`+place+`"}}]}}`)
		w.on("GET "+place, opened)
		chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
		require.NoError(t, err, key)
		assert.Equal(t, chatagent.ChatID("H217-b7d7K845"), chat.ID())
	}
}
