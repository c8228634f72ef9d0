package chatagent_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

const (
	ringing = `200 {"incomingRequests":{"ringingCount":"1"}}`
	silence = `200 {"incomingRequests":{"ringingCount":"0"}}`
	hello   = `{"@id":"0","@type":"line","source":"visitor","text":"hello"}`
	opened  = `200 {"chat":{"link":{"@href":"` + ch + `","@rel":"self"},"events":{"event":[` + hello + `]},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845","visitorName":"Ada"}}}`
)

// newRinging is an agent session at which a chat rings that can be accepted.
func newRinging(t *testing.T) (*wireTap, *chatagent.Agent) {
	t.Helper()
	w, agent := newTap(t)
	w.on("GET "+as+"/incomingRequests", ringing, silence)
	w.on("POST "+as+"/incomingRequests", `201 {"chatLocation":{"link":{"@href":"`+ch+`"}}}`)
	w.on("GET "+ch, opened)
	return w, agent
}

// served runs Serve for some time on a scripted transport and returns the lines
// that handlers saw and what each handler's loop ended with.
func served(t *testing.T, w *wireTap, agent *chatagent.Agent, d time.Duration) (lines []string, ended []error) {
	t.Helper()
	w.on("POST "+ch+"/events", `201 {"chatEventLocation":{"link":{"@href":"`+ch+`/events/9"}}}`)
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	err := agent.Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
		var last error
		for line, err := range chat.Lines(ctx) {
			if last = err; err != nil {
				break
			}
			lines = append(lines, line.Text)
		}
		ended = append(ended, last)
		return nil
	}), chatagent.WithGrace(0))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	return lines, ended
}

