package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// steady are samples of 100 chats with three goroutines each.
func steady(n int) []sample {
	samples := make([]sample, n)
	for i := range samples {
		chats := 90 + 20*(i%2)
		samples[i] = sample{goroutines: 10 + 3*chats, heap: uint64(8<<20 + i%3<<10), chats: chats, agents: 40}
	}
	return samples
}

func TestFlatness(t *testing.T) {
	t.Parallel()
	before := sample{goroutines: 10}
	for _, c := range []struct {
		name   string
		change func(i int, s *sample)
		want   string
	}{
		{"steady", func(int, *sample) {}, ""},
		{"more goroutines for more chats", func(i int, s *sample) { s.chats, s.goroutines = s.chats+10*i, s.goroutines+30*i }, ""},
		{"goroutines leak", func(i int, s *sample) { s.goroutines += 10 * i }, "goroutines grow"},
		{"the heap leaks", func(i int, s *sample) { s.heap += uint64(i) * (200 << 10) }, "the heap grows"},
		{"one peak", func(i int, s *sample) {
			if i == 38 {
				s.heap, s.goroutines = 100<<20, 10000
			}
		}, ""},
	} {
		samples := steady(40)
		for i := range samples {
			c.change(i, &samples[i])
		}
		f := compare(samples, before)
		assert.True(t, f.enough)
		if c.want == "" {
			assert.Empty(t, f.reasons(), c.name)
			continue
		}
		assert.Len(t, f.reasons(), 1, c.name)
		assert.True(t, strings.HasPrefix(f.reasons()[0], c.want), "%s: %s", c.name, f.reasons())
	}
	short := compare(steady(leastSamples-1), before)
	assert.False(t, short.enough)
	assert.Empty(t, short.reasons())
}
