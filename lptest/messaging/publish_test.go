package messaging_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

func TestPublish(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		conv := w.take(k, messaging.Consumer{ID: "ada", Skill: "Sales", FirstMessage: "Hello"})
		id := conv.ID()
		other := w.svc.Consumer(messaging.Consumer{Skill: "Billing", FirstMessage: "Hello"})
		n := 0
		publish := func(rest string) (int, string) {
			n++
			k.send(`{"kind":"req","id":"p` + strconv.Itoa(n) + `","type":".ams.ms.PublishEvent",` + strings.ReplaceAll(rest, "CONV", id) + `}`)
			return k.answer("p" + strconv.Itoa(n))
		}
		for _, row := range []struct {
			body string
			code int
			want string
		}{
			{`"body":{"dialogId":"CONV","conversationId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"1"}}`, 200, `{"sequence":1}`},
			{`"body":{"dialogId":"CONV","event":{"type":"ChatStateEvent","chatState":"COMPOSING"}}`, 200, `{"sequence":0}`},
			{`"body":{"dialogId":"CONV","event":{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0]}}`, 200, `{"sequence":2}`},
			{`"body":{"dialogId":"CONV","event":{"type":"AcceptStatusEvent","status":"ACCEPT","sequenceList":0}}`, 200, `{"sequence":3}`},
			{`"body":{"dialogId":"CONV","event":{"type":"RichContentEvent","content":{"type":"vertical","elements":[]},"quickReplies":{"type":"quickReplies","itemsPerRow":8,"replies":[{"type":"button","title":"Yes"}]}}},"metadata":[{"type":"ExternalId","id":"card"}]`, 200, `{"sequence":4}`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"","relativePath":"/v1/x","fileType":"JPEG"}}}`, 200, `{"sequence":5}`},
			{`"body":{"dialogId":"CONV","messageAudience":"AGENTS_AND_MANAGERS","event":{"type":"ContentEvent","contentType":"text/plain","message":"secret"}},"encodedMetadata":"e30="`, 200, `{"sequence":6}`},
			{`"body":{"event":{}}`, 400, `"dialogId is missing"`},
			{`"body":{"dialogId":"x","event":{}}`, 404, `"There is no dialog x"`},
			{`"body":{"dialogId":"` + other.ID() + `","event":{"type":"ContentEvent","contentType":"text/plain","message":"1"}}`, 400, `"Agent does not exist in conversation"`},
			{`"body":{"dialogId":"CONV","conversationId":"x","event":{}}`, 400, `"The dialog is not of this conversation"`},
			{`"body":{"dialogId":"CONV","messageAudience":"ME","event":{}}`, 400, `"messageAudience is ALL or AGENTS_AND_MANAGERS"`},
			{`"body":{"dialogId":"CONV"}`, 400, `"event is missing"`},
			{`"body":{"dialogId":"CONV","event":{"type":7}}`, 400, `"The event is not of the form of an event"`},
			{`"body":{"dialogId":"CONV","event":{"type":"Other"}}`, 400, `"The type of the event is not known"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","message":"1"}}`, 400, `"contentType is missing"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":1}}`, 400, `"message is no text"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"` + strings.Repeat("x", 5001) + `"}}`, 400, `"A text has 1 to 5000 characters"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"hosted/file","message":{}}}`, 400, `"message of a file has relativePath and fileType"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/html"}}`, 400, `"message is missing"`},
			{`"body":{"dialogId":"CONV","event":{"type":"RichContentEvent","content":{}}}`, 400, `"content is an element with a type"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ChatStateEvent","chatState":"BACKGROUND"}}`, 400, `"chatState is not known"`},
			{`"body":{"dialogId":"CONV","event":{"type":"AcceptStatusEvent","status":"SEEN","sequenceList":[0]}}`, 400, `"status is not known"`},
			{`"body":{"dialogId":"CONV","event":{"type":"AcceptStatusEvent","status":"READ"}}`, 400, `"sequenceList is missing"`},
			{`"body":{"dialogId":"CONV","event":{"type":"AcceptStatusEvent","status":"READ","sequenceList":[99]}}`, 400, `"sequenceList names what is not there"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"1","quickReplies":{"type":"quickReplies","replies":[]}}}`, 400, `"quickReplies has the type quickReplies and 1 to 24 replies"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"1"}},"metadata":[{}]`, 400, `"metadata without a type"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"1"}},"metadata":7`, 400, `"metadata is a list of objects"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"1"}},"metadata":{"type":"ExternalId","id":"` + strings.Repeat("x", 65) + `"}`, 400, `"An id in metadata has more than 64 characters"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"1"}},"metadata":[{"type":"ActionReason"}]`, 400, `"reason has 1 to 64 characters"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"1"}},"encodedMetadata":"%"`, 400, `"encodedMetadata is no base64"`},
			{`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"1"}},"encodedMetadata":"` + strings.Repeat("eeee", 1300) + `"`, 400, `"encodedMetadata has more than 5 kB"`},
		} {
			code, text := publish(row.body)
			require.Equal(t, row.code, code, row.body)
			require.Equal(t, row.want, text, row.body)
		}
		require.NoError(t, conv.WaitRead(t.Context(), 0))
		require.NoError(t, conv.WaitTyping(t.Context(), false), "the text ended it")
		messages := conv.Messages()
		require.Len(t, messages, 5)
		require.Len(t, conv.Events(), 7)
		require.Equal(t, "AGENTS_AND_MANAGERS", messages[4].Audience)
		require.Equal(t, "e30=", messages[4].Encoded)
		require.JSONEq(t, `[{"type":"ExternalId","id":"card"}]`, string(messages[2].Metadata))
		require.Equal(t, "ASSIGNED_AGENT", messages[1].Role)
		require.Equal(t, "12345678.7", messages[1].OriginatorID)
		m, err := conv.WaitMessage(t.Context(), 3)
		require.NoError(t, err)
		require.Equal(t, 5, m.Sequence, "the private one is not for the consumer")
		typing := k.until("ChatStateEvent")
		require.NotContains(t, typing, "sequence")
		require.NotContains(t, typing, "serverTimestamp")
		require.Contains(t, k.until("RichContentEvent"), `"metadata":[{"type":"ExternalId","id":"card"}]`)
		require.Contains(t, k.until("secret"), `"messageAudience":"AGENTS_AND_MANAGERS"`, "it comes back")
		conv.Close()
		code, text := publish(`"body":{"dialogId":"CONV","event":{"type":"ContentEvent","contentType":"text/plain","message":"1"}}`)
		require.Equal(t, 409, code)
		require.Equal(t, `"The dialog is closed"`, text)
		_, err = conv.WaitMessage(t.Context(), 4)
		require.ErrorIs(t, err, messaging.ErrEnded)
	})
}

