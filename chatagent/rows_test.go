package chatagent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

const (
	as = "https://va.agentvep.liveperson.net/api/account/12345678/agentSession/1027882276"
	ch = as + "/chat/H217-b7d7K845"
	// q is the query of every call.
	q = "?NC=true&v=1"
)

// wireTap answers from a script and keeps what was sent as literal text.
type wireTap struct {
	mock *httpmock.MockTransport
	mu   sync.Mutex
	sent []string
}

// on answers the calls of "METHOD URL" with these documents, the last one for
// ever. The status stands before the document: "201 {…}".
func (w *wireTap) on(call string, answers ...string) {
	method, url, _ := strings.Cut(call, " ")
	n := 0
	w.mock.RegisterResponder(method, url, func(r *http.Request) (*http.Response, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.sent = append(w.sent, spell(r))
		answer := answers[min(n, len(answers)-1)]
		n++
		var status int
		_, err := fmt.Sscan(answer, &status)
		if err != nil {
			return nil, err
		}
		_, body, _ := strings.Cut(answer, " ")
		resp := httpmock.NewStringResponse(status, body)
		resp.Header.Set("Content-Type", "application/json")
		return resp, nil
	})
}

// spell writes a request as literal text.
func spell(r *http.Request) string {
	out := r.Method + " " + r.URL.String()
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out += "\n" + name + ": " + strings.Join(r.Header[name], " | ")
	}
	if r.Body != nil {
		body, _ := io.ReadAll(r.Body)
		if len(body) > 0 {
			out += "\n\n" + string(body)
		}
	}
	return out
}

// take returns what was sent since the last take.
func (w *wireTap) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := w.sent
	w.sent = nil
	return sent
}

// newTap is an agent session on a scripted transport, whose calls are made once.
func newTap(t *testing.T) (*wireTap, *chatagent.Agent) {
	t.Helper()
	return newPatientTap(t)
}

// newPatientTap is newTap with calls that are made again after these pauses.
func newPatientTap(t *testing.T, waits ...time.Duration) (*wireTap, *chatagent.Agent) {
	t.Helper()
	w := &wireTap{mock: httpmock.NewMockTransport()}
	client, err := retry.NewClient(retry.WithTransport(w.mock), retry.WithPolicy(retry.Policy{Waits: append([]time.Duration{}, waits...)}))
	require.NoError(t, err)
	domains, err := domain.New(domain.WithHTTPClient(client))
	require.NoError(t, err)
	domains.Seed("12345678", map[domain.Service]string{domain.AgentVEP: "va.agentvep.liveperson.net"})
	session, err := login.Login(t.Context(), "12345678", login.Bearer("b34r3r", "311098910"), login.WithHTTPClient(client), login.WithDomains(domains))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, session.Logout(context.WithoutCancel(t.Context()))) })
	w.on("POST https://va.agentvep.liveperson.net/api/account/12345678/agentSession",
		`201 {"agentSessionLocation":{"link":{"@href":"`+as+`","@rel":"location"}}}`)
	agent, err := chatagent.Start(t.Context(), session)
	require.NoError(t, err)
	return w, agent
}

// openChat opens the chat H217-b7d7K845.
func openChat(t *testing.T, w *wireTap, agent *chatagent.Agent) *chatagent.Chat {
	t.Helper()
	w.on("GET "+ch, `200 {"chat":{"link":[{"@href":"`+ch+`","@rel":"self"},{"@href":"`+as+`/visits/visit/H217K845","@rel":"visit-id"}],`+
		`"events":{"event":[{"@id":"0","@type":"state","time":"2018-01-29T08:19:43.963-05:00","state":"waiting"},{"@id":"1","@type":"state","time":"2018-01-29T08:19:56.777-05:00","state":"chatting"}]},`+
		`"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845","visitorName":"Ada"}}}`)
	chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
	require.NoError(t, err)
	return chat
}

// headers of a call without and with a body.
const (
	get = "\nAccept: application/json\nAuthorization: Bearer b34r3r\nUser-Agent: liveperson-go/0.1.0"
	set = "\nAccept: application/json\nAuthorization: Bearer b34r3r\nContent-Type: application/json\nUser-Agent: liveperson-go/0.1.0"
	put = set + "\nX-Http-Method-Override: PUT"
)

