package lptest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// An injected event is shown byte for byte, in every reading of the chat.
func TestInject(t *testing.T) {
	t.Parallel()
	s := newStage(t, lptest.WithVariants(lptest.VariantNumbers))
	odd := []string{
		`{"@id":"{id}","@type":"cobrowse","time":"{time}","state":{"on":true}}`,
		`{"@id":"{id}","@type":"line","time":"{time}","text":{"a":1},"by":["x"],"systemMessageId":"three","source":"visitor"}`,
		`{"@id":"{id}","@type":"line","time":"{time}","text":["a"],"by":{"name":"x"}}`,
		`{"@id":99999999999999999999,"@type":7}`,
		` [ 1 ] `,
	}
	var shown []string
	for i, event := range odd {
		require.Equal(t, 4+i, s.visit.Inject(event))
		shown = append(shown, strings.NewReplacer("{id}", string(rune('4'+i)), "{time}", "TIME").Replace(event))
	}
	want := "[" + strings.Join(shown, ",") + "]"
	require.Equal(t, want, list(s.call("GET", s.url+"/events?from=4", "")))
	require.Contains(t, s.call("GET", s.url+"?from=4", "").shape(), `"event":`+want)
	require.Contains(t, s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+"&fromEventIds=3", "").shape(), `"event":`+want)
	require.Equal(t, "[]", list(s.call("GET", s.url+"/events?from=9", "")))
	require.Len(t, s.visit.Chat().Lines(), 2, "they are not among the lines")
	events := s.visit.Chat().Events()
	require.Equal(t, "cobrowse", events[4].Type)
	require.Contains(t, string(events[4].Raw), `"state":{"on":true}`)
	require.Equal(t, "line", events[5].Type)
	require.Nil(t, events[5].Line)
	require.Empty(t, events[7].Type)
	require.Panics(t, func() { s.visit.Inject(`{"@id":`) })
	require.Equal(t, 9, s.visit.Say("Next"))
}

// The largest id there can be: the event is handed out at every poll.
func TestInjectLargestID(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	const largest = `{"@id":"9223372036854775807","@type":"line","time":"TIME","text":"x","source":"visitor"}`
	s.visit.Inject(largest)
	s.visit.Say("After")
	const after = `{"@id":"5","@type":"line","time":"TIME","textType":"plain","text":"After","by":"Ada","source":"visitor","subType":"REGULAR"}`
	poll := func(from string) string { return list(s.call("GET", s.url+"/events?from="+from, "")) }
	require.Equal(t, "["+largest+","+after+"]", poll("4"))
	require.Equal(t, "["+largest+","+after+"]", poll("5"))
	require.Equal(t, "["+largest+"]", poll("6"))
	require.Equal(t, "["+largest+"]", poll("9223372036854775807"))
	many := s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+"&fromEventIds=9223372036854775807", "")
	require.Equal(t, 200, many.status)
	require.Contains(t, many.shape(), `"event":[`+largest+`]`)
	s.call("GET", s.url+"/events?from=9223372036854775808", "").refused(400, "33", "from is the id of an event")
	r := s.call("GET", s.url+"/events?from=6", "")
	require.Equal(t, s.url+"/events?from=6", r.text("events", "link", 1, "@href"), "the next link goes by place")
}

func TestA2ATransfer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	transfer := lptest.A2ATransfer{
		Domain: "base.liveperson.net", RemoteSiteID: "70648893", EventID: "467", SourceSessionID: "8396550", Skill: "test",
	}
	require.Equal(t, 4, s.visit.A2ATransfer(transfer))
	transfer.Flat, transfer.SourceSiteID = true, "81992017"
	s.visit.A2ATransfer(transfer)
	require.Equal(t, `[{"@id":"4","@type":"a2a-transfer","time":"TIME","domain":"base.liveperson.net","chatRequestParameters":`+
		`{"a2aEventId":"467","a2aSourceSessionId":"8396550","a2aSourceSiteId":"12345678","skill":"test"},"remoteSiteId":"70648893"},`+
		`{"@id":"5","@type":"a2a-transfer","time":"TIME","domain":"base.liveperson.net","chatRequestParameters":"",`+
		`"a2aEventId":"467","a2aSourceSessionId":"8396550","a2aSourceSiteId":"81992017","skill":"test","remoteSiteId":"70648893"}]`,
		list(s.call("GET", s.url+"/events?from=4", "")))
}

// Variants of single calls.
func TestFaultVariant(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Variants: []lptest.Variant{lptest.VariantLocation, lptest.VariantStatus}, Nth: 2})
	require.Equal(t, 201, s.say().status)
	r := s.say()
	require.Equal(t, 200, r.status)
	require.Empty(t, r.body)
	require.Equal(t, s.url+"/events/5", r.header.Get("Location"))
	require.Equal(t, lptest.FaultVariant, s.last().Fault)
	require.Equal(t, s.url+"/events/6", s.say().text("chatEventLocation", "link", "@href"))
	s.srv.AddFault(lptest.Fault{Op: lptest.OpEvents, Kind: lptest.FaultDuplicateEvents, Variants: []lptest.Variant{lptest.VariantNoAgentID}})
	r = s.call("GET", s.url+"/events?from=6", "")
	require.Len(t, r.get("events", "event"), 2)
	require.NotContains(t, r.body, "agentId")
	require.Panics(t, func() { s.srv.AddFault(lptest.Fault{Variants: []lptest.Variant{lptest.VariantRandom}}) })
}

