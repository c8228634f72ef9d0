package messagingagent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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

// A store gets what has changed before something is said, else within 5 s, and what has not
// changed every half a minute; and once more at the end. One that takes nothing does
// not end Run before it stops, and is warned of once.
func TestPutsIntoTheStore(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		store := &cupboard{}
		var log bytes.Buffer
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		time.AfterFunc(10*time.Minute+2*time.Second, func() {
			idle := store.drain()
			assert.GreaterOrEqual(t, len(idle), 19)
			assert.LessOrEqual(t, len(idle), 21)
			assert.Len(t, slices.Compact(idle), 1)
			consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
			time.Sleep(6 * time.Second)
			was := store.drain()
			if assert.GreaterOrEqual(t, len(was), 2) {
				assert.Regexp(t, `{"next":[12],"seen":[12],"sending":"[0-9a-f]{16}","doubtful":0}`, was[0], "it is being answered")
				assert.Contains(t, was[len(was)-1], `{"next":4,"seen":4}`, "it was answered")
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
			messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())),
			messagingagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		require.EqualError(t, err, "messagingagent.Run: putting into the store: full")
		assert.Empty(t, store.drain())
		assert.Equal(t, 1, strings.Count(log.String(), "the store does not take"))
	})
}

// An answer waits a second for a store that hangs, and the next ones do not wait until it
// has taken something.
func TestAnswersWaitForTheStore(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		store := &cupboard{}
		var took []time.Duration
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		time.AfterFunc(6*time.Second, func() { // between two puts
			store.mu.Lock()
			store.slow = 1
			store.mu.Unlock()
			w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		})
		require.NoError(t, messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"),
			messagingagent.HandlerFunc(func(ctx context.Context, conv *messagingagent.Conversation) error {
				for n := range 3 {
					began := time.Now()
					if _, err := conv.Send(ctx, messagingagent.Text(fmt.Sprint(n))); err != nil {
						return err
					}
					took = append(took, time.Since(began))
				}
				<-ctx.Done()
				return ctx.Err()
			}), messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client()))))
		if assert.Len(t, took, 3) {
			assert.InDelta(t, 1, took[0].Seconds(), 0.1)
			assert.Less(t, took[1]+took[2], 100*time.Millisecond)
		}
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
		first bool          // the first was answered, of which nothing is told, and this is the second
		crash time.Duration // after it was sent
		want  []string
	}{
		"answered late":               {messaging.Fault{Type: "PublishEvent", Contains: "re:", Kind: messaging.FaultLate, Delay: 8 * time.Second, Times: 1}, false, false, time.Second, []string{"2", "3", "4"}},
		"answered late, much later":   {messaging.Fault{Type: "PublishEvent", Contains: "re:", Kind: messaging.FaultLate, Delay: 8 * time.Second, Times: 1}, false, false, 7 * time.Second, []string{"2", "3", "4"}},
		"arrives after the crash":     {messaging.Fault{Type: "PublishEvent", Contains: "re:", Kind: messaging.FaultDelay, Delay: 2 * time.Second, Times: 1}, false, false, time.Second, []string{"2", "3", "4"}},
		"the socket is lost after it": {made, true, false, time.Minute, []string{"2", "3", "4"}},
		"it is lost with the socket":  {lost, true, false, time.Minute, []string{"1", "2", "3", "4"}},
		"the second one is late":      {messaging.Fault{Type: "PublishEvent", Contains: "re: 2", Kind: messaging.FaultLate, Delay: 8 * time.Second, Times: 1}, false, true, time.Second, []string{"3", "4"}},
		"the second one is lost":      {messaging.Fault{Type: "PublishEvent", Contains: "re: 2", Kind: messaging.FaultClose, Code: 1006, Times: 1}, true, true, time.Second, []string{"2", "3", "4"}},
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
							if !c.first || m.Text == "2" {
								time.AfterFunc(c.crash, func() {
									left = store.copied()
									stop()
								})
							}
							if _, err := conv.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil {
								return err
							}
							if !c.first || m.Text == "2" {
								break
							}
						}
						<-ctx.Done()
						return ctx.Err()
					}),
					messagingagent.WithStore(store), messagingagent.WithoutReceipts(), messagingagent.WithLogin(login.WithHTTPClient(w.srv.Client())))
			}()
			time.Sleep(1300 * time.Millisecond)
			w.svc.AddFault(c.fault)
			if c.first {
				w.svc.AddFault(messaging.Fault{Type: "OnlineEventDistribution", Contains: "re: 1", Kind: messaging.FaultLose})
				w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Contains: "re: 1", Kind: messaging.FaultLose})
			}
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

