package messaging_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// update sends fields of a conversation; CONV stands for its id.
func (k *sock) update(id string, c *messaging.Conversation, fields string) (int, string) {
	k.t.Helper()
	return k.ask(id, ".ams.cm.UpdateConversationField", `{"conversationId":"`+c.ID()+`","conversationField":`+strings.ReplaceAll(fields, "CONV", c.ID())+`}`)
}

const (
	addMe     = `{"field":"ParticipantsChange","type":"ADD","role":"ASSIGNED_AGENT","userId":"12345678.7"}`
	removeMe  = `{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.7"}`
	removeHim = `{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.8"}`
	suggest   = `{"field":"ParticipantsChange","type":"SUGGEST","role":"ASSIGNED_AGENT","userId":"12345678.8"}`
	billing   = `{"field":"Skill","type":"UPDATE","skill":"42"}`
)

func TestRefusedFields(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		mine := w.take(k, messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		free := w.svc.Consumer(messaging.Consumer{Skill: "Billing", FirstMessage: "Hello"})
		joined := w.svc.Consumer(messaging.Consumer{Skill: "Billing", FirstMessage: "Hello"})
		require.NoError(t, w.svc.Colleague("bot").Join(joined.ID(), "MANAGER"))
		for i, row := range []struct {
			conv   *messaging.Conversation
			fields string
			code   int
			want   string
		}{
			{mine, `[]`, 400, `"conversationField is missing"`},
			{mine, `{"field":"Mood"}`, 400, `"The field Mood is not known"`},
			{mine, `{"field":"ParticipantsChange","type":"ADD","role":"MANAGER"}`, 400, `"userId is missing"`},
			{mine, `{"field":"ParticipantsChange","type":"ADD","role":"MANAGER","userId":"f39fbc5f-0f97-570c-8264-722ec58958a6"}`, 404, `"There is no user f39fbc5f-0f97-570c-8264-722ec58958a6"`},
			{mine, `{"field":"ParticipantsChange","type":"ADD","role":"CONSUMER","userId":"12345678.7"}`, 400, `"role is ASSIGNED_AGENT, AGENT, MANAGER or READER"`},
			{mine, `{"field":"ParticipantsChange","type":"UPDATE","role":"AGENT","userId":"12345678.7"}`, 400, `"type is ADD, REMOVE or SUGGEST"`},
			{mine, `{"field":"ParticipantsChange","type":"REMOVE","role":"MANAGER","userId":"12345678.7"}`, 400, `"Agent does not exist in conversation"`},
			{mine, `{"field":"ParticipantsChange","type":"ADD","role":"ASSIGNED_AGENT","userId":"12345678.8"}`, 400, `"Another agent is assigned"`},
			{mine, `{"field":"ParticipantsChange","type":"ADD","role":"AGENT","userId":"12345678.7","dialogId":"x"}`, 404, `"There is no dialog x"`},
			{joined, `[` + removeMe + `,` + billing + `]`, 400, `"No agent is assigned"`},
			{mine, suggest, 400, `"Another agent is assigned"`},
			{mine, `[` + removeMe + `,` + suggest + `]`, 400, `"The agent is not available"`},
			{free, billing, 400, `"Agent does not exist in conversation"`},
			{free, `{"field":"ConversationStateField","conversationState":"CLOSE"}`, 400, `"Agent does not exist in conversation"`},
			{mine, `{"field":"Skill","type":"UPDATE"}`, 400, `"Skill has the type UPDATE and a skill"`},
			{mine, `{"field":"Skill","type":"UPDATE","skill":"Billing"}`, 400, `"skill is the id of a skill"`},
			{mine, `{"field":"Skill","type":"UPDATE","skill":"77"}`, 404, `"There is no skill 77"`},
			{mine, `{"field":"ConversationStateField","conversationState":"OPEN"}`, 400, `"conversationState is CLOSE"`},
			{mine, `{"field":"Stage","conversationState":"OPEN"}`, 400, `"conversationState is CLOSE"`},
			{mine, `{"field":"DialogChange","type":"UPDATE","dialog":{}}`, 400, `"dialog has a dialogId"`},
			{mine, `{"field":"DialogChange","type":"CREATE","dialog":{"dialogId":"CONV","state":"CLOSE"}}`, 400, `"type is UPDATE"`},
			{mine, `{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"CONV","state":"OPEN"}}`, 400, `"state is CLOSE"`},
			{mine, `{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"x","state":"CLOSE"}}`, 404, `"There is no dialog x"`},
			{mine, `{"field":"TTRField","ttrType":"SLOW"}`, 400, `"ttrType is not known"`},
			{mine, `{"field":"TTRField","ttrType":"CUSTOM"}`, 400, `"value is a number of seconds"`},
			{mine, `{"field":"ManualETTR"}`, 400, `"time is missing"`},
			{mine, `{"field":"DelayField","type":"NIGHT"}`, 400, `"DelayField has type and tillWhen"`},
			{mine, `{"field":"Note"}`, 400, `"note is missing"`},
			{mine, `{"field":"Note","note":"` + strings.Repeat("x", 10_001) + `"}`, 400, `"The note is too long"`},
			{mine, `{"field":"CSATRate","csatRate":5}`, 400, `"CSATRate is for the consumer"`},
		} {
			before := row.conv.Participants()
			code, text := k.update("r"+strconv.Itoa(i), row.conv, row.fields)
			require.Equal(t, row.code, code, row.fields)
			require.Equal(t, row.want, text, row.fields)
			require.Equal(t, before, row.conv.Participants())
		}
		for i, row := range []struct {
			body string
			code int
		}{
			{`{"conversationField":[]}`, 400},
			{`{"conversationId":"x","conversationField":[` + addMe + `]}`, 404},
			{`{"conversationId":"` + mine.ID() + `","dialogId":"x","conversationField":[` + removeMe + `]}`, 404},
		} {
			code, _ := k.ask("b"+strconv.Itoa(i), ".ams.cm.UpdateConversationField", row.body)
			require.Equal(t, row.code, code, row.body)
		}
		mine.Close()
		code, text := k.update("closed", mine, `[{"field":"Note","note":"x"}]`)
		require.Equal(t, 409, code)
		require.Equal(t, `"The conversation is closed"`, text)
	})
}

