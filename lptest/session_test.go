package lptest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

const startPath = "/api/account/12345678/agentSession?v=1&NC=true"

// Row 1: start agent session.
func TestStartSession(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := newWire(t, srv)
	require.Equal(t, 200, w.signIn("ann@brand", "pw-ann").status)
	r := w.start()
	w.answered(r, 201, `{"agentSessionLocation":{"link":{"@href":"AS","@rel":"location"}}}`)
	require.Regexp(t, `^https://lptest\.liveperson\.net/api/account/12345678/agentSession/\d{10}$`, w.as)
	require.Len(t, r.header["Set-Cookie"], 2)
	require.Regexp(t, `^LPAgentSession=[0-9a-f]{32}; Path=/; HttpOnly; Secure$`, r.header["Set-Cookie"][0])
	require.Regexp(t, `^LPAgentNode-\d{10}=[0-9a-f]{16}; Path=/api/account/12345678/agentSession/\d{10}; HttpOnly; Secure$`, r.header["Set-Cookie"][1])

	for _, body := range []string{`{"loginData":""}`, `{"loginData":{}}`} {
		require.Equal(t, 201, w.send("POST", startPath, body, w.headers()...).status, "public clients send both")
	}
	r = w.send("POST", "/api/account/12345678/agentSession.json?v=1&NC=true", `{"loginData":""}`,
		append(w.headers(), "X-Requested-With: XMLHttpRequest")...)
	require.Equal(t, 201, r.status, "so they do the suffix")
	w.send("POST", startPath, `{}`, w.headers()...).refused(400, "33", `The body {\"loginData\":\"\"} is wanted`)
	w.send("GET", startPath, ``, w.headers()...).refused(405, "33", "The method GET is not allowed here")
}

// Rows 2 and 3: availability.
func TestAvailability(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := newWire(t, srv)
	w.signIn("ann@brand", "pw-ann")
	w.start()
	w.answered(w.call("GET", "/availability", ""), 200, `{"availability":{"chat":"Away","voice":"Offline"}}`)
	for _, state := range []string{"Online", "Occupied", "Away"} {
		body := `{"availability":{"chat":"` + state + `","voice":"Offline"}}`
		w.answered(w.call("PUT", "/availability", `{"availability":{"chat":"`+state+`"}}`), 200, body)
		w.answered(w.call("GET", "/availability.json", ""), 200, body)
		require.Equal(t, state, srv.Availability(srv.Agents()[0]))
	}
	const reason = `{"availability":{"chat":"Away","voice":"Offline","chatReasonId":"17"}}`
	w.answered(w.call("PUT", "/availability", `{"availability":{"chat":"Away","chatReasonId":17}}`), 200, reason)
	w.answered(w.call("GET", "/availability", ""), 200, reason)
	for _, body := range []string{
		`{"availability":{"chat":"Offline"}}`, `{"availability":{"chat":"online"}}`, `{"availability":{}}`, `{}`, `[]`,
	} {
		w.call("PUT", "/availability", body).refused(400, "33", `\"chat\" is Online, Away or Occupied`)
	}
	// Without the override it is no PUT; a real PUT is refused.
	w.call("POST", "/availability", `{"availability":{"chat":"Online"}}`).refused(405, "33", "The method POST is not allowed here")
	w.send("PUT", w.as+"/availability?v=1&NC=true", `{"availability":{"chat":"Online"}}`, w.headers()...).
		refused(405, "33", "PUT is sent as POST with X-HTTP-Method-Override")
	require.Equal(t, "Away", srv.Availability(srv.Agents()[0]))
}

// Row 6: agent info.
func TestAgentInfo(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	a, b := ann(t, srv), bob(t, srv)
	a.answered(a.call("GET", "/info", ""), 200, `{"info":{"link":{"@href":"AS/info","@rel":"self"},`+
		`"agentName":"Ann","displayName":"Ann","loginName":"ann@brand","id":"3705342610","maxChats":"3",`+
		`"availability":{"chat":"Online","voice":"Offline"},"skillsInfo":{"skillInfo":[{"id":"25975313","name":"Sales"}]}}}`)
	b.call("PUT", "/availability", `{"availability":{"chat":"Away","chatReasonId":"lunch"}}`)
	b.answered(b.call("GET", "/info", ""), 200, `{"info":{"link":{"@href":"AS/info","@rel":"self"},`+
		`"agentName":"Bob","displayName":"Bob","loginName":"bob@brand","id":"3705342611","maxChats":"-1",`+
		`"availability":{"chat":"Away","voice":"Offline"},"chatReasonId":"lunch",`+
		`"skillsInfo":{"skillInfo":[{"id":"25975313","name":"Sales"},{"id":"26060413","name":"Billing"}]}}}`)
}

