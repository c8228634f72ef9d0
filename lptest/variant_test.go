package lptest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Every variant, as it shows on the wire.
func TestVariants(t *testing.T) {
	t.Parallel()
	type check func(t *testing.T, s *stage)
	events := func(want string) check {
		return func(t *testing.T, s *stage) {
			t.Helper()
			r := s.call("GET", s.url+"/events?from=3", "")
			require.Contains(t, r.shape(), want)
		}
	}
	tests := map[lptest.Variant]check{
		lptest.VariantAttributes: func(t *testing.T, s *stage) {
			t.Helper()
			events(`"event":[{"id":"3","type":"line","time":"TIME"`)(t, s)
			r := s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+"&fromEventIds=2", "")
			require.Contains(t, r.shape(), `"event":[{"@id":3,"@type":"line","time":"TIME"`)
		},
		lptest.VariantNumbers: func(t *testing.T, s *stage) {
			t.Helper()
			events(`"event":[{"@id":3,"@type":"line","time":"TIME","textType":"plain","text":"You are now chatting with Ann.","by":"info","source":"system","systemMessageId":"3"`)(t, s)
			s.answered(s.call("GET", "/incomingRequests", ""), 200, `{"incomingRequests":{"ringingCount":0}}`)
			s.answered(s.call("GET", "/chat/availableSlots?agent=ann%40brand", ""), 200, `{"availableSlots":"2"}`)
			s.srv.AddSurvey(branching())
			require.Contains(t, s.survey("GET", "/", query+"1.0", "").body, `"stateRevision":"`)
		},
		lptest.VariantBooleans: func(t *testing.T, s *stage) {
			t.Helper()
			s.srv.AddSurvey(branching())
			require.Contains(t, s.survey("GET", "/", query+"1.0", "").body, `"required":"true"`)
		},
		lptest.VariantSingle: func(t *testing.T, s *stage) {
			t.Helper()
			r := s.call("GET", s.url+"/events?from=3", "")
			require.Contains(t, r.shape(), `"event":{"@id":"3"`)
			require.Contains(t, s.call("GET", "/availableAgents?skill=Billing", "").body, `"agent":{"@chatState"`)
			require.Contains(t, s.call("GET", "/availableAgents", "").body, `"skills":{"skill":"25975313"}`)
			require.Contains(t, s.call("GET", s.url+"/events?from=2", "").body, `"event":[{"@id":"2"`)
		},
		lptest.VariantMissing: func(t *testing.T, s *stage) {
			t.Helper()
			require.NotContains(t, s.call("GET", s.url+"/events?from=9", "").body, `"event":`)
			s.answered(s.call("GET", s.url+"/transfer", ""), 200, `{"transfer":{}}`)
		},
		lptest.VariantTimes: func(t *testing.T, s *stage) {
			t.Helper()
			r := s.call("GET", s.url+"/events?from=3", "")
			require.Equal(t, s.visit.Chat().Events()[3].Time.UnixMilli(), r.int("events", "event", 0, "time"))
			require.Contains(t, s.call("GET", "/chatSessions", "").shape(), `"startTime":"TIME"`)
		},
		lptest.VariantStatus: func(t *testing.T, s *stage) {
			t.Helper()
			require.Equal(t, 200, s.say().status)
			require.Equal(t, 201, s.call("GET", s.url+"/info/agentTyping", "").status)
			require.Equal(t, 400, s.call("GET", s.url+"?from=x", "").status)
		},
		lptest.VariantEmpty: func(t *testing.T, s *stage) {
			t.Helper()
			require.Empty(t, s.call("PUT", s.url+"/info/agentTyping", `{"agentTyping":"typing"}`).body)
			require.Empty(t, s.call("PUT", "/availability", `{"availability":{"chat":"Away"}}`).body)
			require.NotEmpty(t, s.call("GET", "/availability", "").body)
		},
		lptest.VariantBareText: func(t *testing.T, s *stage) {
			t.Helper()
			for _, text := range []string{"42", "-1.5e3", "true", "007", "4 2", "null"} {
				s.visit.Say(text)
			}
			body := s.call("GET", s.url+"/events?from=4", "").body
			for _, want := range []string{`"text":42,`, `"text":-1.5e3,`, `"text":true,`, `"text":"007",`, `"text":"4 2",`, `"text":"null",`} {
				require.Contains(t, body, want)
			}
		},
		lptest.VariantInclusive: func(t *testing.T, s *stage) {
			t.Helper()
			r := s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+"&fromEventIds=3", "")
			require.Contains(t, r.body, `"event":[{"id":3,`)
		},
		lptest.VariantManyNext: func(t *testing.T, s *stage) {
			t.Helper()
			r := s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+"&fromEventIds=2", "")
			require.Equal(t, "next", r.text("chats", "chat", 0, "link", 3, "rel"))
			require.Equal(t, s.url+"?from=4", r.text("chats", "chat", 0, "link", 3, "href"))
			require.Equal(t, s.url+"/events?from=4", r.text("chats", "chat", 0, "events", "link", 1, "href"))
			require.Contains(t, r.body, `"event":[{"id":3,`)
		},
		lptest.VariantDomainForm: func(t *testing.T, s *stage) {
			t.Helper()
			r := s.send("GET", "/api/account/12345678/service/agentVep/baseURI.json?version=1.0", "")
			require.Equal(t, `{"baseURIs":[{"service":"agentVep","account":"12345678","baseURI":"lptest.liveperson.net"}]}`, r.body)
		},
		lptest.VariantAgentsDelta: func(t *testing.T, s *stage) {
			t.Helper() // TestAvailableAgentsDelta has the rest
			require.Len(t, s.call("GET", "/availableAgents", "").get("availableAgents", "agents", "agent"), 3)
		},
		lptest.VariantAcceptError: func(t *testing.T, s *stage) {
			t.Helper()
			s.answered(s.call("POST", "/incomingRequests", "{}"), 200,
				`{"error":{"time":"TIME","message":"There is no incoming request","internalCode":12,"responseStatus":"NOT_FOUND"}}`)
		},
		lptest.VariantTransferOK: func(t *testing.T, s *stage) {
			t.Helper()
			s.answered(s.call("POST", s.url+"/transfer", `{"transfer":{"skill":{"id":1}}}`), 200,
				`{"transfer":{"errormsg":"The skill 1 is not available"}}`)
		},
		lptest.VariantEndLocation: func(t *testing.T, s *stage) {
			t.Helper()
			r := s.call("POST", s.url+"/events", `{"event":{"@type":"state","state":"ended"}}`)
			require.Equal(t, s.url+"/events/5", r.text("chatEventLocation", "link", "@href"))
		},
		lptest.VariantErrorTime: func(t *testing.T, s *stage) {
			t.Helper()
			s.answered(s.call("GET", "/chat/x", ""), 404, `{"error":{"time":"TIME","message":"The chat is not known","internalCode":12}}`)
		},
		lptest.VariantPartial: func(t *testing.T, s *stage) {
			t.Helper()
			s.srv.AddSurvey(branching())
			require.Equal(t, 206, s.survey("GET", "/", query+"1.0", "").status)
			require.Equal(t, 200, s.survey("GET", "/", query+"1.0&seq=false", "").status)
		},
		lptest.VariantContext: func(t *testing.T, s *stage) {
			t.Helper()
			s.srv.AddSurvey(branching())
			r := s.survey("PUT", "/state", query+"2.0", saved)
			require.Equal(t, `{"agentSurveyContext":`+contextShape("open", "0", s.srv.Survey(conversation, 42).Revision)+`}`, r.body)
		},
		lptest.VariantTimeoutName: func(t *testing.T, s *stage) {
			t.Helper()
			s.srv.AddSurvey(branching())
			require.Contains(t, s.survey("GET", "/", query+"1.0", "").body, `"actualTimeInMinutes":127`)
		},
		lptest.VariantNoSessionID: func(t *testing.T, s *stage) {
			t.Helper()
			r := s.signIn("ann@brand", "pw-ann")
			require.NotContains(t, r.body, "sessionId")
			require.NotEmpty(t, s.login)
		},
		lptest.VariantSiteAgentID: func(t *testing.T, s *stage) {
			t.Helper()
			s.say()
			s.visit.Colleague(lptest.Line{Text: "I too", AgentID: 7})
			events(`"text":"Hello","by":"Ann","source":"agent","agentId":"12345678.3705342610","subType":"REGULAR"}`)(t, s)
			events(`"text":"I too","by":"colleague","source":"agent","agentId":"12345678.7","subType":"REGULAR"}`)(t, s)
			require.Contains(t, s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID(), "").body, `"agentId":"12345678.3705342610"`)
		},
		lptest.VariantNoAgentID: func(t *testing.T, s *stage) {
			t.Helper()
			s.say()
			events(`"text":"Hello","by":"Ann","source":"agent","subType":"REGULAR"}`)(t, s)
		},
		lptest.VariantSequenceID: func(t *testing.T, s *stage) {
			t.Helper()
			s.say()
			events(`"text":"Hello","by":"Ann","source":"agent","agentId":3705342610,"sequenceId":"4","subType":"REGULAR"}`)(t, s)
			events(`"source":"system","systemMessageId":3,"sequenceId":"3","subType":"REGULAR"}`)(t, s)
			require.NotContains(t, s.call("GET", s.url+"/events", "").text("events", "event", 2, "sequenceId"), "2", "only lines have it")
		},
		lptest.VariantStateWords: func(t *testing.T, s *stage) {
			t.Helper()
			r := s.call("GET", "/availableAgents?chatState=Online", "")
			require.Contains(t, r.body, `"agent":[{"@chatState":"Online","@id":"3705342610","@maxChats":"3","@voiceState":"Offline",`)
		},
		lptest.VariantAgentSessionID: func(t *testing.T, s *stage) {
			t.Helper()
			s.answered(s.call("GET", "?cs=1", ""), 200, `{"agentSessionId":{"link":[{"@href":"AS","@rel":"self"},`+
				`{"@href":"AS/availability","@rel":"availability"},{"@href":"AS/info","@rel":"info"},`+
				`{"@href":"AS/incomingRequests","@rel":"incoming-requests"},{"@href":"AS/availableAgents","@rel":"available-agents"},`+
				`{"@href":"AS/chat/availableSlots","@rel":"chat-available-slots"},{"@href":"AS/chatSessions","@rel":"chat-sessions"}]}}`)
		},
		lptest.VariantLocation: func(t *testing.T, s *stage) {
			t.Helper()
			checkCreated(t, s, func(_, at string) (string, string) { return "", at })
		},
		lptest.VariantLocationToo: func(t *testing.T, s *stage) {
			t.Helper()
			checkCreated(t, s, func(name, at string) (string, string) {
				return `{"` + name + `":{"link":{"@href":"` + at + `","@rel":"location"}}}`, at
			})
		},
		lptest.VariantNoLocation: func(t *testing.T, s *stage) {
			t.Helper()
			checkCreated(t, s, func(_, _ string) (string, string) { return "", "" })
		},
		lptest.VariantAcceptLast: func(t *testing.T, s *stage) {
			t.Helper()
			s.visit.Leave()
			for range 2 {
				s.answered(s.call("POST", "/incomingRequests", "{}"), 201,
					`{"chatLocation":{"link":{"@href":"AS/chat/KEY","@rel":"location"}}}`, s.visit.ChatID(), "KEY")
			}
			b := bob(t, s.srv)
			b.answered(b.call("POST", "/incomingRequests", "{}"), 200, "{}")
		},
		lptest.VariantAcceptMissing: func(t *testing.T, s *stage) {
			t.Helper()
			s.call("POST", "/incomingRequests", "{}").refused(404, "12", "There is no incoming request")
		},
		lptest.VariantListedTwice: func(t *testing.T, s *stage) {
			t.Helper()
			second := s.srv.Visitor(ada())
			s.accept()
			r := s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+","+second.ChatID()+"&fromEventIds=2,2", "")
			require.Len(t, r.get("chats", "chat"), 3)
			for i, want := range []struct {
				key    string
				events int
			}{{s.visit.ChatID(), 1}, {second.ChatID(), 1}, {s.visit.ChatID(), 0}} {
				require.Equal(t, want.key, r.text("chats", "chat", i, "info", "chatSessionKey"))
				require.Len(t, r.get("chats", "chat", i, "events", "event"), want.events)
			}
		},
		lptest.VariantEndedSessions: func(t *testing.T, s *stage) {
			t.Helper()
			second, third := s.srv.Visitor(ada()), s.srv.Visitor(ada())
			s.accept()
			s.visit.Leave()
			third.Leave() // before she had it
			second.Requeue()
			s.accept()
			s.srv.Visitor(ada()) // rings
			r := s.call("GET", "/chatSessions", "")
			require.Len(t, r.get("chatSessions", "chatSession"), 2)
			require.Equal(t, s.visit.ChatID(), r.text("chatSessions", "chatSession", 0, "chatSessionKey"))
			require.Equal(t, second.ChatID(), r.text("chatSessions", "chatSession", 1, "chatSessionKey"))
			require.Len(t, s.call("GET", "?cs=1", "").get("agentSession", "chatSessions", "chatSession"), 2)
		},
	}
	require.Len(t, tests, len(lptest.Variants()))
	for _, variant := range lptest.Variants() {
		t.Run(string(variant), func(t *testing.T) {
			t.Parallel()
			test := tests[variant]
			require.NotNil(t, test)
			srv := brand(t, lptest.WithVariants(variant))
			w := newWire(t, srv)
			w.signIn("ann@brand", "pw-ann")
			r := w.start()
			switch {
			case variant == lptest.VariantNoLocation: // what nobody says can only be guessed
				w.as = srv.URL() + "/api/account/12345678/agentSession/" + srv.Requests(lptest.OpSessionStart)[0].Session
			case r.body == "":
				w.as = r.header.Get("Location")
			default:
				w.as = strings.Trim(r.text("agentSessionLocation", "link", "@href")+r.text("agentSessionLocation", "link", "href"), " ")
			}
			w.call("PUT", "/availability", `{"availability":{"chat":"Online"}}`)
			visit := srv.Visitor(ada())
			accepted := w.call("POST", "/incomingRequests", "{}")
			require.Equal(t, 2, accepted.status/100, accepted.body)
			test(t, &stage{w, srv, visit, w.as + "/chat/" + visit.ChatID()})
		})
	}
}

