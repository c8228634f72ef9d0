package rest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

func TestTargets(t *testing.T) {
	t.Parallel()
	session := at("/api/account/{accountId}/agentSession/{id}", "12345678", "a b/c")
	for want, got := range map[string]rest.Target{
		"https://va.example.net": rest.Host("https", host, ""),
		"https://va.example.net/api/account/12345678/agentSession/a%20b%2Fc":          session,
		"https://va.example.net/api/account/12345678/agentSession/a%20b%2Fc/chat/%40": session.Join("/chat/{id}", "@"),
		"https://va.example.net/x/y":     at("/x/").Join("/y"),
		"https://va.example.net/x/":      at("/x/"),
		"https://va.example.net/x?q=1":   session.Follow("info", "https://va.example.net/x?q=1"),
		"https://va.example.net/x?q=2":   session.Follow("info", "/x?q=2"),
		"https://va.example.net/x/y%23":  session.Follow("info", "https://va.example.net/x#frag").Join("/y#"),
		"https://va.example.net:443/x":   session.Follow("info", "https://va.example.net:443/x"),
		"https://VA.Example.NET/x":       session.Follow("info", "HTTPS://VA.Example.NET/x"),
		"https://va.example.net/a%2Fb":   session.Follow("info", "https://va.example.net/a%2Fb"),
		"https://va.example.net/a%2Fb/c": session.Follow("info", "https://va.example.net/a%2Fb?q=1").Join("/c"),
		"https://va.example.net/...":     session.Follow("info", "https://va.example.net/..."),
		"https://va.example.net/a..b/.c": session.Follow("info", "https://va.example.net/a..b/.c"),
		"https://az.AZ.x-09_/x":          rest.Host("https", "az.AZ.x-09_", "/x"),
		"http://127.0.0.1:8080/x":        rest.Host("http", "127.0.0.1:8080", "/x"),
		"https://[::1]:8443/x":           rest.Host("https", "[::1]:8443", "/x"),
		"":                               session.Follow("info", "https://evil.example/"),
	} {
		assert.Equal(t, want, got.String())
		assert.Equal(t, want == "", got.Err() != nil)
	}
}

func TestLast(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]rest.Target{
		"a b/c": at("/s/{id}", "a b/c"), "s": at("/s/"), "": at("/"), "5": at("/").Follow("info", "https://va.example.net/events/5?x=/9"),
	} {
		assert.Equal(t, want, got.Last())
	}
	assert.Empty(t, at("/{id}", "..").Last())
	assert.Empty(t, rest.Target{}.Last())
	assert.Empty(t, rest.Target{}.String())
}

// A target's error stays until the request is made.
func TestErrorsOfTargetsStay(t *testing.T) {
	t.Parallel()
	bad := at("/{id}", "..")
	require.ErrorIs(t, bad.Err(), liveperson.ErrInvalidInput)
	assert.Equal(t, bad.Err(), bad.Join("/x").Err())
	assert.Equal(t, bad.Err(), bad.Follow("info", "https://va.example.net/").Err())
	assert.Empty(t, bad.String())
}

func TestGuardElement(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"H2170755172687460894-b7d761017809489ea1a257461eb373eeK8457415": "H2170755172687460894-b7d761017809489ea1a257461eb373eeK8457415",
		"azAZ09-._~":                  "azAZ09-._~",
		"a/b":                         "a%2Fb",
		`a\b`:                         "a%5Cb",
		"%2e%2e":                      "%252e%252e",
		"a@evil.example":              "a%40evil.example",
		"@evil.example":               "%40evil.example",
		"//evil.example":              "%2F%2Fevil.example",
		"a b+c":                       "a%20b%2Bc",
		"a:b;c,d=e&f?g#h!i$j'k(l)m*n": "a%3Ab%3Bc%2Cd%3De%26f%3Fg%23h%21i%24j%27k%28l%29m%2An",
		"Grüße 世界 🙂":                  "Gr%C3%BC%C3%9Fe%20%E4%B8%96%E7%95%8C%20%F0%9F%99%82",
		"...":                         "...",
		"a..b":                        "a..b",
		".a":                          ".a",
		"\u202e":                      "%E2%80%AE",
		strings.Repeat("x", 512):      strings.Repeat("x", 512),
		"{id}":                        "%7Bid%7D",
	} {
		got, err := rest.Element("id", in)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		back, err := url.PathUnescape(got)
		require.NoError(t, err)
		assert.Equal(t, in, back)
	}
}

