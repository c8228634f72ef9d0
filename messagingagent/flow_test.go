package messagingagent_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// billing is the id of a skill that the bot does not have.
const billing = "4242"

// world is a fake service in memory, in virtual time, with an agent "bot" of the skill
// Sales.
type world struct {
	srv *lptest.Server
	svc *messaging.Service
}

// inWorld runs f in a bubble of its own. Options of the messaging service may be given.
func inWorld(t *testing.T, f func(t *testing.T, w *world), opts ...messaging.Option) {
	t.Helper()
	inWorldWith(t, f, nil, opts...)
}

func inWorldWith(t *testing.T, f func(t *testing.T, w *world), server []lptest.Option, opts ...messaging.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory(append(server, lptest.WithMessaging(opts...))...)
		defer srv.Close()
		srv.AddSkill(lptest.Skill{ID: 4242, Name: "Billing"})
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret", Skills: []string{"Sales"}, MaxChats: 999})
		srv.AddAgent(lptest.Agent{ID: 3550099, LoginName: "eve", Password: "secret", Skills: []string{"Sales", "Billing"}, MaxChats: 10})
		f(t, &world{srv: srv, svc: srv.Messaging()})
	})
}

func (w *world) login(t *testing.T) *login.Session {
	t.Helper()
	s, err := login.Login(t.Context(), w.srv.Account(), login.Password("bot", "secret"), login.WithHTTPClient(w.srv.Client()))
	require.NoError(t, err)
	return s
}

// connect is an agent who is Online; done ends all.
func (w *world) connect(t *testing.T, opts ...messagingagent.Option) (a *messagingagent.Agent, done func()) {
	t.Helper()
	s := w.login(t)
	a, err := messagingagent.Connect(t.Context(), s, opts...)
	require.NoError(t, err)
	require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Online))
	return a, func() {
		a.Close()
		s.Close()
	}
}

// serve serves until stop is called, which returns what Serve did.
func serve(t *testing.T, a *messagingagent.Agent, h messagingagent.HandlerFunc, opts ...messagingagent.Option) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, h, opts...) }()
	return func() error {
		cancel()
		return <-done
	}
}

// echo answers each message with "re: " and its text.
func echo(ctx context.Context, c *messagingagent.Conversation) error {
	for m, err := range c.Messages(ctx) {
		if err != nil {
			return err
		}
		if _, err := c.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil {
			return err
		}
	}
	return nil
}

// said are the texts of the agents' side.
func said(c *messaging.Conversation) (texts []string) {
	for _, m := range c.Messages() {
		if m.Role != "CONSUMER" && m.Role != "CONTROLLER" {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// A bot answers, from the ring to the close.
func TestServe(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo)
		c := w.svc.Consumer(messaging.Consumer{Name: "Ada", Skill: "Sales", FirstMessage: "hello"})
		m, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, "re: hello", m.Text)
		for n := range 20 {
			c.Say(fmt.Sprint("line ", n))
			m, err := c.WaitMessage(t.Context(), n+2)
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprint("re: line ", n), m.Text)
		}
		c.Close()
		time.Sleep(time.Minute)
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Len(t, said(c), 21)
		assert.Equal(t, "AWAY", w.svc.Availability("bot"))
	})
}

// A handler that returns closes its conversation.
func TestHandlerReturns(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			_, err := c.Send(ctx, messagingagent.Text("bye"))
			return err
		})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitClosed(t.Context()))
		assert.Equal(t, "AGENT", c.CloseReason())
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// What stops leaves its conversations, and the next process goes on with them.
func TestTheNextProcessGoesOn(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		stop := serve(t, a, echo)
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "one"})
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		assert.ErrorIs(t, stop(), context.Canceled)
		done()
		assert.Equal(t, "bot", c.Assigned())
		c.Say("two")
		time.Sleep(time.Hour)
		a, done = w.connect(t)
		defer done()
		stop = serve(t, a, echo)
		_, err = c.WaitMessage(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, []string{"re: one", "re: two"}, said(c))
		c.Close()
		time.Sleep(time.Minute)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// A socket that is lost is opened again, and what was said meanwhile comes, once.
func TestTheSocketIsLost(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		stop := serve(t, a, echo)
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		for n := 1; n < 20; n++ {
			if n%3 == 0 {
				w.svc.DropSockets("bot")
			}
			c.Say(fmt.Sprint(n))
			time.Sleep(time.Duration(n) * time.Second)
		}
		time.Sleep(time.Minute)
		var want []string
		for n := range 20 {
			want = append(want, fmt.Sprint("re: ", n))
		}
		assert.Equal(t, want, said(c))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// Whoever watches sees what happens, in order.
func TestWatch(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var seen []string
		for u, err := range a.Watch(ctx) {
			if err != nil {
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				break
			}
			switch u := u.(type) {
			case messagingagent.Ringing:
				seen = append(seen, fmt.Sprint("rings ", len(u.Rings)))
				for _, r := range u.Rings {
					go func() {
						conv, err := r.Accept(t.Context())
						if assert.NoError(t, err) {
							time.Sleep(time.Second)                                                   // by then it has been opened
							assert.NoError(t, conv.Typing(t.Context(), messagingagent.ChatComposing)) // his own is no news
							_, err = conv.Send(t.Context(), messagingagent.Text("hi"))
							assert.NoError(t, err)
							c.Say("bye")
							c.Typing(true)
							c.Close()
						}
					}()
				}
			case messagingagent.ConversationOpened:
				seen = append(seen, fmt.Sprint("opened ", u.How, " ", len(u.History)))
			case messagingagent.MessageReceived:
				seen = append(seen, fmt.Sprint(u.Event.From.Role, " ", u.Event.Text))
			case messagingagent.TypingReceived:
				seen = append(seen, fmt.Sprint(u.From.Role, " ", u.State))
			case messagingagent.ConversationClosed:
				seen = append(seen, fmt.Sprint("closed ", u.How, " ", u.Reason))
			}
		}
		assert.Equal(t, []string{"rings 1", "rings 0", "opened accepted 1", "ASSIGNED_AGENT hi", "CONSUMER bye", "CONSUMER COMPOSING", "closed ended CONSUMER"}, seen)
	})
}

// A loop that ends when the agent is closed already starts nothing that Close did not
// wait for; if it does, it races with Close.
func TestALoopThatEndsAfterClose(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		time.Sleep(time.Second)
		for _, err := range a.Conversations(t.Context(), messagingagent.Filter{States: []messagingagent.State{messagingagent.StateOpen}}) {
			require.NoError(t, err)
			go a.Close()
			time.Sleep(time.Second)
			break
		}
	})
}
