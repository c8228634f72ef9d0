package retry_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

func TestStats(t *testing.T) {
	t.Parallel()
	type row struct {
		script []http.HandlerFunc
		call   func() *retry.Call
		want   retry.Stats
		err    bool
	}
	each(t, map[string]row{
		"fine":       {hs(ok), post, retry.Stats{Op: "x.Post", Method: "POST", Status: 200, Tries: 1, Sent: 4, Received: 11}, false},
		"refused":    {hs(status(404, "no")), post, retry.Stats{Op: "x.Post", Method: "POST", Status: 404, Tries: 1, Sent: 4, Received: 2}, false},
		"no answer":  {hs(reset), post, retry.Stats{Op: "x.Post", Method: "POST", Tries: 1, Sent: 4}, true},
		"cut answer": {hs(cutLength), post, retry.Stats{Op: "x.Post", Method: "POST", Status: 200, Tries: 1, Sent: 4, Received: 6}, true},
		"retried": {
			hs(status(503, "down"), status(503, "down"), ok), get,
			retry.Stats{Op: "x.Get", Method: "GET", Status: 200, Tries: 3, Sent: 12, Received: 19, Duration: 15 * second},
			false,
		},
		"exhausted": {
			hs(status(503, "down")), get, retry.Stats{Op: "x.Get", Method: "GET", Status: 503, Tries: 4, Sent: 16, Received: 16, Duration: 30 * second}, false,
		},
	}, func(t *testing.T, row row) {
		s := newServer(t, row.script...)
		var got [2][]retry.Stats
		transport := s.with(
			retry.WithObserver(func(s retry.Stats) { got[0] = append(got[0], s) }),
			retry.WithObserver(func(s retry.Stats) { got[1] = append(got[1], s) }))
		call := row.call()
		call.Body, call.Account, call.Agent = []byte("four"), "12345678", "bot"
		row.want.Host, row.want.Start, row.want.Account, row.want.Agent = "api.example", time.Now(), "12345678", "bot"
		start := time.Now()
		a, err := transport.Call(t.Context(), call)
		assert.Empty(t, got[0], "whoever makes the call observes it")
		transport.Observe(call.Stats(a, start, err))
		require.Len(t, got[0], 1)
		assert.Equal(t, got[0], got[1])
		st := got[0][0]
		assert.Equal(t, row.err, st.Err != nil)
		assert.Equal(t, err, st.Err)
		st.Err = nil
		assert.Equal(t, row.want, st)
	})
}

// A plain request is observed once, with what is known of it, also beneath
// another client.
func TestStatsOfPlainRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, "down"), ok, reset)
		var got []retry.Stats
		observe := retry.WithObserver(func(s retry.Stats) { got = append(got, s) })
		client := wrap(&http.Client{Transport: floor{s.with(observe)}}, retry.WithPolicy(retry.Policy{Jitter: -1}))
		start := time.Now()
		_, _, err := fetch(t.Context(), t, s.client(observe), http.MethodGet, base+"/?secret=1", "")
		require.NoError(t, err)
		_, _, err = fetch(t.Context(), t, client, http.MethodPost, base+"/", "12345")
		require.Error(t, err)
		require.Len(t, got, 2)
		assert.Equal(t, retry.Stats{
			Method: "GET", Host: "api.example", Status: 200, Tries: 2, Start: start, Duration: 5 * second, Received: 15,
		}, got[0])
		require.ErrorIs(t, err, got[1].Err)
		got[1].Err = nil
		assert.Equal(t, retry.Stats{Method: "POST", Host: "api.example", Tries: 1, Start: start.Add(5 * second), Sent: 5}, got[1])
	})
}

