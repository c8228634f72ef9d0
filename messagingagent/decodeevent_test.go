package messagingagent

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wholeEvent has every member that an event can have.
const wholeEvent = `{"sequence":10,"originatorId":"12345678.3550017","originatorPId":"a6e1","originatorMetadata":{"id":"b7","role":"ASSIGNED_AGENT","clientProperties":{"type":".ClientProperties","ipAddress":"192.0.2.1"}},` +
	`"originatorClientProperties":{"type":".ClientProperties","ipAddress":"192.0.2.2"},"serverTimestamp":1700000200000,` +
	`"event":{"type":"ContentEvent","contentType":"text/plain","message":"<Hello>","quickReplies":{"type":"quickReplies","replies":[]}},` +
	`"dialogId":"d-1","conversationId":"conv-1","messageAudience":"AGENTS_AND_MANAGERS","metadata":[{"type":"ExternalId","id":"yes-1"}],"eventId":"e"}`

func wholeEventOf() Event {
	return Event{
		DialogID: "d-1", ConversationID: "conv-1", Sequence: 10, Sequenced: true,
		From: Originator{ID: "12345678.3550017", PID: "a6e1", Role: RoleAssignedAgent, Client: &ClientProperties{IPAddress: "192.0.2.1"}},
		At:   at(200), Audience: AudienceAgents, Kind: KindText, ContentType: "text/plain", Text: "<Hello>",
		QuickReplies: json.RawMessage(`{"type":"quickReplies","replies":[]}`), Metadata: json.RawMessage(`[{"type":"ExternalId","id":"yes-1"}]`),
		Raw: json.RawMessage(wholeEvent),
	}
}

func TestWholeEvent(t *testing.T) {
	t.Parallel()
	events, odd, err := decodeEvents(json.RawMessage(wholeEvent))
	require.NoError(t, err)
	assert.Zero(t, odd)
	assert.Equal(t, []Event{wholeEventOf()}, events)
}

