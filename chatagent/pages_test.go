package chatagent_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Events that come in pages: every line is handled once, also those that were
// said just before the end, and none of a history that was answered.
func TestEventsInPages(t *testing.T) {
	t.Parallel()
	world(t, 2, func(t *testing.T, f *fleet) {
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot1"})
		former, err := f.agents[1].Accept(t.Context())
		require.NoError(t, err)
		for n := range 10 {
			v.Say(fmt.Sprint("old ", n))
		}
		time.Sleep(time.Second)
		_, err = former.Send(t.Context(), chatagent.Text("all is answered"))
		require.NoError(t, err)
		v.Say("new")
		require.NoError(t, former.Transfer(t.Context(), chatagent.TransferTarget{AgentID: f.id(t, 0)}, ""))
		var mu sync.Mutex
		var got, want []string
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			for line, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
				mu.Lock()
				got = append(got, line.Text)
				mu.Unlock()
			}
			return nil
		})
		time.Sleep(10 * time.Second)
		want = append(want, "new")
		for n := range 10 {
			v.Say(fmt.Sprint("last ", n))
			want = append(want, fmt.Sprint("last ", n))
		}
		v.Leave()
		time.Sleep(30 * time.Second)
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, want, got)
	}, lptest.WithPageSize(3))
}

// A chat that is over: its last events are read to the end, whatever comes on the pages
// before.
func TestLastEventsInPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newRinging(t)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"info":{"state":"ended","chatSessionKey":"H217-b7d7K845"}}}}`)
		w.on("GET "+ch+"/events",
			`200 {"events":{"event":{"@id":"1","@type":"state","state":"chatting"}}}`,
			`200 {"events":{"event":{"@id":"2","@type":"line","source":"visitor","text":"goodbye"}}}`,
			`200 {"events":{"event":{"@id":"3","@type":"state","state":"ended"}}}`,
		)
		lines, ended := served(t, w, agent, 10*time.Second)
		assert.Equal(t, []string{"hello", "goodbye"}, lines)
		assert.Equal(t, []error{nil}, ended)
		var pages []string
		for _, sent := range w.take() {
			if asked, found := strings.CutPrefix(sent, "GET "+ch+"/events?NC=true&"); found {
				pages = append(pages, strings.TrimSuffix(asked, get))
			}
		}
		assert.Equal(t, []string{"from=1&v=1", "from=2&v=1", "from=3&v=1"}, pages)
	})
}

// The line whose answer was lost is not on the first page of the events that
// tell what became of it, and its event comes twice.
func TestSendIsConfirmedByALaterPage(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Nth: 1, Kind: lptest.FaultResetAfter})
		f.srv.AddFault(lptest.Fault{Op: lptest.OpEvents, Kind: lptest.FaultDuplicateEvents})
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		chat, err := f.agents[0].Accept(t.Context())
		require.NoError(t, err)
		for n := range 10 {
			v.Say(fmt.Sprint("line ", n))
		}
		_, err = chat.Send(t.Context(), chatagent.Text("hello"))
		require.NoError(t, err)
		assert.Equal(t, []string{"hello"}, agentLines(v.Chat()))
		v.Leave()
	}, lptest.WithPageSize(3))
}

// Events without a time are not asked for again: nothing tells whether there are more.
func TestEventsWithoutATime(t *testing.T) {
	t.Parallel()
	for _, events := range []string{`[]`, `[` + hello + `]`} {
		w, agent := newTap(t)
		w.on("GET "+ch, `200 {"chat":{"events":{"event":`+events+`},"info":{"state":"chatting","lastUpdate":"2018-01-29T08:19:56.777-05:00"}}}`)
		w.take()
		_, err := agent.Chat(t.Context(), "H217-b7d7K845")
		require.NoError(t, err)
		assert.Equal(t, []string{"GET " + ch + q + get}, w.take())
	}
}
