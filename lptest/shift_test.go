package lptest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Half an hour of an agent who polls every 2 s and refreshes every 4 min: every
// visitor is served, nothing runs out, and it takes no time.
func TestLongShiftInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, lptest.WithSessionTTL(5*time.Minute))
		defer srv.Close()
		w := ann(t, srv)
		var visits []*lptest.Visit
		begin := time.Now()
		for tick := 0; time.Since(begin) < 30*time.Minute; tick++ {
			if tick%150 == 0 { // every 5 min
				visits = append(visits, srv.Visitor(lptest.Visitor{Skill: "Sales", FirstLine: "Good day"}))
			}
			if tick%120 == 119 {
				r := w.send("POST", "/api/account/12345678/refresh", `{"csrf":"`+w.csrf+`"}`,
					append([]string{"Cookie: Session_id=" + w.login}, jsonHeaders...)...)
				require.Equal(t, 200, r.status, r.body)
			}
			if w.call("GET", "/incomingRequests", "").text("incomingRequests", "ringingCount") != "0" {
				w.accept()
			}
			now := visits[len(visits)-1]
			r := w.call("GET", "/chat?chatSessionKeys="+now.ChatID(), "")
			require.Equal(t, 200, r.status, r.body)
			if tick%150 == 100 {
				now.Leave()
			}
			pass(2 * time.Second)
		}
		require.Len(t, visits, 6)
		for _, visit := range visits {
			require.Equal(t, "ended", visit.Chat().State())
			require.Equal(t, "ann@brand", visit.Chat().Agent())
			require.NotEqual(t, 6, lastMessage(visit.Chat()))
		}
		require.Zero(t, srv.CountStatus(lptest.OpChats, 401))
	})
}
