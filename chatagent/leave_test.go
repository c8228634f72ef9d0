package chatagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Serve is told to leave its chats while it accepts one: it returns, that chat
// is left open too, and those that still ring are left ringing.
func TestLeavingWhileAChatIsBeingAccepted(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Latency: 4 * time.Second})
		first := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		second := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "two"})
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		begun := time.Now()
		err := f.agents[0].Serve(ctx, chatagent.HandlerFunc(func(context.Context, *chatagent.Chat) error {
			t.Error("no handler is started while Serve stops")
			return nil
		}), chatagent.WithLeaveChats())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Less(t, time.Since(begun), 10*time.Second)
		assert.Equal(t, 1, f.srv.Count(lptest.OpAccept))
		assert.Equal(t, "chatting", first.Chat().State())
		assert.Equal(t, "waiting", second.Chat().State())
		f.srv.ClearFaults()

		stop := serving(t, f, echo)
		for _, v := range []*lptest.Visit{first, second} {
			line, err := v.WaitLine(t.Context(), 1)
			require.NoError(t, err)
			assert.Contains(t, []string{"You said: one", "You said: two"}, line.Text)
			v.Leave()
		}
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
