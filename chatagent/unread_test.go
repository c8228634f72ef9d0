package chatagent_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Lines of the visitor that the handler has not got are counted, those of other
// agents and of the system are not.
func TestUnread(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.take()
	w.on("GET "+ch+"/events", `200 {"events":{"event":[`+
		`{"@id":"2","@type":"line","source":"visitor","text":"a"},{"@id":"3","@type":"line","source":"system","text":"b"},`+
		`{"@id":"4","@type":"line","source":"agent","text":"c"},{"@id":"5","@type":"line","source":"visitor","text":"d"}]}}`, `200 {}`)
	n, err := chat.Unread(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	assert.Equal(t, []string{"GET " + ch + "/events?NC=true&from=2&v=1" + get, "GET " + ch + "/events?NC=true&from=6&v=1" + get}, w.take())
	for line, err := range chat.Lines(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, "a", line.Text)
		break
	}
	n, err = chat.Unread(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	w.on("GET "+ch+"/events", `403 `)
	_, err = chat.Unread(t.Context())
	require.Error(t, err)
}

// A visitor goes on talking while one bot answers and hands the chat to another.
// With Unread no line is lost between the two, and none is answered twice.
func TestNothingIsLostBetweenTwoBots(t *testing.T) {
	t.Parallel()
	world(t, 2, func(t *testing.T, f *fleet) {
		const lines = 6
		first := func(ctx context.Context, chat *chatagent.Chat) error {
			for line, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
				time.Sleep(2500 * time.Millisecond) // meanwhile the visitor goes on
				if _, err := chat.Send(ctx, chatagent.Text("re "+line.Text)); err != nil {
					return err
				}
				n, err := chat.Unread(ctx)
				if err != nil {
					return err
				}
				if n == 0 {
					return chat.Transfer(ctx, chatagent.TransferTarget{AgentID: f.id(t, 1)}, "")
				}
			}
			return nil
		}
		second := func(ctx context.Context, chat *chatagent.Chat) error {
			for line, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
				if _, err := chat.Send(ctx, chatagent.Text("re "+line.Text)); err != nil {
					return err
				}
			}
			return nil
		}
		stopFirst, stopSecond := serve(t, f.agents[0], first), serve(t, f.agents[1], second)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		require.NoError(t, v.WaitAccepted(t.Context()))
		var want []string
		for n := range lines {
			v.Say(fmt.Sprint(n))
			want = append(want, fmt.Sprint("re ", n))
			time.Sleep(time.Second)
			if n == lines/2 {
				time.Sleep(20 * time.Second) // the first has answered all
			}
		}
		time.Sleep(20 * time.Second)
		assert.Equal(t, want, agentLines(v.Chat()))
		assert.Equal(t, 1, f.srv.Count(lptest.OpTransfer))
		v.Leave()
		require.ErrorIs(t, stopFirst(), context.Canceled)
		require.ErrorIs(t, stopSecond(), context.Canceled)
	})
}
