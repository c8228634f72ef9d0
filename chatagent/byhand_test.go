package chatagent_test

import (
	"context"
	"fmt"
	"net/http"
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

// A loop over the lines of a chat that nobody serves asks for what is new only, every
// 2 s, from the first event on. That the chat went away and came back meanwhile does
// not end it: nobody else would go on with it.
func TestPollsByHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		w.on("GET "+ch, `200 {"chat":{"events":{},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}`)
		w.on("GET "+ch+"/events",
			`200 {"events":{}}`,
			`200 {"events":{"event":[{"@id":"0","@type":"state","state":"chatting"},{"@id":"1","@type":"line","source":"visitor","text":"one"}]}}`,
			`200 {"events":{"event":[{"@id":"2","@type":"state","state":"waiting"},{"@id":"3","@type":"state","state":"chatting"},{"@id":"4","@type":"line","source":"visitor","text":"two"}]}}`,
			`200 {"events":{"event":[{"@id":"5","@type":"state","state":"ended"}]}}`,
		)
		chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
		require.NoError(t, err)
		w.take()
		var got []string
		begun := time.Now()
		for line, err := range chat.Lines(t.Context()) {
			require.NoError(t, err)
			got = append(got, line.Text)
		}
		assert.Equal(t, []string{"one", "two"}, got)
		assert.Equal(t, 6*time.Second, time.Since(begun))
		var asked []string
		for _, sent := range w.take() {
			_, query, _ := strings.Cut(strings.TrimSuffix(sent, get), "?")
			asked = append(asked, query)
		}
		assert.Equal(t, []string{"NC=true&from=0&v=1", "NC=true&from=0&v=1", "NC=true&from=2&v=1", "NC=true&from=5&v=1"}, asked)
	})
}

// An event that does not follow on those before it is believed when it is there for the
// second time: one with a false id would hide all that come after it.
func TestGapsByHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		w.on("GET "+ch, opened)
		const line = `{"@id":"%d","@type":"line","source":"visitor","text":"%s"}`
		events := func(list ...string) string { return `200 {"events":{"event":[` + strings.Join(list, ",") + `]}}` }
		said := func(id int, text string) string { return fmt.Sprintf(line, id, text) }
		w.on("GET "+ch+"/events",
			events(said(1, "one"), said(5000, "false"), said(6000, "false")),
			events(said(2, "two"), said(4, "four"), said(5, "five")),
			events(said(4, "four"), said(5, "five")),
			events(`{"@id":"6","@type":"state","state":"ended"}`),
		)
		chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
		require.NoError(t, err)
		var got []string
		for line, err := range chat.Lines(t.Context()) {
			require.NoError(t, err)
			got = append(got, line.Text)
		}
		assert.Equal(t, []string{"hello", "one", "two", "four", "five"}, got)
	})
}

