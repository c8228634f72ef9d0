package messagingagent

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	personal     = `{"type":"personal","personal":{"firstname":"Ada","lastname":"Byron","contacts":[{"email":"ada@example.com"},{"phone":"+1"},{"email":"b@example.com","phone":"+2"}]}}`
	customer     = `{"type":"ctmrinfo","info":{"customerId":"cu-1"},"acr":"loa1"}`
	claims       = `{"lp_sdes":[` + personal + `],"iss":"https://idp.example"}`
	signedIn     = `{"lp_sdes":` + customer + `}`
	wholeProfile = `{"userId":"c0ffee00-1","firstName":"Augusta","lastName":"King","nickName":"Ada","avatarUrl":"https://x/a.png","role":"r","backgndImgUri":"https://x/b.png","description":"d",` +
		`"privateData":{"mobileNum":"+3","mail":"king@example.com","userId":"c0ffee00-1","pushNotificationData":null},"claims":` + claims + `,"authenticatedData":` + signedIn + `,"acr":"loa2"}`
)

func wholeProfileInfo() Profile {
	return Profile{
		UserID: "c0ffee00-1", FirstName: "Augusta", LastName: "King", NickName: "Ada", AvatarURL: "https://x/a.png", BackgroundURL: "https://x/b.png",
		Role: "r", Description: "d", Mobile: "+3", Mail: "king@example.com", CustomerID: "cu-1",
		Attributes: []json.RawMessage{json.RawMessage(personal), json.RawMessage(customer)},
		Claims:     json.RawMessage(claims), AuthenticatedData: json.RawMessage(signedIn), ACR: "loa2", Raw: json.RawMessage(wholeProfile),
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]Profile{
		wholeProfile:             wholeProfileInfo(),
		`null`:                   {},
		`""`:                     {},
		`[]`:                     {},
		`{}`:                     {},
		`[7,{"type":7.5,"x":1}]`: {Attributes: []json.RawMessage{json.RawMessage(`{"type":7.5,"x":1}`)}},
		`{"userId":7,"privateData":[{"email":"a@example.com"}],"claims":{"lp_sdes":[7]},"authenticatedData":null}`: {
			UserID: "7", Mail: "a@example.com", Claims: json.RawMessage(`{"lp_sdes":[7]}`),
		},
		`[{"userId":"c0ffee00-1","firstName":"Ada"}]`: {UserID: "c0ffee00-1", FirstName: "Ada"},
		`[` + personal + `,` + customer + `]`: {
			FirstName: "Ada", LastName: "Byron", Mail: "ada@example.com", Mobile: "+1", CustomerID: "cu-1",
			Attributes: []json.RawMessage{json.RawMessage(personal), json.RawMessage(customer)},
		},
		customer: {CustomerID: "cu-1", Attributes: []json.RawMessage{json.RawMessage(customer)}},
	} {
		got, err := decodeProfile(json.RawMessage(body))
		require.NoError(t, err)
		want.Raw = given(json.RawMessage(body))
		assert.Equal(t, want, got, body)
	}
	_, err := decodeProfile(json.RawMessage(`{"userId":`))
	require.Error(t, err)
}
