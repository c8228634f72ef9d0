package messagingagent

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

func raw(text string) json.RawMessage { return json.RawMessage(text) }

// What each message is sent as.
func TestContentBytes(t *testing.T) {
	t.Parallel()
	whole := QuickReply{Title: "Yes", Text: "yes", Tooltip: "y", ID: "yes-1", Style: raw(`{"bold":true}`)}
	for name, c := range map[string]struct {
		content Content
		want    string
	}{
		"text":      {Text("<Hello> & \u2028"), `{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"<Hello> & ` + "\u2028" + `"}}`},
		"long text": {Text(strings.Repeat("ä", 5000)), `{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"` + strings.Repeat("ä", 5000) + `"}}`},
		"private": {
			Private(Text("psst")), `{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"psst"},"messageAudience":"AGENTS_AND_MANAGERS"}`,
		},
		"rich": {
			Rich(raw(` {"type":"vertical","elements":[{"type":"text","text":"<b>"}]} `)),
			`{"dialogId":"conv-1","event":{"type":"RichContentEvent","content":{"type":"vertical","elements":[{"type":"text","text":"<b>"}]}}}`,
		},
		"private rich with quick replies": {
			Private(Rich(raw(`{"type":"text"}`)).WithQuickReplies(QuickReply{Title: "Yes"})),
			`{"dialogId":"conv-1","event":{"type":"RichContentEvent","content":{"type":"text"},"quickReplies":{"type":"quickReplies","itemsPerRow":8,"replies":[` +
				`{"type":"button","title":"Yes","click":{"actions":[{"type":"publishText","text":"Yes"}]}}]}},"messageAudience":"AGENTS_AND_MANAGERS"}`,
		},
		"file": {
			FileMessage(FileInfo{Caption: "cat", Path: "/v1/x.jpeg", Type: "JPEG", Preview: "cHI="}),
			`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"cat","relativePath":"/v1/x.jpeg","fileType":"JPEG","preview":"cHI="}}}`,
		},
		"file with quick replies": {
			FileMessage(FileInfo{Path: "/v1/x.pdf", Type: "PDF"}).WithQuickReplies(QuickReply{Title: "Yes"}),
			`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"","relativePath":"/v1/x.pdf","fileType":"PDF"},` +
				`"quickReplies":{"type":"quickReplies","itemsPerRow":8,"replies":[{"type":"button","title":"Yes","click":{"actions":[{"type":"publishText","text":"Yes"}]}}]}}}`,
		},
		"quick replies": {
			Text("Well?").WithQuickReplies(whole).WithQuickReplies(QuickReply{Title: "Site", Text: "-", ID: "-", Click: raw(`{"actions":[{"type":"link","uri":"https://x"}]}`)}),
			`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"Well?","quickReplies":{"type":"quickReplies","itemsPerRow":8,"replies":[` +
				`{"type":"button","title":"Yes","tooltip":"y","click":{"actions":[{"type":"publishText","text":"yes"}],"metadata":[{"type":"ExternalId","id":"yes-1"}]},"style":{"bold":true}},` +
				`{"type":"button","title":"Site","click":{"actions":[{"type":"link","uri":"https://x"}]}}]}}}`,
		},
		"no quick replies": {Text("Well?").WithQuickReplies(), `{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"Well?"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, c.content.check("x"))
			got, err := wire.Marshal(c.content.publish("conv-1"))
			require.NoError(t, err)
			assert.Equal(t, c.want, string(got))
			metadata, encoded, err := c.content.envelope()
			require.NoError(t, err)
			assert.Nil(t, metadata)
			assert.Empty(t, encoded)
		})
	}
}

// What is no content, and a conversation that is named too.
func TestPublishBytes(t *testing.T) {
	t.Parallel()
	named := Text("Hi").publish("d-1")
	named.ConversationID = "conv-1"
	for _, c := range []struct {
		doc  publishDoc
		want string
	}{
		{publishTyping("conv-1", ChatComposing), `{"dialogId":"conv-1","event":{"type":"ChatStateEvent","chatState":"COMPOSING"}}`},
		{publishReceipt("conv-1", ReceiptRead, 8, 9), `{"dialogId":"conv-1","event":{"type":"AcceptStatusEvent","status":"READ","sequenceList":[8,9]}}`},
		{named, `{"dialogId":"d-1","conversationId":"conv-1","event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}}`},
	} {
		got, err := wire.Marshal(c.doc)
		require.NoError(t, err)
		assert.Equal(t, c.want, string(got))
	}
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	c := Text("Hi").WithMetadata(raw(`{"type":"ExternalId","id":"<1>"}`)).WithMetadata(raw(`{"type":"BotResponse"}`)).WithEncodedMetadata([]byte("hi?"))
	require.NoError(t, c.check("x"))
	metadata, encoded, err := c.envelope()
	require.NoError(t, err)
	assert.Equal(t, `[{"type":"ExternalId","id":"<1>"},{"type":"BotResponse"}]`, string(metadata))
	assert.Equal(t, "aGk/", encoded)
	_, _, err = Text("Hi").WithMetadata(raw(`{`)).envelope()
	require.Error(t, err, "its check fails too")
}

// What one makes of a content does not change it, nor does what happens to the bytes
// that it was made from.
func TestContentIsAValue(t *testing.T) {
	t.Parallel()
	rich, meta, data := raw(`{"a":1}`), raw(`{"b":2}`), []byte("x")
	first := Rich(rich).WithMetadata(meta).WithEncodedMetadata(data).WithQuickReplies(QuickReply{Title: "1"}, QuickReply{Title: "2"}, QuickReply{Title: "3"})
	_ = first.WithQuickReplies(QuickReply{Title: "x"}).WithMetadata(raw(`{}`))
	second := first.WithQuickReplies(QuickReply{Title: "4"})
	_ = first.WithQuickReplies(QuickReply{Title: "5"})
	_ = Private(first)
	copy(rich, "XXXXXXX")
	copy(meta, "XXXXXXX")
	copy(data, "Y")
	got, err := wire.Marshal(first.publish("d"))
	require.NoError(t, err)
	assert.Contains(t, string(got), `"content":{"a":1}`)
	assert.NotContains(t, string(got), "messageAudience")
	metadata, encoded, err := first.envelope()
	require.NoError(t, err)
	assert.Equal(t, `[{"b":2}]`, string(metadata))
	assert.Equal(t, "eA==", encoded)
	assert.Len(t, first.replies, 3)
	assert.Equal(t, "4", second.replies[3].Title)
}

// What is refused before anything is sent.
func TestContentRules(t *testing.T) {
	t.Parallel()
	good := Text("Hi")
	file := FileInfo{Path: "/x", Type: "PDF"}
	for name, c := range map[string]struct {
		content     Content
		field, rule string
	}{
		"no content":     {Content{}, "content", "must be made by Text, Rich or FileMessage"},
		"nothing":        {Text(""), "message", "must not be empty"},
		"white space":    {Text(" \n\u00a0"), "message", "must not be empty"},
		"too long":       {Text(strings.Repeat("ä", 5001)), "message", "must not be longer than 5,000 characters"},
		"no UTF-8":       {Text("a\xff"), "message", "must be UTF-8"},
		"rich of text":   {Rich(raw(`"x"`)), "content", "must be a JSON object"},
		"rich of a list": {Rich(raw(`[{}]`)), "content", "must be a JSON object"},
		"rich of none":   {Rich(nil), "content", "must be a JSON object"},
		"rich cut off":   {Rich(raw(`{"a":`)), "content", "must be a JSON object"},
		"rich, no UTF-8": {Rich(raw("{\"a\":\"\xff\"}")), "content", "must be a JSON object"},
		"rich of null":   {Rich(raw(`null`)), "content", "must be a JSON object"},
		"half a rune":    {Rich(raw(`{"a":"\ud800"}`)), "content", "must be a JSON object"},
		"a huge number":  {Rich(raw(`{"a":1e400}`)), "content", "must be a JSON object"},
		"file nowhere":   {FileMessage(FileInfo{Type: "PDF"}), "relativePath", "must not be empty"},
		"file of none":   {FileMessage(FileInfo{Path: "/x"}), "fileType", "must not be empty"},
		"file, no UTF-8": {FileMessage(FileInfo{Path: "/x", Type: "PDF", Caption: "\xff"}), "file", "must be UTF-8"},
		"file with a novel": {
			FileMessage(FileInfo{Path: "/x", Type: "PDF", Caption: strings.Repeat("x", 5001)}), "caption", "must not be longer than 5,000 characters",
		},
		"reply without title": {good.WithQuickReplies(QuickReply{Title: "x"}, QuickReply{Text: "x"}), "quickReplies", "must have a title"},
		"reply, no UTF-8":     {good.WithQuickReplies(QuickReply{Title: "x", Tooltip: "\xff"}), "quickReplies", "must be UTF-8"},
		"reply, long id":      {good.WithQuickReplies(QuickReply{Title: "x", ID: strings.Repeat("ä", 65)}), "quickReplies", "must not have an id longer than 64 characters"},
		"reply, no click":     {good.WithQuickReplies(QuickReply{Title: "x", Click: raw(`[]`)}), "quickReplies", "must have a JSON object for its click"},
		"reply, no style":     {FileMessage(file).WithQuickReplies(QuickReply{Title: "x", Style: raw(`1`)}), "quickReplies", "must have a JSON object for its style"},
		"metadata of text":    {Rich(raw(`{}`)).WithMetadata(raw(`{}`), raw(`"x"`)), "metadata", "must be a JSON object"},
		"encoded too long":    {good.WithEncodedMetadata(make([]byte, 3751)), "encodedMetadata", "must not be longer than 5,000 bytes of base64"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.content.check("messagingagent.Send")
			var input *liveperson.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, &liveperson.InputError{Op: "messagingagent.Send", Field: c.field, Rule: c.rule}, input)
		})
	}
	require.NoError(t, FileMessage(FileInfo{Path: "/x", Type: "PDF", Caption: strings.Repeat("ä", 5000)}).check("x"))
	require.NoError(t, good.WithEncodedMetadata(make([]byte, 3750)).WithQuickReplies(QuickReply{Title: "x", ID: strings.Repeat("ä", 64), Click: raw(`{}`), Style: raw(`{}`)}).check("x"))
}

