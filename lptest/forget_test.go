package lptest_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// An hour of one agent: a login, an agent session, a chat with a survey and
// new cookies for each round.
func TestForgetting(t *testing.T) {
	t.Parallel()
	held := func(t *testing.T, opts ...lptest.Option) (most []int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			srv := brand(t, opts...)
			srv.AddFault(lptest.Fault{Op: lptest.OpChat, Kind: lptest.FaultRotate, Probability: 0.999})
			var last *lptest.Visit
			for i := range 40 {
				conversation := fmt.Sprint("conversation ", i)
				srv.AddSurvey(lptest.Survey{Conversation: conversation, Skill: 1})
				w := ann(t, srv)
				last = srv.Visitor(lptest.Visitor{Skill: "Sales", Participant: &lptest.Participant{}})
				url := w.accept()
				for range 5 {
					require.Equal(t, 200, w.call("GET", url, "").status)
				}
				last.Leave()
				srv.SubmitAs(conversation, 1, "ann@brand")
				srv.RevokeBearers(srv.Agents()[0])
				srv.DropSessions(srv.Agents()[0])
				pass(90 * time.Second)
				most = append(most, lptest.Held(srv))
			}
			require.NotNil(t, srv.Chat(last.ChatID()), "what has just ended is there")
			require.Equal(t, "submitted", srv.Survey("conversation 39", 1).Status)
		})
		return most
	}
	most := held(t, lptest.WithForgetting(5*time.Minute))
	require.LessOrEqual(t, most[39], most[19], "flat: %v", most)
	require.Greater(t, most[9], most[0])
	kept := held(t)
	require.Greater(t, kept[39], kept[19]*3/2, "kept: %v", kept)
}

func TestForgottenChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, lptest.WithForgetting(10*time.Minute))
		w := ann(t, srv)
		gone := srv.Visitor(lptest.Visitor{Skill: "Sales"})
		url := w.accept()
		gone.Leave()
		running := srv.Visitor(lptest.Visitor{Skill: "Sales"})
		other := w.accept()
		for range 25 {
			pass(30 * time.Second)
			require.Equal(t, 200, w.call("GET", other, "").status)
		}
		fresh := srv.Visitor(lptest.Visitor{Skill: "Sales"})
		require.NotEqual(t, gone.ChatID(), fresh.ChatID())
		require.Len(t, srv.Chats(), 2)
		require.Nil(t, srv.Chat(gone.ChatID()))
		require.Equal(t, "ended", gone.Chat().State(), "who holds it may still look at it")
		require.Equal(t, 404, w.call("GET", url, "").status)
		require.Equal(t, "chatting", running.Chat().State(), "however old it is")
		require.Equal(t, 200, w.call("GET", other, "").status, "and the agent session is not touched")
	})
}

// A cookie that was replaced several times is stale, and only what is long gone
// is unknown.
func TestForgottenCookies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, lptest.WithForgetting(time.Minute))
		defer s.srv.Close()
		old := s.headers()
		s.srv.AddFault(lptest.Fault{Op: lptest.OpAgentInfo, Kind: lptest.FaultRotate, Times: 3})
		for range 3 {
			require.Equal(t, 200, s.call("GET", "/info", "").status)
		}
		info := s.as + "/info?v=1&NC=true"
		require.Equal(t, 403, s.send("GET", info, "", old...).status)
		require.Equal(t, "stale", s.last().Jar)
		pass(2 * time.Minute)
		s.srv.AddFault(lptest.Fault{Op: lptest.OpAgentInfo, Kind: lptest.FaultRotate, Times: 1})
		require.Equal(t, 200, s.call("GET", "/info", "").status)
		require.Equal(t, 403, s.send("GET", info, "", old...).status)
		require.Equal(t, "foreign", s.last().Jar)
	})
}
