package chatagent_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
)

// A read that is refused gives an error and nothing else.
func TestReadsThatFail(t *testing.T) {
	t.Parallel()
	for on, call := range map[string]func(ctx context.Context, s *chatagent.Agent, c *chatagent.Chat) (any, error){
		"GET " + as + "/chat": func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
			return s.PollChats(ctx, chatagent.ChatCursor{Key: "H217-b7d7K845"})
		},
		"GET " + as + "/chat/availableSlots": func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
			n, err := s.AvailableSlots(ctx, chatagent.SlotQuery{})
			if n == 0 {
				return []int(nil), err
			}
			return n, err
		},
		"GET " + ch + "/survey": func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
			return c.Survey(ctx)
		},
		"GET " + as + "/chatSessions": func(ctx context.Context, s *chatagent.Agent, _ *chatagent.Chat) (any, error) {
			return s.Chats(ctx)
		},
		"GET " + ch: func(ctx context.Context, _ *chatagent.Agent, c *chatagent.Chat) (any, error) {
			return c.CustomVariables(ctx)
		},
	} {
		w, agent := newTap(t)
		chat := openChat(t, w, agent)
		w.on(on, `403 {"error":{"message":"no","internalCode":13}}`)
		w.take()
		got, err := call(t.Context(), agent, chat)
		assert.Empty(t, got, on)
		var e *liveperson.Error
		require.ErrorAs(t, err, &e, on)
		require.ErrorIs(t, err, liveperson.ErrForbidden, on)
		assert.Equal(t, 13, e.Code)
		assert.Len(t, w.take(), 1, on)
	}
}

func TestSlotsThatAreNotInTheAnswer(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.on("GET "+as+"/chat/availableSlots", `200 {}`)
	_, err := agent.AvailableSlots(t.Context(), chatagent.SlotQuery{})
	assert.ErrorIs(t, err, liveperson.ErrMalformed)
}

func TestChatsOfNone(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.take()
	updates, err := agent.PollChats(t.Context())
	require.NoError(t, err)
	assert.Empty(t, updates)
	assert.Empty(t, w.take())
}

