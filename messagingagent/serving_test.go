package messagingagent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// hour is a context that ends, should what is waited for never come.
func hour(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	t.Cleanup(cancel)
	return ctx
}

// diary notes updates.
type diary struct {
	mu      sync.Mutex
	updates []messagingagent.Update
}

func (d *diary) note(u messagingagent.Update) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.updates = append(d.updates, u)
}

// updatesOf are those of a type.
func updatesOf[U messagingagent.Update](d *diary) (list []U) {
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.updates {
		if u, ok := u.(U); ok {
			list = append(list, u)
		}
	}
	return list
}

// stays keeps a conversation until its context ends, or it does.
func stays(ctx context.Context, c *messagingagent.Conversation) error {
	for _, err := range c.Messages(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}

// states are the availabilities that were sent.
func states(w *world) (list []string) {
	for _, f := range w.svc.Requests("SetAgentState") {
		_, rest, _ := strings.Cut(f.Text, `"availability":"`)
		word, _, _ := strings.Cut(rest, `"`)
		list = append(list, word)
	}
	return list
}

// A conversation that comes back each time is left to others after the third.
func TestConversationsThatGoInCircles(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var d diary
		stop := serve(t, a, func(context.Context, *messagingagent.Conversation) error { return errors.New("does not know") },
			messagingagent.WithHandOver(messagingagent.ToQueue()), messagingagent.WithOnUpdate(d.note))
		w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		time.Sleep(2 * time.Minute)
		assert.Len(t, updatesOf[messagingagent.ConversationOpened](&d), 3)
		require.NotEmpty(t, updatesOf[messagingagent.Trouble](&d))
		assert.Contains(t, updatesOf[messagingagent.Trouble](&d)[0].Err.Error(), "comes back")
		assert.LessOrEqual(t, len(updatesOf[messagingagent.Trouble](&d)), 3, "told once of each ring")
		time.Sleep(10 * time.Minute)
		assert.Greater(t, len(updatesOf[messagingagent.ConversationOpened](&d)), 3, "and taken again later")
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

// Who is full does not take more, and says so if that is wanted.
func TestWhenFull(t *testing.T) {
	t.Parallel()
	for _, state := range []messagingagent.Availability{"", messagingagent.Occupied, messagingagent.Away} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			opts := []messagingagent.Option{messagingagent.WithMaxConversations(2)}
			if state != "" {
				opts = append(opts, messagingagent.WithWhenFull(state))
			}
			stop := serve(t, a, stays, opts...)
			var all []*messaging.Conversation
			for range 3 {
				all = append(all, w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"}))
				time.Sleep(10 * time.Second)
			}
			assert.Equal(t, []string{"bot", "bot", ""}, []string{all[0].Assigned(), all[1].Assigned(), all[2].Assigned()})
			all[0].Close()
			time.Sleep(2 * time.Minute)
			assert.Equal(t, "bot", all[2].Assigned())
			require.ErrorIs(t, stop(), context.Canceled)
			want := []string{"ONLINE", "AWAY"}
			if state != "" {
				want = []string{"ONLINE", string(state), "ONLINE", string(state), "AWAY"}
			}
			assert.Equal(t, want, states(w))
		})
	}
}

