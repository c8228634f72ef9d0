package surveyevent_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/surveyevent"
)

func sample(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(tb, err)
	return b
}

func ms(n int64) time.Time { return time.UnixMilli(n).UTC() }

var client = surveyevent.ClientProperties{
	Type: ".ClientProperties", AppID: "webAsync", IPAddress: "127.0.0.1", DeviceFamily: "DESKTOP", OS: "OSX", OSVersion: "10.14.3",
	Integration: "WEB_SDK", IntegrationVersion: "3.0.25", Browser: "CHROME", BrowserVersion: "72.0.3626.119",
	Features: []string{"PHOTO_SHARING", "CO_BROWSE", "QUICK_REPLIES", "AUTO_MESSAGES", "MULTI_DIALOG", "RICH_CONTENT"},
}

const consumer = "49b673cb7d08168a9f14640346340237054482174d65ff8c70e0f4d0d9bfa911"

var dialogs = []surveyevent.Dialog{
	{
		ID: "efSg0XbnTkmg8OXaSyaz81", Type: "POST_SURVEY", Channel: "MESSAGING", State: "OPEN",
		Participants: []surveyevent.Participant{{ID: consumer, Role: "CONSUMER", State: "ACTIVE"}},
		Created:      ms(1551702854131), MetaDataUpdated: ms(1551702854131),
	},
	{
		ID: "fb84c76d-0daa-46c7-b02d-eb6130c022c1", Type: "MAIN", Channel: "MESSAGING", State: "CLOSE",
		Participants: []surveyevent.Participant{{ID: consumer, Role: "CONSUMER", State: "ACTIVE"}},
		Created:      ms(1551702813391), Ended: ms(1551702854131), MetaDataUpdated: ms(1551702854131),
		ClosedBy: "CONSUMER", ClosedCause: "Closed by consumer",
	},
}

// check compares all but what is kept as it came.
func check(t *testing.T, want surveyevent.Event, got *surveyevent.Event) {
	t.Helper()
	require.NotNil(t, got)
	e := *got
	e.Raw = nil
	require.Len(t, e.Dialogs, 2)
	assert.JSONEq(t, `{"appInstallId":"829d951a-777e-46a3-98db-c06214e3f401"}`, string(e.Dialogs[0].MetaData))
	e.Dialogs[0].MetaData = nil
	assert.Equal(t, want, e)
}

// The payload of the post-chat survey use case page, in its envelope.
func TestPageSample(t *testing.T) {
	t.Parallel()
	e, err := surveyevent.Parse(sample(t, "sample"))
	require.NoError(t, err)
	check(t, surveyevent.Event{
		Envelope:       surveyevent.Envelope{},
		ConversationID: "fb84c76d-0daa-46c7-b02d-eb6130c022c9", AccountID: "accountId", SurveyID: 3387141511, SurveyRevision: 2,
		SkillID: "3386914911",
		LastContent: &surveyevent.LastContent{
			OriginatorID: consumer, OriginatorPID: consumer, DialogID: "fb84c76d-0daa-46c7-b02d-eb6130c022c1", At: ms(1551702813512),
			Content:    surveyevent.Content{Type: "ContentEvent", ContentType: "text/plain", Message: "sdf"},
			Originator: surveyevent.Originator{ID: consumer, Role: "CONSUMER", Client: client}, Client: client,
		},
		Campaign: surveyevent.Campaign{CampaignID: "2451931211", EngagementID: "2451931311"}, CloseReason: "CONSUMER",
		Context: surveyevent.Context{
			Type: "SharkContext", Client: client, InteractionContextID: "3", Lang: "en-US",
			SessionID: "iGY4vsiETB-Zsyi7IGlIk1", VisitorID: "hjMTk3ZTcwZmFhZjc3NDk2",
		},
		Dialogs: dialogs, Participants: []surveyevent.Participant{{ID: consumer, Role: "CONSUMER"}}, State: "CLOSE", Start: ms(1551702813390),
		TTR: surveyevent.TTR{Type: "NORMAL", Value: 3600}, LastQuestionID: "2741eea2-e184-4cd4-abbe-e8f6e1d26681",
	}, e)
	var envelope struct{ Payload json.RawMessage }
	require.NoError(t, json.Unmarshal(sample(t, "sample"), &envelope))
	assert.Equal(t, string(envelope.Payload), string(e.Raw)) // nothing is dropped
}

