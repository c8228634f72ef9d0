package messagingagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A message whose answer could not be confirmed is handed out again by the next process,
// and by the next life, if the dialog shows by then that nobody has answered it.
func TestDoubtfulAnswersInTheNextProcess(t *testing.T) {
	t.Parallel()
	lost := messaging.Fault{Type: "PublishEvent", Contains: "re: ", Kind: messaging.FaultNoAnswer}
	made := lost
	made.After = true
	blind := messaging.Fault{Type: "QueryMessages", Code: 500} // what was made cannot be seen
	once := func(f messaging.Fault) messaging.Fault { f.Nth = 1; return f }
	comes := func(w *world, c *messaging.Conversation) { // what was in doubt
		bot := w.svc.Colleague("bot")
		if bot.Say(c.ID(), "re: 0") < 0 { // he has no part in it
			assert.NoError(t, bot.Join(c.ID(), "AGENT"))
			assert.GreaterOrEqual(t, bot.Say(c.ID(), "re: 0"), 0)
		}
	}
	for name, row := range map[string]struct {
		faults   []messaging.Fault
		says     []string // the consumer, after the first message and before the stop
		taken    bool     // and the handler takes it
		between  func(w *world, c *messaging.Conversation)
		handed   []string // to the next one, before the consumer says "last"
		position string
	}{
		"absent":              {[]messaging.Fault{lost}, nil, true, nil, []string{"0"}, `{"next":1,"seen":1,"unsure":true,"doubtful":0}`},
		"there, and not seen": {[]messaging.Fault{made, blind}, nil, true, nil, nil, `{"next":2,"seen":2,"unsure":true}`},
		"it came later":       {[]messaging.Fault{lost}, nil, true, comes, nil, `{"next":1,"seen":1,"unsure":true,"doubtful":0}`},
		"a colleague has answered": {[]messaging.Fault{lost}, nil, true, func(w *world, c *messaging.Conversation) {
			_ = w.svc.Colleague("eve").Join(c.ID(), "AGENT")
			w.svc.Colleague("eve").Say(c.ID(), "I am here")
		}, nil, `{"next":1,"seen":1,"unsure":true,"doubtful":0}`},
		"a colleague has whispered": {[]messaging.Fault{lost}, nil, true, func(w *world, c *messaging.Conversation) {
			_ = w.svc.Colleague("eve").Join(c.ID(), "AGENT")
			w.svc.Colleague("eve").Whisper(c.ID(), "his turn")
		}, []string{"0"}, `{"next":1,"seen":1,"unsure":true,"doubtful":0}`},
		"the next one was answered":            {[]messaging.Fault{once(lost)}, []string{"1"}, true, nil, nil, `{"next":3,"seen":3,"unsure":true}`},
		"two are absent":                       {[]messaging.Fault{lost}, []string{"1"}, true, nil, []string{"0", "1"}, `{"next":2,"seen":2,"unsure":true,"doubtful":0}`},
		"another was not taken":                {[]messaging.Fault{lost}, []string{"1"}, false, nil, []string{"0", "1"}, `{"next":1,"seen":2,"unsure":true,"doubtful":0}`},
		"it came, the other was not":           {[]messaging.Fault{lost}, []string{"1"}, false, comes, []string{"1"}, `{"next":1,"seen":2,"unsure":true,"doubtful":0}`},
		"more was said while nobody was there": {[]messaging.Fault{lost}, nil, true, func(_ *world, c *messaging.Conversation) { c.Say("1") }, []string{"0", "1"}, `{"next":1,"seen":1,"unsure":true,"doubtful":0}`},
		"it came, and more was said":           {[]messaging.Fault{lost}, nil, true, func(w *world, c *messaging.Conversation) { comes(w, c); c.Say("1") }, []string{"1"}, `{"next":1,"seen":1,"unsure":true,"doubtful":0}`},
		"nothing was lost":                     {nil, []string{"1"}, true, nil, nil, `{"next":4,"seen":4}`},
	} {
		for _, restart := range []bool{true, false} { // or the conversation goes elsewhere, and comes back
			if !restart && !row.taken {
				continue // what is not taken is not this handler's any more
			}
			t.Run(name+map[bool]string{true: "", false: ", and it comes back"}[restart], func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					var mu sync.Mutex
					var handed []string
					handler := func(ctx context.Context, c *messagingagent.Conversation) error {
						for m, err := range c.Messages(ctx) {
							if err != nil {
								return err
							}
							mu.Lock()
							handed = append(handed, m.Text)
							mu.Unlock()
							_, err := c.Send(ctx, messagingagent.Text("re: "+m.Text))
							if errors.Is(err, messagingagent.ErrUnconfirmed) && !row.taken {
								<-ctx.Done()
								return ctx.Err()
							}
							if err != nil && !errors.Is(err, messagingagent.ErrUnconfirmed) {
								return err
							}
						}
						return nil
					}
					stop := serve(t, a, handler, messagingagent.WithoutReceipts())
					c := w.svc.Consumer(messaging.Consumer{Skill: "Sales"})
					for _, f := range row.faults {
						if f.Type == "QueryMessages" {
							time.AfterFunc(time.Second, func() { w.svc.AddFault(f) })
							continue
						}
						w.svc.AddFault(f)
					}
					c.Say("0")
					time.Sleep(2 * time.Minute)
					for _, text := range row.says {
						c.Say(text)
						time.Sleep(time.Minute)
					}
					again := func() {
						w.svc.ClearFaults()
						if row.between != nil {
							row.between(w, c)
						}
						mu.Lock()
						handed = nil
						mu.Unlock()
					}
					id := liveperson.ConversationID(c.ID())
					if restart {
						assert.ErrorIs(t, stop(), context.Canceled)
						position, err := json.Marshal(a.Snapshot().Conversations[id][messagingagent.DialogID(id)])
						require.NoError(t, err)
						assert.JSONEq(t, row.position, string(position))
						data, err := json.Marshal(a.Snapshot())
						require.NoError(t, err)
						done()
						again()
						var was messagingagent.Snapshot
						require.NoError(t, json.Unmarshal(data, &was))
						a, done = w.connect(t, messagingagent.WithSnapshot(was))
						stop = serve(t, a, handler, messagingagent.WithoutReceipts())
					} else {
						require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
						time.Sleep(10 * time.Second)
						again()
						require.NoError(t, w.svc.Colleague("bot").TakeOver(c.ID()))
					}
					defer func() { done() }()
					time.Sleep(10 * time.Second)
					mu.Lock()
					got := handed
					handed = nil
					mu.Unlock()
					assert.Equal(t, row.handed, got)
					c.Say("last")
					time.Sleep(10 * time.Second)
					mu.Lock()
					assert.Equal(t, []string{"last"}, handed)
					mu.Unlock()
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}

// The answers to the ones before it, which come after it in the dialog, are none to a
// message that may not have been answered.
func TestDoubtfulAnswersAmongOthers(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var taken notes
		handler := func(ctx context.Context, c *messagingagent.Conversation) error {
			for m, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				taken.add(m.Text)
				if _, err := c.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil {
					<-ctx.Done()
					return ctx.Err()
				}
			}
			return nil
		}
		lost := w.svc.AddFault(messaging.Fault{Type: "PublishEvent", Contains: "re: 2", Kind: messaging.FaultNoAnswer})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		for _, text := range []string{"1", "2", "3"} {
			c.Say(text)
		}
		a, done := w.connect(t)
		stop := serve(t, a, handler)
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"0", "1", "2"}, taken.all())
		assert.ErrorIs(t, stop(), context.Canceled)
		was := a.Snapshot()
		done()
		lost.Remove()
		a, done = w.connect(t, messagingagent.WithSnapshot(was))
		defer done()
		stop = serve(t, a, handler)
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"2", "3"}, taken.all())
		assert.Equal(t, []string{"re: 0", "re: 1", "re: 2", "re: 3"}, said(c))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
