package messaging_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// TestLife holds a whole conversation to the literal frames.
func TestLife(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		k.send(`{"kind":"req","id":"1","type":".GetClock","body":{}}`)
		require.Equal(t, `{"kind":"resp","reqId":"1","code":200,"type":".GetClock$Response","body":{"currentTime":946684800000}}`, k.next())
		k.send(`{"kind":"req","id":"2","type":".ams.routing.SetAgentState","body":{"channels":["MESSAGING"],"agentUserId":"12345678.7","availability":"ONLINE"}}`)
		require.Equal(t, `{"kind":"resp","reqId":"2","code":202,"type":".ReqBody$StringResp","body":"Agent state updated successfully"}`, k.next())

		conv := w.svc.Consumer(messaging.Consumer{ID: "ada", Name: "Ada", Skill: "Sales", Campaign: 99, Engagement: 88})
		require.Empty(t, conv.Rings(), "no ring before the first message")
		require.Equal(t, 0, conv.Say("Hello"))
		id, pid := conv.ID(), "f39fbc5f-0f97-570c-8264-722ec58958a6"
		ring := conv.Rings()[0].ID
		require.Equal(t, id+"_7_946684800000", ring)
		k.send(`{"kind":"req","id":"3","type":".ams.routing.SubscribeRoutingTasks","body":{"brandId":"12345678","agentId":"12345678.7","channelType":"MESSAGING"}}`)
		rings := k.response(`{"kind":"resp","reqId":"3","code":200,"type":".ams.routing.SubscribeRoutingTasks$Response","body":{"subscriptionId":"`)
		got := k.next()
		require.Equal(t, `{"kind":"notification","type":".ams.routing.RoutingTaskNotification","body":{"subscriptionId":"`+rings+`","changes":[{"type":"UPSERT","result":`+
			`{"routingTaskId":"`+between(got, `"routingTaskId":"`)+`","taskCompleted":false,"conversationId":"`+id+`","consumerId":"ada","skillId":"41","brandId":"12345678","assignedAgentId":"",`+
			`"ringsDetails":[{"ringId":"`+ring+`","ringState":"WAITING","ringExpiration":72000,"ringExpirationTs":946684872000,"weight":946688400000,`+
			`"convId":"`+id+`","consumerId":"ada","skillId":"41","brandId":"12345678"}]}}]}}`, got)

		k.send(`{"kind":"req","id":"4","type":".ams.aam.SubscribeExConversations","body":{"agentIds":["12345678.7"],"convState":["OPEN"]}}`)
		sub := k.response(`{"kind":"resp","reqId":"4","code":200,"type":".ams.aam.SubscribeExConversations$Response","body":{"subscriptionId":"`)
		require.Equal(t, `{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"subscriptionId":"`+sub+`","changes":[]}}`, k.next())

		k.send(`{"kind":"req","id":"5","type":".ams.routing.UpdateRingState","body":{"ringId":"` + ring + `","ringState":"ACCEPTED"}}`)
		require.Equal(t, `{"kind":"resp","reqId":"5","code":202,"type":".ReqBody$StringResp","body":"Ring state updated successfully"}`, k.next())
		got = k.next()
		require.Contains(t, got, `{"kind":"notification","type":".ams.routing.RoutingTaskNotification","body":{"subscriptionId":"`+rings+`","changes":[{"type":"DELETE","result":{"routingTaskId":"`)
		require.Contains(t, got, `"taskCompleted":true,"conversationId":"`+id+`","consumerId":"ada","skillId":"41","brandId":"12345678","assignedAgentId":"12345678.7"`)
		state := func(change, convState, closed, meta, dialogMeta, dialogClosed, ettr, last, update string) string {
			return `{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"subscriptionId":"` + sub + `","changes":[{"type":"` + change + `","result":{` +
				`"convId":"` + id + `","effectiveTTR":` + ettr + `,"conversationDetails":{"convId":"` + id + `","skillId":"41","brandId":"12345678",` +
				`"state":"` + convState + `","stage":"` + convState + `",` + closed + `"metaDataLastUpdateTs":` + meta + `,` +
				`"participants":{"CONSUMER":["ada"],"ASSIGNED_AGENT":["12345678.7"],"MANAGER":[],"READER":[]},` +
				`"participantsPId":{"CONSUMER":["ada"],"ASSIGNED_AGENT":["` + pid + `"],"MANAGER":[],"READER":[]},` +
				`"dialogs":[{"dialogId":"` + id + `","dialogType":"MAIN","channelType":"MESSAGING","state":"` + convState + `","creationTs":946684800000,"metaDataLastUpdateTs":` + dialogMeta + `,` + dialogClosed +
				`"participantsDetails":[{"id":"ada","role":"CONSUMER","state":"ACTIVE"},{"id":"12345678.7","role":"ASSIGNED_AGENT","state":"ACTIVE"}]}],` +
				`"ttr":{"ttrType":"NORMAL","value":3600},"firstConversation":false,"csatRate":0,"note":"","topic":"","groupId":"","campaignInfo":{"campaignId":99,"engagementId":88},` +
				`"context":{"type":"SharkContext","lang":"en-US","clientProperties":{"type":".ClientProperties","deviceFamily":"DESKTOP"},"visitorId":"A` + id[:8] + `","sessionId":"x` + id[9:13] + `","interactionContextId":"1"},` +
				`"conversationHandlerDetails":{"accountId":"12345678","skillId":"41"}},"lastContentEventNotification":{` + last + `},"lastUpdateTime":` + update + `}}]}}`
		}
		hello := `"sequence":0,"originatorId":"ada","originatorPId":"ada","originatorMetadata":{"id":"ada","role":"CONSUMER"},"serverTimestamp":946684800000,` +
			`"event":{"type":"ContentEvent","contentType":"text/plain","message":"Hello"},"dialogId":"` + id + `"`
		hi := `"sequence":1,"originatorId":"12345678.7","originatorPId":"` + pid + `","originatorMetadata":{"id":"` + pid + `","role":"ASSIGNED_AGENT"},"serverTimestamp":946684800000,` +
			`"event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"},"dialogId":"` + id + `"`
		all := `,"conversationId":"` + id + `","messageAudience":"ALL","metadata":null`
		require.Equal(t, state("UPSERT", "OPEN", `"startTs":946684800000,`, "946684800001", "946684800000", "", "946688400000", hello, "946684800001"), k.next())

		k.send(`{"kind":"req","id":"6","type":".ams.ms.PublishEvent","body":{"dialogId":"` + id + `","event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}}}`)
		require.Equal(t, `{"kind":"resp","reqId":"6","code":200,"type":".ams.ms.PublishEvent$Response","body":{"sequence":1}}`, k.next())
		require.Equal(t, `{"kind":"notification","type":".ams.ms.OnlineEventDistribution","body":{`+hi+all+`}}`, k.next())
		require.Equal(t, state("UPSERT", "OPEN", `"startTs":946684800000,`, "946684800001", "946684800000", "", "946688400000", hi, "946684800001"), k.next())
		m, err := conv.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, "Hi", m.Text)

		k.send(`{"kind":"req","id":"7","type":".ams.ms.QueryMessages","body":{"dialogId":"` + id + `","newerThanSequence":-1}}`)
		require.Equal(t, `{"kind":"resp","reqId":"7","code":200,"type":".ams.ms.QueryMessages$Response","body":[{`+hello+all+`},{`+hi+all+`}]}`, k.next())

		k.send(`{"kind":"req","id":"8","type":".ams.cm.UpdateConversationField","body":{"conversationId":"` + id + `","conversationField":[{"field":"ConversationStateField","conversationState":"CLOSE"}]}}`)
		require.Equal(t, `{"kind":"resp","reqId":"8","code":200,"type":".ReqBody$StringResp","body":"OK Conversation resolved successfully"}`, k.next())
		require.Equal(t, state("DELETE", "CLOSE", `"closeReason":"AGENT","startTs":946684800000,"endTs":946684800000,`, "946684800003", "946684800003",
			`"endTs":946684800000,"closedBy":"AGENT",`, "-1", hi, "946684800003"), k.next())
		require.Equal(t, "CLOSE", conv.Stage())
		require.Equal(t, "AGENT", conv.CloseReason())
	})
}
