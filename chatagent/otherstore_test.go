package chatagent_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

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
