package rest_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Which successes count, for which kind of call.
func TestSuccesses(t *testing.T) {
	t.Parallel()
	const (
		fine      = "fine"
		again     = "malformed, tried again"
		broken    = "no JSON after all, final"
		malformed = "another document, final"
	)
	rows := []struct {
		status                int
		body                  string
		document, empty, none string
	}{
		{200, `{"name":"x","count":2}`, fine, fine, fine},
		{201, `{"name":"x","count":2}`, fine, fine, fine},
		{206, `{"name":"x","count":2}`, fine, fine, fine},
		{200, ``, again, fine, fine},
		{201, " \r\n\t", again, fine, fine},
		{204, ``, again, fine, fine},
		{200, "\xef\xbb\xbf", again, fine, fine},
		{200, `<html><title>Sign in</title></html>`, again, again, again},
		{200, `OK`, again, again, again},
		{200, `{"name":"x","count":`, again, again, again},
		{200, `{"name":"x"} trailing`, again, again, again},
		{200, `{"name":"x"}{"name":"y"}`, broken, broken, broken},
		{200, `{"name":"x","count":}`, broken, broken, broken},
		{200, `{"name":"cut here}`, broken, broken, broken},
		{200, `7up`, broken, broken, broken},
		{200, `null`, fine, fine, fine},
		{200, `true`, malformed, malformed, fine},
		{200, "\xef\xbb\xbf" + `{"name":"x","count":2}`, fine, fine, fine},
		{200, strings.Repeat("[", 20000), again, again, again},
		{200, `{"name":{"deep":"x"}}`, fine, fine, fine},          // the member stays empty
		{200, `{"count":"many"}`, fine, fine, fine},               // the member stays empty
		{200, `{"count":99999999999999999999}`, fine, fine, fine}, // the member stays empty
		{200, `"text"`, malformed, malformed, fine},
		{200, `7`, malformed, malformed, fine},
		{200, `[1,2]`, malformed, malformed, fine},
	}
	check := func(t *testing.T, f *fake, want, body string, status int, resp retry.Answer, err error) {
		t.Helper()
		assert.Equal(t, status, resp.Status)
		assert.Equal(t, f.count(), resp.Tries)
		if want == fine {
			require.NoError(t, err)
			assert.Equal(t, 1, f.count())
			assert.Equal(t, retry.TookEffect, resp.Effect)
			return
		}
		assert.Equal(t, retry.EffectUnknown, resp.Effect)
		require.ErrorIs(t, err, liveperson.ErrMalformed)
		require.NotErrorIs(t, err, liveperson.ErrUnavailable)
		e := failed(t, err)
		assert.Equal(t, status, e.Status)
		assert.Equal(t, body[:min(len(body), 4096)], string(e.Body))
		if want == again {
			assert.Equal(t, 4, f.count())
			return
		}
		assert.Equal(t, 1, f.count())
		if want == broken {
			var syntax *wire.SyntaxError
			require.ErrorAs(t, err, &syntax)
			return
		}
		var mismatch *wire.TypeError
		require.ErrorAs(t, err, &mismatch)
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%d %.30q", row.status, row.body), func(t *testing.T) {
			t.Parallel()
			f := newFake(t, says(row.status, row.body))
			out, resp, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
			check(t, f, row.document, row.body, row.status, resp, err)
			if err != nil || row.body == "" {
				assert.Equal(t, doc{}, out)
			}

			f = newFake(t, says(row.status, row.body))
			r := get(at("/a"))
			r.Empty = true
			_, resp, err = rest.Do[doc](t.Context(), f.Client, r)
			check(t, f, row.empty, row.body, row.status, resp, err)

			f = newFake(t, says(row.status, row.body))
			_, resp, err = rest.Do[rest.None](t.Context(), f.Client, get(at("/a")))
			check(t, f, row.none, row.body, row.status, resp, err)
		})
	}
}

func TestHeadersOfAnAnswer(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(200, "{}", "x-lp-state-rev", "1564031641145901056"))
	_, resp, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
	require.NoError(t, err)
	assert.Equal(t, "1564031641145901056", resp.Header.Get("X-Lp-State-Rev"))
}

// An answer that was not usable leaves nothing behind for the next one.
func TestAnswersDoNotMix(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(200, "<html>"), says(200, `{"count":2}`))
	out, resp, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
	require.NoError(t, err)
	assert.Equal(t, doc{Count: 2}, out)
	assert.Equal(t, 2, resp.Tries)

	f = newFake(t, says(200, "<html>"), breaks(io.EOF))
	_, _, err = rest.Do[doc](t.Context(), f.Client, get(at("/a")))
	e := failed(t, err)
	assert.Zero(t, e.Status)
	assert.Empty(t, e.Body, "the body of an earlier try")

	f = newFake(t, says(200, "<html>"), says(503, ""))
	_, _, err = rest.Do[doc](t.Context(), f.Client, get(at("/a")))
	e = failed(t, err)
	assert.Equal(t, 503, e.Status)
	assert.Empty(t, e.Body)
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(200, `"`+strings.Repeat("x", 1000)+`"`))
	f.over(t, retry.WithMaxBody(500))
	_, resp, err := rest.Do[string](t.Context(), f.Client, get(at("/a")))
	require.ErrorIs(t, err, liveperson.ErrTooLarge)
	require.NotErrorIs(t, err, liveperson.ErrUnavailable)
	assert.Equal(t, 200, resp.Status)
	assert.Equal(t, 1, f.count())
	assert.Empty(t, failed(t, err).Body)
}

func TestBodiesInErrorsAreBounded(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 503} {
		f := newFake(t, says(status, "{"+strings.Repeat("x", 1<<20)))
		_, _, err := rest.Do[doc](t.Context(), f.Client, get(at("/a")))
		e := failed(t, err)
		assert.Len(t, e.Body, 4096)
		assert.Equal(t, 4096, cap(e.Body), "the rest is not kept in memory")
		assert.LessOrEqual(t, len(e.Message), 303)
		assert.Less(t, len(err.Error()), 600)
	}
}
