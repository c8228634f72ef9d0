package chatagent_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A new agent session that cannot be started at once is tried again before the
// chats time out.
func TestAgentSessionThatCannotBeReplacedAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- agent.Serve(ctx, chatagent.HandlerFunc(echo)) }()
		ada := srv.Visitor(lptest.Visitor{Name: "Ada"})
		require.NoError(t, ada.WaitAccepted(t.Context()))
		srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Kind: lptest.FaultError200, Times: 1})
		srv.DropSessions(srv.Agents()[0])
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, "chatting", ada.Chat().State())
		ada.Leave()
		stop()
		require.Error(t, <-served)
	})
}
