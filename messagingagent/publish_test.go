package messagingagent

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// publishing is the frame of a PublishEvent.
func publishing(rest string) string { return `"type":".ams.ms.PublishEvent","body":` + rest + `}` }

// querying is the frame of a QueryMessages in conv-1.
func querying(rest string) string {
	return `"type":".ams.ms.QueryMessages","body":{"dialogId":"conv-1",` + rest + `,"maxQuantity":100}}`
}

// sequenced is the answer to a message.
func sequenced(sequence string) string {
	return `"code":200,"type":".ams.ms.PublishEvent$Response","body":{"sequence":` + sequence + `}`
}

// What is sent of each message, and beside it.
func TestMessagesAsTheyAreSent(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		content Content
		want    string
	}{
		"text": {Text("Hello <you> & \u2028"), `{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"Hello <you> & ` + "\u2028" + `"}}`},
		"private": {
			Private(Text("psst")),
			`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"psst"},"messageAudience":"AGENTS_AND_MANAGERS"}`,
		},
		"rich": {
			Rich(raw(`{"type":"vertical","elements":[{"type":"text","text":"<b>"}]}`)),
			`{"dialogId":"conv-1","event":{"type":"RichContentEvent","content":{"type":"vertical","elements":[{"type":"text","text":"<b>"}]}}}`,
		},
		"file": {
			FileMessage(FileInfo{Caption: "cat", Path: "/v1/x.jpeg", Type: "JPEG", Preview: "cHI="}),
			`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"cat","relativePath":"/v1/x.jpeg","fileType":"JPEG","preview":"cHI="}}}`,
		},
		"quick replies": {
			Text("Well?").WithQuickReplies(QuickReply{Title: "Yes", ID: "yes-1"}),
			`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"Well?","quickReplies":{"type":"quickReplies","itemsPerRow":8,"replies":[` +
				`{"type":"button","title":"Yes","click":{"actions":[{"type":"publishText","text":"Yes"}],"metadata":[{"type":"ExternalId","id":"yes-1"}]}}]}}}`,
		},
		"metadata": {
			Text("Hi").WithMetadata(raw(`{"type":"BotResponse","intents":[{"id":"<i>","confidenceScore":0.9}]}`), raw(`{"type":"ExternalId","id":"1"}`)),
			`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}},` +
				`"metadata":[{"type":"BotResponse","intents":[{"id":"<i>","confidenceScore":0.9}]},{"type":"ExternalId","id":"1"}]`,
		},
		"encoded metadata": {
			Text("Hi").WithEncodedMetadata([]byte("hi?")),
			`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}},"encodedMetadata":"aGk/"`,
		},
		"both, private, of a card": {
			Private(Rich(raw(`{}`)).WithMetadata(raw(`{"type":"ExternalId"}`)).WithEncodedMetadata([]byte{0xfb, 0xff})),
			`{"dialogId":"conv-1","event":{"type":"RichContentEvent","content":{}},"messageAudience":"AGENTS_AND_MANAGERS"},"metadata":[{"type":"ExternalId"}],"encodedMetadata":"+/8="`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
				c := x.open()
				x.says("PublishEvent", sequenced(`17`))
				n, err := c.Send(t.Context(), row.content)
				require.NoError(t, err)
				assert.Equal(t, int64(17), n)
				assert.Equal(t, []string{publishing(row.want)}, x.all())
			})
		})
	}
}

// A number is taken in whatever form, and 0 is one; another dialog is named.
func TestNumbersOfMessages(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		for _, form := range []struct {
			answer string
			want   int64
		}{{sequenced(`0`), 0}, {sequenced(`"18"`), 18}, {`"code":"201","type":"PublishEventResponse","body":[{"sequence":19}]`, 19}} {
			x.says("PublishEvent", form.answer)
			n, err := c.SendIn(t.Context(), "survey-1", Text("Hi"))
			require.NoError(t, err)
			assert.Equal(t, form.want, n)
			assert.Equal(t, []string{publishing(`{"dialogId":"survey-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}}`)}, x.all())
		}
		x.says("PublishEvent", sequenced(`-7`)) // which is none: the message is looked for
		x.says("QueryMessages", `"code":200,"type":"x","body":[`+mine("20", "Hi")+`]`)
		n, err := c.SendIn(t.Context(), "survey-1", Text("Hi"))
		require.NoError(t, err)
		assert.Equal(t, int64(20), n)
		x.all()
		_, err = c.SendIn(t.Context(), "", Text("Hi"))
		var input *liveperson.InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, &liveperson.InputError{Op: "messagingagent.Send", Field: "dialogId", Rule: "must not be empty"}, input)
		_, err = c.Send(t.Context(), Text(""))
		require.ErrorAs(t, err, &input)
		assert.Equal(t, &liveperson.InputError{Op: "messagingagent.Send", Field: "message", Rule: "must not be empty"}, input)
		assert.Empty(t, x.all())
	})
}

