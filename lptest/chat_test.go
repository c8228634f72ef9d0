package lptest_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Rows 7 and 8: incoming requests and accepting.
func TestIncoming(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	w.answered(w.call("GET", "/incomingRequests", ""), 200, `{"incomingRequests":{"ringingCount":"0"}}`)
	w.answered(w.call("POST", "/incomingRequests", `{}`), 200, `{}`)
	first := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	second := srv.Visitor(lptest.Visitor{})
	r := w.call("GET", "/incomingRequests", "")
	w.answered(r, 200, `{"incomingRequests":{"ringingCount":"2","link":{"@href":"AS/incomingRequests","@rel":"accept"}}}`)
	require.Empty(t, first.Chat().Agent())
	w.call("GET", "/chat/"+first.ChatID(), "").refused(403, "10", "The chat is not with this agent")

	w.answered(w.call("POST", r.text("incomingRequests", "link", "@href"), `{"chat":"start"}`), 201,
		`{"chatLocation":{"link":{"@href":"AS/chat/`+first.ChatID()+`","@rel":"location"}}}`)
	require.Equal(t, "ann@brand", first.Chat().Agent())
	w.answered(w.call("GET", "/incomingRequests", ""), 200,
		`{"incomingRequests":{"ringingCount":"1","link":{"@href":"AS/incomingRequests","@rel":"accept"}}}`)
	require.Equal(t, "waiting", second.Chat().State())
	w.call("POST", "/incomingRequests", ``).refused(400, "33", "The body is no JSON")
	w.call("POST", "/incomingRequests", `[]`).refused(400, "33", "The body {} is wanted")
}

const infoShape = `{"link":[{"@href":"CH/info","@rel":"self"},{"@href":"CH/info/visitorName","@rel":"visitor-name"},` +
	`{"@href":"CH/info/visitorTyping","@rel":"visitor-typing"},{"@href":"CH/info/agentTyping","@rel":"agent-typing"}],` +
	`"state":"chatting","chatSessionKey":"KEY","skillName":"Sales","skillId":25975313,"agentName":"Ann","agentId":3705342610,"startTime":"TIME","duration":0,` +
	`"lastUpdate":"TIME","chatTimeout":40,"visitorId":1215602164887992,"agentTyping":"not-typing","visitorTyping":"not-typing",` +
	`"visitorName":"Ada","rtSessionId":4295036103,"sharkVisitorId":"QzZD","sharkSessionId":"ttJp","sharkContextId":1,` +
	`"engagementId":311098710,"campaignId":311098610,"language":"en-US"}`

const eventsShape = `[{"@id":"0","@type":"state","time":"TIME","state":"waiting"},` +
	`{"@id":"1","@type":"line","time":"TIME","textType":"plain","text":"Thank you for choosing to chat with us. An agent will be with you shortly.",` +
	`"by":"info","source":"system","systemMessageId":4,"subType":"REGULAR"},` +
	`{"@id":"2","@type":"state","time":"TIME","state":"chatting"},` +
	`{"@id":"3","@type":"line","time":"TIME","textType":"plain","text":"You are now chatting with Ann.","by":"info","source":"system",` +
	`"systemMessageId":3,"subType":"REGULAR"}]`

func ada() lptest.Visitor {
	return lptest.Visitor{
		Name: "Ada", Skill: "Sales", ID: 1215602164887992, RTSession: 4295036103, SharkVisitor: "QzZD", SharkSession: "ttJp",
		Engagement: 311098710, Campaign: 311098610,
	}
}

// visitID makes the visit's id of the chat's.
func visitID(chatID string) string {
	return regexp.MustCompile(`^(H\d{19})-[0-9a-f]{32}(K\d{7})$`).ReplaceAllString(chatID, "$1$2")
}

// Row 10: the chat with resources, events and information.
func TestChatResource(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	visit := srv.Visitor(ada())
	url := w.accept()
	short := host.ReplaceAllString(url, "https://H")
	pairs := []string{short, "CH", visit.ChatID(), "KEY", visitID(visit.ChatID()), "VISIT"}
	links := func(from int) string {
		return fmt.Sprintf(`{"chat":{"link":[{"@href":"CH","@rel":"self"},{"@href":"CH/events","@rel":"events"},{"@href":"CH/info","@rel":"info"},`+
			`{"@href":"CH?from=%[1]d","@rel":"next"},{"@href":"CH/collaborationChannels","@rel":"collaboration-channels"},`+
			`{"@href":"AS/visits/visit/VISIT","@rel":"visit-id"},{"@href":"CH/transfer","@rel":"transfer"},`+
			`{"@href":"CH/transferAccount","@rel":"transfer-account"},{"@href":"CH/survey","@rel":"agent-survey"}],`+
			`"events":{"link":[{"@href":"CH/events","@rel":"self"},{"@href":"CH/events?from=%[1]d","@rel":"next"}],"event":`, from)
	}
	w.answered(w.call("GET", url, ""), 200, links(4)+eventsShape+`},"info":`+infoShape+`}}`, pairs...)
	w.answered(w.call("GET", url+"?from=4", ""), 200, links(4)+`[]},"info":`+infoShape+`}}`, pairs...)
	visit.Say("Hello")
	w.answered(w.call("GET", url+"?from=4", ""), 200, links(5)+
		`[{"@id":"4","@type":"line","time":"TIME","textType":"plain","text":"Hello","by":"Ada","source":"visitor","subType":"REGULAR"}]},"info":`+
		infoShape+`}}`, pairs...)
	w.call("GET", url+"?from=x", "").refused(400, "33", "from is the id of an event")
	w.call("GET", "/chat/H1-aK1", "").refused(404, "12", "The chat is not known")
}