// What each kind of event says.
func TestEventKinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event string
		want  Event // but for what all have
	}{
		"text":              {`{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}`, Event{Kind: KindText, ContentType: "text/plain", Text: "Hi"}},
		"HTML":              {`{"type":"ContentEvent","contentType":"text/html","message":"<b>Hi</b>"}`, Event{Kind: KindText, ContentType: "text/html", Text: "<b>Hi</b>"}},
		"no content type":   {`{"type":"ContentEvent","message":"Hi"}`, Event{Kind: KindText, Text: "Hi"}},
		"a number":          {`{"type":"ContentEvent","contentType":"text/plain","message":7}`, Event{Kind: KindText, ContentType: "text/plain", Text: "7"}},
		"text in a list":    {`{"type":"ContentEvent","contentType":"text/plain","message":["Hi"]}`, Event{Kind: KindText, ContentType: "text/plain", Text: "Hi"}},
		"no text":           {`{"type":"ContentEvent","contentType":"text/plain"}`, Event{Kind: KindText, ContentType: "text/plain"}},
		"null":              {`{"type":"ContentEvent","contentType":"text/plain","message":null,"quickReplies":null}`, Event{Kind: KindText, ContentType: "text/plain"}},
		"an object as text": {`{"type":"ContentEvent","contentType":"text/plain","message":{"a":1}}`, Event{Kind: KindText, ContentType: "text/plain"}},
		"another dialect":   {`{"type":".ams.ms.ContentEvent","contentType":"text/plain","message":"Hi"}`, Event{Kind: KindText, ContentType: "text/plain", Text: "Hi"}},
		"rich": {
			`{"type":"RichContentEvent","content":{"type":"vertical","elements":[]},"quickReplies":{"replies":[]}}`,
			Event{Kind: KindRich, Rich: json.RawMessage(`{"type":"vertical","elements":[]}`), QuickReplies: json.RawMessage(`{"replies":[]}`)},
		},
		"rich in message": {`{"type":"RichContentEvent","message":{"type":"text"},"content":null}`, Event{Kind: KindRich, Rich: json.RawMessage(`{"type":"text"}`)}},
		"rich of nothing": {`{"type":"RichContentEvent"}`, Event{Kind: KindRich}},
		"file": {
			`{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"cat","relativePath":"/v1/x.jpeg","fileType":"JPEG","preview":"cHI="}}`,
			Event{Kind: KindFile, ContentType: "hosted/file", File: &FileInfo{Caption: "cat", Path: "/v1/x.jpeg", Type: "JPEG", Preview: "cHI="}},
		},
		"file of a schema": {
			`{"type":"ContentEvent","contentType":"HostedFile","message":[{"relativePath":"/v1/x.jpeg"}]}`, Event{Kind: KindFile, ContentType: "HostedFile", File: &FileInfo{Path: "/v1/x.jpeg"}},
		},
		"file of nothing": {`{"type":"ContentEvent","contentType":"hosted/file","message":"cat"}`, Event{Kind: KindFile, ContentType: "hosted/file", Text: "cat", File: &FileInfo{}}},
		"form":            {`{"type":"ContentEvent","contentType":"forms/secure-invitation","message":{"formId":"1"}}`, Event{Kind: KindOther, ContentType: "forms/secure-invitation"}},
		"structured text": {`{"type":"ContentEvent","contentType":"text/structured-content","message":"{}"}`, Event{Kind: KindOther, ContentType: "text/structured-content", Text: "{}"}},
		"typing":          {`{"type":"ChatStateEvent","chatState":"COMPOSING"}`, Event{Kind: KindTyping, Typing: ChatComposing}},
		"a new state":     {`{"type":"ChatStateEvent","chatState":"DANCING"}`, Event{Kind: KindTyping, Typing: "DANCING"}},
		"receipt":         {`{"type":"AcceptStatusEvent","status":"READ","sequenceList":[8,"9",10.0]}`, Event{Kind: KindReceipt, Receipt: &Receipt{Status: ReceiptRead, Sequences: []int64{8, 9, 10}}}},
		"receipt for one": {`{"type":"AcceptStatusEvent","status":"ACCEPT","sequenceList":8}`, Event{Kind: KindReceipt, Receipt: &Receipt{Status: ReceiptAccept, Sequences: []int64{8}}}},
		"receipt for none": {
			`{"type":"AcceptStatusEvent","status":"NACK"}`, Event{Kind: KindReceipt, Receipt: &Receipt{Status: ReceiptNack}},
		},
		"a new kind": {`{"type":"DanceEvent","message":"x"}`, Event{Kind: KindOther}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := `{"dialogId":"d-1","event":` + c.event + `}`
			events, odd, err := decodeEvents(json.RawMessage(body))
			require.NoError(t, err)
			assert.Zero(t, odd)
			c.want.DialogID, c.want.Audience, c.want.Raw = "d-1", AudienceAll, json.RawMessage(body)
			assert.Equal(t, []Event{c.want}, events)
		})
	}
}

func TestIsMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event Event
		want  bool
	}{
		{Event{Kind: KindText}, true},
		{Event{Kind: KindRich}, true},
		{Event{Kind: KindFile}, true},
		{Event{Kind: KindOther, ContentType: "application/json"}, true},
		{Event{Kind: KindOther}, false},
		{Event{Kind: KindTyping, ContentType: "text/plain"}, false},
		{Event{Kind: KindReceipt, ContentType: "text/plain"}, false},
	} {
		assert.Equal(t, c.want, c.event.IsMessage(), c.event.Kind)
	}
}

