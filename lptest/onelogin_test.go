package lptest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// A user's second login throws the first one out, and finds the chats of it.
func TestOneLogin(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	first, b := ann(t, srv), bob(t, srv)
	visit := srv.Visitor(lptest.Visitor{Skill: "Billing"})
	b.accept()
	own := srv.Visitor(ada())
	for own.Chat().Ringing() != "ann@brand" {
		own = srv.Visitor(ada())
	}
	first.accept()

	require.Equal(t, 401, newWire(t, srv).signIn("ann@brand", "wrong").status)
	require.Equal(t, 200, first.call("GET", "/info", "").status, "a login that fails changes nothing")

	second := newWire(t, srv)
	require.Equal(t, 200, second.signIn("ann@brand", "pw-ann").status)
	first.call("GET", "/info", "").refused(401, "10", "The bearer has expired")
	first.send("POST", "/api/account/12345678/logout", `{"csrf":"`+first.csrf+`"}`,
		append([]string{"Cookie: Session_id=" + first.login}, jsonHeaders...)...).refused(401, "10", "The session is not known or has expired")
	require.Equal(t, 200, b.call("GET", "/info", "").status, "another user")
	require.Equal(t, "Online", srv.Availability(srv.Agents()[0]), "the agent session stays")
	require.Equal(t, 201, second.start().status)
	r := second.call("GET", "/chatSessions", "")
	require.Equal(t, own.ChatID(), r.text("chatSessions", "chatSession", 0, "chatSessionKey"))
	require.Equal(t, 200, second.call("GET", "/chat/"+own.ChatID(), "").status)
	require.Equal(t, "bob@brand", visit.Chat().Agent())

	srv.Bearer(srv.Agents()[0])
	require.Equal(t, 401, second.call("GET", "/info", "").status, "a ready-made bearer is a login too")
}

// On demand the bearers of a user live side by side.
func TestManyLogins(t *testing.T) {
	t.Parallel()
	srv := brand(t, lptest.WithManyLogins())
	first, second := ann(t, srv), ann(t, srv)
	require.Equal(t, 200, first.call("GET", "/info", "").status)
	require.Equal(t, 200, second.call("GET", "/info", "").status)
}
