package chatagent_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A chat comes again while a line of its former life is on its way, for long.
// Neither it nor the next one that rings waits for that.
func TestComingAgainWhileALineHangs(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHang, Times: 1})
		var l lives
		stop := serving(t, f, l.thinking(func(int, string) {}))
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		time.Sleep(5 * time.Second)
		v.Requeue()
		time.Sleep(3 * time.Second)
		next := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "me too"})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.Len(t, l.all(), 3)
		v.Leave()
		next.Leave()
		_ = stop()
	})
}

// The answer to a transfer is lost, a colleague answers what the visitor says and
// transfers the chat back, and the answer to its accept is lost, too. The events tell
// that it has come again, and what the colleague has answered is not answered again.
func TestComingAgainUnseen(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]chatagent.Option{"adopting": nil, "not adopting": {chatagent.WithoutAdopting()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				bea := f.srv.Person(f.colleague())
				bea.Online()
				f.srv.AddFault(lptest.Fault{Op: lptest.OpTransfer, Kind: lptest.FaultResetAfter, Times: 1})
				f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Nth: 2, Kind: lptest.FaultEmpty, Times: 1})
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					for line, err := range chat.Lines(ctx) {
						if err != nil {
							return err
						}
						if _, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text)); err != nil {
							return err
						}
						if line.Text == "one" {
							time.Sleep(500 * time.Millisecond)
							_ = chat.Transfer(ctx, chatagent.TransferTarget{AgentID: userID(f.colleague())}, "")
						}
					}
					return nil
				}, opts...)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				for bea.Accept() == "" {
					time.Sleep(100 * time.Millisecond)
				}
				v.Say("two")
				bea.Say(v.ChatID(), "I am Bea.")
				for _, a := range f.srv.Agents() {
					if a.LoginName == "bot0" {
						require.NoError(t, bea.TransferToAgent(v.ChatID(), a, "it is yours"))
					}
				}
				time.Sleep(2 * time.Second)
				v.Say("three")
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				assert.Equal(t, []string{"You said: one", "I am Bea.", "it is yours", "You said: three"}, agentLines(v.Chat()))
				v.Leave()
				_ = stop()
			})
		})
	}
}

// A line whose answer does not come is given up as soon as the chat is known to be lost,
// but not since the chat is over: it may have been said before that.
func TestLineWhileTheChatGoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault lptest.FaultKind
		goes  func(v *lptest.Visit)
		err   error
		most  time.Duration
	}{
		"lost":                {lptest.FaultHang, (*lptest.Visit).Requeue, chatagent.ErrChatLost, 8 * time.Second},
		"over":                {lptest.FaultResetAfter, (*lptest.Visit).Leave, nil, 30 * time.Second},
		"over, and it is not": {lptest.FaultReset, (*lptest.Visit).Leave, chatagent.ErrUnconfirmed, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: c.fault, Times: 1})
				f.srv.AddFault(lptest.Fault{Op: lptest.OpEvents, Status: 503, Times: 1})
				done := make(chan struct{})
				var lives atomic.Int64
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					if lives.Add(1) > 1 {
						return nil
					}
					defer close(done)
					begun := time.Now()
					_, err := chat.Send(ctx, chatagent.Text("hi"))
					if c.err == nil {
						assert.NoError(t, err)
					} else {
						assert.ErrorIs(t, err, c.err)
					}
					assert.NotErrorIs(t, err, chatagent.ErrChatEnded, "that would say that the line is not in it")
					assert.LessOrEqual(t, time.Since(begun), c.most)
					return nil
				})
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				require.NoError(t, v.WaitAccepted(t.Context()))
				time.Sleep(1100 * time.Millisecond)
				c.goes(v)
				<-done
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// A chat is lost while it is not known whether a line is in it, and comes again: what the
// line was the answer to is not answered twice.
func TestComingAgainAfterADoubtfulLine(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultResetAfter, Times: 1})
		stop := serving(t, f, echo)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		require.NoError(t, v.WaitAccepted(t.Context()))
		time.Sleep(1100 * time.Millisecond)
		f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Status: 503, End: 15 * time.Second})
		v.Requeue()
		time.Sleep(time.Minute)
		v.Say("two")
		time.Sleep(10 * time.Second)
		assert.Equal(t, []string{"You said: one", "You said: two"}, agentLines(v.Chat()))
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
	}, lptest.WithRing(time.Hour))
}

