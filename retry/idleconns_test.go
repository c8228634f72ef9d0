package retry_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// A failing agent and a healthy one share a transport. Whatever ends the
// failing calls, the healthy one keeps its connection.
func TestGuardAFailingCallLeavesItsNeighboursConnectionsOpen(t *testing.T) {
	t.Parallel()
	type row struct {
		fault http.HandlerFunc
		call  func() *retry.Call
	}
	each(t, map[string]row{
		"last try answers 503": {status(503, ""), get},
		"last try is reset":    {reset, get},
		"once":                 {reset, post},
		"cut":                  {cutLength, get},
		"hang":                 {hang, get},
		"cancelled in a wait":  {status(503, ""), nil},
	}, func(t *testing.T, row row) {
		bad := newServer(t, row.fault)
		good := newServer(t, ok)
		bad.network.mu.Lock()
		bad.network.hosts["good.example:80"] = good.network.hosts[addr]
		bad.network.mu.Unlock()
		transport := bad.with()
		for range 20 {
			healthy := get()
			healthy.URL.Host = "good.example"
			_, err := transport.Call(t.Context(), healthy)
			require.NoError(t, err)
			synctest.Wait() // the connection is idle again
			if row.call != nil {
				_, _ = transport.Call(t.Context(), row.call())
				continue
			}
			ctx, cancel := contextWithCancelAfter(t, 7*second)
			_, err = transport.Call(ctx, get())
			require.Error(t, err)
			cancel()
		}
		assert.Equal(t, 20, good.count())
		assert.Equal(t, 1, bad.network.dials("good.example:80"))
	})
}
