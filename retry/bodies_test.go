package retry_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

// After the last try status, header and body are there as they came.
func TestTheLastAnswerIsKept(t *testing.T) {
	t.Parallel()
	for _, code := range []int{429, 500, 503} {
		synctest.Test(t, func(t *testing.T) {
			page := status(code, "<html>last</html>", "X-Request", "abc")
			s := newServer(t, status(code, "1"), status(code, "2"), status(code, "3"), page)
			resp, body, err := send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", nil)
			require.NoError(t, err)
			assert.Equal(t, code, resp.StatusCode)
			assert.Equal(t, "<html>last</html>", body)
			assert.Equal(t, "abc", resp.Header.Get("X-Request"))
			assert.EqualValues(t, len(body), resp.ContentLength)
			assert.Equal(t, 4, s.count())
		})
	}
}

func TestACutBodyIsALostAnswer(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]http.HandlerFunc{"Content-Length": cutLength, "chunked": cutChunked} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, cut, cut, ok)
				_, body, err := send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", nil)
				require.NoError(t, err)
				assert.Equal(t, `{"ok":true}`, body)
				assert.Equal(t, 3, s.count())
			})
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, cut, ok)
				result := &retry.Result{}
				_, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "", &retry.Call{Class: retry.Once, Result: result})
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				assert.Equal(t, 1, s.count())
				assert.Equal(t, retry.Result{Attempts: 1, Status: 200, Effect: retry.EffectUnknown}, *result)
			})
		})
	}
}

// From 300 on the status decides, even if its page is cut or never ends.
func TestACutErrorPageKeepsItsStatus(t *testing.T) {
	t.Parallel()
	half := func(code int) http.HandlerFunc {
		return wire(fmt.Sprintf("HTTP/1.1 %d x\r\nContent-Length: 100\r\n\r\nhalf", code))
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(403)
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	rows := map[string]struct {
		script []http.HandlerFunc
		class  retry.Class
		tries  int
		status int
		body   string
	}{
		"401":          {hs(half(401)), retry.Idempotent, 1, 401, "half"},
		"404 once":     {hs(half(404)), retry.Once, 1, 404, "half"},
		"429 once":     {hs(half(429), ok), retry.Once, 2, 200, `{"ok":true}`},
		"503":          {hs(half(503)), retry.Idempotent, 4, 503, "half"},
		"503 once":     {hs(half(503)), retry.Once, 1, 503, "half"},
		"403 and hang": {hs(endless), retry.Idempotent, 1, 403, "half"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, row.script...)
				resp, body, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "", &retry.Call{Class: row.class})
				require.NoError(t, err)
				assert.Equal(t, row.status, resp.StatusCode)
				assert.Equal(t, row.body, body)
				assert.Equal(t, row.tries, s.count())
			})
		})
	}
	t.Run("cancelled meanwhile", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, endless)
			ctx, cancel := contextWithCancelAfter(t, time.Second)
			defer cancel()
			_, _, err := send(ctx, t, s.client(), http.MethodGet, base+"/", "", nil)
			require.ErrorIs(t, err, context.Canceled)
		})
	})
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 1001)
	chunked := func(w http.ResponseWriter, _ *http.Request) {
		for i := range len(big) {
			_, _ = io.WriteString(w, big[i:i+1])
			if i%100 == 0 {
				_ = http.NewResponseController(w).Flush()
			}
		}
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := make([]byte, 1<<20)
		for range 64 {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
		_ = z.Close()
	}
	for name, row := range map[string]struct {
		h     http.HandlerFunc
		limit int64
		fits  bool
	}{
		"announced":                {status(200, big), 1000, false},
		"announced 503":            {status(503, big), 1000, false},
		"not announced":            {chunked, 1000, false},
		"gzip bomb":                {bomb, 1 << 20, false},
		"announced, just fits":     {status(200, big), 1001, true},
		"not announced, just fits": {chunked, 1001, true},
		"no limit to speak of":     {status(200, big), math.MaxInt64, true},
		"0 is the default":         {status(200, big), 0, true},
		"a lie about 256 MiB":      {wire("HTTP/1.1 200 OK\r\nContent-Length: 268435456\r\n\r\n{"), 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, row.h)
				result := &retry.Result{}
				_, body, err := send(t.Context(), t, s.client(retry.WithMaxBody(row.limit)), http.MethodGet, base+"/", "", &retry.Call{Result: result})
				assert.Equal(t, 1, s.count(), "it will not be smaller the next time")
				if row.fits {
					require.NoError(t, err)
					assert.Equal(t, big, body)
					return
				}
				require.ErrorIs(t, err, liveperson.ErrTooLarge)
				assert.NotZero(t, result.Status)
				assert.Equal(t, retry.EffectUnknown, result.Effect)
			})
		})
	}
}

func TestHeadAnnouncesABodyThatDoesNotCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(200, "", "Content-Length", "268435456"))
		resp, body, err := send(t.Context(), t, s.client(), http.MethodHead, base+"/", "", nil)
		require.NoError(t, err)
		assert.Empty(t, body)
		assert.EqualValues(t, 268435456, resp.ContentLength)
	})
}

