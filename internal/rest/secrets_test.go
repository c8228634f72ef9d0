package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Each secret begins with "canary" and ends with "plume": half of one shows
// too.
const (
	bearer   = `canary/Bearer+a b"c\d<e>&f=ü%41;plume`
	password = "canary  pass\tword/'x'plume"
	csrf     = "canarycsrfplume"
	cookie   = "canary-cookie/+=~plume"
	short    = "can" // too short to be looked for
)

// printed is everything that an error can be made to show.
func printed(t *testing.T, err error) string {
	t.Helper()
	var b bytes.Buffer
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			fmt.Fprintf(&b, verb+"\n", e)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(h).Info("failed", "err", err, "any", slog.AnyValue(err), "in", struct{ Err error }{err})
	}
	var e *liveperson.Error
	if errors.As(err, &e) {
		b.WriteString(string(e.Body) + e.Message + e.Reason + e.URL)
		j, jerr := json.Marshal(e)
		require.NoError(t, jerr)
		b.Write(j)
		var back liveperson.Error
		_ = json.Unmarshal(j, &back)
		b.Write(back.Body)
	}
	return b.String()
}

func assertNoSecret(t *testing.T, err error, what string) {
	t.Helper()
	require.Error(t, err)
	assertClean(t, printed(t, err), what)
}

// assertNoText looks only at what the texts of an error hold; printing it in
// all ways takes its time.
func assertNoText(t *testing.T, err error, what string) {
	t.Helper()
	e := failed(t, err)
	assertClean(t, err.Error()+e.Message+e.Reason+e.URL+string(e.Body), what)
}

func assertClean(t *testing.T, out, what string) {
	t.Helper()
	for _, part := range []string{"canary", "plume", "0x63, 0x61, 0x6e, 0x61"} {
		if i := strings.Index(out, part); i >= 0 {
			assert.Fail(t, "a secret shows", "%s: …%q", what, out[max(0, i-60):min(len(out), i+60)])
			return
		}
	}
}

// leaky is a client of an agent whose server says what it likes.
func leaky(t *testing.T, answers ...httpmock.Responder) (*fake, rest.Request) {
	t.Helper()
	f := newFake(t, answers...)
	f.Jar = newJar(t, "Session_id", cookie)
	f.Secrets = func() []string { return []string{bearer, short, ""} }
	return f, rest.Request{
		Op: "login.Login", Method: http.MethodPost, URL: at("/login"), Query: url.Values{"token": {bearer}},
		Body: map[string]string{"password": password, "csrf": csrf}, Secrets: []string{password, csrf},
	}
}