func TestReadIsForTheAssigned(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		require.NoError(t, w.svc.Colleague("bot").Join(conv.ID(), "MANAGER"))
		k := w.dial(w.bot)
		code, _ := k.ask("1", ".ams.ms.PublishEvent", `{"dialogId":"`+conv.ID()+`","event":{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0]}}`)
		require.Equal(t, 400, code)
		code, _ = k.ask("2", ".ams.ms.PublishEvent", `{"dialogId":"`+conv.ID()+`","event":{"type":"AcceptStatusEvent","status":"ACCEPT","sequenceList":[0]}}`)
		require.Equal(t, 200, code)
	})
}

func TestConsumerEvents(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		conv := w.svc.Consumer(messaging.Consumer{ID: "ada", Skill: "Sales"})
		require.NoError(t, w.svc.Colleague("bot").TakeOver(conv.ID()))
		by := `"originatorId":"ada","originatorPId":"ada","originatorMetadata":{"id":"ada","role":"CONSUMER"},`
		behind := `,"dialogId":"` + conv.ID() + `","conversationId":"` + conv.ID() + `","messageAudience":"ALL","metadata":`
		begins := `{"kind":"notification","type":".ams.ms.OnlineEventDistribution","body":{`
		conv.Typing(true)
		require.Equal(t, begins+by+`"event":{"type":"ChatStateEvent","chatState":"COMPOSING"}`+behind+`null}}`, k.next())
		conv.Typing(false)
		require.Contains(t, k.next(), `"chatState":"ACTIVE"`)
		conv.ChatState("BACKGROUND")
		require.Contains(t, k.next(), `"chatState":"BACKGROUND"`)
		require.Equal(t, 0, conv.QuickReply("yes", "yes-1"))
		require.Equal(t, begins+`"sequence":0,`+by+`"serverTimestamp":946684800000,"event":{"type":"ContentEvent","contentType":"text/plain","message":"yes"}`+
			behind+`[{"type":"ExternalId","id":"yes-1"}]}}`, k.next())
		require.Equal(t, 1, conv.Accept(0))
		require.Contains(t, k.next(), `"event":{"type":"AcceptStatusEvent","status":"ACCEPT","sequenceList":[0]}`)
		require.Equal(t, 2, conv.Read(0, 1))
		require.Contains(t, k.next(), `"sequence":2,`)
		require.Equal(t, 3, conv.SayRaw(`{"type":"ContentEvent", "contentType":"forms/secure-submission","message":{"submissionId":"s","invitationId":"i"}}`))
		require.Contains(t, k.next(), `"event":{"type":"ContentEvent","contentType":"forms/secure-submission","message":{"submissionId":"s","invitationId":"i"}}`)
		require.Panics(t, func() { conv.SayRaw(`{}`) })
		require.Equal(t, 4, conv.System("We are back at nine."))
		require.Contains(t, k.next(), `"role":"CONTROLLER"`)
		seq, path := conv.SendFile("jpeg", "a cat", []byte("meow"))
		require.Equal(t, 5, seq)
		require.Contains(t, k.next(), `"message":{"caption":"a cat","relativePath":"`+path+`","fileType":"JPEG","preview":""}`)
		mate := w.svc.Colleague("mate")
		require.NoError(t, mate.Join(conv.ID(), "MANAGER"))
		require.Equal(t, 6, mate.Whisper(conv.ID(), "be kind"))
		require.Contains(t, k.next(), `"messageAudience":"AGENTS_AND_MANAGERS"`)
		require.Equal(t, -1, mate.Publish(conv.ID(), conv.ID(), "ALL", `{"type":"Other"}`))
		conv.Rate(4)
		require.NoError(t, mate.Leave(conv.ID()))
		require.Error(t, mate.Leave(conv.ID()))
		require.Len(t, conv.Participants(), 2)
		require.Equal(t, messaging.Participant{ID: "ada", Role: "CONSUMER"}, conv.Participants()[0])
		require.Equal(t, "ada", conv.ConsumerID())
		conv.Close()
		require.NoError(t, conv.WaitEnded(t.Context()))
		require.NoError(t, conv.WaitClosed(t.Context()))
		require.Equal(t, -1, conv.System("late"))
		require.ErrorIs(t, conv.WaitTyping(t.Context(), true), messaging.ErrEnded)
	})
}

