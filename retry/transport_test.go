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
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

func TestAPlainRequestGoesByItsMethod(t *testing.T) {
	t.Parallel()
	for method, tries := range map[string]int{
		http.MethodGet: 4, http.MethodHead: 4, http.MethodOptions: 4,
		http.MethodPost: 1, http.MethodPut: 1, http.MethodPatch: 1, http.MethodDelete: 1, http.MethodTrace: 1, "PROPFIND": 1,
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			each(t, map[string]http.HandlerFunc{"503": status(503, ""), "reset": reset, "hang": hang}, func(t *testing.T, fault http.HandlerFunc) {
				s := newServer(t, fault)
				_, _, _ = fetch(t.Context(), t, s.client(), method, base+"/", "")
				assert.Equal(t, tries, s.count())
			})
		})
	}
}

// Which statuses are sent again. Redirects and client errors never are, nor is
// a 409: that is for OnConflict.
func TestGuardStatuses(t *testing.T) {
	t.Parallel()
	for code, tries := range map[int]int{
		200: 1, 201: 1, 204: 1, 206: 1, 301: 1, 304: 1,
		400: 1, 401: 1, 402: 1, 403: 1, 404: 1, 405: 1, 406: 1, 408: 1, 409: 1, 410: 1, 411: 1, 412: 1, 413: 1, 415: 1,
		417: 1, 418: 1, 421: 1, 422: 1, 423: 1, 425: 1, 426: 1, 428: 1, 431: 1, 451: 1, 499: 1,
		429: 4,
		500: 4, 501: 4, 502: 4, 503: 4, 504: 4, 505: 4, 507: 4, 511: 4, 520: 4, 599: 4, 999: 4,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, status(code, ""))
			a, err := s.with().Call(t.Context(), get())
			require.NoError(t, err)
			assert.Equal(t, code, a.Status)
			assert.Equal(t, tries, s.count(), code)
			assert.Equal(t, tries, a.Tries)
		})
	}
}

// A request that had no connection was not written, and is sent again whatever
// it does.
func TestWhatWasNeverWrittenIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		dials := 0
		failing := roundTripper(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			if dials++; dials < 3 {
				r.URL.Host = "nobody.example"
			}
			return s.transport.RoundTrip(r)
		})
		start := time.Now()
		a, err := s.with(retry.WithTransport(failing)).Call(t.Context(), post())
		require.NoError(t, err)
		assert.Equal(t, "status 200, tries 3, took effect", fmt.Sprint(a))
		assert.Equal(t, 15*time.Second, time.Since(start))
		require.Equal(t, 1, s.count())
		assert.Equal(t, "line", s.requests()[0].body)
	})
	synctest.Test(t, func(t *testing.T) {
		call := post()
		call.URL.Host = "nobody.example"
		a, err := newServer(t, ok).with().Call(t.Context(), call)
		assert.Equal(t, "unreachable", outcome(a, err))
		assert.Equal(t, "status 0, tries 4, no effect", fmt.Sprint(a))
	})
}

// A test double or a RoundTripper that reports no connections could have sent
// anything.
func TestAnErrorWithoutHTTPTraceCountsAsWritten(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, base+"/", httpmock.NewErrorResponder(errors.New("who knows")))
	a, err := newTransport(atOnce, retry.WithTransport(mock)).Call(t.Context(), post())
	require.Error(t, err)
	assert.Equal(t, 1, mock.GetTotalCallCount())
	assert.Equal(t, retry.EffectUnknown, a.Effect)
}

