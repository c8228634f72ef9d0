package login_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
)

// A login that said nothing of privileges and clock.
func TestUserAsJSON(t *testing.T) {
	t.Parallel()
	out, err := json.Marshal(login.User{ID: "1", PID: "p", LoginName: "l", IsAdmin: true, AccountTimeZone: "a", ServerTimeZone: "s"})
	require.NoError(t, err)
	assert.Equal(t, `{"id":"1","pid":"p","loginName":"l","isLpa":false,"isAdmin":true,"accountTimeZone":"a","serverTimeZone":"s"}`, string(out))
}
