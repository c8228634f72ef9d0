package retry_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// rotate sets another sid with each answer.
func rotate(code, n int) http.HandlerFunc {
	return status(code, "{}", "Set-Cookie", fmt.Sprintf("sid=v%d; Path=/", n))
}

func newJar(t *testing.T, cookies ...string) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	u, err := url.Parse(base)
	require.NoError(t, err)
	for _, line := range cookies {
		c, err := http.ParseCookie(line)
		require.NoError(t, err)
		jar.SetCookies(u, c)
	}
	return jar
}

func TestEachTryCarriesTheNewestCookieOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, rotate(503, 1), rotate(502, 2), rotate(429, 3), rotate(200, 4))
		jar := newJar(t, "sid=v0")
		_, _, err := send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", &retry.Call{Jar: jar})
		require.NoError(t, err)
		var sent [][]string
		for _, r := range s.requests() {
			sent = append(sent, r.header["Cookie"])
		}
		assert.Equal(t, [][]string{{"sid=v0"}, {"sid=v1"}, {"sid=v2"}, {"sid=v3"}}, sent)
		u, err := url.Parse(base)
		require.NoError(t, err)
		require.Len(t, jar.Cookies(u), 1)
		assert.Equal(t, "v4", jar.Cookies(u)[0].Value)
	})
}

func TestCookiesOfALostAnswerAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t,
			wire("HTTP/1.1 200 OK\r\nSet-Cookie: sid=v1; Path=/\r\nContent-Length: 100\r\n\r\n{"), ok)
		_, _, err := send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", &retry.Call{Jar: newJar(t, "sid=v0")})
		require.NoError(t, err)
		require.Equal(t, 2, s.count())
		assert.Equal(t, []string{"sid=v1"}, s.requests()[1].header["Cookie"])
	})
}

func TestTheJarReplacesTheCallersCookies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		ctx := retry.NewContext(t.Context(), &retry.Call{Jar: newJar(t, "sid=jar")})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Cookie", "sid=stale")
		resp, err := s.client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, []string{"sid=jar"}, s.requests()[0].header["Cookie"])
		assert.Equal(t, "sid=stale", req.Header.Get("Cookie"), "the caller's request stays as it is")
	})
}

func TestAnEmptyJarLeavesNoCookie(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		ctx := retry.NewContext(t.Context(), &retry.Call{Jar: newJar(t)})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Cookie", "sid=stale")
		resp, err := s.client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Empty(t, s.requests()[0].header["Cookie"])
	})
}

func TestWithoutAJarTheCallersCookieStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, rotate(503, 1), rotate(200, 2))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/", http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Cookie", "sid=mine")
		resp, err := s.client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 2, s.count())
		for _, r := range s.requests() {
			assert.Equal(t, []string{"sid=mine"}, r.header["Cookie"])
		}
	})
}

func TestWrapDropsAnOuterJar(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, ok)
		hc := &http.Client{Transport: s.transport, Jar: newJar(t, "sid=outer")}
		_, _, err := send(t.Context(), t, retry.Wrap(hc), http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		assert.Empty(t, s.requests()[0].header["Cookie"], "an outer jar would freeze the cookies of the first try")
		assert.NotNil(t, hc.Jar)
	})
}