// The forms in which events come.
func TestEventForms(t *testing.T) {
	t.Parallel()
	const text = `"event":{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}`
	for name, c := range map[string]struct {
		body string
		want []string // dialog, conversation, sequence
		odd  int
	}{
		"one":                {`{"sequence":1,"dialogId":"d-1","conversationId":"c",` + text + `}`, []string{"d-1 c 1"}, 0},
		"none":               {`[]`, nil, 0},
		"null":               {`null`, nil, 0},
		"a list":             {`[{"sequence":2,"dialogId":"d-1",` + text + `},{"sequence":1,"dialogId":"d-2",` + text + `}]`, []string{"d-1  2", "d-2  1"}, 0},
		"changes":            {`{"dialogId":"d-1","conversationId":"c","changes":[{"sequence":2,` + text + `},{"sequence":3,"dialogId":"d-2","conversationId":"c2",` + text + `}]}`, []string{"d-1 c 2", "d-2 c2 3"}, 0},
		"one change":         {`{"dialogId":"d-1","changes":{"sequence":2,` + text + `}}`, []string{"d-1  2"}, 0},
		"no changes":         {`{"dialogId":"d-1","changes":[]}`, nil, 0},
		"null for changes":   {`{"dialogId":"d-1","changes":null}`, nil, 0},
		"a host of changes":  {`{"dialogId":"d-1","changes":[` + strings.Repeat("0,", 100_000) + `0]}`, nil, 1},
		"no dialog outside":  {`{"changes":[{"sequence":2,"dialogId":"d-1",` + text + `}]}`, []string{"d-1  2"}, 0},
		"a list of changes":  {`[{"dialogId":"d-1","changes":[{"sequence":2,` + text + `}]},{"dialogId":"d-2","changes":[{"sequence":3,` + text + `}]}]`, []string{"d-1  2", "d-2  3"}, 0},
		"dialog inside":      {`{"sequence":1,"event":{"type":"ChatStateEvent","dialogId":"d-1","conversationId":"c"}}`, []string{"d-1 c 1"}, 0},
		"no dialog":          {`{"sequence":1,` + text + `}`, []string{"  1"}, 0},
		"sequence 0":         {`{"sequence":0,` + text + `}`, []string{"  0"}, 0},
		"no sequence":        {`{` + text + `}`, []string{"  none"}, 0},
		"null for one":       {`{"sequence":null,` + text + `}`, []string{"  none"}, 0},
		"an empty one":       {`{"sequence":"",` + text + `}`, []string{"  none"}, 0},
		"a text":             {`{"sequence":" 7 ",` + text + `}`, []string{"  7"}, 0},
		"other numbers":      {`[{"sequence":3.0,` + text + `},{"sequence":1e2,` + text + `}]`, []string{"  3", "  100"}, 0},
		"the last":           {`[{"sequence":100000000,` + text + `},{"sequence":1e8,` + text + `}]`, []string{"  100000000", "  100000000"}, 0},
		"impossible numbers": {`[{"sequence":-1,` + text + `},{"sequence":1.5,` + text + `},{"sequence":"x",` + text + `},{"sequence":100000001,` + text + `},{"sequence":1e9,` + text + `},{"sequence":9e99,` + text + `}]`, nil, 6},
		"no body":            {``, nil, 0},
		"unreadable ones":    {`[7,"x",null,{},{"sequence":1,"event":{}},{"event":7},{"sequence":5,` + text + `}]`, []string{"  5"}, 6},
		"unreadable changes": {`{"changes":[7,{"sequence":5,` + text + `},{}]}`, []string{"  5"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, odd, err := decodeEvents(json.RawMessage(c.body))
			require.NoError(t, err)
			assert.Equal(t, c.odd, odd)
			var got []string
			for _, e := range events {
				n, _ := json.Marshal(e.Sequence)
				if !e.Sequenced {
					n = []byte("none")
				}
				got = append(got, string(e.DialogID)+" "+string(e.ConversationID)+" "+string(n))
			}
			assert.Equal(t, c.want, got)
		})
	}
	for _, body := range []string{`[{"sequence":1`, `{`} {
		_, _, err := decodeEvents(json.RawMessage(body))
		require.Error(t, err, body)
	}
}

// Who an event comes from.
func TestOriginator(t *testing.T) {
	t.Parallel()
	for around, want := range map[string]Originator{
		``: {},
		`,"originatorId":"a6e1","originatorMetadata":{"id":"a6e1","role":"AGENT"}`: {ID: "a6e1", PID: "a6e1", Role: RoleAgent},
		`,"originatorId":"12345678.1","originatorPId":"b7"`:                        {ID: "12345678.1", PID: "b7"},
		`,"originatorClientProperties":{"os":"IOS"},"originatorMetadata":""`:       {Client: &ClientProperties{OS: "IOS"}},
		`,"originatorClientProperties":null,"originatorMetadata":null`:             {},
	} {
		events, _, err := decodeEvents(json.RawMessage(`{"event":{"type":"ChatStateEvent"}` + around + `}`))
		require.NoError(t, err)
		require.Len(t, events, 1)
		assert.Equal(t, want, events[0].From, around)
	}
	o := Originator{ID: "12345678.1", PID: "b7"}
	assert.True(t, o.Is("12345678.1"))
	assert.True(t, o.Is("x", "b7"))
	assert.False(t, o.Is("x"))
	assert.False(t, o.Is())
	assert.False(t, (&Originator{}).Is(""), "who has no id is not who has none")
}
