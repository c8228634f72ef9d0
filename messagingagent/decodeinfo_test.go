package messagingagent

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// at is a time that stands in the documents as so many seconds after 1.7e12 ms.
func at(seconds int) time.Time { return time.UnixMilli(1700000000000 + int64(seconds)*1000).UTC() }

func yes() *bool { y := true; return &y }

const (
	wholeContext = `{"type":"SharkContext","name":"n","lang":"en-US","visitorId":"A2","sessionId":"x1","interactionContextId":"1","originConversationId":"conv-0",` +
		`"clientProperties":{"type":".ClientProperties","appId":"app","appVersion":"2","ipAddress":"192.0.2.1","deviceFamily":"DESKTOP","os":"LINUX","osName":"Debian","osVersion":"13",` +
		`"integration":"WEB_SDK","integrationVersion":"3","browser":"FIREFOX","browserVersion":"140","timeZone":"Europe/Berlin","deviceManufacture":"Acme","deviceModel":"M1","features":["RICH_CONTENT","QUICK_REPLIES"]}}`
	wholeLast = `{"sequence":3,"originatorId":"c0ffee00-1","originatorPId":"c0ffee00-1","originatorMetadata":{"id":"c0ffee00-1","role":"CONSUMER"},"serverTimestamp":1700000120000,` +
		`"event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"},"dialogId":"conv-1"}`
	wholeConversation = `{"convId":"conv-1","effectiveTTR":1700003600000,` +
		`"conversationDetails":{"convId":"conv-1","skillId":"4242","brandId":"12345678","state":"CLOSE","stage":"OPEN","closeReason":"AGENT","startTs":1700000000000,"endTs":1700000125000,"metaDataLastUpdateTs":1700000130000,` +
		`"participants":{"CONSUMER":["c0ffee00-1"],"ASSIGNED_AGENT":["12345678.3550017"],"MANAGER":["12345678.1","12345678.2"],"READER":[]},` +
		`"participantsPId":{"CONSUMER":["c0ffee00-1"],"ASSIGNED_AGENT":["a6e1"],"MANAGER":["m1","m2"],"READER":[]},` +
		`"dialogs":[{"dialogId":"conv-1","dialogType":"MAIN","channelType":"MESSAGING","state":"CLOSE","creationTs":1700000000000,"endTs":1700000125000,"metaDataLastUpdateTs":1700000129000,"closedBy":"AGENT","closedCause":"Completed",` +
		`"participantsDetails":[{"id":"c0ffee00-1","role":"CONSUMER","state":"ACTIVE"},{"id":"12345678.3550017","role":"ASSIGNED_AGENT","state":"ACTIVE"},{"id":"12345678.3550099","role":"ASSIGNED_AGENT","state":"SUGGESTED"}]},` +
		`{"dialogId":"kx9","dialogType":"POST_SURVEY","channelType":"MESSAGING","state":"OPEN","creationTs":1700000126000,"metaData":{"appInstallId":"bot-7","x":1}}],` +
		`"ttr":{"ttrType":"NORMAL","value":3600},"delay":{"type":"NIGHT","tillWhen":1700009000000},"manualETTR":1700008000000,"firstConversation":true,` +
		`"csat":{"csatRate":4,"csatResolutionConfirmation":true,"status":"FILLED"},"csatRate":0,"note":"vip","groupId":"g1","campaignInfo":{"campaignId":99,"engagementId":88},` +
		`"context":` + wholeContext + `,"conversationHandlerDetails":{"accountId":"12345678","skillId":"-1"}},` +
		`"lastContentEventNotification":` + wholeLast + `,"numberOfunreadMessages":{"12345678.3550017":1},"lastUpdateTime":1700000130000,"news":7}`
)

