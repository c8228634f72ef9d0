package liveperson_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// An option that is nil, since a program sets one only sometimes, is skipped.
func TestNilOptionsAreSkipped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		srv := lptest.NewMemory(nil)
		defer srv.Close()
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "s3cret-word"})
		_, err := domain.New(nil)
		require.NoError(t, err)
		_, err = retry.NewClient(nil)
		require.NoError(t, err)
		client, err := retry.Wrap(srv.Client(), nil)
		require.NoError(t, err)
		session, err := login.Login(ctx, srv.Account(), login.Password("bot", "s3cret-word"), nil, login.WithHTTPClient(client))
		require.NoError(t, err)
		defer session.Close()
		agent, err := chatagent.Start(ctx, session, nil)
		require.NoError(t, err)
		defer agent.Close()
		for _, err := range new(chatagent.Chat).Lines(ctx, nil, chatagent.Idle(0)) {
			require.ErrorIs(t, err, liveperson.ErrInvalidInput, "of the second one")
		}
		surveys, err := agentsurvey.New(session, nil)
		require.NoError(t, err)
		_, err = surveys.Submit(ctx, nil, nil)
		require.ErrorIs(t, err, liveperson.ErrInvalidInput, "of the form")
	})
}