// What is the agent's on the service is taken over, or left alone, and what a former
// Serve has left is told as such.
func TestWhatWasLeftIsResumed(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		mine := w.svc.Colleague("bot")
		mine.Online()
		before := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, mine.WaitRinging(hour(t)))
		mine.Accept()
		mine.SignOut()
		a, done := w.connect(t)
		defer done()

		var d diary
		stop := serve(t, a, stays, messagingagent.WithoutAdopting(), messagingagent.WithOnUpdate(d.note))
		time.Sleep(10 * time.Minute)
		assert.Empty(t, updatesOf[messagingagent.ConversationOpened](&d))
		after := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, after.WaitAgent(hour(t)))
		time.Sleep(time.Second)
		require.Len(t, updatesOf[messagingagent.ConversationOpened](&d), 1)
		assert.Equal(t, after.ID(), string(updatesOf[messagingagent.ConversationOpened](&d)[0].Conversation.ID()))
		require.ErrorIs(t, stop(), context.Canceled)

		require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Online))
		d = diary{}
		stop = serve(t, a, stays, messagingagent.WithOnUpdate(d.note))
		time.Sleep(time.Second)
		ways := map[string]messagingagent.Opening{}
		for _, u := range updatesOf[messagingagent.ConversationOpened](&d) {
			ways[string(u.Conversation.ID())] = u.How
		}
		assert.Equal(t, map[string]messagingagent.Opening{before.ID(): messagingagent.Adopted, after.ID(): messagingagent.Resumed}, ways)
		require.NoError(t, w.svc.Colleague("eve").TakeOver(before.ID()))
		time.Sleep(time.Second)
		closed := updatesOf[messagingagent.ConversationClosed](&d)
		require.Len(t, closed, 1)
		assert.Equal(t, messagingagent.ClosedLost, closed[0].How)
		require.NoError(t, w.svc.Colleague("bot").TakeOver(before.ID()), "somebody assigns it")
		time.Sleep(time.Second)
		assert.Len(t, updatesOf[messagingagent.ConversationOpened](&d), 3)
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

// Rings whose answer is lost or refused.
func TestRingsThatCannotBeAccepted(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault messaging.Fault
		gets  bool
	}{
		"refused":                    {messaging.Fault{Type: "UpdateRingState", Kind: messaging.FaultRefuse, Code: 409, Nth: 1}, true},
		"a failure":                  {messaging.Fault{Type: "UpdateRingState", Kind: messaging.FaultRefuse, Code: 500, Times: 6}, true},
		"no answer, and done":        {messaging.Fault{Type: "UpdateRingState", Kind: messaging.FaultNoAnswer, After: true, Times: 3}, true},
		"no answer, and not done":    {messaging.Fault{Type: "UpdateRingState", Kind: messaging.FaultNoAnswer, Times: 3}, true},
		"turned away again and more": {messaging.Fault{Type: "UpdateRingState", Kind: messaging.FaultRefuse, Code: 429, Times: 5}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				stop := serve(t, a, echo)
				w.svc.AddFault(row.fault)
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				_, err := c.WaitMessage(ctx, 1)
				require.NoError(t, err)
				assert.Equal(t, []string{"re: hello"}, said(c))
				require.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// What the handler has taken is acknowledged, unless that is not wanted.
func TestReceipts(t *testing.T) {
	t.Parallel()
	for _, wanted := range []bool{true, false} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			defer done()
			var opts []messagingagent.Option
			if !wanted {
				opts = append(opts, messagingagent.WithoutReceipts())
			}
			stop := serve(t, a, echo, opts...)
			c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
			_, err := c.WaitMessage(hour(t), 1)
			require.NoError(t, err)
			time.Sleep(time.Second)
			var receipts []string
			for _, f := range w.svc.Requests("PublishEvent") {
				if _, event, ok := strings.Cut(f.Text, `"type":"AcceptStatusEvent",`); ok {
					receipts = append(receipts, event)
				}
			}
			if wanted {
				assert.Equal(t, []string{`"status":"ACCEPT","sequenceList":[0]}}}`, `"status":"READ","sequenceList":[0]}}}`}, receipts)
			} else {
				assert.Empty(t, receipts)
			}
			require.ErrorIs(t, stop(), context.Canceled)
		})
	}
}

// The end of the login session is that of Serve and of Watch.
func TestServeEndsWithTheSession(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		s := w.login(t)
		a, err := messagingagent.Connect(t.Context(), s)
		require.NoError(t, err)
		defer a.Close()
		var d diary
		time.AfterFunc(time.Minute, s.Close)
		err = a.Serve(t.Context(), messagingagent.HandlerFunc(stays), messagingagent.WithOnUpdate(d.note))
		require.ErrorIs(t, err, login.ErrClosed)
		require.Len(t, updatesOf[messagingagent.LoginEnded](&d), 1)
		assert.ErrorIs(t, updatesOf[messagingagent.LoginEnded](&d)[0].Err, login.ErrClosed)
	})
}

