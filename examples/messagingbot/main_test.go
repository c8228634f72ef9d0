package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/examples/internal/demo"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMessagingbot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, play(t.Context(), &out, func(o ...lptest.Option) (*lptest.Server, error) { return lptest.NewMemory(o...), nil }))
		for _, line := range []string{"bot       You said: Hello!", "bot       You said: Is it blue?", "Hannah    I am one.", "survey    submitted by bot, with 2 answers"} {
			assert.Equal(t, 1, strings.Count(out.String(), line), line)
		}
	})
}

// A lost answer, a lost socket and a sign of typing that is refused end nothing, and no
// survey is filled in twice.
func TestMessagingbotGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, play(t.Context(), &out, func(o ...lptest.Option) (*lptest.Server, error) {
			srv := lptest.NewMemory(o...)
			for _, f := range []messaging.Fault{
				{Type: "PublishEvent", Contains: "COMPOSING", Code: 403},
				{Type: "PublishEvent", Contains: "You said: Is it blue?", Code: 503, Times: 2},
				{Type: "PublishEvent", Contains: "You said: Hello!", Kind: messaging.FaultClose, Code: 1006, After: true, Times: 1},
			} {
				srv.Messaging().AddFault(f)
			}
			srv.AddFault(lptest.Fault{Op: lptest.OpSurveySubmit, Kind: lptest.FaultResetAfter, Times: 1})
			return srv, nil
		}))
		for _, line := range []string{"bot       You said: Hello!", "bot       You said: Is it blue?", "survey    submitted by bot, with 2 answers"} {
			assert.Equal(t, 1, strings.Count(out.String(), line), out.String())
		}
	})
}

// inShop runs f beside the bot, which has a skill of its own.
func inShop(t *testing.T, people liveperson.SkillID, f func(t *testing.T, srv *lptest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		defer srv.Close()
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: demo.Password, Skills: []string{"Shop"}})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- run(ctx, srv.Account(), login.Password("bot", demo.Password), people,
				messagingagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))
		}()
		f(t, srv)
		stop()
		require.NoError(t, <-done)
	})
}

// wait is the nth message that the consumer gets.
func wait(t *testing.T, c *messaging.Conversation, n int) messaging.Message {
	t.Helper()
	m, err := c.WaitMessage(t.Context(), n)
	require.NoError(t, err)
	return m
}

// Who says nothing is asked, then left; who answers in between goes on.
func TestSilence(t *testing.T) {
	t.Parallel()
	inShop(t, "", func(t *testing.T, srv *lptest.Server) {
		c := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "hello"})
		wait(t, c, 1)
		begun := time.Now()
		m := wait(t, c, 2)
		assert.Equal(t, "Are you still there?", m.Text)
		assert.Contains(t, string(m.Raw), `"quickReplies"`)
		assert.Equal(t, 10*time.Minute, time.Since(begun).Round(time.Second))
		c.QuickReply("Yes", "")
		assert.Equal(t, "You said: Yes", wait(t, c, 3).Text)
		assert.Equal(t, "Are you still there?", wait(t, c, 4).Text)
		assert.Equal(t, "Write again whenever you like.", wait(t, c, 5).Text)
		require.NoError(t, c.WaitClosed(t.Context()))
		assert.Equal(t, "AGENT", c.CloseReason())
		assert.Equal(t, 30*time.Minute, time.Since(begun).Round(time.Second))
	})
}

// Who asks for a human where there is none hears so.
func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	inShop(t, "4711", func(t *testing.T, srv *lptest.Server) {
		c := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "a human, please"})
		assert.Equal(t, "Nobody is here right now.", wait(t, c, 1).Text)
		c.Say("well then")
		assert.Equal(t, "You said: well then", wait(t, c, 2).Text)
		c.Close()
	})
}
