package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// The bodies that errors come with, and what is made of them.
func TestErrorBodies(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 500)
	rows := []struct {
		status  int
		body    string
		code    int
		reason  string
		message string
	}{
		{
			401, `{"error":{"time":"Sep 22, 2016 4:10:15 PM","message":"CSRF token invalid! x","internalCode":10,"responseStatus":"UNAUTHORIZED"}}`,
			10, "UNAUTHORIZED", "CSRF token invalid! x",
		},
		{400, `{"error":{"time":"2016-09-22T16:10:15.123Z","message":"bad","internalCode":33}}`, 33, "", "bad"},
		{400, `{"error":{"@time":"x","@message":"bad","@internalCode":"33"}}`, 33, "", "bad"},
		{500, `{"error":"LeLogin1 failed - x"}`, 0, "", "LeLogin1 failed - x"},
		{404, `{"chat":{"error":{"message":"no data","internalCode":12,"responseStatus":"NOT_FOUND"}}}`, 12, "NOT_FOUND", "no data"},
		{400, `{"transfer":{"errormsg":"agent is not available"}}`, 0, "", "agent is not available"},
		{404, `{"type":"x","internalCode":28,"message":"no such URI"}`, 28, "", "no such URI"},
		{404, `{"errorCode":"28","message":"no such URI"}`, 28, "", "no such URI"},
		{401, "oauth_problem=signature_invalid&oauth_problem_advice=check%20the%20secret", 0, "", "oauth problem signature_invalid: check the secret"},
		{401, "oauth_problem=token_rejected", 0, "", "oauth problem token_rejected"},
		{401, "oauth_problem=%zz", 0, "", "oauth_problem=%zz"},
		{400, `{"error":"invalid_client","error_description":"no such client"}`, 0, "", "invalid_client: no such client"},
		{400, `{"error":"invalid_client","error_description":7}`, 0, "", "invalid_client: 7"},
		{400, `{"error_description":"no such client"}`, 0, "", "no such client"},
		{400, `{"error":{"error_description":"no such client"}}`, 0, "", "no such client"},
		{502, "<html><head><title>\n 502 Bad &amp;\n Gateway </title></head><body>x</body></html>", 0, "", "page: 502 Bad & Gateway"},
		{502, `<HTML><H1 class="x">Oops</H1>`, 0, "", "page: Oops"},
		{502, "<html><title></title>", 0, "", "page without a title"},
		{502, "<html>" + strings.Repeat(" ", 5000) + "<title>late</title>", 0, "", "page without a title"},
		{500, `<?xml version="1.0"?><error><title>XML</title></error>`, 0, "", "page: XML"},
		{503, "upstream   connect\n\terror", 0, "", "upstream connect error"},
		{500, "", 0, "", ""},
		{500, " \r\n ", 0, "", ""},
		{500, "{}", 0, "", ""},
		{500, "null", 0, "", "null"},
		{500, `["a"]`, 0, "", `["a"]`},
		{500, `"text"`, 0, "", `"text"`},
		{500, `{"error":{"mess`, 0, "", `{"error":{"mess`},
		{500, `{"error":{"message":{"deep":1}}}`, 0, "", `{"message":{"deep":1}}`},
		{500, `{"error":{"message":"m","internalCode":"not a number"}}`, 0, "", "m"},
		{500, `{"error":{"message":7,"internalCode":null,"responseStatus":true}}`, 0, "true", "7"},
		{400, `{"transfer":{"errormsg":""},"message":"m"}`, 0, "", "m"},
		{500, `{"error":["a","b"]}`, 0, "", "a"},
		{500, `{"error":[{"message":"one"}]}`, 0, "", "one"},
		{500, `{"error":null,"message":"m"}`, 0, "", "m"},
		{500, `{"error":7}`, 0, "", "7"},
		{500, `{"message":{"a":1}}`, 0, "", `{"message":{"a":1}}`},
		{500, "\xef\xbb\xbf" + `{"error":{"message":"with a BOM"}}`, 0, "", "with a BOM"},
		{500, "\n  " + `{"error":{"message":"indented"}}`, 0, "", "indented"},
		{500, "not UTF-8: \xff\xfe!", 0, "", "not UTF-8: \ufffd!"},
		{500, long, 0, "", strings.Repeat("ü", 150) + "…"},
		{500, "x" + long, 0, "", "x" + strings.Repeat("ü", 149) + "…"},
		{500, `{"error":{"message":"` + long + `","responseStatus":"` + long + `"}}`, 0, strings.Repeat("ü", 150) + "…", strings.Repeat("ü", 150) + "…"},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%.40q", row.body), func(t *testing.T) {
			t.Parallel()
			f := newFake(t, says(row.status, row.body))
			r := rest.Request{Op: "test.Op", Method: http.MethodPut, Override: true, URL: at("/a"), Query: url.Values{"v": {"1"}}}
			out, resp, err := rest.Do[doc](t.Context(), f.Client, r)
			e := failed(t, err)
			assert.Equal(t, liveperson.Error{
				Op: "test.Op", Method: "PUT", URL: "https://va.example.net/a?v=1", Status: row.status, Tries: 1,
				Code: row.code, Reason: row.reason, Message: row.message, Body: e.Body,
			}, *e)
			assert.Equal(t, row.body[:min(len(row.body), 4096)], string(e.Body))
			assert.Equal(t, doc{}, out)
			assert.Equal(t, row.status, resp.Status)
			assert.NotNil(t, resp.Header)
		})
	}
}

