package retry_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

func TestTheDocumentedWaits(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{"503": status(503, ""), "reset": reset, "cut": cutLength} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, fault)
				_, _, _ = send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", nil)
				assert.Equal(t, []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second}, s.pauses())
			})
		})
	}
}

// The zero Policy has jitter: up to a fifth more, never less.
func TestJitterOnlyLengthens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		client := retry.NewClient(retry.WithTransport(s.transport))
		seen := map[time.Duration]bool{}
		for range 100 {
			before := s.count()
			_, _, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", nil)
			require.NoError(t, err)
			pauses := s.pauses()[before:]
			for i, wait := range []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second} {
				assert.GreaterOrEqual(t, pauses[i], wait)
				assert.LessOrEqual(t, pauses[i], wait+wait/5)
				seen[pauses[i]] = true
			}
		}
		assert.Greater(t, len(seen), 290, "drawn anew each time")
	})
}

func TestRateLimitWait(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		policy, call time.Duration
		retryAfter   string
		want         time.Duration
	}{
		"at least 1 s":            {want: time.Second},
		"the policy's":            {policy: 3 * time.Second, want: 3 * time.Second},
		"the call's":              {call: 5 * time.Second, want: 5 * time.Second},
		"the call cannot shorten": {policy: 3 * time.Second, call: time.Second, want: 3 * time.Second},
		"Retry-After lengthens":   {call: 5 * time.Second, retryAfter: "7", want: 7 * time.Second},
		"Retry-After cannot":      {call: 5 * time.Second, retryAfter: "2", want: 5 * time.Second},
		"Retry-After 0":           {retryAfter: "0", want: time.Second},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(429, "", "Retry-After", row.retryAfter))
				client := s.client(retry.WithPolicy(retry.Policy{Jitter: -1, RateLimitWait: row.policy}))
				_, _, err := send(t.Context(), t, client, http.MethodPost, base+"/", "", &retry.Call{RateLimitWait: row.call})
				require.NoError(t, err)
				assert.Equal(t, []time.Duration{row.want, row.want, row.want}, s.pauses())
			})
		})
	}
}

func TestRateLimitJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(429, ""))
		client := retry.NewClient(retry.WithTransport(s.transport))
		for range 100 {
			before := s.count()
			_, _, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", nil)
			require.NoError(t, err)
			for _, p := range s.pauses()[before:] {
				assert.GreaterOrEqual(t, p, time.Second)
				assert.LessOrEqual(t, p, 1200*time.Millisecond)
			}
		}
	})
}

func TestOwnWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		waits := []time.Duration{time.Second, 2 * time.Second}
		s := newServer(t, status(503, ""))
		client := s.client(retry.WithPolicy(retry.Policy{Waits: waits, Jitter: -1}))
		waits[0] = time.Hour // the client has its own
		_, _, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{time.Second, 2 * time.Second}, s.pauses())

		none := s.client(retry.WithPolicy(retry.Policy{Waits: []time.Duration{}}))
		_, _, err = send(t.Context(), t, none, http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		assert.Equal(t, 4, s.count())
	})
}

// A wait that cannot end before the deadline is not begun: the last answer
// comes back at once, whole.
func TestNoWaitPastTheDeadline(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		script   []http.HandlerFunc
		deadline time.Duration
		tries    int
		took     time.Duration
	}{
		"first wait does not fit":  {hs(status(503, "busy")), 4 * time.Second, 1, 0},
		"exactly the wait":         {hs(status(503, "busy")), 5 * time.Second, 1, 0},
		"second wait does not fit": {hs(status(503, "busy")), 14 * time.Second, 2, 5 * time.Second},
		"Retry-After too long":     {hs(status(503, "busy", "Retry-After", "3600")), 59 * time.Second, 1, 0},
		"429 that asks too much":   {hs(status(503, "busy"), status(429, "busy", "Retry-After", "30")), 20 * time.Second, 2, 5 * time.Second},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, row.script...)
				ctx, cancel := context.WithTimeout(t.Context(), row.deadline)
				defer cancel()
				start := time.Now()
				resp, body, err := send(ctx, t, s.client(), http.MethodGet, base+"/", "", nil)
				require.NoError(t, err)
				assert.Equal(t, row.took, time.Since(start))
				assert.Equal(t, row.tries, s.count())
				assert.GreaterOrEqual(t, resp.StatusCode, 429)
				assert.Equal(t, "busy", body)
			})
		})
	}
}

