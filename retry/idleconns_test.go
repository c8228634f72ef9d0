package retry_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// A failing agent and a healthy one share a transport. Whatever ends the
// failing calls, the healthy one keeps its connection.
func TestAFailingCallLeavesItsNeighboursConnectionsOpen(t *testing.T) {
	t.Parallel()
	failing := map[string]struct {
		script http.HandlerFunc
		call   retry.Call
		method string
	}{
		"last try answers 503": {script: status(503, ""), method: http.MethodGet},
		"last try is reset":    {script: reset, method: http.MethodGet},
		"once":                 {script: reset, method: http.MethodPost},
		"cut":                  {script: cutLength, method: http.MethodGet},
		"hang":                 {script: hang, method: http.MethodGet},
		"verification fails": {script: status(500, ""), method: http.MethodPost, call: retry.Call{
			Class: retry.Verified, Verify: verdict(retry.EffectUnknown),
		}},
	}
	for name, f := range failing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				bad := newServer(t, f.script)
				good := newServer(t, ok)
				bad.network.mu.Lock()
				bad.network.hosts["good.example:80"] = good.network.hosts[addr]
				bad.network.mu.Unlock()
				client := bad.client()
				for range 20 {
					_, _, err := send(t.Context(), t, client, http.MethodGet, "http://good.example/", "", nil)
					require.NoError(t, err)
					synctest.Wait() // the connection is idle again
					call := f.call
					_, _, _ = send(t.Context(), t, client, f.method, base+"/", "", &call)
				}
				assert.Equal(t, 20, good.count())
				assert.Equal(t, 1, bad.network.dials("good.example:80"))
			})
		})
	}
}

func TestACancelledWaitLeavesTheNeighboursConnectionsOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok, status(503, ""))
		client := s.client()
		_, _, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		ctx, cancel := contextWithCancelAfter(t, 7*time.Second)
		defer cancel()
		_, _, err = send(ctx, t, client, http.MethodGet, base+"/", "", nil)
		require.Error(t, err)
		_, _, _ = send(t.Context(), t, client, http.MethodPost, base+"/", "", nil)
		assert.Equal(t, 1, s.network.dials(addr))
	})
}

func TestTheOwnerMayCloseIdleConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		client := s.client()
		for range 2 {
			_, _, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", nil)
			require.NoError(t, err)
			synctest.Wait()
			client.CloseIdleConnections()
			synctest.Wait()
		}
		assert.Equal(t, 2, s.network.dials(addr))
		retry.NewTransport(retry.WithTransport(roundTripper(nil))).CloseIdleConnections() // has none
	})
}