// spellings are the ways in which a server may write what it was sent.
func spellings(s string) map[string]string {
	plain := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`).Replace(s)
	strict, _ := json.Marshal(s)
	query := url.QueryEscape(s)
	return map[string]string{
		"as it is": s, "JSON": plain, "JSON for HTML": string(strict[1 : len(strict)-1]), "JSON with slashes": strings.ReplaceAll(plain, "/", `\/`),
		"query": query, "path": url.PathEscape(s), "query with %20": strings.ReplaceAll(query, "+", "%20"),
		"query in lower case": lower(query), "HTML": html.EscapeString(s), "HTML with &quot;": strings.ReplaceAll(html.EscapeString(s), "&#34;", "&quot;"),
	}
}

func lower(s string) string {
	for _, c := range []string{"%2F", "%2B", "%3C", "%3E", "%3D", "%5C", "%C3%BC", "%3B"} {
		s = strings.ReplaceAll(s, c, strings.ToLower(c))
	}
	return s
}

func TestGuardEchoedSecretsDoNotShow(t *testing.T) {
	t.Parallel()
	forms := map[string]string{
		"text":             "bad request: %s and so on",
		"text at the end":  "bad request: %s",
		"message":          `{"error":{"message":"bad %s!","internalCode":1}}`,
		"string":           `{"error":"bad %s!"}`,
		"unwrapped":        `{"message":"bad %s!"}`,
		"reason":           `{"error":{"message":"m","responseStatus":"%s"}}`,
		"time":             `{"error":{"message":"m","time":"%s"}}`,
		"chat":             `{"chat":{"error":{"message":"%s"}}}`,
		"errormsg":         `{"transfer":{"errormsg":"%s"}}`,
		"odd message":      `{"message":{"a":"%s"}}`,
		"key":              `{"%s":1}`,
		"broken JSON":      `{"error":{"message":"%s"`,
		"cut JSON":         `{"error":{"message":"%s`,
		"document":         `{"name":"%s","count":"x"}`,
		"array":            `["%s"]`,
		"title":            "<html><title>bad %s</title>",
		"page":             "<html><title>bad</title><body>%s</body>",
		"oauth":            "oauth_problem=token_rejected&oauth_problem_advice=%s",
		"oauth problem":    "oauth_problem=%s",
		"description":      `{"error":"e","error_description":"%s"}`,
		"far in the text":  strings.Repeat("x", 290) + "%s",
		"far in the body":  strings.Repeat("x", 4080) + "%s",
		"at 16 KiB":        strings.Repeat("x", 4*4096-10) + "%s",
		"after much space": strings.Repeat(" ", 4080) + "%s",
		"space at 16 KiB":  strings.Repeat(" ", 4*4096-10) + "%s",
		"far in a message": `{"error":{"message":"` + strings.Repeat("x", 280) + `%s"}}`,
		"wide message":     `{"error":{"message":"x` + strings.Repeat(" ", 5000) + `%s"}}`,
	}
	for _, secret := range []string{bearer, password, csrf, cookie} {
		for spelling, s := range spellings(secret) {
			for form, template := range forms {
				what := fmt.Sprintf("%s, %s, %.12s", form, spelling, secret)
				for _, status := range []int{200, 400} {
					f, r := leaky(t, says(status, fmt.Sprintf(template, s)))
					_, _, err := rest.Do[doc](t.Context(), f.Client, r)
					if err == nil {
						continue // a document without an error
					}
					assertNoText(t, err, what)
					if spelling == "as it is" {
						assertNoSecret(t, err, what)
					}
				}
			}
		}
	}
}

// Wherever an answer is cut, no half of a secret is left.
func TestGuardCutAnywhere(t *testing.T) {
	t.Parallel()
	for _, filler := range []string{"x", " ", "ü"} {
		for _, around := range []int{300, 4096, 4 * 4096} {
			for n := (around - 60) / len(filler); n <= (around+10)/len(filler); n++ {
				for _, template := range []string{"%s%s%s", `{"error":{"message":"%s%s%s"}}`} {
					body := fmt.Sprintf(template, strings.Repeat(filler, n), csrf, strings.Repeat("y", 100))
					f, r := leaky(t, says(400, body))
					_, _, err := rest.Do[doc](t.Context(), f.Client, r)
					assertNoText(t, err, fmt.Sprintf("%q × %d", filler, n))
				}
			}
		}
	}
	// Many secrets make the text much shorter, so that what stood far behind
	// comes to the front.
	for n := range 40 {
		f, r := leaky(t, says(400, strings.Repeat("z", n)+strings.Repeat(bearer+csrf, 1000)))
		_, _, err := rest.Do[doc](t.Context(), f.Client, r)
		assertNoText(t, err, "many")
	}
	// A connection that broke in the middle of a secret.
	for n := 4; n < len(csrf); n++ {
		f, r := leaky(t, says(503, "you sent "+csrf[:n]))
		_, _, err := rest.Do[doc](t.Context(), f.Client, r)
		assert.Equal(t, "you sent [redacted]", failed(t, err).Message)
		assertNoSecret(t, err, "broken")
	}
}

// Tokens and cookies change while a call is under way; old and new are hidden.
func TestRotatedSecretsDoNotShow(t *testing.T) {
	t.Parallel()
	echo := func(cookies ...string) httpmock.Responder {
		return func(r *http.Request) (*http.Response, error) {
			body := "you sent canary-cookie-1-plume canary-token-1-plume canary-token-2-plume " + fmt.Sprint(r.Header["Cookie"], cookies)
			return says(503, body, cookies...)(r)
		}
	}
	f := newFake(t,
		echo("Set-Cookie", "sid=canary-cookie-2-plume; Path=/"), says(503, ""), says(503, ""),
		echo("Set-Cookie", "sid=canary-cookie-3-plume; Path=/"))
	f.Jar = newJar(t, "sid", "canary-cookie-1-plume")
	f.Secrets = func() []string { return []string{"canary-token-2-plume"} } // by the time of the error
	f.Via = floor{f.Via, func(ctx context.Context, c *retry.Call, below retry.Caller) (retry.Answer, error) {
		c.Header.Set("Authorization", "Bearer canary-token-1-plume")
		return below.Call(ctx, c)
	}}
	_, _, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
	assertNoSecret(t, err, "rotated")
	assert.Equal(t, 4, f.count())
}

// A bearer that a layer above signs the tries with is hidden as well.
func TestSignedRequestsDoNotShowTheirToken(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(r *http.Request) (*http.Response, error) {
		return says(403, "no: "+r.Header.Get("Authorization"))(r)
	})
	f.Via = floor{f.Via, func(ctx context.Context, c *retry.Call, below retry.Caller) (retry.Answer, error) {
		c.Header.Set("Authorization", "Bearer canary-signed-plume")
		return below.Call(ctx, c)
	}}
	_, _, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
	assertNoSecret(t, err, "signed")
	assert.Equal(t, "no: [redacted]", failed(t, err).Message)
}

// Other places where a server or a RoundTripper may put what it was sent.
func TestSecretsElsewhere(t *testing.T) {
	t.Parallel()
	f, r := leaky(t, says(302, "", "Location", "https://canarycsrfplume.evil.example/"+csrf))
	_, _, err := rest.Do[doc](t.Context(), f.Client, r)
	assertNoSecret(t, err, "location")
	assert.Equal(t, "to https://[redacted].evil.example", failed(t, err).Message)

	f, r = leaky(t, breaks(fmt.Errorf("dialing with %s: %w", bearer, io.EOF)))
	_, _, err = rest.Do[doc](t.Context(), f.Client, r)
	require.ErrorIs(t, err, io.EOF)
	require.ErrorIs(t, err, liveperson.ErrUnavailable)
	assertNoSecret(t, err, "connection error")

	f, r = leaky(t, breaks(&url.Error{Op: "Post", URL: "https://x/?t=" + url.QueryEscape(bearer), Err: typed{csrf}}))
	_, _, err = rest.Do[doc](t.Context(), f.Client, r)
	assertNoSecret(t, err, "typed error")
	var kept typed
	require.ErrorAs(t, err, &kept, "the chain is kept")

	f, r = leaky(t, says(200, `"canarycsrfplume"`))
	_, _, err = rest.Do[map[string]int](t.Context(), f.Client, r)
	require.ErrorIs(t, err, liveperson.ErrMalformed)
	assertNoSecret(t, err, "a type error")

	f, r = leaky(t, says(200, "{}"))
	r.URL = r.URL.Follow("info", "https://canarycsrfplume.evil.example/")
	_, _, err = rest.Do[doc](t.Context(), f.Client, r)
	require.ErrorIs(t, err, liveperson.ErrForeignOrigin)
	assertNoSecret(t, err, "a link")

	f, r = leaky(t, says(404, ""))
	r.URL = at("/x/{id}", bearer)
	_, _, err = rest.Do[doc](t.Context(), f.Client, r)
	assertNoSecret(t, err, "a path")
}

type typed struct{ text string }

func (e typed) Error() string { return e.text }

// Shorter ones would blank out half of every text.
func TestSecretsHaveFourBytes(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(400, "one two thre e"))
	r := get(at("/a"))
	r.Secrets = []string{"two", "thre", ""}
	_, _, err := rest.Do[doc](t.Context(), f.Client, r)
	assert.Equal(t, "one two [redacted] e", failed(t, err).Message)
}

// One secret may begin with another.
func TestTheLongestSecretIsHidden(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(400, "a: canary, b: canary-plume"))
	r := get(at("/a"))
	r.Secrets = []string{"canary", "canary-plume"}
	_, _, err := rest.Do[doc](t.Context(), f.Client, r)
	assert.Equal(t, "a: [redacted], b: [redacted]", failed(t, err).Message)
}