func TestNoWaitPastTheDeadlineKeepsTheLastError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, reset)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		start := time.Now()
		result := &retry.Result{}
		_, _, err := send(ctx, t, s.client(), http.MethodGet, base+"/", "", &retry.Call{Result: result})
		assert.Equal(t, "reset", outcome(nil, result, err))
		assert.NotErrorIs(t, err, context.DeadlineExceeded)
		assert.Zero(t, time.Since(start))
	})
}

// The time-out of an http.Client is a deadline over all tries.
func TestAClientsTimeoutSpansAllTries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""), hang)
		hc := retry.Wrap(&http.Client{Transport: s.transport, Timeout: 12 * time.Second}, retry.WithPolicy(retry.Policy{Jitter: -1}))
		start := time.Now()
		_, _, err := send(t.Context(), t, hc, http.MethodGet, base+"/", "", nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 12*time.Second, time.Since(start))
		assert.Equal(t, 2, s.count())
	})
}

// One try that hangs ends after its own time-out, which is not the caller's
// deadline.
func TestAttemptTimeout(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{"before the answer": hang, "in the body": hangInBody} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, fault)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				start := time.Now()
				_, _, err := send(ctx, t, s.client(), http.MethodPost, base+"/", "", nil)
				assert.Equal(t, 30*time.Second, time.Since(start))
				require.Error(t, err)
				assert.NotErrorIs(t, err, context.DeadlineExceeded)
				assert.NotErrorIs(t, err, context.Canceled)
				var timeout interface {
					Timeout() bool
					Temporary() bool
				}
				require.ErrorAs(t, errors.Unwrap(err), &timeout)
				assert.True(t, timeout.Timeout())
				assert.True(t, timeout.Temporary())
				assert.ErrorContains(t, err, "no answer within 30s")

				_, _, err = send(ctx, t, s.client(), http.MethodGet, base+"/", "", nil)
				require.Error(t, err)
				assert.Equal(t, 1+4, s.count())
				assert.Equal(t, 30*time.Second+4*30*time.Second+30*time.Second, time.Since(start))
			})
		})
	}
}

// The caller's own deadline during a try is the caller's.
func TestTheCallersDeadlineDuringATry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, hang)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		result := &retry.Result{}
		_, _, err := send(ctx, t, s.client(), http.MethodGet, base+"/", "", &retry.Call{Result: result})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 1, s.count())
		assert.Equal(t, retry.EffectUnknown, result.Effect)
	})
}

// A caller with waits of its own gets one try.
func TestSingle(t *testing.T) {
	t.Parallel()
	for _, class := range []retry.Class{retry.Idempotent, retry.Verified, retry.Once} {
		for name, fault := range map[string]http.HandlerFunc{
			"429": status(429, ""), "503": status(503, ""), "reset": reset, "cut": cutLength, "hang": hang, "200": ok,
		} {
			t.Run(class.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t, fault)
					result := &retry.Result{}
					start := time.Now()
					_, _, _ = send(t.Context(), t, s.client(), http.MethodPost, base+"/", "", &retry.Call{
						Class: class, Verify: verdict(retry.NoEffect), Single: true, Timeout: 3 * time.Second, Result: result,
					})
					assert.Equal(t, 1, s.count())
					assert.Equal(t, 1, result.Attempts)
					want := time.Duration(0)
					if name == "hang" {
						want = 3 * time.Second
					}
					assert.Equal(t, want, time.Since(start))
					if class == retry.Verified && name != "200" {
						assert.Equal(t, retry.NoEffect, result.Effect, "verified all the same")
					}
				})
			})
		}
	}
}

// net/http's own second try on a dead connection would be one too many.
func TestSingleOnADeadConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok, reset)
		client := s.client()
		_, _, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		synctest.Wait()
		_, _, err = send(t.Context(), t, client, http.MethodGet, base+"/", "", &retry.Call{Class: retry.Idempotent, Single: true})
		require.Error(t, err)
		assert.Equal(t, 2, s.count())
		assert.Equal(t, 1, s.network.dials(addr))
	})
}

func TestACallsOwnTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, hang)
		start := time.Now()
		_, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "", &retry.Call{Timeout: 90 * time.Second})
		require.ErrorContains(t, err, "no answer within 1m30s")
		assert.Equal(t, 90*time.Second, time.Since(start))
	})
}
