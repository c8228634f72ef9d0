package chatagent_test

import (
	"encoding/json"
	"errors"
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

// What a browser gets of each update.
func TestUpdatesAsJSON(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		defer srv.Close()
		srv.AddAgent(lptest.Agent{LoginName: "ann", Password: "secret"})
		session, err := login.Login(t.Context(), srv.Account(), login.Password("ann", "secret"), login.WithTestServer(srv.URL(), srv.Transport()))
		require.NoError(t, err)
		defer func() { assert.NoError(t, session.Logout(t.Context())) }()
		agent, err := chatagent.Start(t.Context(), session)
		require.NoError(t, err)
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		v := srv.Visitor(lptest.Visitor{Name: "Ada"})
		chat, err := agent.Accept(t.Context())
		require.NoError(t, err)
		assert.Same(t, agent, chat.Agent())
		id := `"` + v.ChatID() + `"`

		at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
		line := chatagent.Line{ID: 3, Time: at, Text: "<hi>", TextType: chatagent.Plain, Source: chatagent.FromVisitor, By: "Ada"}
		const info = `{"state":"chatting","key":"k","agentName":"","agentId":"","skillId":"2","skillName":"","started":"0001-01-01T00:00:00Z",` +
			`"lastUpdate":"0001-01-01T00:00:00Z","visitorId":"","visitorName":"Ada","agentTyping":"","visitorTyping":"",` +
			`"rtSessionId":"","sharkVisitorId":"","sharkSessionId":"","sharkContextId":"","engagementId":"","campaignId":"","language":"","participantId":"","duration":0,"timeout":0}`
		for _, c := range []struct {
			update chatagent.Update
			want   string
		}{
			{chatagent.Ringing{}, `{"type":"ringing","count":0}`},
			{
				chatagent.Ringing{Count: 2, Since: at, Until: at.Add(20 * time.Second)},
				`{"type":"ringing","count":2,"since":"2026-05-04T03:02:01Z","until":"2026-05-04T03:02:21Z"}`,
			},
			{
				chatagent.ChatOpened{Chat: chat, How: chatagent.Adopted, Info: chatagent.ChatInfo{State: chatagent.Chatting, Key: "k", SkillID: liveperson.SkillID("2"), VisitorName: "Ada"}},
				`{"type":"chatOpened","chat":` + id + `,"how":"adopted","info":` + info + `,"history":[]}`,
			},
			{
				chatagent.ChatOpened{
					Chat: chat, How: chatagent.Transferred, Info: chatagent.ChatInfo{State: chatagent.Chatting, Key: "k", SkillID: "2", VisitorName: "Ada"},
					History: []chatagent.Event{{Type: chatagent.EventLine, Line: line}},
				},
				`{"type":"chatOpened","chat":` + id + `,"how":"transferred","info":` + info + `,"history":[{"type":"line","id":3,"time":"2026-05-04T03:02:01Z",` +
					`"text":"\u003chi\u003e","textType":"plain","source":"visitor","by":"Ada"}]}`,
			},
			{
				chatagent.LineReceived{Chat: chat, Line: line},
				`{"type":"lineReceived","chat":` + id + `,"line":{"id":3,"time":"2026-05-04T03:02:01Z","text":"\u003chi\u003e","textType":"plain","source":"visitor","by":"Ada"}}`,
			},
			{
				chatagent.EventReceived{Chat: chat, Event: chatagent.Event{Type: "a2aTransfer", Line: chatagent.Line{ID: 4, Time: at}}},
				`{"type":"eventReceived","chat":` + id + `,"event":{"type":"a2aTransfer","id":4,"time":"2026-05-04T03:02:01Z"}}`,
			},
			{chatagent.VisitorTyping{Chat: chat, Typing: true}, `{"type":"visitorTyping","chat":` + id + `,"typing":true}`},
			{chatagent.ChatStateChanged{Chat: chat, State: chatagent.Ended}, `{"type":"chatStateChanged","chat":` + id + `,"state":"ended"}`},
			{chatagent.ChatClosed{Chat: chat, How: chatagent.ClosedTransferred}, `{"type":"chatClosed","chat":` + id + `,"how":"transferred"}`},
			{
				chatagent.ChatClosed{Chat: chat, How: chatagent.ClosedLost, Err: errors.New("gone")},
				`{"type":"chatClosed","chat":` + id + `,"how":"lost","err":"gone"}`,
			},
			{
				chatagent.AvailabilityChanged{From: chatagent.Online, To: chatagent.AgentAvailability{Chat: chatagent.Away, Voice: chatagent.Offline}},
				`{"type":"availabilityChanged","from":"Online","to":{"chat":"Away","voice":"Offline","reasonId":""}}`,
			},
			{chatagent.SessionReplaced{ID: "17"}, `{"type":"sessionReplaced","id":"17"}`},
			{chatagent.Trouble{What: "polling", Err: errors.New("503"), Until: at}, `{"type":"trouble","what":"polling","err":"503","until":"2026-05-04T03:02:01Z"}`},
			{
				chatagent.Trouble{What: "polling", Chat: chat.ID(), Err: errors.New("503"), Until: at},
				`{"type":"trouble","what":"polling","chat":` + id + `,"err":"503","until":"2026-05-04T03:02:01Z"}`,
			},
			{
				chatagent.Unconfirmed{Chat: chat, What: "line", Err: errors.New("502")},
				`{"type":"unconfirmed","chat":` + id + `,"what":"line","err":"502"}`,
			},
			{chatagent.LoginEnded{Err: errors.New("logged out")}, `{"type":"loginEnded","err":"logged out"}`},
			{chatagent.LoginEnded{}, `{"type":"loginEnded","err":""}`},
		} {
			out, err := json.Marshal(c.update)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(out))
		}
	})
}
