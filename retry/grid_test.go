package retry_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/retry"
)

// grid is what is promised for each class and fault: how many requests reach
// the server, how the call ends, and what is then known of its effect.
// After the faults named, the server answers 200.
const grid = `
class                 fault                tries  outcome       effect
idempotent            none                 1      200           took effect
idempotent            503 503              3      200           took effect
idempotent            reset reset          3      200           took effect
idempotent            reset 503            3      200           took effect
idempotent            503 503 503 503      4      503           unknown
idempotent            reset reset reset reset  4  reset         unknown
idempotent            hang hang hang hang  4      time-out      unknown
idempotent            400                  1      400           no effect
idempotent            401                  1      401           no effect
idempotent            409                  1      409           no effect
idempotent            429                  2      200           took effect
idempotent            429 429 429 429      4      429           no effect
idempotent            451                  1      451           no effect
idempotent            cut                  2      200           took effect
idempotent            chunked-cut          2      200           took effect
idempotent            cut cut cut cut      4      cut           unknown
idempotent            hang                 2      200           took effect
idempotent            html502              2      200           took effect
idempotent            html502 html502 html502 html502  4  502   unknown
idempotent            503 429 reset        4      200           took effect
idempotent            503 400              2      400           unknown

verified/no-effect    none                 1      200           took effect
verified/no-effect    503 503              3      200           took effect
verified/no-effect    reset reset          3      200           took effect
verified/no-effect    reset 503            3      200           took effect
verified/no-effect    503 503 503 503      4      503           no effect
verified/no-effect    reset reset reset reset  4  reset         no effect
verified/no-effect    400                  1      400           no effect
verified/no-effect    401                  1      401           no effect
verified/no-effect    409                  1      409           no effect
verified/no-effect    429                  2      200           took effect
verified/no-effect    429 429 429 429      4      429           no effect
verified/no-effect    451                  1      451           no effect
verified/no-effect    cut                  2      200           took effect
verified/no-effect    chunked-cut          2      200           took effect
verified/no-effect    hang                 2      200           took effect
verified/no-effect    hang hang hang hang  4      time-out      no effect
verified/no-effect    html502              2      200           took effect
verified/no-effect    503 400              2      400           no effect

verified/took-effect  none                 1      200           took effect
verified/took-effect  503 503              1      200-verified  took effect
verified/took-effect  reset reset          1      200-verified  took effect
verified/took-effect  reset 503            1      200-verified  took effect
verified/took-effect  400                  1      400           no effect
verified/took-effect  401                  1      401           no effect
verified/took-effect  409                  1      409           no effect
verified/took-effect  429                  2      200           took effect
verified/took-effect  429 429 429 429      4      429           no effect
verified/took-effect  451                  1      451           no effect
verified/took-effect  cut                  1      200-verified  took effect
verified/took-effect  chunked-cut          1      200-verified  took effect
verified/took-effect  hang                 1      200-verified  took effect
verified/took-effect  html502              1      200-verified  took effect
verified/took-effect  429 503              2      200-verified  took effect

verified/unknown      none                 1      200           took effect
verified/unknown      503 503              1      unknown       unknown
verified/unknown      reset reset          1      unknown       unknown
verified/unknown      reset 503            1      unknown       unknown
verified/unknown      400                  1      400           no effect
verified/unknown      401                  1      401           no effect
verified/unknown      409                  1      409           no effect
verified/unknown      429                  2      200           took effect
verified/unknown      429 429 429 429      4      429           no effect
verified/unknown      451                  1      451           no effect
verified/unknown      cut                  1      unknown       unknown
verified/unknown      chunked-cut          1      unknown       unknown
verified/unknown      hang                 1      unknown       unknown
verified/unknown      html502              1      unknown       unknown

once                  none                 1      200           took effect
once                  503 503              1      503           unknown
once                  reset reset          1      reset         unknown
once                  reset 503            1      reset         unknown
once                  400                  1      400           no effect
once                  401                  1      401           no effect
once                  409                  1      409           no effect
once                  429                  2      200           took effect
once                  429 429 429 429      4      429           no effect
once                  451                  1      451           no effect
once                  cut                  1      cut           unknown
once                  chunked-cut          1      cut           unknown
once                  hang                 1      time-out      unknown
once                  html502              1      502           unknown
once                  429 reset            2      reset         unknown
`

func TestGrid(t *testing.T) {
	t.Parallel()
	faults := map[string]http.HandlerFunc{
		"none": ok, "503": status(503, "down"), "reset": reset, "400": status(400, ""), "401": status(401, ""),
		"409": status(409, ""), "429": status(429, ""), "451": status(451, ""), "cut": cutLength, "chunked-cut": cutChunked,
		"hang": hang, "html502": status(502, "<html><title>Bad Gateway</title></html>", "Content-Type", "text/html"),
	}
	rows := 0
	for line := range strings.Lines(grid) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "class" {
			continue
		}
		rows++
		class, verifies, _ := strings.Cut(fields[0], "/")
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
				result := &retry.Result{}
				call := &retry.Call{Result: result}
				for _, c := range []retry.Class{retry.Idempotent, retry.Verified, retry.Once} {
					if c.String() == class {
						call.Class = c
					}
				}
				verdicts := map[string]retry.Effect{"no-effect": retry.NoEffect, "took-effect": retry.TookEffect, "unknown": retry.EffectUnknown}
				call.Verify = func(context.Context) (retry.Effect, error) { return verdicts[verifies], nil }
				resp, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "body", call)
				assert.Equal(t, tries, fmt.Sprint(s.count()), "tries")
				assert.Equal(t, tries, fmt.Sprint(result.Attempts), "tries as counted")
				assert.Equal(t, end, strings.ReplaceAll(outcome(resp, result, err), " ", "-"), "outcome")
				assert.Equal(t, effect, result.Effect.String(), "effect")
				for _, r := range s.requests() {
					assert.Equal(t, "body", r.body)
				}
			})
		})
	}
	assert.Equal(t, 83, rows)
}