// The beginning of a long secret is hidden, too, wherever it stands.
func TestCutSecretsDoNotShow(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdefghijklmnopqrstuvwxyz/+"
	for text, want := range map[string]string{
		"token 0123456789ab… is bad":                 "token [redacted]… is bad",
		"token 0123456789abcdefghijklm is bad, 0123": "token [redacted] is bad, 0123",
		"0123456789abcdefghijklmnopqrstuvwxyz/+ 0123456789abcdefghijklmnopqrstuvwxyz%2F 0123456789abX": "[redacted] [redacted] [redacted]X",
		"0123456789aX": "0123456789aX",
	} {
		assert.Equal(t, want, rest.Scrub(text, secret))
	}
	assert.Equal(t, "0123456789ab [redacted]", rest.Scrub("0123456789ab 0123456789abcdefghijklm", "0123456789abcdefghijklm"), "one that is not twice as long")
}

// The slice that Secrets returned is left alone.
func TestTheSliceOfSecretsIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	own := append(make([]string, 0, 8), "canary-a-plume")
	f := newFake(t, says(400, "x"))
	f.Jar = newJar(t, "sid", "canary-cookie-plume")
	f.Secrets = func() []string { return own }
	r := get(at("/a"))
	r.Secrets = append(make([]string, 0, 8), "canary-b-plume")
	_, _, err := rest.Do[doc](t.Context(), f.Client, r)
	require.Error(t, err)
	assert.Equal(t, make([]string, 7), own[1:8])
	assert.Equal(t, make([]string, 7), r.Secrets[1:8])
}

