package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/internal/desk"
)

// step is one answer of a source, and how long it is waited for.
type step struct {
	waits time.Duration
	item  string
	ok    bool
	err   error
}

// errIdle is the ErrIdle of a channel.
const errIdle = desk.Idle("the visitor has said nothing")

const idle, gather = time.Minute, 3 * time.Second

// script is a source that goes by steps, and is asked no more often.
func script(t *testing.T, steps []step) func(time.Duration) (string, bool, error) {
	t.Helper()
	n := 0
	t.Cleanup(func() { assert.Len(t, steps, n, "asked to the end") })
	return func(waits time.Duration) (string, bool, error) {
		s := steps[n]
		n++
		assert.Equal(t, s.waits, waits, "step %d", n)
		return s.item, s.ok, s.err
	}
}

// A loop yields what comes, and that nothing came; it ends with its source, after
// another error, or when it is broken off.
func TestEach(t *testing.T) {
	t.Parallel()
	item := func(text string) step { return step{idle, text, true, nil} }
	fails := func(err error) step { return step{idle, "", false, err} }
	end := step{idle, "", false, nil}
	for name, c := range map[string]struct {
		steps []step
		until int // breaks off after so many; 0: never
		want  []any
	}{
		"nothing":    {steps: []step{end}},
		"two":        {steps: []step{item("a"), item("b"), end}, want: []any{"a", "b"}},
		"silence":    {steps: []step{item("a"), fails(errIdle), fails(errIdle), item("b"), end}, want: []any{"a", errIdle, errIdle, "b"}},
		"a failure":  {steps: []step{item("a"), fails(errNotNow)}, want: []any{"a", errNotNow}},
		"broken off": {steps: []step{item("a"), item("b")}, until: 2, want: []any{"a", "b"}},
		"after idle": {steps: []step{fails(errIdle)}, until: 1, want: []any{errIdle}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []any
			for item, err := range desk.Each(script(t, c.steps), idle) {
				if err != nil {
					got = append(got, err)
				} else {
					got = append(got, item)
				}
				if len(got) == c.until {
					break
				}
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// Turns has those together that come within a while of the one before.
func TestTurnsOfASource(t *testing.T) {
	t.Parallel()
	first := func(text string) step { return step{idle, text, true, nil} }
	next := func(text string) step { return step{gather, text, true, nil} }
	nobody := step{idle, "", false, errIdle}
	noMore := step{gather, "", false, errIdle}
	for name, c := range map[string]struct {
		steps []step
		until int
		want  []any
	}{
		"nothing":              {steps: []step{{idle, "", false, nil}}},
		"one, and the end":     {steps: []step{first("a"), {gather, "", false, nil}, {idle, "", false, nil}}, want: []any{[]string{"a"}}},
		"two turns":            {steps: []step{first("a"), next("b"), noMore, first("c"), noMore, {idle, "", false, nil}}, want: []any{[]string{"a", "b"}, []string{"c"}}},
		"silence":              {steps: []step{nobody, nobody, first("a"), noMore, {idle, "", false, nil}}, want: []any{errIdle, errIdle, []string{"a"}}},
		"a failure":            {steps: []step{{idle, "", false, errNotNow}}, want: []any{errNotNow}},
		"a failure in a turn":  {steps: []step{first("a"), next("b"), {gather, "", false, errNotNow}}, want: []any{[]string{"a", "b"}, errNotNow}},
		"broken off":           {steps: []step{first("a"), noMore}, until: 1, want: []any{[]string{"a"}}},
		"broken off, idle":     {steps: []step{nobody}, until: 1, want: []any{errIdle}},
		"broken off, a failed": {steps: []step{first("a"), {gather, "", false, errNotNow}}, until: 1, want: []any{[]string{"a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []any
			for turn, err := range desk.Turns(script(t, c.steps), idle, gather) {
				if err != nil {
					got = append(got, err)
				} else {
					got = append(got, turn)
				}
				if len(got) == c.until {
					break
				}
			}
			assert.Equal(t, c.want, got)
		})
	}
	// Without a time to gather only what has come by then is in a turn.
	now := script(t, []step{{idle, "a", true, nil}, {1, "b", true, nil}, {1, "", false, errIdle}, {idle, "", false, nil}})
	for turn, err := range desk.Turns(now, idle, 0) {
		assert.NoError(t, err)
		assert.Equal(t, []string{"a", "b"}, turn)
	}
	assert.ErrorIs(t, errIdle, desk.ErrIdle)
	assert.NotErrorIs(t, errIdle, errNotNow)
}
