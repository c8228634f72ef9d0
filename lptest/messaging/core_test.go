package messaging_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

func TestLife(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *world) {
		k := w.dial(w.bot)
		k.send(`{"kind":"req","id":"1","type":".GetClock","body":{}}`)
		require.Equal(t, `{"kind":"resp","reqId":"1","code":200,"type":".GetClock$Response","body":{"currentTime":946684800000}}`, k.next())
		k.send(`{"kind":"req","id":"2","type":".ams.routing.SetAgentState","body":{"channels":["MESSAGING"],"agentUserId":"12345678.7","availability":"ONLINE"}}`)
		require.Equal(t, `{"kind":"resp","reqId":"2","code":202,"type":".ReqBody$StringResp","body":"Agent state updated successfully"}`, k.next())
		conv := w.svc.Consumer(messaging.Consumer{Name: "Ada", Skill: "Sales"})
		require.Empty(t, conv.Rings())
		require.Equal(t, 0, conv.Say("Hello"))
		require.Len(t, conv.Rings(), 1)
		k.send(`{"kind":"req","id":"3","type":".ams.routing.SubscribeRoutingTasks","body":{"brandId":"12345678","agentId":"12345678.7","channelType":"MESSAGING"}}`)
		t.Log(k.next())
		t.Log(k.next())
		k.send(`{"kind":"req","id":"4","type":".ams.aam.SubscribeExConversations","body":{"agentIds":["12345678.7"],"convState":["OPEN"]}}`)
		t.Log(k.next())
		t.Log(k.next())
		k.send(`{"kind":"req","id":"5","type":".ams.routing.UpdateRingState","body":{"ringId":"` + conv.Rings()[0].ID + `","ringState":"ACCEPTED"}}`)
		t.Log(k.next())
		t.Log(k.next())
		t.Log(k.next())
		require.NoError(t, conv.WaitAgent(t.Context()))
		k.send(`{"kind":"req","id":"6","type":".ams.ms.PublishEvent","body":{"dialogId":"` + conv.ID() + `","event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}}}`)
		t.Log(k.next())
		t.Log(k.next())
		t.Log(k.next())
		m, err := conv.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, "Hi", m.Text)
		t.Log(k.ask("7", ".ams.ms.QueryMessages", `{"dialogId":"`+conv.ID()+`","newerThanSequence":-1}`))
		t.Log(k.ask("8", ".ams.cm.UpdateConversationField", `{"conversationId":"`+conv.ID()+`","conversationField":{"field":"ConversationStateField","conversationState":"CLOSE"}}`))
		t.Log(k.next())
		require.Equal(t, "CLOSE", conv.Stage())
		for _, f := range w.svc.Frames() {
			require.NotEmpty(t, f.Text)
		}
	})
}
