package retry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

func TestPrepareRunsOnEachTrysOwnCopy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""), reset, ok)
		n := 0
		var copies []*http.Request
		ctx := retry.NewContext(t.Context(), &retry.Call{
			Class: retry.Idempotent, Jar: newJar(t, "sid=1"),
			Prepare: func(r *http.Request) error {
				n++
				assert.Equal(t, "sid=1", r.Header.Get("Cookie"), "what is signed is what goes out")
				r.Header.Add("Authorization", fmt.Sprint("token ", n))
				r.URL.RawQuery = fmt.Sprint("n=", n)
				copies = append(copies, r)
				return nil
			},
		})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/?n=0", http.NoBody)
		require.NoError(t, err)
		resp, err := s.client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		var sent []string
		for _, r := range s.requests() {
			sent = append(sent, r.uri+" "+fmt.Sprint(r.header["Authorization"]))
		}
		assert.Equal(t, []string{"/?n=1 [token 1]", "/?n=2 [token 2]", "/?n=3 [token 3]"}, sent)
		assert.Empty(t, req.Header, "the caller's request stays as it is")
		assert.Equal(t, "n=0", req.URL.RawQuery)
		assert.NotSame(t, copies[0], copies[1])
	})
}

func TestAnErrorOfPrepareIsFinal(t *testing.T) {
	t.Parallel()
	for _, class := range []retry.Class{retry.Idempotent, retry.Verified, retry.Once} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, ok)
				boom := errors.New("boom")
				result := &retry.Result{}
				start := time.Now()
				_, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "x", &retry.Call{
					Class: class, Result: result,
					Prepare: func(r *http.Request) error {
						// A call of its own, such as for a token, that writes.
						resp, _, err := send(r.Context(), t, s.client(), http.MethodPost, base+"/token", "", nil)
						require.NoError(t, err)
						assert.Equal(t, 200, resp.StatusCode)
						return boom
					},
					Verify: func(context.Context) (retry.Effect, error) {
						assert.Fail(t, "nothing to verify")
						return retry.EffectUnknown, nil
					},
				})
				require.ErrorIs(t, err, boom)
				require.ErrorIs(t, err, liveperson.ErrNotSent)
				assert.Zero(t, time.Since(start))
				assert.Equal(t, retry.Result{Effect: retry.NoEffect}, *result)
				require.Equal(t, 1, s.count())
				assert.Equal(t, "/token", s.requests()[0].uri)
			})
		})
	}
}

// A token with a line break in it: net/http refuses it, today and tomorrow.
func TestAHeaderThatCannotBeSentIsFinal(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"Bearer canary\n", "Bearer canary\r\nX-Evil: 1", "Bearer \x00canary", "Bearer canary\x7f"} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, ok)
			result := &retry.Result{}
			start := time.Now()
			_, _, err := send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", &retry.Call{
				Result: result, Prepare: func(r *http.Request) error { r.Header.Set("Authorization", value); return nil },
			})
			require.ErrorIs(t, err, liveperson.ErrNotSent)
			assert.ErrorContains(t, err, `the header "Authorization" has a control character in its value`)
			assert.NotContains(t, err.Error(), "canary")
			assert.Zero(t, time.Since(start))
			assert.Zero(t, s.network.dials(addr))
			assert.Equal(t, retry.Result{Effect: retry.NoEffect}, *result)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		_, _, err := send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", &retry.Call{
			Prepare: func(r *http.Request) error { r.Header.Set("X-Name", "Grüße\tdort"); return nil },
		})
		require.NoError(t, err, "a tab and letters beyond ASCII may be sent")
	})
}

func TestAURLThatLeadsNowhereIsFinal(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"/path", "//host/path", "https:///path", "nothing"} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, _, err := send(t.Context(), t, retry.NewClient(), http.MethodGet, u, "", nil)
			require.Error(t, err)
			assert.Zero(t, time.Since(start), u)
		})
	}
}