func TestFaultEndless(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Kind: lptest.FaultEndless, Times: 5})
	url := s.url + "/events?from=4"
	for i := range 3 {
		r := s.call("GET", url, "")
		require.Equal(t, string(rune('4'+i)), ids(r, "events", "event"))
		require.Equal(t, "One more line.", r.text("events", "event", 0, "text"))
		url = r.text("events", "link", 1, "@href")
	}
	require.Equal(t, "7", ids(s.call("GET", s.url+"?from=7", ""), "chat", "events", "event"))
	require.Equal(t, "One more line.", s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+"&fromEventIds=7", "").
		text("chats", "chat", 0, "events", "event", 0, "text"))
	require.Equal(t, "[]", list(s.call("GET", s.url+"/events?from=9", "")))
}

// A known event once more, with an id far ahead.
func TestFaultFarID(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say()
	s.visit.Inject(`{"@id":"{id}","@type":"odd"}`)
	s.srv.AddFault(lptest.Fault{Kind: lptest.FaultFarID, Op: lptest.OpEvents, Times: 2})
	const line = `","@type":"line","time":"TIME","textType":"plain","text":"Hello","by":"Ann","source":"agent","agentId":3705342610,"subType":"REGULAR"}`
	const odd = `{"@id":"5","@type":"odd"}`
	require.Equal(t, `[{"@id":"4`+line+`,`+odd+`,{"@id":"1000004`+line+`]`, list(s.call("GET", s.url+"/events?from=4", "")))
	r := s.call("GET", s.url+"/events?from=6", "")
	require.Equal(t, `[{"@id":"1000004`+line+`]`, list(r))
	require.Equal(t, s.url+"/events?from=6", r.text("events", "link", 1, "@href"), "the next link goes by place")
	require.Equal(t, "[]", list(s.call("GET", s.url+"/events?from=6", "")))
	require.Equal(t, 6, s.visit.Say("Next"))

	second := s.srv.Visitor(ada())
	s.accept()
	s.srv.AddFault(lptest.Fault{Kind: lptest.FaultFarID, Op: lptest.OpChats, Chat: second.ChatID(), Ahead: 99_999_999})
	r = s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+","+second.ChatID()+"&fromEventIds=6,3", "")
	require.Empty(t, r.get("chats", "chat", 0, "events", "event"))
	require.Len(t, r.get("chats", "chat", 1, "events", "event"), 1)
	require.Equal(t, int64(100_000_002), r.int("chats", "chat", 1, "events", "event", 0, "id"))
}

func TestFaultCookies(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	before := len(s.cookies)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpAgentInfo, Kind: lptest.FaultCookies})
	for range 3 {
		require.Equal(t, 200, s.call("GET", "/info", "").status)
	}
	require.Len(t, s.cookies, before+3)
	require.Equal(t, strings.Repeat("x", 32), s.cookies["LPExtra-1"])
	s.srv.ClearFaults()
	s.srv.AddFault(lptest.Fault{Op: lptest.OpAgentInfo, Kind: lptest.FaultCookies, Count: 20, Size: 1000})
	r := s.call("GET", "/info", "")
	require.Len(t, r.header.Values("Set-Cookie"), 20)
	require.Equal(t, strings.Repeat("x", 1000), s.cookies["LPExtra-23"])
	require.Equal(t, 201, s.say().status, "they are no cookies of a session")
}

func TestFaultNoLink(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultNoLink, Times: 1})
	require.Equal(t, `{"chatEventLocation":{"link":{}}}`, s.say().body)
	require.Equal(t, 1, s.said())
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultNoLink, Body: `""`, Times: 1})
	require.Equal(t, `{"chatEventLocation":{"link":""}}`, s.say().body)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpEvents, Kind: lptest.FaultNoLink, Rel: "next"})
	r := s.call("GET", s.url+"/events?from=9", "")
	s.answered(r, 200, `{"events":{"link":[{"@href":"AS/chat/`+s.visit.ChatID()+`/events","@rel":"self"},{}],"event":[]}}`)
}

// What an ended chat answers can be chosen.
func TestEndedChat(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		opts   []lptest.Option
		status int
		code   string
	}{
		{nil, 400, "33"},
		{[]lptest.Option{lptest.WithEndedChat(404, 12)}, 404, "12"},
	} {
		s := newStage(t, test.opts...)
		s.visit.Leave()
		for path, body := range map[string]string{
			"/events":           `{"event":{"@type":"line","text":"Hello"}}`,
			"/events?":          `{"event":{"@type":"state","state":"ended"}}`,
			"/transfer":         `{"transfer":{"skill":{"id":26060413}}}`,
			"/info/agentTyping": `{"agentTyping":"typing"}`,
		} {
			method := map[bool]string{true: "PUT", false: "POST"}[path == "/info/agentTyping"]
			s.call(method, s.url+path, body).refused(test.status, test.code, "The chat has ended")
		}
	}
}
