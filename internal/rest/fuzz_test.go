package rest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// FuzzElement: whatever an id holds, it stays one element of its path, on its
// host, or is refused.
func FuzzElement(f *testing.F) {
	for _, s := range hostileIDs {
		f.Add(s)
	}
	for _, s := range []string{"12345678", "a/b", "%2e%2e", "@evil.example", "//evil.example", "ü 世", "a?b#c", "{x}", "..%2f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		target := at("/api/account/{id}/chat", s)
		if target.Err() != nil {
			require.ErrorIs(t, target.Err(), liveperson.ErrInvalidInput)
			assert.Empty(t, target.String())
			return
		}
		u, err := url.Parse(target.String())
		require.NoError(t, err)
		assert.Equal(t, "https", u.Scheme)
		assert.Equal(t, host, u.Host)
		assert.Nil(t, u.User)
		assert.Empty(t, u.RawQuery)
		assert.Empty(t, u.Fragment)
		parts := strings.Split(u.EscapedPath(), "/")
		require.Len(t, parts, 5, "%q", u.EscapedPath())
		assert.Equal(t, []string{"", "api", "account", "chat"}, append(parts[:3:3], parts[4]))
		back, err := url.PathUnescape(parts[3])
		require.NoError(t, err)
		assert.Equal(t, s, back)
		assert.Equal(t, u.EscapedPath(), u.JoinPath().EscapedPath(), "nothing climbs")
		assert.Equal(t, s, at("/api/{id}", s).Last())
	})
}

// FuzzFollow: a link leads to the same origin, without climbing, or nowhere.
func FuzzFollow(f *testing.F) {
	for _, links := range [][]string{foreignLinks, malformedLinks, {"https://va.example.net/a/b?q=1#f", "HTTPS://VA.example.net:443/%41"}} {
		for _, s := range links {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		target := at("/x").Follow("info", s)
		if err := target.Err(); err != nil {
			assert.True(t, errors.Is(err, liveperson.ErrForeignOrigin) || errors.Is(err, liveperson.ErrMalformed), "%v", err)
			assert.Empty(t, target.String())
			return
		}
		u, err := url.Parse(target.String())
		require.NoError(t, err)
		assert.True(t, strings.EqualFold(u.Scheme, "https"))
		assert.True(t, strings.EqualFold(u.Hostname(), host), "%q", u.Host)
		assert.Contains(t, []string{"", "443"}, u.Port())
		assert.Nil(t, u.User)
		assert.Empty(t, u.Fragment)
		for part := range strings.SplitSeq(u.Path, "/") {
			assert.NotContains(t, []string{".", ".."}, part)
		}
		assert.NotContains(t, u.Path, "\n")
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target.String(), http.NoBody)
		require.NoError(t, err)
		assert.True(t, strings.EqualFold(req.URL.Hostname(), host))
		assert.NoError(t, target.Join("/y").Err())
		_ = target.Last()
	})
}

// FuzzParseBody: any body of any status makes one good error, or a document,
// and shows nothing of a secret.
func FuzzParseBody(f *testing.F) {
	for _, s := range []string{
		"", "{}", "null", "[]", `"x"`, "<html><title>x</title>", "oauth_problem=x&oauth_problem_advice=%20", "text", "\xef\xbb\xbf{}",
		`{"error":{"message":"m","internalCode":10,"responseStatus":"UNAUTHORIZED"}}`, `{"error":"x","error_description":"y"}`,
		`{"chat":{"error":{"message":"m"}}}`, `{"transfer":{"errormsg":"m"}}`, `{"type":"t","internalCode":"28","message":"m"}`,
		`{"error":`, `{"error":{"message":canarycsrfplume}}`, `{"error":{"message":"canary\u0063srfplume"}}`, "<h1>&#99;anarycsrfplume</h1>",
	} {
		f.Add([]byte(s), 200)
		f.Add([]byte(s), 400)
		f.Add([]byte(s), 503)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		if status < 200 || status > 599 {
			return
		}
		fake := newFake(t, says(status, string(body)))
		r := get(at("/a"))
		r.Secrets = []string{csrf}
		_, resp, err := rest.Do[doc](context.WithoutCancel(t.Context()), fake.Client, r)
		assert.Equal(t, status, resp.Status)
		if err == nil {
			assert.Less(t, status, 300)
			return
		}
		e := failed(t, err)
		assert.Equal(t, status, e.Status)
		assert.LessOrEqual(t, len(e.Body), 4096)
		assert.LessOrEqual(t, len(e.Message), 303)
		assert.LessOrEqual(t, len(e.Reason), 303)
		assert.True(t, utf8.ValidString(e.Message))
		assert.NotContains(t, e.Message+e.Reason, "\n")
		assert.NotContains(t, err.Error()+e.Reason+string(e.Body), csrf)
	})
}