// One poll shows that a chat went away and came again, and what was said before and after
// that: each is told in the life that it belongs to.
func TestComingAgainInOnePoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newTap(t)
		const (
			one   = `{"@id":"1","@type":"line","source":"visitor","text":"one"}`
			away  = `{"@id":"2","@type":"state","state":"waiting"}`
			back  = `{"@id":"3","@type":"state","state":"chatting"}`
			two   = `{"@id":"4","@type":"line","source":"visitor","text":"two"}`
			later = one + `,` + away + `,` + back + `,` + two
			info  = `"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845","visitorName":"Ada"}`
		)
		w.on("GET "+as+"/incomingRequests", silence)
		w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{"chatSession":{"chatSessionKey":"H217-b7d7K845","link":{"@href":"`+ch+`"}}}}`)
		w.on("GET "+ch, opened, `200 {"chat":{"events":{"event":[`+hello+`,`+later+`]},`+info+`}}`)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"events":{"event":[`+later+`]},`+info+`}}}`, `200 {"chats":{"chat":{`+info+`}}}`)
		seen := watch(t, agent)
		time.Sleep(20 * time.Second)
		assert.Equal(t, []string{"Ada opened, adopted: hello", "Ada visitor: one", "Ada closed, replaced", "Ada opened, adopted: hello, one, two"}, seen.take())
		require.ErrorIs(t, seen.stop(), context.Canceled)
		agent.Login().Close()
	})
}

// A chat comes again, and its handler, who does not know, ends it before what was
// accepted has been read: nothing begins any more.
func TestComingAgainWhileItIsEnded(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpChat, Nth: 2, Kind: lptest.FaultLatency, Latency: time.Second, After: true})
		var lives, late atomic.Int64
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			lives.Add(1)
			if f.srv.Chats()[0].State() == "ended" {
				late.Add(1)
			}
			for f.srv.Count(lptest.OpAccept) < 2 {
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(100 * time.Millisecond)
			return chat.End(ctx)
		})
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		require.NoError(t, v.WaitAccepted(t.Context()))
		v.Requeue()
		time.Sleep(10 * time.Second)
		assert.Equal(t, "ended", v.Chat().State())
		assert.Positive(t, lives.Load())
		assert.Zero(t, late.Load())
		_ = stop()
	})
}

// An event of a kind that is not known may say "waiting" and "chatting", too: the chat
// has not come again for that.
func TestWhatOnlyLooksLikeComingAgain(t *testing.T) {
	t.Parallel()
	atDesk(t, func(t *testing.T, d *watchedDesk) {
		v, _ := d.accepted(t, "Ada", "hello")
		v.Inject(`{"@id":"{id}","@type":"cobrowse","time":"{time}","state":"waiting"}`)
		v.Inject(`{"@id":"{id}","@type":"cobrowse","time":"{time}","state":"chatting"}`)
		time.Sleep(5 * time.Second)
		assert.Equal(t, []string{"Ada event cobrowse", "Ada event cobrowse"}, d.take())
		v.Leave()
	})
}

// The first that is seen of a chat after a resume is that it went away and came again.
func TestComingAgainAfterAResume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, other := newTap(t)
		const (
			later = `{"@id":"1","@type":"state","state":"waiting"},{"@id":"2","@type":"state","state":"chatting"},{"@id":"3","@type":"line","source":"visitor","text":"two"}`
			info  = `"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845","visitorName":"Ada"}`
		)
		w.on("GET "+as+"/incomingRequests", silence)
		w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{"chatSession":{"chatSessionKey":"H217-b7d7K845","link":{"@href":"`+ch+`"}}}}`)
		w.on("GET "+ch, opened, `200 {"chat":{"events":{"event":[`+hello+`,`+later+`]},`+info+`}}`)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"events":{"event":[`+later+`]},`+info+`}}}`, `200 {"chats":{"chat":{`+info+`}}}`)
		var snap chatagent.Snapshot
		require.NoError(t, json.Unmarshal([]byte(`{"url":"`+as+`","chats":[{"id":"H217-b7d7K845","url":"`+ch+`","from":1}]}`), &snap))
		agent, err := chatagent.Resume(t.Context(), other.Login(), snap)
		require.NoError(t, err)
		seen := watch(t, agent)
		time.Sleep(20 * time.Second)
		assert.Equal(t, []string{"Ada opened, resumed: ", "Ada closed, replaced", "Ada opened, adopted: hello, two"}, seen.take())
		require.ErrorIs(t, seen.stop(), context.Canceled)
		agent.Login().Close()
	})
}

// Nor has it because polls show its history again, in which it did.
func TestHistoryIsNotComingAgain(t *testing.T) {
	t.Parallel()
	for _, kind := range []lptest.FaultKind{lptest.FaultRepeatEvents, lptest.FaultOverlapEvents, lptest.FaultFarID} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			atDesk(t, func(t *testing.T, d *watchedDesk) {
				v, _ := d.accepted(t, "Ada", "hello")
				v.Requeue()
				_, err := d.agent.Accept(t.Context())
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				d.take()
				d.srv.AddFault(lptest.Fault{Op: lptest.OpChats, Kind: kind})
				time.Sleep(10 * time.Second)
				v.Say("one")
				time.Sleep(10 * time.Second)
				assert.Equal(t, []string{"Ada visitor: one"}, d.take())
				v.Leave()
			})
		})
	}
}
