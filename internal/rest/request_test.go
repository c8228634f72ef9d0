package rest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// What goes out, byte by byte.
func TestLiteralRequests(t *testing.T) {
	t.Parallel()
	type event struct {
		Text string `json:"text"`
		HTML string `json:"html,omitempty"`
	}
	type common struct {
		Version int    `url:"v"`
		NC      bool   `url:"NC"`
		Skill   string `url:"skill,omitempty"`
	}
	rows := map[string]struct {
		r    rest.Request
		want string
	}{
		"get": {
			rest.Request{Method: http.MethodGet, URL: at("/a/b")},
			"GET /a/b\nHost: va.example.net\nAccept: application/json\nUser-Agent: liveperson-go/0.1.0\n",
		},
		"query from a struct": {
			rest.Request{Method: http.MethodGet, URL: at("/a"), Query: common{Version: 1, NC: true, Skill: "a b&c=ü/"}},
			"GET /a?NC=true&skill=a+b%26c%3D%C3%BC%2F&v=1\nHost: va.example.net\nAccept: application/json\nUser-Agent: liveperson-go/0.1.0\n",
		},
		"post": {
			rest.Request{Method: http.MethodPost, URL: at("/a"), Body: event{Text: "<b>Grüße & \"more\"</b>"}},
			"POST /a\nHost: va.example.net\nAccept: application/json\nContent-Type: application/json\nUser-Agent: liveperson-go/0.1.0\n\n" +
				`{"text":"<b>Grüße & \"more\"</b>"}`,
		},
		"post without a body": {
			rest.Request{Method: http.MethodPost, URL: at("/a")},
			"POST /a\nHost: va.example.net\nAccept: application/json\nUser-Agent: liveperson-go/0.1.0\n",
		},
		"empty object": {
			rest.Request{Method: http.MethodPost, URL: at("/a"), Body: struct{}{}},
			"POST /a\nHost: va.example.net\nAccept: application/json\nContent-Type: application/json\nUser-Agent: liveperson-go/0.1.0\n\n{}",
		},
		"put": {
			rest.Request{Method: http.MethodPut, URL: at("/a"), Body: []int{1, 2}},
			"PUT /a\nHost: va.example.net\nAccept: application/json\nContent-Type: application/json\nUser-Agent: liveperson-go/0.1.0\n\n[1,2]",
		},
		"put as post": {
			rest.Request{Method: http.MethodPut, Override: true, URL: at("/a"), Body: event{Text: "x"}},
			"POST /a\nHost: va.example.net\nAccept: application/json\nContent-Type: application/json\nUser-Agent: liveperson-go/0.1.0\n" +
				"X-Http-Method-Override: PUT\n\n" + `{"text":"x"}`,
		},
		"delete as post": {
			rest.Request{Method: http.MethodDelete, Override: true, URL: at("/a")},
			"POST /a\nHost: va.example.net\nAccept: application/json\nUser-Agent: liveperson-go/0.1.0\nX-Http-Method-Override: DELETE\n",
		},
		"headers": {
			rest.Request{Method: http.MethodGet, URL: at("/a"), Header: http.Header{
				"x-lp-state-rev": {"1564031641145901056"}, "accept": {"text/plain"}, "X-Two": {"1", "2"},
			}},
			"GET /a\nHost: va.example.net\nAccept: text/plain\nUser-Agent: liveperson-go/0.1.0\n" +
				"X-Lp-State-Rev: 1564031641145901056\nX-Two: 1\nX-Two: 2\n",
		},
		"path arguments": {
			rest.Request{Method: http.MethodGet, URL: at("/api/account/{accountId}/chat/{chatId}/x", "12345678", "H21-b7K84")},
			"GET /api/account/12345678/chat/H21-b7K84/x\nHost: va.example.net\nAccept: application/json\nUser-Agent: liveperson-go/0.1.0\n",
		},
		"path arguments in need of escaping": {
			rest.Request{Method: http.MethodGet, URL: at("/a/{x}/b/", `a/b%2e@c d?e#f;g&h=i+j\kü%`)},
			"GET /a/a%2Fb%252e%40c%20d%3Fe%23f%3Bg%26h%3Di%2Bj%5Ck%C3%BC%25/b/\nHost: va.example.net\nAccept: application/json\n" +
				"User-Agent: liveperson-go/0.1.0\n",
		},
		"a port": {
			rest.Request{Method: http.MethodGet, URL: rest.Host("http", "127.0.0.1:8080", "/a")},
			"GET /a\nHost: 127.0.0.1:8080\nAccept: application/json\nUser-Agent: liveperson-go/0.1.0\n",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, says(200, `{}`))
			f.Jar = newJar(t)
			_, resp, err := rest.Do[doc](t.Context(), f.Client, row.r)
			require.NoError(t, err)
			assert.Equal(t, []string{row.want}, f.sent)
			assert.Equal(t, 200, resp.Status)
			assert.Equal(t, 1, resp.Tries)
			assert.Equal(t, retry.TookEffect, resp.Effect)
		})
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(503, "", "Set-Cookie", "sid=two; Path=/"), says(200, `{}`))
	f.Jar = newJar(t, "sid", "one")
	_, _, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
	require.NoError(t, err)
	require.Len(t, f.sent, 2)
	assert.Contains(t, f.sent[0], "\nCookie: sid=one\n")
	assert.Contains(t, f.sent[1], "\nCookie: sid=two\n")
}

