package lptest_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// The same seed and the same calls give the same run, to the last byte of the
// journal; another seed gives another.
func TestSameSeedSameRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := func(seed int64) string {
			srv := brand(t, lptest.WithSeed(seed), lptest.WithVariants(lptest.VariantRandom))
			defer srv.Close()
			begin := time.Now()
			srv.AddFault(lptest.Fault{Kind: lptest.FaultStatus, Status: 503, Probability: 0.2})
			srv.AddFault(lptest.Fault{Kind: lptest.FaultCut, Probability: 0.2})
			srv.AddSurvey(branching())
			w := newWire(t, srv)
			for w.bearer == "" {
				r := w.send("POST", loginPath, `{"username":"ann@brand","password":"pw-ann"}`, jsonHeaders...)
				if r.err == nil && r.status == 200 {
					w.bearer = r.text("bearer")
				}
			}
			for w.as == "" {
				r := w.send("POST", startPath, `{"loginData":""}`, w.headers()...)
				if r.err == nil && r.status/100 == 2 {
					w.as = r.text("agentSessionLocation", "link", "@href") + r.text("agentSessionLocation", "link", "href")
				}
			}
			srv.Visitor(ada())
			for i := range 120 {
				for _, path := range []string{"/info", "/incomingRequests", "/availability"} {
					w.call("GET", path, "")
				}
				if i%10 == 0 {
					w.call("PUT", "/availability", `{"availability":{"chat":"Online"}}`)
					w.call("POST", "/incomingRequests", `{}`)
				}
				w.survey("GET", "/state", query+"1.0", "")
				pass(time.Second)
			}
			journal := srv.Journal()
			for i := range journal {
				journal[i].Time = time.Time{}.Add(journal[i].Time.Sub(begin))
				journal[i].Answered = time.Time{}.Add(journal[i].Answered.Sub(begin))
				journal[i].Cookies = nil // the test sends them in any order
			}
			data, err := json.Marshal(journal)
			require.NoError(t, err)
			return string(data)
		}
		first := run(7)
		require.Equal(t, first, run(7))
		require.NotEqual(t, first, run(8))
	})
}