// An answer that may bring credentials stays out of errors altogether.
func TestPrivate(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		status  int
		body    string
		message string
	}{
		"error":              {401, `{"error":{"message":"wrong password"},"bearer":"canary-new-plume"}`, "wrong password"},
		"error string":       {500, `{"error":"LeLogin1 failed","bearer":"canary-new-plume"}`, "LeLogin1 failed"},
		"oauth":              {401, "oauth_problem=token_rejected&bearer=canary-new-plume", "oauth problem token_rejected"},
		"page":               {502, "<html><title>Bad Gateway</title>canary-new-plume", "page: Bad Gateway"},
		"text":               {503, "no healthy upstream", "no healthy upstream"},
		"no message":         {500, `{"bearer":"canary-new-plume"}`, ""},
		"cut":                {500, `{"bearer":"canary-new-plume","config":{`, ""},
		"array":              {500, `["canary-new-plume"]`, ""},
		"string":             {500, `"canary-new-plume"`, ""},
		"odd error":          {500, `{"error":{"message":{"bearer":"canary-new-plume"}}}`, ""},
		"odd description":    {500, `{"error":"x","error_description":{"message":{"a":"canary-new-plume"}}}`, ""},
		"success, wrong":     {200, `"canary-new-plume"`, ""},
		"success, cut":       {200, `{"bearer":"canary-new-plume"`, ""},
		"success, error":     {200, `{"error":{"message":"m"},"bearer":"canary-new-plume"}`, "m"},
		"success, odd error": {200, `{"error":{"message":{"bearer":"canary-new-plume"}}}`, ""},
		"redirect":           {302, "canary-new-plume", ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, says(row.status, row.body))
			r := get(at("/login"))
			r.Private = true
			_, _, err := rest.Do[doc](t.Context(), f.Client, r)
			assertNoSecret(t, err, name)
			e := failed(t, err)
			assert.Equal(t, row.message, e.Message)
			assert.Empty(t, e.Body)
			assert.Equal(t, row.status, e.Status)
		})
	}
}

// A whole failing call at debug level, seen by everything that can look at it.
func TestCanary(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var stats strings.Builder
	everything := func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		return says(503, fmt.Sprintln(r.Header, r.URL, string(body)), "X-Echo", r.Header.Get("Cookie"))(r)
	}
	f, r := leaky(t, everything, breaks(fmt.Errorf("%q", bearer)), says(200, csrf), says(429, cookie))
	f.over(t,
		retry.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		retry.WithObserver(func(s retry.Stats) { fmt.Fprintf(&stats, "%v %+v %#v", s, s, s) }))
	r.Idempotent = true
	r.Header = http.Header{"Authorization": {"Bearer " + csrf}}
	_, _, err := rest.Do[doc](t.Context(), f.Client, r)
	require.ErrorIs(t, err, liveperson.ErrRateLimited)
	assertNoSecret(t, err, "error")
	assert.NotContains(t, log.String(), "canary")
	assert.NotContains(t, log.String(), "plume")
	assert.Contains(t, log.String(), `"try":4`)
	assert.NotContains(t, stats.String(), "canary")
}
