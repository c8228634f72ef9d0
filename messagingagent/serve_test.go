package messagingagent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// notes are what WithOnUpdate was told, in words.
type notes struct {
	mu   sync.Mutex
	list []string
}

func (n *notes) take(u messagingagent.Update) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch u := u.(type) {
	case messagingagent.Ringing:
		n.list = append(n.list, fmt.Sprint("rings ", len(u.Rings)))
	case messagingagent.ConversationOpened:
		n.list = append(n.list, fmt.Sprint("opened ", u.How))
	case messagingagent.ConversationClosed:
		n.list = append(n.list, fmt.Sprint("closed ", u.How))
	case messagingagent.AvailabilityChanged:
		n.list = append(n.list, fmt.Sprint("availability ", u.From, " ", u.To))
	case messagingagent.Connected:
		n.list = append(n.list, "connected")
	case messagingagent.Disconnected:
		n.list = append(n.list, "disconnected")
	case messagingagent.Trouble:
		n.list = append(n.list, "trouble "+u.What)
	case messagingagent.Unconfirmed:
		n.list = append(n.list, "unconfirmed "+u.What)
	case messagingagent.LoginEnded:
		n.list = append(n.list, "login ended")
	}
}

func (n *notes) add(note string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, note)
}

// all are the notes so far, and none after that.
func (n *notes) all() []string {
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.list
	n.list = nil
	return list
}

// An agent that is full leaves what rings to others, and takes it when there is room.
func TestCapacity(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo, messagingagent.WithMaxConversations(2), messagingagent.WithWhenFull(messagingagent.Occupied))
		var all []*messaging.Conversation
		for n := range 4 {
			all = append(all, w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: fmt.Sprint(n)}))
		}
		time.Sleep(20 * time.Second)
		assigned := func() (n int) {
			for _, c := range all {
				if c.Assigned() == "bot" && c.State() == "OPEN" {
					n++
				}
			}
			return n
		}
		assert.Equal(t, 2, assigned())
		assert.Equal(t, "OCCUPIED", w.svc.Availability("bot"))
		assert.Equal(t, messagingagent.Occupied, a.Availability())
		for _, c := range all[:2] {
			c.Close()
		}
		time.Sleep(2 * time.Minute)
		assert.Equal(t, 2, assigned())
		for _, c := range all[2:] {
			c.Close()
		}
		time.Sleep(time.Minute)
		assert.Equal(t, "ONLINE", w.svc.Availability("bot"))
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, "AWAY", w.svc.Availability("bot"))
	})
}

// The service makes the agent Away: it is Online again, unless that was turned off.
func TestTheServiceChangesTheAvailability(t *testing.T) {
	t.Parallel()
	for _, stay := range []bool{true, false} {
		inWorld(t, func(t *testing.T, w *world) {
			var seen notes
			opts := []messagingagent.Option{messagingagent.WithOnUpdate(seen.take)}
			want := "ONLINE"
			if !stay {
				opts, want = append(opts, messagingagent.WithoutStayOnline()), "AWAY"
			}
			a, done := w.connect(t)
			defer done()
			stop := serve(t, a, echo, opts...)
			time.Sleep(time.Minute)
			w.svc.SetAvailability("bot", "AWAY")
			time.Sleep(10 * time.Second)
			assert.Equal(t, []string{"availability ONLINE AWAY"}, seen.all())
			assert.Equal(t, want, w.svc.Availability("bot"))
			require.NoError(t, a.SetAvailability(t.Context(), messagingagent.BackSoon, messagingagent.WithReason("lunch")))
			assert.Equal(t, "BACK_SOON", w.svc.Availability("bot"))
			time.Sleep(time.Minute)
			assert.Empty(t, seen.all(), "its own change is no news")
			assert.ErrorIs(t, stop(), context.Canceled)
			assert.Equal(t, "BACK_SOON", w.svc.Availability("bot"), "only Online becomes Away")
		})
	}
}

