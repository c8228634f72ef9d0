package chatagent_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Cookies that the server changes after a restart replace those of the
// snapshot, whatever their paths.
func TestCookiesChangeAfterARestart(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		for range 3 {
			doc, err := snapshot(t, f.agents[0]).Reveal()
			require.NoError(t, err)
			var snap chatagent.Snapshot
			require.NoError(t, json.Unmarshal(doc, &snap))
			f.agents[0], err = chatagent.Resume(t.Context(), f.agents[0].Login(), snap)
			require.NoError(t, err)
			f.srv.AddFault(lptest.Fault{Op: lptest.OpAgentInfo, Nth: 2, Kind: lptest.FaultRotate})
			for range 3 {
				_, err = f.agents[0].Info(t.Context())
				require.NoError(t, err)
			}
			f.srv.ClearFaults()
		}
		assert.Equal(t, 1, f.srv.Count(lptest.OpSessionStart))
		for _, r := range f.srv.Journal() {
			assert.Empty(t, r.Jar, "%s %s", r.Op, r.Cookies)
		}
	})
}

// A call that is made while the first cookies after a restart come in has the
// old or the new ones, never none.
func TestCookiesAreReplacedAtOnce(t *testing.T) {
	t.Parallel()
	at, err := url.Parse(as)
	require.NoError(t, err)
	for n := range 5000 {
		jar, err := chatagent.ResumedJar(at, "LPAgent", "old")
		require.NoError(t, err)
		var wg sync.WaitGroup
		wg.Go(func() {
			jar.SetCookies(at, []*http.Cookie{{Name: "LPAgent", Value: strconv.Itoa(n), Path: "/"}})
		})
		for value := "old"; value == "old"; runtime.Gosched() {
			cookies := jar.Cookies(at)
			require.Len(t, cookies, 1)
			value = cookies[0].Value
		}
		wg.Wait()
		require.Len(t, jar.Cookies(at), 1)
		require.Equal(t, strconv.Itoa(n), jar.Cookies(at)[0].Value)
	}
}
