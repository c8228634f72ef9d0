package lptest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// TestConversationSurvey has one agent survey for each conversation of a skill.
func TestConversationSurvey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory(lptest.WithForgetting(24 * time.Hour))
		defer srv.Close()
		srv.AddSkill(lptest.Skill{ID: 42, Name: "Sales"})
		srv.AddSkill(lptest.Skill{ID: 43, Name: "Billing"})
		ann := srv.AddAgent(lptest.Agent{ID: 7, LoginName: "ann", Skills: []string{"Sales"}})
		every := branching()
		every.Conversation, every.ID, every.Timeout = "", 0, time.Hour
		srv.AddSurvey(every)
		w := newWire(t, srv)
		w.bearer = srv.Bearer(ann)
		conv := srv.Messaging().Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		ask := func(id, skill string) reply {
			return w.send("GET", "/api/account/12345678/forms/agent_survey/state?conv="+id+"&skill="+skill+"&v=1.0", "", "Authorization: Bearer "+w.bearer)
		}
		r := ask(conv.ID(), "42")
		require.Equal(t, 200, r.status, r.body)
		require.Contains(t, r.body, `"autoCloseTimestamp":0`)
		require.Equal(t, "open", srv.Survey(conv.ID(), 42).Status)
		require.Equal(t, 404, ask("another", "42").status)
		require.Equal(t, 404, ask(conv.ID(), "43").status, "there is none")
		every.Skill = 43
		srv.AddSurvey(every)
		require.Equal(t, 404, ask(conv.ID(), "43").status, "it has not this skill")
		p := srv.Messaging().Colleague("ann")
		require.NoError(t, p.TakeOver(conv.ID()))
		require.NoError(t, p.TransferToSkill(conv.ID(), "Billing"))
		require.Equal(t, 200, ask(conv.ID(), "43").status)
		conv.Close()
		require.Contains(t, ask(conv.ID(), "43").body, `"autoCloseTimestamp":946688400000`)
		own := branching()
		own.Conversation, own.Skill, own.Timeout = conv.ID(), 99, 2*time.Hour
		srv.AddSurvey(own)
		require.Contains(t, ask(conv.ID(), "99").body, `"autoCloseTimestamp":946692000000`, "it is closed already")
		time.Sleep(time.Hour)
		require.Equal(t, 410, ask(conv.ID(), "42").status)
		require.Equal(t, 410, ask(conv.ID(), "43").status)
		require.Equal(t, 200, ask(conv.ID(), "99").status)
		time.Sleep(25 * time.Hour)
		w.bearer = srv.Bearer(ann)
		next := srv.Messaging().Consumer(messaging.Consumer{Skill: "Sales"})
		require.Equal(t, 404, ask(conv.ID(), "42").status, "all of it is forgotten")
		require.Equal(t, 200, ask(next.ID(), "42").status)
	})
}