// What is assigned to the agent by others is handled too, and what goes is told.
func TestConversationsThatOthersMove(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var seen notes
		stop := serve(t, a, echo, messagingagent.WithOnUpdate(seen.take))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		eve := w.svc.Colleague("eve")
		require.NoError(t, eve.TakeOver(c.ID()))
		time.Sleep(10 * time.Second)
		assert.ElementsMatch(t, []string{"rings 1", "opened accepted", "rings 0", "closed lost"}, seen.all())
		c.Say("2")
		eve.Say(c.ID(), "eve here")
		c.Say("3")
		require.NoError(t, eve.TransferToSkill(c.ID(), "Sales"))
		time.Sleep(10 * time.Second)
		assert.ElementsMatch(t, []string{"rings 1", "opened transferred", "rings 0"}, seen.all())
		require.NoError(t, eve.TakeOver(c.ID()))
		c.Say("4")
		require.NoError(t, eve.TransferToAgent(c.ID(), "bot"))
		time.Sleep(30 * time.Second)
		assert.Equal(t, []string{"re: 1", "eve here", "re: 3", "re: 4"}, said(c))
		w.svc.Requeue(c.ID())
		c.Say("5")
		time.Sleep(30 * time.Second)
		assert.Equal(t, []string{"re: 1", "eve here", "re: 3", "re: 4", "re: 5"}, said(c))
		c.Close()
		time.Sleep(10 * time.Second)
		all := seen.all()
		assert.Equal(t, "closed ended", all[len(all)-1])
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// What the agent has from before is taken over, unless that was turned off.
func TestAdopting(t *testing.T) {
	t.Parallel()
	for _, adopting := range []bool{true, false} {
		inWorld(t, func(t *testing.T, w *world) {
			bot := w.svc.Colleague("bot")
			bot.Online()
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
			require.NoError(t, bot.WaitRinging(t.Context()))
			require.Equal(t, c.ID(), bot.Accept())
			var seen notes
			opts, want := []messagingagent.Option{messagingagent.WithOnUpdate(seen.take)}, []string{"opened adopted"}
			if !adopting {
				opts, want = append(opts, messagingagent.WithoutAdopting()), nil
			}
			a, done := w.connect(t)
			defer done()
			stop := serve(t, a, echo, opts...)
			time.Sleep(10 * time.Minute)
			assert.Equal(t, want, seen.all())
			next := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "2"})
			_, err := next.WaitMessage(t.Context(), 1)
			require.NoError(t, err)
			assert.ErrorIs(t, stop(), context.Canceled)
		})
	}
}

var errHandler = errors.New("the handler has failed")

// Handlers that fail, panic and return.
func TestHandlersThatFail(t *testing.T) {
	t.Parallel()
	fails := func(context.Context, *messagingagent.Conversation) error { return errHandler }
	panics := func(context.Context, *messagingagent.Conversation) error { panic("oh no") }
	for name, row := range map[string]struct {
		h       messagingagent.HandlerFunc
		opts    []messagingagent.Option
		refused bool // transfers are
		state   string
		skill   string
		said    []string
	}{
		"closed":             {h: fails, state: "CLOSE", skill: "Sales"},
		"panics":             {h: panics, state: "CLOSE", skill: "Sales"},
		"says goodbye":       {h: fails, opts: []messagingagent.Option{messagingagent.WithGoodbye(messagingagent.Text("sorry"))}, state: "CLOSE", skill: "Sales", said: []string{"sorry"}},
		"hands over":         {h: fails, opts: []messagingagent.Option{messagingagent.WithHandOver(messagingagent.ToSkill(billing))}, state: "OPEN", skill: "Billing"},
		"panics, hands over": {h: panics, opts: []messagingagent.Option{messagingagent.WithHandOver(messagingagent.ToSkill(billing))}, state: "OPEN", skill: "Billing"},
		"hand over refused":  {h: fails, opts: []messagingagent.Option{messagingagent.WithHandOver(messagingagent.ToSkill(billing))}, refused: true, state: "CLOSE", skill: "Sales"},
		"and told to another": {h: fails, opts: []messagingagent.Option{messagingagent.WithHandOver(messagingagent.ToSkill(billing)), messagingagent.WithHandOverRefused(func(ctx context.Context, c *messagingagent.Conversation, _ error) error {
			_, err := c.Send(ctx, messagingagent.Text("nobody is there"))
			return err
		})}, refused: true, state: "CLOSE", skill: "Sales", said: []string{"nobody is there"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				var got error
				var log bytes.Buffer
				opts := append([]messagingagent.Option{
					messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) { got = err }),
					messagingagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
				}, row.opts...)
				if row.refused {
					w.svc.AddFault(messaging.Fault{Type: "UpdateConversationField", Contains: `"Skill"`, Code: 400, Times: 1})
				}
				stop := serve(t, a, row.h, opts...)
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
				time.Sleep(time.Minute)
				assert.Equal(t, row.state, c.State())
				assert.Equal(t, row.skill, c.Skill())
				assert.Equal(t, row.said, said(c))
				var p *messagingagent.PanicError
				if errors.As(got, &p) {
					assert.Equal(t, "oh no", p.Value)
					assert.Contains(t, string(p.Stack), "serve_test.go")
					assert.EqualError(t, p, "conversation handler panicked: oh no")
				} else {
					assert.ErrorIs(t, got, errHandler)
				}
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Equal(t, name == "hand over refused", strings.Contains(log.String(), "handing a conversation over failed"), "who was told of it sees to it")
			})
		})
	}
}

