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

	liveperson "github.com/liveperson-community/liveperson-go"
)

// A chat that comes back has its whole history, also behind the note that this
// agent does not see.
func TestAChatThatComesBackHasItsWholeHistory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		defer srv.Close()
		ann := srv.AddAgent(lptest.Agent{LoginName: "ann", Password: "secret", Skills: []string{"Sales"}})
		bob := srv.AddAgent(lptest.Agent{LoginName: "bob", Skills: []string{"Orders"}})
		person := srv.Person(bob)
		session, err := login.Login(t.Context(), srv.Account(), login.Password("ann", "secret"), login.WithTestServer(srv.URL(), srv.Transport()))
		require.NoError(t, err)
		defer session.Logout(context.WithoutCancel(t.Context()))
		agent, err := chatagent.Start(t.Context(), session)
		require.NoError(t, err)
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		v := srv.Visitor(lptest.Visitor{Skill: "Sales", FirstLine: "Where is my parcel?"})
		require.NoError(t, v.WaitRinging(t.Context(), ann))
		chat, err := agent.Accept(t.Context())
		require.NoError(t, err)
		require.NoError(t, chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: liveperson.UserIDOf(bob.ID)}, "a note for bob"))
		require.NotEmpty(t, person.Accept())
		person.Say(v.ChatID(), "It is on its way.")
		require.NoError(t, person.TransferToAgent(v.ChatID(), ann, ""))
		time.AfterFunc(5*time.Second, func() { _, _ = agent.Accept(t.Context()) })

		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		for u, err := range agent.Watch(ctx) {
			require.NoError(t, err)
			opened, is := u.(chatagent.ChatOpened)
			if !is {
				continue
			}
			assert.Equal(t, chatagent.Transferred, opened.How)
			var said []string
			for _, e := range opened.History {
				if !e.IsLine(chatagent.FromSystem) && e.Type == chatagent.EventLine {
					said = append(said, e.Text)
				}
			}
			assert.Equal(t, []string{"Where is my parcel?", "It is on its way."}, said)
			break
		}
		v.Leave()
	})
}
