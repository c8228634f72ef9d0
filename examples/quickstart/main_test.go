package main

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// playInBubble runs the program in virtual time.
func playInBubble(t *testing.T, args []string, env map[string]string) (code int, stdout, stderr string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out, errs bytes.Buffer
		code = run(t.Context(), args, world{
			env:    func(k string) string { return env[k] },
			serve:  func(opts ...lptest.Option) (*lptest.Server, error) { return lptest.NewMemory(opts...), nil },
			stdout: &out, stderr: &errs,
		})
		stdout, stderr = out.String(), errs.String()
	})
	return code, stdout, stderr
}

func TestEveryFaultEndsWell(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		"":                        "1 chat, 3 lines in, 3 lines out; 1 conversation, 3 messages in, 3 messages out; 1 survey submitted; ",
		"login-503":               "login.Login: 200 after 2 tries",
		"visitor-gone":            "The chat was unexpectedly disconnected.",
		"socket-lost":             "a new socket is open",
		"survey-409":              "agentsurvey.Submit: answered 409",
		"login-503,survey-409":    "merged a colleague's answers",
		"visitor-gone,survey-409": "1 chat, 2 lines in, 2 lines out; 1 conversation, 3 messages in, 3 messages out; 1 survey submitted; ",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			code, out, errs := playInBubble(t, []string{"-fault", fault}, nil)
			assert.Zero(t, code, out+errs)
			assert.Empty(t, errs)
			assert.Contains(t, out, want)
			assert.Contains(t, out, "OK: every step took effect.")
			assert.NotContains(t, out, "correct horse")
			last := -1
			for _, step := range []string{"agentVep is at", "logged in as bot@brand", "agent session", "Online", "accepted the chat of Ada", "Hello, my parcel is late.", "What is the order's number?", "ended", "Away", "Online for messaging", "accepted the conversation of Bob", "Do you sell umbrellas?", "closed by CONSUMER", "Away for messaging", "Wrap-up", "submitted", "logged out", "login.Logout", "messagingagent.Connect", "messagingagent.Send "} {
				at := strings.Index(out, step)
				assert.Greater(t, at, last, step)
				last = at
			}
		})
	}
}

func TestStepsWithoutEffectFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out, errs bytes.Buffer
		code := run(t.Context(), nil, world{
			serve: func(opts ...lptest.Option) (*lptest.Server, error) {
				srv := lptest.NewMemory(opts...)
				srv.AddFault(lptest.Fault{Op: lptest.OpSurveySubmit, Status: 400})
				return srv, nil
			},
			stdout: &out, stderr: &errs,
		})
		assert.Equal(t, 1, code)
		assert.Contains(t, out.String(), "FAILED: submitting the survey")
		assert.Contains(t, out.String(), "the survey is open, submitted 0 times")
	})
}

// The live form, with the fake in the place of the real services.
func TestLive(t *testing.T) {
	t.Parallel()
	for only, want := range map[string]string{
		"":          "1 chat, 1 lines in, 1 lines out; 1 conversation, 1 messages in, 1 messages out; 1 survey submitted; ",
		"chat":      "1 chat, 1 lines in, 1 lines out; 0 conversation, 0 messages in, 0 messages out; 0 survey submitted; ",
		"messaging": "0 chat, 0 lines in, 0 lines out; 1 conversation, 1 messages in, 1 messages out; 1 survey submitted; ",
	} {
		synctest.Test(t, func(t *testing.T) {
			srv := lptest.NewMemory()
			defer srv.Close()
			srv.AddSkill(lptest.Skill{ID: skill, Name: "Shop"})
			srv.AddAgent(lptest.Agent{LoginName: "bot", Bot: &lptest.Keys{ClientID: "id-4711", ClientSecret: "canary-secret"}, Skills: []string{"Shop"}})
			srv.AddSurvey(survey())
			var others sync.WaitGroup
			if only != "messaging" {
				others.Go(func() {
					if !assert.NoError(t, srv.WaitOnline(t.Context(), "")) {
						return
					}
					v := srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "Hello"})
					line, err := v.WaitLine(t.Context(), 1)
					assert.NoError(t, err)
					assert.Equal(t, "You said: Hello", line.Text)
					v.Leave()
				})
			}
			if only != "chat" {
				others.Go(func() {
					if !assert.NoError(t, srv.Messaging().WaitOnline(t.Context(), "")) {
						return
					}
					c := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "Hello"})
					m, err := c.WaitMessage(t.Context(), 1)
					assert.NoError(t, err)
					assert.Equal(t, "You said: Hello", m.Text)
					c.Close()
				})
			}
			var out, errs bytes.Buffer
			env := map[string]string{"LP_ACCOUNT": srv.Account(), "LP_USER": "bot", "LP_CLIENT_ID": "id-4711", "LP_CLIENT_SECRET": "canary-secret"}
			code := run(t.Context(), []string{"-live", "-only", only}, world{
				env:       func(k string) string { return env[k] },
				transport: srv.Transport(), stdout: &out, stderr: &errs,
			})
			others.Wait()
			assert.Zero(t, code, out.String()+errs.String())
			assert.Contains(t, out.String(), "on the real services, account "+srv.Account())
			assert.Contains(t, out.String(), want)
			assert.NotContains(t, out.String(), "canary")
			assert.Equal(t, 1, srv.CountStatus(lptest.OpLogout, 200))
		})
	}
}