// A chat that may have been accepted is looked for until it is found and can be
// read.
func TestAcceptedChatIsLookedForUntilItIsFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		const listed = `200 {"chatSessions":{"chatSession":{"chatSessionKey":"H217-b7d7K845","link":{"@href":"` + ch + `"}}}}`
		w.on("GET "+as+"/incomingRequests", ringing, silence)
		w.on("POST "+as+"/incomingRequests", `500 `)
		w.on("GET "+as+"/chatSessions", `500 `, `500 `, listed)
		w.on("GET "+ch, `500 `, opened)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"info":{"state":"ended","chatSessionKey":"H217-b7d7K845"}}}}`)
		w.on("GET "+ch+"/events", `200 {}`)
		lines, ended := served(t, w, agent, time.Minute)
		assert.Equal(t, []string{"hello"}, lines)
		assert.Equal(t, []error{nil}, ended, "the chat is over, although no event says so")
	})
}

// A chat that is accepted before it has any event: those that it begins with are not
// taken for its going away and coming again.
func TestAcceptedChatWithoutEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newRinging(t)
		w.on("GET "+ch, `200 {"chat":{"events":{},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}`)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"events":{"event":[{"@id":"0","@type":"state","state":"waiting"},{"@id":"1","@type":"state","state":"chatting"},`+
			`{"@id":"2","@type":"line","source":"visitor","text":"hello"}]},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}}`,
			`200 {"chats":{"chat":{"events":{"event":{"@id":"3","@type":"state","state":"ended"}},"info":{"state":"ended","chatSessionKey":"H217-b7d7K845"}}}}`)
		w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{}}`)
		lines, ended := served(t, w, agent, 10*time.Second)
		assert.Equal(t, []string{"hello"}, lines)
		assert.Equal(t, []error{nil}, ended)
	})
}

// The chats are asked for by their keys, which an answer need not repeat, or by their
// ids as long as they have none.
func TestChatsAreAskedForByTheirKeys(t *testing.T) {
	t.Parallel()
	const none, key, id = ``, `"chatSessionKey":"a-key",`, "H217-b7d7K845"
	for _, c := range []struct{ read, answered, first, then string }{
		{key, key, "a-key", "a-key"},
		{key, none, "a-key", "a-key"},
		{none, none, id, id},
		{none, key, id, "a-key"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w, agent := newRinging(t)
			w.on("GET "+ch, `200 {"chat":{"events":{"event":`+hello+`},"info":{`+c.read+`"state":"chatting"}}}`)
			w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"link":{"@href":"`+ch+`","@rel":"self"},"info":{`+c.answered+`"state":"chatting"}}}}`)
			w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{}}`)
			_, _ = served(t, w, agent, 10*time.Second)
			var asked []string
			for _, sent := range w.take() {
				if query, found := strings.CutPrefix(strings.TrimSuffix(sent, get), "GET "+as+"/chat?"); found {
					asked = append(asked, query)
				}
			}
			require.Greater(t, len(asked), 2)
			assert.Equal(t, "NC=true&chatSessionKeys="+c.first+"&fromEventIds=0&v=1", asked[0])
			for _, query := range asked[1:] {
				assert.Equal(t, "NC=true&chatSessionKeys="+c.then+"&fromEventIds=0&v=1", query)
			}
		})
	}
}

// How a chat is said to have come: from a colleague, if one of them has spoken in it.
func TestAcceptedFromAColleague(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]chatagent.Opening{
		`"source":"visitor"`:                                    chatagent.Accepted,
		`"source":"agent","agentId":"311098910"`:                chatagent.Accepted,
		`"source":"agent","agentId":"4711"`:                     chatagent.Transferred,
		`"source":"system","systemMessageId":"13"`:              chatagent.Transferred,
		`"source":"system","systemMessageId":"15"`:              chatagent.Transferred,
		`"source":"system","systemMessageId":"4"`:               chatagent.Accepted,
		`"source":"visitor","agentId":"4711","by":"somebody"`:   chatagent.Accepted,
		`"source":"agent","agentId":"12345678.311098910"`:       chatagent.Accepted,
		`"source":"agent","agentId":"12345678.4711","by":"Bea"`: chatagent.Transferred,
	} {
		synctest.Test(t, func(t *testing.T) {
			w, agent := newRinging(t)
			w.on("GET "+ch, `200 {"chat":{"events":{"event":[`+hello+`,{"@id":"1","@type":"line","text":"x",`+said+`}]},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}`)
			w.on("GET "+as+"/chat", `200 {"chats":{}}`)
			w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{}}`)
			w.on("POST "+ch+"/events", `201 {"chatEventLocation":{"link":{"@href":"`+ch+`/events/9"}}}`)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			var how []chatagent.Opening
			_ = agent.Serve(ctx, chatagent.HandlerFunc(echo), chatagent.WithGrace(0), chatagent.WithOnUpdate(func(u chatagent.Update) {
				if o, is := u.(chatagent.ChatOpened); is {
					how = append(how, o.How)
				}
			}))
			assert.Equal(t, []chatagent.Opening{want}, how, said)
		})
	}
}

// A chat whose link leads elsewhere is not taken over, and no trouble is made of it at
// each list.
func TestListedElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		w.on("GET "+as+"/incomingRequests", silence)
		w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{"chatSession":{"chatSessionKey":"H217-b7d7K845","link":{"@href":"https://elsewhere.example/chat/H217-b7d7K845"}}}}`)
		w.on("GET "+as+"/availability", `200 {"availability":{"chat":"2"}}`)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var updates []chatagent.Update
		_ = agent.Serve(ctx, chatagent.HandlerFunc(echo), chatagent.WithOnUpdate(func(u chatagent.Update) { updates = append(updates, u) }))
		assert.Empty(t, updates)
	})
}

// A chat session that comes without a link is taken over by its key.
func TestAcceptedChatIsFoundByItsKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		w.on("GET "+as+"/incomingRequests", ringing, silence)
		w.on("POST "+as+"/incomingRequests", `500 `)
		w.on("GET "+as+"/chatSessions", `200 {}`, `200 {"chatSessions":{"chatSession":{"chatSessionKey":"H217-b7d7K845"}}}`)
		w.on("GET "+ch, opened)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}}`)
		lines, _ := served(t, w, agent, time.Minute)
		assert.Equal(t, []string{"hello"}, lines)
	})
}