// One agent is served or watched once, by a handler, with options that make sense.
func TestServeIsChecked(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, stays)
		synctest.Wait()
		assert.ErrorIs(t, a.Serve(t.Context(), messagingagent.HandlerFunc(stays)), messagingagent.ErrServing)
		last := func(opts ...messagingagent.Option) (last error) {
			for u, err := range a.Watch(t.Context(), opts...) {
				assert.Nil(t, u)
				last = err
			}
			return last
		}
		assert.ErrorIs(t, last(), messagingagent.ErrServing)
		var input *liveperson.InputError
		require.ErrorAs(t, a.Serve(t.Context(), nil), &input)
		assert.Equal(t, "handler", input.Field)
		require.ErrorAs(t, a.Serve(t.Context(), messagingagent.HandlerFunc(nil)), &input)
		assert.Equal(t, "handler", input.Field)
		require.ErrorAs(t, a.Serve(t.Context(), messagingagent.HandlerFunc(stays), messagingagent.WithGrace(-1)), &input)
		assert.Equal(t, "messagingagent.Serve", input.Op)
		require.ErrorAs(t, last(messagingagent.WithGrace(-1)), &input)
		assert.Equal(t, "messagingagent.Watch", input.Op)
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

// A consumer who is watched sees what conversations become, and cannot be looped over.
func TestWatchConversations(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitRinging(hour(t), "bot"))
		time.Sleep(time.Second)
		require.Len(t, a.Rings(), 1)
		conv, err := a.Rings()[0].Accept(t.Context())
		require.NoError(t, err, "before anybody watches")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var seen []string
		for u, err := range a.Watch(ctx, messagingagent.WithStateOnStop("")) {
			if err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				break
			}
			switch u := u.(type) {
			case messagingagent.ConversationOpened:
				seen = append(seen, fmt.Sprint("opened ", u.How, " ", len(u.History)))
				go func() {
					for _, err := range conv.Messages(t.Context()) {
						assert.ErrorIs(t, err, messagingagent.ErrWatching)
					}
					assert.NoError(t, conv.EditNote(t.Context(), func(string) (string, error) { return "vip", nil }))
					time.Sleep(time.Second)
					c.Read(0)
				}()
			case messagingagent.ConversationChanged:
				seen = append(seen, "note "+u.Info.Note)
			case messagingagent.EventReceived:
				seen = append(seen, fmt.Sprint(u.Event.Receipt.Status, " ", u.Event.Receipt.Sequences))
			case messagingagent.ConversationClosed:
				seen = append(seen, fmt.Sprint("closed ", u.How))
			}
		}
		assert.Contains(t, seen, "opened accepted 1")
		assert.Contains(t, seen, "note vip")
		assert.Contains(t, seen, "READ [0]")
		assert.Equal(t, "closed left open", seen[len(seen)-1])
		assert.Equal(t, []string{"ONLINE"}, states(w))
	})
}

// Of messages that wait together it is said once that they have come, and of each that it was
// read when the next one is taken.
func TestReceiptsOfMessagesThatWait(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			time.Sleep(5 * time.Second)
			for _, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				time.Sleep(time.Second)
			}
			return nil
		})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		time.Sleep(time.Second)
		c.Say("1")
		c.Say("2")
		time.Sleep(time.Minute)
		var receipts []string
		for _, f := range w.svc.Requests("PublishEvent") {
			_, status, _ := strings.Cut(f.Text, `"status":`)
			receipts = append(receipts, strings.TrimRight(status, "}"))
		}
		assert.Equal(t, []string{`"ACCEPT","sequenceList":[0,1,2]`, `"READ","sequenceList":[0]`, `"READ","sequenceList":[1]`, `"READ","sequenceList":[2]`}, receipts)
		require.ErrorIs(t, stop(), context.Canceled)
	})
}
