package retry_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// verdict always finds the same.
func verdict(e retry.Effect) func(context.Context) (retry.Effect, error) {
	return func(context.Context) (retry.Effect, error) { return e, nil }
}

func TestWithoutACallTheMethodDecides(t *testing.T) {
	t.Parallel()
	for method, tries := range map[string]int{
		http.MethodGet: 4, http.MethodHead: 4, http.MethodOptions: 4,
		http.MethodPost: 1, http.MethodPut: 1, http.MethodPatch: 1, http.MethodDelete: 1, http.MethodTrace: 1, "PROPFIND": 1,
	} {
		for name, fault := range map[string]http.HandlerFunc{"503": status(503, ""), "reset": reset, "hang": hang} {
			t.Run(method+" "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t, fault)
					_, _, _ = send(t.Context(), t, s.client(), method, base+"/", "", nil)
					assert.Equal(t, tries, s.count())
				})
			})
		}
	}
}

func TestAClassOverridesTheMethod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		_, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "x", &retry.Call{Class: retry.Idempotent})
		require.NoError(t, err)
		assert.Equal(t, 4, s.count())
		_, _, err = send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", &retry.Call{Class: retry.Once})
		require.NoError(t, err)
		assert.Equal(t, 5, s.count())
		_, _, err = send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", &retry.Call{Class: retry.Verified})
		require.NoError(t, err)
		assert.Equal(t, 6, s.count(), "Verified without Verify is Once")
	})
}

// Which statuses are sent again.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for code, tries := range map[int]int{
		200: 1, 201: 1, 204: 1, 206: 1, 301: 1, 304: 1,
		400: 1, 401: 1, 402: 1, 403: 1, 404: 1, 405: 1, 406: 1, 408: 1, 409: 1, 410: 1, 411: 1, 412: 1, 413: 1, 415: 1,
		417: 1, 418: 1, 421: 1, 422: 1, 423: 1, 425: 1, 426: 1, 428: 1, 431: 1, 451: 1, 499: 1,
		429: 4,
		500: 4, 501: 4, 502: 4, 503: 4, 504: 4, 505: 4, 507: 4, 511: 4, 520: 4, 599: 4, 999: 4,
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(code, ""))
				result := &retry.Result{}
				resp, _, err := send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", &retry.Call{Result: result})
				require.NoError(t, err)
				assert.Equal(t, code, resp.StatusCode)
				assert.Equal(t, tries, s.count())
				assert.Equal(t, tries, result.Attempts)
				assert.Equal(t, code, result.Status)
			})
		})
	}
}

func TestOnceIsSentAgainIfItWasNeverWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		dials := 0
		failing := roundTripper(func(r *http.Request) (*http.Response, error) {
			if dials++; dials < 3 {
				r.URL.Host = "nobody.example"
			} else {
				r.URL.Host = "api.example"
			}
			return s.transport.RoundTrip(r)
		})
		result := &retry.Result{}
		client := retry.NewClient(retry.WithTransport(failing), retry.WithPolicy(retry.Policy{Jitter: -1}))
		start := time.Now()
		resp, _, err := send(t.Context(), t, client, http.MethodPost, base+"/", "line", &retry.Call{Class: retry.Once, Result: result})
		require.NoError(t, err)
		assert.Equal(t, 200, resp.StatusCode)
		assert.Equal(t, 15*time.Second, time.Since(start))
		assert.Equal(t, 3, result.Attempts)
		require.Equal(t, 1, s.count())
		assert.Equal(t, "line", s.requests()[0].body)
	})
}

func TestNothingWrittenHasNoEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		verified := 0
		result := &retry.Result{}
		_, _, err := send(t.Context(), t, s.client(), http.MethodPost, "http://nobody.example/", "line", &retry.Call{
			Class: retry.Verified, Result: result,
			Verify: func(context.Context) (retry.Effect, error) { verified++; return retry.EffectUnknown, nil },
		})
		require.Error(t, err)
		assert.Equal(t, 4, result.Attempts)
		assert.Equal(t, retry.NoEffect, result.Effect)
		assert.Zero(t, verified, "there is nothing to ask about")
	})
}