// A retried body is sent whole each time.
func TestEachTryCarriesTheBody(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(503, ""), says(429, ""), says(200, `{}`))
	_, resp, err := rest.Do[doc](t.Context(), f.Client, rest.Request{
		Method: http.MethodPut, URL: at("/a"), Body: map[string]int{"n": 1}, Idempotent: true,
	})
	require.NoError(t, err)
	require.Len(t, f.sent, 3)
	for _, sent := range f.sent {
		assert.Contains(t, sent, "\n\n"+`{"n":1}`)
	}
	assert.Equal(t, 3, resp.Tries)
}

func TestTheCallersHeaderStaysAsItIs(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(200, `{}`))
	h := http.Header{"x-a": {"1"}}
	_, _, err := rest.Do[doc](t.Context(), f.Client, rest.Request{
		Method: http.MethodGet, URL: at("/a"), Header: h,
	})
	require.NoError(t, err)
	assert.Equal(t, http.Header{"x-a": {"1"}}, h)
}

// Links come with a query of their own, without the common parameters.
func TestQueries(t *testing.T) {
	t.Parallel()
	type common struct {
		Version int  `url:"v"`
		NC      bool `url:"NC"`
	}
	rows := []struct {
		link  string
		query any
		want  string
	}{
		{"/a", nil, "/a"},
		{"/a", url.Values{}, "/a"},
		{"/a", common{1, true}, "/a?NC=true&v=1"},
		{"/a?from=5", nil, "/a?from=5"},
		{"/a?from=5", common{1, true}, "/a?from=5&NC=true&v=1"},
		{"/a?b=2&a=1", common{1, true}, "/a?b=2&a=1&NC=true&v=1"},
		{"/a?flag", common{1, true}, "/a?flag&NC=true&v=1"},
		{"/a?v=2&from=5", common{1, true}, "/a?NC=true&from=5&v=1"},
		{"/a?v=2&v=3", common{1, true}, "/a?NC=true&v=1"},
		{"/a?q=%2F%20+x", common{1, true}, "/a?q=%2F%20+x&NC=true&v=1"},
		{"/a?from=1", url.Values{"from": {"7", "8"}}, "/a?from=7&from=8"},
		{"/a#frag", common{1, true}, "/a?NC=true&v=1"},
	}
	for _, row := range rows {
		queries := []any{row.query}
		if q, ok := row.query.(common); ok {
			queries = append(queries, rest.EncodeQuery(q))
		}
		for _, query := range queries {
			f := newFake(t, says(200, `{}`))
			_, err := rest.Get[doc](t.Context(), f.Client, "test.Get", at("/").Follow("info", "https://"+host+row.link), query)
			require.NoError(t, err)
			line, _, _ := strings.Cut(f.sent[0], "\n")
			assert.Equal(t, "GET "+row.want, line)
		}
	}
	assert.Panics(t, func() { rest.EncodeQuery(7) })
}