// By what a message is found again.
func TestIsOf(t *testing.T) {
	t.Parallel()
	text, rich, file := Text(" a  b\n"), Rich(raw(`{"a":1,"b":[2.0]}`)), FileMessage(FileInfo{Path: "/x", Type: "PDF"})
	for _, c := range []struct {
		content Content
		event   Event
		want    bool
	}{
		{text, Event{Kind: KindText, Text: "a b", Audience: AudienceAll}, true},
		{text, Event{Kind: KindText, Text: "a c", Audience: AudienceAll}, false},
		{text, Event{Kind: KindOther, Text: "a b", Audience: AudienceAll}, false},
		{text, Event{Kind: KindText, Text: "a b", Audience: AudienceAgents}, false},
		{Private(text), Event{Kind: KindText, Text: "a b", Audience: AudienceAgents}, true},
		{Private(text), Event{Kind: KindText, Text: "a b", Audience: AudienceAll}, false},
		{rich, Event{Kind: KindRich, Rich: raw(`{ "b": [2], "a": 1 }`)}, true},
		{rich, Event{Kind: KindRich, Rich: raw(`{"b":[2],"a":2}`)}, false},
		{rich, Event{Kind: KindRich}, false},
		{file, Event{Kind: KindFile, File: &FileInfo{Path: "/x", Caption: "new"}}, true},
		{file, Event{Kind: KindFile, File: &FileInfo{Path: "/y"}}, false},
		{file, Event{Kind: KindFile}, false},
	} {
		assert.Equal(t, c.want, c.content.isOf(&c.event), "%+v %+v", c.content, c.event)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 6000)
	x := func(n int) string { return strings.Repeat("x", n) }
	card := `{"type":"vertical","elements":[{"type":"text","text":"x","tooltip":"x"},{"type":"image","url":"HTTPS://x/y.png"},{"type":"button","title":"x","click":{"actions":[{"type":"publishText","text":"x"},{"type":"link","uri":"https://x"},{},{}]}}]}`
	for name, c := range map[string]struct {
		content Content
		want    []string
	}{
		"text":              {Text("x"), nil},
		"card":              {Rich(raw(card)), nil},
		"carousel":          {Rich(raw(`{"type":"carousel","elements":[` + card + `,` + card + `]}`)), nil},
		"largest card":      {Rich(raw(`{"elements":[` + strings.Repeat("{},", 254) + `{}]}`)), nil},
		"not JSON":          {Rich(raw(`{`)), []string{"content: must be a JSON object"}},
		"not an object":     {Rich(raw(`[]`)), []string{"content: must be a JSON object"}},
		"odd members":       {Rich(raw(`{"type":7,"text":1,"url":2,"click":3,"elements":{}}`)), nil},
		"odd elements":      {Rich(raw(`{"elements":[7]}`)), []string{"content.elements[0]: must be a JSON object"}},
		"odd actions":       {Rich(raw(`{"click":{"actions":[7,null]}}`)), nil},
		"a lone card":       {Rich(raw(`{"type":"carousel","elements":[{}]}`)), []string{"content: has 1 cards, must have 2 to 10"}},
		"too many cards":    {Rich(raw(`{"type":"carousel","elements":[` + strings.Repeat("{},", 10) + `{}]}`)), []string{"content: has 11 cards, must have 2 to 10"}},
		"too many elements": {Rich(raw(`{"elements":[` + strings.Repeat("{},", 255) + `{}]}`)), []string{"content: has 257 elements, more than 256"}},
		"too many actions":  {Rich(raw(`{"click":{"actions":[1,2,3,4,5]}}`)), []string{"content.click: has 5 actions, more than 4"}},
		"not https":         {Rich(raw(`{"elements":[{"url":"http://x"}]}`)), []string{"content.elements[0].url: must be https"}},
		"too long": {
			Rich(raw(`{"text":"` + long + `","title":"` + long + `","tooltip":"` + long + `","url":"https://` + long + `","click":{"actions":[{"text":"` + long + `"},{"uri":"` + long + `"}]}}`)),
			[]string{
				"content.text: is longer than 5000 characters", "content.title: is longer than 128 characters", "content.tooltip: is longer than 256 characters", "content.url: is longer than 2048 characters",
				"content.click.actions[0].text: is longer than 256 characters", "content.click.actions[1].uri: is longer than 1024 characters",
			},
		},
		"the most cards": {Rich(raw(`{"type":"carousel","elements":[` + strings.Repeat("{},", 9) + `{}]}`)), nil},
		"as long as may be": {
			Rich(raw(`{"text":"` + x(5000) + `","title":"` + x(128) + `","tooltip":"` + x(256) + `","url":"https://` + x(2040) + `",` +
				`"click":{"actions":[{"text":"` + x(256) + `"},{"uri":"` + x(1024) + `"},{},{}]}}`)), nil,
		},
		"quick replies": {Text("x").WithQuickReplies(make([]QuickReply, 24)...), nil},
		"too many quick replies": {
			Text("x").WithQuickReplies(make([]QuickReply, 24)...).WithQuickReplies(QuickReply{Title: long, Tooltip: long, Text: long}),
			[]string{
				"quickReplies: has 25 replies, more than 24", "quickReplies[24].title: is longer than 25 characters",
				"quickReplies[24].tooltip: is longer than 256 characters", "quickReplies[24].text: is longer than 256 characters",
			},
		},
		"preview": {FileMessage(FileInfo{Preview: strings.Repeat("x", 30721)}), []string{"file.preview: is longer than 30720 characters"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, c.content.Warnings())
		})
	}
}