// A transfer whose answer is lost, and a chat that is no longer among the agent's, but
// is not gone either: nobody knows, and it is not made twice.
func TestTransferThatMayHaveTakenEffect(t *testing.T) {
	t.Parallel()
	for name, info := range map[string]string{"it goes on": `200 {"info":{"state":"chatting"}}`, "nothing is said of it": "500 "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, agent := newTap(t)
			chat := openChat(t, w, agent)
			w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{}}`)
			w.on("GET "+ch+"/info", info)
			w.on("POST "+ch+"/transfer", "503 ")
			err := chat.Transfer(t.Context(), chatagent.TransferTarget{SkillID: "7"}, "")
			assert.ErrorIs(t, err, liveperson.ErrUnconfirmed)
		})
	}
}

// A transfer that is refused since the chat is somebody else's has not taken effect.
func TestTransferOfAChatThatHasGone(t *testing.T) {
	t.Parallel()
	world(t, 2, func(t *testing.T, f *fleet) {
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		chat, err := f.agents[0].Accept(t.Context())
		require.NoError(t, err)
		v.Requeue()
		lists := f.srv.Count(lptest.OpChatSessions)
		err = chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: f.id(t, 1)}, "")
		require.Error(t, err)
		assert.NotErrorIs(t, err, liveperson.ErrUnconfirmed)
		assert.Equal(t, lists, f.srv.Count(lptest.OpChatSessions), "there is nothing to look for")
	})
}

// A transfer that was put off and is then refused is refused, and the chat stays.
func TestTransferRefusedLater(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			f.srv.AddFault(lptest.Fault{Op: lptest.OpTransfer, Status: 429, Times: 1})
			err := chat.Transfer(ctx, chatagent.TransferTarget{AgentID: "7"}, "")
			assert.ErrorIs(t, err, chatagent.ErrTransferRefused)
			return echo(ctx, chat)
		})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, 2, f.srv.Count(lptest.OpTransfer))
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// The answer to an accept is lost, and what the list shows then cannot be what was
// accepted: it is over, or cannot be read.
func TestAcceptOfWhatIsOver(t *testing.T) {
	t.Parallel()
	for _, there := range []string{`200 {"chat":{"events":{"event":` + hello + `},"info":{"state":"ended","chatSessionKey":"H217-b7d7K845"}}}`, "404 ", "503 "} {
		w, agent := newTap(t)
		w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{}}`, `200 {"chatSessions":{"chatSession":{"link":{"@href":"`+ch+`"}}}}`)
		w.on("POST "+as+"/incomingRequests", "502 ")
		w.on("GET "+ch, there)
		chat, err := agent.Accept(t.Context())
		assert.ErrorIs(t, err, liveperson.ErrUnconfirmed, there)
		assert.Nil(t, chat)
	}
}

// A chat that the program has opened, and no more, is not taken over by a Serve that
// takes over nothing.
func TestChatsThatWereOnlyOpened(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		require.Equal(t, v.ChatID(), f.srv.AcceptAs(f.srv.Agents()[0]))
		_, err := f.agents[0].Chat(t.Context(), chatagent.ChatID(v.ChatID()))
		require.NoError(t, err)
		stop := serving(t, f, echo, chatagent.WithoutAdopting())
		time.Sleep(20 * time.Second)
		assert.Empty(t, agentLines(v.Chat()))
		_ = stop()
	})
}

// acceptHeld is a transport that holds back the answers to accepts.
type acceptHeld struct {
	http.RoundTripper
	release chan struct{}
}

func (h *acceptHeld) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := h.RoundTripper.RoundTrip(r)
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/incomingRequests") {
		<-h.release
	}
	return answer, err
}

// While a chat is accepted by hand, Watch finds it among the agent's: it has one life, and
// Accept returns that, whoever has read it first.
func TestAcceptWhileWatchFindsTheChat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		release time.Duration // after Watch has found the chat, whose reading takes 3 s
		how     chatagent.Opening
	}{
		"Watch is first":  {5 * time.Second, chatagent.Adopted},
		"Accept is first": {time.Second, chatagent.Accepted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				via := &acceptHeld{f.srv.Transport(), make(chan struct{})}
				agent := f.again(t, 0, via)
				d := watch(t, agent)
				v := f.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "skill of bot0", FirstLine: "hello"})
				time.Sleep(5 * time.Second)
				f.srv.AddFault(lptest.Fault{Op: lptest.OpChat, Latency: 3 * time.Second, Times: 1})
				f.srv.AddFault(lptest.Fault{Op: lptest.OpIncoming, Status: 503, Times: 1}) // after it the list is read
				found := f.srv.Count(lptest.OpChatSessions) + 2                            // Accept reads the list, too
				go func() {
					for f.srv.Count(lptest.OpChatSessions) < found {
						time.Sleep(100 * time.Millisecond)
					}
					time.Sleep(c.release)
					close(via.release)
				}()
				chat, err := agent.Accept(t.Context())
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				var opened []chatagent.ChatOpened
				d.mu.Lock()
				for _, u := range d.updates {
					if o, is := u.(chatagent.ChatOpened); is {
						opened = append(opened, o)
					}
				}
				d.mu.Unlock()
				require.Len(t, opened, 1)
				assert.Equal(t, c.how, opened[0].How)
				assert.Same(t, opened[0].Chat, chat)
				assert.Equal(t, 2, f.srv.Count(lptest.OpChat), "both have read it")
				known, err := agent.Chat(t.Context(), chatagent.ChatID(v.ChatID()))
				require.NoError(t, err)
				assert.Same(t, chat, known)
				_, err = chat.Send(t.Context(), chatagent.Text("hi"))
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				told := d.take()
				assert.Contains(t, told, "Ada agent: hi")
				assert.NotContains(t, told, "Ada closed, replaced")
				v.Leave()
				require.ErrorIs(t, d.stop(), context.Canceled)
			})
		})
	}
}