// net/http repeats by itself what it takes for idempotent, when a kept
// connection turns out dead.
func TestGuardNetHTTPDoesNotRepeatByItself(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodOptions, http.MethodHead, http.MethodTrace, http.MethodPost, http.MethodPut} {
		for _, key := range []string{"", "Idempotency-Key", "X-Idempotency-Key"} {
			for _, single := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t, ok, reset)
					transport := s.with()
					_, err := transport.Call(t.Context(), get())
					require.NoError(t, err)
					synctest.Wait()
					call := get()
					call.Method, call.Idempotent, call.Single = method, single, single
					if key != "" {
						call.Header.Set(key, "k")
					}
					_, err = transport.Call(t.Context(), call)
					require.Error(t, err)
					assert.Equal(t, 2, s.count(), "one to open the connection, one to lose it: %s %s", method, key)
					assert.Equal(t, 1, s.network.dials(addr))
				})
			}
		}
	}
}

// A retrying client that was put beneath another one does not multiply tries,
// whatever stands between them.
func TestTransportsDoNotMultiply(t *testing.T) {
	t.Parallel()
	each(t, map[string]func(*retry.Transport) http.RoundTripper{
		"tracing": func(inner *retry.Transport) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) { return inner.RoundTrip(r) })
		},
		"a login": func(inner *retry.Transport) http.RoundTripper { return floor{inner} },
	}, func(t *testing.T, between func(*retry.Transport) http.RoundTripper) {
		s := newServer(t, status(503, ""))
		outer := s.with(retry.WithTransport(between(s.with())))
		a, err := outer.Call(t.Context(), get())
		require.NoError(t, err)
		assert.Equal(t, 4, s.count())
		assert.Equal(t, 4, a.Tries)
		call := get()
		call.URL.Host = "nobody.example"
		call.Idempotent = false
		a, err = outer.Call(t.Context(), call)
		require.Error(t, err)
		assert.Equal(t, "status 0, tries 4, no effect", fmt.Sprint(a), "never written")
		assert.Equal(t, 4, s.network.dials("nobody.example:80"))
	})
}

// floor is a Caller above a Transport, as a login's is.
type floor struct{ *retry.Transport }

func (f floor) RoundTrip(r *http.Request) (*http.Response, error) { return retry.RoundTrip(f, r) }

func TestACertificateThatIsNotTrustedIsFinal(t *testing.T) {
	t.Parallel()
	// Real sockets: the handshake fails before anything could take time.
	ts := httptest.NewUnstartedServer(ok)
	ts.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	ts.StartTLS()
	t.Cleanup(ts.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	call := post()
	call.URL = must(url.Parse(ts.URL))
	a, err := newTransport(atOnce, retry.WithTransport(tr)).Call(t.Context(), call)
	var cert *tls.CertificateVerificationError
	require.ErrorAs(t, err, &cert)
	assert.Equal(t, "status 0, tries 1, no effect", fmt.Sprint(a))
}

func TestOverHTTP2(t *testing.T) {
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
	transport := newTransport(atOnce, retry.WithTransport(ts.Client().Transport))
	call := post()
	call.URL = must(url.Parse(ts.URL))
	a, err := transport.Call(t.Context(), call)
	require.Error(t, err)
	assert.EqualValues(t, 1, tries.Load())
	assert.Equal(t, retry.EffectUnknown, a.Effect)
	call.Idempotent = true
	_, err = transport.Call(t.Context(), call)
	require.Error(t, err)
	assert.EqualValues(t, 5, tries.Load())
}

// A layer beneath sees each try as it goes out, with a request of its own.
func TestBeneath(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""), reset, ok)
		plain := s.with()
		var seen []*http.Request
		signed := plain.Beneath(func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				assert.Equal(t, "sid=1", r.Header.Get("Cookie"), "what is signed is what goes out")
				seen = append(seen, r)
				r = r.Clone(r.Context())
				r.Header.Set("Authorization", fmt.Sprint("OAuth ", len(seen)))
				return next.RoundTrip(r)
			})
		})
		call := get()
		call.Method, call.Jar = http.MethodPut, newJar(t, "sid=1")
		_, err := signed.Call(t.Context(), call)
		require.NoError(t, err)
		var sent []string
		for _, r := range s.requests() {
			sent = append(sent, r.header.Get("Authorization"))
		}
		assert.Equal(t, []string{"OAuth 1", "OAuth 2", "OAuth 3"}, sent)
		assert.NotSame(t, seen[0], seen[1])

		_, err = plain.Call(t.Context(), get())
		require.NoError(t, err)
		assert.Len(t, seen, 3, "the transport that it was made of stays as it is")
	})
}

