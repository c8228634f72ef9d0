package chatagent_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// bubble runs f in virtual time with a fake, an agent that is logged in, and
// an agent session.
func bubble(t *testing.T, f func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent), opts ...lptest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory(opts...)
		defer srv.Close()
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "s3cret-word", MaxChats: 10})
		session, err := login.Login(t.Context(), srv.Account(), login.Password("bot", "s3cret-word"), login.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		defer func() { assert.NoError(t, session.Logout(context.WithoutCancel(t.Context()))) }()
		agent, err := chatagent.Start(t.Context(), session)
		require.NoError(t, err)
		f(t, srv, agent)
	})
}

// echo answers each line of the visitor.
func echo(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		if _, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text)); err != nil {
			return err
		}
	}
	return nil
}

func TestServeEchoes(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- agent.Serve(ctx, chatagent.HandlerFunc(echo)) }()

		v := srv.Visitor(lptest.Visitor{Name: "Ada"})
		require.NoError(t, v.WaitAccepted(t.Context()))
		for i, text := range []string{"hello", "how are you?", "<b>&amp;</b>"} {
			v.Say(text)
			line, err := v.WaitLine(t.Context(), i+1)
			require.NoError(t, err)
			assert.Equal(t, "You said: "+text, line.Text)
		}
		v.Leave()
		time.Sleep(5 * time.Second)
		cancel()
		assert.ErrorIs(t, <-served, context.Canceled)
		assert.Equal(t, "ended", srv.Chat(v.ChatID()).State())
	})
}

// snapshot is what Resume needs.
func snapshot(t *testing.T, agent *chatagent.Agent) chatagent.Snapshot {
	t.Helper()
	snap, err := agent.Snapshot(t.Context())
	require.NoError(t, err)
	return snap
}
