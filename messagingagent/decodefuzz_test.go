package messagingagent

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// isJSON checks that what was decoded can be shown to a browser.
func isJSON(t *testing.T, value any) {
	t.Helper()
	_, err := json.Marshal(value)
	require.NoError(t, err)
}

// FuzzConversations: whatever comes, each conversation has an id, its participants a
// state and an id, and the same comes of it each time.
func FuzzConversations(f *testing.F) {
	for _, s := range []string{
		`{"subscriptionId":"sub-1","changes":[{"type":"UPSERT","result":` + wholeConversation + `},{"type":"DELETE","result":{"convId":"c"}}]}`,
		`{"changes":{"type":"UPSERT","result":{"convId":7,"conversationDetails":{"state":"OPEN","participants":[{"id":"a","role":"CONSUMER"},{"X":["1.2"],"Y":"z"}],"participantsPId":{"X":"p"}}}}}`,
		`{"changes":[{"result":[{"convId":"c","conversationDetails":[{"stage":"CLOSE","dialogs":{"dialogId":"c","participantsDetails":{"AGENT":[1,null,"1.2"]},"metaData":"x"},"context":[]}]}]}]}`,
		`[]`, `null`, `{"changes":[null,7]}`, `{"changes":[{"type":"UPSERT","result":{"convId":"c","conversationDetails":{"state":"OPEN","ttr":{"value":1e15}},"numberOfunreadMessages":{"a":"b"}}}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		subscription, changes, odd, err := decodeConversations(data)
		if err != nil {
			return
		}
		assert.GreaterOrEqual(t, odd, 0)
		for i := range changes {
			c := &changes[i].info
			assert.NotEmpty(t, c.ID)
			lists := [][]Participant{c.Participants}
			for _, d := range c.Dialogs {
				assert.NotEmpty(t, d.ID)
				lists = append(lists, d.Participants)
			}
			for _, list := range lists {
				for _, p := range list {
					assert.NotEmpty(t, p.State)
					assert.NotEmpty(t, p.ID+p.PID)
					assert.True(t, p.Is(p.ID, p.PID))
				}
			}
			if a, ok := c.AssignedAgent(); ok {
				assert.True(t, c.Has(RoleAssignedAgent, a.ID, a.PID))
			}
			c.Main()
			isJSON(t, c)
		}
		again, twice, oddTwice, err := decodeConversations(data)
		require.NoError(t, err)
		assert.Equal(t, subscription, again)
		assert.Equal(t, changes, twice)
		assert.Equal(t, odd, oddTwice)
	})
}

// FuzzEvents: whatever comes, each event is of a kind, with what belongs to it, and its
// sequence can be one.
func FuzzEvents(f *testing.F) {
	for _, s := range []string{
		wholeEvent, `[` + wholeEvent + `,` + wholeLast + `]`, `{"dialogId":"d","changes":[` + wholeEvent + `,7,null]}`, `[{"changes":{"event":{"type":"x.ChatStateEvent","chatState":7}}}]`,
		`{"sequence":"1e2","event":{"type":"ContentEvent","contentType":"hosted/file","message":[{"relativePath":"/x"}]}}`, `{"event":{"type":"RichContentEvent","message":{"a":1}}}`,
		`{"event":{"type":"AcceptStatusEvent","sequenceList":["8",9.0,null]},"metadata":""}`, `{"sequence":-1,"event":{"type":"x"}}`, `{"sequence":1e999,"event":{"type":"x."}}`, `[]`, `null`, `""`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		events, odd, err := decodeEvents(data)
		if err != nil {
			return
		}
		assert.GreaterOrEqual(t, odd, 0)
		for i := range events {
			e := &events[i]
			assert.Contains(t, []EventKind{KindText, KindRich, KindFile, KindTyping, KindReceipt, KindOther}, e.Kind)
			assert.Equal(t, e.Kind == KindFile, e.File != nil)
			assert.Equal(t, e.Kind == KindReceipt, e.Receipt != nil)
			assert.GreaterOrEqual(t, e.Sequence, int64(0))
			assert.LessOrEqual(t, e.Sequence, int64(maxSequence))
			assert.True(t, e.Sequenced || e.Sequence == 0)
			assert.NotEmpty(t, e.Audience)
			assert.NotEmpty(t, e.Raw)
			e.IsMessage()
			isJSON(t, e)
		}
	})
}

// FuzzRings: whatever comes, each ring has an id, and each task a conversation or a
// ring.
func FuzzRings(f *testing.F) {
	for _, s := range []string{
		`{"subscriptionId":"sub-2","changes":[{"type":"UPSERT","result":{"conversationId":"c","ringsDetails":[` + wholeRing + `,{}]}},{"type":"DELETE","result":{}}]}`,
		`{"changes":{"result":{"ringsDetails":{"ringId":7,"conversationId":"c","ringExpiration":"9e18","ringExpirationTs":-1}}}}`, `null`, `[]`, `{"changes":[7]}`,
		`{"changes":[{"result":{"ringsDetails":[{"ringId":"r","ringExpirationTs":1700000000072000,"weight":"2023-11-14T22:13:20+2400"}]}}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, changes, odd, err := decodeRings(data)
		if err != nil {
			return
		}
		assert.GreaterOrEqual(t, odd, 0)
		for _, c := range changes {
			assert.True(t, c.conversation != "" || len(c.rings) > 0)
			for _, r := range c.rings {
				assert.NotEmpty(t, r.ID)
				isJSON(t, r)
			}
		}
	})
}

// FuzzAgentStates: whatever comes, each state has an availability.
func FuzzAgentStates(f *testing.F) {
	for _, s := range []string{
		`{"subscriptionId":"sub-3","changes":[{"type":"UPSERT","result":{"channels":["MESSAGING"],"agentUserId":"12345678.3550017","availability":"ONLINE","description":""}}]}`,
		`{"changes":{"result":[{"availability":7,"channels":"x"}]}}`, `null`, `{"changes":[7,null]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, states, err := decodeAgentStates(data)
		if err != nil {
			return
		}
		for _, s := range states {
			assert.NotEmpty(t, s.availability)
		}
	})
}

// FuzzProfile: whatever comes, it can be shown.
func FuzzProfile(f *testing.F) {
	for _, s := range []string{
		wholeProfile, `[` + personal + `,` + customer + `]`, `null`, `[{"userId":"x"},7]`, `{"claims":"x","authenticatedData":{"lp_sdes":[7,{}]},"privateData":[]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := decodeProfile(data); err == nil {
			isJSON(t, p)
		}
	})
}

// FuzzContent: what passes the check can be sent, and is found again among the events.
func FuzzContent(f *testing.F) {
	for _, s := range [][2]string{
		{"Hi", `{"type":"text","text":"x"}`}, {" \n", `{}`}, {"<&>\u2028\x00", `{"a":"\ud800"}`}, {"\xff", "{\"a\":\"\xff\"}"},
		{"x", `{"a":1e400}`}, {"x", `{"a":1,"a":2}`}, {"x", `null`}, {"x", ` {"type":"carousel","elements":[{"click":{"actions":[{"uri":7}]}}]} `}, {"x", `{"A":-0.0}`},
	} {
		f.Add(s[0], []byte(s[1]))
	}
	f.Fuzz(func(t *testing.T, text string, object []byte) {
		for _, c := range []Content{
			Text(text).WithMetadata(object), Private(Rich(object)), Rich(object).WithQuickReplies(QuickReply{Title: text, Click: object}),
			FileMessage(FileInfo{Path: text, Type: "PDF"}).WithQuickReplies(QuickReply{Title: "x", ID: text, Style: object}),
		} {
			c.Warnings()
			if c.check("x") != nil {
				continue
			}
			body, err := wire.Marshal(c.publish("conv-1"))
			require.NoError(t, err)
			_, _, err = c.envelope()
			require.NoError(t, err)
			events, odd, err := decodeEvents(body)
			require.NoError(t, err)
			assert.Zero(t, odd)
			require.Len(t, events, 1)
			assert.True(t, c.isOf(&events[0]), "%s", body)
		}
	})
}
