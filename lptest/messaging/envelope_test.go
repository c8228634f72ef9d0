package messaging_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

func TestEnvelope(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		for _, row := range []struct{ in, out string }{
			{`{"kind":"req","id":"a","type":"GetClock","body":{}}`, `{"kind":"resp","reqId":"a","code":200,"type":"GetClockResponse","body":{"currentTime":946684800000}}`},
			{`{"kind":"req","id":7,"type":".GetClock","body":{}}`, `{"kind":"resp","reqId":"7","code":200,"type":".GetClock$Response","body":{"currentTime":946684800000}}`},
			{`{"kind":"req","id":"7","type":".GetClock","body":{}}`, `{"kind":"resp","reqId":"7","code":400,"type":".ReqBody$StringResp","body":"The id was used before on this socket"}`},
			{`{"kind":"req","id":"b","type":".InitConnection","headers":[{"type":".ams.headers.ClientProperties"}]}`, `{"kind":"resp","reqId":"b","code":200,"type":".ReqBody$StringResp","body":"OK"}`},
			{`{"kind":"req","id":"c","type":".ams.nobody.Knows","body":{}}`, `{"kind":"resp","reqId":"c","code":400,"type":".ReqBody$StringResp","body":"The type .ams.nobody.Knows is not known"}`},
			{`{"kind":"req","id":"d","type":".ams.routing.UpdateRingState"}`, `{"kind":"resp","reqId":"d","code":400,"type":".ReqBody$StringResp","body":"The body is missing"}`},
			{`{"kind":"req","id":"e","type":"routing.UpdateRingState","body":[]}`, `{"kind":"resp","reqId":"e","code":400,"type":"StringResp","body":"The body is not of this request's form"}`},
			{`{"kind":"resp","id":"f","type":".GetClock","body":{}}`, `{"kind":"resp","reqId":"f","code":400,"type":".ReqBody$StringResp","body":"kind is req"}`},
			{`{"kind":"req","id":"","type":".GetClock","body":{}}`, `{"kind":"resp","reqId":"","code":400,"type":".ReqBody$StringResp","body":"id has 1 to 64 characters"}`},
			{`{"kind":"req","id":"` + strings.Repeat("x", 65) + `","type":".GetClock"}`, `{"kind":"resp","reqId":"` + strings.Repeat("x", 65) + `","code":400,"type":".ReqBody$StringResp","body":"id has 1 to 64 characters"}`},
			{`{"kind":`, `{"kind":"resp","reqId":"","code":400,"type":"StringResp","body":"The frame is no JSON of a request"}`},
			{`{"kind":"req","id":"g","type":"routing.SetAgentState","body":{"channels":"MESSAGING","agentUserId":"12345678.7","availability":"BACK_SOON"}}`, `{"kind":"resp","reqId":"g","code":202,"type":"StringResp","body":"Agent state updated successfully"}`},
		} {
			k.send(row.in)
			require.Equal(t, row.out, k.next())
		}
		require.Equal(t, "BACK_SOON", w.svc.Availability("bot"))
		k.send(`{"kind":"req","id":"h","type":"cqm.SubscribeExConversations","body":{}}`)
		sub := k.response(`{"kind":"resp","reqId":"h","code":200,"type":"cqm.SubscribeExConversationsResponse","body":{"subscriptionId":"`)
		require.Equal(t, `{"kind":"notification","type":"cqm.ExConversationChangeNotification","body":{"subscriptionId":"`+sub+`","changes":[]}}`, k.next())
		w.svc.SetVariants(messaging.VariantGenericTypes)
		k.send(`{"kind":"req","id":"i","type":"routing.SubscribeRoutingTasks","body":{"brandId":"12345678","agentId":"12345678.7","channelType":"MESSAGING"}}`)
		sub = k.response(`{"kind":"resp","reqId":"i","code":200,"type":"GenericSubscribeResponse","body":{"subscriptionId":"`)
		require.Equal(t, `{"kind":"notification","type":"routing.RoutingTaskNotification","body":{"subscriptionId":"`+sub+`","changes":[]}}`, k.next())
		k.send(`{"kind":"req","id":"j","type":".ams.routing.SubscribeAgentsState","body":{"brandId":"12345678","agentId":"12345678.7"}}`)
		sub = k.response(`{"kind":"resp","reqId":"j","code":200,"type":".ams.GenericSubscribe$Response","body":{"subscriptionId":"`)
		require.Equal(t, `{"kind":"notification","type":".ams.routing.AgentStateNotification","body":{"subscriptionId":"`+sub+`","changes":[{"type":"UPSERT",`+
			`"result":{"channels":["MESSAGING"],"agentUserId":"12345678.7","availability":"BACK_SOON","description":""}}]}}`, k.next())
		w.svc.SetAvailability("bot", "AWAY")
		require.Contains(t, k.next(), `"availability":"AWAY"`)
	})
}

