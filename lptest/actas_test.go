package lptest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Another session of the user accepts a chat that the client under test has
// only seen ringing.
func TestAcceptAs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		defer srv.Close()
		annie := srv.Agents()[0]
		w := ann(t, srv)
		require.Empty(t, srv.AcceptAs(annie))
		visit, other := srv.Visitor(ada()), srv.Visitor(ada())
		require.Equal(t, "2", w.call("GET", "/incomingRequests", "").text("incomingRequests", "ringingCount"))
		require.Equal(t, visit.ChatID(), srv.AcceptAs(annie))
		require.Equal(t, []string{"chatting", "ann@brand"}, []string{visit.Chat().State(), visit.Chat().Agent()})
		require.Equal(t, 3, lastMessage(visit.Chat()))
		require.Contains(t, w.accept(), other.ChatID())
		r := w.call("GET", "/chatSessions", "")
		require.Equal(t, visit.ChatID(), r.text("chatSessions", "chatSession", 0, "chatSessionKey"))
		require.Equal(t, other.ChatID(), r.text("chatSessions", "chatSession", 1, "chatSessionKey"))
		require.Equal(t, 200, w.call("GET", "/chat/"+visit.ChatID(), "").status, "the chat is the agent's")

		pass(30 * time.Second)
		w.call("GET", "/chat/"+other.ChatID(), "")
		id := srv.SayAs(annie, visit.ChatID(), "It is the other me")
		require.Equal(t, lptest.Line{
			ID: id, Time: time.Now(), Source: "agent", By: "Ann", Text: "It is the other me", TextType: "plain", SubType: "REGULAR", AgentID: annie.ID,
		}, visit.Chat().Lines()[len(visit.Chat().Lines())-1])
		require.Equal(t, -1, srv.SayAs(annie, "x", "Hello"))
		require.Equal(t, -1, srv.SayAs(srv.Agents()[1], visit.ChatID(), "Hello"))
		pass(39 * time.Second)
		require.Equal(t, "chatting", visit.Chat().State())
		pass(time.Second)
		require.Equal(t, "ended", visit.Chat().State(), "40 s after the last request, the line")
		require.Equal(t, -1, srv.SayAs(annie, visit.ChatID(), "Too late"))
		require.Panics(t, func() { srv.AcceptAs(lptest.Agent{LoginName: "nobody"}) })
	})
}
