package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

func verdict(e retry.Effect) func(context.Context) (retry.Effect, error) {
	return func(context.Context) (retry.Effect, error) { return e, nil }
}

// grid is what an endpoint's caller gets for each class and fault: tries,
// error and what is known of the effect. After the faults named, the server
// answers with the document.
const grid = `
class                 fault         tries  error         effect
idempotent            none          1      -             took effect
idempotent            503 503       3      -             took effect
idempotent            reset reset   3      -             took effect
idempotent            reset 503     3      -             took effect
idempotent            503 503 503 503  4   unavailable   unknown
idempotent            400           1      other         no effect
idempotent            401           1      unauthorized  no effect
idempotent            409           1      conflict      no effect
idempotent            429           2      -             took effect
idempotent            429 429 429 429  4   rate-limited  no effect
idempotent            451           1      blocked       no effect
idempotent            cut           2      -             took effect
idempotent            cut cut cut cut  4   malformed     unknown
idempotent            html502       2      -             took effect
idempotent            html200       2      -             took effect
idempotent            empty200      2      -             took effect
idempotent            empty200 empty200 empty200 empty200  4  malformed  unknown
idempotent            error200      1      other         no effect
idempotent            wrong200      1      malformed     took effect
idempotent            302           1      redirected    no effect

verified/no-effect    503 503       3      -             took effect
verified/no-effect    reset 503     3      -             took effect
verified/no-effect    503 503 503 503  4   unavailable   no effect
verified/no-effect    409           1      conflict      no effect
verified/no-effect    cut           2      -             took effect
verified/no-effect    html502       2      -             took effect
verified/no-effect    empty200      2      -             took effect
verified/no-effect    wrong200      1      malformed     took effect

verified/took-effect  503 503       1      -             took effect
verified/took-effect  reset         1      -             took effect
verified/took-effect  cut           1      -             took effect
verified/took-effect  html502       1      -             took effect
verified/took-effect  empty200      1      -             took effect
verified/took-effect  401           1      unauthorized  no effect

verified/unknown      503           1      unavailable   unknown
verified/unknown      reset         1      unavailable   unknown
verified/unknown      cut           1      unavailable   unknown
verified/unknown      html502       1      unavailable   unknown
verified/unknown      empty200      1      unavailable   unknown
verified/unknown      451           1      blocked       no effect

once                  503           1      unavailable   unknown
once                  reset         1      unavailable   unknown
once                  400           1      other         no effect
once                  401           1      unauthorized  no effect
once                  409           1      conflict      no effect
once                  429           2      -             took effect
once                  451           1      blocked       no effect
once                  cut           1      malformed     unknown
once                  html502       1      unavailable   unknown
once                  html200       1      malformed     unknown
once                  empty200      1      malformed     unknown
once                  error200      1      other         no effect
once                  302           1      redirected    no effect
`

func TestGrid(t *testing.T) {
	t.Parallel()
	ok := says(200, `{"name":"x","count":1}`)
	faults := map[string]httpmock.Responder{
		"none": ok, "503": says(503, "down"), "reset": breaks(io.EOF), "400": says(400, ""), "401": says(401, ""), "409": says(409, ""),
		"429": says(429, ""), "451": says(451, ""), "cut": says(200, `{"name":"x","cou`), "html502": says(502, "<html>"),
		"html200": says(200, "<html>"), "empty200": says(200, ""), "error200": says(200, `{"error":{"message":"m"}}`),
		"wrong200": says(200, `{"count":"x"}`), "302": says(302, "", "Location", "https://evil.example/"),
	}
	names := map[error]string{
		liveperson.ErrUnavailable: "unavailable", liveperson.ErrUnauthorized: "unauthorized", liveperson.ErrConflict: "conflict",
		liveperson.ErrRateLimited: "rate-limited", liveperson.ErrBlocked: "blocked", liveperson.ErrMalformed: "malformed",
		liveperson.ErrRedirected: "redirected",
	}
	verdicts := map[string]retry.Effect{"no-effect": retry.NoEffect, "took-effect": retry.TookEffect, "unknown": retry.EffectUnknown}
	classes := map[string]retry.Class{"idempotent": retry.Idempotent, "verified": retry.Verified, "once": retry.Once}
	rows := 0
	for line := range strings.Lines(grid) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "class" {
			continue
		}
		rows++
		class, verifies, _ := strings.Cut(fields[0], "/")
		n := 1
		var answers []httpmock.Responder
		for ; faults[fields[n]] != nil; n++ {
			answers = append(answers, faults[fields[n]])
		}
		answers = append(answers, ok)
		tries, end, effect := fields[n], fields[n+1], strings.Join(fields[n+2:], " ")
		t.Run(strings.Join(fields, " "), func(t *testing.T) {
			t.Parallel()
			f := newFake(t, answers...)
			out, resp, err := rest.Do[doc](t.Context(), f.Client, rest.Request{
				Op: "test.Op", Method: http.MethodPost, URL: at("/a"), Body: struct{}{},
				Class: classes[class], Verify: verdict(verdicts[verifies]),
			})
			got := "-"
			if err != nil {
				got = "other"
				for sentinel, name := range names {
					if errors.Is(err, sentinel) {
						got = name
					}
				}
				assert.Equal(t, tries, fmt.Sprint(failed(t, err).Attempts))
				assert.Equal(t, doc{}, out)
			} else if !resp.Verified {
				assert.Equal(t, doc{"x", 1}, out)
			}
			assert.Equal(t, end, got, "%v", err)
			assert.Equal(t, tries, fmt.Sprint(f.count()))
			assert.Equal(t, tries, fmt.Sprint(resp.Attempts))
			assert.Equal(t, effect, resp.Effect.String())
		})
	}
	require.Equal(t, 53, rows)
}
