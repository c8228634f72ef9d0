package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Documents that are no JSON by mistake measure only how soon they are refused.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	const size = 19_950 // less deep than the 10,000 levels that encoding/json takes
	for _, d := range append(nestings(size), elements(size)...) {
		assert.GreaterOrEqual(t, len(d.text), size-20, d.name)
		assert.Equal(t, d.name != "open", json.Valid([]byte(d.text)), d.name)
	}
}

func TestSwallow(t *testing.T) {
	t.Parallel()
	s, err := newStage(t.Context(), "memory")
	require.NoError(t, err)
	defer s.close()
	took, peak, err := s.swallow(t.Context(), document{"small", `{"chats":{"chat":[]}}`})
	require.NoError(t, err)
	assert.Positive(t, took)
	assert.Less(t, peak, uint64(16<<20))
	_, err = s.agent.PollChats(t.Context(), s.cursor)
	require.NoError(t, err, "the tape plays again")
}
