package messagingagent

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const wholeRing = `{"ringId":"conv-1_3550017_1700000000000","ringState":"WAITING","ringExpiration":72000,"ringExpirationTs":1700000072000,"weight":1700003600000,"convId":"conv-1","consumerId":"c0ffee00-1","skillId":"4242","brandId":"12345678"}`

func wholeRingInfo() RingInfo {
	return RingInfo{
		ID: "conv-1_3550017_1700000000000", State: RingWaiting, ExpiresAt: at(72), ExpiresIn: 72 * time.Second, Weight: at(3600),
		Conversation: "conv-1", Consumer: "c0ffee00-1", Skill: "4242",
	}
}

func TestRings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		changes string
		want    []ringChange
		odd     int
	}{
		"nothing waits": {`[]`, nil, 0},
		"null":          {`null`, nil, 0},
		"whole": {
			`[{"type":"UPSERT","result":{"routingTaskId":"t","taskCompleted":true,"conversationId":"conv-2","consumerId":"c0ffee00-2","skillId":"-1","brandId":"12345678","assignedAgentId":"","ringsDetails":[` + wholeRing + `]}}]`,
			[]ringChange{{completed: true, task: "t", conversation: "conv-2", consumer: "c0ffee00-2", skill: "-1", rings: []RingInfo{wholeRingInfo()}}},
			0,
		},
		"elements for lists, numbers as texts": {
			`{"type":"UPSERT","result":{"taskCompleted":"true","conversationId":"conv-1","consumerId":"c0ffee00-1","skillId":4242,"ringsDetails":{"ringId":"r","ringState":"ACCEPTED","ringExpiration":"72000","ringExpirationTs":"1700000072000","weight":"1700003600000"}}}`,
			[]ringChange{{completed: true, conversation: "conv-1", consumer: "c0ffee00-1", skill: "4242", rings: []RingInfo{{
				ID: "r", State: RingAccepted, ExpiresAt: at(72), ExpiresIn: 72 * time.Second, Weight: at(3600), Conversation: "conv-1", Consumer: "c0ffee00-1", Skill: "4242",
			}}}},
			0,
		},
		"the conversation of a ring only": {
			`[{"type":"UPSERT","result":{"ringsDetails":[{"ringId":"r","convId":"conv-1"},{"ringId":"s","conversationId":"conv-2"}]}}]`,
			[]ringChange{{conversation: "conv-1", rings: []RingInfo{{ID: "r", Conversation: "conv-1"}, {ID: "s", Conversation: "conv-2"}}}},
			0,
		},
		"deleted":           {`[{"type":"DELETE","result":{"conversationId":"conv-1"}}]`, []ringChange{{gone: true, conversation: "conv-1"}}, 0},
		"deleted by task":   {`[{"type":"DELETE","result":{"routingTaskId":"t-1"}}]`, []ringChange{{gone: true, task: "t-1"}}, 0},
		"a task alone":      {`[{"type":"UPSERT","result":{"routingTaskId":"t-1"}}]`, nil, 1},
		"a ring without id": {`[{"type":"UPSERT","result":{"ringsDetails":[{"convId":"conv-1"},{"ringId":"r"}]}}]`, []ringChange{{conversation: "conv-1", rings: []RingInfo{{ID: "r"}}}}, 1},
		"odd times": {
			`[{"type":"UPSERT","result":{"conversationId":"c","ringsDetails":[{"ringId":"r","ringExpiration":-1,"ringExpirationTs":-1},{"ringId":"s","ringExpiration":9223372036854775807}]}}]`,
			[]ringChange{{conversation: "c", rings: []RingInfo{{ID: "r", ExpiresIn: -time.Millisecond, Conversation: "c"}, {ID: "s", ExpiresIn: 9223372036854 * time.Millisecond, Conversation: "c"}}}},
			0,
		},
		"unreadable ones": {`[7,{"type":"UPSERT"},{"type":"UPSERT","result":{}},{"type":"UPSERT","result":7},{"type":"DELETE","result":{"conversationId":"c"}}]`, []ringChange{{gone: true, conversation: "c"}}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subscription, changes, odd, err := decodeRings(json.RawMessage(`{"subscriptionId":"sub-2","changes":` + c.changes + `}`))
			require.NoError(t, err)
			assert.Equal(t, "sub-2", subscription)
			assert.Equal(t, c.want, changes)
			assert.Equal(t, c.odd, odd)
		})
	}
	_, _, _, err := decodeRings(json.RawMessage(`{"changes":[`))
	require.Error(t, err)
}

func TestAgentStates(t *testing.T) {
	t.Parallel()
	whole := agentState{agentUserID: "12345678.3550017", availability: "ONLINE", description: "lunch", channels: []string{"MESSAGING"}}
	for changes, want := range map[string][]agentState{
		`[]`:   nil,
		`null`: nil,
		`[{"type":"UPSERT","result":{"channels":["MESSAGING"],"agentUserId":"12345678.3550017","availability":"ONLINE","description":"lunch"}}]`: {whole},
		`{"type":"UPSERT","result":{"channels":"MESSAGING","agentUserId":"12345678.3550017","availability":"ONLINE","description":"lunch"}}`:     {whole},
		`[{"type":"UPSERT","result":{"availability":"AWAY","description":""}}]`:                                                                  {{availability: "AWAY"}},
		`[{"type":"DELETE","result":{"availability":"AWAY"}},7,{"type":"UPSERT","result":{"agentUserId":"x"}}]`:                                  nil,
	} {
		subscription, states, err := decodeAgentStates(json.RawMessage(`{"subscriptionId":"sub-3","changes":` + changes + `}`))
		require.NoError(t, err)
		assert.Equal(t, "sub-3", subscription)
		assert.Equal(t, want, states, changes)
	}
	_, _, err := decodeAgentStates(nil)
	require.Error(t, err)
}