// Row 9: chat sessions, and two logins of one agent.
func TestChatSessions(t *testing.T) {
	t.Parallel()
	srv := brand(t, lptest.WithManyLogins())
	w := ann(t, srv)
	w.answered(w.call("GET", "/chatSessions", ""), 200, `{"chatSessions":{"chatSession":[]}}`)
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	w.accept()
	begun := visit.Chat().Events()[0].Time.UnixMilli()

	second := newWire(t, srv)
	second.signIn("ann@brand", "pw-ann")
	second.start()
	second.answered(second.call("GET", "/availability", ""), 200, `{"availability":{"chat":"Online","voice":"Offline"}}`)
	r := second.call("GET", "/chatSessions", "")
	second.answered(r, 200, `{"chatSessions":{"chatSession":[{"link":{"href":"AS/chat/KEY","rel":"chat-session"},`+
		`"chatSessionKey":"KEY","startTime":`+r.number("chatSessions", "chatSession", 0, "startTime")+`}]}}`, visit.ChatID(), "KEY")
	require.Equal(t, begun, r.int("chatSessions", "chatSession", 0, "startTime"))
	url := r.text("chatSessions", "chatSession", 0, "link", "href")
	require.Equal(t, 201, second.call("POST", url+"/events", `{"event":{"@type":"line","text":"It is me"}}`).status)
	// The first session ends; the second goes on with the chat.
	r = w.send("POST", "/api/account/12345678/logout", `{"csrf":"`+w.csrf+`"}`,
		append([]string{"Cookie: Session_id=" + w.login}, jsonHeaders...)...)
	require.Equal(t, 200, r.status)
	require.Equal(t, "chatting", visit.Chat().State())
	require.Equal(t, 200, second.call("GET", url, "").status)
	w.call("GET", "/info", "").refused(401, "10", "The bearer has expired")
}

// A session that the service lost is not known any more; a new one takes its
// chats over.
func TestDropSessions(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	w.accept()
	other := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	srv.DropSessions(srv.Agents()[0])
	w.call("GET", "/info", "").refused(404, "39", "The agent session is not known or has ended")
	require.Equal(t, "Offline", srv.Availability(srv.Agents()[0]))
	require.Empty(t, other.Chat().Ringing())
	w.cookies = map[string]string{}
	require.Equal(t, 201, w.start().status)
	r := w.call("GET", "/chatSessions", "")
	require.Equal(t, visit.ChatID(), r.text("chatSessions", "chatSession", 0, "chatSessionKey"))
	require.Equal(t, 200, w.call("GET", "/chat/"+visit.ChatID(), "").status)
	require.Panics(t, func() { srv.DropSessions(lptest.Agent{LoginName: "nobody"}) })
	require.Panics(t, func() { srv.AddSkill(lptest.Skill{}) })
}

// Row 25: the agent session itself.
func TestSessionStatus(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	w.accept()
	r := w.call("GET", "?cs=1", "")
	w.answered(r, 200, `{"agentSession":{"link":[{"@href":"AS","@rel":"self"},{"@href":"AS/availability","@rel":"availability"},`+
		`{"@href":"AS/info","@rel":"info"},{"@href":"AS/incomingRequests","@rel":"incoming-requests"},`+
		`{"@href":"AS/availableAgents","@rel":"available-agents"},{"@href":"AS/chat/availableSlots","@rel":"chat-available-slots"},`+
		`{"@href":"AS/chatSessions","@rel":"chat-sessions"}],`+
		`"chatSessions":{"chatSession":[{"link":{"@href":"AS/chat/KEY","@rel":"chat-session"},"chatSessionKey":"KEY",`+
		`"startTime":`+r.number("agentSession", "chatSessions", "chatSession", 0, "startTime")+`}]}}}`, visit.ChatID(), "KEY")
}

// A logout returns the running chats to the queue, or ends them when nobody
// could take them.
func TestLogoutReturnsChats(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	a := ann(t, srv)
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	url := a.accept()
	b := bob(t, srv)
	logout := func(w *wire) {
		r := w.send("POST", "/api/account/12345678/logout", `{"csrf":"`+w.csrf+`"}`,
			append([]string{"Cookie: Session_id=" + w.login}, jsonHeaders...)...)
		require.Equal(t, 200, r.status, r.body)
	}
	logout(a)
	require.Equal(t, "waiting", visit.Chat().State())
	require.Equal(t, "bob@brand", visit.Chat().Ringing())
	lines := visit.Chat().Lines()
	require.Equal(t, 23, lines[len(lines)-1].SystemMessage)

	again := ann(t, srv)
	again.answered(again.call("GET", "/chatSessions", ""), 200, `{"chatSessions":{"chatSession":[]}}`)
	again.call("GET", "/chat/"+visit.ChatID(), "").refused(403, "10", "The chat is not with this agent")
	logout(again)

	b.accept()
	require.Equal(t, "bob@brand", visit.Chat().Agent())
	logout(b)
	require.Equal(t, "ended", visit.Chat().State())
	lines = visit.Chat().Lines()
	require.Equal(t, 6, lines[len(lines)-1].SystemMessage)
	require.NotEmpty(t, url)
}
