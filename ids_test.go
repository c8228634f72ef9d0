package liveperson_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "-1": -1, "3705342610": 3705342610, "9223372036854775807": 9223372036854775807} {
		for _, number := range []func() (int64, error){
			liveperson.SkillID(text).Int64, liveperson.UserID(text).Int64, liveperson.UserID("le12345678." + text).Int64,
			liveperson.CampaignID(text).Int64, liveperson.EngagementID(text).Int64,
		} {
			n, err := number()
			require.NoError(t, err, text)
			assert.Equal(t, want, n, text)
		}
		assert.Equal(t, liveperson.SkillID(text), liveperson.SkillIDOf(want))
		assert.Equal(t, liveperson.UserID(text), liveperson.UserIDOf(want))
	}
	for field, number := range map[string]func() (int64, error){
		"skill id": liveperson.SkillID("Sales").Int64, "user id": liveperson.UserID("").Int64,
		"campaign id": liveperson.CampaignID("9223372036854775808").Int64, "engagement id": liveperson.EngagementID("1.5").Int64,
	} {
		_, err := number()
		var in *liveperson.InputError
		require.ErrorAs(t, err, &in)
		assert.Equal(t, field, in.Field)
		assert.Equal(t, "must be a whole number", in.Rule)
	}
	n, err := liveperson.NoSkill.Int64()
	require.NoError(t, err)
	assert.Equal(t, int64(-1), n)
}