// checkCreated holds the four calls that create something to a form, which says
// what body and Location belong to the name of the body's member and the address.
func checkCreated(t *testing.T, s *stage, form func(name, at string) (body, location string)) {
	t.Helper()
	second := s.srv.Visitor(lptest.Visitor{})
	check := func(r reply, name, at string) {
		t.Helper()
		body, location := form(name, at)
		require.Equal(t, 201, r.status)
		require.Equal(t, body, r.body)
		require.Equal(t, location, r.header.Get("Location"))
		require.Equal(t, body != "", r.header.Get("Content-Type") != "")
	}
	check(s.call("POST", "/incomingRequests", "{}"), "chatLocation", s.as+"/chat/"+second.ChatID())
	check(s.say(), "chatEventLocation", s.url+"/events/4")
	check(s.call("POST", s.url+"/events", `{"event":{"@type":"state","state":"ended"}}`), "chatLocation", s.url+"/events/6")
	require.Equal(t, "ended", s.visit.Chat().State())
	other := newWire(t, s.srv)
	other.signIn("bob@brand", "pw-bob")
	r := other.send("POST", "/api/account/12345678/agentSession?v=1&NC=true", `{"loginData":""}`, other.headers()...)
	started := s.srv.Requests(lptest.OpSessionStart)
	check(r, "agentSessionLocation", s.srv.URL()+"/api/account/12345678/agentSession/"+started[len(started)-1].Session)
	require.NotEmpty(t, other.cookies, "the cookies are set all the same")
}

