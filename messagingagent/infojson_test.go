package messagingagent

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// What a browser or a log gets of each type.
func TestTypesAsJSON(t *testing.T) {
	t.Parallel()
	info := wholeInfo()
	info.LastMessage = &Event{Kind: KindText}
	event := wholeEventOf()
	event.Rich, event.Typing = json.RawMessage(`{"type":"text"}`), ChatComposing
	event.File = &FileInfo{Caption: "cat", Path: "/v1/x.jpeg", Type: "JPEG", Preview: "cHI="}
	event.Receipt = &Receipt{Status: ReceiptRead, Sequences: []int64{8}}

	const (
		consumer  = `{"id":"c0ffee00-1","pid":"c0ffee00-1","role":"CONSUMER","state":"ACTIVE"}`
		agent     = `{"id":"12345678.3550017","pid":"a6e1","role":"ASSIGNED_AGENT","state":"ACTIVE"}`
		suggested = `{"id":"12345678.3550099","pid":"","role":"ASSIGNED_AGENT","state":"SUGGESTED"}`
		bareEvent = `{"dialogId":"","sequence":0,"sequenced":false,"from":{"id":"","pid":"","role":""},"audience":"","kind":"text"}`
	)
	for _, c := range []struct {
		value any
		want  string
	}{
		{ConversationInfo{}, `{"id":"","account":"","skill":"","state":"","stage":"","ttr":{"type":"","value":0},"delay":{"type":""},"participants":null,"dialogs":null,` +
			`"firstConversation":false,"campaign":{"campaignId":"","engagementId":""},"context":{"type":"","client":{}}}`},
		{info, `{"id":"conv-1","account":"12345678","skill":"4242","state":"CLOSE","stage":"OPEN","closeReason":"AGENT",` +
			`"startedAt":"2023-11-14T22:13:20Z","endedAt":"2023-11-14T22:15:25Z","updatedAt":"2023-11-14T22:15:30Z","respondBy":"2023-11-14T23:13:20Z",` +
			`"ttr":{"type":"NORMAL","value":3600},"delay":{"type":"NIGHT","till":"2023-11-15T00:43:20Z"},"manualRespondBy":"2023-11-15T00:26:40Z",` +
			`"participants":[` + consumer + `,` + agent + `,{"id":"12345678.1","pid":"m1","role":"MANAGER","state":"ACTIVE"},{"id":"12345678.2","pid":"m2","role":"MANAGER","state":"ACTIVE"},` + suggested + `],` +
			`"dialogs":[{"id":"conv-1","type":"MAIN","channel":"MESSAGING","state":"CLOSE","createdAt":"2023-11-14T22:13:20Z","endedAt":"2023-11-14T22:15:25Z","updatedAt":"2023-11-14T22:15:29Z",` +
			`"participants":[` + consumer + `,` + agent + `,` + suggested + `],"closedBy":"AGENT","closedCause":"Completed"},` +
			`{"id":"kx9","type":"POST_SURVEY","channel":"MESSAGING","state":"OPEN","createdAt":"2023-11-14T22:15:26Z","participants":[],"appInstallId":"bot-7","metaData":{"appInstallId":"bot-7","x":1}}],` +
			`"firstConversation":true,"csat":{"rate":4,"resolutionConfirmed":true,"status":"FILLED"},"note":"vip","groupId":"g1","campaign":{"campaignId":"99","engagementId":"88"},` +
			`"context":{"type":"SharkContext","name":"n","lang":"en-US","visitorId":"A2","sessionId":"x1","interactionContextId":"1","originConversationId":"conv-0",` +
			`"client":{"appId":"app","appVersion":"2","ipAddress":"192.0.2.1","deviceFamily":"DESKTOP","deviceManufacturer":"Acme","deviceModel":"M1","os":"LINUX","osName":"Debian","osVersion":"13",` +
			`"integration":"WEB_SDK","integrationVersion":"3","browser":"FIREFOX","browserVersion":"140","timeZone":"Europe/Berlin","features":["RICH_CONTENT","QUICK_REPLIES"]}},` +
			`"lastMessage":` + bareEvent + `,"unread":{"12345678.3550017":1}}`},
		{CSAT{}, `{"rate":0}`},
		{Dialog{}, `{"id":"","type":"","channel":"","state":"","participants":null}`},
		{event, `{"dialogId":"d-1","conversationId":"conv-1","sequence":10,"sequenced":true,"from":{"id":"12345678.3550017","pid":"a6e1","role":"ASSIGNED_AGENT","client":{"ipAddress":"192.0.2.1"}},` +
			`"at":"2023-11-14T22:16:40Z","audience":"AGENTS_AND_MANAGERS","kind":"text","contentType":"text/plain","text":"\u003cHello\u003e","rich":{"type":"text"},` +
			`"quickReplies":{"type":"quickReplies","replies":[]},"file":{"caption":"cat","path":"/v1/x.jpeg","type":"JPEG","preview":"cHI="},"typing":"COMPOSING",` +
			`"receipt":{"status":"READ","sequences":[8]},"metadata":[{"type":"ExternalId","id":"yes-1"}]}`},
		{FileInfo{}, `{"caption":"","path":"","type":""}`},
		{RingInfo{}, `{"id":"","state":"","conversationId":"","consumerId":"","skillId":"","expiresIn":0}`},
		{wholeRingInfo(), `{"id":"conv-1_3550017_1700000000000","state":"WAITING","expiresAt":"2023-11-14T22:14:32Z","weight":"2023-11-14T23:13:20Z",` +
			`"conversationId":"conv-1","consumerId":"c0ffee00-1","skillId":"4242","expiresIn":72}`},
		{TTR{TTRCustom, 1500 * time.Millisecond}, `{"type":"CUSTOM","value":1.5}`},
		{Snapshot{}, `{"agent":"","conversations":null}`},
		{
			Snapshot{"12345678.3550017", map[liveperson.ConversationID]map[DialogID]Position{"conv-1": {"kx9": {Next: 7, Seen: 9}}}},
			`{"agent":"12345678.3550017","conversations":{"conv-1":{"kx9":{"next":7,"seen":9}}}}`,
		},
		{
			Snapshot{"12345678.3550017", map[liveperson.ConversationID]map[DialogID]Position{"conv-1": {"kx9": {Next: 7, Seen: 9, Unsure: true}}}},
			`{"agent":"12345678.3550017","conversations":{"conv-1":{"kx9":{"next":7,"seen":9,"unsure":true}}}}`,
		},
		{Profile{}, `{"userId":""}`},
		{wholeProfileInfo(), `{"userId":"c0ffee00-1","firstName":"Augusta","lastName":"King","nickName":"Ada","avatarUrl":"https://x/a.png","backgroundUrl":"https://x/b.png","role":"r","description":"d",` +
			`"mobile":"+3","mail":"king@example.com","customerId":"cu-1","attributes":[` + personal + `,` + customer + `],"claims":` + claims + `,"authenticatedData":` + signedIn + `,"acr":"loa2"}`},
	} {
		got, err := json.Marshal(c.value)
		require.NoError(t, err)
		assert.Equal(t, c.want, string(got))
	}
}