func TestFields(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		conv := w.take(k, messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		for i, row := range []struct{ fields, said, shows string }{
			{`[{"field":"TTRField","ttrType":"URGENT","value":60}]`, "OK", `"ttr":{"ttrType":"URGENT","value":60}`},
			{`{"field":"ManualETTR","time":946690000000}`, "OK", `"effectiveTTR":946690000000`},
			{`{"field":"DelayField","type":"NIGHT","tillWhen":946690000000}`, "OK", `"delay":{"type":"NIGHT","tillWhen":946690000000}`},
			{`{"field":"Note","note":"[{\"noteId\":1}]"}`, "OK", `"note":"[{\"noteId\":1}]"`},
			{`{"field":"TopicField","topic":"umbrellas"}`, "OK", `"topic":"umbrellas"`},
			{`{"field":"ParticipantsChange","type":"ADD","role":"MANAGER","userId":"12345678.8"}`, "OK Agent added successfully", `"MANAGER":["12345678.8"]`},
			{`{"field":"ParticipantsChange","type":"ADD","role":"MANAGER","userId":"12345678.8"}`, "OK Agent added successfully", `"MANAGER":["12345678.8"]`},
			{`{"field":"ParticipantsChange","type":"REMOVE","role":"MANAGER","userId":"12345678.8"}`, "OK Agent removed successfully", `"MANAGER":[]`},
		} {
			code, text := k.update("f"+strconv.Itoa(i), conv, row.fields)
			require.Equal(t, 200, code, text)
			require.Equal(t, `"`+row.said+`"`, text)
			require.Contains(t, k.next(), row.shows)
		}
		require.Equal(t, `[{"noteId":1}]`, conv.Note())
		kind, ttr := conv.TTR()
		require.Equal(t, "URGENT", kind)
		require.EqualValues(t, 60, ttr)
	})
}

func TestTransferToSkill(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		conv := w.take(k, messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		desk := w.svc.Colleague("desk")
		desk.Online()
		code, text := k.update("1", conv, `[`+removeMe+`,`+billing+`]`)
		require.Equal(t, 200, code)
		require.Equal(t, `"OK Agent removed successfully"`, text)
		require.Contains(t, k.next(), `"type":"DELETE"`)
		require.Equal(t, "Billing", conv.Skill())
		require.NoError(t, desk.WaitRinging(t.Context()))
		desk.Accept()
		require.NoError(t, conv.WaitAssigned(t.Context(), "desk"))
		require.NoError(t, desk.TransferToSkill(conv.ID(), "Sales"))
		require.Error(t, desk.TransferToSkill(conv.ID(), "Sales"))
		require.Equal(t, "bot ACCEPTED desk ACCEPTED", strings.Join(states(conv), " "))
		time.Sleep(10 * time.Second)
		k.until("WAITING") // it comes back
		// Without an assigned agent only Skill.
		require.NoError(t, w.svc.Colleague("bot").Join(conv.ID(), "MANAGER"))
		code, text = k.update("2", conv, `[`+billing+`]`)
		require.Equal(t, 200, code)
		require.Equal(t, `"OK"`, text)
		require.Equal(t, "bot CANCELLED", states(conv)[2])
		require.NoError(t, conv.WaitUnassigned(t.Context()))
	})
}