// Programs crash at any moment, while consumers say several things at once, and answers are
// late or lost: each message is answered once, or the bot knows that it may not have been.
func TestCrashes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(max(1, histories()/25)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				random := rand.New(rand.NewPCG(seed, 1))
				store := &cupboard{}
				w.svc.AddFault(messaging.Fault{Type: "PublishEvent", Contains: "re:", Kind: messaging.FaultLate, Delay: 700 * time.Millisecond, Probability: 0.5})
				w.svc.AddFault(messaging.Fault{Type: "PublishEvent", Contains: "re:", Kind: messaging.FaultClose, Code: 1006, After: true, Probability: 0.05})
				var consumers []*messaging.Conversation
				for n := range 3 {
					consumers = append(consumers, w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: fmt.Sprint(n, ".0")}))
				}
				said, over := 1, make(chan struct{})
				go func() {
					defer close(over)
					for range 12 {
						time.Sleep(time.Duration(500+random.IntN(4000)) * time.Millisecond)
						for range 1 + random.IntN(4) {
							for n, c := range consumers {
								c.Say(fmt.Sprintf("%d.%d", n, said))
							}
							said++
						}
					}
				}()
				var mu sync.Mutex
				doubtful := map[string]bool{} // what the bot knew that it may not have answered
				unsure := func(text string) {
					mu.Lock()
					defer mu.Unlock()
					doubtful[text] = true
				}
				dice := rand.New(rand.NewPCG(seed, 2))
				for crashes := 0; crashes < 12; crashes++ {
					w.crash(t, store, time.Duration(dice.IntN(8000))*time.Millisecond, unsure)
					store = store.copied()
				}
				<-over
				w.crash(t, store, 2*time.Minute, unsure)
				for n, c := range consumers {
					answers := map[string]int{}
					for _, m := range c.Messages() {
						if m.Role != "CONSUMER" {
							answers[m.Text]++
						}
					}
					for i := range said {
						text := fmt.Sprintf("%d.%d", n, i)
						if got := answers["re: "+text]; got != 1 && !(got == 0 && doubtful[text]) {
							assert.Fail(t, "not answered once", "%d answers to %s", got, text)
						}
					}
				}
			})
		})
	}
}

// crash runs a bot for that long, and ends it as if its machine had lost its power.
func (w *world) crash(t *testing.T, store *cupboard, after time.Duration, unsure func(text string)) {
	t.Helper()
	wire, cut := context.WithCancel(t.Context())
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- messagingagent.Run(ctx, w.srv.Account(), login.Password("bot", "secret"),
			messagingagent.HandlerFunc(func(ctx context.Context, conv *messagingagent.Conversation) error {
				for m, err := range conv.Messages(ctx) {
					if err != nil {
						return err
					}
					select {
					case <-time.After(300 * time.Millisecond):
					case <-ctx.Done():
						return ctx.Err()
					}
					if _, err := conv.Send(ctx, messagingagent.Text("re: "+m.Text)); err != nil && !errors.Is(err, messagingagent.ErrUnconfirmed) {
						return err
					} else if err != nil && wire.Err() == nil {
						unsure(m.Text)
					}
				}
				return nil
			}),
			messagingagent.WithStore(store), messagingagent.WithLogin(login.WithHTTPClient(&http.Client{Transport: cable{w.srv.Transport(), wire}})))
	}()
	time.Sleep(after)
	cut()
	synctest.Wait() // nothing goes out any more when the store has gone
	store.mu.Lock()
	store.err = errors.New("the machine is off")
	store.mu.Unlock()
	stop()
	t.Log(<-ended) // that it could not log out, perhaps
}