func TestEchoVariants(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		on          messaging.Variant
		own, secret bool
	}{
		{messaging.VariantNoEcho, false, false},
		{messaging.VariantNoPrivateEcho, true, false},
		{messaging.VariantNoMetadataEcho, true, true},
	} {
		t.Run(string(row.on), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, w *world) {
				k := w.dial(w.bot)
				conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales"})
				require.NoError(t, w.svc.Colleague("bot").TakeOver(conv.ID()))
				k.send(`{"kind":"req","id":"1","type":".ams.ms.PublishEvent","body":{"dialogId":"` + conv.ID() + `","event":{"type":"ContentEvent","contentType":"text/plain","message":"open"}},"metadata":[{"type":"X"}]}`)
				k.answer("1")
				k.ok("2", ".ams.ms.PublishEvent", `{"dialogId":"`+conv.ID()+`","messageAudience":"AGENTS_AND_MANAGERS","event":{"type":"ContentEvent","contentType":"text/plain","message":"secret"}}`)
				k.ok("3", ".GetClock", `{}`)
				all := strings.Join(k.bag, "")
				require.Equal(t, row.own, strings.Contains(all, `"open"`))
				require.Equal(t, row.secret, strings.Contains(all, `"secret"`))
				require.Equal(t, row.on == messaging.VariantNoPrivateEcho, strings.Contains(all, `"metadata":[{"type":"X"}]`))
			}, messaging.WithVariants(row.on))
		})
	}
}

