package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// stuck is a store whose first put hangs as long as it may.
type stuck struct{ hung chan struct{} }

func (s stuck) Get(context.Context) ([]byte, error) { return nil, nil }

func (s stuck) Put(ctx context.Context, _ []byte) error {
	select {
	case s.hung <- struct{}{}:
		<-ctx.Done()
		return ctx.Err()
	default:
		return nil
	}
}

// An answer waits 1 s for the store, also if another put hangs.
func TestSendWhileTheStoreHangs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		ctx, stop := context.WithCancel(t.Context())
		took, done := make(chan time.Duration, 1), make(chan error, 1)
		go func() {
			done <- messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), messagingagent.HandlerFunc(
				func(ctx context.Context, c *messagingagent.Conversation) error {
					for _, err := range c.Messages(ctx) {
						if err != nil {
							return err
						}
						began := time.Now()
						_, err := c.Send(ctx, messagingagent.Text("hello"))
						assert.NoError(t, err)
						took <- time.Since(began)
					}
					return nil
				}), messagingagent.WithStore(stuck{make(chan struct{}, 1)}), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())))
		}()
		require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "ONLINE"))
		w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hi"})
		assert.Equal(t, time.Second, <-took)
		stop()
		assert.NoError(t, <-done)
	})
}

// A conversation that is closed while it is read, and while Run stops, has a handler, and
// is not told to be left open.
func TestClosedWhileItIsReadAndRunStops(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		ctx, stop := context.WithCancel(t.Context())
		var heard, closed notes
		done := make(chan error, 1)
		go func() {
			done <- messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), messagingagent.HandlerFunc(
				func(ctx context.Context, c *messagingagent.Conversation) error {
					for m, err := range c.Messages(ctx) {
						if err != nil {
							return err
						}
						heard.add(m.Text)
					}
					heard.add("over")
					return nil
				}), messagingagent.WithStore(&cupboard{}), messagingagent.WithOnUpdate(func(u messagingagent.Update) {
				if u, ok := u.(messagingagent.ConversationClosed); ok {
					closed.add(string(u.How))
				}
			}), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())))
		}()
		require.NoError(t, w.svc.WaitAvailability(t.Context(), "bot", "ONLINE"))
		w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 5 * time.Second, Times: 1})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hi"})
		time.Sleep(time.Second)
		c.Say("bye")
		c.Close()
		time.Sleep(time.Second)
		stop()
		assert.NoError(t, <-done)
		assert.Equal(t, []string{"hi", "bye", "over"}, heard.all())
		assert.Equal(t, []string{"ended"}, closed.all())
	})
}