// What holds a duration is read as it is written, as a number of seconds.
func TestDurationsFromJSON(t *testing.T) {
	t.Parallel()
	var ring RingInfo
	require.NoError(t, json.Unmarshal([]byte(`{"id":"r","state":"WAITING","expiresAt":"2023-11-14T22:14:32Z","weight":"2023-11-14T23:13:20Z",`+
		`"conversationId":"c","consumerId":"ada","skillId":"42","expiresIn":72}`), &ring))
	want := RingInfo{
		ID: "r", State: RingWaiting, ExpiresAt: time.Date(2023, 11, 14, 22, 14, 32, 0, time.UTC), ExpiresIn: 72 * time.Second,
		Weight: time.Date(2023, 11, 14, 23, 13, 20, 0, time.UTC), Conversation: "c", Consumer: "ada", Skill: "42",
	}
	assert.Equal(t, want, ring)
	out, err := json.Marshal(Ring{RingInfo: ring})
	require.NoError(t, err)
	var back Ring
	require.NoError(t, json.Unmarshal(out, &back))
	assert.Equal(t, want, back.RingInfo)

	info := ConversationInfo{TTR: TTR{TTRNormal, 3 * time.Second}}
	require.NoError(t, json.Unmarshal([]byte(`{"id":"c","ttr":{"type":"CUSTOM","value":5400.25}}`), &info))
	assert.Equal(t, ConversationInfo{ID: "c", TTR: TTR{TTRCustom, 90*time.Minute + 250*time.Millisecond}}, info)
	require.NoError(t, json.Unmarshal([]byte(`{"ttr":{"type":"URGENT"}}`), &info))
	assert.Equal(t, TTR{TTRUrgent, 90*time.Minute + 250*time.Millisecond}, info.TTR, "what is not there stays")
	for _, bad := range []string{`{"value":"soon"}`, `{"value":1e300}`, `[]`} {
		assert.Error(t, json.Unmarshal([]byte(bad), &info.TTR), bad)
	}
}

