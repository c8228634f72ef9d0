package messagingagent_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// memory is a store that may fail.
type memory struct {
	mu   sync.Mutex
	data []byte
	err  error
}

func (m *memory) Get(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.data, m.err
}

func (m *memory) Put(ctx context.Context, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil && ctx.Err() == nil {
		m.data = data
	}
	return errors.Join(m.err, ctx.Err())
}

func (m *memory) has() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.data)
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

// run has a bot run until stop is called.
func (w *world) run(t *testing.T, h messagingagent.HandlerFunc, opts ...messagingagent.Option) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), h,
			append([]messagingagent.Option{messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client()))}, opts...)...)
	}()
	return func() error {
		time.Sleep(time.Second) // what has been begun is not cut off
		cancel()
		return <-done
	}
}

// A bot's whole life, and that of the next one, which goes on in the middle of a
// conversation.
func TestRun(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "one"})
		stop := w.run(t, echo)
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		began := time.Now()
		require.NoError(t, stop())
		assert.Less(t, time.Since(began), 20*time.Second)
		require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "OFFLINE"))
		assert.Equal(t, 1, w.srv.CountStatus(lptest.OpLogout, 200))
		assert.Equal(t, "bot", c.Assigned())
		c.Say("two")
		stop = w.run(t, echo)
		_, err = c.WaitMessage(t.Context(), 2)
		require.NoError(t, err)
		require.NoError(t, stop())
		assert.Equal(t, []string{"re: one", "re: two"}, said(c))
	})
}

// A message comes while the bot answers the one before, and it stops: with a store the
// next one is handed what was not handled, and without one nothing, since what stands
// before an answer counts as answered.
func TestRunWithAStore(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]messagingagent.Store{"with": &memory{}, "without": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				var opts []messagingagent.Option
				if store != nil {
					opts = append(opts, messagingagent.WithStore(store))
				}
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "one"})
				stop := w.run(t, func(ctx context.Context, c *messagingagent.Conversation) error {
					for m, err := range c.Messages(ctx) {
						if err != nil {
							return err
						}
						time.Sleep(10 * time.Second)
						if _, err := c.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil {
							return err
						}
					}
					return nil
				}, opts...)
				time.Sleep(5 * time.Second)
				c.Say("two")
				require.NoError(t, stop())
				stop = w.run(t, echo, opts...)
				time.Sleep(time.Minute)
				require.NoError(t, stop())
				want := []string{"re: one"}
				if store != nil {
					want = append(want, "re: two")
				}
				assert.Equal(t, want, said(c))
			})
		})
	}
}

// What the store holds is there for the next Run if this one cannot begin.
func TestRunThatCannotBegin(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		store := &memory{}
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "one"})
		stop := w.run(t, echo, messagingagent.WithStore(store))
		_, err := c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		require.NoError(t, stop())
		held := store.has()
		require.Contains(t, held, c.ID())
		f := w.svc.AddFault(messaging.Fault{Type: "Upgrade", Code: 503})
		stop = w.run(t, echo, messagingagent.WithStore(store))
		time.Sleep(time.Minute)
		require.NoError(t, stop())
		assert.Equal(t, held, store.has())
		f.Remove()
		failed := errors.New("the disk is full")
		store.fail(failed)
		stop = w.run(t, echo, messagingagent.WithStore(store))
		require.ErrorIs(t, stop(), failed)
		store.fail(nil)
		stop = w.run(t, echo, messagingagent.WithStore(store))
		time.Sleep(time.Minute)
		store.fail(failed)
		require.ErrorIs(t, stop(), failed)
		require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "OFFLINE"))
		store.fail(nil)
		require.NoError(t, store.Put(t.Context(), []byte("{")))
		stop = w.run(t, echo, messagingagent.WithStore(store))
		c.Say("two")
		_, err = c.WaitMessage(t.Context(), 2)
		require.NoError(t, err)
		require.NoError(t, stop())
		assert.Equal(t, []string{"re: one", "re: two"}, said(c))
		assert.NotEqual(t, held, store.has())
		assert.Contains(t, store.has(), c.ID())
	})
}

// What is wrong is said before anything is sent, and a login that is refused is Run's
// error.
func TestRunThatIsRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var in *liveperson.InputError
		via := messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client()))
		err := messagingagent.Run(t.Context(), w.srv.Account(), login.Password("bot", "secret"), nil, via)
		require.ErrorAs(t, err, &in)
		assert.Equal(t, "handler", in.Field)
		h := messagingagent.HandlerFunc(echo)
		err = messagingagent.Run(t.Context(), w.srv.Account(), login.Password("bot", "secret"), h, via, messagingagent.WithGrace(-1))
		require.ErrorAs(t, err, &in)
		assert.Equal(t, "grace", in.Field)
		assert.Empty(t, w.srv.Journal())
		err = messagingagent.Run(t.Context(), w.srv.Account(), login.Password("bot", "wrong"), h, via)
		assert.ErrorIs(t, err, liveperson.ErrUnauthorized)
	})
}

// An answer was not confirmed when the bot stopped, and comes after that: the next bot does
// not take it for another process's, which would have answered what was said before it.
func TestRunAfterAnUnconfirmedAnswer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		store := &memory{}
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
		w.svc.AddFault(messaging.Fault{Type: "PublishEvent", Contains: "re: 1", Kind: messaging.FaultNoAnswer})
		var sent error
		stop := w.run(t, func(ctx context.Context, c *messagingagent.Conversation) error {
			for m, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				_, sent = c.Send(ctx, messagingagent.Text("re: "+m.Text))
				<-ctx.Done()
			}
			return nil
		}, messagingagent.WithStore(store))
		time.Sleep(2 * time.Second)
		c.Say("2")
		c.Say("3")
		time.Sleep(30 * time.Second)
		require.NoError(t, stop())
		require.ErrorIs(t, sent, messagingagent.ErrUnconfirmed)
		w.svc.Colleague("bot").Say(c.ID(), "re: 1") // late
		time.Sleep(2 * time.Minute)
		stop = w.run(t, echo, messagingagent.WithStore(store))
		time.Sleep(time.Minute)
		require.NoError(t, stop())
		assert.Equal(t, []string{"re: 1", "re: 2", "re: 3"}, said(c))
	})
}