func TestOnceIsSentAgainAfter429(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(429, ""), status(429, ""), ok)
		resp, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "line", &retry.Call{Class: retry.Once})
		require.NoError(t, err)
		assert.Equal(t, 200, resp.StatusCode)
		assert.Equal(t, []time.Duration{time.Second, time.Second}, s.pauses())
		for _, r := range s.requests() {
			assert.Equal(t, "line", r.body)
		}
	})
}

// A test double or a RoundTripper that reports no connections could have sent
// anything.
func TestAnErrorWithoutHTTPTraceCountsAsWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mock := httpmock.NewMockTransport()
		mock.RegisterResponder(http.MethodPost, base+"/", httpmock.NewErrorResponder(errors.New("who knows")))
		result := &retry.Result{}
		_, _, err := send(t.Context(), t, retry.NewClient(retry.WithTransport(mock)), http.MethodPost, base+"/", "line",
			&retry.Call{Class: retry.Once, Result: result})
		require.Error(t, err)
		assert.Equal(t, 1, mock.GetTotalCallCount())
		assert.Equal(t, retry.EffectUnknown, result.Effect)
	})
}

// net/http repeats by itself what it takes for idempotent, when a kept
// connection turns out dead.
func TestNetHTTPDoesNotRepeatOnceByItself(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodOptions, http.MethodHead, http.MethodTrace, http.MethodPost, http.MethodPut} {
		for _, class := range []retry.Class{retry.Once, retry.Verified} {
			for _, key := range []string{"", "Idempotency-Key", "X-Idempotency-Key"} {
				t.Run(fmt.Sprint(method, class, key), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						s := newServer(t, ok, reset)
						client := s.client()
						_, _, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", nil)
						require.NoError(t, err)
						synctest.Wait()
						call := &retry.Call{Class: class, Verify: verdict(retry.EffectUnknown)}
						req, err := http.NewRequestWithContext(retry.NewContext(t.Context(), call), method, base+"/", http.NoBody)
						require.NoError(t, err)
						if key != "" {
							req.Header.Set(key, "k")
						}
						resp, err := client.Do(req)
						if err == nil {
							require.NoError(t, resp.Body.Close())
						}
						require.Error(t, err)
						assert.Equal(t, 2, s.count(), "one to open the connection, one to lose it")
						assert.Equal(t, 1, s.network.dials(addr))
					})
				})
			}
		}
	}
}

func TestIdempotencyKeyIsNeverSet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(429, ""), ok)
		for _, class := range []retry.Class{retry.ByMethod, retry.Idempotent, retry.Verified, retry.Once} {
			_, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "x",
				&retry.Call{Class: class, Verify: verdict(retry.NoEffect)})
			require.NoError(t, err)
		}
		for _, r := range s.requests() {
			assert.NotContains(t, r.header, "Idempotency-Key")
			assert.NotContains(t, r.header, "X-Idempotency-Key")
		}
	})
}