// mine is a text of the agent's.
func mine(sequence, message string) string {
	return `{"sequence":` + sequence + `,"originatorId":"12345678.3550017","originatorMetadata":{"id":"a6e1","role":"ASSIGNED_AGENT"},` +
		`"event":{"type":"ContentEvent","contentType":"text/plain","message":"` + message + `"},"dialogId":"conv-1"}`
}

func events(list ...string) string {
	return `"code":200,"type":".ams.ms.QueryMessages$Response","body":[` + strings.Join(list, ",") + `]`
}

// A message whose answer is of no use is looked for, never sent twice.
func TestAMessageWithoutAnAnswerIsLookedFor(t *testing.T) {
	t.Parallel()
	hi := publishing(`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}}`)
	look := querying(`"newerThanSequence":3`)
	for name, row := range map[string]struct {
		answer  string
		queries []string
		want    int64 // -1: unconfirmed
		frames  []string
	}{
		"no number":        {`"code":200,"type":"x","body":{}`, []string{events(mine(`"4"`, "Hi")), noEvents}, 4, []string{hi, look, querying(`"newerThanSequence":4`)}},
		"no body":          {`"code":200,"type":"x"`, []string{events(mine(`4`, "Hi")), noEvents}, 4, []string{hi, look, querying(`"newerThanSequence":4`)}},
		"another body":     {`"code":200,"type":"x","body":"OK"`, []string{events(mine(`4`, "Hi")), noEvents}, 4, []string{hi, look, querying(`"newerThanSequence":4`)}},
		"no answer":        {``, []string{noEvents, events(mine(`4`, " Hi ")), noEvents}, 4, []string{hi, look, look, querying(`"newerThanSequence":4`)}},
		"not there":        {``, []string{noEvents}, -1, []string{hi, look, look}},
		"another's":        {``, []string{events(text(4, "Hi")), noEvents}, -1, []string{hi, look, querying(`"newerThanSequence":4`), look}},
		"another text":     {``, []string{events(mine(`4`, "Ho")), noEvents}, -1, []string{hi, look, querying(`"newerThanSequence":4`), look}},
		"cannot be looked": {``, []string{`"code":403,"type":"x","body":"no"`}, -1, []string{hi, look, look}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
				x.says("QueryMessages", events(text(0, "a"), text(1, "b"), text(2, "c"), text(3, "d")), noEvents)
				c := x.open()
				x.says("PublishEvent", row.answer)
				x.says("QueryMessages", row.queries...)
				n, err := c.Send(t.Context(), Text("Hi"))
				if row.want < 0 {
					require.ErrorIs(t, err, ErrUnconfirmed)
				} else {
					require.NoError(t, err)
					assert.Equal(t, row.want, n)
				}
				assert.Equal(t, row.frames, x.all())
			})
		})
	}
}

// A refusal is final, and says whether the conversation is lost.
func TestRefusedMessages(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("PublishEvent", `"code":400,"type":".ReqBody$StringResp","body":"Agent does not exist in conversation"`)
		_, err := c.Send(t.Context(), Text("Hi"))
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, &liveperson.Error{
			Op: "messagingagent.Send", Status: 400, Reason: ".ReqBody$StringResp", Message: "Agent does not exist in conversation", Body: e.Body, Tries: 1,
		}, e)
		require.NotErrorIs(t, err, ErrUnconfirmed)
		assert.Len(t, x.sent(), 1)

		x.says("PublishEvent", `"code":503,"type":"x","body":"oops"`) // which says nothing of the message
		_, err = c.Send(t.Context(), Text("Hi"))
		require.ErrorIs(t, err, liveperson.ErrUnavailable)
		require.NotErrorIs(t, err, ErrUnconfirmed, "it is not there, and the service itself has answered")
		assert.Len(t, x.sent(), 1)

		x.tell("DELETE", conv("78", "", "", ""))
		synctest.Wait()
		_, err = c.Send(t.Context(), Text("Hi"))
		require.ErrorIs(t, err, ErrConversationLost)
		require.ErrorIs(t, c.Typing(t.Context(), ChatActive), ErrConversationLost)
		require.ErrorIs(t, c.Read(t.Context(), 1), ErrConversationLost)
		_, err = c.SendFile(t.Context(), File{})
		require.ErrorIs(t, err, ErrConversationLost)
		assert.Empty(t, x.all())
	})
}

