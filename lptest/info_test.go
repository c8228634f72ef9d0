package lptest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Rows 15 and 17 to 20: chat information, the visitor's name, typing.
func TestChatInfo(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	v := ada()
	v.Participant = &lptest.Participant{ID: "p-1"}
	visit := srv.Visitor(v)
	url := w.accept()
	pairs := []string{host.ReplaceAllString(url, "https://H"), "CH", visit.ChatID(), "KEY"}
	shape := strings.TrimSuffix(infoShape, "}") + `,"participantId":"p-1"}`
	shape = strings.Replace(shape, `],"state"`, `,{"@href":"AS/participantInfo/p-1","@rel":"participant-info"},`+
		`{"@href":"AS/participantExtendedInfo/p-1","@rel":"participant-extended-info"}],"state"`, 1)
	extended := w.call("GET", "/participantExtendedInfo/p-1", "").body
	require.Contains(t, extended, `"participantId":"p-1"`)
	require.Equal(t, extended, w.call("GET", "/participantInfo/p-1", "").body)
	w.answered(w.call("GET", url+"/info", ""), 200, `{"info":`+shape+`}`, pairs...)
	w.answered(w.call("GET", url+"/info/visitorName", ""), 200, `{"visitorName":"Ada"}`)
	w.answered(w.call("GET", url+"/info/agentTyping", ""), 200, `{"agentTyping":"not-typing"}`)
	w.answered(w.call("PUT", url+"/info/agentTyping", `{"agentTyping":"typing"}`), 200, `{"agentTyping":"typing"}`)
	w.answered(w.call("GET", url+"/info/agentTyping", ""), 200, `{"agentTyping":"typing"}`)
	require.True(t, visit.Chat().AgentTyping())
	require.NoError(t, visit.WaitTyping(t.Context(), true))
	require.Error(t, visit.WaitTyping(cancelled(t), false))
	w.answered(w.call("GET", url+"/info/visitorTyping", ""), 200, `{"visitorTyping":"not-typing"}`)
	visit.Type(true)
	w.answered(w.call("GET", url+"/info/visitorTyping", ""), 200, `{"visitorTyping":"typing"}`)
	visit.Type(false)
	w.answered(w.call("GET", url+"/info/visitorTyping", ""), 200, `{"visitorTyping":"not-typing"}`)
	for _, body := range []string{`{"agentTyping":"unknown"}`, `{"agentTyping":true}`, `{}`} {
		w.call("PUT", url+"/info/agentTyping", body).refused(400, "33", `\"agentTyping\" is typing or not-typing`)
	}
	w.call("POST", url+"/info/agentTyping", `{"agentTyping":"typing"}`).refused(405, "33", "The method POST is not allowed here")
	// A line ends the typing, and so does the end of the chat.
	w.call("POST", url+"/events", `{"event":{"@type":"line","text":"Hello"}}`)
	require.False(t, visit.Chat().AgentTyping())
	visit.Leave()
	require.NoError(t, visit.WaitTyping(t.Context(), false))
	require.ErrorIs(t, visit.WaitTyping(t.Context(), true), lptest.ErrEnded)
	r := w.call("GET", url+"/info", "")
	require.Equal(t, "ended", r.text("info", "state"))
	w.call("PUT", url+"/info/agentTyping", `{"agentTyping":"typing"}`).refused(400, "33", "The chat has ended")
	for _, path := range []string{"/info/x", "/collaborationChannels", "/transferAccount", "/x"} {
		r := w.call("GET", url+path, "")
		r.refused(404, "28", "No such URI: "+strings.TrimPrefix(url, srv.URL())+path)
	}
}

// A chat says which skill it is for, and a transfer to a skill changes that.
func TestChatSkill(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	a, b := ann(t, srv), bob(t, srv)
	skill := func(w *wire, id, want string) {
		t.Helper()
		for _, path := range []string{"/chat/" + id + "/info", "/chat/" + id, "/chat?chatSessionKeys=" + id} {
			body := w.call("GET", path, "").body
			if want == "" {
				require.Contains(t, body, `"chatSessionKey":"`+id+`","agentName"`)
				require.NotContains(t, body, "skill")
				continue
			}
			require.Contains(t, body, `"chatSessionKey":"`+id+`",`+want+`,"agentName"`)
		}
	}
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	url := a.accept()
	skill(a, visit.ChatID(), `"skillName":"Sales","skillId":25975313`)
	require.Equal(t, 200, a.call("POST", url+"/transfer", `{"transfer":{"skill":{"id":26060413}}}`).status)
	b.accept()
	skill(b, visit.ChatID(), `"skillName":"Billing","skillId":26060413`)
	require.Equal(t, 200, b.call("POST", "/chat/"+visit.ChatID()+"/transfer", `{"transfer":{"agent":{"id":3705342610}}}`).status)
	a.accept()
	skill(a, visit.ChatID(), `"skillName":"Billing","skillId":26060413`)
	free := srv.Visitor(lptest.Visitor{})
	require.Equal(t, "bob@brand", free.Chat().Ringing())
	b.accept()
	skill(b, free.ChatID(), "")
}

