package messagingagent

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

func TestRequestsOnTheWire(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		r    request
		want string
	}{
		"empty":      {request{typ: ".GetClock", body: struct{}{}}, `{"kind":"req","id":"7","type":".GetClock","body":{}}`},
		"no body":    {request{typ: "x"}, `{"kind":"req","id":"7","type":"x"}`},
		"null":       {request{typ: "x", body: json.RawMessage("null")}, `{"kind":"req","id":"7","type":"x","body":null}`},
		"raw":        {request{typ: "x", body: json.RawMessage(`["<b>&"]`)}, `{"kind":"req","id":"7","type":"x","body":["<b>&"]}`},
		"siblings":   {request{typ: "x", body: "t", metadata: json.RawMessage(`[1]`), encodedMetadata: "ZQ=="}, `{"kind":"req","id":"7","type":"x","body":"t","metadata":[1],"encodedMetadata":"ZQ=="}`},
		"headers":    {request{typ: "x", headers: json.RawMessage(`[{}]`)}, `{"kind":"req","id":"7","type":"x","headers":[{}]}`},
		"a big type": {request{typ: `q"`}, `{"kind":"req","id":"7","type":"q\""}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := c.r.doc()
			require.NoError(t, err)
			assert.Equal(t, c.want, string(doc.frame(7)))
		})
	}
}

func TestRequestsThatAreNoJSON(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]request{
		"body":     {op: "messagingagent.Send", typ: "x", body: json.RawMessage(`{`)},
		"text":     {op: "messagingagent.Send", typ: "x", body: "\xff"},
		"type":     {op: "messagingagent.Send", typ: "\xff"},
		"channel":  {op: "messagingagent.Send", typ: "x", body: make(chan int)},
		"metadata": {op: "messagingagent.Send", typ: "x", metadata: json.RawMessage(`[1`)},
		"two":      {op: "messagingagent.Send", typ: "x", body: json.RawMessage(`{},"id":"8"`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := r.doc()
			var in *liveperson.InputError
			require.ErrorAs(t, err, &in)
			assert.Equal(t, "messagingagent.Send", in.Op)
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{
		".ams.aam.ExConversationChangeNotification": "ExConversationChangeNotification",
		"cqm.ExConversationChangeNotification":      "ExConversationChangeNotification",
		".ams.GenericSubscribe$Response":            "GenericSubscribeResponse",
		"GetClock":                                  "GetClock",
		"":                                          "",
		"x.":                                        "",
	} {
		assert.Equal(t, want, plainName(typ), typ)
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"200": 200, " 202 ": 202, "OK": 200, "ok": 200, "200 OK": 200, "Created": 201, "ACCEPTED": 202,
		"BAD_REQUEST": 400, "Unauthorized": 401, "NOT_FOUND": 404, "TOO_MANY_REQUESTS": 429, "INTERNAL_SERVER_ERROR": 500,
		"": 0, "maybe": 0, "0": 0, "-1": 0, "99": 0, "100": 100, "999": 999, "1000": 0, "{}": 0, "1e3": 0,
	} {
		assert.Equal(t, want, codeOf(text), text)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body    string
		message string
		code    int
	}{
		"text":        {`"Agent does not exist in conversation"`, "Agent does not exist in conversation", 0},
		"form":        {`{"title":"Unauthorized","details":"expired","errorCode":40104}`, "Unauthorized: expired", 40104},
		"code, text":  {`{"title":"Unauthorized","errorCode":"40104"}`, "Unauthorized", 40104},
		"details":     {`{"details":"expired"}`, "expired", 0},
		"message":     {`{"message":"expired"}`, "expired", 0},
		"other":       {`{"why":"no"}`, "", 0},
		"none":        {``, "", 0},
		"null":        {`null`, "", 0},
		"list":        {`["no"]`, "no", 0},
		"with secret": {`"no s3cr/et here, nor s3cr%2Fet"`, "no [redacted] here, nor [redacted]", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := failure("messagingagent.Send", 400, ".ReqBody$ErrorResp", json.RawMessage(c.body), "s3cr/et")
			assert.Equal(t, c.message, e.Message)
			assert.Equal(t, c.code, e.Code)
			assert.Equal(t, 400, e.Status)
			assert.Equal(t, ".ReqBody$ErrorResp", e.Reason)
			assert.Equal(t, strings.NewReplacer("s3cr/et", "[redacted]", "s3cr%2Fet", "[redacted]").Replace(c.body), string(e.Body))
		})
	}
	long := failure("op", 500, strings.Repeat("t", 9000), json.RawMessage(`"`+strings.Repeat("ä", 9000)+`"`))
	assert.Len(t, long.Message, maxMessage)
	assert.Len(t, long.Reason, maxMessage)
	assert.Len(t, long.Body, 4096)
}

// FuzzFrames takes in whatever the service may send.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"resp","reqId":"1","code":200,"type":".ReqBody$StringResp","body":"OK"}`,
		`{"kind":"resp","reqId":1,"code":"OK","body":[]}`,
		`{"kind":"resp","reqId":"1","code":401,"type":".ReqBody$ErrorResp","body":{"title":"t","details":"d","errorCode":40104}}`,
		`{"kind":"notification","type":".ams.ms.OnlineEventDistribution","body":{"sequence":1}}`,
		`[{"kind":"notification"}]`, `{"kind":`, ``, `null`, `1`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var notes int
		l := &link{cfg: linkConfig{notify: func(n notification) {
			notes++
			assert.NotContains(t, n.name, "$")
			if n.body != nil {
				assert.True(t, json.Valid(n.body))
			}
		}}, log: discarded}
		waits := make(chan answer, 1)
		s := &socket{link: l, pending: map[uint64]waiter{1: {answer: waits}}}
		s.take(data)
		select {
		case a := <-waits:
			assert.Zero(t, notes)
			assert.Empty(t, s.pending)
			e := failure("op", a.code, a.typ, a.body, "s3cret")
			assert.LessOrEqual(t, len(e.Message), maxMessage)
		default:
			assert.Len(t, s.pending, 1)
		}
		now, _ := l.serverNow()
		l.clock(answer{code: 200, body: data}, now)
	})
}