// Nothing of this kind can be sent.
func TestRequestsThatCannotBeBuilt(t *testing.T) {
	t.Parallel()
	var noDoc *doc
	rows := map[string]struct {
		r    rest.Request
		is   error
		text string
	}{
		"no URL":             {rest.Request{Method: "GET"}, liveperson.ErrNotSent, "test.Op: request not sent: rest: no URL"},
		"below no URL":       {rest.Request{Method: "GET", URL: rest.Target{}.Join("/a")}, nil, "no URL"},
		"link from no URL":   {rest.Request{Method: "GET", URL: rest.Target{}.Follow("info", "https://va.example.net/")}, nil, "no URL"},
		"body":               {rest.Request{Method: "POST", URL: at("/"), Body: func() {}}, nil, "encoding the body"},
		"query":              {rest.Request{Method: "GET", URL: at("/"), Query: 7}, nil, "encoding the query"},
		"link's query":       {rest.Request{Method: "GET", URL: at("/").Follow("info", "https://va.example.net/?a=%zz"), Query: url.Values{"v": {"1"}}}, liveperson.ErrMalformed, "broken query"},
		"too few values":     {rest.Request{Method: "GET", URL: at("/{a}/{b}", "1")}, nil, "no value for {b}"},
		"too many values":    {rest.Request{Method: "GET", URL: at("/{a}", "1", "2")}, nil, "2 values for /{a}"},
		"values for nothing": {rest.Request{Method: "GET", URL: at("/", "1")}, nil, "1 values for /"},
		"open brace":         {rest.Request{Method: "GET", URL: at("/{a", "1")}, nil, "open brace"},
		"no leading slash":   {rest.Request{Method: "GET", URL: at("a")}, nil, "without a leading slash"},
		"broken escape":      {rest.Request{Method: "GET", URL: at("/%zz")}, nil, "rest: path"},
		"scheme":             {rest.Request{Method: "GET", URL: rest.Host("ftp", host, "/")}, liveperson.ErrInvalidInput, "must be https"},
		"value":              {rest.Request{Method: "GET", URL: at("/{a}", "")}, liveperson.ErrInvalidInput, "test.Op: a: must not be empty"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, says(200, `{}`))
			row.r.Op = "test.Op"
			out, resp, err := rest.Do[*doc](t.Context(), f.Client, row.r)
			require.Error(t, err)
			assert.ErrorContains(t, err, row.text)
			if row.is != nil {
				require.ErrorIs(t, err, row.is)
			}
			var in *liveperson.InputError
			var e *liveperson.Error
			assert.True(t, errors.As(err, &in) || errors.As(err, &e), "%T", err)
			assert.NotErrorIs(t, err, liveperson.ErrUnavailable, "no outage of the service")
			assert.Zero(t, f.count())
			assert.Equal(t, noDoc, out)
			assert.Equal(t, retry.Answer{Effect: retry.NoEffect}, resp)
			assert.Empty(t, f.stats)

			_, found, resp, cerr := rest.Confirm[*doc](t.Context(), f.Client, row.r, nil)
			assert.Equal(t, err, cerr)
			assert.False(t, found)
			assert.Equal(t, retry.Answer{Effect: retry.NoEffect}, resp)
		})
	}
}

