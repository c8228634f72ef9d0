package retry_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

// After the last try status, header and body are there as they came.
func TestGuardTheLastAnswerIsKept(t *testing.T) {
	t.Parallel()
	for _, code := range []int{429, 500, 503} {
		synctest.Test(t, func(t *testing.T) {
			page := status(code, "<html>last</html>", "X-Request", "abc")
			s := newServer(t, status(code, "1"), status(code, "2"), status(code, "3"), page)
			resp, body, err := fetch(t.Context(), t, s.client(), http.MethodGet, base+"/", "")
			require.NoError(t, err)
			assert.Equal(t, code, resp.StatusCode)
			assert.Equal(t, fmt.Sprint(code, " ", http.StatusText(code)), resp.Status)
			assert.Equal(t, "<html>last</html>", body)
			assert.Equal(t, "abc", resp.Header.Get("X-Request"))
			assert.EqualValues(t, len(body), resp.ContentLength)
			assert.Equal(t, "HTTP/1.1", resp.Proto)
			assert.Equal(t, 4, s.count())
		})
	}
}

// Nothing of an earlier answer is left when the last try got none.
func TestAnswersDoNotMix(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, "down", "X-A", "1"), reset, reset, reset)
		a, err := s.with().Call(t.Context(), get())
		assert.Equal(t, "reset", outcome(a, err))
		assert.Zero(t, a.Status)
		assert.Nil(t, a.Header)
		assert.Nil(t, a.Body)
		assert.EqualValues(t, len("down"), a.Received)
		assert.Equal(t, time.Now(), a.Ended)
	})
}

// A success that has to be a JSON document is none if it is something else from
// its first to its last byte, or is cut off: a proxy's page, half an answer.
func TestDocuments(t *testing.T) {
	t.Parallel()
	const fine, never = "200", "malformed"
	for body, want := range map[string]struct{ document, empty string }{
		`{"a":1}`: {fine, fine}, `[]`: {fine, fine}, `"text"`: {fine, fine}, `""`: {fine, fine},
		`7`: {fine, fine}, `-1.5e3`: {fine, fine}, `true`: {fine, fine}, `false`: {fine, fine}, `null`: {fine, fine},
		" \r\n\t{\"a\":1}\n": {fine, fine}, "\xef\xbb\xbf{}": {fine, fine}, "\xef\xbb\xbf 7 ": {fine, fine},
		``: {never, fine}, " \r\n\t": {never, fine}, "\xef\xbb\xbf": {never, fine}, "\xef\xbb\xbf \n": {never, fine},
		`<html><title>Sign in</title></html>`: {never, never}, `OK`: {never, never}, `True`: {never, never}, `nul`: {never, never},
		`nullify`: {never, never}, `truefalse`: {never, never}, "\xff\xfe{}": {never, never}, "\x00": {never, never}, "\u00a0": {never, never},
		`'a'`: {never, never}, `+7`: {never, never}, `}`: {never, never}, `]`: {never, never},
		`{`: {never, never}, `[`: {never, never}, `"`: {never, never}, `{"a":`: {never, never}, `[1,2`: {never, never}, `"tex`: {never, never},
		`{"a":1} trailing`: {never, never}, `[}`: {never, never}, `{]`: {never, never}, `{"`: {never, never}, `"}`: {never, never},
	} {
		t.Run(fmt.Sprintf("%q", body), func(t *testing.T) {
			t.Parallel()
			for empty, want := range map[bool]string{false: want.document, true: want.empty} {
				for _, code := range []int{200, 201, 204, 206, 299, 302, 400} {
					transport := newTransport(atOnce, retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) { return answer(r, code, body), nil })))
					call := post()
					call.JSON, call.Empty = true, empty
					a, err := transport.Call(t.Context(), call)
					assert.Equal(t, body, string(a.Body))
					assert.Equal(t, code, a.Status)
					if code >= 300 {
						require.NoError(t, err, "only successes are looked at")
						continue
					}
					assert.Equal(t, want, strings.Replace(outcome(a, err), fmt.Sprint(code), "200", 1), "%d, empty %t", code, empty)
					assert.Equal(t, want == fine, a.Effect == retry.TookEffect)
				}
			}
			transport := newTransport(atOnce, retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) { return answer(r, 200, body), nil })))
			_, err := transport.Call(t.Context(), post())
			require.NoError(t, err, "without JSON any body will do")
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
	type row struct {
		script []http.HandlerFunc
		call   *retry.Call
		want   string
		body   string
	}
	each(t, map[string]row{
		"401":          {hs(half(401)), get(), "status 401, tries 1, no effect", "half"},
		"404 once":     {hs(half(404)), post(), "status 404, tries 1, no effect", "half"},
		"429 once":     {hs(half(429), ok), post(), "status 200, tries 2, took effect", `{"ok":true}`},
		"503":          {hs(half(503)), get(), "status 503, tries 4, unknown", "half"},
		"503 once":     {hs(half(503)), post(), "status 503, tries 1, unknown", "half"},
		"403 and hang": {hs(endless), get(), "status 403, tries 1, no effect", "half"},
	}, func(t *testing.T, row row) {
		a, err := newServer(t, row.script...).with().Call(t.Context(), row.call)
		require.NoError(t, err)
		assert.Equal(t, row.want, fmt.Sprint(a))
		assert.Equal(t, row.body, string(a.Body))
	})
	t.Run("cancelled meanwhile", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := contextWithCancelAfter(t, time.Second)
			defer cancel()
			start := time.Now()
			a, err := newServer(t, endless).with().Call(ctx, get())
			require.NoError(t, err)
			assert.Equal(t, 403, a.Status)
			assert.Equal(t, second, time.Since(start))
		})
	})
}

