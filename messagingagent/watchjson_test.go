package messagingagent_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// What a browser gets of each update.
func TestUpdatesAsJSON(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		consumer := w.svc.Consumer(messaging.Consumer{Name: "Ada", Skill: "Sales", FirstMessage: "hello"})
		time.Sleep(time.Second)
		require.Len(t, a.Rings(), 1)
		c, err := a.Rings()[0].Accept(t.Context())
		require.NoError(t, err)
		id := `"` + consumer.ID() + `"`

		at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
		said := messagingagent.Event{
			DialogID: "d", ConversationID: "c", Sequence: 3, Sequenced: true, At: at, Kind: messagingagent.KindText, ContentType: "text/plain",
			Text: "<hi>", Audience: messagingagent.AudienceAll, From: messagingagent.Originator{ID: "ada", PID: "ada", Role: messagingagent.RoleConsumer},
		}
		const saidJSON = `{"dialogId":"d","conversationId":"c","sequence":3,"sequenced":true,"from":{"id":"ada","pid":"ada","role":"CONSUMER"},` +
			`"at":"2026-05-04T03:02:01Z","audience":"ALL","kind":"text","contentType":"text/plain","text":"\u003chi\u003e"}`
		info := messagingagent.ConversationInfo{
			ID: "c", Account: "1", Skill: "42", State: messagingagent.StateOpen, Stage: messagingagent.StageOpen,
			Participants: []messagingagent.Participant{{ID: "ada", PID: "ada", Role: messagingagent.RoleConsumer, State: messagingagent.ParticipantActive}},
			Dialogs:      []messagingagent.Dialog{},
		}
		const infoJSON = `{"id":"c","account":"1","skill":"42","state":"OPEN","stage":"OPEN","ttr":{"type":"","value":0},"delay":{"type":""},` +
			`"participants":[{"id":"ada","pid":"ada","role":"CONSUMER","state":"ACTIVE"}],"dialogs":[],"firstConversation":false,` +
			`"campaign":{"campaignId":"","engagementId":""},"context":{"type":"","client":{}}}`
		ring := messagingagent.Ring{RingInfo: messagingagent.RingInfo{
			ID: "r", State: messagingagent.RingWaiting, ExpiresAt: at, ExpiresIn: 72 * time.Second, Conversation: "c", Consumer: "ada", Skill: "42",
		}}
		for _, c := range []struct {
			update messagingagent.Update
			want   string
		}{
			{messagingagent.Ringing{}, `{"type":"ringing","rings":[]}`},
			{
				messagingagent.Ringing{Rings: []messagingagent.Ring{ring}},
				`{"type":"ringing","rings":[{"id":"r","state":"WAITING","expiresAt":"2026-05-04T03:02:01Z","conversationId":"c","consumerId":"ada","skillId":"42","expiresIn":72}]}`,
			},
			{
				messagingagent.ConversationOpened{Conversation: c, How: messagingagent.Adopted, Info: info},
				`{"type":"conversationOpened","conversation":` + id + `,"how":"adopted","info":` + infoJSON + `,"history":[]}`,
			},
			{
				messagingagent.ConversationOpened{Conversation: c, How: messagingagent.Transferred, Info: info, History: []messagingagent.Event{said}},
				`{"type":"conversationOpened","conversation":` + id + `,"how":"transferred","info":` + infoJSON + `,"history":[` + saidJSON + `]}`,
			},
			{messagingagent.MessageReceived{Conversation: c, Event: said}, `{"type":"messageReceived","conversation":` + id + `,"event":` + saidJSON + `}`},
			{
				messagingagent.EventReceived{Conversation: c, Event: messagingagent.Event{
					DialogID: "d", Sequence: 4, Sequenced: true, Kind: messagingagent.KindReceipt, Audience: messagingagent.AudienceAll,
					Receipt: &messagingagent.Receipt{Status: messagingagent.ReceiptRead, Sequences: []int64{3}},
				}},
				`{"type":"eventReceived","conversation":` + id + `,"event":{"dialogId":"d","sequence":4,"sequenced":true,"from":{"id":"","pid":"","role":""},` +
					`"audience":"ALL","kind":"receipt","receipt":{"status":"READ","sequences":[3]}}}`,
			},
			{
				messagingagent.TypingReceived{Conversation: c, From: said.From, State: messagingagent.ChatComposing},
				`{"type":"typingReceived","conversation":` + id + `,"from":{"id":"ada","pid":"ada","role":"CONSUMER"},"state":"COMPOSING"}`,
			},
			{messagingagent.ConversationChanged{Conversation: c, Info: info}, `{"type":"conversationChanged","conversation":` + id + `,"info":` + infoJSON + `}`},
			{
				messagingagent.ConversationClosed{Conversation: c, How: messagingagent.ClosedEnded, Skill: "42", Reason: messagingagent.CloseReasonConsumer},
				`{"type":"conversationClosed","conversation":` + id + `,"how":"ended","skill":"42","reason":"CONSUMER"}`,
			},
			{
				messagingagent.ConversationClosed{Conversation: c, How: messagingagent.ClosedLost, Skill: liveperson.NoSkill, Err: errors.New("gone")},
				`{"type":"conversationClosed","conversation":` + id + `,"how":"lost","skill":"-1","err":"gone"}`,
			},
			{
				messagingagent.AvailabilityChanged{From: messagingagent.Online, To: messagingagent.Away, Reason: "missed"},
				`{"type":"availabilityChanged","from":"ONLINE","to":"AWAY","reason":"missed"}`,
			},
			{messagingagent.Connected{}, `{"type":"connected"}`},
			{messagingagent.Disconnected{Err: errors.New("EOF"), Until: at}, `{"type":"disconnected","err":"EOF","until":"2026-05-04T03:02:01Z"}`},
			{messagingagent.Trouble{What: "reading", Err: errors.New("503"), Until: at}, `{"type":"trouble","what":"reading","err":"503","until":"2026-05-04T03:02:01Z"}`},
			{
				messagingagent.Trouble{What: "reading", Conversation: "c", Err: errors.New("503"), Until: at},
				`{"type":"trouble","what":"reading","conversation":"c","err":"503","until":"2026-05-04T03:02:01Z"}`,
			},
			{
				messagingagent.Unconfirmed{Conversation: c, What: "message", Err: errors.New("lost")},
				`{"type":"unconfirmed","conversation":` + id + `,"what":"message","err":"lost"}`,
			},
			{messagingagent.LoginEnded{Err: errors.New("logged out")}, `{"type":"loginEnded","err":"logged out"}`},
			{messagingagent.LoginEnded{}, `{"type":"loginEnded","err":""}`},
		} {
			out, err := json.Marshal(c.update)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(out))
		}
	})
}