func wholeInfo() ConversationInfo {
	consumer := Participant{ID: "c0ffee00-1", PID: "c0ffee00-1", Role: RoleConsumer, State: ParticipantActive}
	agent := Participant{ID: "12345678.3550017", PID: "a6e1", Role: RoleAssignedAgent, State: ParticipantActive}
	suggested := Participant{ID: "12345678.3550099", Role: RoleAssignedAgent, State: ParticipantSuggested}
	return ConversationInfo{
		ID: "conv-1", Account: "12345678", Skill: "4242", State: StateClosed, Stage: StageOpen, CloseReason: CloseReasonAgent,
		StartedAt: at(0), EndedAt: at(125), UpdatedAt: at(130), RespondBy: at(3600), ManualRespondBy: at(8000),
		TTR: TTR{Type: TTRNormal, Value: time.Hour}, Delay: Delay{Type: DelayNight, Till: at(9000)},
		Participants: []Participant{
			consumer, agent,
			{ID: "12345678.1", PID: "m1", Role: RoleManager, State: ParticipantActive},
			{ID: "12345678.2", PID: "m2", Role: RoleManager, State: ParticipantActive},
			suggested,
		},
		Dialogs: []Dialog{
			{
				ID: "conv-1", Type: DialogMain, Channel: ChannelMessaging, State: StateClosed, CreatedAt: at(0), EndedAt: at(125), UpdatedAt: at(129),
				Participants: []Participant{consumer, agent, suggested}, ClosedBy: "AGENT", ClosedCause: "Completed",
			},
			{
				ID: "kx9", Type: DialogPostSurvey, Channel: ChannelMessaging, State: StateOpen, CreatedAt: at(126), Participants: []Participant{},
				AppInstallID: "bot-7", MetaData: json.RawMessage(`{"appInstallId":"bot-7","x":1}`),
			},
		},
		FirstConversation: true, CSAT: &CSAT{Rate: 4, ResolutionConfirmed: yes(), Status: CSATFilled}, Note: "vip", GroupID: "g1",
		Campaign: Campaign{CampaignID: "99", EngagementID: "88"},
		Context: ConversationContext{
			Type: ContextWeb, Name: "n", Lang: "en-US", VisitorID: "A2", SessionID: "x1", InteractionContextID: "1", Origin: "conv-0",
			Client: ClientProperties{
				AppID: "app", AppVersion: "2", IPAddress: "192.0.2.1", DeviceFamily: "DESKTOP", DeviceManufacturer: "Acme", DeviceModel: "M1",
				OS: "LINUX", OSName: "Debian", OSVersion: "13", Integration: "WEB_SDK", IntegrationVersion: "3",
				Browser: "FIREFOX", BrowserVersion: "140", TimeZone: "Europe/Berlin", Features: []string{"RICH_CONTENT", "QUICK_REPLIES"},
			},
			Raw: json.RawMessage(wholeContext),
		},
		LastMessage: &Event{
			DialogID: "conv-1", ConversationID: "conv-1", Sequence: 3, Sequenced: true,
			From: Originator{ID: "c0ffee00-1", PID: "c0ffee00-1", Role: RoleConsumer}, At: at(120), Audience: AudienceAll,
			Kind: KindText, ContentType: "text/plain", Text: "Hi", Raw: json.RawMessage(wholeLast),
		},
		Unread: map[string]int{"12345678.3550017": 1}, Raw: json.RawMessage(wholeConversation),
	}
}

// one decodes a notification of one conversation.
func one(t *testing.T, result string) ConversationInfo {
	t.Helper()
	_, changes, odd, err := decodeConversations(json.RawMessage(`{"changes":[{"type":"UPSERT","result":` + result + `}]}`))
	require.NoError(t, err)
	require.Zero(t, odd)
	require.Len(t, changes, 1)
	return changes[0].info
}

// detailed is a conversation with these details beside its state.
func detailed(t *testing.T, details string) ConversationInfo {
	t.Helper()
	return one(t, `{"convId":"conv-1","conversationDetails":{"state":"OPEN",`+details+`}}`)
}

func TestWholeConversation(t *testing.T) {
	t.Parallel()
	subscription, changes, odd, err := decodeConversations(json.RawMessage(
		`{"subscriptionId":"sub-1","sentTs":1700000131000,"changes":[{"type":"UPSERT","result":` + wholeConversation + `},{"type":"DELETE","result":` + wholeConversation + `}]}`))
	require.NoError(t, err)
	assert.Equal(t, "sub-1", subscription)
	assert.Zero(t, odd)
	require.Len(t, changes, 2)
	assert.Equal(t, conversationChange{info: wholeInfo()}, changes[0])
	assert.Equal(t, conversationChange{gone: true, info: wholeInfo()}, changes[1])
}