// The examples of the "Payload details" table, without an envelope.
func TestPageTable(t *testing.T) {
	t.Parallel()
	e, err := surveyevent.Parse(sample(t, "table"))
	require.NoError(t, err)
	const agent = "f9d58c57-c489-45f5-bae4-c5ebd52b3972"
	check(t, surveyevent.Event{
		ConversationID: "c840e51e-5f65-4ad4-8d34-5c82b99a2200", AccountID: "12345678", SurveyID: 3387141511, SurveyRevision: 2,
		SkillID: "563267", EffectiveTTR: ms(1528464044687),
		LastContent: &surveyevent.LastContent{
			OriginatorID: "37607275.23", OriginatorPID: "f39fbc5f-da77-5417-8bc7-7584efdd1a5e", Sequence: 1, At: ms(1528463781807),
			Content: surveyevent.Content{
				Type: "ContentEvent", ContentType: "text/plain",
				Message: "Thank you for messaging us. Our contact center is currently closed. An agent should reply within 11 hours and 40 minutes.",
			},
			Client: client,
		},
		Campaign: surveyevent.Campaign{CampaignID: "2451931211", EngagementID: "2451931311"}, CloseReason: "CONSUMER",
		Context: surveyevent.Context{
			Type: "SharkContext", Client: client, InteractionContextID: "5", Lang: "en-US",
			SessionID: "iGY4vsiETB-Zsyi7IGlIk1", VisitorID: "hjMTk3ZTcwZmFhZjc3NDk2",
		},
		Dialogs: dialogs, FirstConversation: true,
		Participants: []surveyevent.Participant{{ID: agent, Role: "ASSIGNED_AGENT"}, {ID: agent, Role: "AGENT"}},
		State:        "OPEN", Start: ms(1528463744663),
		TTR: surveyevent.TTR{Type: "URGENT", Value: 300}, LastQuestionID: "2741eea2-e184-4cd4-abbe-e8f6e1d26681",
	}, e)
	assert.Equal(t, strings.TrimSpace(string(sample(t, "table"))), string(e.Raw))
}

func TestVariants(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`{"conversationId":"c","surveyId":7,"startTs":1528463744663,"firstConversation":true,"dialogs":[{"dialogId":"d"}],"participants":[]}`,
		`{"@conversationId":["c"],"surveyId":"7","startTs":"1528463744663","firstConversation":"TRUE","dialogs":{"@dialogId":"d"},"participants":"","effectiveTTR":-1,"unknown":{"x":1}}`,
		`{"payload":{"conversationId":"c","surveyId":7.0,"startTs":"2018-06-08T13:15:44.663Z","firstConversation":1,"dialogs":[{"dialogId":"d"}],"effectiveTTR":"-1","ttr":null,"lastContentEventNotification":null}}`,
		`{"headers":null,"timestamp":0,"payload":"{\"conversationId\":\"c\",\"surveyId\":7,\"startTs\":1528463744663,\"firstConversation\":true,\"dialogs\":[{\"dialogId\":\"d\"}]}"}`,
		`"{\"conversationId\":\"c\",\"surveyId\":7,\"startTs\":1528463744663,\"firstConversation\":true,\"dialogs\":[{\"dialogId\":\"d\"}]}"`,
		"\xef\xbb\xbf" + `"{\"payload\":\"{\\\"conversationId\\\":\\\"c\\\",\\\"surveyId\\\":7,\\\"startTs\\\":1528463744663,\\\"firstConversation\\\":true,\\\"dialogs\\\":{\\\"dialogId\\\":\\\"d\\\"}}\"}"`,
		"\xef\xbb\xbf" + ` {"conversationId":"c","surveyId":7,"startTs":1528463744663,"firstConversation":true,"dialogs":[{"dialogId":"d"}],"payload":null} `,
	} {
		e, err := surveyevent.Parse([]byte(in))
		require.NoError(t, err, in)
		assert.NotEmpty(t, e.Raw)
		e.Raw = nil
		assert.Equal(t, &surveyevent.Event{
			ConversationID: "c", SurveyID: 7, Start: ms(1528463744663), FirstConversation: true, Dialogs: []surveyevent.Dialog{{ID: "d"}},
		}, e, in)
	}
	e, err := surveyevent.Parse([]byte(`{"timestamp":1528463744663,"headers":[{"key":"a","value":1}],"payload":{"conversationId":"c",` +
		`"lastContentEventNotification":{"event":{"type":"RichContentEvent","message":{"type":"vertical"}}}}}`))
	require.NoError(t, err)
	assert.Equal(t, surveyevent.Envelope{Timestamp: ms(1528463744663), Headers: []surveyevent.Header{{Key: "a", Value: "1"}}}, e.Envelope)
	assert.Equal(t, surveyevent.Content{Type: "RichContentEvent", Message: `{"type":"vertical"}`}, e.LastContent.Content)
}

