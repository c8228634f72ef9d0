package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// What is done when all else is over has a tenth of the grace, and 2 s at least: a store that
// hangs then holds up neither the logout nor the end of Run any longer.
func TestAStoreThatHangsAtTheEnd(t *testing.T) {
	t.Parallel()
	for grace, limit := range map[time.Duration]time.Duration{0: 2 * time.Second, 20 * time.Second: 2 * time.Second, time.Minute: 6 * time.Second} {
		inWorld(t, func(t *testing.T, w *world) {
			store := &cupboard{}
			ctx, stop := context.WithTimeout(t.Context(), 47*time.Second) // nothing is put anew then
			defer stop()
			time.AfterFunc(45*time.Second, func() {
				store.mu.Lock()
				store.slow = 1
				store.mu.Unlock()
			})
			began := time.Now()
			err := messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), messagingagent.HandlerFunc(echo),
				messagingagent.WithStore(store), messagingagent.WithGrace(grace), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())))
			assert.EqualError(t, err, "messagingagent.Run: putting into the store: context deadline exceeded")
			assert.Equal(t, 47*time.Second+limit, time.Since(began))
			assert.Equal(t, 1, w.srv.CountStatus(lptest.OpLogout, 200))
		})
	}
}
