package main

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCommandLine(t *testing.T) {
	t.Parallel()
	p, err := parse([]string{"-for", "90s", "-seed", "-3", "-agents", "5", "-chats", "2", "-faults", "0.5", "-without", "crashes,people"}, io.Discard)
	require.NoError(t, err)
	assert.True(t, p.has(rivals))
	assert.False(t, p.has(crashes))
	assert.Equal(t, plan{90 * time.Second, -3, 5, 2, 0.5, channels, []string{crashes, transfersBack}}, p)
	p, err = parse([]string{"-channel", "messaging"}, io.Discard)
	require.NoError(t, err)
	assert.False(t, p.plays(chatting))
	assert.Equal(t, 40*3, p.places())
	for _, args := range [][]string{
		{"-for", "0s"}, {"-for", "soon"}, {"-agents", "1"}, {"-chats", "0"}, {"-faults", "-1"}, {"-faults", "11"}, {"-without", "rain"}, {"-channel", "letters"}, {"more"}, {"-x"},
	} {
		_, err := parse(args, io.Discard)
		assert.Error(t, err, args)
	}
}

// Every kind of fault that the fake has is in use, and the seed matters.
func TestFaults(t *testing.T) {
	t.Parallel()
	a, b := faultsFor(plan{Seed: 1, Faults: 1}), faultsFor(plan{Seed: 2, Faults: 1})
	assert.Len(t, a, len(usual)+len(everywhere()))
	assert.NotEqual(t, a, b)
	assert.Equal(t, a, faultsFor(plan{Seed: 1, Faults: 1}))
	assert.Empty(t, faultsFor(plan{Seed: 1}))
}
