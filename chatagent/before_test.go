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

// A chat that the program has opened or accepted before is handled, or shown, by the
// Serve or Watch that begins then.
func TestChatsInHandBeforeItBegins(t *testing.T) {
	t.Parallel()
	for _, opened := range []string{"with Chat", "with Accept"} {
		for _, watch := range []bool{false, true} {
			t.Run(opened+map[bool]string{false: ", served", true: ", watched"}[watch], func(t *testing.T) {
				t.Parallel()
				running(t, func(t *testing.T, b *bots) {
					session, err := login.Login(t.Context(), b.srv.Account(), b.creds, login.WithHTTPClient(b.srv.Client()))
					require.NoError(t, err)
					defer session.Close()
					agent, err := chatagent.Start(t.Context(), session)
					require.NoError(t, err)
					require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
					v := b.srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "hello"})
					if opened == "with Chat" {
						require.Equal(t, v.ChatID(), b.srv.AcceptAs(b.user))
						_, err = agent.Chat(t.Context(), chatagent.ChatID(v.ChatID()))
					} else {
						_, err = agent.Accept(t.Context())
					}
					require.NoError(t, err)
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					lives := 0
					if watch {
						for u, err := range agent.Watch(ctx) {
							if err != nil {
								break
							}
							if _, is := u.(chatagent.ChatOpened); is {
								lives++
							}
						}
					} else {
						require.ErrorIs(t, agent.Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, c *chatagent.Chat) error {
							lives++
							return echo(ctx, c)
						}), chatagent.WithLeaveChats()), context.DeadlineExceeded)
						assert.Len(t, b.srv.Requests(lptest.OpSend), 1)
					}
					assert.Equal(t, 1, lives)
					assert.Equal(t, "chatting", v.Chat().State())
					assert.Less(t, time.Since(v.Chat().LastRequest()), 5*time.Second)
				})
			})
		}
	}
}
