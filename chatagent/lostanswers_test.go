package chatagent_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// What the caller of End and Transfer learns when the answer is lost.
func TestLostAnswersToEndAndTransfer(t *testing.T) {
	t.Parallel()
	type call struct {
		op     lptest.Op
		verify lptest.Op
		do     func(ctx context.Context, chat *chatagent.Chat, other int64) error
		done   func(v *lptest.Visit) bool
	}
	calls := map[string]call{
		"end": {lptest.OpEnd, lptest.OpChatInfo, func(ctx context.Context, c *chatagent.Chat, _ int64) error { return c.End(ctx) }, func(v *lptest.Visit) bool { return v.Chat().State() == "ended" }},
		"transfer": {lptest.OpTransfer, lptest.OpChatSessions, func(ctx context.Context, c *chatagent.Chat, other int64) error {
			return c.Transfer(ctx, chatagent.TransferTarget{AgentID: liveperson.UserIDOf(other)}, "note")
		}, func(v *lptest.Visit) bool { return v.Chat().Agent() != "bot0" }},
	}
	for name, c := range calls {
		for fault, want := range map[string]struct {
			fault       lptest.Fault
			done        bool
			unconfirmed bool
			posts       int
		}{
			"none":            {lptest.Fault{Op: c.op, Latency: time.Second}, true, false, 1},
			"503 once":        {lptest.Fault{Op: c.op, Nth: 1, Status: 503}, true, false, 2},
			"reset before":    {lptest.Fault{Op: c.op, Nth: 1, Kind: lptest.FaultReset}, true, false, 2},
			"reset after":     {lptest.Fault{Op: c.op, Nth: 1, Kind: lptest.FaultResetAfter}, true, false, 1},
			"cut":             {lptest.Fault{Op: c.op, Nth: 1, Kind: lptest.FaultCut}, true, false, 1},
			"429 once":        {lptest.Fault{Op: c.op, Nth: 1, Status: 429}, true, false, 2},
			"503 for ever":    {lptest.Fault{Op: c.op, Status: 503}, false, false, 4},
			"400":             {lptest.Fault{Op: c.op, Status: 400}, false, false, 1},
			"cannot be known": {lptest.Fault{Op: c.verify, Status: 500}, true, true, 1},
		} {
			if name == "transfer" && fault == "reset before" { // it may have come, and may not be made twice
				want.done, want.unconfirmed, want.posts = false, true, 1
			}
			if name == "end" && want.posts == 1 && fault != "none" && fault != "400" { // ending twice ends it once
				want.posts = 2
			}
			t.Run(name+", "+fault, func(t *testing.T) {
				t.Parallel()
				world(t, 2, func(t *testing.T, f *fleet) {
					var other int64
					for _, a := range f.srv.Agents() {
						if a.LoginName == "bot1" {
							other = a.ID
						}
					}
					f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"}) // another, who stays
					_, err := f.agents[0].Accept(t.Context())
					require.NoError(t, err)
					v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
					chat, err := f.agents[0].Accept(t.Context())
					require.NoError(t, err)
					f.srv.AddFault(want.fault)
					if fault == "cannot be known" {
						f.srv.AddFault(lptest.Fault{Op: c.op, Nth: 1, Kind: lptest.FaultResetAfter})
					}
					err = c.do(t.Context(), chat, other)
					assert.Equal(t, want.unconfirmed, errors.Is(err, chatagent.ErrUnconfirmed), "%v", err)
					if name != "end" || fault != "503 for ever" { // nobody polls the chat: it may time out first
						assert.Equal(t, want.done && !want.unconfirmed, err == nil, "%v", err)
					}
					assert.Equal(t, want.posts, f.srv.Count(c.op))
					if fault != "503 for ever" { // until then nobody has polled the chat
						assert.Equal(t, want.done, c.done(v))
					}
				})
			})
		}
	}
}

