package messagingagent_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A message that is being read when the conversation is closed comes to the loop, although
// reading what was said last takes too long.
func TestMessagesThatAreBeingReadAtTheClose(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		var heard notes
		ended := make(chan error, 1)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) (last error) {
			for m, err := range c.Messages(ctx) {
				if last = err; err == nil {
					heard.add(m.Text)
				}
			}
			ended <- last
			return last
		})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		time.Sleep(10 * time.Second)
		w.svc.AddFault(messaging.Fault{Type: "OnlineEventDistribution", Kind: messaging.FaultLose})
		w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 8 * time.Second})
		c.Say("1")
		time.Sleep(500 * time.Millisecond)
		c.Close()
		assert.NoError(t, <-ended)
		assert.Equal(t, []string{"0", "1"}, heard.all())
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// What was said last while there was no socket is asked for until the service tells it, for
// a minute. If it does not, whoever listens learns that; what he may not read is nobody's to
// miss.
func TestLastWordsOfAnOutage(t *testing.T) {
	t.Parallel()
	const never = 1 << 20
	for name, tt := range map[string]struct {
		fault messaging.Fault
		heard []string
		fails bool
	}{
		"no answer":            {messaging.Fault{Kind: messaging.FaultNoAnswer, Times: 1}, []string{"hello", "bye"}, false},
		"two answers lost":     {messaging.Fault{Kind: messaging.FaultNoAnswer, Times: 2}, []string{"hello", "bye"}, false},
		"five answers lost":    {messaging.Fault{Kind: messaging.FaultNoAnswer, Times: 5}, []string{"hello", "bye"}, false},
		"unavailable":          {messaging.Fault{Kind: messaging.FaultRefuse, Code: 503, Times: 4}, []string{"hello", "bye"}, false},
		"unavailable for long": {messaging.Fault{Kind: messaging.FaultRefuse, Code: 503, Times: never}, []string{"hello"}, true},
		"never an answer":      {messaging.Fault{Kind: messaging.FaultNoAnswer, Times: never}, []string{"hello"}, true},
		"socket closed":        {messaging.Fault{Kind: messaging.FaultClose, Code: 1011, Times: 3}, []string{"hello", "bye"}, false},
		"turned away":          {messaging.Fault{Kind: messaging.FaultRefuse, Code: 429, Times: 9}, []string{"hello", "bye"}, false},
		"not to be read":       {messaging.Fault{Kind: messaging.FaultRefuse, Code: 403, Times: never}, []string{"hello"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				var heard notes
				ended, closed := make(chan error, 1), make(chan messagingagent.ConversationClosed, 1)
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) (last error) {
					for m, err := range c.Messages(ctx) {
						if last = err; err == nil {
							heard.add(m.Text)
						}
					}
					ended <- last
					return last
				}, messagingagent.WithOnUpdate(func(u messagingagent.Update) {
					if u, ok := u.(messagingagent.ConversationClosed); ok {
						closed <- u
					}
				}))
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
				time.Sleep(10 * time.Second)
				tt.fault.Type = "QueryMessages"
				w.svc.AddFault(tt.fault)
				w.svc.DropSockets("bot")
				c.Say("bye")
				c.Close()
				began := time.Now()
				err, told := <-ended, <-closed
				assert.Less(t, time.Since(began), 90*time.Second)
				assert.Equal(t, tt.heard, heard.all())
				assert.Equal(t, messagingagent.ClosedEnded, told.How)
				if tt.fails {
					assert.ErrorIs(t, err, messagingagent.ErrConversationEnded)
					assert.ErrorContains(t, err, "conversation is closed\nits last messages could not be read: ")
					assert.ErrorContains(t, told.Err, "its last messages could not be read: ")
				} else {
					assert.NoError(t, err)
					assert.NoError(t, told.Err)
				}
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// Serve that ends before the last words are there says so.
func TestLastWordsThatThereIsNoTimeFor(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		closed := make(chan messagingagent.ConversationClosed, 1)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) (last error) {
			for _, err := range c.Messages(ctx) {
				last = err
			}
			return last
		}, messagingagent.WithGrace(5*time.Second), messagingagent.WithOnUpdate(func(u messagingagent.Update) {
			if u, ok := u.(messagingagent.ConversationClosed); ok {
				closed <- u
			}
		}))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
		time.Sleep(10 * time.Second)
		w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultNoAnswer})
		c.Close()
		time.Sleep(time.Second)
		assert.ErrorIs(t, stop(), context.Canceled)
		told := <-closed
		assert.Equal(t, messagingagent.ClosedEnded, told.How)
		assert.EqualError(t, told.Err, "its last messages could not be read: there was no time for it")
	})
}

// Where nobody may read a conversation that is closed, its end is an error only if
// something is known to be missing.
func TestLastWordsThatNobodyMayRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		say      func(c *messaging.Conversation)
		variants []messaging.Variant
		fails    bool
	}{
		"the state tells of one":  {say: func(c *messaging.Conversation) { c.Say("bye") }, fails: true},
		"the state tells of none": {say: func(c *messaging.Conversation) { c.Say("bye") }, variants: []messaging.Variant{messaging.VariantNoLastContent}},
		"all has been read":       {say: func(*messaging.Conversation) {}},
	} {
		for _, away := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", without a socket: ", away), func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					var log strings.Builder
					a, done := w.connect(t, messagingagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
					defer done()
					ended, closed := make(chan error, 1), make(chan messagingagent.ConversationClosed, 1)
					var failures notes
					stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) (last error) {
						for _, err := range c.Messages(ctx) {
							if last = err; err == nil {
								_, last = c.Send(ctx, messagingagent.Text("I see"))
							}
						}
						ended <- last
						return last
					}, messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) { failures.add(err.Error()) }), messagingagent.WithOnUpdate(func(u messagingagent.Update) {
						if u, ok := u.(messagingagent.ConversationClosed); ok {
							closed <- u
						}
					}))
					c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
					require.NoError(t, c.WaitAssigned(t.Context(), "bot"))
					time.Sleep(10 * time.Second)
					w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultRefuse, Code: 403, Times: 1 << 20})
					if away {
						w.svc.DropSockets("bot")
						tt.say(c)
					}
					c.Close()
					err, told := <-ended, <-closed
					if tt.fails && away {
						assert.ErrorIs(t, err, messagingagent.ErrConversationEnded)
						assert.ErrorIs(t, told.Err, liveperson.ErrForbidden)
						assert.Equal(t, []string{err.Error()}, failures.all())
					} else {
						assert.NoError(t, err)
						assert.NoError(t, told.Err)
						assert.Empty(t, failures.all())
					}
					assert.ErrorIs(t, stop(), context.Canceled)
					assert.Equal(t, tt.fails && away, strings.Contains(log.String(), `level=WARN msg="conversation closed"`), log.String())
				}, messaging.WithVariants(tt.variants...))
			})
		}
	}
}
