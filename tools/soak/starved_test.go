package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestStarved(t *testing.T) {
	t.Parallel()
	over := time.Unix(1000, 0)
	at := func(seconds int) time.Time { return over.Add(time.Duration(seconds) * time.Second) }
	for _, c := range []struct {
		name    string
		refused []refusal
		away    []span
		want    bool
	}{
		{name: "nobody asked"},
		{name: "away", away: []span{{at(-36), at(-3)}}, want: true},
		{name: "still away", away: []span{{from: at(-36)}}, want: true},
		{name: "away before", away: []span{{at(-90), at(-42)}}},
		{name: "away for a time", away: []span{{at(-36), at(-20)}}},
		{name: "away, and then refused", refused: []refusal{{at(-9), at(-3)}, {at(-17), at(-11)}}, away: []span{{at(-36), at(-20)}}, want: true},
		{name: "idle in between", refused: []refusal{{at(-9), at(-3)}}, away: []span{{at(-36), at(-20)}}},
		{name: "idle at first", refused: []refusal{{at(-33), at(-3)}}},
		{name: "refused afterwards", refused: []refusal{{at(-36), at(-20)}, {at(1), at(7)}}},
	} {
		assert.Equal(t, c.want, starved(over, c.refused, c.away), c.name)
	}
}
