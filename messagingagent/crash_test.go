package messagingagent_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// cupboard is a store in memory.
type cupboard struct {
	mu   sync.Mutex
	puts [][]byte
	err  error
	slow int // so many puts do not come to an end
}

func (c *cupboard) Take(context.Context) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.puts) == 0 {
		return nil, nil
	}
	data := c.puts[len(c.puts)-1]
	c.puts = nil
	return data, nil
}

func (c *cupboard) Put(ctx context.Context, data []byte) error {
	c.mu.Lock()
	slow := c.slow > 0
	c.slow--
	c.mu.Unlock()
	if slow {
		<-ctx.Done()
		return ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.puts = append(c.puts, data)
	}
	return c.err
}

// copied is a store with what this one has now, as a crash leaves it.
func (c *cupboard) copied() *cupboard {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &cupboard{puts: c.puts[max(len(c.puts)-1, 0):]}
}

// A process crashes that has a store: the next one begins with what was not handled a few
// seconds before, unless an answer came after it.
func TestCrashWithAStore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers int           // so many of the four are answered, one every 10 s
		crash   time.Duration // how long after the last one
		after   string        // what somebody else says then
		want    []string
	}{
		"before any answer":             {0, 20 * time.Second, "", []string{"1", "2", "3", "4"}},
		"after one":                     {1, 6 * time.Second, "", []string{"2", "3", "4"}},
		"after three":                   {3, 6 * time.Second, "", []string{"4"}},
		"after all":                     {4, 6 * time.Second, "", nil},
		"right after an answer":         {1, time.Millisecond, "", nil},
		"after what a colleague said":   {1, 6 * time.Second, "I have taken care of it.", nil},
		"right after all were answered": {4, time.Millisecond, "", nil},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			run := func(ctx context.Context, store *cupboard, h messagingagent.HandlerFunc) (ended chan error) {
				ended = make(chan error, 1)
				go func() {
					ended <- messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), h,
						messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())))
				}()
				return ended
			}
			store := &cupboard{}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			answered := make(chan struct{})
			ended := run(ctx, store, func(ctx context.Context, conv *messagingagent.Conversation) error {
				n := 0
				for m, err := range conv.Messages(ctx) {
					if err != nil {
						return err
					}
					if n == c.answers {
						break
					}
					time.Sleep(10 * time.Second) // all have come by then
					if _, err := conv.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil {
						return err
					}
					if n++; n == 4 {
						break
					}
				}
				close(answered)
				<-ctx.Done()
				return ctx.Err()
			})
			time.Sleep(1300 * time.Millisecond)
			consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
			time.Sleep(time.Second)
			for n := 2; n <= 4; n++ {
				consumer.Say(fmt.Sprint(n))
			}
			<-answered
			time.Sleep(c.crash)
			left := store.copied()
			if c.after != "" {
				eve := w.svc.Colleague("eve")
				require.NoError(t, eve.Join(consumer.ID(), "AGENT"))
				eve.Say(consumer.ID(), c.after)
			}
			stop()
			require.NoError(t, <-ended)

			var came []string
			ctx, stop = context.WithCancel(t.Context())
			defer stop()
			ended = run(ctx, left, func(ctx context.Context, conv *messagingagent.Conversation) error {
				for m, err := range conv.Messages(ctx) {
					if err != nil {
						return err
					}
					came = append(came, m.Text)
				}
				return nil
			})
			time.Sleep(time.Minute)
			stop()
			require.NoError(t, <-ended)
			assert.Equal(t, c.want, came, name)
		})
	}
}

// A store gets what has changed, no more often than every few seconds, and once more at the
// end. One that takes nothing does not end Run before it stops.
func TestPutsIntoTheStore(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		store := &cupboard{}
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		time.AfterFunc(10*time.Minute+time.Second, func() {
			consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
			time.Sleep(10 * time.Minute)
			store.mu.Lock()
			assert.Len(t, store.puts, 2, "at the beginning, and when the conversation had come and was answered")
			store.err = errors.New("full")
			store.mu.Unlock()
			for range 20 {
				consumer.Say("more")
				time.Sleep(time.Second)
			}
		})
		err := messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), messagingagent.HandlerFunc(echo),
			messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())))
		require.EqualError(t, err, "messagingagent.Run: putting into the store: full")
		assert.Len(t, store.puts, 2)
	})
}

// What is kept at the beginning is for the case of a crash already: an answer that comes
// after it counts, though the former process was unsure of one. A store that hangs is given
// up, and tried again.
func TestTheFirstPutIntoTheStore(t *testing.T) {
	t.Parallel()
	for slow, first := range []time.Duration{0, 10 * time.Second} {
		inWorld(t, func(t *testing.T, w *world) {
			a, done := w.connect(t)
			me := a.Me()
			done()
			taken := fmt.Sprintf(`{"agent":%q,"conversations":{"c1":{"d1":{"next":3,"seen":5,"unsure":true}}}}`, me)
			kept := fmt.Sprintf(`{"agent":%q,"conversations":{"c1":{"d1":{"next":3,"seen":5}}}}`, me)
			store := &cupboard{puts: [][]byte{[]byte(taken)}, slow: slow}
			w.svc.AddFault(messaging.Fault{Type: "SetAgentState", Kind: messaging.FaultDelay, Delay: 3 * time.Second, Times: 1}) // it does not serve yet
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			if first > 0 {
				time.AfterFunc(first-time.Second, func() { assert.Empty(t, store.copied().puts) })
			}
			time.AfterFunc(first+time.Second, func() {
				if now := store.copied(); assert.Len(t, now.puts, 1) {
					assert.Equal(t, kept, string(now.puts[0]))
				}
			})
			require.NoError(t, messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), messagingagent.HandlerFunc(echo),
				messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client()))))
			assert.Equal(t, taken, string(store.copied().puts[0]), "after a stop it says all")
		})
	}
}
