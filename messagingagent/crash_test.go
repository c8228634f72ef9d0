package messagingagent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	puts []string
	err  error
	slow int // so many puts do not come to an end
}

func (c *cupboard) Get(context.Context) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.puts) == 0 {
		return nil, nil
	}
	return []byte(c.puts[len(c.puts)-1]), nil
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
		c.puts = append(c.puts, string(data))
	}
	return c.err
}

// drain takes out what was put.
func (c *cupboard) drain() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	puts := c.puts
	c.puts = nil
	return puts
}

// copied is a store with what this one has now, as a crash leaves it.
func (c *cupboard) copied() *cupboard {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &cupboard{puts: c.puts[max(len(c.puts)-1, 0):]}
}

// A process crashes that has a store: the next one begins with what was not handled,
// unless somebody else has answered since.
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
		"right after an answer":         {1, time.Millisecond, "", []string{"2", "3", "4"}},
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

// A store gets what has changed at once when something is said, else within 5 s, and what
// has not changed every half a minute; and once more at the end. One that takes nothing does
// not end Run before it stops.
func TestPutsIntoTheStore(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		store := &cupboard{}
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		time.AfterFunc(10*time.Minute+2*time.Second, func() {
			idle := store.drain()
			assert.GreaterOrEqual(t, len(idle), 19)
			assert.LessOrEqual(t, len(idle), 21)
			assert.Len(t, slices.Compact(idle), 1)
			consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
			time.Sleep(500 * time.Millisecond)
			was := store.drain()
			if assert.NotEmpty(t, was) {
				assert.Contains(t, was[len(was)-1], `{"next":4,"seen":4}`, "it is answered")
			}
			store.mu.Lock()
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
		assert.Empty(t, store.drain())
	})
}

// mute is a store that says nothing.
type mute struct{ cupboard }

func (m *mute) Get(ctx context.Context) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A store that does not tell what it holds ends Run before it takes anything.
func TestAStoreThatHangs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		began := time.Now()
		err := messagingagent.Run(t.Context(), w.srv.Account(), login.Password("bot", "secret"), messagingagent.HandlerFunc(echo),
			messagingagent.WithStore(&mute{}), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())))
		require.EqualError(t, err, "messagingagent.Run: reading from the store: context deadline exceeded")
		assert.InDelta(t, 10, time.Since(began).Seconds(), 1)
		assert.Zero(t, w.svc.Opened())
	})
}

// A process that crashes while it begins, or cannot begin, leaves the store as it was.
func TestCrashWhileItBegins(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]messaging.Fault{
		"no socket":       {Type: "Upgrade", Kind: messaging.FaultRefuse, Code: 503},
		"no subscription": {Type: "SubscribeExConversations", Kind: messaging.FaultNoAnswer},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			const kept = `{"agent":"x","conversations":{}}`
			store := &cupboard{puts: []string{kept}}
			w.svc.AddFault(f)
			ctx, stop := context.WithCancel(t.Context())
			time.AfterFunc(time.Minute, func() {
				assert.Equal(t, []string{kept}, store.copied().puts, name)
				stop()
			})
			require.NoError(t, messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), messagingagent.HandlerFunc(echo),
				messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client()))))
			assert.Equal(t, []string{kept}, store.copied().puts, name)
		})
	}
}

