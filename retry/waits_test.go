package retry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

const second = time.Second

func TestTheDocumentedWaits(t *testing.T) {
	t.Parallel()
	each(t, map[string]http.HandlerFunc{"503": status(503, ""), "reset": reset, "cut": cutLength}, func(t *testing.T, fault http.HandlerFunc) {
		s := newServer(t, fault)
		_, _ = s.with().Call(t.Context(), get())
		assert.Equal(t, []time.Duration{5 * second, 10 * second, 15 * second}, s.pauses())
	})
}

// The zero Policy has jitter: up to a fifth more, never less.
func TestJitterOnlyLengthens(t *testing.T) {
	t.Parallel()
	type row struct {
		fault http.HandlerFunc
		waits []time.Duration
	}
	documented := []time.Duration{5 * second, 10 * second, 15 * second}
	each(t, map[string]row{
		"503":         {status(503, ""), documented},
		"reset":       {reset, documented},
		"429":         {status(429, ""), []time.Duration{second, second, second}},
		"Retry-After": {status(503, "", "Retry-After", "20"), []time.Duration{20 * second, 20 * second, 20 * second}},
	}, func(t *testing.T, row row) {
		s := newServer(t, row.fault)
		transport := s.with(retry.WithPolicy(retry.Policy{}))
		seen := map[time.Duration]bool{}
		for range 30 {
			before := s.count()
			_, _ = transport.Call(t.Context(), get())
			pauses := s.pauses()[before:]
			for i, wait := range row.waits {
				assert.GreaterOrEqual(t, pauses[i], wait)
				assert.LessOrEqual(t, pauses[i], wait+wait/5)
				seen[pauses[i]] = true
			}
		}
		assert.Greater(t, len(seen), 85, "drawn anew each time")
	})
}

func TestRateLimitWait(t *testing.T) {
	t.Parallel()
	type row struct {
		policy, call time.Duration
		retryAfter   string
		want         time.Duration
	}
	each(t, map[string]row{
		"at least 1 s":            {want: second},
		"the policy's":            {policy: 3 * second, want: 3 * second},
		"the call's":              {call: 5 * second, want: 5 * second},
		"the call cannot shorten": {policy: 3 * second, call: second, want: 3 * second},
		"Retry-After lengthens":   {call: 5 * second, retryAfter: "7", want: 7 * second},
		"Retry-After cannot":      {call: 5 * second, retryAfter: "2", want: 5 * second},
		"Retry-After 0":           {retryAfter: "0", want: second},
	}, func(t *testing.T, row row) {
		s := newServer(t, status(429, "", "Retry-After", row.retryAfter))
		call := post()
		call.RateLimitWait = row.call
		a, err := s.with(retry.WithPolicy(retry.Policy{Jitter: -1, RateLimitWait: row.policy})).Call(t.Context(), call)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{row.want, row.want, row.want}, s.pauses())
		assert.Equal(t, "status 429, tries 4, no effect", fmt.Sprint(a))
	})
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		waits := []time.Duration{second, 2 * second}
		s := newServer(t, status(503, ""))
		transport := s.with(retry.WithPolicy(retry.Policy{Waits: waits, Jitter: -1}))
		waits[0] = time.Hour // the transport has its own
		_, err := transport.Call(t.Context(), get())
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{second, 2 * second}, s.pauses())

		_, err = s.with(retry.WithPolicy(retry.Policy{Waits: []time.Duration{}})).Call(t.Context(), get())
		require.NoError(t, err)
		assert.Equal(t, 4, s.count())

		assert.Equal(t, retry.Policy{
			Waits: []time.Duration{5 * second, 10 * second, 15 * second}, RateLimitWait: second, MaxRetryAfter: time.Minute,
			Jitter: 0.2, TryTimeout: 30 * second,
		}, newTransport().Policy(), "what is zero has its default")
		own := retry.Policy{Waits: []time.Duration{1}, RateLimitWait: 2, MaxRetryAfter: 3, Jitter: 4, TryTimeout: 5}
		assert.Equal(t, own, newTransport(retry.WithPolicy(own)).Policy())
	})
}

