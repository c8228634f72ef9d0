package lptest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// A chat that rings no more is counted for a while.
func TestRingingLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, lptest.WithRingingLag(3*time.Second))
		defer srv.Close()
		w := ann(t, srv)
		count := func(want string) {
			t.Helper()
			r := w.call("GET", "/incomingRequests", "")
			require.Equal(t, want, r.text("incomingRequests", "ringingCount"))
			require.Equal(t, want != "0", r.get("incomingRequests", "link") != nil)
		}
		count("0")
		srv.Visitor(ada())
		count("1")
		w.accept()
		count("1")
		w.answered(w.call("POST", "/incomingRequests", "{}"), 200, "{}")
		pass(2 * time.Second)
		second, third := srv.Visitor(ada()), srv.Visitor(ada())
		count("3")
		pass(time.Second)
		count("2")
		second.Leave()
		count("2")
		pass(time.Second)
		w.call("PUT", "/availability", `{"availability":{"chat":"Away"}}`)
		require.Empty(t, third.Chat().Ringing())
		count("2")
		pass(2 * time.Second)
		count("1")
		pass(time.Second)
		count("0")
	})
}
