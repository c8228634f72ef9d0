package liveperson_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// The README's bot on chat, told to stop in the middle of a chat: what it says of that.
func TestReadmeBotStopsInTheMiddleOfAChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		defer srv.Close()
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret"})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var log bytes.Buffer
		ended := make(chan error, 1)
		go func() {
			ended <- chatagent.Run(ctx, srv.Account(), login.Password("bot", "secret"), chatagent.HandlerFunc(echoChat),
				chatagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
				chatagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))
		}()
		v := srv.Visitor(lptest.Visitor{FirstLine: "hello"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)

		stopped := time.Now()
		stop()
		time.Sleep(10 * time.Second)
		v.Say("still there?")
		line, err := v.WaitLine(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: still there?", line.Text)
		require.NoError(t, <-ended)
		assert.Less(t, time.Since(stopped), 20*time.Second)
		assert.Equal(t, "ended", v.Chat().State())
		assert.Equal(t, 1, srv.Count(lptest.OpLogout))
		synctest.Wait()
		for _, bad := range []string{"context canceled", "level=WARN", "level=ERROR"} {
			assert.NotContains(t, log.String(), bad)
		}
	})
}

// The README's bot on messaging, told to stop in the middle of a conversation: it leaves it
// to the next one, which goes on.
func TestReadmeBotStopsInTheMiddleOfAConversation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		defer srv.Close()
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret"})
		var log bytes.Buffer
		begin := func() (stop func() error) {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				ended <- messagingagent.Run(ctx, srv.Account(), login.Password("bot", "secret"), messagingagent.HandlerFunc(echo),
					messagingagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
					messagingagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))
			}()
			return func() error {
				cancel()
				return <-ended
			}
		}
		stop := begin()
		c := srv.Messaging().Consumer(messaging.Consumer{FirstMessage: "hello"})
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)

		stopped := time.Now()
		require.NoError(t, stop())
		assert.Less(t, time.Since(stopped), 20*time.Second)
		assert.Equal(t, "OPEN", c.State())
		assert.Equal(t, 1, srv.Count(lptest.OpLogout))
		c.Say("still there?")
		time.Sleep(24 * time.Hour)
		stop = begin()
		m, err := c.WaitMessage(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: still there?", m.Text)
		require.NoError(t, stop())
		synctest.Wait()
		for _, bad := range []string{"context canceled", "level=WARN", "level=ERROR"} {
			assert.NotContains(t, log.String(), bad)
		}
	})
}