func TestGuardBodyLimit(t *testing.T) {
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
	type row struct {
		h     http.HandlerFunc
		limit int64
		fits  bool
	}
	each(t, map[string]row{
		"announced":                {status(200, big), 1000, false},
		"announced 503":            {status(503, big), 1000, false},
		"not announced":            {chunked, 1000, false},
		"not announced, 1 byte":    {chunked, 1, false},
		"gzip bomb":                {bomb, 1 << 20, false},
		"announced, just fits":     {status(200, big), 1001, true},
		"not announced, just fits": {chunked, 1001, true},
		"no limit to speak of":     {status(200, big), math.MaxInt64, true},
		"nor announced":            {chunked, math.MaxInt64, true},
		"0 is the default":         {status(200, big), 0, true},
		"a lie about 256 MiB":      {wire("HTTP/1.1 200 OK\r\nContent-Length: 268435456\r\n\r\n{"), 0, false},
		"default, announced":       {wire("HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n{"), 0, false},
	}, func(t *testing.T, row row) {
		s := newServer(t, row.h)
		a, err := s.with(retry.WithMaxBody(row.limit)).Call(t.Context(), get())
		assert.Equal(t, 1, s.count(), "it will not be smaller the next time")
		if row.fits {
			require.NoError(t, err)
			assert.Equal(t, big, string(a.Body))
			return
		}
		require.ErrorIs(t, err, liveperson.ErrTooLarge)
		assert.NotZero(t, a.Status)
		assert.Empty(t, a.Body)
		assert.Equal(t, retry.EffectUnknown, a.Effect)
	})
}

// A body of any size within the limit arrives as it was.
func TestBodiesOfAllSizes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 510, 511, 512, 513, 1023, 1024, 1025, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20} {
		for _, announced := range []bool{false, true} {
			want := strings.Repeat("0123456789abcdef7", n/17+1)[:n]
			a, err := newTransport(retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
				resp := answer(r, 200, want)
				if !announced {
					resp.ContentLength = -1
				}
				return resp, nil
			}))).Call(t.Context(), get())
			require.NoError(t, err)
			assert.Equal(t, want, string(a.Body), "%d bytes", n)
			assert.EqualValues(t, n, a.Received)
		}
	}
}

