package rest_test

import (
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
)

// grid is what an endpoint's caller gets for each fault: tries, error and what
// is known of the effect. After the faults named, the server answers with the
// document.
const grid = `
kind        fault         tries  error         effect
idempotent  none          1      -             took effect
idempotent  503 503       3      -             took effect
idempotent  reset reset   3      -             took effect
idempotent  503 503 503 503  4   unavailable   unknown
idempotent  400           1      other         no effect
idempotent  401           1      unauthorized  no effect
idempotent  409           1      conflict      no effect
idempotent  429           2      -             took effect
idempotent  429 429 429 429  4   rate-limited  no effect
idempotent  451           1      blocked       no effect
idempotent  cut           2      -             took effect
idempotent  cut cut cut cut  4   malformed     unknown
idempotent  html502       2      -             took effect
idempotent  html200       2      -             took effect
idempotent  empty200      2      -             took effect
idempotent  empty200 empty200 empty200 empty200  4  malformed  unknown
idempotent  error200      1      other         no effect
idempotent  down200       1      unavailable   unknown
idempotent  wrong200      1      malformed     unknown
idempotent  302           1      redirected    unknown

once        none          1      -             took effect
once        503           1      unavailable   unknown
once        reset         1      unavailable   unknown
once        400           1      other         no effect
once        401           1      unauthorized  no effect
once        409           1      conflict      no effect
once        429           2      -             took effect
once        451           1      blocked       no effect
once        cut           1      malformed     unknown
once        html502       1      unavailable   unknown
once        html200       1      malformed     unknown
once        empty200      1      malformed     unknown
once        error200      1      other         no effect
once        down200       1      unavailable   unknown
once        wrong200      1      malformed     unknown
once        302           1      redirected    unknown
`

func TestGrid(t *testing.T) {
	t.Parallel()
	ok := says(200, `{"name":"x","count":1}`)
	faults := map[string]httpmock.Responder{
		"none": ok, "503": says(503, "down"), "reset": breaks(io.EOF), "400": says(400, ""), "401": says(401, ""), "409": says(409, ""),
		"429": says(429, ""), "451": says(451, ""), "cut": says(200, `{"name":"x","cou`), "html502": says(502, "<html>"),
		"html200": says(200, "<html>"), "empty200": says(200, ""), "error200": says(200, `{"error":{"message":"m"}}`),
		"down200":  says(200, `{"error":{"message":"m","responseStatus":"SERVICE_UNAVAILABLE"}}`),
		"wrong200": says(200, `"x"`), "302": says(302, "", "Location", "https://evil.example/"),
	}
	names := map[error]string{
		liveperson.ErrUnavailable: "unavailable", liveperson.ErrUnauthorized: "unauthorized", liveperson.ErrConflict: "conflict",
		liveperson.ErrRateLimited: "rate-limited", liveperson.ErrBlocked: "blocked", liveperson.ErrMalformed: "malformed",
		liveperson.ErrRedirected: "redirected",
	}
	rows := 0
	for line := range strings.Lines(grid) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "kind" {
			continue
		}
		rows++
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
				Idempotent: fields[0] == "idempotent",
			})
			got := "-"
			if err != nil {
				got = "other"
				for sentinel, name := range names {
					if errors.Is(err, sentinel) {
						got = name
					}
				}
				assert.Equal(t, tries, fmt.Sprint(failed(t, err).Tries))
				assert.Equal(t, doc{}, out)
			} else {
				assert.Equal(t, doc{"x", 1}, out)
			}
			assert.Equal(t, end, got, "%v", err)
			assert.Equal(t, tries, fmt.Sprint(f.count()))
			assert.Equal(t, tries, fmt.Sprint(resp.Tries))
			assert.Equal(t, effect, resp.Effect.String())
		})
	}
	require.Equal(t, 36, rows)
}