// The list of the agent's chats lags behind a transfer of which the answer was lost: it
// is made again, and refused, since the chat has gone.
func TestTransferThatIsRefusedTheSecondTime(t *testing.T) {
	t.Parallel()
	const (
		listed  = `200 {"chatSessions":{"chatSession":{"chatSessionKey":"H217-b7d7K845","link":{"@href":"` + ch + `"}}}}`
		another = `200 {"chatSessions":{"chatSession":{"chatSessionKey":"a-key","link":{"@href":"` + ch + `"}}}}`
		keyOnly = `200 {"chatSessions":{"chatSession":{"chatSessionKey":"H217-b7d7K845","link":{"@href":"` + as + `/chat/9"}}}}`
	)
	for _, status := range []string{"400 ", "403 ", "404 ", "410 ", "499 "} {
		for then, gone := range map[string]bool{listed: false, another: false, keyOnly: false, `200 {"chatSessions":{}}`: true} {
			synctest.Test(t, func(t *testing.T) {
				w, agent := newPatientTap(t, time.Second)
				chat := openChat(t, w, agent)
				w.on("POST "+ch+"/transfer", "503 ", status)
				w.on("GET "+as+"/chatSessions", listed, then)
				w.on("GET "+ch+"/info", "404 ")
				err := chat.Transfer(t.Context(), chatagent.TransferTarget{SkillID: "7"}, "")
				assert.Equal(t, gone, err == nil, "%s: %v", status, err)
				_, err = chat.EventsFrom(t.Context(), 0)
				assert.Equal(t, gone, errors.Is(err, chatagent.ErrChatLost), "%s: %v", status, err)
			})
		}
	}
}

// A line whose answer says nothing is looked for, and may be the chat's first event.
func TestALineThatIsTheFirstEvent(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"201 ", "201 {}", `201 {"chatEventLocation":{}}`, "503 "} {
		w, agent := newTap(t)
		w.on("GET "+ch, `200 {"chat":{"events":{},"info":{"state":"chatting"}}}`)
		w.on("POST "+ch+"/events", answer)
		w.on("GET "+ch+"/events", `200 {"events":{"event":{"@id":"0","@type":"line","source":"agent","agentId":"311098910","text":"hi"}}}`)
		chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
		require.NoError(t, err)
		id, err := chat.Send(t.Context(), chatagent.Text("hi"))
		require.NoError(t, err, answer)
		assert.Zero(t, id)
	}
}

// An end that the service has turned away: whether the chat goes on tells its state, if
// that is a known one.
func TestEndThatWasTurnedAway(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]error{
		"chatting": liveperson.ErrUnavailable, "waiting": liveperson.ErrUnavailable, "ended": nil,
		"closed": chatagent.ErrUnconfirmed, "": chatagent.ErrUnconfirmed,
	} {
		w, agent := newTap(t)
		chat := openChat(t, w, agent)
		w.on("POST "+ch+"/events", "503 ")
		w.on("GET "+ch+"/info", `200 {"info":{"state":"`+state+`"}}`)
		err := chat.End(t.Context())
		if want == nil {
			require.NoError(t, err, state)
			continue
		}
		require.ErrorIs(t, err, want, state)
		assert.Equal(t, want == chatagent.ErrUnconfirmed, errors.Is(err, chatagent.ErrUnconfirmed), state) //nolint:errorlint // of the table
	}
}

func TestStartIsMadeGood(t *testing.T) {
	t.Parallel()
	for _, kind := range []lptest.FaultKind{lptest.FaultReset, lptest.FaultResetAfter, lptest.FaultCut, lptest.FaultHTML, lptest.FaultEmpty} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
				srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Nth: 1, Kind: kind})
				again, err := chatagent.Start(t.Context(), agent.Login())
				require.NoError(t, err)
				require.NoError(t, again.SetAvailability(t.Context(), chatagent.Online))
				a, err := again.Availability(t.Context())
				require.NoError(t, err)
				assert.Equal(t, chatagent.Online, a.Chat)
			})
		})
	}
}

