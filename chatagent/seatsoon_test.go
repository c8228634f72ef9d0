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

// An agent without chats pauses for minutes after an outage. If its session is
// lost meanwhile, the first call that is told so sees to another.
func TestSessionLostWhilePollsPause(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		stop := serve(t, agent, echo)
		srv.AddFault(lptest.Fault{Op: lptest.OpIncoming, Status: 503, End: 40 * time.Second})
		time.Sleep(45 * time.Second)
		srv.DropSessions(lptest.Agent{LoginName: "bot"})
		time.Sleep(45 * time.Second)
		assert.Equal(t, 2, srv.Count(lptest.OpSessionStart))
		assert.Equal(t, "Online", srv.Availability(lptest.Agent{LoginName: "bot"}))
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

// What rings is not asked for, after failures, and the agent session is lost: the polls
// of the chats find that out, and there is a new one at once.
func TestSessionLostWhileOneKindOfPollPauses(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		stop := serve(t, agent, echo)
		v := srv.Visitor(lptest.Visitor{FirstLine: "hello"})
		time.Sleep(20 * time.Second) // the next list of the chats comes much later
		fault := srv.AddFault(lptest.Fault{Op: lptest.OpIncoming, Status: 503})
		for fault.Hits() < 2 {
			time.Sleep(100 * time.Millisecond)
		}
		fault.Remove()
		srv.DropSessions(srv.Agents()[0])
		time.Sleep(4 * time.Second)
		assert.Equal(t, 2, srv.Count(lptest.OpSessionStart))
		v.Leave()
		require.ErrorIs(t, stop(), context.Canceled)
	})
}