func TestQueueAndTakeOver(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		conv := w.take(k, messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		mate := w.svc.Colleague("mate")
		mate.Online()
		code, _ := k.update("queue", conv, `[`+removeMe+`]`)
		require.Equal(t, 200, code)
		require.Equal(t, conv.ID(), mate.Accept())
		code, text := k.update("take", conv, `[`+addMe+`,`+removeHim+`]`)
		require.Equal(t, 200, code)
		require.Equal(t, `"OK Agent added successfully"`, text)
		require.Equal(t, "bot", conv.Assigned())
		w.svc.Requeue(conv.ID())
		require.Empty(t, conv.Assigned())
		code, _ = k.update("join", conv, addMe)
		require.Equal(t, 200, code)
		require.Equal(t, "mate CANCELLED", states(conv)[len(states(conv))-1])
		require.NoError(t, mate.Remove(conv.ID(), "bot"))
		require.Error(t, mate.Remove(conv.ID(), "bot"))
		w.svc.Requeue("nothing")
	})
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		mate := w.svc.Colleague("mate")
		begin := func(id string) *messaging.Conversation {
			mate.Away()
			conv := w.take(k, messaging.Consumer{ID: id, Skill: "Sales", FirstMessage: "Hello"})
			w.svc.SetAvailability("mate", "BACK_SOON")
			code, text := k.update("suggest"+id, conv, `[`+removeMe+`,`+suggest+`,`+billing+`]`)
			require.Equal(t, 200, code, text)
			require.Contains(t, k.next(), `"type":"DELETE"`)
			require.Equal(t, "mate WAITING", states(conv)[1])
			require.Equal(t, 30*time.Second, time.Until(conv.Rings()[1].Expires))
			return conv
		}
		conv := begin("a")
		k.ok("all", ".ams.aam.SubscribeExConversations", `{"conversationId":"`+conv.ID()+`"}`)
		require.Contains(t, k.next(), `{"id":"12345678.8","role":"ASSIGNED_AGENT","state":"SUGGESTED"}`)
		old := w.dialURL(strings.Replace(w.url(w.srv.Bearer(w.bot)), "2.1", "2", 1))
		old.ok("all", ".ams.aam.SubscribeExConversations", `{"conversationId":"`+conv.ID()+`"}`)
		require.NotContains(t, old.next(), "SUGGESTED", "only version 2.1 tells")
		require.Empty(t, conv.Assigned())
		require.Equal(t, conv.ID(), mate.Accept())
		require.Equal(t, "mate", conv.Assigned())
		require.Len(t, conv.Participants(), 2)

		conv = begin("b")
		mate.Reject()
		require.Len(t, conv.Participants(), 1)
		w.svc.Colleague("desk").Online()
		require.NoError(t, w.svc.Colleague("desk").WaitRinging(t.Context()))
		w.svc.Colleague("desk").Accept()

		conv = begin("c")
		time.Sleep(30 * time.Second)
		require.Equal(t, []string{"bot ACCEPTED", "mate EXPIRED", "desk WAITING"}, states(conv))
		require.Equal(t, conv.ID(), w.svc.Colleague("desk").Accept())
		require.NoError(t, w.svc.Colleague("desk").TransferToAgent(conv.ID(), "mate"))
		require.Equal(t, "mate WAITING", states(conv)[3])
		require.Error(t, w.svc.Colleague("desk").TransferToAgent(conv.ID(), "mate"))
		require.NoError(t, mate.TakeOver(conv.ID()))
		mate.Away()
		require.NoError(t, w.svc.Colleague("mate").TransferToAgent(conv.ID(), "desk"))
		mate.SignOut()
		require.Error(t, w.svc.Colleague("desk").TransferToAgent(conv.ID(), "mate"))
	}, messaging.WithTransferWait(30*time.Second))
}

func TestSuggestedListed(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		mate, bot := w.svc.Colleague("mate"), w.svc.Colleague("bot")
		k := w.serve()
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		require.NoError(t, mate.TakeOver(conv.ID()))
		require.NoError(t, mate.TransferToAgent(conv.ID(), "bot"))
		got := k.until("ExConversationChange")
		require.Contains(t, got, `"participants":{"CONSUMER":["`+conv.ConsumerID()+`"],"ASSIGNED_AGENT":["12345678.7"]`)
		require.Contains(t, got, `"participantsPId":{"CONSUMER":["`+conv.ConsumerID()+`"],"ASSIGNED_AGENT":[]`)
		require.NotNil(t, bot)
	}, messaging.WithVariants(messaging.VariantSuggestedListed))
}