// The sample of the page on the survey after a chat.
func TestChatSurvey(t *testing.T) {
	t.Parallel()
	s, err := surveyevent.ParseChatSurvey(sample(t, "chat-transcript"))
	require.NoError(t, err)
	assert.NotEmpty(t, s.Raw)
	s.Raw = nil
	assert.Equal(t, &surveyevent.ChatSurvey{
		Envelope: surveyevent.Envelope{Timestamp: ms(2342343242)},
		Rank:     "3", SkillName: "CustomerCare", AgentName: "John Doe",
		Questions: []surveyevent.ChatQuestion{{Question: "How was the chat experience?", Answer: "Poor;Below Average"}},
	}, s)
	assert.Equal(t, []string{"Poor", "Below Average"}, s.Questions[0].Answers())
	assert.Nil(t, surveyevent.ChatQuestion{}.Answers())
	for in, want := range map[string]string{
		`7`:                             "not an object",
		`{}`:                            "no questionWithAnswers",
		`{"questionWithAnswers":["x"]}`: "no questionWithAnswers",
	} {
		s, err := surveyevent.ParseChatSurvey([]byte(in))
		assert.Nil(t, s)
		require.ErrorIs(t, err, liveperson.ErrMalformed)
		assert.Equal(t, "surveyevent: malformed answer: "+want, err.Error())
	}
}

func TestWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		``:                                   "not JSON: empty at byte 0",
		`<html>`:                             "not JSON: invalid character '<' at start of value at byte 0",
		`{"conversationId":"c"`:              "not JSON: cut off at byte 21",
		`[{"conversationId":"c"}]`:           "not an object",
		`null`:                               "not an object",
		`{"payload":7}`:                      "payload is not an object",
		`{"payload":"x"}`:                    "payload is not an object",
		`{"payload":"{x"}`:                   "not JSON: invalid character 'x' at start of value at byte 1",
		`{}`:                                 "no conversationId",
		string(sample(t, "chat-transcript")): "no conversationId", // another event of Functions
		`{"conversationId":{"x":1}}`:         "no conversationId",
	} {
		e, err := surveyevent.Parse([]byte(in))
		assert.Nil(t, e, in)
		require.ErrorIs(t, err, liveperson.ErrMalformed, in)
		assert.Equal(t, "surveyevent: malformed answer: "+want, err.Error(), in)
	}
}

// A member of an unexpected shape stays empty; the rest counts.
func TestOddMembers(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`{"conversationId":"c","surveyId":{},"ttr":7,"startTs":[1,2],"dialogs":["d",{"dialogId":"d"}]}`,
		`{"conversationId":"c","surveyId":"seven","campaignInfo":"x","firstConversation":{},"dialogs":{"dialogId":"d"}}`,
		`{"conversationId":"c","surveyId":92233720368547758070,"participants":"x","dialogs":[{"dialogId":"d","participantsDetails":7}]}`,
	} {
		e, err := surveyevent.Parse([]byte(in))
		require.NoError(t, err, in)
		assert.Equal(t, in, string(e.Raw))
		e.Raw = nil
		assert.Equal(t, &surveyevent.Event{ConversationID: "c", Dialogs: []surveyevent.Dialog{{ID: "d"}}}, e, in)
	}
	e, err := surveyevent.Parse([]byte(`{"payload":{"conversationId":"c","lastContentEventNotification":{"sequence":1,"event":7}},"headers":[{"key":{},"value":1},2]}`))
	require.NoError(t, err)
	assert.Equal(t, []surveyevent.Header{{Value: "1"}}, e.Envelope.Headers)
	assert.Equal(t, &surveyevent.LastContent{Sequence: 1}, e.LastContent)
}

// One mebibyte of nothing does not become a hundred of structs.
func TestTooManyElements(t *testing.T) {
	t.Parallel()
	for _, member := range []string{"dialogs", "participants"} {
		_, err := surveyevent.Parse([]byte(`{"conversationId":"c","` + member + `":[` + strings.Repeat("{},", 349000) + `{}]}`))
		require.ErrorIs(t, err, liveperson.ErrTooLarge, member)
	}
}

// What is parsed does not change with the caller's bytes.
func TestRawIsACopy(t *testing.T) {
	t.Parallel()
	in := []byte(`{"conversationId":"c"}`)
	e, err := surveyevent.Parse(in)
	require.NoError(t, err)
	in[2] = 'X'
	assert.Equal(t, `{"conversationId":"c"}`, string(e.Raw))
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"sample", "table", "chat-transcript"} {
		f.Add(sample(f, name))
	}
	f.Add([]byte(`{"payload":"{\"conversationId\":\"c\"}"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := surveyevent.Parse(data)
		if err != nil {
			assert.Nil(t, e)
			return
		}
		assert.NotEmpty(t, e.ConversationID)
		again, err := surveyevent.Parse(e.Raw)
		if err == nil { // a payload may have a member "payload" of its own
			assert.NotNil(t, again)
		}
	})
}
