package chatagent_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// What the calls answer goes on to a browser or a file as JSON with the names
// of the Go fields, whatever LivePerson calls them.
func TestAnswersAsJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	for _, c := range []struct {
		value any
		want  string
	}{
		{
			chatagent.AgentInfo{
				ID: "1", AgentName: "a", DisplayName: "d", LoginName: "l", MaxChats: 2,
				Availability: chatagent.AgentAvailability{Chat: chatagent.Online, Voice: chatagent.Away, ReasonID: "r"},
				Skills:       []chatagent.Skill{{ID: "3", Name: "s", OnlineAgents: 4}},
			},
			`{"id":"1","agentName":"a","displayName":"d","loginName":"l","maxChats":2,` +
				`"availability":{"chat":"Online","voice":"Away","reasonId":"r"},"skills":[{"id":"3","name":"s","onlineAgents":4}]}`,
		},
		{
			chatagent.Colleague{
				ID: "1", Chat: chatagent.Online, Voice: chatagent.Offline, MaxChats: 2, Chats: 3, UserName: "u", Nickname: "n", Email: "e",
				PrivilegeGroup: "p", GroupID: "g", GroupName: "gn", InState: 4, SkillIDs: []liveperson.SkillID{"5"}, Skills: []chatagent.Skill{{ID: "5"}},
			},
			`{"id":"1","chat":"Online","voice":"Offline","maxChats":2,"chats":3,"userName":"u","nickname":"n","email":"e",` +
				`"privilegeGroup":"p","groupId":"g","groupName":"gn","inState":4,"skillIds":["5"],"skills":[{"id":"5","name":"","onlineAgents":0}]}`,
		},
		{
			chatagent.ChatInfo{
				State: chatagent.Chatting, Key: "k", AgentName: "a", AgentID: "1", SkillID: "2", SkillName: "s", Started: at, LastUpdate: at.Add(time.Second),
				Duration: 90 * time.Second, Timeout: 40500 * time.Millisecond, VisitorID: "v", VisitorName: "vn", AgentTyping: chatagent.IsTyping, VisitorTyping: chatagent.NotTyping,
				RTSessionID: "rt", SharkVisitorID: "sv", SharkSessionID: "ss", SharkContextID: "sc", EngagementID: "5", CampaignID: "6",
				Language: "en", ParticipantID: "p",
			},
			`{"state":"chatting","key":"k","agentName":"a","agentId":"1","skillId":"2","skillName":"s",` +
				`"started":"2026-05-04T03:02:01Z","lastUpdate":"2026-05-04T03:02:02Z","visitorId":"v","visitorName":"vn",` +
				`"agentTyping":"typing","visitorTyping":"not-typing","rtSessionId":"rt","sharkVisitorId":"sv","sharkSessionId":"ss",` +
				`"sharkContextId":"sc","engagementId":"5","campaignId":"6","language":"en","participantId":"p","duration":90,"timeout":40.5}`,
		},
		{
			chatagent.Participant{
				ID: "1", Authenticated: true, Balance: 2.5, RegistrationDate: chatagent.Date{Year: 2026, Month: 5, Day: 4},
				LastPaymentDate: chatagent.Date{Year: 2025}, CustomerID: "c", CustomerStatus: "cs", CustomerType: "ct", SocialID: "s", IMEI: "i",
				UserName: "u", CompanySize: 3, AccountName: "a", Role: "r", Personal: &chatagent.PersonalInfo{
					Name: "n", Surname: "sn", Contacts: []chatagent.Contact{{Email: "e", Phone: "p"}},
				},
			},
			`{"id":"1","authenticated":true,"balance":2.5,"registrationDate":{"year":2026,"month":5,"day":4},` +
				`"lastPaymentDate":{"year":2025,"month":0,"day":0},"customerId":"c","customerStatus":"cs","customerType":"ct","socialId":"s","imei":"i",` +
				`"userName":"u","companySize":3,"accountName":"a","role":"r",` +
				`"personal":{"name":"n","surname":"sn","contacts":[{"email":"e","phone":"p"}]}}`,
		},
		{
			chatagent.Participant{},
			`{"id":"","authenticated":false,"balance":0,"registrationDate":{"year":0,"month":0,"day":0},` +
				`"lastPaymentDate":{"year":0,"month":0,"day":0},"customerId":"","customerStatus":"","customerType":"","socialId":"","imei":"",` +
				`"userName":"","companySize":0,"accountName":"","role":""}`,
		},
		{
			chatagent.Visit{
				InCurrentChat: true, VisitorID: "v", Session: []chatagent.NameValue{{Name: "n", Value: "x"}},
				Visitor: []chatagent.NameValue{{Name: "m"}}, Time: []chatagent.NameValue{{Value: "y"}},
			},
			`{"inCurrentChat":true,"visitorId":"v","session":[{"name":"n","value":"x"}],"visitor":[{"name":"m","value":""}],"time":[{"name":"","value":"y"}]}`,
		},
		{
			chatagent.CustomVariable{Source: "so", Scope: "sc", Name: "n", Time: at, DisplayName: "d", Value: "v"},
			`{"source":"so","scope":"sc","name":"n","time":"2026-05-04T03:02:01Z","displayName":"d","value":"v"}`,
		},
		{chatagent.ChatSession{ID: "i", Key: "k", Started: at}, `{"id":"i","key":"k","started":"2026-05-04T03:02:01Z"}`},
		{chatagent.Event{}, `{"type":"","id":0,"time":"0001-01-01T00:00:00Z"}`},
	} {
		out, err := json.Marshal(c.value)
		require.NoError(t, err)
		assert.Equal(t, c.want, string(out))
	}
}

// A chat's info is read as it is written, durations as numbers of seconds.
func TestChatInfoFromJSON(t *testing.T) {
	t.Parallel()
	var info chatagent.ChatInfo
	require.NoError(t, json.Unmarshal([]byte(`{"state":"chatting","key":"k","skillId":"2","started":"2026-05-04T03:02:01Z","duration":90,"timeout":40.5}`), &info))
	want := chatagent.ChatInfo{
		State: chatagent.Chatting, Key: "k", SkillID: "2", Started: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), Duration: 90 * time.Second, Timeout: 40500 * time.Millisecond,
	}
	assert.Equal(t, want, info)
	out, err := json.Marshal(info)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &info))
	assert.Equal(t, want, info)
	require.NoError(t, json.Unmarshal([]byte(`{"key":"other"}`), &info))
	want.Key = "other"
	assert.Equal(t, want, info, "what is not there stays")
	assert.Error(t, json.Unmarshal([]byte(`{"duration":"long"}`), &info))
}