// A wait that cannot end before the deadline is not begun: the last answer
// comes back at once, whole.
func TestGuardNoWaitPastTheDeadline(t *testing.T) {
	t.Parallel()
	type row struct {
		script   []http.HandlerFunc
		deadline time.Duration
		tries    int
		took     time.Duration
	}
	rows := map[string]row{
		"first wait does not fit":  {hs(status(503, "busy")), 4 * second, 1, 0},
		"exactly the wait":         {hs(status(503, "busy")), 5 * second, 1, 0},
		"a little more":            {hs(status(503, "busy")), 5*second + 1, 2, 5 * second},
		"second wait does not fit": {hs(status(503, "busy")), 14 * second, 2, 5 * second},
		"Retry-After too long":     {hs(status(503, "busy", "Retry-After", "3600")), 59 * second, 1, 0},
		"429 that asks too much":   {hs(status(503, "busy"), status(429, "busy", "Retry-After", "30")), 20 * second, 2, 5 * second},
	}
	each(t, rows, func(t *testing.T, row row) {
		s := newServer(t, row.script...)
		ctx, cancel := context.WithTimeout(t.Context(), row.deadline)
		defer cancel()
		start := time.Now()
		a, err := s.with().Call(ctx, get())
		require.NoError(t, err)
		assert.Equal(t, row.took, time.Since(start))
		assert.Equal(t, row.tries, s.count())
		assert.GreaterOrEqual(t, a.Status, 429)
		assert.Equal(t, "busy", string(a.Body))
	})
	synctest.Test(t, func(t *testing.T) { // and the last error
		ctx, cancel := context.WithTimeout(t.Context(), 4*second)
		defer cancel()
		start := time.Now()
		a, err := newServer(t, reset).with().Call(ctx, get())
		assert.Equal(t, "reset", outcome(a, err))
		assert.NotErrorIs(t, err, context.DeadlineExceeded)
		assert.Zero(t, time.Since(start))
	})
	synctest.Test(t, func(t *testing.T) { // also if the wait is lengthened at random
		s := newServer(t, status(503, "busy"))
		for range 50 {
			ctx, cancel := context.WithTimeout(t.Context(), 5500*time.Millisecond)
			a, err := s.with(retry.WithPolicy(retry.Policy{})).Call(ctx, get())
			require.NoError(t, err)
			assert.Equal(t, "busy", string(a.Body))
			cancel()
		}
	})
}

// The time-out of an http.Client is a deadline over all tries.
func TestAClientsTimeoutSpansAllTries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""), hang)
		hc := wrap(&http.Client{Transport: s.transport, Timeout: 12 * second}, retry.WithPolicy(retry.Policy{Jitter: -1}))
		for _, client := range []*http.Client{hc, wrap(hc)} {
			start, before := time.Now(), s.count()
			_, _, err := fetch(t.Context(), t, client, http.MethodGet, base+"/", "")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 12*second, time.Since(start))
			assert.Equal(t, 2-before/2, s.count()-before)
		}
	})
}

// One try that hangs ends after its own time-out, which is not the caller's
// deadline.
func TestTryTimeout(t *testing.T) {
	t.Parallel()
	each(t, map[string]http.HandlerFunc{"before the answer": hang, "in the body": hangInBody}, func(t *testing.T, fault http.HandlerFunc) {
		s := newServer(t, fault)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		_, err := s.with().Call(ctx, post())
		assert.Equal(t, 30*second, time.Since(start))
		require.Error(t, err)
		assert.NotErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, context.Canceled)
		var timeout interface {
			Timeout() bool
			Temporary() bool
		}
		require.ErrorAs(t, err, &timeout)
		assert.True(t, timeout.Timeout())
		assert.True(t, timeout.Temporary())
		assert.EqualError(t, err, "no answer within 30s")

		start = time.Now()
		_, err = s.with(retry.WithPolicy(retry.Policy{Jitter: -1, TryTimeout: 2 * second})).Call(ctx, get())
		require.Error(t, err)
		assert.Equal(t, 1+4, s.count())
		assert.Equal(t, 4*2*second+30*second, time.Since(start))

		start = time.Now()
		call := post()
		call.Timeout = 90 * second
		_, err = s.with().Call(ctx, call)
		require.EqualError(t, err, "no answer within 1m30s")
		assert.Equal(t, 90*second, time.Since(start))
	})
}

// The caller's own deadline during a try is the caller's.
func TestTheCallersDeadlineDuringATry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, hang)
		ctx, cancel := context.WithTimeout(t.Context(), 10*second)
		defer cancel()
		a, err := s.with().Call(ctx, get())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 1, s.count())
		assert.Equal(t, retry.EffectUnknown, a.Effect)
	})
}

// A caller with waits of its own gets one try.
func TestSingle(t *testing.T) {
	t.Parallel()
	for kind, call := range either {
		for name, fault := range map[string]http.HandlerFunc{
			"429": status(429, ""), "503": status(503, ""), "reset": reset, "cut": cutLength, "hang": hang, "200": ok,
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t, fault)
					c := call()
					c.Single, c.Timeout = true, 3*second
					start := time.Now()
					a, err := s.with().Call(t.Context(), c)
					assert.Equal(t, 1, s.count())
					assert.Equal(t, 1, a.Tries)
					assert.Equal(t, name == "hang", time.Since(start) == 3*second)
					assert.Equal(t, name == "hang", !time.Now().Equal(start))
					var no interface{ Timeout() bool }
					assert.Equal(t, name == "hang", errors.As(err, &no))
				})
			})
		}
	}
}
