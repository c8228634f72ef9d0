package lptest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// An agent session that nobody uses ends; a call of any kind keeps it.
func TestSessionIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, lptest.WithSessionIdle(400*time.Second), lptest.WithChatTimeout(time.Hour), lptest.WithManyLogins())
		defer srv.Close()
		w, second := ann(t, srv), ann(t, srv)
		visit := srv.Visitor(ada())
		url := w.accept()
		person := srv.Person(srv.Agents()[1])
		for _, target := range []string{"/availability", url, url + "/transfer", "/incomingRequests"} {
			pass(399 * time.Second)
			require.Equal(t, 200, w.call("GET", target, "").status)
		}
		const lost = "The agent session is not known or has ended"
		second.call("GET", "/availability", "").refused(404, "39", lost)
		require.Equal(t, "chatting", visit.Chat().State(), "the first session is still there")
		pass(400 * time.Second)
		w.call("GET", "/availability", "").refused(404, "39", lost)
		require.Equal(t, "Offline", srv.Availability(srv.Agents()[0]))
		require.Equal(t, []string{"waiting", "bob@brand"}, []string{visit.Chat().State(), visit.Chat().Ringing()})
		require.Equal(t, visit.ChatID(), person.Accept(), "a person's session does not end")
		w.cookies = map[string]string{}
		require.Equal(t, 201, w.start().status, "the bearer is still good")
		require.Equal(t, 200, w.call("GET", "/info", "").status)
		srv.DropSessions(srv.Agents()[0])
		pass(time.Hour)
	})
}
