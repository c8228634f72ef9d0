package retry_test

import (
	"context"
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
		s := newServer(t, slow, half, reset, status(503, ""), status(409, ""), status(429, "", "Retry-After", "10"), hang, func(w http.ResponseWriter, r *http.Request) {
			[]http.HandlerFunc{slow, half, reset, status(503, ""), status(409, ""), status(429, ""), hang}[rand.IntN(7)](w, r)
		})
		client := retry.NewClient(retry.WithTransport(s.transport))
		classes := []retry.Class{retry.ByMethod, retry.Idempotent, retry.Verified, retry.Once}
		cancelled := 0
		for i := range 1000 {
			at := time.Now().Add(time.Duration(rand.Int64N(int64(40 * time.Second))))
			ctx, cancel := contextWithCancelAfter(t, time.Until(at))
			result := &retry.Result{}
			_, _, err := send(ctx, t, client, http.MethodPost, base+"/", "body", &retry.Call{
				Class: classes[i%4], Jar: newJar(t, "sid=1"), Conflict: next, Result: result,
				Verify: func(ctx context.Context) (retry.Effect, error) {
					select {
					case <-time.After(time.Second):
						return retry.NoEffect, nil
					case <-ctx.Done():
						return retry.EffectUnknown, ctx.Err()
					}
				},
			})
			if ctx.Err() != nil {
				cancelled++
				require.ErrorIs(t, err, context.Canceled)
				assert.WithinDuration(t, at, time.Now(), 0, "returned later than it was cancelled")
				assert.NotEqual(t, retry.TookEffect, result.Effect)
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
			[]http.HandlerFunc{reset, status(503, ""), status(429, "", "Retry-After", "3600"), hang, cutChunked}[rand.IntN(5)](w, r)
		})
		client := retry.NewClient(retry.WithTransport(s.transport))
		for range 500 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.Int64N(int64(2*time.Minute))))
			end, _ := ctx.Deadline()
			_, _, _ = send(ctx, t, client, http.MethodGet, base+"/", "", nil)
			assert.False(t, time.Now().After(end))
			cancel()
		}
	})
}

// The check after the last try is a part of the call.
func TestCancelledInTheLastCheck(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{"503": status(503, ""), "cut": cutLength} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, fault)
				ctx, cancel := contextWithCancelAfter(t, time.Second)
				defer cancel()
				result := &retry.Result{}
				_, _, err := send(ctx, t, s.client(), http.MethodPost, base+"/", "", &retry.Call{
					Class: retry.Verified, Single: true, Result: result,
					Verify: func(ctx context.Context) (retry.Effect, error) {
						<-ctx.Done()
						return retry.EffectUnknown, ctx.Err()
					},
				})
				require.ErrorIs(t, err, context.Canceled)
				assert.Equal(t, retry.EffectUnknown, result.Effect)
			})
		})
	}
}
