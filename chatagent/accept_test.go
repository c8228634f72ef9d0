package chatagent_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
)

const located = `201 {"chatLocation":{"link":{"@href":"` + ch + `","@rel":"location"}}}`

func TestAcceptFollowsTheLink(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.on("GET "+as+"/incomingRequests", `200 {"incomingRequests":{"ringingCount":"1","link":[{"@href":"`+as+`/incomingRequests?take=1","@rel":"next"}]}}`)
	w.on("POST "+as+"/incomingRequests", located)
	w.on("GET "+ch, `200 {"chat":{"events":{"event":{"@id":"0","@type":"state","state":"chatting"}},"info":{"visitorName":"Ada"}}}`)
	n, err := agent.Incoming(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	w.take()
	chat, err := agent.Accept(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{
		"POST " + as + "/incomingRequests?take=1&NC=true&v=1" + set + "\n\n{}",
		"GET " + ch + q + get,
	}, w.take())
	assert.Equal(t, chatagent.ChatID("H217-b7d7K845"), chat.ID())
	assert.Equal(t, "Ada", chat.Visitor())
	again, err := agent.Chat(t.Context(), chat.ID())
	require.NoError(t, err)
	assert.Same(t, chat, again)
}

func TestAcceptWithoutAChat(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.on("GET "+as+"/chatSessions", `200 {"chatSessions":""}`)
	for _, answer := range []string{`200 {}`, `201 `, `200 {"chatLocation":null}`} {
		w.on("POST "+as+"/incomingRequests", answer)
		_, err := agent.Accept(t.Context())
		require.ErrorIs(t, err, chatagent.ErrNoIncoming, answer)
		require.NotErrorIs(t, err, chatagent.ErrUnconfirmed, answer)
	}
	w.on("POST "+as+"/incomingRequests", `200 {"error":{"message":"no chats","internalCode":12}}`)
	_, err := agent.Accept(t.Context())
	var e *liveperson.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, 12, e.Code)
	assert.Equal(t, "no chats", e.Message)
}

func TestForeignLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.on("POST "+as+"/incomingRequests", `201 {"chatLocation":{"link":{"@href":"https://evil.example/chat/1"}}}`)
	_, err := agent.Accept(t.Context())
	require.ErrorIs(t, err, liveperson.ErrForeignOrigin)

	chat := openChat(t, w, agent)
	w.on("GET "+ch, `200 {"chat":{"link":[{"@href":"http://va.agentvep.liveperson.net/visits/visit/1","@rel":"visit-id"}]}}`)
	_, err = chat.Visit(t.Context())
	require.ErrorIs(t, err, liveperson.ErrForeignOrigin)
	_, err = chat.CustomVariables(t.Context())
	require.ErrorIs(t, err, liveperson.ErrForeignOrigin)
	w.on("GET "+ch, `200 {"chat":{"link":[]}}`)
	_, err = chat.Visit(t.Context())
	require.ErrorIs(t, err, liveperson.ErrMalformed)
}

func TestVisit(t *testing.T) {
	t.Parallel()
	const visit = as + "/visits/visit/H217K845"
	for _, v := range []struct{ links, info, variables string }{
		{
			`200 {"visitId":{"link":[{"@href":"` + visit + `/info","@rel":"info"},{"@href":"` + visit + `/customVariables","@rel":"custom-variables"}]}}`,
			`200 {"visitInfo":{"isInCurrentChat":true,"visitorId":1214701440734022,"sessionInfo":{"info":[{"@name":"page","$":"/cart"}]},"visitorInfo":{"info":[{"@name":"ip","$":"192.0.2.1"}]},"time":{"info":[{"@name":"start","$":"1440934609097"}]}}}`,
			`200 {"customVariables":{"customVariable":[{"@source":"survey","@scope":"session","name":"email","time":"2015-08-30T11:36:49.097Z","displayName":"E-mail","value":"a@example.com"}]}}`,
		},
		{
			`200 {"visitId":{"link":[{"href":"` + visit + `/info","rel":"info"},{"href":"` + visit + `/customVariables","rel":"custom-variables"}]}}`,
			`201 {"visitInfo":{"isInCurrentChat":"true","visitorId":"1214701440734022","sessionInfo":{"info":{"name":"page","$":"/cart"}},"visitorInfo":{"info":{"name":"ip","$":"192.0.2.1"}},"time":{"info":{"name":"start","$":1440934609097}}}}`,
			`200 {"customVariables":{"customVariable":{"source":"survey","scope":"session","@name":"email","@time":1440934609097,"@displayName":"E-mail","@value":"a@example.com"}}}`,
		},
	} {
		w, agent := newTap(t)
		chat := openChat(t, w, agent)
		w.on("GET "+visit, v.links)
		w.on("GET "+visit+"/info", v.info)
		w.on("GET "+visit+"/customVariables", v.variables)
		w.take()
		got, err := chat.Visit(t.Context())
		require.NoError(t, err)
		assert.Equal(t, chatagent.Visit{
			InCurrentChat: true, VisitorID: "1214701440734022",
			Session: []chatagent.NameValue{{Name: "page", Value: "/cart"}},
			Visitor: []chatagent.NameValue{{Name: "ip", Value: "192.0.2.1"}},
			Time:    []chatagent.NameValue{{Name: "start", Value: "1440934609097"}},
		}, got)
		vars, err := chat.CustomVariables(t.Context())
		require.NoError(t, err)
		require.Len(t, vars, 1)
		assert.Equal(t, int64(1440934609097), vars[0].Time.UnixMilli())
		vars[0].Time = vars[0].Time.UTC()
		assert.Equal(t, chatagent.CustomVariable{Source: "survey", Scope: "session", Name: "email", Time: vars[0].Time, DisplayName: "E-mail", Value: "a@example.com"}, vars[0])
		assert.Equal(t, []string{
			"GET " + ch + q + get, "GET " + visit + q + get, "GET " + visit + "/info" + q + get,
			"GET " + ch + q + get, "GET " + visit + q + get, "GET " + visit + "/customVariables" + q + get,
		}, w.take())
	}
}

func TestErrorInsideASuccess(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	for _, answer := range []string{
		`200 {"chat":{"error":{"time":"2018-01-29T08:19:43Z","message":"gone","internalCode":"12","responseStatus":"NOT_FOUND"}}}`,
		`200 {"error":{"message":"gone","internalCode":12,"responseStatus":"NOT_FOUND"}}`,
	} {
		w.on("GET "+ch, answer)
		_, err := agent.Chat(t.Context(), "H217-b7d7K845")
		require.ErrorIs(t, err, liveperson.ErrNotFound)
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 12, e.Code)
	}
	chat := openChat(t, w, agent)
	w.on("POST "+ch+"/transfer", `200 {"transfer":{"errormsg":"No agent is available"}}`)
	err := chat.Transfer(t.Context(), chatagent.TransferTarget{SkillID: "3"}, "")
	var e *liveperson.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "No agent is available", e.Message)
	require.NotErrorIs(t, err, chatagent.ErrUnconfirmed)
}