// A layer that cannot make the request ready ends the call: nothing was sent.
func TestALayerMayRefuse(t *testing.T) {
	t.Parallel()
	each(t, either, func(t *testing.T, call func() *retry.Call) {
		boom := errors.New("no key")
		s := newServer(t, ok)
		start := time.Now()
		a, err := s.with().Beneath(func(http.RoundTripper) http.RoundTripper {
			return roundTripper(func(*http.Request) (*http.Response, error) {
				return nil, fmt.Errorf("%w: %w", liveperson.ErrNotSent, boom)
			})
		}).Call(t.Context(), call())
		require.ErrorIs(t, err, boom)
		require.ErrorIs(t, err, liveperson.ErrNotSent)
		assert.Zero(t, time.Since(start))
		assert.Equal(t, retry.NoEffect, a.Effect)
		assert.Zero(t, s.network.dials(addr))
	})
}

// The owner of a transport closes what is idle beneath it, through all floors.
func TestTheOwnerMayCloseIdleConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		transport := s.with().Beneath(func(next http.RoundTripper) http.RoundTripper { return roundTripper(next.RoundTrip) })
		client := wrap(&http.Client{Transport: transport})
		for range 2 {
			_, _, err := fetch(t.Context(), t, client, http.MethodGet, base+"/", "")
			require.NoError(t, err)
			synctest.Wait()
			client.CloseIdleConnections()
			synctest.Wait()
		}
		assert.Equal(t, 2, s.network.dials(addr))
		newTransport(retry.WithTransport(roundTripper(nil))).CloseIdleConnections() // has none
	})
}

// The caller's own trace works.
func TestTheCallersTrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conns := 0
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { conns++ }})
		_, err := newServer(t, ok).with().Call(ctx, post())
		require.NoError(t, err)
		assert.Equal(t, 1, conns)
	})
}

// What net/http would refuse is refused at once: a token with a line break in
// it, or a URL that leads nowhere.
func TestWhatCannotBeSentIsFinal(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"Bearer canary\n", "Bearer canary\r\nX-Evil: 1", "Bearer \x00canary", "Bearer canary\x7f"} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, ok)
			call := get()
			call.Header["Authorization"] = []string{value}
			start := time.Now()
			a, err := s.with().Call(t.Context(), call)
			require.ErrorIs(t, err, liveperson.ErrNotSent)
			assert.ErrorContains(t, err, `the header "Authorization" has a control character in its value`)
			assert.NotContains(t, err.Error(), "canary")
			assert.Zero(t, time.Since(start))
			assert.Zero(t, s.network.dials(addr))
			assert.Equal(t, "status 0, tries 0, no effect", fmt.Sprint(a))
		})
	}
	for _, u := range []string{"/path", "//host/path", "https:///path", "nothing"} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			call := get()
			call.URL = must(url.Parse(u))
			a, err := newTransport().Call(t.Context(), call)
			require.Error(t, err)
			assert.Equal(t, "status 0, tries 0, no effect", fmt.Sprint(a))
			assert.Zero(t, time.Since(start), u)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		call := get()
		call.Header.Set("X-Name", "Grüße\tdort")
		_, err := newServer(t, ok).with().Call(t.Context(), call)
		require.NoError(t, err, "a tab and letters beyond ASCII may be sent")
	})
}

func TestTheHostOfACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var hosts []string
		s := newServer(t, func(_ http.ResponseWriter, r *http.Request) { hosts = append(hosts, r.Host) })
		call := get()
		_, err := s.with().Call(t.Context(), call)
		require.NoError(t, err)
		call.Host = "other.example"
		_, err = s.with().Call(t.Context(), call)
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, []string{"api.example", "other.example"}, hosts)
	})
}