// What a request says of its sending reaches the floors below.
func TestTheCallOfARequest(t *testing.T) {
	t.Parallel()
	var got retry.Call
	f := newFake(t, says(200, "{}"))
	f.Jar = newJar(t)
	f.Via = floor{f.Via, func(ctx context.Context, c *retry.Call, below retry.Caller) (retry.Answer, error) {
		got = *c
		return below.Call(ctx, c)
	}}
	r := rest.Request{Op: "test.Op", Method: http.MethodDelete, Override: true, URL: rest.Host("https", "va.example.net:8443", "/a")}
	r.Single, r.Timeout, r.RateLimitWait = true, time.Second, time.Minute
	_, _, err := rest.Do[doc](t.Context(), f.Client, r)
	require.NoError(t, err)
	assert.Equal(t, retry.Call{
		Op: "test.Op", Method: http.MethodPost, URL: &url.URL{Scheme: "https", Host: "va.example.net:8443", Path: "/a", RawPath: "/a"},
		Host: "va.example.net:8443", Header: got.Header, JSON: true, Jar: f.Jar, RateLimitWait: time.Minute, Single: true, Timeout: time.Second,
	}, got)
	_, err = rest.Get[rest.None](t.Context(), f.Client, "test.Get", at("/b"), nil)
	require.NoError(t, err)
	assert.Equal(t, []bool{true, true, true}, []bool{got.JSON, got.Empty, got.Idempotent}, "a read may be repeated, and None may be empty")
	for _, r := range []rest.Request{{Method: "PUT", Empty: true}, {Method: "PUT", Idempotent: true}} {
		r.URL = at("/c")
		_, _, err = rest.Do[doc](t.Context(), f.Client, r)
		require.NoError(t, err)
		assert.Equal(t, []bool{r.Empty, r.Idempotent}, []bool{got.Empty, got.Idempotent})
	}
}

// Each call is observed once, whatever it took.
func TestStats(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(401, "no"), says(200, "{}"), says(503, "down"))
	f.Via = floor{f.Via, func(ctx context.Context, c *retry.Call, below retry.Caller) (retry.Answer, error) {
		c.Account, c.Agent = "12345678", "bot"
		first, err := below.Call(ctx, c)
		if err != nil || first.Status != 401 {
			return first, err
		}
		again, err := below.Call(ctx, c) // as after a login
		return again.After(first), err
	}}
	r := rest.Request{Op: "test.Op", Method: http.MethodPost, URL: at("/a"), Body: struct{}{}}
	_, answer, err := rest.Do[doc](t.Context(), f.Client, r)
	require.NoError(t, err)
	assert.Equal(t, 2, answer.Tries)
	_, _, err = rest.Do[doc](t.Context(), f.Client, r)
	require.Len(t, f.stats, 2)
	for i := range f.stats {
		assert.False(t, f.stats[i].Start.IsZero())
		f.stats[i].Start, f.stats[i].Duration = time.Time{}, 0
	}
	of := retry.Stats{Op: "test.Op", Account: "12345678", Agent: "bot", Method: "POST", Host: host, Status: 200, Tries: 2, Sent: 4, Received: 4}
	assert.Equal(t, of, f.stats[0])
	of.Status, of.Tries, of.Sent, of.Err = 503, 1, 2, err
	assert.Equal(t, of, f.stats[1])
}

func TestNoContext(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(200, `{}`))
	_, _, err := rest.Do[*doc](nil, f.Client, rest.Request{Op: "test.Op", Method: "GET", URL: at("/")}) //nolint:staticcheck // the mistake under test
	require.ErrorIs(t, err, liveperson.ErrNotSent)
	assert.ErrorContains(t, err, "no context")
	_, _, _, err = rest.Confirm[*doc](nil, f.Client, rest.Request{Op: "test.Op", Method: "GET", URL: at("/")}, nil) //nolint:staticcheck // as above
	assert.ErrorContains(t, err, "no context")
	assert.Zero(t, f.count())
}
