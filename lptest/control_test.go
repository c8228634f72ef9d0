package lptest_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// The control API, for programs in other languages.
func TestControl(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	sim := func(method, path, body string, status int) reply {
		r := w.send(method, "/_sim/"+path, body)
		require.Equal(t, status, r.status, r.body)
		require.Equal(t, "application/json", r.header.Get("Content-Type"))
		return r
	}
	require.Equal(t, `{"chats":[]}`+"\n", sim("GET", "chats", "", 200).body)
	r := sim("POST", "chats", `{"visitor":"Ada","skill":"Sales","text":"Good day"}`, 201)
	id := r.text("chatId")
	require.Equal(t, `{"chatId":"`+id+`"}`+"\n", r.body)
	url := w.accept()
	w.call("POST", url+"/events", `{"event":{"@type":"line","text":"Hello"}}`)
	require.Equal(t, `{"id":6}`+"\n", sim("POST", "chats/"+id+"/lines", `{"text":"Bye"}`, 201).body)
	require.Equal(t, `{"chatId":"`+id+`","visitor":"Ada","skill":"Sales","state":"chatting","agent":"ann@brand","lines":[`+
		`{"id":1,"source":"system","by":"info","text":"Thank you for choosing to chat with us. An agent will be with you shortly.","textType":"plain","subType":"REGULAR"},`+
		`{"id":2,"source":"visitor","by":"Ada","text":"Good day","textType":"plain","subType":"REGULAR"},`+
		`{"id":4,"source":"system","by":"info","text":"You are now chatting with Ann.","textType":"plain","subType":"REGULAR"},`+
		`{"id":5,"source":"agent","by":"Ann","text":"Hello","textType":"plain","subType":"REGULAR"},`+
		`{"id":6,"source":"visitor","by":"Ada","text":"Bye","textType":"plain","subType":"REGULAR"}]}`+"\n", sim("GET", "chats/"+id, "", 200).body)
	sim("POST", "chats/"+id+"/typing", `{"typing":true}`, 200)
	require.Equal(t, "typing", w.call("GET", url+"/info/visitorTyping", "").text("visitorTyping"))
	sim("POST", "chats/"+id+"/lines", `{}`, 400)
	sim("POST", "chats/"+id+"/lines", `{`, 400)
	require.Equal(t, "ended", sim("POST", "chats/"+id+"/leave", "", 200).text("state"))
	require.Equal(t, `{"error":"the chat has ended"}`+"\n", sim("POST", "chats/"+id+"/lines", `{"text":"x"}`, 409).body)
	sim("POST", "chats", `no`, 400)
	gone := sim("POST", "chats", `{}`, 201).text("chatId")
	require.Equal(t, "ended", sim("POST", "chats/"+gone+"/vanish", "", 200).text("state"))
	require.Len(t, sim("GET", "chats", "", 200).get("chats"), 2)

	srv.AddSurvey(branching())
	srv.AnswerAs(conversation, 42, lptest.Answer{Question: 1, Text: "now"}, lptest.Answer{Question: 4, Replies: []int64{11}})
	body := regexp.MustCompile(`"revision":\d+`).ReplaceAllString(sim("GET", "surveys/"+conversation, "", 200).body, `"revision":N`)
	require.Equal(t, `{"surveys":[{"conversation":"`+conversation+`","skill":42,"status":"open","revision":N,"saves":0,"submits":0,"dismisses":0,`+
		`"submittedBy":"","answers":[{"id":1,"questionStatus":"answer","freeTextReply":"now"},{"id":4,"questionStatus":"answer","replyIds":[11]}]}]}`+"\n", body)

	r = sim("POST", "faults", `{"op":"agent.info","status":503}`, 201)
	require.Equal(t, `{"faults":[{"fault":{"op":"agent.info","kind":"status","status":503},"hits":0}]}`+"\n", r.body)
	require.Equal(t, 503, w.call("GET", "/info", "").status)
	require.Equal(t, `{"faults":[{"fault":{"op":"agent.info","kind":"status","status":503},"hits":1}]}`+"\n", sim("GET", "faults", "", 200).body)
	for body, want := range map[string]string{
		`{"kind":"x"}`:                            `{"error":"lptest: fault: unknown kind \"x\": it is one of [\"latency\" \"status\" `,
		`{"op":"chatz","status":500}`:             `{"error":"lptest: fault: unknown operation \"chatz\": it is one of [\"domain\" `,
		`{"variants":["x"]}`:                      `{"error":"lptest: fault: a variant of [\"x\"] is unknown, or random: they are [\"attributes\" `,
		`{"status":500,"agent":"bot@brandt"}`:     `{"error":"there is no user \"bot@brandt\": it is one of [`,
		`[{"status":500},{"stats":7}]`:            `{"error":"lptest: faults: json: unknown field \"stats\""}`,
		`[{"status":500},{"op":"send","kind":1}]`: `{"error":"lptest: faults: json: cannot unmarshal number`,
	} {
		require.Contains(t, sim("POST", "faults", body, 400).body, want)
	}
	require.Len(t, sim("GET", "faults", "", 200).get("faults"), 1, "of a list with a wrong one none is added")
	require.Contains(t, sim("GET", "requests?op=chatz", "", 400).body, `unknown operation \"chatz\": it is one of [\"domain\" `)
	require.Contains(t, sim("GET", "requests?opp=chats", "", 400).body, `unknown query \"opp\": it is \"op\"`)
	require.Empty(t, sim("GET", "requests?op=socket", "", 200).get("requests"))
	sim("POST", "chats", `{"visitr":"a typo"}`, 400)
	sim("POST", "chats/"+id+"/typing", `{"typng":true}`, 400)
	require.Equal(t, `{"faults":[]}`+"\n", sim("DELETE", "faults", "", 200).body)
	require.Equal(t, 200, w.call("GET", "/info", "").status)

	r = sim("GET", "requests?op=agent.info", "", 200)
	require.Len(t, r.get("requests"), 2)
	require.Equal(t, "status", r.text("requests", 0, "fault"))
	require.Equal(t, "503", r.number("requests", 0, "status"))
	require.Greater(t, len(sim("GET", "requests", "", 200).get("requests").([]any)), 5)

	other := sim("POST", "chats", `{"visitor":"Bea"}`, 201).text("chatId")
	url = w.accept()
	require.Equal(t, `{"id":4}`+"\n", sim("POST", "chats/"+other+"/colleague", `{"text":"I am here too","by":"Bob","agentId":7,"textType":"html","subType":"ONLY_TO_REP"}`, 201).body)
	require.Equal(t, `{"id":5}`+"\n", sim("POST", "chats/"+other+"/events", `{"@id":"{id}","@type":"odd","text":{}}`, 201).body)
	r = w.call("GET", url+"/events?from=4", "")
	require.Equal(t, `[{"@id":"4","@type":"line","time":"TIME","textType":"html","text":"I am here too","by":"Bob","source":"agent","agentId":7,"subType":"ONLY_TO_REP"},`+
		`{"@id":"5","@type":"odd","text":{}}]`, list(r))
	sim("POST", "chats/"+other+"/events", `{`, 400)
	sim("POST", "chats/"+other+"/colleague", `{"txt":"a typo"}`, 400)
	sim("POST", "chats/x/events", `{}`, 404)
	require.Equal(t, "{}\n", sim("POST", "stored", `{"lines":"cut=2"}`, 200).body)
	sim("POST", "stored", `{"answers":"tags"}`, 200)
	w.call("POST", url+"/events", `{"event":{"@type":"line","text":"Hello"}}`)
	require.Equal(t, "He", w.call("GET", url+"/events?from=6", "").text("events", "event", 0, "text"))
	sim("POST", "stored", `{"lines":""}`, 200)
	w.call("POST", url+"/events", `{"event":{"@type":"line","text":"Hello"}}`)
	require.Equal(t, "Hello", w.call("GET", url+"/events?from=7", "").text("events", "event", 0, "text"))
	sim("POST", "stored", `{"lines":"nothing"}`, 400)
	sim("POST", "stored", `{"line":"cut=2"}`, 400)
	sim("POST", "chats/"+other+"/leave", "", 200)
	sim("POST", "chats/"+other+"/colleague", `{"text":"late"}`, 409)

	sim("GET", "nothing", "", 404)
	sim("GET", "chats/x", "", 404)
	sim("POST", "chats/x/leave", "", 404)
	sim("GET", "surveys/x", "", 404)
	require.Zero(t, srv.Count(lptest.OpSim), "the control API is not in the journal")
}