// A chat session is known by its link, or by its key. What has neither is none.
func TestChatSessionsInAllForms(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{"chatSession":[{"link":{"@href":"`+as+`/chat/H9"}},{},{"startTime":0},{"chatSessionKey":"H8-key"}]}}`)
	list, err := agent.Chats(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Equal(t, chatagent.ChatID("H9"), list[0].ID)
	assert.Equal(t, chatagent.ChatID("H8-key"), list[1].ID)
}

func TestStart(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	assert.Equal(t, []string{"POST https://va.agentvep.liveperson.net/api/account/12345678/agentSession" + q + set + "\n\n" + `{"loginData":""}`}, w.take())
	assert.Equal(t, "1027882276", agent.ID())
}

// row is one line of the Chat Agent API's table of resources: what is sent,
// and what comes of the answers in all their forms.
type row struct {
	name    string
	on      string // "METHOD URL" that answers
	answers []string
	call    func(ctx context.Context, s *chatagent.Agent, c *chatagent.Chat) (any, error)
	sent    []string
	want    any
}

type empty struct{}

func none(err error) (any, error) { return empty{}, err }

func rows() []row {
	zone := time.FixedZone("", -5*3600)
	return []row{
		{
			name: "availability", on: "GET " + as + "/availability",
			answers: []string{
				`200 {"availability":{"chat":"Online","voice":"Offline","chatReasonId":"17"}}`,
				`201 {"availability":{"@chat":"Online","@voice":"Offline","@chatReasonId":17,"more":1}}`,
			},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return s.Availability(ctx)
			},
			sent: []string{"GET " + as + "/availability" + q + get},
			want: chatagent.AgentAvailability{Chat: chatagent.Online, Voice: chatagent.Offline, ReasonID: "17"},
		},
		{
			name: "an unknown availability passes through", on: "GET " + as + "/availability",
			answers: []string{`200 {"availability":{"chat":"Busy"}}`},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return s.Availability(ctx)
			},
			sent: []string{"GET " + as + "/availability" + q + get},
			want: chatagent.AgentAvailability{Chat: "Busy"},
		},
		{
			name: "set availability", on: "POST " + as + "/availability",
			answers: []string{`200 {"availability":{"chat":"Away"}}`, `200 `, `201 {}`, `204 `},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return none(s.SetAvailability(ctx, chatagent.Away))
			},
			sent: []string{"POST " + as + "/availability" + q + put + "\n\n" + `{"availability":{"chat":"Away"}}`},
			want: empty{},
		},
		{
			name: "set availability with a reason", on: "POST " + as + "/availability",
			answers: []string{`200 `},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return none(s.SetAvailability(ctx, chatagent.Occupied, chatagent.WithReason("16"), nil, chatagent.WithReason("17")))
			},
			sent: []string{"POST " + as + "/availability" + q + put + "\n\n" + `{"availability":{"chat":"Occupied","chatReasonId":"17"}}`},
			want: empty{},
		},
		{
			name: "available agents", on: "GET " + as + "/availableAgents",
			answers: []string{
				`200 {"availableAgents":{"agents":{"agent":[{"@chatState":"4","@id":"2","@maxChats":"-1","@voiceState":"1","email":"test@test.com","nickname":"Agent1-Nickname","privilegeGroup":"administrators","agentGroupName":"Admin","agentGroupId":"-1","elapsedTimeInState":"908445","chats":"3","skills":{"skill":["2","4"]},"skillsInfo":{"skillInfo":[{"id":"2","name":"Sales"}]},"userName":"Agent1"}]},"link":{"@href":"` + as + `/availableAgents?timeStamp=1331544926464","@rel":"next"}}}`,
				`200 {"availableAgents":{"agents":{"agent":{"chatState":4,"id":2,"maxChats":-1,"voiceState":1,"email":"test@test.com","nickname":"Agent1-Nickname","privilegeGroup":"administrators","agentGroupName":"Admin","agentGroupId":-1,"elapsedTimeInState":908445,"chats":3,"skills":{"skill":[2,4]},"skillsInfo":{"skillInfo":{"@id":2,"name":"Sales"}},"userName":"Agent1"}},"link":[]}}`,
			},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return s.AvailableAgents(ctx, chatagent.AgentFilter{})
			},
			sent: []string{"GET " + as + "/availableAgents" + q + get},
			want: func() any {
				a := chatagent.Colleague{ID: "2", Chat: chatagent.Away, Voice: chatagent.Offline, MaxChats: chatagent.Unlimited, UserName: "Agent1", Nickname: "Agent1-Nickname", Email: "test@test.com", PrivilegeGroup: "administrators", GroupID: "-1", GroupName: "Admin", Chats: 3, InState: 908445}
				a.SkillIDs = []liveperson.SkillID{"2", "4"}
				a.Skills = []chatagent.Skill{{ID: "2", Name: "Sales"}}
				return []chatagent.Colleague{a}
			}(),
		},
		{
			name: "no available agents", on: "GET " + as + "/availableAgents",
			answers: []string{`200 {"availableAgents":{"agents":""}}`, `200 {"availableAgents":{"agents":{"agent":[]}}}`, `200 {"availableAgents":{}}`, `200 {"availableAgents":{"agents":{"agent":null}}}`},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				agents, err := s.AvailableAgents(ctx, chatagent.AgentFilter{Skill: "Sales & more", Chat: chatagent.Online, Voice: chatagent.Offline, ReasonID: "17"})
				return len(agents), err
			},
			sent: []string{"GET " + as + "/availableAgents?NC=true&chatReasonId=17&chatState=Online&skill=Sales+%26+more&v=1&voiceState=Offline" + get},
			want: 0,
		},
		{
			name: "slots of a skill", on: "GET " + as + "/chat/availableSlots",
			answers: []string{`200 {"availableSlots":-1}`, `200 {"availableSlots":"-1"}`},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return s.AvailableSlots(ctx, chatagent.SlotQuery{Skill: "Sales", MaxWait: 24 * time.Hour})
			},
			sent: []string{"GET " + as + "/chat/availableSlots?NC=true&maxWaitTime=86400&skill=Sales&v=1" + get},
			want: chatagent.Unlimited,
		},
		{
			name: "slots of all skills", on: "GET " + as + "/chat/availableSlots",
			answers: []string{`200 {"availableSlots":3}`},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return s.AvailableSlots(ctx, chatagent.SlotQuery{})
			},
			sent: []string{"GET " + as + "/chat/availableSlots?NC=true&maxWaitTime=0&v=1" + get},
			want: 3,
		},
		{
			name: "slots of an agent", on: "GET " + as + "/chat/availableSlots",
			answers: []string{`200 {"availableSlots":0}`},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return s.AvailableSlots(ctx, chatagent.SlotQuery{Agent: "John"})
			},
			sent: []string{"GET " + as + "/chat/availableSlots?NC=true&agent=John&v=1" + get},
			want: 0,
		},
		{
			name: "agent info", on: "GET " + as + "/info",
			answers: []string{
				`200 {"info":{"link":{"@href":"` + as + `/info","@rel":"self"},"agentName":"John","displayName":"John Smith","loginName":"John@company.com","id":"25025413","maxChats":"-1","availability":{"chat":"Online","voice":"Offline"},"chatReasonId":"3","skillsInfo":{"skillInfo":[{"id":"25975313","name":"Sales"}]}}}`,
				`200 {"info":{"agentName":"John","displayName":"John Smith","loginName":"John@company.com","@id":25025413,"maxChats":-1,"availability":{"chat":"Online","voice":"Offline"},"chatReasonId":3,"skillsInfo":{"skillInfo":{"@id":25975313,"@name":"Sales"}}}}`,
			},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) { return s.Info(ctx) },
			sent: []string{"GET " + as + "/info" + q + get},
			want: func() any {
				i := chatagent.AgentInfo{ID: "25025413", AgentName: "John", DisplayName: "John Smith", LoginName: "John@company.com", MaxChats: -1, Availability: chatagent.AgentAvailability{Chat: "Online", Voice: "Offline", ReasonID: "3"}}
				i.Skills = []chatagent.Skill{{ID: "25975313", Name: "Sales"}}
				return i
			}(),
		},
		{
			name: "incoming requests", on: "GET " + as + "/incomingRequests",
			answers: []string{`200 {"incomingRequests":{"ringingCount":"2","link":{"@href":"` + as + `/incomingRequests","@rel":"next"}}}`, `200 {"incomingRequests":{"@ringingCount":2}}`},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return s.Incoming(ctx)
			},
			sent: []string{"GET " + as + "/incomingRequests" + q + get},
			want: 2,
		},
		{
			name: "chat sessions", on: "GET " + as + "/chatSessions",
			answers: []string{
				`200 {"chatSessions":{"chatSession":[{"link":{"href":"` + as + `/chat/H9","rel":"chat-session"},"chatSessionKey":"H9-key","startTime":1440934609097}]}}`,
				`200 {"chatSessions":{"chatSession":{"link":[{"@href":"` + as + `/chat/H9","@rel":"chat-session"}],"chatSessionKey":"H9-key","startTime":"2015-08-30T11:36:49.097Z"}}}`,
			},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				list, err := s.Chats(ctx)
				if len(list) != 1 {
					return list, err
				}
				return []any{list[0].ID, list[0].Key, list[0].Started.UTC()}, err
			},
			sent: []string{"GET " + as + "/chatSessions" + q + get},
			want: []any{chatagent.ChatID("H9"), "H9-key", time.Date(2015, 8, 30, 11, 36, 49, 97e6, time.UTC)},
		},
		{
			name: "session status", on: "GET " + as,
			answers: []string{`200 {"agentSession":{"chats":[]}}`},
			call:    func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) { return s.Status(ctx) },
			sent:    []string{"GET " + as + "?NC=true&cs=1&v=1" + get},
			want:    json.RawMessage(`{"agentSession":{"chats":[]}}`),
		},
		{
			name: "participant", on: "GET " + as + "/participantExtendedInfo/55fc%2F1779",
			answers: []string{
				`200 {"authenticatedParticipantInfo":{"isUserAuthenticated":true,"participantId":"55fc/1779","balance":-400.99,"registrationDate":{"year":2013,"month":5,"day":23},"lastPaymentDate":{"year":2014,"month":10,"day":15},"customerId":"57ac","customerStatus":"cancelled","customerType":"vip","socialId":"112","imei":"354","userName":"testuser","companySize":500,"accountName":"bank corp","role":"broker"},"authenticatedPersonalInfo":{"name":"Test","surname":"User","contacts":[{"email":"testuser@liveperson.com","phone":"+1-10"}]}}`,
				`200 {"authenticatedParticipantInfo":{"isUserAuthenticated":"true","participantId":"55fc/1779","balance":"-400.99","registrationDate":{"year":"2013","month":"5","day":"23"},"lastPaymentDate":{"@year":2014,"@month":10,"@day":15},"customerId":"57ac","customerStatus":"cancelled","customerType":"vip","socialId":112,"imei":354,"userName":"testuser","companySize":"500","accountName":"bank corp","role":"broker"},"authenticatedPersonalInfo":{"name":"Test","surname":"User","contacts":{"email":"testuser@liveperson.com","phone":"+1-10"}}}`,
			},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				return s.Participant(ctx, "55fc/1779")
			},
			sent: []string{"GET " + as + "/participantExtendedInfo/55fc%2F1779" + q + get},
			want: chatagent.Participant{Authenticated: true, ID: "55fc/1779", Balance: -400.99, RegistrationDate: chatagent.Date{Year: 2013, Month: 5, Day: 23}, LastPaymentDate: chatagent.Date{Year: 2014, Month: 10, Day: 15}, CustomerID: "57ac", CustomerStatus: "cancelled", CustomerType: "vip", SocialID: "112", IMEI: "354", UserName: "testuser", CompanySize: 500, AccountName: "bank corp", Role: "broker", Personal: &chatagent.PersonalInfo{Name: "Test", Surname: "User", Contacts: []chatagent.Contact{{Email: "testuser@liveperson.com", Phone: "+1-10"}}}},
		},
		{
			name: "chat info", on: "GET " + ch + "/info",
			answers: []string{
				`200 {"info":{"link":[],"state":"chatting","chatSessionKey":"H217-b7d7K845","agentName":"Barber","agentId":311098910,"skillId":12,"skillName":"Sales","startTime":"2018-01-29T08:19:43.976-05:00","duration":7,"lastUpdate":"2018-01-29T08:20:54.560-05:00","chatTimeout":40,"visitorId":1215602164887992,"agentTyping":"not-typing","visitorTyping":"typing","visitorName":"visitor","rtSessionId":4295036103,"sharkVisitorId":"QzZ","sharkSessionId":"ttJ","sharkContextId":1,"engagementId":311098710,"campaignId":311098610,"language":"en-US","participantId":"55fc"}}`,
				`201 {"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845","agentName":"Barber","agentId":"311098910","skillId":"12","skillName":"Sales","startTime":"2018-01-29T08:19:43.976-0500","duration":"7","lastUpdate":1517232054560,"chatTimeout":"40","visitorId":"1215602164887992","agentTyping":"not-typing","visitorTyping":"typing","visitorName":"visitor","rtSessionId":"4295036103","sharkVisitorId":"QzZ","sharkSessionId":"ttJ","sharkContextId":"1","engagementId":"311098710","campaignId":"311098610","language":"en-US","participantId":"55fc"}}`,
			},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				i, err := c.Info(ctx)
				i.Started, i.LastUpdate = i.Started.In(zone), i.LastUpdate.In(zone)
				return i, err
			},
			sent: []string{"GET " + ch + "/info" + q + get},
			want: chatagent.ChatInfo{State: chatagent.Chatting, Key: "H217-b7d7K845", AgentName: "Barber", AgentID: "311098910", SkillID: "12", SkillName: "Sales", Started: time.Date(2018, 1, 29, 8, 19, 43, 976e6, zone), Duration: 7 * time.Second, LastUpdate: time.Date(2018, 1, 29, 8, 20, 54, 560e6, zone), Timeout: 40 * time.Second, VisitorID: "1215602164887992", AgentTyping: chatagent.NotTyping, VisitorTyping: chatagent.IsTyping, VisitorName: "visitor", RTSessionID: "4295036103", SharkVisitorID: "QzZ", SharkSessionID: "ttJ", SharkContextID: "1", EngagementID: "311098710", CampaignID: "311098610", Language: "en-US", ParticipantID: "55fc"},
		},
		{
			name: "events", on: "GET " + ch + "/events",
			answers: []string{
				`200 {"events":{"link":[],"event":[{"@id":"5","@type":"line","time":"2018-01-29T08:19:43.976-05:00","textType":"html","text":"hi","by":"Barber","source":"agent","systemMessageId":4,"subType":"ONLY_TO_REP","json":{"a":1},"agentId":311098910}]}}`,
				`200 {"events":{"event":{"id":5,"type":"line","time":1517231983976,"textType":"html","text":"hi","by":"Barber","source":"agent","systemMessageId":"4","subType":"ONLY_TO_REP","json":{"a":1},"agentId":"311098910"}}}`,
			},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				events, err := c.EventsFrom(ctx, 5)
				if len(events) != 1 {
					return events, err
				}
				e := events[0]
				assert.NotEmpty(testingT{}, e.Raw)
				e.Raw, e.Time = nil, e.Time.In(zone)
				return e, err
			},
			sent: []string{"GET " + ch + "/events?NC=true&from=5&v=1" + get},
			want: chatagent.Event{Type: chatagent.EventLine, Line: chatagent.Line{ID: 5, Time: time.Date(2018, 1, 29, 8, 19, 43, 976e6, zone), Text: "hi", TextType: chatagent.HTML, JSON: json.RawMessage(`{"a":1}`), Source: chatagent.FromAgent, By: "Barber", AgentID: "311098910", SubType: chatagent.OnlyToRep, SystemMessage: chatagent.RoutingToAgent}},
		},
		{
			name: "events of unknown kinds, and texts that are no strings", on: "GET " + ch + "/events",
			answers: []string{`200 {"events":{"event":[{"@id":"0","@type":"a2a-transfer","to":7},{"@id":"1","@type":"line","text":17},{"@id":"2","@type":"line","text":true},{"@id":"3","@type":"state","state":"frozen"}]}}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				events, err := c.EventsFrom(ctx, 0)
				var got []string
				for _, e := range events {
					got = append(got, fmt.Sprint(e.ID, e.Type, e.Text, e.State))
				}
				return append(got, string(events[0].Raw)), err
			},
			sent: []string{"GET " + ch + "/events?NC=true&from=0&v=1" + get},
			want: []string{"0a2a-transfer", "1line17", "2linetrue", "3statefrozen", `{"@id":"0","@type":"a2a-transfer","to":7}`},
		},
		{
			name: "many chats", on: "GET " + as + "/chat",
			answers: []string{
				`200 {"chats":{"chat":[{"link":[{"href":"` + ch + `","rel":"self"}],"events":{"event":[{"id":4,"type":"line","text":"hi"}]},"info":{"chatSessionKey":"k1","state":"chatting"}},{"info":{"chatSessionKey":"k2","state":"ended"}}]}}`,
				`200 {"chats":{"chat":[{"link":{"@href":"` + ch + `","@rel":"self"},"events":{"event":{"@id":"4","@type":"line","text":"hi"}},"info":{"chatSessionKey":"k1","state":"chatting"}},{"events":"","info":{"@chatSessionKey":"k2","state":"ended"}}]}}`,
			},
			call: func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
				list, err := s.PollChats(ctx, chatagent.ChatCursor{Key: "k1", LastEvent: 3}, chatagent.ChatCursor{Key: "k2"})
				var got []string
				for _, u := range list {
					got = append(got, fmt.Sprintf("%s %s %s", u.ID, u.Info.Key, u.Info.State))
					for _, e := range u.Events {
						got = append(got, fmt.Sprintf("%d %s %s", e.ID, e.Type, e.Text))
					}
				}
				return got, err
			},
			sent: []string{"GET " + as + "/chat?NC=true&chatSessionKeys=k1%2Ck2&fromEventIds=3%2C0&v=1" + get},
			want: []string{"H217-b7d7K845 k1 chatting", "4 line hi", "k2 k2 ended"},
		},
		{
			name: "a plain line", on: "POST " + ch + "/events",
			answers: []string{`201 {"chatEventLocation":{"link":{"@href":"` + ch + `/events/5","@rel":"location"}}}`, `200 {"chatEventLocation":{"link":[{"href":"` + ch + `/events/5","rel":"location"}]}}`, `201 {"chatLocation":{"link":{"@href":"` + ch + `/events/5"}}}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return c.Send(ctx, chatagent.Text(`1 < 2 & "so"`))
			},
			sent: []string{"POST " + ch + "/events" + q + set + "\n\n" + `{"event":{"@type":"line","text":"1 < 2 & \"so\"","textType":"plain"}}`},
			want: int64(5),
		},
		{
			name: "a line that is the first event", on: "POST " + ch + "/events",
			answers: []string{`201 {"chatEventLocation":{"link":{"@href":"` + ch + `/events/0","@rel":"location"}}}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return c.Send(ctx, chatagent.Text("hi"))
			},
			sent: []string{"POST " + ch + "/events" + q + set + "\n\n" + `{"event":{"@type":"line","text":"hi","textType":"plain"}}`},
			want: int64(0),
		},
		{
			name: "a whisper in HTML", on: "POST " + ch + "/events",
			answers: []string{`201 {"chatEventLocation":{"link":{"@href":"` + ch + `/events/6","@rel":"location"}}}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return c.Send(ctx, chatagent.Whisper(chatagent.Markup("<b>tip</b>")))
			},
			sent: []string{"POST " + ch + "/events" + q + set + "\n\n" + `{"event":{"@type":"line","text":"<b>tip</b>","textType":"html","subType":"ONLY_TO_REP"}}`},
			want: int64(6),
		},
		{
			name: "structured content", on: "POST " + ch + "/events",
			answers: []string{`201 {"chatEventLocation":{"link":{"@href":"` + ch + `/events/7","@rel":"location"}}}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return c.Send(ctx, chatagent.Structured(json.RawMessage(`{"type":"vertical"}`)))
			},
			sent: []string{"POST " + ch + "/events" + q + set + "\n\n" + `{"event":{"@type":"line","text":"","textType":"rich-content","json":{"type":"vertical"}}}`},
			want: int64(7),
		},
		{
			name: "end", on: "POST " + ch + "/events",
			answers: []string{`201 {"chatLocation":{"link":{"@href":"` + ch + `/events/8"}}}`, `201 {"chatEventLocation":{"link":{"@href":"` + ch + `/events/8"}}}`, `200 `},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return none(c.End(ctx))
			},
			sent: []string{"POST " + ch + "/events" + q + set + "\n\n" + `{"event":{"@type":"state","state":"ended"}}`},
			want: empty{},
		},
		{
			name: "visitor's name", on: "GET " + ch + "/info/visitorName",
			answers: []string{`200 {"visitorName":"Ada"}`, `201 {"@visitorName":"Ada"}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return c.VisitorName(ctx)
			},
			sent: []string{"GET " + ch + "/info/visitorName" + q + get},
			want: "Ada",
		},
		{
			name: "agent typing", on: "GET " + ch + "/info/agentTyping",
			answers: []string{`200 {"agentTyping":"typing"}`, `201 {"agentTyping":"typing"}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return c.AgentTyping(ctx)
			},
			sent: []string{"GET " + ch + "/info/agentTyping" + q + get},
			want: chatagent.IsTyping,
		},
		{
			name: "set typing", on: "POST " + ch + "/info/agentTyping",
			answers: []string{`200 {"agentTyping":"not-typing"}`, `200 `},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return none(c.SetTyping(ctx, chatagent.NotTyping))
			},
			sent: []string{"POST " + ch + "/info/agentTyping" + q + put + "\n\n" + `{"agentTyping":"not-typing"}`},
			want: empty{},
		},
		{
			name: "visitor typing", on: "GET " + ch + "/info/visitorTyping",
			answers: []string{`200 {"visitorTyping":"unknown"}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return c.VisitorTyping(ctx)
			},
			sent: []string{"GET " + ch + "/info/visitorTyping" + q + get},
			want: chatagent.TypingUnknown,
		},
		{
			name: "skills to transfer to", on: "GET " + ch + "/transfer",
			answers: []string{`200 {"transfer":{"skill":[{"id":"25975313","name":"Sales","onlineAgents":"1"}]}}`, `200 {"transfer":{"skill":{"@id":25975313,"@name":"Sales","@onlineAgents":1}}}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return c.TransferSkills(ctx)
			},
			sent: []string{"GET " + ch + "/transfer" + q + get},
			want: []chatagent.Skill{{ID: "25975313", Name: "Sales", OnlineAgents: 1}},
		},
		{
			name: "transfer to a skill", on: "POST " + ch + "/transfer",
			answers: []string{`200 `, `200 {}`, `201 {"transfer":{}}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return none(c.Transfer(ctx, chatagent.TransferTarget{SkillID: "2"}, "needs help"))
			},
			sent: []string{"POST " + ch + "/transfer" + q + set + "\n\n" + `{"transfer":{"skill":{"id":2},"text":"needs help"}}`},
			want: empty{},
		},
		{
			name: "transfer to an agent", on: "POST " + ch + "/transfer",
			answers: []string{`200 `},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return none(c.Transfer(ctx, chatagent.TransferTarget{AgentID: "6"}, ""))
			},
			sent: []string{"POST " + ch + "/transfer" + q + set + "\n\n" + `{"transfer":{"agent":{"id":6}}}`},
			want: empty{},
		},
		{
			name: "chat survey", on: "GET " + ch + "/survey",
			answers: []string{
				`200 {"survey":{"id":"40216","title":"T","header":"H","questions":{"question":[{"mandatory":"true","validationType":"alpha_numeric","order":"1","logicId":"5","id":"16","type":"Text Field","label":"Name?","lastKnownValue":"John"},{"mandatory":"false","validationType":"numeric","order":"0","logicId":"4","id":"12","type":"Dropdown Box","label":"Whom?","entry":[{"checked":"true","value":"CATS","displayValue":"Cats","logic":{"showLogicId":"5"}},{"checked":"false","value":"DOGS","logic":{"showLogicId":["5","6"]}}]}]}}}`,
				`200 {"survey":{"id":40216,"title":"T","header":"H","questions":{"question":[{"mandatory":false,"validationType":"numeric","order":0,"logicId":4,"id":12,"type":"Dropdown Box","label":"Whom?","entry":[{"checked":true,"value":"CATS","displayValue":"Cats","logic":{"showLogicId":5}},{"checked":false,"value":"DOGS","logic":{"showLogicId":[5,6]}}]},{"mandatory":true,"validationType":"alpha_numeric","order":1,"logicId":5,"id":16,"type":"Text Field","label":"Name?","lastKnownValue":"John"}]}}}`,
			},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				s, err := c.Survey(ctx)
				if err != nil {
					return nil, err
				}
				return *s, nil
			},
			sent: []string{"GET " + ch + "/survey" + q + get},
			want: chatagent.ChatSurvey{ID: "40216", Title: "T", Header: "H", Questions: []chatagent.SurveyQuestion{
				{ID: "12", LogicID: 4, Type: chatagent.DropdownBox, ValidationType: "numeric", Label: "Whom?", Answers: []string{"CATS"}, Entries: []chatagent.SurveyEntry{
					{Checked: true, Value: "CATS", DisplayValue: "Cats", Shows: []int64{5}},
					{Value: "DOGS", Shows: []int64{5, 6}},
				}},
				{ID: "16", LogicID: 5, Order: 1, Type: chatagent.TextField, ValidationType: "alpha_numeric", Mandatory: true, Label: "Name?", LastKnownValue: "John", Answers: []string{"John"}},
			}},
		},
		{
			name: "submit chat survey", on: "POST " + ch + "/survey",
			answers: []string{`200 `, `200 {}`},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return none(c.SubmitSurvey(ctx, &chatagent.ChatSurvey{ID: "40216", Title: "T", Header: "H", Questions: []chatagent.SurveyQuestion{
					{ID: "12", LogicID: 4, Type: chatagent.Checkbox, Label: "Whom?", Answers: []string{"CATS", "DOGS"}, Entries: []chatagent.SurveyEntry{
						{Value: "CATS", DisplayValue: "Cats", Shows: []int64{5}}, {Value: "DOGS"}, {Value: "COWS", Checked: true},
					}},
					{ID: "16", LogicID: 5, Order: 1, Type: chatagent.TextField, ValidationType: "alphanumeric", Mandatory: true, Label: "Name?", LastKnownValue: "John", Answers: []string{"Ada"}},
				}}))
			},
			sent: []string{"POST " + ch + "/survey" + q + put + "\n\n" + `{"survey":{"id":"40216","title":"T","header":"H","questions":{"question":[` +
				`{"mandatory":false,"order":0,"logicId":4,"id":"12","type":"Checkbox","label":"Whom?","entry":[{"checked":true,"value":"CATS","displayValue":"Cats","logic":{"showLogicId":[5]}},{"checked":true,"value":"DOGS"},{"checked":false,"value":"COWS"}],"answer":["CATS","DOGS"]},` +
				`{"mandatory":true,"order":1,"logicId":5,"id":"16","type":"Text Field","validationType":"alphanumeric","label":"Name?","lastKnownValue":"John","answer":["Ada"]}]}}}`},
			want: empty{},
		},
		{
			name: "submit chat survey without answers", on: "POST " + ch + "/survey",
			answers: []string{`200 `},
			call: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
				return none(c.SubmitSurvey(ctx, &chatagent.ChatSurvey{Title: "T", Questions: []chatagent.SurveyQuestion{
					{ID: "12", LogicID: 4, Type: chatagent.TextArea, Label: "Why?"},
				}}))
			},
			sent: []string{"POST " + ch + "/survey" + q + put + "\n\n" + `{"survey":{"title":"T","header":"","questions":{"question":[` +
				`{"mandatory":false,"order":0,"logicId":4,"id":"12","type":"Text Area","label":"Why?"}]}}}`},
			want: empty{},
		},
	}
}

// testingT panics where a row's own check fails.
type testingT struct{}

func (testingT) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func TestRows(t *testing.T) {
	t.Parallel()
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			for _, answer := range r.answers {
				w, agent := newTap(t)
				chat := openChat(t, w, agent)
				w.on(r.on, answer)
				w.take()
				got, err := r.call(t.Context(), agent, chat)
				require.NoError(t, err, answer)
				assert.Equal(t, r.sent, w.take(), answer)
				assert.Equal(t, r.want, got, answer)
			}
		})
	}
}