// Row 12: events, and the kinds of events there are.
func TestEvents(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	visit := srv.Visitor(ada())
	url := w.accept()
	short := host.ReplaceAllString(url, "https://H")
	events := func(from, next int, list string) string {
		w.answered(w.call("GET", fmt.Sprintf("%s/events?from=%d", url, from), ""), 200, fmt.Sprintf(
			`{"events":{"link":[{"@href":"CH/events","@rel":"self"},{"@href":"CH/events?from=%d","@rel":"next"}],"event":%s}}`, next, list), short, "CH")
		return ""
	}
	events(0, 4, eventsShape)
	events(4, 4, `[]`)
	events(9, 9, `[]`)
	visit.Event("url", lptest.Pair{Name: "url", Value: "https://H"})
	r := w.call("POST", url+"/events", `{"event":{"@type":"line","text":"psst","textType":"plain","subType":"ONLY_TO_REP"}}`)
	w.answered(r, 201, `{"chatEventLocation":{"link":{"@href":"CH/events/5","@rel":"location"}}}`, short, "CH")
	rich := `{"type":"vertical","elements":[{"type":"text","text":"<b>"}]}`
	w.call("POST", url+"/events", `{"event":{"@type":"line","text":"","textType":"rich-content","json":`+rich+`}}`)
	events(4, 7, `[{"@id":"4","@type":"url","time":"TIME","url":"https://H"},`+
		`{"@id":"5","@type":"line","time":"TIME","textType":"plain","text":"psst","by":"Ann","source":"agent","agentId":3705342610,"subType":"ONLY_TO_REP"},`+
		`{"@id":"6","@type":"line","time":"TIME","textType":"rich-content","text":"","by":"Ann","source":"agent","agentId":3705342610,`+
		`"json":{"elements":[{"text":"\u003cb\u003e","type":"text"}],"type":"vertical"},"subType":"REGULAR"}]`)
	w.call("GET", url+"/events?from=-1", "").refused(400, "33", "from is the id of an event")
}

// Row 11: many chats in one call; its page shows no "@".
func TestManyChats(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	one, two := srv.Visitor(ada()), srv.Visitor(lptest.Visitor{Skill: "Sales"})
	url := w.accept()
	w.accept()
	short := host.ReplaceAllString(url, "https://H")
	one.Say("One")
	plain := strings.ReplaceAll(strings.ReplaceAll(infoShape, `"@href"`, `"href"`), `"@rel"`, `"rel"`)
	w.answered(w.call("GET", "/chat?chatSessionKeys="+one.ChatID()+"&fromEventIds=2", ""), 200,
		`{"chats":{"chat":[{"link":[{"href":"CH","rel":"self"},{"href":"CH/events","rel":"events"},{"href":"CH/info","rel":"info"},`+
			`{"href":"CH/collaborationChannels","rel":"collaboration-channels"},{"href":"AS/visits/visit/VISIT","rel":"visit-id"},`+
			`{"href":"CH/transfer","rel":"transfer"},{"href":"CH/transferAccount","rel":"transfer-account"},{"href":"CH/survey","rel":"agent-survey"}],`+
			`"events":{"link":[{"href":"CH/events","rel":"self"}],"event":[`+
			`{"id":3,"type":"line","time":"TIME","textType":"plain","text":"You are now chatting with Ann.","by":"info","source":"system","systemMessageId":"3","subType":"REGULAR"},`+
			`{"id":4,"type":"line","time":"TIME","textType":"plain","text":"One","by":"Ada","source":"visitor","subType":"REGULAR"}]},"info":`+plain+`}]}}`,
		short, "CH", one.ChatID(), "KEY", visitID(one.ChatID()), "VISIT")
	both := one.ChatID() + "," + two.ChatID()
	r := w.call("GET", "/chat?chatSessionKeys="+both+"&fromEventIds=4,2", "")
	require.Empty(t, r.get("chats", "chat", 0, "events", "event"))
	require.Len(t, r.get("chats", "chat", 1, "events", "event"), 1)
	r = w.call("GET", "/chat?chatSessionKeys="+both, "")
	require.Len(t, r.get("chats", "chat", 0, "events", "event"), 5)
	r = w.call("GET", "/chat?chatSessionKeys="+both+"&fromEventIds=-1,0", "")
	require.Len(t, r.get("chats", "chat", 0, "events", "event"), 5)
	require.Len(t, r.get("chats", "chat", 1, "events", "event"), 3)

	w.call("GET", "/chat", "").refused(400, "33", "chatSessionKeys is missing")
	w.call("GET", "/chat?chatSessionKeys="+both+"&fromEventIds=1", "").
		refused(400, "33", "There are not as many fromEventIds as chatSessionKeys")
	w.call("GET", "/chat?chatSessionKeys="+both+"&fromEventIds=1,x", "").refused(400, "33", "fromEventIds are ids of events")
	w.call("GET", "/chat?chatSessionKeys="+one.ChatID()+",x", "").refused(404, "12", "The chat x is not known")
	stranger := srv.Visitor(lptest.Visitor{Skill: "Billing"})
	w.call("GET", "/chat?chatSessionKeys="+stranger.ChatID(), "").
		refused(403, "10", "The chat "+stranger.ChatID()+" is not with this agent")
}