// Row 16: the participant's information.
func TestParticipant(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	srv.Visitor(lptest.Visitor{Skill: "Sales", Participant: &lptest.Participant{
		ID: "55fc1779-83b0-4e8b-8eea-503a8eaf8822", Authenticated: true, Balance: -400.99,
		Registered: lptest.Date{Year: 2013, Month: 5, Day: 23}, LastPayment: lptest.Date{Year: 2014, Month: 10, Day: 15},
		CustomerID: "57ac-072a", CustomerStatus: "cancelled", CustomerType: "vip", SocialID: "11256324780", IMEI: "3543546543545688",
		UserName: "testuser", CompanySize: 500, AccountName: "bank corp", Role: "broker",
		FirstName: "Test", LastName: "User", Email: "testuser@liveperson.com", Phone: "+1-10-344-3765333",
	}})
	srv.Visitor(lptest.Visitor{Participant: &lptest.Participant{ID: "p2"}})
	w.answered(w.call("GET", "/participantExtendedInfo/55fc1779-83b0-4e8b-8eea-503a8eaf8822", ""), 200,
		`{"authenticatedParticipantInfo":{"isUserAuthenticated":true,"participantId":"55fc1779-83b0-4e8b-8eea-503a8eaf8822","balance":-400.99,`+
			`"registrationDate":{"year":2013,"month":5,"day":23},"lastPaymentDate":{"year":2014,"month":10,"day":15},"customerId":"57ac-072a",`+
			`"customerStatus":"cancelled","customerType":"vip","socialId":"11256324780","imei":"3543546543545688","userName":"testuser",`+
			`"companySize":500,"accountName":"bank corp","role":"broker"},`+
			`"authenticatedPersonalInfo":{"name":"Test","surname":"User","contacts":[{"email":"testuser@liveperson.com","phone":"+1-10-344-3765333"}]}}`)
	r := w.call("GET", "/participantExtendedInfo/p2", "")
	require.NotContains(t, r.body, "authenticatedPersonalInfo")
	w.call("GET", "/participantExtendedInfo/x", "").refused(404, "37", "The participant is not known")
}

// Row 26: the visit and its custom variables.
func TestVisit(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	v := ada()
	v.SessionInfo = []lptest.Pair{{Name: "device", Value: "desktop"}}
	v.VisitorInfo = []lptest.Pair{{Name: "ipAddress", Value: "192.0.2.1"}, {Name: "os", Value: "Plan 9"}}
	v.CustomVariables = []lptest.CustomVariable{{Source: "pre-chat-survey", Scope: "session", Name: "q1", DisplayName: "Your order", Value: "4711"}}
	visit := srv.Visitor(v)
	url := w.accept()
	id := visitID(visit.ChatID())
	link := w.as + "/visits/visit/" + id
	require.Equal(t, link, w.call("GET", url, "").text("chat", "link", 5, "@href"))
	w.answered(w.call("GET", link, ""), 200, `{"visitId":{"link":[{"@href":"AS/visits/visit/`+id+`/info","@rel":"info"},`+
		`{"@href":"AS/visits/visit/`+id+`/customVariables","@rel":"custom-variables"}]}}`)
	w.answered(w.call("GET", link+"/info", ""), 200, `{"visitInfo":{"link":{"@href":"AS/visits/visit/`+id+`/info","@rel":"self"},`+
		`"isInCurrentChat":true,"visitorId":1215602164887992,"sessionInfo":{"info":[{"@name":"device","$":"desktop"}]},`+
		`"visitorInfo":{"info":[{"@name":"ipAddress","$":"192.0.2.1"},{"@name":"os","$":"Plan 9"}]},`+
		`"time":{"info":[{"@name":"startTime","$":"TIME"}]}}}`)
	w.answered(w.call("GET", link+"/customVariables", ""), 200, `{"customVariables":{"link":{"@href":"AS/visits/visit/`+id+
		`/customVariables","@rel":"self"},"customVariable":[{"@source":"pre-chat-survey","@scope":"session","name":"q1","time":"TIME",`+
		`"displayName":"Your order","value":"4711"}]}}`)
	for _, path := range []string{"", "/info", "/customVariables"} {
		w.call("GET", "/visits/visit/H1K1"+path, "").refused(404, "37", "The visit is not known")
		bob(t, srv).call("GET", "/visits/visit/"+id+path, "").refused(403, "37", "The visit is not with this agent")
	}
}
