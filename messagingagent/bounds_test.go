package messagingagent

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The numbers of what was sent are kept for as long as they may come back, not for ever.
func TestNumbersThatAreKept(t *testing.T) {
	t.Parallel()
	o := newOutbox()
	for n := range int64(5 * maxClaimed) {
		require.True(t, o.claim("conv-1", n), n)
		require.LessOrEqual(t, len(o.claimed["conv-1"]), 2*maxClaimed)
		for _, former := range []int64{n, max(0, n-maxClaimed+1)} {
			require.False(t, o.claim("conv-1", former), "%d, after %d", former, n)
		}
	}
}

// Whoever asks for conversations of many consumers keeps what is in doubt, or in use, and
// nothing else.
func TestRequestsThatAreKept(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		x.says("AgentRequestConversation", `"code":201,"type":"x","body":{"conversationId":"conv-9"}`)
		kept := func() int {
			x.a.mu.Lock()
			defer x.a.mu.Unlock()
			return len(x.a.requests)
		}
		x.a.mu.Lock()
		for n := range maxReached + 1 {
			x.a.requests[fmt.Sprint(n)] = &requests{turn: make(chan struct{}, 1), doubtful: []asking{{at: time.Now()}}}
		}
		x.a.mu.Unlock()
		time.Sleep(doubtTime - time.Minute)
		_, err := x.a.RequestConversation(t.Context(), NewConversation{Consumer: "c0ffee00"})
		require.NoError(t, err)
		assert.Equal(t, maxReached+1, kept())
		x.a.mu.Lock()
		x.a.requests["7"].users = 1
		x.a.mu.Unlock()
		time.Sleep(2 * time.Minute)
		_, err = x.a.RequestConversation(t.Context(), NewConversation{Consumer: "c0ffee00"})
		require.NoError(t, err)
		assert.Equal(t, 1, kept())
	})
}