func TestAccept(t *testing.T) {
	t.Parallel()
	notMine := errors.New("a page of a proxy")
	accept := func(resp *http.Response, body []byte) error {
		if string(body) != `{"ok":true}` {
			return notMine
		}
		assert.Equal(t, 200, resp.StatusCode)
		return nil
	}
	page := status(200, "<html>")
	rows := map[string]struct {
		class  retry.Class
		script []http.HandlerFunc
		tries  int
		err    error
		effect retry.Effect
	}{
		"idempotent, then fine": {retry.Idempotent, hs(page, page, ok), 3, nil, retry.TookEffect},
		"idempotent, never":     {retry.Idempotent, hs(page), 4, notMine, retry.EffectUnknown},
		"once":                  {retry.Once, hs(page, ok), 1, notMine, retry.EffectUnknown},
		"verified":              {retry.Verified, hs(page, ok), 2, nil, retry.TookEffect},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, row.script...)
				result := &retry.Result{}
				_, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "", &retry.Call{
					Class: row.class, Accept: accept, Result: result, Verify: verdict(retry.NoEffect),
				})
				require.ErrorIs(t, err, row.err)
				assert.Equal(t, row.tries, s.count())
				assert.Equal(t, row.effect, result.Effect)
				assert.Equal(t, 200, result.Status)
			})
		})
	}
	t.Run("only successes are looked at", func(t *testing.T) {
		t.Parallel()
		for _, code := range []int{302, 400, 401} {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(code, "<html>"))
				resp, body, err := send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", &retry.Call{Accept: accept})
				require.NoError(t, err)
				assert.Equal(t, code, resp.StatusCode)
				assert.Equal(t, "<html>", body)
			})
		}
	})
	t.Run("every success is", func(t *testing.T) {
		t.Parallel()
		for _, code := range []int{200, 201, 204, 206, 299} {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(code, ""))
				_, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "", &retry.Call{Accept: accept})
				require.ErrorIs(t, err, notMine)
			})
		}
	})
}

// limiter lets one request through each second.
type limiter struct {
	asked int
	err   error
}

func (l *limiter) Wait(ctx context.Context) error {
	l.asked++
	if l.err != nil && l.asked > 1 {
		return l.err
	}
	select {
	case <-time.After(time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestTheLimiterIsAskedBeforeEveryTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, reset, status(503, ""), status(429, ""), ok)
		l := &limiter{}
		_, _, err := send(t.Context(), t, s.client(retry.WithLimiter(l)), http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		assert.Equal(t, 4, l.asked)
		assert.Equal(t, []time.Duration{6 * time.Second, 11 * time.Second, 2 * time.Second}, s.pauses())
	})
}

func TestTheLimitersWaitIsNotTheAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		client := s.client(retry.WithLimiter(&limiter{}), retry.WithPolicy(retry.Policy{AttemptTimeout: 500 * time.Millisecond}))
		_, _, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
	})
}

func TestTheLimiterEndsACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		full := errors.New("would exceed the deadline")
		result := &retry.Result{}
		_, _, err := send(t.Context(), t, s.client(retry.WithLimiter(&limiter{err: full})), http.MethodGet, base+"/", "", &retry.Call{Result: result})
		require.ErrorIs(t, err, full)
		assert.Equal(t, 1, s.count())
		assert.Equal(t, retry.EffectUnknown, result.Effect, "the first try is still in doubt")

		ctx, cancel := contextWithCancelAfter(t, 100*time.Millisecond)
		defer cancel()
		_, _, err = send(ctx, t, s.client(retry.WithLimiter(&limiter{})), http.MethodPost, base+"/", "", &retry.Call{Result: result})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, retry.Result{Effect: retry.NoEffect}, *result)
	})
}

// Tracing beneath the retries sees the call, and the caller's own trace works.
func TestRoundTrippersBeneathSeeTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		var op string
		client := s.client(retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			op = retry.FromContext(r.Context()).Op
			return s.transport.RoundTrip(r)
		})))
		conns := 0
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { conns++ }})
		_, _, err := send(ctx, t, client, http.MethodPost, base+"/", "", &retry.Call{Op: "x.Y"})
		require.NoError(t, err)
		assert.Equal(t, "x.Y", op)
		assert.Equal(t, 1, conns)
		assert.Nil(t, retry.FromContext(t.Context()))
	})
}
