package rest_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Confirm is one call, whatever it sends and looks for.
func TestConfirm(t *testing.T) {
	t.Parallel()
	ok, lost, silent := says(201, `{"name":"x","count":2}`), says(503, "<html><title>Bad Gateway</title>"), breaks(io.EOF)
	errLook := &liveperson.Error{Op: "test.Look", Status: 403}
	type found func(lost retry.Answer) (retry.Effect, error)
	finds := func(e retry.Effect, err error) found {
		return func(retry.Answer) (retry.Effect, error) { return e, err }
	}
	nothing := func(lost retry.Answer) (retry.Effect, error) { return lost.Nothing(retry.Policy{Waits: noWaits}) }
	rows := map[string]struct {
		answers []httpmock.Responder
		look    found
		sent    int
		looks   int
		found   bool
		effect  retry.Effect
		is      error
		text    string
	}{
		"answered":           {[]httpmock.Responder{ok}, nil, 1, 0, false, retry.TookEffect, nil, ""},
		"429, then answered": {[]httpmock.Responder{says(429, ""), ok}, nil, 2, 0, false, retry.TookEffect, nil, ""},
		"refused": {
			[]httpmock.Responder{says(400, `{"error":{"message":"no"}}`)}, nil, 1, 0, false, retry.NoEffect, nil, "400 Bad Request: no",
		},
		"refused with a 200": {
			[]httpmock.Responder{says(200, `{"error":{"message":"no","responseStatus":"FORBIDDEN"}}`)},
			nil, 1, 0, false, retry.NoEffect, liveperson.ErrForbidden,
			"200 OK: no",
		},
		"found": {[]httpmock.Responder{silent}, finds(retry.TookEffect, nil), 1, 1, true, retry.EffectUnknown, nil, ""},
		"found after an error with a 200": {
			[]httpmock.Responder{says(200, `{"error":{"message":"m","responseStatus":"INTERNAL_SERVER_ERROR"}}`)},
			finds(retry.TookEffect, nil), 1, 1, true,
			retry.EffectUnknown, nil, "",
		},
		"found after a page":             {[]httpmock.Responder{says(200, "<html>")}, finds(retry.TookEffect, nil), 1, 1, true, retry.EffectUnknown, nil, ""},
		"found after broken JSON":        {[]httpmock.Responder{says(200, `{"name":}`)}, finds(retry.TookEffect, nil), 1, 1, true, retry.EffectUnknown, nil, ""},
		"found after another document":   {[]httpmock.Responder{says(200, `"x"`)}, finds(retry.TookEffect, nil), 1, 1, true, retry.EffectUnknown, nil, ""},
		"nothing found, sent again":      {[]httpmock.Responder{lost, ok}, nothing, 2, 1, false, retry.TookEffect, nil, ""},
		"nothing found, then refused":    {[]httpmock.Responder{lost, says(409, "")}, nothing, 2, 1, false, retry.NoEffect, liveperson.ErrConflict, "409 Conflict (2 tries)"},
		"nothing found without answer":   {[]httpmock.Responder{silent}, nothing, 1, 3, false, retry.EffectUnknown, liveperson.ErrAbsent, "EOF; looking for it: not there"},
		"nothing found, to the very end": {[]httpmock.Responder{lost}, nothing, 4, 4, false, retry.EffectUnknown, liveperson.ErrUnavailable, "503 Service Unavailable: page: Bad Gateway (4 tries)"},
		"looking fails": {
			[]httpmock.Responder{lost},
			finds(retry.NoEffect, errLook), 1, 3, false, retry.EffectUnknown, errLook,
			"503 Service Unavailable: page: Bad Gateway; looking for it: test.Look: 403 Forbidden",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, row.answers...)
			looks := 0
			r := rest.Request{Op: "test.Op", Method: http.MethodPost, URL: at("/a"), Body: struct{}{}}
			out, found, answer, err := rest.Confirm[doc](t.Context(), f.Client, r, func(_ context.Context, lost retry.Answer) (retry.Effect, error) {
				looks++
				assert.Equal(t, retry.EffectUnknown, lost.Effect)
				assert.Equal(t, f.count(), lost.Tries)
				return row.look(lost)
			})
			assert.Equal(t, row.sent, f.count())
			assert.Equal(t, row.sent, answer.Tries)
			assert.EqualValues(t, 2*row.sent, answer.Sent)
			assert.Equal(t, row.looks, looks)
			assert.Equal(t, row.found, found)
			assert.Equal(t, row.effect, answer.Effect, "%v", answer.Effect)
			if err == nil && !found {
				assert.Equal(t, doc{"x", 2}, out)
			} else {
				assert.Equal(t, doc{}, out, "never half-filled")
			}
			require.Len(t, f.stats, 1)
			assert.Equal(t, row.sent, f.stats[0].Tries)
			assert.Equal(t, err, f.stats[0].Err)
			if row.text == "" {
				require.NoError(t, err)
				return
			}
			const before = "test.Op: POST https://va.example.net/a: "
			if row.looks == 3 {
				require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
				require.EqualError(t, err, "unconfirmed: it may have taken effect: "+before+row.text)
			} else {
				require.NotErrorIs(t, err, liveperson.ErrUnconfirmed)
				require.EqualError(t, err, before+row.text)
			}
			if row.is != nil {
				require.ErrorIs(t, err, row.is)
			}
			assert.Equal(t, row.sent, failed(t, err).Tries)
		})
	}
}

// A write of a state that others change too: what agentsurvey does.
func TestOnConflict(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(409, `{"error":{"message":"stale"}}`), says(200, `{"count":7}`), says(200, `{"name":"x"}`))
	rev := "1"
	var out doc
	err := retry.OnConflict(t.Context(), func(ctx context.Context) error {
		state, err := rest.Get[doc](ctx, f.Client, "test.State", at("/state"), nil)
		rev = string(rune('0' + state.Count))
		return err
	}, func(ctx context.Context) (err error) {
		out, _, err = rest.Do[doc](ctx, f.Client, rest.Request{Op: "test.Save", Method: http.MethodPut, URL: at("/state/{rev}", rev)})
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, doc{Name: "x"}, out)
	assert.Equal(t, []string{"PUT /state/1", "GET /state", "PUT /state/7"}, []string{f.sent[0][:12], f.sent[1][:10], f.sent[2][:12]})
}

// The secrets of the tries before are hidden in the error of the last.
func TestConfirmHidesTheSecretsOfAllTries(t *testing.T) {
	t.Parallel()
	n := 0
	f := newFake(t, says(502, ""), says(400, "was: Bearer canary-1-plume canary-cookie-plume"))
	f.Jar = newJar(t, "sid", "canary-cookie-plume")
	f.Via = floor{f.Via, func(ctx context.Context, c *retry.Call, below retry.Caller) (retry.Answer, error) {
		n++
		c.Header.Set("Authorization", []string{"Bearer canary-1-plume", "Bearer canary-2-plume"}[n-1])
		c.Jar = []http.CookieJar{c.Jar, nil}[n-1]
		return below.Call(ctx, c)
	}}
	r := rest.Request{Op: "test.Op", Method: http.MethodPost, URL: at("/a")}
	_, _, _, err := rest.Confirm[doc](t.Context(), f.Client, r, func(context.Context, retry.Answer) (retry.Effect, error) { return retry.NoEffect, nil })
	assertNoSecret(t, err, "first try's")
	assert.Equal(t, "was: [redacted] [redacted]", failed(t, err).Message)
	assert.NotErrorIs(t, err, liveperson.ErrUnconfirmed)
}