// A chat session without a link is found by its key.
func TestChatSessionWithoutALink(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{"chatSession":{"chatSessionKey":"H217-b7d7K845"}}}`)
	list, err := agent.Chats(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, chatagent.ChatID("H217-b7d7K845"), list[0].ID)

	w.on("POST "+as+"/incomingRequests", `200 {}`) // none is named: it may be one that is not known
	openChat(t, w, agent)
	chat, err := agent.Accept(t.Context())
	require.ErrorIs(t, err, chatagent.ErrNoIncoming, "this one is known")
	assert.Nil(t, chat)
}

func TestAcceptThatCannotBeChecked(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.on("POST "+as+"/incomingRequests", `200 {}`)
	w.on("GET "+as+"/chatSessions", `500 `)
	_, err := agent.Accept(t.Context())
	require.ErrorIs(t, err, chatagent.ErrUnconfirmed, "a chat may be ours")
	require.NotErrorIs(t, err, chatagent.ErrNoIncoming)
	require.ErrorIs(t, err, liveperson.ErrUnavailable)
}

func TestStartThatFails(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	const start = "POST https://va.agentvep.liveperson.net/api/account/12345678/agentSession"
	for answer, want := range map[string]error{
		`403 `: liveperson.ErrForbidden,
		`201 {"agentSessionLocation":{"link":{"@href":"https://evil.example/agentSession/1"}}}`: liveperson.ErrForeignOrigin,
		`201 {}`: liveperson.ErrMalformed,
	} {
		w.on(start, answer)
		s, err := chatagent.Start(t.Context(), agent.Login())
		require.ErrorIs(t, err, want, answer)
		assert.Nil(t, s)
	}
}

// Nothing starts or goes on with a login that has ended.
func TestStartAfterLogout(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	snap := snapshot(t, agent)
	require.NoError(t, agent.Login().Logout(t.Context()))
	w.take()
	_, err := chatagent.Start(t.Context(), agent.Login())
	require.ErrorIs(t, err, login.ErrLoggedOut)
	_, err = chatagent.Resume(t.Context(), agent.Login(), snap)
	require.ErrorIs(t, err, login.ErrLoggedOut)
	assert.Empty(t, w.take())
}

func TestStartWithoutTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		snap := snapshot(t, agent)
		time.Sleep(time.Hour) // where the service is must be asked again
		w.take()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := chatagent.Start(ctx, agent.Login())
		require.ErrorIs(t, err, context.Canceled)
		_, err = chatagent.Resume(ctx, agent.Login(), snap)
		require.ErrorIs(t, err, context.Canceled)
		assert.Empty(t, w.take())
	})
}

func TestResumeThatFails(t *testing.T) {
	t.Parallel()
	const doc = `{"url":"` + as + `","chats":[{"id":"H217-b7d7K845","url":"` + ch + `","from":1}]}`
	var snap chatagent.Snapshot
	require.NoError(t, json.Unmarshal([]byte(doc), &snap))
	const start, incoming = "POST https://va.agentvep.liveperson.net/api/account/12345678/agentSession", "GET " + as + "/incomingRequests"
	w, other := newTap(t)
	w.on(incoming, `404 `) // the agent session is gone
	w.on(start, `403 `)
	agent, err := chatagent.Resume(t.Context(), other.Login(), snap)
	require.ErrorIs(t, err, liveperson.ErrForbidden, "no new one starts")
	assert.Nil(t, agent)
	w.on(start, `500 `)
	agent, err = chatagent.Resume(t.Context(), other.Login(), snap)
	require.NoError(t, err, "left to Serve")
	assert.NotNil(t, agent)
	_, other = newTap(t)
	_, err = chatagent.Resume(t.Context(), other.Login(), snap, chatagent.WithPollInterval(time.Hour))
	require.ErrorIs(t, err, liveperson.ErrInvalidInput)
}

// A chat that had ended when it was opened takes no lines, and is not kept.
func TestChatThatHasEnded(t *testing.T) {
	t.Parallel()
	for name, events := range map[string]string{
		"by an event": `{"@id":"0","@type":"line","source":"visitor","text":"bye"},{"@id":"1","@type":"state","state":"ended"}`,
		"by its info": `{"@id":"0","@type":"line","source":"visitor","text":"bye"}`,
	} {
		w, agent := newTap(t)
		w.on("GET "+ch, `200 {"chat":{"link":{"@href":"`+ch+`","@rel":"self"},"events":{"event":[`+events+`]},"info":{"state":"ended"}}}`)
		chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
		require.NoError(t, err)
		assert.Equal(t, "chat H217-b7d7K845", chat.String())
		w.take()
		_, err = chat.Send(t.Context(), chatagent.Text("too late"))
		require.ErrorIs(t, err, chatagent.ErrChatEnded)
		var lines []string
		for line, err := range chat.Lines(t.Context()) {
			require.NoError(t, err)
			lines = append(lines, line.Text)
		}
		assert.Equal(t, []string{"bye"}, lines)
		assert.Equal(t, "snapshot of an agent session with 0 chats", snapshot(t, agent).String(), name)
		assert.Empty(t, w.take())
	}
}

// Opening a chat again gives the same one.
func TestChatOpenedTwice(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	assert.Same(t, chat, openChat(t, w, agent))
}

// A loop over events without Serve ends with the reason.
func TestEventsThatFail(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]error{`404 `: chatagent.ErrChatLost, `500 `: liveperson.ErrUnavailable, `200 {}`: context.DeadlineExceeded} {
		synctest.Test(t, func(t *testing.T) {
			w, agent := newTap(t)
			chat := openChat(t, w, agent)
			w.on("GET "+ch+"/events", answer)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			seen := 0
			var last error
			for _, err := range chat.Events(ctx) {
				if err != nil {
					last = err
					break
				}
				seen++
			}
			assert.Equal(t, 2, seen)
			assert.ErrorIs(t, last, want)
		})
	}
}

// Two lines of the same text that could not be confirmed: the first may turn up
// late, so that one event does not prove the second.
func TestSameLineUnconfirmedTwice(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("POST "+ch+"/events", `500 `)
	w.on("GET "+ch+"/events", `500 `,
		`200 {"events":{"event":{"@id":"2","@type":"line","source":"agent","agentId":"311098910","text":"hi","textType":"plain"}}}`,
		`200 {"events":{}}`, // there is no other page
		`200 {"events":{"event":[{"@id":"2","@type":"line","source":"agent","agentId":"311098910","text":"hi","textType":"plain"},{"@id":"3","@type":"line","source":"agent","agentId":"311098910","text":"hi","textType":"plain"},{"@id":"4","@type":"line","source":"agent","agentId":"311098910","text":"hi","textType":"plain"}]}}`)
	for range 2 {
		_, err := chat.Send(t.Context(), chatagent.Text("hi"))
		require.ErrorIs(t, err, chatagent.ErrUnconfirmed)
	}
	id, err := chat.Send(t.Context(), chatagent.Text("hi"))
	require.NoError(t, err, "three lines, of which two are in doubt")
	assert.Equal(t, int64(4), id)
}

// Someone who stops watching, or has no more time, asks no more.
func TestWatchAgentsEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		w.on("GET "+as+"/availableAgents", `200 {"availableAgents":{"agents":{"agent":{"@id":"1"}}}}`)
		w.take()
		for _, err := range agent.WatchAgents(t.Context(), chatagent.AgentFilter{}) {
			assert.NoError(t, err)
			break
		}
		assert.Len(t, w.take(), 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var last error
		for _, err := range agent.WatchAgents(ctx, chatagent.AgentFilter{}) {
			last = err
		}
		assert.ErrorIs(t, last, context.DeadlineExceeded)
		assert.Len(t, w.take(), 1)
	})
}

// What is logged says what happened, and no text of a chat.
func TestLogAndPollInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, other := newTap(t)
		w.on("GET "+as+"/incomingRequests", `200 {"incomingRequests":{"ringingCount":"0"}}`)
		var out strings.Builder
		agent, err := chatagent.Start(t.Context(), other.Login(), chatagent.WithLogger(slog.New(slog.NewTextHandler(&out, nil))), chatagent.WithPollInterval(15*time.Second))
		require.NoError(t, err)
		w.take()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		handler := chatagent.HandlerFunc(func(context.Context, *chatagent.Chat) error { return nil })
		require.ErrorIs(t, agent.Serve(ctx, handler), context.DeadlineExceeded)
		assert.InDelta(t, 20, len(w.take()), 2)
		assert.Contains(t, out.String(), `msg="agent session started" account=12345678`)
		assert.NotContains(t, out.String(), "b34r3r")
	})
}