// echo answers with raw bytes that hold the request, as a broken server does.
func echo(format string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		wire(fmt.Sprintf(format, r.Header.Get("Authorization")+" "+r.Header.Get("Cookie")+" "+r.RequestURI+" canary-body"))(w, r)
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	each(t, map[string]http.HandlerFunc{
		"503": func(w http.ResponseWriter, r *http.Request) {
			status(503, r.Header.Get("Authorization"), "X-Echo", r.Header.Get("Cookie"), "Retry-After", "canary")(w, r)
		},
		"reset":              reset,
		"cut":                cutChunked,
		"hang":               hang,
		"no JSON":            status(200, "<html>canary"),
		"no HTTP":            echo("%s\r\n\r\n"),
		"odd version":        echo("HTTP/%s 200 OK\r\n\r\n"),
		"odd status":         echo("HTTP/1.1 %s\r\n\r\n"),
		"odd header":         echo("HTTP/1.1 200 OK\r\nNo colon %s\r\n\r\n"),
		"odd first header":   echo("HTTP/1.1 200 OK\r\n %s\r\n\r\n"),
		"odd length":         echo("HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n"),
		"odd encoding":       echo("HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n"),
		"odd chunk":          echo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n"),
		"odd location":       echo("HTTP/1.1 302 Found\r\nLocation: http://[%s\r\nContent-Length: 0\r\n\r\n"),
		"too large":          echo("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n%s"),
		"odd trailer":        echo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n0\r\nbad %s\r\n\r\n"),
		"informational only": echo("HTTP/1.1 100 Continue\r\n\r\n%s"),
	}, func(t *testing.T, fault http.HandlerFunc) {
		var log bytes.Buffer
		transport := newServer(t, fault).with(retry.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		for _, kind := range either {
			call := kind()
			call.Jar, call.Body, call.JSON = newJar(t, "sid=canary-cookie"), []byte("canary-body"), true
			call.URL = must(url.Parse(base + "/canary-path?token=canary-query"))
			call.Header.Set("Authorization", "Bearer canary-token")
			a, err := transport.Call(t.Context(), call)
			if err != nil {
				assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s %q", err, err, err, err, err), "canary")
			}
			stats := call.Stats(a, time.Now(), err)
			assert.NotContains(t, fmt.Sprintf("%v %+v %v %+v %#v %s", stats, stats, a, a, a, a), "canary")
			assert.Contains(t, log.String(), fmt.Sprintf("op=%s method=%s host=api.example try=1", call.Op, call.Method))
		}
		assert.NotContains(t, log.String(), "canary")
	})
}

// RoundTrippers beneath may put the URL into their errors, as *url.Error does.
func TestErrorsFromBeneathLoseTheirURL(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	var log bytes.Buffer
	transport := newTransport(atOnce,
		retry.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("traced: %w", &url.Error{Op: "Post", URL: r.URL.String(), Err: boom})
		})))
	call := post()
	call.URL = must(url.Parse(base + "/?token=canary"))
	_, err := transport.Call(t.Context(), call)
	require.ErrorIs(t, err, boom)
	var u *url.Error
	require.ErrorAs(t, err, &u)
	assert.EqualError(t, err, "boom")
	assert.Equal(t, `"boom"`, fmt.Sprintf("%#v", err))
	assert.NotContains(t, log.String(), "canary")
	assert.Contains(t, log.String(), "err=boom")
}

func TestWhatIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		noTime := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: noTime}))
		slow := func(w http.ResponseWriter, _ *http.Request) { time.Sleep(second); w.WriteHeader(503) }
		_, err := newServer(t, reset, slow, ok).with(retry.WithLogger(logger)).Call(t.Context(), get())
		require.NoError(t, err)
		assert.Equal(t, `level=DEBUG msg="no usable answer" op=x.Get method=GET host=api.example try=1 took=0s err=EOF
level=INFO msg="waiting before another try" op=x.Get method=GET host=api.example try=1 wait=5s err=EOF
level=DEBUG msg=answered op=x.Get method=GET host=api.example try=2 status=503 took=1s
level=INFO msg="waiting before another try" op=x.Get method=GET host=api.example try=2 wait=10s status=503
level=DEBUG msg=answered op=x.Get method=GET host=api.example try=3 status=200 took=0s
`, log.String())

		log.Reset()
		call := get()
		call.Account, call.Agent = "12345678", "bot"
		_, err = newServer(t, ok).with(retry.WithLogger(logger)).Call(t.Context(), call)
		require.NoError(t, err)
		assert.Equal(t, "level=DEBUG msg=answered op=x.Get method=GET host=api.example try=1 status=200 took=0s account=12345678 agent=bot\n", log.String())
	})
}

// Where the level says so, and without a logger, nothing is written.
func TestSilentByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, reset, ok)
		var log bytes.Buffer
		quiet := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError}))
		for _, l := range []*slog.Logger{nil, quiet} {
			_, err := s.with(retry.WithLogger(l)).Call(t.Context(), get())
			require.NoError(t, err)
		}
		assert.Empty(t, log.String())
	})
}