func TestClose(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		for i, fields := range []string{
			`[{"field":"ConversationStateField","conversationState":"CLOSE"}]`,
			`[{"field":"Stage","conversationState":"CLOSE"}]`,
			`[{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"CONV","state":"CLOSE","closedBy":"AGENT","closedCause":"done"}}]`,
		} {
			conv := w.take(k, messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
			code, text := k.update("c"+strconv.Itoa(i), conv, fields)
			require.Equal(t, 200, code)
			require.Equal(t, `"OK Conversation resolved successfully"`, text)
			require.Contains(t, k.next(), `"type":"DELETE"`)
			require.NoError(t, conv.WaitEnded(t.Context()))
			require.Equal(t, "AGENT", conv.CloseReason())
			require.Len(t, conv.Dialogs(), 1)
		}
	})
}

// TestPostSurvey has a survey bot take the dialog that follows the main one.
func TestPostSurvey(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.desk)
		k.ok("1", ".ams.aam.SubscribeExConversations", `{"stage":["OPEN"]}`)
		k.next()
		conv := w.svc.Consumer(messaging.Consumer{ID: "ada", Skill: "Sales", FirstMessage: "Hello", PostSurvey: "app-1"})
		require.NoError(t, w.svc.Colleague("bot").TakeOver(conv.ID()))
		bot := w.dial(w.bot)
		code, text := bot.update("2", conv, `[{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"CONV","state":"CLOSE"}}]`)
		require.Equal(t, 200, code, text)
		require.Equal(t, "CLOSE", conv.State())
		require.Equal(t, "OPEN", conv.Stage())
		require.NoError(t, conv.WaitClosed(t.Context()))
		dialogs := conv.Dialogs()
		require.Len(t, dialogs, 2)
		survey := dialogs[1].ID
		require.Len(t, survey, 22)
		require.Equal(t, messaging.Dialog{ID: survey, Type: "POST_SURVEY", State: "OPEN", AppInstallID: "app-1"}, dialogs[1])
		got := k.until("POST_SURVEY")
		require.Contains(t, got, `{"dialogId":"`+survey+`","dialogType":"POST_SURVEY","channelType":"MESSAGING","state":"OPEN"`)
		require.Contains(t, got, `"metaData":{"appInstallId":"app-1"},"participantsDetails":[{"id":"ada","role":"CONSUMER","state":"ACTIVE"}]`)
		code, _ = k.ask("early", ".ams.ms.PublishEvent", `{"dialogId":"`+survey+`","event":{"type":"ContentEvent","contentType":"text/plain","message":"How was it?"}}`)
		require.Equal(t, 400, code)
		code, _ = k.update("main", conv, `[{"field":"ParticipantsChange","type":"ADD","role":"AGENT","userId":"12345678.9"}]`)
		require.Equal(t, 409, code)
		code, _ = k.update("as", conv, `[{"field":"ParticipantsChange","type":"ADD","role":"ASSIGNED_AGENT","userId":"12345678.9","dialogId":"`+survey+`"}]`)
		require.Equal(t, 400, code)
		code, text = k.update("3", conv, `[{"field":"ParticipantsChange","type":"ADD","role":"AGENT","userId":"12345678.9","dialogId":"`+survey+`"}]`)
		require.Equal(t, 200, code, text)
		require.Contains(t, k.until(`"12345678.9"`), `"AGENT":["12345678.9"]`)
		require.JSONEq(t, `{"sequence":0}`, k.ok("4", ".ams.ms.PublishEvent", `{"dialogId":"`+survey+`","event":{"type":"ContentEvent","contentType":"text/plain","message":"How was it?"}}`))
		require.Equal(t, 1, conv.Say("Good"))
		require.Contains(t, k.until("Good"), `"dialogId":"`+survey+`"`)
		code, text = bot.update("own", conv, `[{"field":"ParticipantsChange","type":"ADD","role":"AGENT","userId":"12345678.7","dialogId":"`+survey+`"}]`)
		require.Equal(t, 200, code, text)
		require.JSONEq(t, `{"sequence":2}`, bot.ok("thanks", ".ams.ms.PublishEvent", `{"dialogId":"`+survey+`","event":{"type":"ContentEvent","contentType":"text/plain","message":"Thanks."}}`),
			"the assigned agent of the main dialog, too")
		code, text = k.update("5", conv, `[{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"`+survey+`","state":"CLOSE","closedBy":"AGENT","closedCause":"Completed"}}]`)
		require.Equal(t, 200, code, text)
		k.until(`"type":"DELETE"`)
		require.NoError(t, conv.WaitEnded(t.Context()))
		require.Equal(t, "Completed", conv.Dialogs()[1].ClosedCause)
	})
}
