package chatagent_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Two agent sessions of one login take turns, and each leaves the chats open: what one
// has answered the other does not answer again.
func TestAgentSessionsThatTakeTurns(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		session, err := login.Login(t.Context(), b.srv.Account(), b.creds, login.WithHTTPClient(b.srv.Client()))
		require.NoError(t, err)
		defer session.Close()
		var agents []*chatagent.Agent
		for range 2 {
			agent, err := chatagent.Start(t.Context(), session)
			require.NoError(t, err)
			require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
			agents = append(agents, agent)
		}
		v := b.srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "0"})
		for i, line := range []string{"1", "2", "3", "4"} {
			serveFor(t, agents[i%2], 10*time.Second)
			v.Say(line)
		}
		serveFor(t, agents[0], 10*time.Second)
		assert.Len(t, b.srv.Requests(lptest.OpSend), 5)
		assert.Equal(t, "chatting", v.Chat().State())
	})
}

// serveFor serves an agent for that long, and leaves the chats open.
func serveFor(t *testing.T, agent *chatagent.Agent, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	require.ErrorIs(t, agent.Serve(ctx, chatagent.HandlerFunc(echo), chatagent.WithLeaveChats()), context.DeadlineExceeded)
}

// Two agent sessions of one login have a chat in turns that is requeued in between: what
// one has answered the other does not answer again, and what it has left it answers.
func TestAgentSessionsThatGetAChatInTurns(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		session, err := login.Login(t.Context(), b.srv.Account(), b.creds, login.WithHTTPClient(b.srv.Client()))
		require.NoError(t, err)
		defer session.Close()
		silent := func(ctx context.Context, chat *chatagent.Chat) error {
			for _, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
			}
			return nil
		}
		var agents []*chatagent.Agent
		for range 2 {
			agent, err := chatagent.Start(t.Context(), session)
			require.NoError(t, err)
			agents = append(agents, agent)
		}
		v := b.srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "0"})
		for i, handle := range []chatagent.HandlerFunc{silent, echo, silent, echo, silent, echo} {
			agent := agents[[]int{0, 1, 0, 0, 1, 0}[i]]
			require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			time.AfterFunc(10*time.Second, func() {
				assert.NoError(t, agent.SetAvailability(ctx, chatagent.Away))
				v.Requeue()
				v.Say(strconv.Itoa(i + 1))
			})
			require.ErrorIs(t, agent.Serve(ctx, handle), context.DeadlineExceeded)
			cancel()
		}
		assert.Equal(t, []string{"You said: 0", "You said: 1", "You said: 2", "You said: 3", "You said: 4", "You said: 5"}, agentLines(v.Chat()))
	})
}
