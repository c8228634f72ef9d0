package chatagent_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
)

// Another agent session, in the place of one that the server has lost.
const (
	sessions = "https://va.agentvep.liveperson.net/api/account/12345678/agentSession"
	as2      = sessions + "/2222"
	ch2      = as2 + "/chat/H217-b7d7K845"
	started2 = `201 {"agentSessionLocation":{"link":{"@href":"` + as2 + `"}}}`
	listed2  = `200 {"chatSessions":{"chatSession":{"chatSessionKey":"H217-b7d7K845","link":{"@href":"` + ch2 + `"}}}}`
)

// The agent session is lost while Resume reads the chats: they are taken over,
// and go on where they were.
func TestAgentSessionLostDuringResume(t *testing.T) {
	t.Parallel()
	w, other := newTap(t)
	w.on("GET "+as+"/incomingRequests", silence, `404 `)
	w.on("GET "+ch, `404 `)
	w.on("POST "+sessions, started2)
	w.on("GET "+as2+"/chatSessions", listed2)
	w.on("GET "+ch2, `200 {"chat":{"events":{"event":[`+hello+`,{"@id":"1","@type":"line","source":"visitor","text":"two"},`+
		`{"@id":"2","@type":"line","source":"agent","text":"to hello"}]},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}`)
	var snap chatagent.Snapshot
	require.NoError(t, json.Unmarshal([]byte(`{"url":"`+as+`","chats":[{"id":"H217-b7d7K845","url":"`+ch+`","from":1}]}`), &snap))
	agent, err := chatagent.Resume(t.Context(), other.Login(), snap)
	require.NoError(t, err)
	chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
	require.NoError(t, err)
	for line, err := range chat.Lines(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, "two", line.Text, "although an agent has said something after it")
		break
	}
}

// Nor is it lost, or its agent session, while the service cannot say which of them is gone.
func TestChatGoneWhileTheServiceIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newRinging(t)
		w.on("GET "+as+"/incomingRequests", ringing, `500 `)
		w.on("GET "+as+"/chatSessions", `500 `)
		w.on("GET "+as+"/chat", `404 `)
		w.on("GET "+ch+"/events", `404 `)
		w.take()
		_, ended := served(t, w, agent, 30*time.Second)
		require.Len(t, ended, 1)
		assert.NotErrorIs(t, ended[0], chatagent.ErrChatLost)
		for _, sent := range w.take() {
			assert.False(t, strings.HasPrefix(sent, "POST "+sessions+"?"), "no new agent session")
		}
	})
}

// A chat that is not there any more, in an agent session that is.
func TestChatLostDuringResume(t *testing.T) {
	t.Parallel()
	w, other := newTap(t)
	w.on("GET "+as+"/incomingRequests", silence)
	w.on("GET "+ch, `404 `)
	var snap chatagent.Snapshot
	require.NoError(t, json.Unmarshal([]byte(`{"url":"`+as+`","chats":[{"id":"H217-b7d7K845","url":"`+ch+`","from":1}]}`), &snap))
	agent, err := chatagent.Resume(t.Context(), other.Login(), snap)
	require.NoError(t, err)
	assert.Equal(t, "snapshot of an agent session with 0 chats", snapshot(t, agent).String())
}

// The agent session is lost between two requests of a poll: that is no fault of
// the chat.
func TestAgentSessionLostDuringAPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newRinging(t)
		w.on("GET "+as+"/incomingRequests", ringing, silence, `404 `)
		w.on("GET "+as+"/chat", `200 {}`)
		w.on("GET "+ch+"/events", `404 `)
		w.on("POST "+sessions, started2)
		w.on("GET "+as2+"/chatSessions", listed2)
		w.on("GET "+as2+"/incomingRequests", silence)
		w.on("GET "+as2+"/chat", `200 {"chats":{"chat":{"events":{"event":{"@id":"1","@type":"line","source":"visitor","text":"two"}},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}}`)
		w.on("POST "+ch2+"/events", `201 {"chatEventLocation":{"link":{"@href":"`+ch2+`/events/9"}}}`)
		lines, ended := served(t, w, agent, time.Minute)
		assert.Equal(t, []string{"hello", "two"}, lines)
		require.Len(t, ended, 1)
		assert.NotErrorIs(t, ended[0], chatagent.ErrChatLost)
	})
}