// The polls for all chats show all there is to see: no chat is asked for by itself, nor
// once more when it is over.
func TestWatchAsksForNoChatByItself(t *testing.T) {
	t.Parallel()
	atDesk(t, func(t *testing.T, d *watchedDesk) {
		v, _ := d.accepted(t, "Ada", "hello")
		v.Say("one")
		time.Sleep(5 * time.Second)
		v.Leave()
		time.Sleep(5 * time.Second)
		assert.Equal(t, []string{"Ada visitor: one", "Ada is ended", "Ada closed, ended"}, d.take())
		assert.Zero(t, d.srv.Count(lptest.OpEvents))
	})
}

// The answer to an accept is lost, and Watch finds the chat before Accept does: it is that
// chat nevertheless.
func TestLostAcceptThatWatchFinds(t *testing.T) {
	t.Parallel()
	atDesk(t, func(t *testing.T, d *watchedDesk) {
		v := d.visitor("Ada", "hello")
		time.Sleep(5 * time.Second)
		d.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultResetAfter, Times: 1})
		d.srv.AddFault(lptest.Fault{Op: lptest.OpChatSessions, Status: 400, Nth: 2}) // Accept's look, after what it read before
		chat, err := d.agent.Accept(t.Context())
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		assert.Contains(t, d.take(), "Ada opened, adopted: hello")
		known, err := d.agent.Chat(t.Context(), chatagent.ChatID(v.ChatID()))
		require.NoError(t, err)
		assert.Same(t, known, chat)
		v.Leave()
	})
}

// The last events of a chat that a handler has ended are wanted by nobody.
func TestServeAsksForNoChatByItself(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			for _, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
				time.Sleep(time.Second) // no poll is under way
				return chat.End(ctx)
			}
			return nil
		})
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		require.NoError(t, v.WaitEnded(t.Context()))
		time.Sleep(10 * time.Second)
		assert.Zero(t, f.srv.Count(lptest.OpEvents))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// A visitor who leaves before the chat has been read that was accepted: it is opened, with
// what was said, and closed.
func TestAcceptedChatThatIsOverWhenItIsRead(t *testing.T) {
	t.Parallel()
	atDesk(t, func(t *testing.T, d *watchedDesk) {
		v := d.visitor("Ada", "hello")
		time.Sleep(5 * time.Second)
		d.take()
		d.srv.AddFault(lptest.Fault{Op: lptest.OpChat, Latency: 2 * time.Second, Times: 1})
		time.AfterFunc(time.Second, v.Leave)
		chat, err := d.agent.Accept(t.Context())
		require.NoError(t, err)
		assert.Equal(t, chatagent.ChatID(v.ChatID()), chat.ID())
		time.Sleep(5 * time.Second)
		told := d.take()
		assert.Contains(t, told, "Ada opened, accepted: hello")
		assert.Contains(t, told, "Ada closed, ended")
	})
}