// limiter lets one request through each second.
type limiter struct {
	mu    sync.Mutex
	asked int
	err   error // from the second on
}

func (l *limiter) Wait(ctx context.Context) error {
	l.mu.Lock()
	l.asked++
	again := l.asked > 1
	l.mu.Unlock()
	if l.err != nil && again {
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
		// Its wait is none of the try's.
		policy := retry.Policy{Jitter: -1, TryTimeout: 500 * time.Millisecond}
		_, err := s.with(retry.WithLimiter(l), retry.WithPolicy(policy)).Call(t.Context(), get())
		require.NoError(t, err)
		assert.Equal(t, 4, l.asked)
		assert.Equal(t, []time.Duration{6 * time.Second, 11 * time.Second, 2 * time.Second}, s.pauses())
	})
}

func TestTheLimiterEndsACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		full := errors.New("would exceed the deadline")
		a, err := s.with(retry.WithLimiter(&limiter{err: full})).Call(t.Context(), get())
		require.ErrorIs(t, err, full)
		require.ErrorIs(t, err, liveperson.ErrNotSent)
		assert.Equal(t, 1, s.count())
		assert.Equal(t, retry.EffectUnknown, a.Effect, "the first try is still in doubt")

		ctx, cancel := contextWithCancelAfter(t, 100*time.Millisecond)
		defer cancel()
		a, err = s.with(retry.WithLimiter(&limiter{})).Call(ctx, post())
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, "status 0, tries 0, no effect", fmt.Sprint(a))
	})
}

func TestNamesOfEffects(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "unknown, no effect, took effect", fmt.Sprintf("%v, %v, %v", retry.EffectUnknown, retry.NoEffect, retry.TookEffect))
	answer := retry.Answer{Status: 200, Body: []byte("secret"), Tries: 2}
	assert.Equal(t, "status 200, tries 2, unknown", fmt.Sprintf("%+v", answer), "an answer never prints its body")
}

// A transport serves many calls at once, each with its own tries and answers.
func TestManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		seen := map[string]int{}
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if seen[r.URL.Path]++; seen[r.URL.Path] < 3 {
				w.WriteHeader(503)
			}
			_, _ = io.WriteString(w, r.URL.Path)
		})
		transport := s.with(retry.WithLimiter(&limiter{}), retry.WithBudget(retry.NewBudget(1, 1000)), retry.WithPolicy(retry.Policy{}))
		answers := make([]retry.Answer, 50)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				call := get()
				call.URL.Path = fmt.Sprint("/", i)
				answers[i], _ = transport.Call(t.Context(), call)
			})
		}
		wg.Wait()
		for i, a := range answers {
			assert.Equal(t, fmt.Sprint("status 200, tries 3, took effect /", i), fmt.Sprint(a, " ", string(a.Body)))
		}
	})
}

// What an earlier sending left open stays open, unless a later one took effect.
func TestAnswersOfOneCall(t *testing.T) {
	t.Parallel()
	open := retry.Answer{Tries: 2, Sent: 3, Received: 4}
	for _, row := range []struct{ earlier, later, both retry.Answer }{
		{retry.Answer{}, retry.Answer{Tries: 1, Effect: retry.NoEffect}, retry.Answer{Tries: 1, Effect: retry.NoEffect}},
		{open, retry.Answer{Tries: 1, Effect: retry.NoEffect}, retry.Answer{Tries: 3, Sent: 3, Received: 4}},
		{open, retry.Answer{Tries: 1, Effect: retry.TookEffect}, retry.Answer{Tries: 3, Sent: 3, Received: 4, Effect: retry.TookEffect}},
		{retry.Answer{Tries: 1, Effect: retry.NoEffect}, retry.Answer{Tries: 1}, retry.Answer{Tries: 2}},
	} {
		assert.Equal(t, row.both, row.later.After(row.earlier))
	}
}
