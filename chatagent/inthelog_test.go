package chatagent_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// What a program cannot know is told: a line whose answer was lost shows in the log
// when it is looked for and when it stays open, and as an update.
func TestUnconfirmedIsTold(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		op   lptest.Op
		call func(ctx context.Context, chat *chatagent.Chat) error
	}{
		"line": {lptest.OpSend, func(ctx context.Context, chat *chatagent.Chat) error {
			_, err := chat.Send(ctx, chatagent.Text("hello"))
			return err
		}},
		"end": {lptest.OpEnd, func(ctx context.Context, chat *chatagent.Chat) error { return chat.End(ctx) }},
		"transfer": {lptest.OpTransfer, func(ctx context.Context, chat *chatagent.Chat) error {
			return chat.Transfer(ctx, chatagent.TransferTarget{SkillID: "7"}, "")
		}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := lptest.NewMemory()
				defer srv.Close()
				srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "s3cret-word"})
				session, err := login.Login(t.Context(), srv.Account(), login.Password("bot", "s3cret-word"), login.WithHTTPClient(srv.Client()))
				require.NoError(t, err)
				defer session.Close()
				var log strings.Builder
				agent, err := chatagent.Start(t.Context(), session, chatagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				require.NoError(t, err)
				require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
				var told []chatagent.Unconfirmed
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() {
					done <- agent.Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
						srv.AddFault(lptest.Fault{Op: c.op, Kind: lptest.FaultReset})
						assert.ErrorIs(t, c.call(ctx, chat), chatagent.ErrUnconfirmed)
						srv.ClearFaults()
						<-ctx.Done()
						return nil
					}), chatagent.WithOnUpdate(func(u chatagent.Update) {
						if u, is := u.(chatagent.Unconfirmed); is {
							told = append(told, u)
						}
					}))
				}()
				v := srv.Visitor(lptest.Visitor{FirstLine: "hello"})
				time.Sleep(5 * time.Minute)
				stop()
				require.ErrorIs(t, <-done, context.Canceled)
				require.Len(t, told, 1)
				assert.Equal(t, what, told[0].What)
				assert.Equal(t, v.ChatID(), string(told[0].Chat.ID()))
				require.ErrorIs(t, told[0].Err, chatagent.ErrUnconfirmed)
				assert.Equal(t, 1, strings.Count(log.String(), `level=WARN msg="`+what+" is unconfirmed"), log.String())
				if what == "line" {
					assert.Equal(t, 1, strings.Count(log.String(), `level=INFO msg="the answer to a line was lost; looking for it"`))
				}
			})
		})
	}
}

// Whoever waits for room is told of once, not at every poll.
func TestLeavingRequestsRingingIsSaidOnce(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo, chatagent.WithMaxChats(1), chatagent.WithoutStayOnline(), chatagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		time.Sleep(15 * time.Second)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
	assert.Equal(t, 1, strings.Count(log.String(), "leaving requests ringing"))
}