// At random, every answer draws anew, and the same seed draws the same.
func TestRandomVariants(t *testing.T) {
	t.Parallel()
	run := func(seed int64) []string {
		srv := brand(t, lptest.WithVariants(lptest.VariantRandom), lptest.WithSeed(seed))
		w := newWire(t, srv)
		w.signIn("ann@brand", "pw-ann")
		r := w.start()
		w.as = r.text("agentSessionLocation", "link", "@href") + r.text("agentSessionLocation", "link", "href")
		var out []string
		for range 40 {
			r := w.call("GET", "/info", "")
			require.Equal(t, 2, r.status/100)
			out = append(out, r.shape())
		}
		return out
	}
	first := run(1)
	require.Equal(t, first, run(1))
	require.NotEqual(t, first, run(2))
	forms := map[string]bool{}
	for _, body := range first {
		forms[body] = true
	}
	require.Greater(t, len(forms), 4)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]lptest.Option{
		"account":  lptest.WithAccount("a/b"),
		"address":  lptest.WithAddr("nowhere"),
		"host":     lptest.WithBaseURIs(map[lptest.Service]string{lptest.AgentVep: "https://x/y"}),
		"variant":  lptest.WithVariants("nothing"),
		"TTL":      lptest.WithSessionTTL(0),
		"ring":     lptest.WithRing(-1),
		"idle":     lptest.WithSessionIdle(0),
		"lag":      lptest.WithRingingLag(0),
		"timeout":  lptest.WithChatTimeout(0),
		"limit":    lptest.WithLoginLimit(1, 0),
		"page":     lptest.WithPageSize(0),
		"journal":  lptest.WithJournal(-1),
		"forget":   lptest.WithForgetting(0),
		"ended":    lptest.WithEndedChat(200, 33),
		"stored":   lptest.WithStoredText(lptest.StripTags, nil),
		"replies":  lptest.WithStoredAnswers(nil),
		"in use":   lptest.WithAddr("256.0.0.1:0"),
		"no brand": lptest.WithAccount(""),
	} {
		_, err := lptest.Start(opt)
		require.Error(t, err, name)
	}
	require.Panics(t, func() { lptest.NewMemory(lptest.WithPageSize(0)) })
	require.Panics(t, func() { lptest.NewServer(lptest.WithAddr("256.0.0.1:0")) })
	srv := lptest.NewMemory(lptest.WithAccount("99"), lptest.WithPlainHTTP())
	defer srv.Close()
	require.Equal(t, "99", srv.Account())
	require.Equal(t, "http://lptest.liveperson.net", srv.URL())
	require.Equal(t, 200, newWire(t, srv).send("GET", "/api/account/99/service/baseURI.json?version=1.0", "").status)
}

// WithPageSize cuts the events into pages; the next link goes on.
func TestPageSize(t *testing.T) {
	t.Parallel()
	s := newStage(t, lptest.WithPageSize(3))
	for range 4 {
		s.visit.Say("line")
	}
	var pages []string
	for url := s.url + "/events"; ; {
		r := s.call("GET", url, "")
		shown := ids(r, "events", "event")
		pages = append(pages, shown)
		if shown == "" {
			break
		}
		url = r.text("events", "link", 1, "@href")
	}
	require.Equal(t, []string{"0 1 2", "3 4 5", "6 7", ""}, pages)
	r := s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+"&fromEventIds=2", "")
	require.Len(t, r.get("chats", "chat", 0, "events", "event"), 3)
}