// Typing and receipts as they are sent.
func TestTypingAndReceiptsAsTheyAreSent(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("PublishEvent", sequenced(`0`))
		for state, word := range map[ChatState]string{
			ChatComposing: "COMPOSING", ChatActive: "ACTIVE", ChatInactive: "INACTIVE", ChatPause: "PAUSE", ChatGone: "GONE", "DANCING": "DANCING",
		} {
			require.NoError(t, c.Typing(t.Context(), state))
			assert.Equal(t, []string{publishing(`{"dialogId":"conv-1","event":{"type":"ChatStateEvent","chatState":"` + word + `"}}`)}, x.all())
		}
		require.NoError(t, c.Read(t.Context(), 8, 9))
		assert.Equal(t, []string{publishing(`{"dialogId":"conv-1","event":{"type":"AcceptStatusEvent","status":"READ","sequenceList":[8,9]}}`)}, x.all())
		for status, word := range map[ReceiptStatus]string{
			ReceiptAccept: "ACCEPT", ReceiptRead: "READ", ReceiptAccess: "ACCESS", ReceiptAction: "ACTION", ReceiptEnrich: "ENRICH", ReceiptNack: "NACK", ReceiptViewed: "VIEWED",
		} {
			require.NoError(t, c.Receipt(t.Context(), "survey-1", status, 0))
			assert.Equal(t, []string{publishing(`{"dialogId":"survey-1","event":{"type":"AcceptStatusEvent","status":"` + word + `","sequenceList":[0]}}`)}, x.all())
		}
		for field, err := range map[string]error{
			"chatState":    c.Typing(t.Context(), ""),
			"dialogId":     c.Receipt(t.Context(), "", ReceiptRead, 1),
			"status":       c.Receipt(t.Context(), "conv-1", "", 1),
			"sequenceList": c.Read(t.Context()),
		} {
			var input *liveperson.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, field, input.Field)
			assert.Equal(t, "must not be empty", input.Rule)
		}
		assert.Empty(t, x.all())
	})
}

// A receipt without an answer is sent again, and what is typed is not.
func TestTypingAndReceiptsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("ChatStateEvent", "")
		require.ErrorIs(t, c.Typing(t.Context(), ChatComposing), ErrUnconfirmed)
		assert.Len(t, x.all(), 1)
		x.says("AcceptStatusEvent", "", sequenced(`4`))
		require.NoError(t, c.Read(t.Context(), 3))
		assert.Len(t, x.all(), 2)
		x.says("AcceptStatusEvent", "")
		require.ErrorIs(t, c.Read(t.Context(), 3), ErrUnconfirmed)
		assert.Len(t, x.all(), 3)
		x.says("AcceptStatusEvent", `"code":400,"type":"x","body":"Only the assigned agent may"`)
		err := c.Read(t.Context(), 3)
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "Only the assigned agent may", e.Message)
		assert.Len(t, x.sent(), 1)
	})
}

// Sends of one dialog wait for each other; those of another do not.
func TestMessagesGoOutOneByOne(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says(`"message":"slow"`, "")
		go func() { _, _ = c.Send(t.Context(), Text("slow")) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Send(ctx, Text("late"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, ErrUnconfirmed)
		x.says(`"message":"other"`, sequenced(`0`))
		_, err = c.SendIn(t.Context(), "survey-1", Text("other"))
		require.NoError(t, err)
		frames := strings.Join(x.all(), "\n")
		assert.NotContains(t, frames, "late")
		assert.Contains(t, frames, "other")
		gone := make(chan error, 1)
		go func() {
			_, err := c.Send(t.Context(), Text("waits"))
			gone <- err
		}()
		synctest.Wait()
		x.tell("DELETE", conv("77", eve, "", ""))
		require.ErrorIs(t, <-gone, ErrConversationLost)
		assert.NotContains(t, strings.Join(x.all(), "\n"), "waits")
	})
}

// A message that was there before another of the same content was sent is not that one,
// although one before it is looked for, too.
func TestAMessageIsNoneThatWasThereBefore(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("QueryMessages", events(text(0, "a"), text(1, "b"), text(2, "c"), text(3, "d")), noEvents)
		c := x.open()
		x.says("PublishEvent", "")
		_, err := c.Send(t.Context(), Text("Hi"))
		require.ErrorIs(t, err, ErrUnconfirmed)
		x.notify(".ams.ms.MessagingEventNotification", `{"changes":[`+mine("4", "Hi")+`,`+mine("5", "Hi")+`]}`)
		synctest.Wait()
		x.says("QueryMessages", events(mine("4", "Hi"), mine("5", "Hi")), noEvents, events(mine("4", "Hi"), mine("5", "Hi")), noEvents)
		n, err := c.Send(t.Context(), Text("Hi"))
		require.ErrorIs(t, err, ErrUnconfirmed, n)
		x.says("QueryMessages", events(mine("4", "Hi"), mine("5", "Hi"), mine("6", "Hi"), mine("7", "Hi")), noEvents)
		n, err = c.Send(t.Context(), Text("Hi"))
		require.NoError(t, err)
		assert.Equal(t, int64(7), n)
	})
}