// Of a body that is too large no more is read than shows it.
func TestGuardNoMoreThanTheLimitIsRead(t *testing.T) {
	t.Parallel()
	var read, closed int
	_, err := newTransport(atOnce, retry.WithMaxBody(1000), retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		resp := answer(r, 200, "")
		resp.ContentLength = -1
		resp.Body = &counted{io.LimitReader(zeros{}, 64<<20), &read, &closed}
		return resp, nil
	}))).Call(t.Context(), get())
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

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestHeadAnnouncesABodyThatDoesNotCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(200, "", "Content-Length", "268435456"))
		resp, body, err := fetch(t.Context(), t, s.client(), http.MethodHead, base+"/", "")
		require.NoError(t, err)
		assert.Empty(t, body)
		assert.Equal(t, "268435456", resp.Header.Get("Content-Length"))
	})
}

func TestATestDoubleMayLeaveTheBodyOut(t *testing.T) {
	t.Parallel()
	call := get()
	call.Jar = newJar(t)
	a, err := newTransport(retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 204, Request: r}, nil
	}))).Call(t.Context(), call)
	require.NoError(t, err)
	assert.Equal(t, 204, a.Status)
	assert.Empty(t, a.Body)
}

// Every try of a call sends the body whole, and the caller's request is left
// as it is.
func TestRequestBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(429, ""), status(429, ""), ok)
		const text = `{"text":"Grüße"}`
		var read, closed int
		b := &counted{strings.NewReader(text), &read, &closed}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, base+"/path?q=1", b)
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := s.with().RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Same(t, req, resp.Request)
		assert.Equal(t, 1, closed, "RoundTrip has to close it")
		assert.Same(t, b, req.Body)
		assert.Equal(t, http.Header{"Content-Type": {"application/json"}}, req.Header)
		require.Equal(t, 3, s.count())
		for _, r := range s.requests() {
			assert.Equal(t, "PUT /path?q=1 "+text, r.method+" "+r.uri+" "+r.body)
			assert.Equal(t, fmt.Sprint(len(text)), r.header.Get("Content-Length"))
			assert.Equal(t, "application/json", r.header.Get("Content-Type"))
		}
	})
}

func TestARequestWithoutABodySendsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		for _, b := range []io.ReadCloser{nil, http.NoBody} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/", http.NoBody)
			require.NoError(t, err)
			req.Body, req.Header = b, nil
			resp, err := s.with().RoundTrip(req)
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
	for text, body := range map[string]io.Reader{
		"reading the request body: boom": io.MultiReader(strings.NewReader("x"), errReader{boom}),
		"request body over 16 MiB":       io.LimitReader(zeros{}, 16<<20+1),
	} {
		calls, read, closed := 0, 0, 0
		client := wrap(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) { calls++; return answer(r, 200, ""), nil })})
		_, _, err := fetchBody(t, client, &counted{body, &read, &closed})
		require.ErrorContains(t, err, text)
		assert.Equal(t, strings.Contains(text, "boom"), errors.Is(err, boom))
		assert.Zero(t, calls)
		assert.Equal(t, 1, closed)
	}
	var n int64
	client := wrap(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		n, _ = io.Copy(io.Discard, r.Body)
		return answer(r, 200, ""), nil
	})})
	_, _, err := fetchBody(t, client, bytes.NewReader(make([]byte, 16<<20)))
	require.NoError(t, err)
	assert.EqualValues(t, 16<<20, n, "the largest")
}

func fetchBody(t *testing.T, c *http.Client, body io.Reader) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/", body)
	require.NoError(t, err)
	resp, err := c.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// rotate sets another sid with each answer.
func rotate(code, n int) http.HandlerFunc {
	return status(code, "{}", "Set-Cookie", fmt.Sprintf("sid=v%d; Path=/", n))
}

func newJar(t *testing.T, cookies ...string) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	for _, line := range cookies {
		jar.SetCookies(must(url.Parse(base)), must(http.ParseCookie(line)))
	}
	return jar
}

