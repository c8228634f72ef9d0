package lptest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// What a watcher of an agent's chats asks for.
func TestChatTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := newStage(t)
		defer s.srv.Close()
		second := s.srv.Visitor(ada())
		chat, other := s.visit.Chat(), second.Chat()
		times := func(c *lptest.Chat) []int {
			out := []int{-1, -1}
			for i, at := range []time.Time{c.Since(), c.LastRequest()} {
				if !at.IsZero() {
					out[i] = int(at.Sub(begin) / time.Second)
				}
			}
			return out
		}
		running := func(place int) (out []string) {
			for _, c := range s.srv.ChatsOf(s.srv.Agents()[place]) {
				out = append(out, c.ID())
			}
			return out
		}
		require.Equal(t, []int{0, 0}, times(chat))
		require.Equal(t, []int{-1, -1}, times(other))
		require.Equal(t, []string{chat.ID()}, running(0))
		pass(5 * time.Second)
		s.accept()
		require.Equal(t, []int{5, 5}, times(other))
		require.Equal(t, []string{chat.ID(), other.ID()}, running(0))
		pass(time.Second)
		s.call("GET", "/chat?chatSessionKeys="+chat.ID(), "")
		require.Equal(t, []int{0, 6}, times(chat))
		require.Equal(t, []int{5, 5}, times(other))
		pass(time.Second)
		s.say()
		s.call("GET", "/chat/"+other.ID()+"/info", "")
		s.visit.Say("No request")
		b := bob(t, s.srv)
		b.call("GET", "/chat/"+chat.ID(), "").refused(403, "10", "The chat is not with this agent")
		s.srv.AddFault(lptest.Fault{Status: 503, Times: 1})
		pass(time.Second)
		require.Equal(t, 503, s.call("GET", s.url, "").status)
		require.Equal(t, []int{0, 7}, times(chat))
		require.Equal(t, []int{5, 7}, times(other))

		s.call("POST", s.url+"/transfer", `{"transfer":{"agent":{"id":3705342611}}}`)
		require.Equal(t, []int{-1, 8}, times(chat))
		require.Equal(t, []string{other.ID()}, running(0))
		require.Empty(t, running(1))
		pass(time.Second)
		b.accept()
		require.Equal(t, []int{9, 9}, times(chat))
		require.Equal(t, []string{chat.ID()}, running(1))
		s.visit.Leave()
		pass(time.Second)
		require.Equal(t, 200, b.call("GET", "/chat/"+chat.ID(), "").status)
		require.Equal(t, []int{9, 9}, times(chat))
		require.Empty(t, running(1))
		require.Panics(t, func() { s.srv.ChatsOf(lptest.Agent{LoginName: "nobody"}) })
	})
}