// A process crashes while the answer to the first of four messages is under way: if it
// arrives that one was answered, and the others come in any case.
func TestCrashWhileAnAnswerIsSent(t *testing.T) {
	t.Parallel()
	lost := messaging.Fault{Type: "PublishEvent", Contains: "re:", Kind: messaging.FaultClose, Code: 1006, Times: 1}
	made := lost
	made.After = true
	for name, c := range map[string]struct {
		fault messaging.Fault
		down  bool          // no socket opens any more
		crash time.Duration // after it was sent
		want  []string
	}{
		"answered late":               {messaging.Fault{Type: "PublishEvent", Contains: "re:", Kind: messaging.FaultLate, Delay: 8 * time.Second, Times: 1}, false, time.Second, []string{"2", "3", "4"}},
		"answered late, much later":   {messaging.Fault{Type: "PublishEvent", Contains: "re:", Kind: messaging.FaultLate, Delay: 8 * time.Second, Times: 1}, false, 7 * time.Second, []string{"2", "3", "4"}},
		"arrives after the crash":     {messaging.Fault{Type: "PublishEvent", Contains: "re:", Kind: messaging.FaultDelay, Delay: 2 * time.Second, Times: 1}, false, time.Second, []string{"2", "3", "4"}},
		"the socket is lost after it": {made, true, time.Minute, []string{"2", "3", "4"}},
		"it is lost with the socket":  {lost, true, time.Minute, []string{"1", "2", "3", "4"}},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			store, left := &cupboard{}, &cupboard{}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			ended := make(chan error, 1)
			go func() {
				ended <- messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"),
					messagingagent.HandlerFunc(func(ctx context.Context, conv *messagingagent.Conversation) error {
						for m, err := range conv.Messages(ctx) {
							if err != nil {
								return err
							}
							time.Sleep(10 * time.Second) // all have come by then
							time.AfterFunc(c.crash, func() {
								left = store.copied()
								stop()
							})
							if _, err := conv.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil {
								return err
							}
							break
						}
						<-ctx.Done()
						return ctx.Err()
					}),
					messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())))
			}()
			time.Sleep(1300 * time.Millisecond)
			w.svc.AddFault(c.fault)
			if c.down {
				w.svc.AddFault(messaging.Fault{Type: "Upgrade", Kind: messaging.FaultRefuse, Code: 503})
			}
			consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "1"})
			time.Sleep(time.Second)
			for n := 2; n <= 4; n++ {
				consumer.Say(fmt.Sprint(n))
			}
			require.NoError(t, <-ended)
			w.svc.ClearFaults()

			var came []string
			ctx, stop = context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			require.NoError(t, messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"),
				messagingagent.HandlerFunc(func(ctx context.Context, conv *messagingagent.Conversation) error {
					for m, err := range conv.Messages(ctx) {
						if err != nil {
							return err
						}
						came = append(came, m.Text)
					}
					return nil
				}),
				messagingagent.WithStore(left), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client()))))
			assert.Equal(t, c.want, came, name)
		})
	}
}

// Of two processes the one that gives way does not write over what the other one keeps.
func TestWhoGivesWayPutsNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		run := func(ctx context.Context, store *cupboard, h messagingagent.HandlerFunc) (ended chan error) {
			ended = make(chan error, 1)
			go func() {
				ended <- messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), h,
					messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())))
			}()
			return ended
		}
		before, after := &cupboard{}, &cupboard{}
		first, stop := context.WithCancel(t.Context())
		defer stop()
		old := run(first, before, func(ctx context.Context, _ *messagingagent.Conversation) error {
			<-ctx.Done()
			return ctx.Err()
		})
		time.Sleep(10 * time.Second)
		second, end := context.WithCancel(t.Context())
		defer end()
		current := run(second, after, echo)
		time.Sleep(10 * time.Second)
		consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		time.Sleep(10 * time.Second)
		consumer.Say("more") // the new one answers it, and the old one sees that
		time.Sleep(20 * time.Second)
		before.drain()
		after.drain()
		time.Sleep(40 * time.Second)
		assert.Empty(t, before.drain())
		assert.NotEmpty(t, after.drain(), "also what has not changed")
		stop()
		require.NoError(t, <-old)
		assert.Empty(t, before.drain())
		end()
		require.NoError(t, <-current)
		assert.NotEmpty(t, after.drain())
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
			store := &cupboard{puts: []string{taken}, slow: slow}
			w.svc.AddFault(messaging.Fault{Type: "SetAgentState", Kind: messaging.FaultDelay, Delay: 3 * time.Second, Times: 1}) // it does not serve yet
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			if first > 0 {
				time.AfterFunc(first-time.Second, func() { assert.Equal(t, []string{taken}, store.copied().puts) })
			}
			time.AfterFunc(first+time.Second, func() {
				if now := store.copied(); assert.Len(t, now.puts, 1) {
					assert.Equal(t, kept, now.puts[0])
				}
			})
			require.NoError(t, messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"), messagingagent.HandlerFunc(echo),
				messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client()))))
			assert.Equal(t, taken, store.copied().puts[0], "after a stop it says all")
		})
	}
}