// sequences are the numbers in an answer to QueryMessages.
func sequences(text string) string {
	var out []string
	for _, part := range strings.Split(text, `"sequence":`)[1:] {
		number, _, _ := strings.Cut(part, ",")
		out = append(out, number)
	}
	return strings.Join(out, " ")
}

func TestQuery(t *testing.T) {
	t.Parallel()
	script := func(rows [][2]string) func(t *testing.T, w *world) {
		return func(t *testing.T, w *world) {
			conv := w.svc.Consumer(messaging.Consumer{Skill: "Billing", FirstMessage: "0"})
			for i := range 5 {
				conv.Say(strconv.Itoa(i + 1))
			}
			k := w.dial(w.bot) // who takes no part
			for i, row := range rows {
				got := k.ok(strconv.Itoa(i), ".ams.ms.QueryMessages", `{"dialogId":"`+conv.ID()+`"`+row[0]+`}`)
				require.Equal(t, row[1], sequences(got), row[0])
			}
			for i, row := range []struct {
				body string
				code int
			}{
				{`{}`, 400},
				{`{"dialogId":"x"}`, 404},
				{`{"dialogId":"` + conv.ID() + `","maxQuantity":0}`, 400},
				{`{"dialogId":"` + conv.ID() + `","maxQuantity":"x"}`, 400},
			} {
				code, _ := k.ask("r"+strconv.Itoa(i), ".ams.ms.QueryMessages", row.body)
				require.Equal(t, row.code, code, row.body)
			}
			w.svc.SetVariants(messaging.VariantQueryPart)
			code, text := k.ask("part", ".ams.ms.QueryMessages", `{"dialogId":"`+conv.ID()+`"}`)
			require.Equal(t, 400, code)
			require.Equal(t, `"Agent does not exist in conversation"`, text)
		}
	}
	bubble(t, script([][2]string{
		{``, "0 1 2 3"},
		{`,"newerThanSequence":-1`, "0 1 2 3"},
		{`,"newerThanSequence":3,"maxQuantity":100`, "4 5"},
		{`,"newerThanSequence":"1","maxQuantity":"2"`, "2 3"},
		{`,"newerThanSequence":5`, ""},
		{`,"newerThanSequence":500`, ""},
		{`,"olderThanSequence":2`, "0 1"},
		{`,"olderThanSequence":9,"maxQuantity":2`, "4 5"},
		{`,"newerThanSequence":1,"olderThanSequence":4`, "2 3"},
		{`,"newerThanSequence":4,"olderThanSequence":1`, ""},
	}), messaging.WithPage(4))
	bubble(t, script([][2]string{
		{`,"newerThanSequence":-1`, "0 1 2 3 4 5"},
		{`,"newerThanSequence":4`, "4 5"},
		{`,"newerThanSequence":6`, ""},
		{`,"olderThanSequence":1`, "0 1"},
	}), messaging.WithVariants(messaging.VariantInclusive))
}

// TestVersion3 has what only version 3 has.
func TestVersion3(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Billing", FirstMessage: "0"})
		conv.Say("1")
		k := w.dialURL(strings.Replace(w.url(w.srv.Bearer(w.bot)), "2.1", "3", 1))
		k.send(`{"kind":"req","id":"1","type":"ms.SubscribeMessagingEvents","body":{"dialogId":"` + conv.ID() + `","conversationId":"` + conv.ID() + `","fromSeq":1}}`)
		require.Equal(t, `{"kind":"resp","reqId":"1","code":200,"type":"GenericSubscribeResponse"}`, k.next())
		got := k.next()
		require.Contains(t, got, `{"kind":"notification","type":"ms.MessagingEventNotification","body":{"dialogId":"`+conv.ID()+`","changes":[{"sequence":1,`)
		require.Equal(t, "1", sequences(got))
		code, _ := k.ask("2", "ms.SubscribeMessagingEvents", `{"dialogId":"x","fromSeq":0}`)
		require.Equal(t, 404, code)
		code, _ = w.dial(w.mate).ask("1", "ms.SubscribeMessagingEvents", `{"dialogId":"`+conv.ID()+`","fromSeq":0}`)
		require.Equal(t, 400, code)
	})
}