// hostile ids, hosts and links. None of them may send a byte.
var (
	hostileIDs = []string{
		"", ".", "..", "../x", "x/..", "x/../y", "./x", "x/.", "/..", "../", "..\\x", "x\\..", "..;x", "x/..;v=1/y", ".;", "a/./b",
		"\x00", "a\x00b", "\n", "a\r\nHost: evil.example", "a\tb", "\x7f", "\u0085", "\xff", "a\xc3", "\xed\xa0\x80",
		"../../../../etc/passwd", "..//..", "a/..//", "\\..\\", strings.Repeat("x", 513), strings.Repeat("ü", 257),
	}
	hostileHosts = []string{
		"", " ", "evil.example/", "evil.example/path", "user@evil.example", "user:pass@evil.example", "@evil.example", "evil.example?x",
		"evil.example#x", "evil.example\\x", "//evil.example", "https://evil.example", "evil example", "evil.example ", "\tevil.example",
		"evil.example\r\nHost: x", "evil\x00.example", ":443", "evil.example:x", "evil.example:-1", "evil.example:80:80", "[::1", "::1",
		"[::1%25eth0]", "%65vil.example", "evil%2eexample", "evil.example%00", "ev\u0131l.example", "liveper\u017fon.net", "evil\u3002example",
		"evil.example\uff0f.liveperson.net", "a,b", "a;b", "a'b", `a"b`, "<a>", "a*b", "a=b", "a&b", "a(b)", "a!b", "a$b", "[]", "[]:1",
		"[evil.example]", "a[b]", "evil.example:", "evil.example:0", "evil.example:65536", "evil.example:99999999999",
	}
	foreignLinks = []string{
		"http://va.example.net/", "https://evil.example/", "//evil.example/", "//va.example.net/", "relative", "?q=1", "#x",
		"https://va.example.net.evil.example/", "https://va.example.net:8443/", "https://va.example.net:80/", "https://evil.example:443/",
		"https://va.example.net@evil.example/", "https://va.example.net:443@evil.example/", "https:va.example.net/x", "https:///x",
		"https:/va.example.net/x", "javascript:alert(1)", "file:///etc/passwd", "data:text/plain,x", "ftp://va.example.net/",
		"wss://va.example.net/", "https://va.example.ne\u0074\u200b/", "https://\uff56a.example.net/", "https://va.example.net./",
		"https://xva.example.net/", "https://va.example.nets/", "https://example.net/", "https://va-example.net/", "https://127.0.0.1/",
		"https://[::1]/", "https://va.example.net:0443/", "https://:443/", "\\\\evil.example\\x", "https:\\\\evil.example",
	}
	malformedLinks = []string{
		"", "%", "https://va.example.net/%zz", "https://va.example.net:x/", "https://[::1", "https://va.example.net/\x00", "https://va.example.net/\r\nX: y",
		"https://user@va.example.net/", "https://user:pass@va.example.net/", "https://@va.example.net/x",
		"https://va.example.net/..", "https://va.example.net/a/../b", "https://va.example.net/a/./b", "https://va.example.net/%2e%2e/b",
		"https://va.example.net/.%2e/b", "https://va.example.net/%2E%2E%2Fb", "https://va.example.net/a%2F..%2Fb", "https://va.example.net/..%5Cb",
		"https://va.example.net/a\\..\\b", "https://va.example.net/..;x/b", "https://va.example.net/%0d%0aX:y", "https://va.example.net/%00",
		"https://va.example.net/%7f", "https://va.example.net/%ff", "https://va.example.net/%c2%85", ":", "://va.example.net/",
		"https://va.example.net\\@evil.example/", "https://va.example.net /", "https://va%2eexample.net\\/", " https://va.example.net/",
	}
)

