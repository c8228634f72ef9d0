package retry_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// grid is what is promised for each fault: how many requests reach the server,
// how the call ends, and what is then known of its effect. After the faults
// named, the server answers 200.
const grid = `
kind        fault                tries  outcome       effect
idempotent  none                 1      200           took effect
idempotent  503 503              3      200           took effect
idempotent  reset reset          3      200           took effect
idempotent  reset 503            3      200           took effect
idempotent  503 503 503 503      4      503           unknown
idempotent  reset reset reset reset  4  reset         unknown
idempotent  hang hang hang hang  4      time-out      unknown
idempotent  400                  1      400           no effect
idempotent  401                  1      401           no effect
idempotent  409                  1      409           no effect
idempotent  429                  2      200           took effect
idempotent  429 429 429 429      4      429           no effect
idempotent  451                  1      451           no effect
idempotent  cut                  2      200           took effect
idempotent  chunked-cut          2      200           took effect
idempotent  cut cut cut cut      4      cut           unknown
idempotent  hang                 2      200           took effect
idempotent  hang-in-body         2      200           took effect
idempotent  html502              2      200           took effect
idempotent  html502 html502 html502 html502  4  502   unknown
idempotent  html200              2      200           took effect
idempotent  html200 html200 html200 html200  4  malformed  unknown
idempotent  503 429 reset        4      200           took effect
idempotent  503 400              2      400           unknown
idempotent  302                  1      302           unknown

once        none                 1      200           took effect
once        503                  1      503           unknown
once        reset                1      reset         unknown
once        400                  1      400           no effect
once        401                  1      401           no effect
once        409                  1      409           no effect
once        429                  2      200           took effect
once        429 429 429 429      4      429           no effect
once        451                  1      451           no effect
once        cut                  1      cut           unknown
once        chunked-cut          1      cut           unknown
once        hang                 1      time-out      unknown
once        hang-in-body         1      time-out      unknown
once        html502              1      502           unknown
once        html200              1      malformed     unknown
once        429 reset            2      reset         unknown
once        302                  1      302           unknown
`

func TestGuardWhatIsSentAgain(t *testing.T) {
	t.Parallel()
	faults := map[string]http.HandlerFunc{
		"none": ok, "503": status(503, "down"), "reset": reset, "400": status(400, ""), "401": status(401, ""),
		"409": status(409, ""), "429": status(429, ""), "451": status(451, ""), "cut": cutLength, "chunked-cut": cutChunked,
		"hang": hang, "hang-in-body": hangInBody, "html502": status(502, "<html><title>Bad Gateway</title></html>"),
		"html200": status(200, "<html>"), "302": status(302, "", "Location", "https://evil.example/"),
	}
	rows := 0
	for line := range strings.Lines(grid) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "kind" {
			continue
		}
		rows++
		n := 1
		var script []http.HandlerFunc
		for ; faults[fields[n]] != nil; n++ {
			script = append(script, faults[fields[n]])
		}
		script = append(script, ok)
		tries, end, effect := fields[n], fields[n+1], strings.Join(fields[n+2:], " ")
		t.Run(strings.Join(fields, " "), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, script...)
				call := either[fields[0]]()
				call.Method, call.Body, call.JSON = http.MethodPut, []byte("body"), true
				a, err := s.with().Call(t.Context(), call)
				assert.Equal(t, tries, fmt.Sprint(s.count()), "tries")
				assert.Equal(t, tries, fmt.Sprint(a.Tries), "tries as counted")
				assert.Equal(t, end, outcome(a, err), "outcome")
				assert.Equal(t, effect, a.Effect.String(), "effect")
				for _, r := range s.requests() {
					assert.Equal(t, "body", r.body)
					assert.NotContains(t, r.header, "Idempotency-Key")
					assert.NotContains(t, r.header, "X-Idempotency-Key")
				}
			})
		})
	}
	assert.Equal(t, 42, rows)
}