// An account without a survey, and a consumer who does not come.
func TestLiveWithout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		defer srv.Close()
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret"})
		env := map[string]string{"LP_ACCOUNT": srv.Account(), "LP_USER": "bot", "LP_PASSWORD": "secret"}
		live := func() (int, string) {
			var out bytes.Buffer
			code := run(t.Context(), []string{"-live", "-only", "messaging"}, world{
				env: func(k string) string { return env[k] }, transport: srv.Transport(), stdout: &out, stderr: &out,
			})
			return code, out.String()
		}
		code, out := live()
		assert.Equal(t, 1, code)
		assert.Contains(t, out, "FAILED: context deadline exceeded")
		var other sync.WaitGroup
		other.Go(func() {
			c := srv.Messaging().Consumer(messaging.Consumer{FirstMessage: "Hello"})
			_, _ = c.WaitMessage(t.Context(), 1)
			c.Close()
		})
		code, out = live()
		other.Wait()
		assert.Zero(t, code, out)
		assert.Contains(t, out, "there is none for this conversation")
	})
}

func TestUsage(t *testing.T) {
	t.Parallel()
	all := map[string]string{"LP_ACCOUNT": "1", "LP_USER": "u", "LP_PASSWORD": "p", "LP_CLIENT_ID": "i", "LP_CLIENT_SECRET": "s"}
	with := func(keys ...string) map[string]string {
		env := map[string]string{}
		for _, k := range keys {
			env[k] = all[k]
		}
		return env
	}
	for _, c := range []struct {
		args []string
		env  map[string]string
		want string
	}{
		{[]string{"x"}, nil, "no arguments are taken"},
		{[]string{"-fault", "x"}, nil, `unknown fault "x"`},
		{[]string{"-live", "-fault", "login-503"}, nil, "not for -live"},
		{[]string{"-live"}, nil, "needs LP_ACCOUNT and LP_USER"},
		{[]string{"-live"}, with("LP_USER", "LP_PASSWORD"), "needs LP_ACCOUNT and LP_USER"},
		{[]string{"-live"}, with("LP_ACCOUNT", "LP_PASSWORD"), "needs LP_ACCOUNT and LP_USER"},
		{[]string{"-live"}, with("LP_ACCOUNT", "LP_USER"), "needs LP_PASSWORD, or both"},
		{[]string{"-live"}, with("LP_ACCOUNT", "LP_USER", "LP_CLIENT_ID"), "needs LP_PASSWORD, or both"},
		{[]string{"-live"}, with("LP_ACCOUNT", "LP_USER", "LP_CLIENT_SECRET"), "needs LP_PASSWORD, or both"},
		{[]string{"-live"}, all, "not both"},
		{[]string{"-live", "-only", "voice"}, all, "-only is chat or messaging"},
		{[]string{"-only", "chat"}, nil, "-only is for -live"},
	} {
		code, out, errs := playInBubble(t, c.args, c.env)
		assert.Equal(t, 2, code, errs)
		assert.Empty(t, out)
		assert.Equal(t, 1, strings.Count(errs, "\n"), "one clear line: %s", errs)
		assert.Contains(t, errs, c.want)
	}
	code, _, errs := playInBubble(t, []string{"-nonsense"}, nil)
	assert.Equal(t, 2, code)
	assert.Contains(t, errs, "flag provided but not defined")
}
