package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	wishes, ends := map[string]int{}, map[string]int{}
	for nth := range 500 {
		s := newScript(7, 4, 3, nth)
		assert.Equal(t, s, newScript(7, 4, 3, nth), "the seed decides")
		ends[s.end]++
		for i, line := range s.lines {
			n, wish := readLine(line.text)
			assert.Equal(t, i+1, n)
			wishes[wish]++
		}
	}
	assert.NotEqual(t, newScript(7, 4, 3, 1), newScript(8, 4, 3, 1))
	for _, wish := range []string{wantsSkill, wantsColleague, wantsPerson, wantsEnd, wantsPanic} {
		assert.Positive(t, wishes[wish], wish)
	}
	for _, end := range []string{endedByVisitor, endedByAgent, endedByLoss} {
		assert.Positive(t, ends[end], end)
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	n, chat := readReply(replyTo(7, "H1-aK2"))
	assert.Equal(t, 7, n)
	assert.Equal(t, "H1-aK2", chat)
	for _, text := range []string{"", "re", "re x in y", "over to you"} {
		n, chat = readReply(text)
		assert.Zero(t, n)
		assert.Empty(t, chat)
	}
	n, wish := readLine("")
	assert.Zero(t, n)
	assert.Empty(t, wish)
}