// A chat that the answer for all chats names by its link only gets its events
// from there.
func TestEventsOfAChatWithoutItsKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newRinging(t)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"link":{"@href":"`+ch+`","@rel":"self"},"events":{"event":{"@id":"1","@type":"line","source":"visitor","text":"two"}},"info":{"state":"chatting"}}}}`)
		w.on("GET "+ch+"/events", `200 {}`)
		lines, _ := served(t, w, agent, time.Minute)
		assert.Equal(t, []string{"hello", "two"}, lines)
	})
}

// A chat that rang and was taken by somebody else is no failure.
func TestRingingChatThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		w.on("GET "+as+"/incomingRequests", ringing, silence)
		w.on("POST "+as+"/incomingRequests", `200 {}`)
		w.on("GET "+as+"/chatSessions", `200 {}`)
		lines, ended := served(t, w, agent, time.Minute)
		assert.Empty(t, lines)
		assert.Empty(t, ended)
	})
}

// A chat that the server forgets ends its handler's loop with ErrChatLost; one
// that is merely silent goes on.
func TestChatThatVanishes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newRinging(t)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"events":{"event":{"@id":"1","@type":"line","source":"visitor","text":"two"}},"info":{"state":"ended","chatSessionKey":"H217-b7d7K845"}}}}`, `200 {}`)
		w.on("GET "+ch+"/events", `200 {"events":{"event":{"@id":"1","@type":"line","source":"visitor","text":"two"}}}`)
		lines, ended := served(t, w, agent, time.Minute)
		assert.Equal(t, []string{"hello", "two"}, lines)
		assert.Equal(t, []error{nil}, ended)
		read := 0
		for _, sent := range w.take() {
			if strings.HasPrefix(sent, "GET "+ch+"/events") {
				read++
			}
		}
		assert.Equal(t, 1, read, "a page that shows nothing new is the last")

		w, agent = newRinging(t)
		w.on("GET "+as+"/chat", `200 {}`)
		w.on("GET "+ch+"/events", `200 {}`, `404 `)
		lines, ended = served(t, w, agent, time.Minute)
		assert.Equal(t, []string{"hello"}, lines)
		require.Len(t, ended, 1)
		require.ErrorIs(t, ended[0], chatagent.ErrChatLost)
		require.ErrorIs(t, ended[0], liveperson.ErrNotFound)
	})
}

// An availability that could not be set is set at one of the next polls.
func TestFullAgentWhoCannotBeOccupied(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSetAvailability, Status: 400, Times: 1})
		stop := serving(t, f, echo, chatagent.WithMaxChats(1), chatagent.WithWhenFull(chatagent.Occupied))
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		assert.Equal(t, "Occupied", f.srv.Availability(f.srv.Agents()[0]))
		v.Leave()
		time.Sleep(time.Minute)
		assert.Equal(t, "Online", f.srv.Availability(f.srv.Agents()[0]))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// While Serve stops, nothing but a poll for requests tells whether it is the
// agent session that is refused.
func TestRefusedPollsDuringTheGracePeriod(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- f.agents[0].Serve(ctx, chatagent.HandlerFunc(echo), chatagent.WithGrace(time.Hour))
		}()
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		cancel()
		f.srv.AddFault(lptest.Fault{Op: lptest.OpChats, Status: 400})
		f.srv.AddFault(lptest.Fault{Op: lptest.OpIncoming, Status: 503, Times: 2, End: time.Minute})
		v.Say("two")
		line, err := v.WaitLine(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: two", line.Text)
		v.Leave()
		assert.ErrorIs(t, <-done, context.Canceled)
	})
}
