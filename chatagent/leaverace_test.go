package chatagent_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Chats that were left open are transferred while Serve and Snapshot look at
// them; for the race detector, and to see that they stay gone.
func TestTransfersWhileServeBegins(t *testing.T) {
	t.Parallel()
	world(t, 2, func(t *testing.T, f *fleet) {
		agent := f.agents[0]
		chats := make(chan *chatagent.Chat, 30)
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			chats <- chat
			return echo(ctx, chat)
		}, chatagent.WithLeaveChats())
		for range cap(chats) {
			require.NoError(t, f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"}).WaitAccepted(t.Context()))
		}
		time.Sleep(5 * time.Second)
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Len(t, chats, cap(chats))
		close(chats)
		var transfers sync.WaitGroup
		for chat := range chats {
			transfers.Go(func() {
				err := chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: f.id(t, 1)}, "")
				for errors.Is(err, chatagent.ErrChatLost) { // Serve has begun its next life
					if chat, err = agent.Chat(t.Context(), chat.ID()); err == nil {
						err = chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: f.id(t, 1)}, "")
					}
				}
				assert.NoError(t, err)
			})
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 {
			assert.ErrorIs(t, agent.Serve(ended, chatagent.HandlerFunc(echo), chatagent.WithLeaveChats()), context.Canceled)
		}
		snapshot(t, agent)
		transfers.Wait()
		stop = serving(t, f, echo, chatagent.WithLeaveChats())
		time.Sleep(5 * time.Second)
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, "snapshot of an agent session with 0 chats", snapshot(t, agent).String())
	})
}