// TestControlMessaging drives the messaging service from outside.
func TestControlMessaging(t *testing.T) {
	t.Parallel()
	srv := brand(t, lptest.WithMessaging(messaging.WithRing(time.Hour)))
	w := ann(t, srv)
	sim := func(method, path, body string, status int) reply {
		r := w.send(method, "/_sim/"+path, body)
		require.Equal(t, status, r.status, path+" "+body+" "+r.body)
		return r
	}
	require.Equal(t, `{"conversations":[]}`+"\n", sim("GET", "conversations", "", 200).body)
	r := sim("POST", "conversations", `{"consumerId":"ada","consumer":"Ada","skill":"Sales","text":"Hello"}`, 201)
	id := r.text("conversationId")
	require.Equal(t, `{"conversationId":"`+id+`"}`+"\n", r.body)
	skill := sim("GET", "conversations/"+id, "", 200).text("skillId")
	head := `{"conversationId":"` + id + `","consumerId":"ada","state":"OPEN","stage":"OPEN","skillId":"` + skill + `","agent":""`
	require.Equal(t, `{"conversations":[`+head+`}]}`+"\n", sim("GET", "conversations", "", 200).body)
	require.Equal(t, `{"availability":"OFFLINE","sockets":0}`+"\n", sim("GET", "users/ann@brand", "", 200).body)
	sim("POST", "users/ann@brand/accept", "", 409)
	sim("POST", "users/ann@brand/online", "", 200)
	require.Equal(t, `{"conversationId":"`+id+`"}`+"\n", sim("POST", "users/ann@brand/reject", "", 200).body)
	drive := func(action, body string, status int) reply {
		return sim("POST", "conversations/"+id+"/"+action, body, status)
	}
	drive("colleague", `{"user":"ann@brand","do":"takeover"}`, 200)
	require.Equal(t, `{"sequence":1}`+"\n", drive("colleague", `{"user":"ann@brand","do":"say","text":"Hi"}`, 201).body)
	require.Equal(t, `{"sequence":2}`+"\n", drive("colleague", `{"user":"ann@brand","do":"whisper","text":"hm"}`, 201).body)
	require.Equal(t, `{"sequence":3}`+"\n", drive("say", `{"text":"Bye"}`, 201).body)
	require.Equal(t, `{"sequence":4}`+"\n", drive("say", `{"event":{"type":"ContentEvent","contentType":"text/html","message":"x"},"metadata":[]}`, 201).body)
	require.Equal(t, `{"sequence":5}`+"\n", drive("read", `{"sequences":[1]}`, 201).body)
	require.Equal(t, `{"sequence":6}`+"\n", drive("system", `{"text":"We are closing."}`, 201).body)
	line := func(sequence, role, text, audience, kind string) string {
		return `{"sequence":` + sequence + `,"dialogId":"` + id + `","role":"` + role + `","text":"` + text + `","audience":"` + audience + `",` +
			`"event":{"type":"ContentEvent","contentType":"` + kind + `","message":"` + text + `"}}`
	}
	require.Equal(t, strings.Replace(head, `"agent":""`, `"agent":"ann@brand"`, 1)+`,"messages":[`+strings.Join([]string{
		line("0", "CONSUMER", "Hello", "ALL", "text/plain"), line("1", "ASSIGNED_AGENT", "Hi", "ALL", "text/plain"),
		line("2", "ASSIGNED_AGENT", "hm", "AGENTS_AND_MANAGERS", "text/plain"), line("3", "CONSUMER", "Bye", "ALL", "text/plain"),
		line("4", "CONSUMER", "x", "ALL", "text/html"), line("6", "CONTROLLER", "We are closing.", "ALL", "text/plain"),
	}, ",")+`]}`+"\n", sim("GET", "conversations/"+id, "", 200).body)
	drive("typing", `{"typing":true}`, 200)
	drive("rate", `{"csat":5}`, 200)
	drive("requeue", "", 200)
	drive("colleague", `{"user":"bob@brand","do":"join","role":"MANAGER"}`, 200)
	drive("colleague", `{"user":"bob@brand","do":"leave"}`, 200)
	drive("colleague", `{"user":"bob@brand","do":"leave"}`, 409)
	drive("colleague", `{"user":"bob@brand","do":"takeover"}`, 200)
	drive("colleague", `{"user":"bob@brand","do":"transfer","to":"ann@brand"}`, 200)
	require.Equal(t, id, sim("POST", "users/ann@brand/accept", "", 200).text("conversationId"))
	drive("colleague", `{"user":"ann@brand","do":"transfer","to":"Billing"}`, 200)
	drive("colleague", `{"user":"ann@brand","do":"dance"}`, 404)
	drive("colleague", `{"user":"nobody","do":"say"}`, 404)
	drive("dance", "", 404)
	drive("say", `{}`, 400)
	drive("say", `{"event":{}}`, 400)
	drive("say", `{"txt":"a typo"}`, 400)
	require.Equal(t, "CLOSE", drive("closedialog", "", 200).text("state"))
	drive("timeout", "", 200)
	drive("close", "", 200)
	drive("say", `{"text":"late"}`, 409)
	drive("colleague", `{"user":"ann@brand","do":"end"}`, 409)

	for _, row := range []struct {
		action, body string
		status       int
	}{
		{"availability", `{"availability":"BACK_SOON"}`, 200},
		{"availability", `{"availability":"Gone"}`, 400},
		{"away", "", 200},
		{"signout", "", 200},
		{"dance", "", 404},
		{"close", `{`, 400},
	} {
		sim("POST", "users/ann@brand/"+row.action, row.body, row.status)
	}
	conn, _, err := websocket.Dial(t.Context(), strings.Replace(srv.URL(), "https", "wss", 1)+"/ws_api/account/12345678/messaging/brand/"+w.bearer+"?v=2.1",
		&websocket.DialOptions{HTTPClient: &http.Client{Transport: srv.Transport()}})
	require.NoError(t, err)
	defer func() { _ = conn.CloseNow() }()
	require.NoError(t, srv.Messaging().WaitSockets(t.Context(), "ann@brand", 1)) // the 101 comes first
	require.Contains(t, sim("GET", "users/ann@brand", "", 200).body, `"sockets":1`)
	r = sim("POST", "messagingfaults", `{"type":"GetClock","code":503,"delay":"1ms"}`, 201)
	require.Equal(t, `{"faults":[{"fault":{"type":"GetClock","kind":"refuse","code":503,"delay":"1ms"},"hits":0}]}`+"\n", r.body)
	require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte(`{"kind":"req","id":"1","type":".GetClock","body":{}}`)))
	_, data, err := conn.Read(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(data), `"code":503`)
	require.Contains(t, sim("GET", "messagingfaults", "", 200).body, `"hits":1`)
	sim("DELETE", "messagingfaults", "", 200)
	for _, bad := range []string{`{"type":"x","code":500}`, `[`, `[] []`, `{"delay":"x"}`, `{"delay":{}}`, `{"odd":1}`} {
		sim("POST", "messagingfaults", bad, 400)
	}
	require.Contains(t, sim("POST", "messagingfaults", `{"code":500,"user":"anne@brand"}`, 400).body, `there is no user \"anne@brand\": it is one of [\"ann@brand\"`)
	require.Contains(t, sim("POST", "messagingfaults", `{"type":"x","code":500}`, 400).body, `there is no type \"x\": it is one of [`)
	require.Contains(t, sim("GET", "messagingfaults", "", 200).body, `{"faults":[]}`)
	require.Contains(t, sim("GET", "frames?type=GetClok", "", 400).body, `unknown type \"GetClok\": requests and notifications are [`)
	require.Contains(t, sim("GET", "frames?typ=GetClock", "", 400).body, `unknown query \"typ\"`)
	for _, end := range []string{"PublishEvent", ".ams.ms.PublishEvent", "ms.PublishEvent", "AgentStateNotification", "SubscribeExConversations$Response"} {
		require.Empty(t, sim("GET", "frames?type="+end, "", 200).get("frames"), end)
	}
	r = sim("GET", "frames?type=GetClock", "", 200)
	require.Equal(t, `{"kind":"req","id":"1","type":".GetClock","body":{}}`, r.text("frames", 0, "text"))
	require.Len(t, sim("GET", "frames", "", 200).get("frames"), 2)
	sim("POST", "users/ann@brand/close", "", 200)
	_, _, err = conn.Read(t.Context())
	require.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(err))
	sim("POST", "users/ann@brand/drop", "", 200)
	sim("GET", "users/nobody", "", 404)
	sim("GET", "conversations/x", "", 404)
	sim("POST", "conversations", `no`, 400)
	require.Equal(t, 1, srv.CountStatus(lptest.OpSocket, 101))
}