func TestEnvelopeVariants(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		w.svc.SetVariants(messaging.VariantCodes, messaging.VariantTypedErrors, messaging.VariantNumbers)
		k.send(`{"kind":"req","id":"a","type":".GetClock","body":{}}`)
		require.Equal(t, `{"kind":"resp","reqId":"a","code":"OK","type":".GetClock$Response","body":{"currentTime":"946684800000"}}`, k.next())
		k.send(`{"kind":"req","id":"b","type":".ams.routing.UpdateRingState","body":{"ringId":"x","ringState":"ACCEPTED"}}`)
		require.Equal(t, `{"kind":"resp","reqId":"b","code":"NOT_FOUND","type":".ReqBody$ErrorResp","body":{"title":"Not Found","details":"There is no such ring","errorCode":"40404"}}`, k.next())
		w.svc.SetVariants(messaging.VariantStrayResponse, messaging.VariantUnknown)
		k.send(`{"kind":"req","id":"c","type":".ams.aam.SubscribeExConversations","body":{}}`)
		require.Equal(t, `{"kind":"resp","reqId":"stray-c","code":200,"type":".ReqBody$StringResp","body":"OK"}`, k.next())
		sub := k.response(`{"kind":"resp","reqId":"c","code":200,"type":".ams.aam.SubscribeExConversations$Response","body":{"subscriptionId":"`)
		require.Equal(t, `{"kind":"notification","type":".ams.nobody.NobodyKnows","body":{"changes":[{"type":"WHATEVER"}]}}`, k.next())
		require.Equal(t, `{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"subscriptionId":"`+sub+`","changes":[]},"nobodyKnows":{"this":["field",1]}}`, k.next())
		require.Panics(t, func() { w.svc.SetVariants("nothing") })
		require.Panics(t, func() { messaging.WithVariants("nothing") })
		require.Contains(t, messaging.Variants(), messaging.VariantSingle)
	})
}

func TestFrames(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		k.ok("1", ".GetClock", `{}`)
		frames := w.svc.Frames()
		require.Equal(t, []messaging.Frame{
			{Seq: 1, At: time.Now(), Socket: 1, User: "bot", In: true, Kind: "req", Type: ".GetClock", ID: "1", Text: `{"kind":"req","id":"1","type":".GetClock","body":{}}`},
			{Seq: 2, At: time.Now(), Socket: 1, User: "bot", Kind: "resp", Type: ".GetClock$Response", ID: "1", Code: 200, Text: `{"kind":"resp","reqId":"1","code":200,"type":".GetClock$Response","body":{"currentTime":946684800000}}`},
		}, frames)
		k.ok("2", "GetClock", `{}`)
		require.Equal(t, 2, w.svc.Count("GetClock"))
		require.NoError(t, w.svc.WaitRequests(t.Context(), "GetClock", 2))
		require.Len(t, w.svc.Requests("GetClock"), 1)
		require.Len(t, w.svc.Requests(), 1)
		require.Len(t, w.svc.Sent(), 1)
		require.Equal(t, "GetClockResponse", w.svc.Sent("GetClockResponse")[0].Type)
		require.Equal(t, 4, w.svc.Frames()[1].Seq)
	}, messaging.WithFrames(2))
	bubble(t, func(t *testing.T, w *world) {
		w.dial(w.bot).ok("1", ".GetClock", `{}`)
		require.Empty(t, w.svc.Frames())
		require.Equal(t, 1, w.svc.Count("GetClock"))
	}, messaging.WithFrames(0))
}
