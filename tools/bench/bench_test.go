package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/tools/apart"
)

// The test binary is the fake services of a fleet when it is started as such.
func TestMain(m *testing.M) {
	apart.Main(openPlay)
	m.Run()
}

// The stage itself compares, byte by byte, what SDK and reference send.
func TestReferencesMakeTheSameCalls(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"memory", "loopback"} {
		s, err := newStage(t.Context(), where)
		require.NoError(t, err)
		require.Len(t, s.calls, 3)
		for _, c := range s.calls {
			require.NoError(t, c.sdk(t.Context()), c.name)
			for _, ref := range c.refs {
				require.NoError(t, c.by(t.Context(), &ref), c.name)
				ref.url += "1"
				require.Error(t, c.by(t.Context(), &ref), "what is not on the tape is not answered")
			}
		}
		s.close()
	}
}

func TestAnotherCallIsNoReference(t *testing.T) {
	t.Parallel()
	s, err := newStage(t.Context(), "memory")
	require.NoError(t, err)
	defer s.close()
	s.tape.from = &tape{answers: s.tape.answers} // records what it played
	c := s.calls[2]
	c.by = func(ctx context.Context, r *reference) error {
		var out exactLocation
		return r.call(ctx, exactLine{}, &out)
	}
	require.ErrorContains(t, s.pattern(t.Context(), &c), "the reference is another call")
	s.bearer = "another"
	c = s.calls[0]
	require.ErrorContains(t, s.pattern(t.Context(), &c), "the reference has another Authorization")
}

// What the references decode is the whole answer: written again, it has all the
// members that came and the same values.
func TestReferencesDecodeAllThatIsAnswered(t *testing.T) {
	t.Parallel()
	s, err := newStage(t.Context(), "memory")
	require.NoError(t, err)
	defer s.close()
	outs := map[string]any{"poll20": &exactChats{}, "survey30": &exactSurvey{}, "send_line": &exactLocation{}}
	for _, c := range s.calls {
		ref, out := &c.refs[0], outs[c.name]
		req, err := http.NewRequestWithContext(t.Context(), ref.method, ref.url, http.NoBody)
		require.NoError(t, err)
		resp, err := s.tape.RoundTrip(req)
		require.NoError(t, err)
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assertWhole(t, answer, out)
	}
	page, err := eventPage(t.Context())
	require.NoError(t, err)
	assertWhole(t, page.body, &exactEvents{})
}

func assertWhole(t *testing.T, answer []byte, out any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(answer, out))
	again, err := json.Marshal(out)
	require.NoError(t, err)
	assert.JSONEq(t, string(answer), string(again))
}

func TestMetricsAsJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := &bench{out: &out, json: true}
	b.begin()
	b.goal("a.ratio", 1.23456, "ratio", 1.1)
	b.add("a.time", 123456.7, "us")
	b.end()
	assert.Equal(t, `{"metric":"a.ratio","value":1.235,"unit":"ratio"}`+"\n"+`{"metric":"a.time","value":123457,"unit":"us"}`+"\n", out.String())
	for line := range strings.Lines(out.String()) {
		assert.True(t, json.Valid([]byte(line)))
	}
}

func TestMetricsAsTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := &bench{out: &out}
	b.begin()
	b.goal("good", 1.1, "ratio", 1.1)
	b.goal("bad", 1.11, "ratio", 1.1)
	b.add("none", 7, "us")
	b.end()
	assert.Regexp(t, `(?m)^good +1\.1  ratio +ok, at most 1\.1$`, out.String())
	assert.Regexp(t, `(?m)^bad +1\.11  ratio +MISSED, at most 1\.1$`, out.String())
	assert.Regexp(t, `(?m)^none +7  us *$`, out.String())
	assert.Contains(t, out.String(), "\n1 goals missed\n")
}

func TestCompare(t *testing.T) {
	t.Parallel()
	var calls [2]int
	count := func(i int) op { return func(context.Context) error { calls[i]++; return nil } }
	p, err := compare(t.Context(), 1, count(0), count(1))
	require.NoError(t, err)
	assert.Equal(t, calls[0], calls[1], "both sides do the same work")
	assert.Positive(t, p.timeRatio)
	bad := errors.New("bad")
	for _, ops := range [][2]op{{count(0), func(context.Context) error { return bad }}, {func(context.Context) error { return bad }, count(0)}} {
		_, err = compare(t.Context(), 1, ops[0], ops[1])
		require.ErrorIs(t, err, bad)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	values := []float64{5, 1, 4, 2, 3}
	assert.InDelta(t, 3, median(values), 0)
	assert.InDelta(t, 5, quantile(values, 0.99), 0)
	assert.InDelta(t, 1, quantile(values, 0), 0)
	assert.InDelta(t, 0, median(nil), 0)
	assert.Equal(t, []float64{5, 1, 4, 2, 3}, values)
}

func TestBadFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-run", "("}, {"-rounds", "0"}, {"-x"}, {"more"}, {"-fleets", "10,x"}, {"-fleets", "0"}} {
		var out, errs bytes.Buffer
		assert.Equal(t, 2, run(t.Context(), args, &out, &errs), "%v", args)
		assert.Empty(t, out.String())
		assert.NotEmpty(t, errs.String())
	}
}

// A variant that does not show in a page measures nothing.
func TestEventPages(t *testing.T) {
	t.Parallel()
	page, err := eventPage(t.Context())
	require.NoError(t, err)
	var out exactEvents
	require.NoError(t, json.Unmarshal(page.body, &out))
	assert.Len(t, out.Events.Event, pageEvents)
	for _, v := range eventVariants {
		other, err := eventPage(t.Context(), variants(v))
		require.NoError(t, err)
		assert.NotEqual(t, string(page.body), string(other.body), v)
	}
}