func TestVerified(t *testing.T) {
	t.Parallel()
	const unknownText = "it cannot be found out whether the call took effect"
	boom := errors.New("boom")
	type verification struct {
		effect retry.Effect
		err    error
	}
	no, took, unknown, failed := verification{retry.NoEffect, nil}, verification{retry.TookEffect, nil},
		verification{retry.EffectUnknown, nil}, verification{retry.NoEffect, boom}
	rows := map[string]struct {
		script   []http.HandlerFunc
		verify   []verification // in order, each asked exactly once
		tries    int
		status   int // of the response, 0 for an error
		verified bool
		effect   retry.Effect
		pauses   time.Duration
	}{
		"answered at once":            {script: hs(ok), tries: 1, status: 200, effect: retry.TookEffect},
		"refused":                     {script: hs(status(400, "")), tries: 1, status: 400, effect: retry.NoEffect},
		"no effect, again":            {hs(reset, ok), []verification{no}, 2, 200, false, retry.TookEffect, 5 * time.Second},
		"took effect":                 {hs(reset, ok), []verification{took}, 1, 200, true, retry.TookEffect, 5 * time.Second},
		"unknown ends it":             {hs(reset, ok), []verification{unknown}, 1, 0, false, retry.EffectUnknown, 5 * time.Second},
		"an error ends it":            {hs(reset, ok), []verification{failed}, 1, 0, false, retry.EffectUnknown, 5 * time.Second},
		"no effect, then took effect": {hs(reset, status(503, "")), []verification{no, took}, 2, 200, true, retry.TookEffect, 15 * time.Second},
		"no effect, then unknown":     {hs(reset, status(503, "")), []verification{no, unknown}, 2, 0, false, retry.EffectUnknown, 15 * time.Second},
		"no effect to the end":        {hs(status(503, "")), []verification{no, no, no, no}, 4, 503, false, retry.NoEffect, 30 * time.Second},
		"the last try took effect":    {hs(status(503, "")), []verification{no, no, no, took}, 4, 200, true, retry.TookEffect, 30 * time.Second},
		"the last try is unknown":     {hs(status(503, "")), []verification{no, no, no, unknown}, 4, 503, false, retry.EffectUnknown, 30 * time.Second},
		"the last check fails":        {hs(status(503, "")), []verification{no, no, no, failed}, 4, 503, false, retry.EffectUnknown, 30 * time.Second},
		"429 needs no check":          {hs(status(429, ""), ok), nil, 2, 200, false, retry.TookEffect, time.Second},
		"lost, then 429":              {hs(reset, status(429, ""), ok), []verification{no}, 3, 200, false, retry.TookEffect, 6 * time.Second},
		"429, then lost":              {hs(status(429, ""), reset, ok), []verification{took}, 2, 200, true, retry.TookEffect, 11 * time.Second},
		"lost, then refused":          {hs(reset, status(404, "")), []verification{no}, 2, 404, false, retry.NoEffect, 5 * time.Second},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, row.script...)
				left := row.verify
				result := &retry.Result{}
				start := time.Now()
				resp, body, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "line", &retry.Call{
					Class: retry.Verified, Result: result,
					Verify: func(ctx context.Context) (retry.Effect, error) {
						assert.Nil(t, retry.FromContext(ctx), "a check is a call of its own")
						if !assert.NotEmpty(t, left, "asked too often") {
							return retry.EffectUnknown, nil
						}
						v := left[0]
						left = left[1:]
						return v.effect, v.err
					},
				})
				assert.Empty(t, left, "asked too seldom")
				assert.Equal(t, row.pauses, time.Since(start))
				assert.Equal(t, row.tries, s.count())
				assert.Equal(t, row.tries, result.Attempts)
				assert.Equal(t, row.effect, result.Effect, "got %v", result.Effect)
				assert.Equal(t, row.verified, result.Verified)
				if row.status == 0 {
					require.Error(t, err)
					if row.verify[len(row.verify)-1].err != nil {
						assert.ErrorIs(t, err, boom)
					} else {
						assert.ErrorContains(t, err, unknownText)
					}
					return
				}
				require.NoError(t, err)
				assert.Equal(t, row.status, resp.StatusCode)
				if row.verified {
					assert.Empty(t, body)
					assert.Equal(t, "200 OK", resp.Status)
					assert.Equal(t, http.MethodPost, resp.Request.Method)
				}
			})
		})
	}
}

func hs(h ...http.HandlerFunc) []http.HandlerFunc { return h }