func TestGuardHostileInputSendsNothing(t *testing.T) {
	t.Parallel()
	vectors := 0
	try := func(url rest.Target, want error, what, vector string) {
		vectors++
		t.Run(fmt.Sprintf("%s %q", what, vector), func(t *testing.T) {
			t.Parallel()
			f := newFake(t, says(200, `{}`))
			_, resp, err := rest.Do[doc](t.Context(), f.Client, rest.Request{Op: "test.Op", Method: "POST", URL: url})
			require.ErrorIs(t, err, want)
			assert.True(t, strings.HasPrefix(err.Error(), "test.Op: "), "%v", err)
			assert.Zero(t, f.count())
			assert.Zero(t, resp.Tries)
			assert.Less(t, len(err.Error()), 500)
		})
	}
	base := at("/api/account/{id}", "1")
	for _, v := range hostileIDs {
		try(at("/api/account/{accountId}/x", v), liveperson.ErrInvalidInput, "account", v)
		try(base.Join("/chat/{chatId}", v), liveperson.ErrInvalidInput, "chat", v)
	}
	for _, v := range hostileHosts {
		try(rest.Host("https", v, "/api"), liveperson.ErrInvalidInput, "host", v)
	}
	for _, v := range foreignLinks {
		try(base.Follow("info", v), liveperson.ErrForeignOrigin, "foreign link", v)
	}
	for _, v := range malformedLinks {
		try(base.Follow("info", v), liveperson.ErrMalformed, "malformed link", v)
	}
	for _, v := range []string{"", "ftp", "file", "javascript", "HTTPS", "https:", "https://x", "wss"} {
		try(rest.Host(v, host, "/"), liveperson.ErrInvalidInput, "scheme", v)
	}
	assert.GreaterOrEqual(t, vectors, 150)
}

func TestLinksAreNamedInErrors(t *testing.T) {
	t.Parallel()
	for href, want := range map[string]string{
		"":                              "malformed answer: no next link in it",
		":":                             "malformed answer: next link that is no URL",
		"https://evil.example/x":        "address of a foreign origin: next link to another host",
		"https://va.example.net/a/../b": "malformed answer: next link with a user or a path that climbs",
	} {
		assert.EqualError(t, at("/").Follow("next", href).Err(), want)
	}
}

func TestSameOrigin(t *testing.T) {
	t.Parallel()
	same := func(a, b string) bool {
		ua, err := url.Parse(a)
		require.NoError(t, err)
		ub, err := url.Parse(b)
		require.NoError(t, err)
		assert.Equal(t, rest.SameOrigin(ua, ub), rest.SameOrigin(ub, ua))
		return rest.SameOrigin(ua, ub)
	}
	assert.True(t, same("https://a.example/x", "HTTPS://A.EXAMPLE:443/y?z"))
	assert.True(t, same("http://a.example", "http://a.example:80"))
	assert.True(t, same("https://[::1]:8443", "https://[::1]:8443/x"))
	assert.True(t, same("https://a.example:/", "https://a.example/"))
	assert.False(t, same("http://a.example", "https://a.example"))
	assert.False(t, same("http://a.example:443", "https://a.example:443"))
	assert.False(t, same("https://a.example", "https://a.example:8443"))
	assert.False(t, same("https://a.example", "https://b.example"))
	assert.False(t, same("https://k.example", "https://\u212a.example"), "the Kelvin sign folds to k")
	assert.False(t, same("/x", "/x"))
	assert.False(t, same("mailto:a@b", "mailto:a@b"))
}
