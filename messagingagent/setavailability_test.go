package messagingagent

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Each availability goes out as it stands here.
func TestAvailabilitiesAsTheyAreSent(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		x.says("SetAgentState", stateOK)
		for _, row := range []struct {
			to   Availability
			opts []AvailabilityOption
			want string
		}{
			{Online, nil, `"availability":"ONLINE"}`},
			{Occupied, nil, `"availability":"OCCUPIED"}`},
			{Away, []AvailabilityOption{nil, WithReason("lunch <1 h>")}, `"availability":"AWAY","description":"lunch <1 h>"}`},
			{BackSoon, []AvailabilityOption{WithReason("")}, `"availability":"BACK_SOON"}`},
			{Offline, nil, `"availability":"OFFLINE"}`},
			{"TRAINING", nil, `"availability":"TRAINING"}`},
		} {
			require.NoError(t, x.a.SetAvailability(t.Context(), row.to, row.opts...))
			assert.Equal(t, []string{`"type":".ams.routing.SetAgentState","body":{"channels":["MESSAGING"],"agentUserId":"12345678.3550017",` + row.want + `}`}, x.all())
			assert.Equal(t, row.to, x.a.Availability())
		}
	})
}

// What is no availability is not sent, and what is refused is said.
func TestAvailabilitiesThatAreNotSet(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		assert.Empty(t, x.a.Availability())
		var input *liveperson.InputError
		require.ErrorAs(t, x.a.SetAvailability(t.Context(), ""), &input)
		assert.Equal(t, &liveperson.InputError{Op: "messagingagent.SetAvailability", Field: "availability", Rule: "must not be empty"}, input)
		bad := func(*stateBody) error { return rule("description", "must be short") }
		require.ErrorAs(t, x.a.SetAvailability(t.Context(), Away, bad), &input)
		assert.Equal(t, &liveperson.InputError{Op: "messagingagent.SetAvailability", Field: "description", Rule: "must be short"}, input)
		assert.Empty(t, x.all())
		x.says("SetAgentState", `"code":403,"type":".ReqBody$ErrorResp","body":{"title":"No","details":"not this one","errorCode":40301}`)
		err := x.a.SetAvailability(t.Context(), BackSoon)
		require.ErrorIs(t, err, liveperson.ErrForbidden)
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "messagingagent.SetAvailability", e.Op)
		assert.Equal(t, "No: not this one", e.Message)
		assert.Equal(t, 40301, e.Code)
		assert.Empty(t, x.a.Availability())
	})
}

// What the service tells of the agent's state, in all forms.
func TestStatesThatAreTold(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		for _, row := range []struct {
			typ, changes string
			want         Availability
		}{
			{
				".ams.routing.AgentStateNotification",
				`[{"type":"UPSERT","result":{"channels":["MESSAGING"],"agentUserId":"12345678.3550017","availability":"ONLINE","description":""}}]`, Online,
			},
			{"routing.AgentStateNotification", `{"type":"UPSERT","result":{"channels":"MESSAGING","agentUserId":"a6e1","availability":"AWAY","description":"missed rings"}}`, Away},
			{".ams.routing.AgentStateNotification", `[{"type":"UPSERT","result":{"availability":"BACK_SOON"}}]`, BackSoon},
			{".ams.routing.AgentStateNotification", `[{"type":"UPSERT","result":{"agentUserId":"12345678.3550099","availability":"ONLINE"}}]`, BackSoon}, // another's
			{".ams.routing.AgentStateNotification", `[{"type":"DELETE","result":{"availability":"ONLINE"}}]`, BackSoon},
			{".ams.routing.AgentStateNotification", `[]`, BackSoon},
			{".ams.routing.AgentStateNotification", `null`, BackSoon},
			{".ams.routing.AgentStateNotification", `[{"type":"UPSERT","result":{"availability":"TRAINING"}},7]`, "TRAINING"},
		} {
			x.notify(row.typ, `{"subscriptionId":"sub-x","changes":`+row.changes+`}`)
			synctest.Wait()
			assert.Equal(t, row.want, x.a.Availability(), row.changes)
		}
		x.notify(".ams.routing.AgentStateNotification", `7`) // which harms nobody
		synctest.Wait()
		assert.Equal(t, Availability("TRAINING"), x.a.Availability())
		assert.Empty(t, x.all())
	})
}
