package retry_test

import (
	"bytes"
	"context"
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
	rows := map[string]struct {
		script []http.HandlerFunc
		method string
		call   retry.Call
		want   retry.Stats
		err    bool
	}{
		"fine": {
			hs(ok), http.MethodPost,
			retry.Call{Op: "x.Send"},
			retry.Stats{Op: "x.Send", Method: "POST", Status: 200, Attempts: 1, Sent: 5, Received: 11},
			false,
		},
		"retried": {
			hs(status(503, "down"), status(503, "down"), ok), http.MethodPut,
			retry.Call{Class: retry.Idempotent},
			retry.Stats{Method: "PUT", Status: 200, Attempts: 3, Sent: 15, Received: 19, Duration: 15 * time.Second},
			false,
		},
		"exhausted": {
			hs(status(503, "down")), http.MethodPut,
			retry.Call{Class: retry.Idempotent},
			retry.Stats{Method: "PUT", Status: 503, Attempts: 4, Sent: 20, Received: 16, Duration: 30 * time.Second},
			false,
		},
		"no answer": {
			hs(reset), http.MethodPost,
			retry.Call{},
			retry.Stats{Method: "POST", Attempts: 1, Sent: 5},
			true,
		},
		"cut answer": {
			hs(cutLength), http.MethodPost,
			retry.Call{},
			retry.Stats{Method: "POST", Status: 200, Attempts: 1, Sent: 5, Received: 6},
			true,
		},
		"conflict": {
			hs(status(409, "2"), ok), http.MethodPost,
			retry.Call{Conflict: next},
			retry.Stats{Method: "PUT", Status: 200, Attempts: 2, Sent: 18, Received: 12},
			false,
		},
		"verified": {
			hs(status(500, "")), http.MethodPost,
			retry.Call{Class: retry.Verified, Verify: verdict(retry.TookEffect)},
			retry.Stats{Method: "POST", Status: 200, Attempts: 1, Sent: 5, Duration: 5 * time.Second},
			false,
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, row.script...)
				var got [2][]retry.Stats
				client := s.client(
					retry.WithObserver(func(s retry.Stats) { got[0] = append(got[0], s) }),
					retry.WithObserver(func(s retry.Stats) { got[1] = append(got[1], s) }))
				row.want.Host, row.want.Start = "api.example", time.Now()
				_, _, err := send(t.Context(), t, client, row.method, base+"/?secret=1", "hello", &row.call)
				require.Len(t, got[0], 1, "once for each call")
				assert.Equal(t, got[0], got[1])
				st := got[0][0]
				if row.err {
					require.ErrorIs(t, err, st.Err)
				} else {
					require.NoError(t, st.Err)
				}
				st.Err = nil
				assert.Equal(t, row.want, st)
			})
		})
	}
}

// logged runs a few failing calls with canaries everywhere and returns what
// came out of it: logs, stats and errors.
func logged(t *testing.T, fault http.HandlerFunc) (log, stats string, errs []error) {
	t.Helper()
	s := newServer(t, fault)
	var b bytes.Buffer
	client := s.client(
		retry.WithLogger(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		retry.WithObserver(func(s retry.Stats) { stats += fmt.Sprintf("%v %+v %#v %v\n", s, s, s, s.Err) }))
	for _, class := range []retry.Class{retry.Idempotent, retry.Verified, retry.Once} {
		call := &retry.Call{Op: "x.Y", Class: class, Verify: verdict(retry.NoEffect), Jar: newJar(t, "sid=canary-cookie")}
		ctx := retry.NewContext(t.Context(), call)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/canary-path?token=canary-query",
			bytes.NewReader([]byte("canary-body")))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer canary-token")
		resp, err := client.Transport.RoundTrip(req)
		if err == nil {
			require.NoError(t, resp.Body.Close())
			continue
		}
		errs = append(errs, err)
	}
	return b.String(), stats, errs
}

// echo answers with raw bytes that hold the request, as a broken server does.
func echo(format string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		wire(fmt.Sprintf(format, r.Header.Get("Authorization")+" "+r.Header.Get("Cookie")+" "+r.RequestURI+" canary-body"))(w, r)
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{
		"503": func(w http.ResponseWriter, r *http.Request) {
			status(503, r.Header.Get("Authorization"), "X-Echo", r.Header.Get("Cookie"), "Retry-After", "canary")(w, r)
		},
		"reset":              reset,
		"cut":                cutChunked,
		"hang":               hang,
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
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				log, stats, errs := logged(t, fault)
				assert.Contains(t, log, "op=x.Y method=POST host=api.example attempt=1")
				assert.NotContains(t, log, "canary")
				assert.NotContains(t, stats, "canary")
				for _, err := range errs {
					assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), "canary")
				}
			})
		})
	}
}

// RoundTrippers beneath may put the URL into their errors, as *url.Error does.
func TestErrorsFromBeneathLoseTheirURL(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	var log bytes.Buffer
	client := retry.NewClient(
		retry.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("traced: %w", &url.Error{Op: "Post", URL: r.URL.String(), Err: boom})
		})))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/?token=canary", http.NoBody)
	require.NoError(t, err)
	resp, err := client.Transport.RoundTrip(req)
	if err == nil {
		require.NoError(t, resp.Body.Close())
	}
	require.ErrorIs(t, err, boom)
	var u *url.Error
	require.ErrorAs(t, err, &u)
	assert.Equal(t, "boom", err.Error())
	assert.NotContains(t, log.String(), "canary")
	assert.Contains(t, log.String(), "err=boom")
}

func TestWhatIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, reset, status(503, ""), ok)
		var log bytes.Buffer
		noTime := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: noTime}))
		_, _, err := send(t.Context(), t, s.client(retry.WithLogger(logger)), http.MethodPost, base+"/", "",
			&retry.Call{Op: "x.Y", Class: retry.Verified, Verify: verdict(retry.NoEffect)})
		require.NoError(t, err)
		assert.Equal(t, `level=DEBUG msg="no usable answer" op=x.Y method=POST host=api.example attempt=1 took=0s err=EOF
level=INFO msg="waiting before another try" op=x.Y method=POST host=api.example attempt=1 status=0 wait=5s
level=INFO msg="verified the last try" op=x.Y method=POST host=api.example attempt=1 effect="no effect"
level=DEBUG msg=answered op=x.Y method=POST host=api.example attempt=2 status=503 took=0s
level=INFO msg="waiting before another try" op=x.Y method=POST host=api.example attempt=2 status=503 wait=10s
level=INFO msg="verified the last try" op=x.Y method=POST host=api.example attempt=2 effect="no effect"
level=DEBUG msg=answered op=x.Y method=POST host=api.example attempt=3 status=200 took=0s
`, log.String())
	})
}

// Without a logger nothing is written anywhere, not to the default one either.
func TestSilentByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, reset, ok)
		quiet := slog.New(slog.NewTextHandler(failWriter{t}, &slog.HandlerOptions{Level: slog.LevelError}))
		for _, opts := range [][]retry.Option{nil, {retry.WithLogger(quiet)}} {
			_, _, err := send(context.WithoutCancel(t.Context()), t, s.client(opts...), http.MethodGet, base+"/", "", nil)
			require.NoError(t, err)
		}
	})
}

type failWriter struct{ t *testing.T }

func (w failWriter) Write(p []byte) (int, error) {
	assert.Fail(w.t, "logged", "%s", p)
	return len(p), nil
}