// A chat that is over stays in a snapshot for as long as there is something left of it.
func TestChatThatEndedBeforeResume(t *testing.T) {
	t.Parallel()
	for from, chats := range map[string]int{"0": 1, "1": 1, "2": 0} {
		w, other := newTap(t)
		w.on("GET "+as+"/incomingRequests", silence)
		w.on("GET "+ch, `200 {"chat":{"events":{"event":[`+hello+`,{"@id":"1","@type":"state","state":"ended"}]},"info":{"state":"ended","chatSessionKey":"H217-b7d7K845"}}}`)
		var snap chatagent.Snapshot
		require.NoError(t, json.Unmarshal([]byte(`{"url":"`+as+`","chats":[{"id":"H217-b7d7K845","url":"`+ch+`","from":`+from+`}]}`), &snap))
		agent, err := chatagent.Resume(t.Context(), other.Login(), snap)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("snapshot of an agent session with %d chats", chats), snapshot(t, agent).String(), from)
	}
}

// What Resume cannot find out at present it leaves to Serve, with what is known of how
// far the chats were handled.
func TestResumeThatCannotReadAChat(t *testing.T) {
	t.Parallel()
	const paged = `200 {"chat":{"events":{"event":[{"@id":"0","@type":"line","time":1517232000000,"source":"visitor","text":"hello"}]},` +
		`"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845","lastUpdate":1517232054560}}}`
	for _, test := range []struct {
		name, chat, events string
		incoming           []string
	}{
		{"the service is down", `500 `, `500 `, []string{`500 `}},
		{"agent session", `404 `, `200 {}`, []string{silence, `500 `}},
		{"a chat", `500 `, `200 {}`, []string{silence}},
		{"second page", paged, `500 `, []string{silence}},
	} {
		w, other := newTap(t)
		w.on("GET "+as+"/incomingRequests", test.incoming...)
		w.on("GET "+ch, test.chat)
		w.on("GET "+ch+"/events", test.events)
		var snap chatagent.Snapshot
		require.NoError(t, json.Unmarshal([]byte(`{"url":"`+as+`","chats":[{"id":"H217-b7d7K845","url":"`+ch+`","from":7}]}`), &snap))
		agent, err := chatagent.Resume(t.Context(), other.Login(), snap)
		require.NoError(t, err, test.name)
		doc, err := json.Marshal(snapshot(t, agent))
		require.NoError(t, err)
		assert.Equal(t, `{"url":"`+as+`","chats":[{"id":"H217-b7d7K845","url":"`+ch+`","from":7}]}`, string(doc), test.name)
	}
}

// A chat is where it was accepted, and in a new agent session where its own link says, if
// that may be followed and is the chat's.
func TestLinksOfChats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lost        bool // the agent session
		link, place string
	}{
		{false, as + "/talk/H217-b7d7K845", ch},
		{false, "", ch},
		{true, "", ch2},
		{true, ch2, ch2},
		{true, as2 + "/talk/H217-b7d7K845", as2 + "/talk/H217-b7d7K845"},
		{true, as2 + "/chat/H9", ch2},
		{true, "https://elsewhere.example/chat/H217-b7d7K845", ch2},
	} {
		synctest.Test(t, func(t *testing.T) {
			w, agent := newRinging(t)
			many := `200 {"chats":{"chat":{"link":[{"@href":"` + c.link + `","@rel":"self"}],"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}}`
			w.on("GET "+as+"/chat", many)
			w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{}}`)
			if c.lost {
				w.on("GET "+as+"/incomingRequests", ringing, silence, `404 `)
				w.on("GET "+as+"/chat", `200 {}`)
			}
			w.on("GET "+ch+"/events", `404 `)
			w.on("POST "+sessions, started2)
			w.on("GET "+as2+"/chatSessions", listed2)
			w.on("GET "+as2+"/incomingRequests", silence)
			w.on("GET "+as2+"/chat", many)
			for _, at := range []string{as + "/talk/H217-b7d7K845", ch2, as2 + "/talk/H217-b7d7K845", as2 + "/chat/H9"} {
				w.on("POST "+at+"/events", `201 {"chatEventLocation":{"link":{"@href":"`+at+`/events/9"}}}`)
			}
			w.take()
			_, ended := served(t, w, agent, time.Minute)
			require.Len(t, ended, 1)
			last := ""
			for _, sent := range w.take() {
				if strings.HasPrefix(sent, "POST ") && strings.Contains(sent, `"ended"`) {
					last = sent
				}
			}
			assert.Contains(t, last, "POST "+c.place+"/events?", c.link)
		})
	}
}