// The forms that a notification is seen in.
func TestConversationChanges(t *testing.T) {
	t.Parallel()
	open := `{"convId":"conv-1","conversationDetails":{"state":"OPEN"}}`
	for name, c := range map[string]struct {
		body string
		want []string // "+" or "-" and the id
		odd  int
	}{
		"nothing matches":   {`{"subscriptionId":"sub-1","changes":[]}`, nil, 0},
		"null":              {`{"subscriptionId":"sub-1","changes":null}`, nil, 0},
		"no list":           {`{"subscriptionId":"sub-1"}`, nil, 0},
		"the element":       {`{"subscriptionId":"sub-1","changes":{"type":"UPSERT","result":` + open + `}}`, []string{"+conv-1"}, 0},
		"a body in a list":  {`[{"subscriptionId":"sub-1","changes":[{"type":"UPSERT","result":` + open + `}]}]`, []string{"+conv-1"}, 0},
		"another spelling":  {`{"subScriptionId":"sub-1","changes":[{"type":" delete ","result":[` + open + `]}]}`, []string{"-conv-1"}, 0},
		"id in the details": {`{"subscriptionId":"sub-1","changes":[{"type":"UPSERT","result":{"conversationDetails":{"convId":"conv-2","stage":"OPEN"}}}]}`, []string{"+conv-2"}, 0},
		"a short delete":    {`{"subscriptionId":"sub-1","changes":[{"type":"DELETE","result":{"convId":"conv-1"}}]}`, []string{"-conv-1"}, 0},
		"no state":          {`{"subscriptionId":"sub-1","changes":[{"type":"UPSERT","result":{"convId":"conv-1"}}]}`, nil, 1},
		"no id":             {`{"subscriptionId":"sub-1","changes":[{"type":"DELETE","result":{"conversationDetails":{"state":"OPEN"}}}]}`, nil, 1},
		"a number for an id": {
			`{"subscriptionId":"sub-1","changes":[{"type":"UPSERT","result":{"convId":7,"conversationDetails":{"state":"OPEN"}}}]}`, []string{"+7"}, 0,
		},
		"unreadable ones": {
			`{"subscriptionId":"sub-1","changes":[7,{"type":"UPSERT"},{"type":"UPSERT","result":null},{"type":"UPSERT","result":"x"},null,{"type":"NEW","result":` + open + `}]}`, []string{"+conv-1"}, 5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subscription, changes, odd, err := decodeConversations(json.RawMessage(c.body))
			require.NoError(t, err)
			assert.Equal(t, "sub-1", subscription)
			assert.Equal(t, c.odd, odd)
			var got []string
			for _, c := range changes {
				sign := "+"
				if c.gone {
					sign = "-"
				}
				got = append(got, sign+string(c.info.ID))
			}
			assert.Equal(t, c.want, got)
		})
	}
	for _, body := range []string{``, `{"changes":[`, `"x"`, `7`} {
		_, _, _, err := decodeConversations(json.RawMessage(body))
		require.Error(t, err, body)
	}
}

func TestBareConversation(t *testing.T) {
	t.Parallel()
	const result = `{"convId":"conv-1","effectiveTTR":-1,"conversationDetails":{"state":"OPEN","csatRate":0,"manualETTR":"-1","context":null,"campaignInfo":""},"lastContentEventNotification":null}`
	assert.Equal(t, ConversationInfo{
		ID: "conv-1", State: StateOpen, Participants: []Participant{}, Dialogs: []Dialog{}, Raw: json.RawMessage(result),
	}, one(t, result))
}

// Values in the other forms that the service writes them in.
func TestConversationVariants(t *testing.T) {
	t.Parallel()
	c := one(t, `{"convId":"conv-1","effectiveTTR":"1700003600000","numberOfunreadMessages":{"c":"2"},"conversationDetails":{"convId":"conv-1","state":"LOCKED","stage":"CLOSE",
		"skillId":-1,"brandId":12345678,"startTs":"1700000000000","firstConversation":"true","csatRate":"5","ttr":[{"ttrType":"URGENT","value":"300"}],
		"dialogs":{"dialogId":"conv-1","state":"QUEUED","metaData":""}}}`)
	assert.Equal(t, at(3600), c.RespondBy)
	assert.Equal(t, map[string]int{"c": 2}, c.Unread)
	assert.Equal(t, StateLocked, c.State)
	assert.Equal(t, StageClosed, c.Stage)
	assert.Equal(t, liveperson.NoSkill, c.Skill)
	assert.Equal(t, "12345678", c.Account)
	assert.Equal(t, at(0), c.StartedAt)
	assert.True(t, c.FirstConversation)
	assert.Equal(t, &CSAT{Rate: 5}, c.CSAT)
	assert.Equal(t, TTR{Type: TTRUrgent, Value: 5 * time.Minute}, c.TTR)
	assert.Equal(t, []Dialog{{ID: "conv-1", State: StateQueued, Participants: []Participant{}}}, c.Dialogs)

	c = detailed(t, `"conversationHandlerDetails":{"accountId":"12345678","skillId":"77"},"ttr":{"value":9e18},"csat":{"status":"SKIPPED","csatResolutionConfirmation":null},"dialogs":[{"state":"OPEN"},{"dialogId":"d","metaData":7}]`)
	assert.Equal(t, "12345678", c.Account, "that of who handles it")
	assert.Equal(t, liveperson.SkillID("77"), c.Skill)
	assert.Zero(t, c.TTR.Value, "no number of seconds")
	assert.Equal(t, &CSAT{Status: CSATSkipped}, c.CSAT)
	assert.Equal(t, []Dialog{{ID: "d", Participants: []Participant{}, MetaData: json.RawMessage(`7`)}}, c.Dialogs, "one without an id is none")
	c = detailed(t, `"ttr":{"value":9007199254740992000}`)
	assert.InDelta(t, 9.2e18, float64(c.TTR.Value), 1e17, "held to the longest time that there is")
}