func TestGuardEachTryCarriesTheNewestCookieOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cut := wire("HTTP/1.1 200 OK\r\nSet-Cookie: sid=v3; Path=/\r\nContent-Length: 100\r\n\r\n{")
		s := newServer(t, rotate(503, 1), rotate(429, 2), cut, rotate(200, 4))
		call := get()
		call.Jar = newJar(t, "sid=v0", `other="a b"`)
		_, err := s.with().Call(t.Context(), call)
		require.NoError(t, err)
		var sent [][]string
		for _, r := range s.requests() {
			sent = append(sent, r.header["Cookie"])
		}
		assert.Equal(t, [][]string{{`sid=v0; other="a b"`}, {`sid=v1; other="a b"`}, {`sid=v2; other="a b"`}, {`sid=v3; other="a b"`}}, sent)
		assert.Equal(t, "v4", call.Jar.Cookies(call.URL)[0].Value, "also that of the last answer")
	})
}

// The header of a try stays as it was sent: a connection that hangs, or a
// trace, may still read it while the next try is made ready.
func TestEachTryHasAHeaderOfItsOwn(t *testing.T) {
	t.Parallel()
	var headers, copies []http.Header
	n := 0
	transport := newTransport(atOnce, retry.WithUserAgent("acme/1"),
		retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			n++
			headers, copies = append(headers, r.Header), append(copies, maps.Clone(r.Header))
			resp := answer(r, 503, "")
			resp.Header.Set("Set-Cookie", fmt.Sprintf("sid=v%d; Path=/", n))
			return resp, nil
		})))
	call := get()
	call.Jar = newJar(t, "sid=v0")
	for range 2 { // as after a login, or a look
		_, err := transport.Call(t.Context(), call)
		require.NoError(t, err)
	}
	assert.Equal(t, copies, headers)
	assert.Len(t, headers, 8)
}

// A call that is refused while another one has brought new cookies is sent once more,
// with those, whatever it does: nothing has been done. One that is refused with the
// cookies of the moment is not.
func TestCookiesThatChangeMeanwhile(t *testing.T) {
	t.Parallel()
	for name, make := range either {
		for _, status := range []int{401, 403, 200, 404} {
			for _, changes := range []bool{true, false} {
				var sent, bodies []string
				call := make()
				call.Jar = newJar(t, "sid=v0")
				transport := newTransport(atOnce, retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
					sent = append(sent, r.Header.Get("Cookie"))
					body, err := io.ReadAll(r.Body)
					require.NoError(t, err)
					bodies = append(bodies, string(body))
					if changes && len(sent) == 1 { // the answer to another call
						call.Jar.SetCookies(call.URL, []*http.Cookie{{Name: "sid", Value: "v1"}})
					}
					resp := answer(r, status, "")
					if len(sent) == 1 {
						resp.Header.Set("Set-Cookie", "own=1; Path=/")
					}
					return resp, nil
				})))
				a, err := transport.Call(t.Context(), call)
				require.NoError(t, err)
				assert.Equal(t, status, a.Status)
				want := []string{"sid=v0"}
				if changes && (status == 401 || status == 403) {
					want = append(want, "sid=v1; own=1")
				}
				assert.Equal(t, want, sent, "%s, %d, changes %t", name, status, changes)
				for _, body := range bodies {
					assert.Equal(t, string(call.Body), body)
				}
				assert.Equal(t, want, a.Carried())
			}
		}
	}
}

func TestCookiesWithAndWithoutAJar(t *testing.T) {
	t.Parallel()
	type row struct {
		jar  http.CookieJar
		want []string
	}
	each(t, map[string]row{
		"the jar replaces the caller's": {newJar(t, "sid=jar"), []string{"sid=jar"}},
		"an empty jar leaves none":      {newJar(t), nil},
		"without, the caller's stays":   {nil, []string{"sid=mine"}},
	}, func(t *testing.T, row row) {
		s := newServer(t, rotate(503, 1), ok)
		call := get()
		call.Jar = row.jar
		call.Header.Set("Cookie", "sid=mine")
		a, err := s.with(retry.WithPolicy(retry.Policy{Waits: []time.Duration{}})).Call(t.Context(), call)
		require.NoError(t, err)
		require.Equal(t, 1, s.count())
		assert.Equal(t, row.want, s.requests()[0].header["Cookie"])
		assert.Equal(t, row.want, a.Carried())
	})
}