func TestATestDoubleMayLeaveTheBodyOut(t *testing.T) {
	t.Parallel()
	client := retry.NewClient(retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 204, Request: r}, nil
	})))
	resp, body, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", &retry.Call{Jar: newJar(t)})
	require.NoError(t, err)
	assert.Equal(t, 204, resp.StatusCode)
	assert.Empty(t, body)
}

// body counts how it is used.
type body struct {
	io.Reader
	closed int
}

func (b *body) Close() error { b.closed++; return nil }

func TestRequestBodies(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with GetBody", "without GetBody", "of unknown length"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(503, ""), reset, status(429, ""), ok)
				const text = `{"text":"Grüße"}`
				req, err := http.NewRequestWithContext(retry.NewContext(t.Context(), &retry.Call{Class: retry.Idempotent}),
					http.MethodPut, base+"/path?q=1", strings.NewReader(text))
				require.NoError(t, err)
				b := &body{Reader: strings.NewReader(text)}
				req.Body = b
				if name != "with GetBody" {
					req.GetBody = nil
				}
				if name == "of unknown length" {
					req.ContentLength = -1
				}
				req.Header.Set("Content-Type", "application/json")
				header, length := req.Header.Clone(), req.ContentLength
				resp, err := retry.NewTransport(retry.WithTransport(s.transport)).RoundTrip(req)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				assert.Equal(t, 200, resp.StatusCode)
				assert.Same(t, req, resp.Request)

				assert.Equal(t, 1, b.closed, "RoundTrip has to close it")
				assert.Same(t, b, req.Body)
				assert.Equal(t, header, req.Header)
				assert.Equal(t, length, req.ContentLength)
				assert.Equal(t, base+"/path?q=1", req.URL.String())
				require.Equal(t, 4, s.count())
				for _, r := range s.requests() {
					assert.Equal(t, "PUT /path?q=1 "+text, r.method+" "+r.uri+" "+r.body)
					assert.Equal(t, fmt.Sprint(len(text)), r.header.Get("Content-Length"))
					assert.Equal(t, "application/json", r.header.Get("Content-Type"))
				}
			})
		})
	}
}

func TestARequestWithoutABodySendsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		for _, b := range []io.ReadCloser{nil, http.NoBody} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/", http.NoBody)
			require.NoError(t, err)
			req.Body = b
			resp, err := s.client().Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		}
		for _, r := range s.requests() {
			assert.Empty(t, r.body)
			assert.Equal(t, "0", r.header.Get("Content-Length"))
			assert.Empty(t, r.header.Get("Transfer-Encoding"))
		}
	})
}

func TestARequestBodyThatCannotBeRead(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, row := range map[string]struct {
		body io.Reader
		is   error
		text string
	}{
		"fails":     {io.MultiReader(strings.NewReader("x"), errReader{boom}), boom, "reading the request body: boom"},
		"too large": {io.LimitReader(zeros{}, 16<<20+1), nil, "request body over 16 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			var stats []retry.Stats
			client := retry.NewClient(
				retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) { calls++; return answer(r, 200, ""), nil })),
				retry.WithObserver(func(s retry.Stats) { stats = append(stats, s) }))
			result := &retry.Result{}
			b := &body{Reader: row.body}
			req, err := http.NewRequestWithContext(retry.NewContext(t.Context(), &retry.Call{Result: result}), http.MethodPost, base+"/", b)
			require.NoError(t, err)
			resp, err := client.Do(req)
			if err == nil {
				require.NoError(t, resp.Body.Close())
			}
			require.ErrorContains(t, err, row.text)
			if row.is != nil {
				require.ErrorIs(t, err, row.is)
			}
			assert.Zero(t, calls)
			assert.Equal(t, 1, b.closed)
			assert.Equal(t, retry.Result{Effect: retry.NoEffect}, *result)
			require.Len(t, stats, 1)
			assert.Equal(t, "POST api.example", stats[0].Method+" "+stats[0].Host)
		})
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestLargestRequestBody(t *testing.T) {
	t.Parallel()
	var n int64
	client := retry.NewClient(retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		n, _ = io.Copy(io.Discard, r.Body)
		return answer(r, 200, ""), nil
	})))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/", bytes.NewReader(make([]byte, 16<<20)))
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.EqualValues(t, 16<<20, n)
}

// Of a body that is too large no more is read than shows it.
func TestNoMoreThanTheLimitIsRead(t *testing.T) {
	t.Parallel()
	var read, closed int
	client := retry.NewClient(retry.WithMaxBody(1000), retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		resp := answer(r, 200, "")
		resp.ContentLength = -1
		resp.Body = &counted{io.LimitReader(zeros{}, 64<<20), &read, &closed}
		return resp, nil
	})))
	_, _, err := send(t.Context(), t, client, http.MethodGet, base+"/", "", nil)
	require.ErrorIs(t, err, liveperson.ErrTooLarge)
	assert.Equal(t, 1001, read)
	assert.Equal(t, 1, closed)
}

// counted counts the bytes read and the calls of Close.
type counted struct {
	io.Reader
	read, closed *int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.read += n
	return n, err
}

func (c *counted) Close() error { *c.closed++; return nil }
