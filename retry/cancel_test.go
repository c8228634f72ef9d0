package retry_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// A call is cancelled at a thousand random points, in a try or in a wait, and
// returns in that very moment. The bubble would not end with a goroutine left.
func TestCancelledAtRandomPoints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(time.Duration(rand.Int64N(int64(20 * time.Second)))):
				w.WriteHeader(503)
			case <-r.Context().Done():
			}
		}
		half := func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			_ = http.NewResponseController(w).Flush()
			slow(w, r)
		}
		s := newServer(t, slow, half, reset, status(503, ""), status(429, "", "Retry-After", "10"), hang, func(w http.ResponseWriter, r *http.Request) {
			hs(slow, half, reset, status(503, ""), status(429, ""), hang)[rand.IntN(6)](w, r)
		})
		transport := s.with(retry.WithPolicy(retry.Policy{}))
		cancelled := 0
		for i := range 1000 {
			at := time.Now().Add(time.Duration(rand.Int64N(int64(40 * time.Second))))
			ctx, cancel := contextWithCancelAfter(t, time.Until(at))
			call := post()
			call.Idempotent, call.Jar = i%2 == 0, newJar(t, "sid=1")
			a, err := transport.Call(ctx, call)
			if ctx.Err() != nil {
				cancelled++
				require.ErrorIs(t, err, context.Canceled)
				assert.WithinDuration(t, at, time.Now(), 0, "returned later than it was cancelled")
				assert.NotEqual(t, retry.TookEffect, a.Effect)
			}
			cancel()
		}
		assert.Greater(t, cancelled, 300)
	})
}

// The same for a deadline: nothing goes on past it.
func TestDeadlinesAtRandomPoints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			hs(reset, status(503, ""), status(429, "", "Retry-After", "3600"), hang, cutChunked)[rand.IntN(5)](w, r)
		})
		transport := s.with(retry.WithPolicy(retry.Policy{}))
		for range 500 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.Int64N(int64(2*time.Minute))))
			end, _ := ctx.Deadline()
			_, _ = transport.Call(ctx, get())
			assert.False(t, time.Now().After(end))
			cancel()
		}
	})
}

func TestACallerWhoHasLeftSendsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a, err := s.with().Call(ctx, post())
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, s.network.dials(addr))
		assert.Equal(t, "status 0, tries 0, no effect", fmt.Sprint(a))
	})
}
