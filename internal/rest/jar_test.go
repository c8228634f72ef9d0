package rest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// set stores what answers from u set.
func set(t *testing.T, jar http.CookieJar, u *url.URL, lines ...string) {
	t.Helper()
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		require.NoError(t, err)
		jar.SetCookies(u, []*http.Cookie{c})
	}
}

func header(jar http.CookieJar, u *url.URL) string {
	r := &http.Request{Header: http.Header{}}
	for _, c := range jar.Cookies(u) {
		r.AddCookie(c)
	}
	return r.Header.Get("Cookie")
}

func TestGuardJarIsBounded(t *testing.T) {
	t.Parallel()
	u := &url.URL{Scheme: "https", Host: "va.example.net", Path: "/a/b"}
	for name, line := range map[string]func(n int) string{
		"names":  func(n int) string { return fmt.Sprintf("n%d=v; Path=/", n) },
		"values": func(n int) string { return fmt.Sprintf("n%d=%s; Path=/", n, strings.Repeat("v", 4000)) },
		"paths":  func(n int) string { return fmt.Sprintf("n=v; Path=/%s%d", strings.Repeat("p", 1000), n) },
		"long":   func(n int) string { return fmt.Sprintf("%s%d=v", strings.Repeat("n", 5000), n) },
	} {
		jar := rest.NewJar()
		set(t, jar, u, "sid=first; Path=/; Secure")
		for n := range 1000 {
			set(t, jar, u, line(n))
		}
		h := header(jar, u)
		assert.LessOrEqual(t, len(h), 20<<10, name)
		assert.LessOrEqual(t, strings.Count(h, "="), 200, name)
		assert.Contains(t, h, "sid=first", name)

		// What is there is still renewed and removed, and makes room.
		set(t, jar, u, "sid=second; Path=/; Secure")
		assert.Contains(t, header(jar, u), "sid=second", name)
		assert.NotContains(t, header(jar, u), "sid=first", name)
		set(t, jar, u, "sid=; Path=/; Max-Age=0", "new=1; Path=/")
		assert.NotContains(t, header(jar, u), "sid=", name)
		assert.Contains(t, header(jar, u), "new=1", name)
	}

	jar := rest.NewJar()
	set(t, jar, u, "sid=small; Path=/", "sid="+strings.Repeat("v", 17<<10)+"; Path=/")
	assert.Equal(t, "sid=small", header(jar, u), "one that is too large alone changes nothing")
}

// Cookies that have expired leave room for others.
func TestJarOverTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jar, u := rest.NewJar(), &url.URL{Scheme: "https", Host: "va.example.net", Path: "/a/b"}
		for n := range 1000 {
			set(t, jar, u, fmt.Sprintf("a%d=1; Max-Age=60", n))
			set(t, jar, u, fmt.Sprintf("b%d=1; Expires=%s", n, time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)))
			assert.Contains(t, header(jar, u), fmt.Sprintf("a%d=1", n))
			assert.Contains(t, header(jar, u), fmt.Sprintf("b%d=1", n))
			time.Sleep(10 * time.Second)
		}
	})
}

// The default path is that of RFC 6265, so that one cookie counts once.
func TestCookiesWithoutAPathCountOnce(t *testing.T) {
	t.Parallel()
	jar := rest.NewJar()
	for n := range 1000 {
		set(t, jar, &url.URL{Scheme: "https", Host: "VA.example.net", Path: fmt.Sprint("/a/", n)}, "sid=1", "sid=2; Path=relative")
	}
	u := &url.URL{Scheme: "https", Host: "va.example.net", Path: "/a/x"}
	set(t, jar, u, "more=3")
	assert.Equal(t, "sid=2; more=3", header(jar, u))
}
