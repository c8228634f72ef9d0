package messagingagent

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Profiles as they are asked for, and what is made of the answers.
func TestProfilesAsTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		for _, row := range []struct {
			id, want, answer string
			profile          Profile
		}{
			{"c0ffee00-1", `{"userId":"c0ffee00-1"}`, wholeProfile, wholeProfileInfo()},
			{"", `{"userId":""}`, `{"userId":"12345678.3550017","nickName":"bot"}`, Profile{UserID: "12345678.3550017", NickName: "bot", Raw: raw(`{"userId":"12345678.3550017","nickName":"bot"}`)}},
			{"12345678.3550099", `{"userId":"12345678.3550099"}`, `[` + customer + `]`, Profile{CustomerID: "cu-1", Raw: raw(`[` + customer + `]`)}},
			{"x", `{"userId":"x"}`, `null`, Profile{}},
		} {
			if row.id == "12345678.3550099" {
				row.profile.Attributes = append(row.profile.Attributes, raw(customer))
			}
			x.says("GetUserProfile", `"code":200,"type":".ams.userprofile.GetUserProfile$Response","body":`+row.answer)
			p, err := x.a.Profile(t.Context(), row.id)
			require.NoError(t, err)
			assert.Equal(t, row.profile, p)
			assert.Equal(t, []string{`"type":".ams.userprofile.GetUserProfile","body":` + row.want + `}`}, x.all())
		}
		x.says("GetUserProfile", `"code":404,"type":"x","body":"none"`)
		_, err := x.a.Profile(t.Context(), "x")
		require.ErrorIs(t, err, liveperson.ErrNotFound)
		x.says("GetUserProfile", `"code":200,"type":"x"`)
		_, err = x.a.Profile(t.Context(), "x")
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		require.ErrorIs(t, err, liveperson.ErrMalformed)
		assert.Equal(t, "messagingagent.Profile", e.Op)
		assert.Equal(t, 200, e.Status)
		assert.Len(t, x.all(), 2)
		x.says("GetUserProfile", "", `"code":200,"type":"x","body":{}`)
		_, err = x.a.Profile(t.Context(), "x")
		require.NoError(t, err, "it is asked for again")
		assert.Len(t, x.all(), 2)
	})
}

// The own profile as it is set.
func TestProfilesAsTheyAreSet(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		whole := wholeProfileInfo()
		whole.UserID = "3550017"
		for _, row := range []struct {
			profile Profile
			want    string
		}{
			{Profile{}, `{"userId":"12345678.3550017"}`},
			{Profile{UserID: "12345678.3550017", NickName: "<bot>"}, `{"userId":"12345678.3550017","nickName":"<bot>"}`},
			{Profile{Mobile: "+1"}, `{"userId":"12345678.3550017","privateData":{"mobileNum":"+1"}}`},
			{Profile{Mail: "a@example.com"}, `{"userId":"12345678.3550017","privateData":{"mail":"a@example.com"}}`},
			{
				whole, `{"userId":"12345678.3550017","firstName":"Augusta","lastName":"King","nickName":"Ada","avatarUrl":"https://x/a.png","role":"r",` +
					`"backgndImgUri":"https://x/b.png","description":"d","privateData":{"mobileNum":"+3","mail":"king@example.com"}}`,
			},
		} {
			require.NoError(t, x.a.SetProfile(t.Context(), row.profile))
			assert.Equal(t, []string{`"type":".ams.userprofile.SetUserProfile","body":` + row.want + `}`}, x.all())
		}
		var input *liveperson.InputError
		require.ErrorAs(t, x.a.SetProfile(t.Context(), Profile{UserID: "3550099"}), &input)
		assert.Equal(t, &liveperson.InputError{Op: "messagingagent.SetProfile", Field: "userId", Rule: "must be the agent's own, or empty"}, input)
		assert.Empty(t, x.all())
		x.says("SetUserProfile", "", `"code":200,"type":"x"`)
		require.NoError(t, x.a.SetProfile(t.Context(), Profile{}))
		assert.Len(t, x.all(), 2)
		x.says("SetUserProfile", "")
		require.ErrorIs(t, x.a.SetProfile(t.Context(), Profile{}), ErrUnconfirmed)
		assert.Len(t, x.all(), 3)
		x.says("SetUserProfile", `"code":403,"type":"x","body":"no"`)
		require.ErrorIs(t, x.a.SetProfile(t.Context(), Profile{}), liveperson.ErrForbidden)
	})
}