// The words of the service.
func TestWords(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []State{"OPEN", "CLOSE", "LOCKED", "PENDING", "QUEUED"}, []State{StateOpen, StateClosed, StateLocked, StatePending, StateQueued})
	assert.Equal(t, []Stage{"OPEN", "CLOSE"}, []Stage{StageOpen, StageClosed})
	assert.Equal(t, []CloseReason{"AGENT", "CONSUMER", "SYSTEM", "TIMEOUT"}, []CloseReason{CloseReasonAgent, CloseReasonConsumer, CloseReasonSystem, CloseReasonTimeout})
	assert.Equal(t, []TTRType{"NORMAL", "URGENT", "PRIORITIZED", "CUSTOM"}, []TTRType{TTRNormal, TTRUrgent, TTRPrioritized, TTRCustom})
	assert.Equal(t, []DelayType{"NIGHT", "WEEKEND", "HOLIDAY"}, []DelayType{DelayNight, DelayWeekend, DelayHoliday})
	assert.Equal(t, []CSATStatus{"FILLED", "PARTIALLY_FILLED", "SKIPPED"}, []CSATStatus{CSATFilled, CSATPartiallyFilled, CSATSkipped})
	assert.Equal(t, []ContextType{"SharkContext", "MobileAppContext", "CustomContext", "ProactiveContext"}, []ContextType{ContextWeb, ContextApp, ContextCustom, ContextProactive})
	assert.Equal(t, []DialogType{"MAIN", "POST_SURVEY", "AGENT", "OTHER"}, []DialogType{DialogMain, DialogPostSurvey, DialogAgent, DialogOther})
	assert.Equal(t, []DialogChannel{"MESSAGING", "COBROWSE"}, []DialogChannel{ChannelMessaging, ChannelCobrowse})
	assert.Equal(t, []Role{"ASSIGNED_AGENT", "AGENT", "MANAGER", "READER", "CONTROLLER", "CONSUMER", "BRAND_BOT"},
		[]Role{RoleAssignedAgent, RoleAgent, RoleManager, RoleReader, RoleController, RoleConsumer, RoleBrandBot})
	assert.Equal(t, []ParticipantState{"ACTIVE", "SUGGESTED"}, []ParticipantState{ParticipantActive, ParticipantSuggested})
	assert.Equal(t, []EventKind{"text", "rich", "file", "typing", "receipt", "other"}, []EventKind{KindText, KindRich, KindFile, KindTyping, KindReceipt, KindOther})
	assert.Equal(t, []Audience{"ALL", "AGENTS_AND_MANAGERS"}, []Audience{AudienceAll, AudienceAgents})
	assert.Equal(t, []ChatState{"COMPOSING", "ACTIVE", "INACTIVE", "PAUSE", "GONE", "BACKGROUND"},
		[]ChatState{ChatComposing, ChatActive, ChatInactive, ChatPause, ChatGone, ChatBackground})
	assert.Equal(t, []ReceiptStatus{"ACCEPT", "READ", "ACCESS", "ACTION", "ENRICH", "NACK", "VIEWED"},
		[]ReceiptStatus{ReceiptAccept, ReceiptRead, ReceiptAccess, ReceiptAction, ReceiptEnrich, ReceiptNack, ReceiptViewed})
	assert.Equal(t, []Availability{"ONLINE", "OCCUPIED", "AWAY", "BACK_SOON", "OFFLINE"}, []Availability{Online, Occupied, Away, BackSoon, Offline})
	assert.Equal(t, []Opening{"accepted", "transferred", "adopted", "resumed"}, []Opening{Accepted, Transferred, Adopted, Resumed})
	assert.Equal(t, []Closing{"ended", "lost", "replaced", "transferred", "left open"}, []Closing{ClosedEnded, ClosedLost, ClosedReplaced, ClosedTransferred, ClosedLeft})
	assert.Equal(t, []RingState{"WAITING", "ACCEPTED", "REJECTED", "EXPIRED", "CANCELLED", "AUTO_ACCEPT"},
		[]RingState{RingWaiting, RingAccepted, RingRejected, RingExpired, RingCancelled, RingAutoAccept})
}