// What becomes of conversations when Serve stops.
func TestStopping(t *testing.T) {
	t.Parallel()
	patient := func(ctx context.Context, _ *messagingagent.Conversation) error { <-ctx.Done(); return ctx.Err() }
	var stopping error
	told := func(ctx context.Context, c *messagingagent.Conversation) error {
		for _, err := range c.Messages(ctx) {
			stopping = err
		}
		return stopping
	}
	for name, row := range map[string]struct {
		h     messagingagent.HandlerFunc
		opts  []messagingagent.Option
		state string
		on    string // the assigned one
		said  []string
		takes time.Duration
	}{
		"left":                    {h: told, state: "OPEN", on: "bot"},
		"left after the grace":    {h: patient, state: "OPEN", on: "bot", takes: 14 * time.Second},
		"a grace of a minute":     {h: patient, opts: []messagingagent.Option{messagingagent.WithGrace(time.Minute)}, state: "OPEN", on: "bot", takes: 42 * time.Second},
		"no grace":                {h: patient, opts: []messagingagent.Option{messagingagent.WithGrace(0)}, state: "OPEN", on: "bot"},
		"closed":                  {h: patient, opts: []messagingagent.Option{messagingagent.WithCloseOnStop(), messagingagent.WithGoodbye(messagingagent.Text("bye"))}, state: "CLOSE", said: []string{"bye"}, takes: 14 * time.Second},
		"handed over":             {h: patient, opts: []messagingagent.Option{messagingagent.WithCloseOnStop(), messagingagent.WithHandOver(messagingagent.ToSkill(billing))}, state: "OPEN", takes: 14 * time.Second},
		"handed over to a person": {h: patient, opts: []messagingagent.Option{messagingagent.WithCloseOnStop(), messagingagent.WithHandOver(messagingagent.ToAgent("3550099", billing))}, state: "OPEN", takes: 14 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				stop := serve(t, a, row.h, row.opts...)
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
				time.Sleep(10 * time.Second)
				require.Equal(t, "bot", c.Assigned())
				w.svc.Colleague("eve").Online()
				began := time.Now()
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.InDelta(t, row.takes.Seconds(), time.Since(began).Seconds(), 0.5)
				assert.Equal(t, "AWAY", w.svc.Availability("bot"))
				assert.Equal(t, row.state, c.State())
				if row.state == "OPEN" {
					assert.Equal(t, row.on, c.Assigned())
				}
				assert.Equal(t, row.said, said(c))
				if name == "left" {
					assert.ErrorIs(t, stopping, messagingagent.ErrStopping)
				}
			})
		})
	}
}

// Another program logs in with this user: nothing is answered twice while it has the
// conversations, and they are taken over when it is gone.
func TestASecondLogin(t *testing.T) {
	t.Parallel()
	inWorldWith(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var seen notes
		stop := serve(t, a, echo, messagingagent.WithOnUpdate(seen.take))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		other, otherDone := w.connect(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = other.Serve(ctx, messagingagent.HandlerFunc(echo)) }()
		for n := 2; n < 30; n++ {
			c.Say(fmt.Sprint(n))
			time.Sleep(time.Minute)
		}
		cancel()
		otherDone()
		time.Sleep(20 * time.Minute)
		got := map[string]int{}
		for _, text := range said(c) {
			got[text]++
		}
		for n := 1; n < 30; n++ {
			assert.GreaterOrEqual(t, got[fmt.Sprint("re: ", n)], 1, n)
		}
		assert.LessOrEqual(t, len(said(c)), 29+w.srv.CountStatus(lptest.OpLogin, 200), "one may be doubled each time the user changes hands")
		c.Say("last")
		time.Sleep(10 * time.Minute)
		assert.Equal(t, "re: last", said(c)[len(said(c))-1])
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Less(t, w.srv.CountStatus(lptest.OpLogin, 200), 20)
	}, nil)
}