// A check that uses the same client is no part of the call that it checks.
func TestHooksMayUseTheSameClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		posts, gets := 0, 0
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodGet:
				if gets++; gets%2 == 1 {
					w.WriteHeader(503)
				}
			case posts == 0:
				posts++
				w.WriteHeader(503)
			case posts == 1:
				posts++
				w.WriteHeader(409)
			}
		})
		client := s.client()
		get := func(ctx context.Context) {
			resp, _, err := send(ctx, t, client, http.MethodGet, base+"/state", "", nil)
			require.NoError(t, err)
			assert.Equal(t, 200, resp.StatusCode)
		}
		result := &retry.Result{}
		resp, _, err := send(t.Context(), t, client, http.MethodPost, base+"/", "x", &retry.Call{
			Class: retry.Verified, Result: result,
			Verify: func(ctx context.Context) (retry.Effect, error) { get(ctx); return retry.NoEffect, nil },
			Conflict: func(ctx context.Context, _ *http.Response) (*http.Request, error) {
				get(ctx)
				return http.NewRequestWithContext(ctx, http.MethodPost, base+"/", strings.NewReader("y"))
			},
			Prepare: func(r *http.Request) error {
				if r.Method == http.MethodPost {
					get(r.Context())
				}
				return nil
			},
		})
		require.NoError(t, err)
		assert.Equal(t, 200, resp.StatusCode)
		assert.Equal(t, 3, result.Attempts)
		assert.Equal(t, retry.TookEffect, result.Effect)
		assert.Equal(t, 2*(3+1+1), gets, "each sent twice: the first is answered 503")
	})
}

// A retrying client that was put beneath another one does not multiply tries.
func TestTransportsDoNotMultiply(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]*retry.Call{"with a call": {Class: retry.Idempotent}, "without": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(503, ""))
				traced := s.client()
				inner := traced.Transport
				traced.Transport = roundTripper(func(r *http.Request) (*http.Response, error) { return inner.RoundTrip(r) })
				_, _, err := send(t.Context(), t, retry.Wrap(traced), http.MethodGet, base+"/", "", call)
				require.NoError(t, err)
				assert.Equal(t, 4, s.count())
			})
		})
	}
}

// A transport above that gives each try a call of its own is not beneath it.
func TestAnotherCallIsNotBeneath(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		signed := s.client()
		inner := signed.Transport
		signed.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			return inner.RoundTrip(r.WithContext(retry.NewContext(r.Context(), &retry.Call{
				Prepare: func(r *http.Request) error { r.Header.Set("Authorization", "Bearer b"); return nil },
			})))
		})
		_, _, err := send(t.Context(), t, retry.Wrap(signed), http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		assert.Equal(t, "Bearer b", s.requests()[0].header.Get("Authorization"))
	})
}

func TestACertificateThatIsNotTrustedIsFinal(t *testing.T) {
	t.Parallel()
	// Real sockets: the handshake fails before anything could take time.
	ts := httptest.NewUnstartedServer(ok)
	ts.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	ts.StartTLS()
	t.Cleanup(ts.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	result := &retry.Result{}
	_, _, err := send(t.Context(), t, retry.NewClient(retry.WithTransport(tr)), http.MethodPost, ts.URL, "x", &retry.Call{Result: result})
	var cert *tls.CertificateVerificationError
	require.ErrorAs(t, err, &cert)
	assert.Equal(t, 1, result.Attempts)
	assert.Equal(t, retry.NoEffect, result.Effect)
}

func TestOnceOverHTTP2(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	ts := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		tries.Add(1)
		panic(http.ErrAbortHandler) // resets the stream
	}))
	ts.EnableHTTP2 = true
	ts.StartTLS()
	t.Cleanup(ts.Close)
	result := &retry.Result{}
	client := retry.Wrap(ts.Client(), retry.WithPolicy(retry.Policy{Waits: []time.Duration{0, 0, 0}}))
	_, _, err := send(t.Context(), t, client, http.MethodPost, ts.URL, "x", &retry.Call{Class: retry.Once, Result: result})
	require.Error(t, err)
	assert.EqualValues(t, 1, tries.Load())
	assert.Equal(t, retry.EffectUnknown, result.Effect)
	_, _, err = send(t.Context(), t, client, http.MethodPost, ts.URL, "x", &retry.Call{Class: retry.Idempotent})
	require.Error(t, err)
	assert.EqualValues(t, 5, tries.Load())
}

func TestNames(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"by method", "idempotent", "verified", "once"}, []string{
		retry.ByMethod.String(), retry.Idempotent.String(), retry.Verified.String(), retry.Once.String(),
	})
	assert.Equal(t, []string{"unknown", "no effect", "took effect"}, []string{
		retry.EffectUnknown.String(), retry.NoEffect.String(), retry.TookEffect.String(),
	})
}
