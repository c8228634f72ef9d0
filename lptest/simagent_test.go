package lptest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// People, second sessions and requeueing through the control API.
func TestControlAgents(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	sim := func(path, body string, status int, want string) {
		t.Helper()
		r := s.send("POST", "/_sim/"+path, body)
		require.Equal(t, status, r.status, r.body)
		require.Equal(t, want+"\n", r.body)
	}
	id, chat := s.visit.ChatID(), s.visit.Chat()
	inChat := `{"chat":"` + id + `"}`
	const online = `{"availability":"Online"}`
	sim("agents/ann@brand/accept", "", 409, `{"error":"nothing rings"}`)
	sim("chats/"+id+"/requeue", "", 200, `{"chatId":"`+id+`","visitor":"Ada","skill":"Sales","state":"waiting","agent":""}`)
	sim("agents/ann@brand/accept", "{}", 200, `{"chatId":"`+id+`"}`)
	sim("agents/ann%40brand/lines", `{"chat":"`+id+`","text":"It is the other me"}`, 201, `{"id":8}`)
	require.Equal(t, 1, s.said())
	sim("agents/bob@brand/lines", `{"chat":"`+id+`","text":"x"}`, 409, `{"error":"the chat is not with bob@brand"}`)

	sim("agents/bob@brand/online", "", 200, `{"availability":"Offline"}`)
	sim("agents/bob@brand/signout", "", 200, `{"availability":"Offline"}`)
	sim("agents/bob@brand/person", `{"acceptAll":true}`, 200, online)
	r := s.call("POST", s.url+"/transfer", `{"transfer":{"skill":{"id":26060413}}}`)
	require.Equal(t, 200, r.status, r.body)
	require.Equal(t, "bob@brand", chat.Agent())
	sim("agents/bob@brand/transfer", `{"chat":"`+id+`","skill":"Sales","text":"Back to you"}`, 200, online)
	require.Equal(t, []string{"ann@brand", "Sales"}, []string{chat.Ringing(), chat.Skill()})
	sim("agents/bob@brand/transfer", inChat, 409, `{"error":"lptest: the chat \"`+id+`\" is not with bob@brand"}`)
	s.accept()
	sim("agents/ann@brand/transfer", `{"chat":"`+id+`","agent":"bob@brand"}`, 200, online)
	require.Equal(t, "bob@brand", chat.Agent())
	sim("agents/bob@brand/away", "", 200, `{"availability":"Away"}`)
	sim("agents/bob@brand/online", "", 200, online)
	sim("agents/bob@brand/end", inChat, 200, online)
	require.Equal(t, "ended", chat.State())
	sim("agents/bob@brand/signout", "", 200, `{"availability":"Offline"}`)

	sim("agents/nobody/accept", "", 404, `{"error":"there is no agent nobody"}`)
	sim("agents/bob@brand/dance", "", 404, `{"error":"there is no dance of an agent"}`)
	require.Equal(t, 400, s.send("POST", "/_sim/agents/bob@brand/person", `{"acceptall":1,"x":2}`).status)
	require.Equal(t, 404, s.send("GET", "/_sim/agents/bob@brand/person", "").status)
	require.Zero(t, s.srv.Count(lptest.OpSim))
}