// Who takes part, in each form.
func TestParticipants(t *testing.T) {
	t.Parallel()
	const (
		consumer = "c0ffee00-1 c0ffee00-1 CONSUMER ACTIVE"
		mine     = "12345678.3550017 a6e1 ASSIGNED_AGENT ACTIVE"
		mineOld  = "12345678.3550017  ASSIGNED_AGENT ACTIVE"
		other    = "12345678.3550099  ASSIGNED_AGENT SUGGESTED"
	)
	for name, c := range map[string]struct {
		details string
		want    []string
	}{
		"nobody": {`"participants":{}`, nil},
		"null":   {`"participants":null,"participantsPId":null,"dialogs":null`, nil},
		"odd":    {`"participants":[7,"x",null,[],{"CONSUMER":7.5}]`, []string{"7.5 7.5 CONSUMER ACTIVE"}},
		"a list of ids by role": {
			`"participants":{"ASSIGNED_AGENT":["12345678.3550017"],"CONSUMER":["c0ffee00-1"]},"participantsPId":{"ASSIGNED_AGENT":["a6e1"],"CONSUMER":["c0ffee00-1"]}`, []string{consumer, mine},
		},
		"an id by role":  {`"participants":{"ASSIGNED_AGENT":"12345678.3550017","CONSUMER":"c0ffee00-1"},"participantsPId":{"ASSIGNED_AGENT":"a6e1"}`, []string{consumer, mine}},
		"no pids":        {`"participants":{"ASSIGNED_AGENT":["12345678.3550017"],"CONSUMER":["c0ffee00-1"],"MANAGER":null}`, []string{consumer, mineOld}},
		"an empty id":    {`"participants":{"ASSIGNED_AGENT":[""],"CONSUMER":["c0ffee00-1"]}`, []string{consumer}},
		"too many pids":  {`"participants":{"ASSIGNED_AGENT":["12345678.3550017"]},"participantsPId":{"ASSIGNED_AGENT":["a6e1","b7"]}`, []string{mineOld}},
		"pids only":      {`"participantsPId":{"ASSIGNED_AGENT":["a6e1"]}`, nil},
		"a list":         {`"participants":[{"id":"12345678.3550017","role":"ASSIGNED_AGENT"},{"id":"c0ffee00-1","role":"CONSUMER","state":"ACTIVE"}],"participantsPId":[{"id":"a6e1","role":"ASSIGNED_AGENT"}]`, []string{consumer, mine}},
		"a list of pids": {`"participants":[{"id":"c0ffee00-1","role":"CONSUMER"},{"id":"a6e1","role":"ASSIGNED_AGENT"}]`, []string{consumer, " a6e1 ASSIGNED_AGENT ACTIVE"}},
		"the element":    {`"participants":{"id":"c0ffee00-1","role":"CONSUMER"}`, []string{consumer}},
		"the map in a list": {
			`"participants":[{"CONSUMER":["c0ffee00-1"]}]`, []string{consumer},
		},
		"a state in the list": {`"participants":[{"id":"12345678.3550099","role":"ASSIGNED_AGENT","state":"SUGGESTED"}]`, []string{other}},
		"in the main dialog only": {
			`"dialogs":[{"dialogId":"s","dialogType":"POST_SURVEY","participantsDetails":[{"id":"12345678.5","role":"AGENT"}]},{"dialogId":"m","dialogType":"MAIN","participantsDetails":[{"id":"12345678.3550017","role":"ASSIGNED_AGENT"},{"id":"c0ffee00-1","role":"CONSUMER"}]}]`,
			[]string{consumer, mineOld},
		},
		"suggested in the main dialog": {
			`"participants":{"CONSUMER":["c0ffee00-1"],"ASSIGNED_AGENT":["12345678.3550099","12345678.3550017"]},"participantsPId":{"ASSIGNED_AGENT":["a6e1"]},
			"dialogs":[{"dialogId":"conv-1","participantsDetails":[{"id":"12345678.3550017","role":"ASSIGNED_AGENT","state":"ACTIVE"},{"id":"12345678.3550099","role":"ASSIGNED_AGENT","state":"SUGGESTED"}]}]`,
			[]string{consumer, other, mine},
		},
		"suggested, and a manager": {
			`"participants":{"MANAGER":["12345678.3550099"]},"dialogs":[{"dialogId":"conv-1","participantsDetails":[{"id":"12345678.3550099","role":"ASSIGNED_AGENT","state":"SUGGESTED"}]}]`,
			[]string{"12345678.3550099  MANAGER ACTIVE", other},
		},
		"suggested, and assigned": {
			`"participants":{"ASSIGNED_AGENT":["12345678.3550017"]},"dialogs":[{"dialogId":"conv-1","participantsDetails":[{"id":"12345678.3550017","role":"ASSIGNED_AGENT","state":"SUGGESTED"},{"id":"12345678.3550017","role":"ASSIGNED_AGENT","state":"ACTIVE"}]}]`,
			[]string{mineOld},
		},
		"roles in their order": {
			`"participants":{"XYZ":["12345678.9"],"CONTROLLER":["12345678.8"],"BRAND_BOT":["12345678.7"],"READER":["12345678.6"],"AGENT":["12345678.5"],"MANAGER":["12345678.4"],"ABC":["12345678.3"]}`,
			[]string{
				"12345678.5  AGENT ACTIVE", "12345678.4  MANAGER ACTIVE", "12345678.6  READER ACTIVE", "12345678.7  BRAND_BOT ACTIVE", "12345678.8  CONTROLLER ACTIVE",
				"12345678.3  ABC ACTIVE", "12345678.9  XYZ ACTIVE",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range detailed(t, c.details).Participants {
				got = append(got, p.ID+" "+p.PID+" "+string(p.Role)+" "+string(p.State))
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// The participants of a dialog have the other id that the conversation knows.
func TestDialogParticipants(t *testing.T) {
	t.Parallel()
	c := detailed(t, `"participants":{"ASSIGNED_AGENT":["12345678.3550017"]},"participantsPId":{"ASSIGNED_AGENT":["a6e1"]},
		"dialogs":[{"dialogId":"s","participantsDetails":{"AGENT":"a6e1","MANAGER":["12345678.3550017"]}}]`)
	assert.Equal(t, []Participant{
		{ID: "12345678.3550017", PID: "a6e1", Role: RoleAgent, State: ParticipantActive},
		{ID: "12345678.3550017", PID: "a6e1", Role: RoleManager, State: ParticipantActive},
	}, c.Dialogs[0].Participants)
	assert.True(t, c.Dialogs[0].Has(RoleManager, "a6e1"))
	assert.False(t, c.Dialogs[0].Has(RoleConsumer, "a6e1"))
}

func TestConversationQuestions(t *testing.T) {
	t.Parallel()
	c := wholeInfo()
	main, ok := c.Main()
	assert.True(t, ok)
	assert.Equal(t, c.Dialogs[0], main)
	survey, ok := c.Dialog("kx9")
	assert.True(t, ok)
	assert.Equal(t, c.Dialogs[1], survey)
	assert.Equal(t, "c0ffee00-1", c.Consumer())
	agent, ok := c.AssignedAgent()
	assert.True(t, ok)
	assert.Equal(t, "a6e1", agent.PID)
	assert.True(t, c.Has(RoleAssignedAgent, "12345678.3550017"))
	assert.True(t, c.Has(RoleAssignedAgent, "12345678.1", "a6e1"), "by any id")
	assert.False(t, c.Has(RoleManager, "a6e1"), "in another role")
	assert.False(t, c.Has(RoleAssignedAgent, "12345678.3550099"), "he is suggested")
	assert.False(t, c.Has(RoleAssignedAgent), "nobody was asked for")
	assert.False(t, (&Participant{Role: RoleAgent}).Is(""), "who has no id is not who has none")

	none := ConversationInfo{ID: "conv-1", Participants: []Participant{{ID: "12345678.3550099", Role: RoleAssignedAgent, State: ParticipantSuggested}}}
	_, ok = none.Main()
	assert.False(t, ok)
	_, ok = none.Dialog("kx9")
	assert.False(t, ok)
	assert.Empty(t, none.Consumer())
	_, ok = none.AssignedAgent()
	assert.False(t, ok, "one who is suggested has not taken it")
	none.Dialogs = []Dialog{{ID: "x"}, {ID: "conv-1"}}
	main, ok = none.Main()
	assert.True(t, ok, "it has the id of the conversation")
	assert.Equal(t, DialogID("conv-1"), main.ID)
}