// Errors that come as a success.
func TestErrorsInsideA200(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		is      error
		code    int
		message string
		effect  retry.Effect
	}{
		`{"error":{"message":"no data","internalCode":12,"responseStatus":"NOT_FOUND"}}`:  {liveperson.ErrNotFound, 12, "no data", retry.NoEffect},
		`{"chat":{"error":{"message":"bad session","internalCode":"39"}}}`:                {nil, 39, "bad session", retry.NoEffect},
		`{"chat":{"link":[],"error":{"message":"gone","responseStatus":"GONE"}}}`:         {liveperson.ErrGone, 0, "gone", retry.NoEffect},
		`{"transfer":{"errormsg":"agent is not available"}}`:                              {nil, 0, "agent is not available", retry.NoEffect},
		`{"error":"LeLogin1 failed"}`:                                                     {nil, 0, "LeLogin1 failed", retry.NoEffect},
		`{"name":"x","error":{"message":"m","responseStatus":"UNAUTHORIZED"}}`:            {liveperson.ErrUnauthorized, 0, "m", retry.NoEffect},
		`{"error":{"message":"m","responseStatus":"INTERNAL_SERVER_ERROR"}}`:              {liveperson.ErrUnavailable, 0, "m", retry.EffectUnknown},
		"\xef\xbb\xbf" + `{"error":{"message":"m","responseStatus":"FORBIDDEN"}}`:         {liveperson.ErrForbidden, 0, "m", retry.NoEffect},
		`{"name":{"not":"a string"},"error":{"message":"m","responseStatus":"CONFLICT"}}`: {liveperson.ErrConflict, 0, "m", retry.NoEffect},
		` {"error" : {"message":"m"} } `:                                                  {nil, 0, "m", retry.NoEffect},
	}
	for body, row := range rows {
		for _, none := range []bool{false, true} {
			t.Run(fmt.Sprint(body, none), func(t *testing.T) {
				t.Parallel()
				f := newFake(t, says(200, body))
				var resp retry.Answer
				var err error
				if none {
					_, resp, err = rest.Do[rest.None](t.Context(), f.Client, get(at("/a")))
				} else {
					var out doc
					out, resp, err = rest.Do[doc](t.Context(), f.Client, get(at("/a")))
					assert.Equal(t, doc{}, out, "never half-filled")
				}
				e := failed(t, err)
				if row.is != nil {
					require.ErrorIs(t, err, row.is)
				}
				assert.Equal(t, 200, e.Status)
				assert.Equal(t, row.code, e.Code)
				assert.Equal(t, row.message, e.Message)
				require.NoError(t, e.Err)
				assert.Equal(t, body, string(e.Body))
				assert.Equal(t, row.effect, resp.Effect)
				assert.Equal(t, 1, f.count())
			})
		}
	}
}