// Signed requests: no cookies are kept, and a whole chat works.
func TestSignedSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		t.Cleanup(srv.Close)
		srv.AddAgent(lptest.Agent{LoginName: "bot", MaxChats: 3, Bot: &lptest.Keys{AppKey: "key", Secret: "app-secret", AccessToken: "token", AccessTokenSecret: "token-secret"}})
		session, err := login.Login(t.Context(), srv.Account(), login.Signed("key", "app-secret", "token", "token-secret"), login.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		agent, err := chatagent.Start(t.Context(), session)
		require.NoError(t, err)
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- agent.Serve(ctx, chatagent.HandlerFunc(echo)) }()
		v := srv.Visitor(lptest.Visitor{FirstLine: "hello & <goodbye>"})
		line, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, "You said: hello & <goodbye>", line.Text)
		v.Leave()
		time.Sleep(5 * time.Second)
		cancel()
		assert.ErrorIs(t, <-served, context.Canceled)
		agent, err = chatagent.Resume(t.Context(), session, snapshot(t, agent))
		require.NoError(t, err)
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Occupied))
		require.NoError(t, session.Logout(t.Context()))
		for _, r := range srv.Journal() {
			assert.Empty(t, r.Cookies)
			if r.Op != lptest.OpDomain {
				assert.Equal(t, "oauth", r.Auth)
			}
		}
	})
}

// WatchAgents follows the server's next link, no faster than polls may be.
func TestWatchAgents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		next := `"link":{"@href":"` + as + `/availableAgents?timeStamp=17","@rel":"next"}`
		w.on("GET "+as+"/availableAgents",
			`200 {"availableAgents":{"agents":{"agent":[{"@id":"1"},{"@id":"2"}]},`+next+`}}`,
			`200 {"availableAgents":{"agents":{"agent":{"@id":"2"}},`+next+`}}`,
			`500 `)
		w.take()
		start := time.Now()
		var seen []string
		for agents, err := range agent.WatchAgents(t.Context(), chatagent.AgentFilter{Skill: "Sales"}) {
			if err != nil {
				seen = append(seen, "failed")
				break
			}
			ids := ""
			for _, a := range agents {
				ids += string(a.ID)
			}
			seen = append(seen, ids)
		}
		assert.Equal(t, []string{"12", "2", "failed"}, seen)
		assert.Equal(t, []string{
			"GET " + as + "/availableAgents?NC=true&skill=Sales&v=1" + get,
			"GET " + as + "/availableAgents?timeStamp=17&NC=true&v=1" + get,
			"GET " + as + "/availableAgents?timeStamp=17&NC=true&v=1" + get,
		}, w.take())
		assert.Equal(t, 2*chatagent.MinPollInterval, time.Since(start))
	})
}

// What sets something is sent again, as often as the policy has it.
func TestSettingIsSentAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 503, 429} {
		world(t, 1, func(t *testing.T, f *fleet) {
			f.visitors("hello")
			chat, err := f.agents[0].Accept(t.Context())
			require.NoError(t, err)
			for _, c := range []struct { // the chat first, which nobody polls
				op  lptest.Op
				set func() error
			}{
				{lptest.OpSetTyping, func() error { return chat.SetTyping(t.Context(), chatagent.IsTyping) }},
				{lptest.OpSetAvailability, func() error { return f.agents[0].SetAvailability(t.Context(), chatagent.Away) }},
			} {
				before := f.srv.Count(c.op)
				f.srv.AddFault(lptest.Fault{Op: c.op, Status: status, Times: 3})
				require.NoError(t, c.set(), c.op)
				assert.Equal(t, 4, f.srv.Count(c.op)-before, c.op)
			}
		})
	}
}

// Only a call that is refused may have come too late: after any other failure nobody asks
// whether the chat is over.
func TestFailuresThatSayNothingOfTheChat(t *testing.T) {
	t.Parallel()
	for status, over := range map[string]bool{"400 ": true, "403 ": true, "404 ": true, "429 ": false, "500 ": false, "503 ": false} {
		w, agent := newTap(t)
		chat := openChat(t, w, agent)
		w.on("POST "+ch+"/info/agentTyping", status)
		w.on("GET "+ch+"/info", `200 {"info":{"state":"ended"}}`)
		w.take()
		err := chat.SetTyping(t.Context(), chatagent.IsTyping)
		require.Error(t, err)
		assert.Equal(t, over, errors.Is(err, chatagent.ErrChatEnded), status)
		asked := 1
		if over {
			asked = 2
		}
		assert.Len(t, w.take(), asked, status)
	}
}