func TestOddCredentialHeaders(t *testing.T) {
	t.Parallel()
	call := get()
	call.Header["Authorization"], call.Header["Cookie"] = []string{}, []string{"a=1", "b=2"}
	a, err := newTransport(retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) { return answer(r, 200, ""), nil }))).
		Call(t.Context(), call)
	require.NoError(t, err)
	assert.Equal(t, []string{"a=1", "b=2"}, a.Carried())
}

// Carried are the credentials of all tries, and of an earlier answer.
func TestCarried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, rotate(503, 1), ok)
		call := get()
		call.Jar = newJar(t, "sid=v0")
		call.Header.Set("Authorization", "Bearer one")
		first, err := s.with().Call(t.Context(), call)
		require.NoError(t, err)
		assert.Equal(t, []string{"Bearer one", "sid=v0", "Bearer one", "sid=v1"}, first.Carried())

		call.Header.Set("Authorization", "Bearer two")
		call.Body = []byte("hello")
		second, err := s.with().Call(t.Context(), call)
		require.NoError(t, err)
		both := second.After(first)
		assert.Equal(t, []string{"Bearer one", "sid=v0", "Bearer one", "sid=v1", "Bearer two", "sid=v1"}, both.Carried())
		assert.Equal(t, 3, both.Tries)
		assert.EqualValues(t, 5, both.Sent)
		assert.EqualValues(t, len("{}")+2*len(`{"ok":true}`), both.Received)
		assert.Equal(t, second.Status, both.Status)
	})
}

// Where one class of statuses ends and the next begins.
func TestTheEdgesOfStatuses(t *testing.T) {
	t.Parallel()
	cut := errors.New("cut")
	for code, want := range map[int]struct{ lost, location bool }{
		200: {true, true}, 299: {true, true}, 300: {false, false}, 399: {false, false}, 400: {false, true},
	} {
		for name, body := range map[string]io.Reader{"no JSON": strings.NewReader("<html>"), "cut": io.MultiReader(strings.NewReader("{"), iotest.ErrReader(cut))} {
			rt := roundTripper(func(r *http.Request) (*http.Response, error) {
				resp := answer(r, code, "")
				resp.Body, resp.ContentLength = io.NopCloser(body), -1
				if name == "no JSON" {
					resp.Header.Set("X", "1")
				} else {
					resp.Header.Set("Location", "http://%zz")
				}
				return resp, nil
			})
			call := get()
			call.JSON, call.Single = true, true
			a, err := newTransport(retry.WithTransport(rt)).Call(t.Context(), call)
			assert.Equal(t, code, a.Status)
			if lost := want.lost && name == "no JSON"; lost {
				require.ErrorIs(t, err, liveperson.ErrMalformed, code)
			} else if !want.lost {
				require.NoError(t, err, code)
			}
			if name == "cut" {
				assert.Equal(t, want.location, a.Header.Get("Location") != "", code)
			}
		}
	}
}

// The time-out of a client that is wrapped spans the calls made through its
// transport too.
func TestATimeoutOfTheTransport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, hang)
		hc := wrap(&http.Client{Transport: s.transport, Timeout: 12 * second})
		assert.Zero(t, hc.Timeout)
		caller, ok := wrap(hc).Transport.(retry.Caller)
		require.True(t, ok)
		start := time.Now()
		_, err := caller.Call(t.Context(), get())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 12*second, time.Since(start))
	})
}

// A page of a proxy in place of the answer's document is no document, unless a
// Location says what there is to say; then the page is left out.
func TestLocationInPlaceOfTheDocument(t *testing.T) {
	t.Parallel()
	for name, location := range map[string]string{"with": "https://lp.example/event/7", "without": ""} {
		rt := roundTripper(func(r *http.Request) (*http.Response, error) {
			resp := answer(r, http.StatusCreated, "<html>")
			if location != "" {
				resp.Header.Set("Location", location)
			}
			return resp, nil
		})
		call := get()
		call.JSON, call.Single = true, true
		a, err := newTransport(retry.WithTransport(rt)).Call(t.Context(), call)
		if location == "" {
			require.ErrorIs(t, err, liveperson.ErrMalformed, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Empty(t, a.Body, name)
		assert.Equal(t, location, a.Header.Get("Location"), name)
	}
}
