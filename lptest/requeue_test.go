package lptest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// The service takes a chat from its agent and lets it ring again, here at the
// same agent.
func TestRequeue(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.call("PUT", s.url+"/info/agentTyping", `{"agentTyping":"typing"}`)
	s.visit.Requeue()
	chat := s.visit.Chat()
	require.Equal(t, []any{"waiting", "", "ann@brand"}, []any{chat.State(), chat.Agent(), chat.Ringing()})
	require.Equal(t, 23, lastMessage(chat))
	require.False(t, chat.AgentTyping())
	for _, path := range []string{"", "/events", "/info", "/transfer"} {
		s.call("GET", s.url+path, "").refused(403, "10", "The chat is not with this agent")
	}
	s.say().refused(403, "10", "The chat is not with this agent")
	s.answered(s.call("GET", "/chatSessions", ""), 200, `{"chatSessions":{"chatSession":[]}}`)
	s.visit.Requeue() // it waits already
	require.Len(t, chat.Events(), 6)
	require.Equal(t, "1", s.call("GET", "/incomingRequests", "").text("incomingRequests", "ringingCount"))

	require.Equal(t, s.url, s.accept())
	require.Equal(t, `[{"@id":"4","@type":"state","time":"TIME","state":"waiting"},`+
		`{"@id":"5","@type":"line","time":"TIME","textType":"plain","text":"Your chat was put back into the queue.","by":"info","source":"system","systemMessageId":23,"subType":"REGULAR"},`+
		`{"@id":"6","@type":"state","time":"TIME","state":"chatting"},`+
		`{"@id":"7","@type":"line","time":"TIME","textType":"plain","text":"You are now chatting with Ann.","by":"info","source":"system","systemMessageId":3,"subType":"REGULAR"}]`,
		list(s.call("GET", s.url+"/events?from=4", "")))
	s.visit.Leave()
	s.visit.Requeue()
	require.Equal(t, "ended", chat.State())
}

// It rings at a colleague who has less to do; without anybody it waits.
func TestRequeueElsewhere(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.Visitor(ada())
	s.accept()
	s.call("PUT", "/availability", `{"availability":{"chat":"Away"}}`)
	s.visit.Requeue()
	require.Equal(t, []string{"waiting", ""}, []string{s.visit.Chat().State(), s.visit.Chat().Ringing()})
	s.call("PUT", "/availability", `{"availability":{"chat":"Online"}}`)
	require.Equal(t, s.url, s.accept())
	b := bob(t, s.srv)
	s.visit.Requeue()
	require.Equal(t, "bob@brand", s.visit.Chat().Ringing(), "Ann has another chat")
	b.accept()
	s.call("GET", s.url, "").refused(403, "10", "The chat is not with this agent")
}

// A chat that was taken away while its agent says something: what he said is
// refused, and the chat's time runs anew with the next agent.
func TestRequeueMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.srv.Close()
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Latency: 5 * time.Second})
		said := make(chan reply)
		go func() { said <- s.say() }()
		synctest.Wait()
		s.visit.Requeue()
		require.Equal(t, 403, (<-said).status)
		require.Zero(t, s.said())
		pass(14 * time.Second)
		s.accept()
		pass(39 * time.Second)
		require.Equal(t, "chatting", s.visit.Chat().State())
		pass(time.Second)
		require.Equal(t, "ended", s.visit.Chat().State())
	})
}