// What looks like an error and is none.
func TestNoErrorsInsideA200(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"name":"x","count":2,"error":null}`, `{"name":"x","count":2,"error":""}`, `{"name":"x","count":2,"error":false}`,
		`{"name":"x","count":2,"a":{"error":"y"},"b":{}}`, `{"name":"x","count":2,"a":{"b":{"error":"y"}}}`,
		`[{"name":"x","count":2}]`, `{"@name":"x","@count":"2"}`, "\xef\xbb\xbf" + `{"name":"x","count":2}`,
	} {
		f := newFake(t, says(200, body))
		out, _, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
		require.NoError(t, err, body)
		assert.Equal(t, doc{"x", 2}, out)
	}
}

func TestSentinels(t *testing.T) {
	t.Parallel()
	all := []error{
		liveperson.ErrUnauthorized, liveperson.ErrForbidden, liveperson.ErrNotFound, liveperson.ErrConflict, liveperson.ErrGone,
		liveperson.ErrRateLimited, liveperson.ErrBlocked, liveperson.ErrUnavailable, liveperson.ErrRedirected, liveperson.ErrInvalidInput,
		liveperson.ErrMalformed, liveperson.ErrTooLarge, liveperson.ErrForeignOrigin, liveperson.ErrNotSent,
	}
	rows := map[int]error{
		300: liveperson.ErrRedirected, 301: liveperson.ErrRedirected, 304: liveperson.ErrRedirected, 307: liveperson.ErrRedirected,
		400: nil, 401: liveperson.ErrUnauthorized, 402: nil, 403: liveperson.ErrForbidden, 404: liveperson.ErrNotFound, 405: nil, 408: nil,
		409: liveperson.ErrConflict, 410: liveperson.ErrGone, 418: nil, 425: nil, 429: liveperson.ErrRateLimited, 451: liveperson.ErrBlocked,
		499: nil, 500: liveperson.ErrUnavailable, 501: liveperson.ErrUnavailable, 502: liveperson.ErrUnavailable,
		503: liveperson.ErrUnavailable, 504: liveperson.ErrUnavailable, 599: liveperson.ErrUnavailable,
	}
	for status, want := range rows {
		f := newFake(t, says(status, "x"))
		_, resp, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
		require.Error(t, err)
		for _, s := range all {
			assert.Equal(t, errors.Is(want, s), errors.Is(err, s), "%d: %v", status, s)
		}
		assert.Equal(t, status, resp.Status)
		assert.Equal(t, f.count(), resp.Tries)
		assert.Equal(t, f.count(), failed(t, err).Tries)
	}
}

func TestConnectionErrors(t *testing.T) {
	t.Parallel()
	f := newFake(t, breaks(io.ErrUnexpectedEOF))
	_, resp, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
	require.ErrorIs(t, err, liveperson.ErrUnavailable)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.EqualError(t, err, "test.Get: GET https://va.example.net/a: unexpected EOF (4 tries)")
	assert.Nil(t, resp.Header)
	assert.Equal(t, 4, resp.Tries)
	assert.Zero(t, resp.Status)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f = newFake(t, says(200, "{}"))
	_, resp, err = rest.Do[doc](ctx, f.Client, get(at("/a")))
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, liveperson.ErrUnavailable)
	assert.Zero(t, f.count())
	assert.Equal(t, retry.NoEffect, resp.Effect)
}

// The address in an error is the one that was used, without a user.
func TestURLsInErrors(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(404, ""))
	_, _, err := rest.Do[doc](t.Context(), f.Client, get(at("/a/{id}", "x/ü").Follow("info", "https://va.example.net/b%2Fc?q=1#frag")))
	assert.Equal(t, "https://va.example.net/b%2Fc?q=1", failed(t, err).URL)
}

// A floor below may fail before anything is sent, or with an error that says it
// all.
func TestErrorsOfTheFloorBelow(t *testing.T) {
	t.Parallel()
	boom, own := errors.New("session ended"), &liveperson.Error{Op: "login.Login", Status: 401}
	input := &liveperson.InputError{Field: "host", Rule: "must be known"}
	for text, err := range map[string]error{
		"x.Y: POST https://va.example.net/: session ended":                             boom,
		"x.Y: POST https://va.example.net/: request not sent: session ended":           fmt.Errorf("%w: %w", liveperson.ErrNotSent, boom),
		"x.Y: POST https://va.example.net/: address of a foreign origin: to http://x":  fmt.Errorf("%w: to http://x", liveperson.ErrForeignOrigin),
		"login.Login: 401 Unauthorized":                                                own,
		"renewing: login.Login: 401 Unauthorized":                                      fmt.Errorf("renewing: %w", own),
		"x.Y: host: must be known":                                                     input,
		"x.Y: POST https://va.example.net/: 401 Unauthorized: session ended (3 tries)": boom,
	} {
		f := newFake(t, says(200, "{}"))
		below := retry.Answer{Effect: retry.NoEffect}
		if strings.Contains(text, "3 tries") {
			below.Status, below.Tries = 401, 3
		}
		f.Via = floor{f.Via, func(context.Context, *retry.Call, retry.Caller) (retry.Answer, error) { return below, err }}
		_, answer, got := rest.Do[doc](t.Context(), f.Client, rest.Request{Op: "x.Y", Method: http.MethodPost, URL: at("/")})
		require.EqualError(t, got, text)
		if err != error(input) { //nolint:errorlint // the very one, which gets its operation
			require.ErrorIs(t, got, err)
		}
		require.NotErrorIs(t, got, liveperson.ErrMalformed)
		assert.Equal(t, retry.NoEffect, answer.Effect)
		assert.Zero(t, f.count())
	}
	f := newFake(t, httpmock.NewErrorResponder(fmt.Errorf("renewing: %w", own)))
	_, _, err := rest.Do[doc](t.Context(), f.Client, rest.Request{Op: "x.Y", Method: http.MethodPost, URL: at("/")})
	require.ErrorIs(t, err, liveperson.ErrUnauthorized)
	assert.Same(t, own, failed(t, err))
}