// Rows 13 and 14: sending lines and ending the chat.
func TestSendAndEnd(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	visit := srv.Visitor(ada())
	url := w.accept()
	short := host.ReplaceAllString(url, "https://H")
	post := func(event string) reply { return w.call("POST", url+"/events", event) }
	for i, test := range []struct{ event, text, textType string }{
		{`{"event":{"@type":"line","text":"Hello","textType":"plain"}}`, "Hello", "plain"},
		{`{"event":{"type":"line","text":"Hello again"}}`, "Hello again", "plain"},
		{`{"event":{"@type":"line","text":"<a href='x' target=\"_top\">x</a>","textType":"html","subType":"REGULAR"}}`, `<a href='x' target="_blank">x</a>`, "html"},
	} {
		id := i + 4
		w.answered(post(test.event), 201, fmt.Sprintf(`{"chatEventLocation":{"link":{"@href":"CH/events/%d","@rel":"location"}}}`, id), short, "CH")
		line := visit.Chat().Lines()[i+2]
		require.Equal(t, []any{id, "agent", "Ann", test.text, test.textType},
			[]any{line.ID, line.Source, line.By, line.Text, line.TextType})
	}
	for event, message := range map[string]string{
		`{"event":[{"@type":"line","text":"a"},{"@type":"line","text":"b"}]}`: `One event is wanted: {\"event\":{…}}`,
		`{"line":{"text":"a"}}`:                                                         `One event is wanted: {\"event\":{…}}`,
		`{"event":{"@type":"url","url":"x"}}`:                                           `\"@type\" is line or state`,
		`{"event":{"@type":"line"}}`:                                                    `\"text\" is missing`,
		`{"event":{"@type":"line","text":7}}`:                                           `\"text\" is missing`,
		`{"event":{"@type":"line","text":""}}`:                                          `\"text\" is empty`,
		`{"event":{"@type":"line","text":"a","textType":"markdown"}}`:                   `\"textType\" is plain, html or rich-content`,
		`{"event":{"@type":"line","text":"a","subType":"SECRET"}}`:                      `\"subType\" is ONLY_TO_REP or missing`,
		`{"event":{"@type":"line","text":"<script>x</script>","textType":"html"}}`:      `HTML must hold no iframe, script or DOM action`,
		`{"event":{"@type":"line","text":"< IFRAME src=x>","textType":"html"}}`:         `HTML must hold no iframe, script or DOM action`,
		`{"event":{"@type":"line","text":"<b onclick = x>a</b>","textType":"html"}}`:    `HTML must hold no iframe, script or DOM action`,
		`{"event":{"@type":"line","text":"<a href=javascript:x>a","textType":"html"}}`:  `HTML must hold no iframe, script or DOM action`,
		`{"event":{"@type":"line","text":"","textType":"rich-content"}}`:                `\"json\" with the structured content is missing`,
		`{"event":{"@type":"line","text":"","textType":"rich-content","json":"{}"}}`:    `\"json\" with the structured content is missing`,
		`{"event":{"@type":"line","textType":"rich-content","json":{"type":"button"}}}`: `\"text\" is missing`,
		`{"event":{"@type":"state","state":"chatting"}}`:                                `The only state to set is \"ended\"`,
	} {
		post(event).refused(400, "33", message)
	}
	require.Len(t, visit.Chat().Events(), 7, "nothing that was refused is in the chat")

	r := post(`{"event":{"@type":"state","state":"ended"}}`)
	w.answered(r, 201, `{"chatLocation":{"link":{"@href":"CH/events/8","@rel":"location"}}}`, short, "CH")
	require.NoError(t, visit.WaitEnded(t.Context()))
	events := visit.Chat().Events()
	require.Equal(t, 5, events[7].Line.SystemMessage)
	require.Equal(t, "ended", events[8].State)
	// The resource stays readable, and nothing can be added.
	require.Equal(t, "ended", w.call("GET", url, "").text("chat", "info", "state"))
	post(`{"event":{"@type":"line","text":"late"}}`).refused(400, "33", "The chat has ended")
	require.Equal(t, -1, visit.Say("late"))
	require.Equal(t, lptest.OpEnd, srv.Requests(lptest.OpSend, lptest.OpEnd)[19].Op)
	_, err := visit.WaitLine(t.Context(), 4)
	require.ErrorIs(t, err, lptest.ErrEnded)
}
