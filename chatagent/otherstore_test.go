package chatagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// mute is a store that says nothing.
type mute struct{}

func (mute) Take(ctx context.Context) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (mute) Put(context.Context, []byte) error { return nil }

// A store that does not tell what it holds ends Run before it logs in.
func TestAStoreThatHangs(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		began := time.Now()
		stop := b.run(t, echo, chatagent.WithStore(mute{}))
		time.Sleep(time.Minute)
		require.EqualError(t, stop(), "chatagent.Run: taking from the store: context deadline exceeded")
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Zero(t, b.srv.Count(lptest.OpLogin))
	})
}

// What the store holds of another user of the account is not for this one.
func TestStoreOfAnotherUser(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		store := chatagent.WithStore(chatagent.FileStore(t.TempDir() + "/store"))
		stop := b.run(t, echo, store)
		require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
		require.NoError(t, stop())
		other := b.srv.AddAgent(lptest.Agent{LoginName: "other", Password: "0ther-word", MaxChats: 10})
		b.creds = login.Password("other", "0ther-word")
		stop = b.run(t, echo, store)
		time.Sleep(10 * time.Second)
		assert.Equal(t, "Online", b.srv.Availability(other))
		assert.NotEqual(t, "Online", b.srv.Availability(b.user))
		require.NoError(t, stop())
	})
}
