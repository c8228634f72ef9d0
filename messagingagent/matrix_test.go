package messagingagent_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// ledger is what a bot knows of its replies.
type ledger struct {
	mu       sync.Mutex
	handed   map[string]map[string]int   // by conversation and text
	outcomes map[string]map[string]error // of Send
}

func (l *ledger) handle(ctx context.Context, c *messagingagent.Conversation) error {
	id := string(c.ID())
	for m, err := range c.Messages(ctx) {
		if err != nil {
			return err
		}
		l.mu.Lock()
		if l.handed[id] == nil {
			l.handed[id], l.outcomes[id] = map[string]int{}, map[string]error{}
		}
		l.handed[id][m.Text]++
		l.mu.Unlock()
		_, err := c.Send(ctx, messagingagent.Text("re: "+m.Text))
		for err != nil && ctx.Err() == nil && !errors.Is(err, messagingagent.ErrUnconfirmed) && !errors.Is(err, messagingagent.ErrConversationLost) && !errors.Is(err, messagingagent.ErrConversationEnded) {
			time.Sleep(time.Second) // turned away
			_, err = c.Send(ctx, messagingagent.Text("re: "+m.Text))
		}
		l.mu.Lock()
		l.outcomes[id][m.Text] = err
		l.mu.Unlock()
		if errors.Is(err, messagingagent.ErrConversationLost) || errors.Is(err, messagingagent.ErrConversationEnded) {
			return err
		}
	}
	return nil
}

// matrix are the faults, each with a probability of p.
func matrix(p float64) []messaging.Fault {
	var faults []messaging.Fault
	for _, request := range []string{"PublishEvent", "QueryMessages", "UpdateRingState", "SubscribeExConversations", "SubscribeRoutingTasks", "SetAgentState", "GetClock"} {
		scale := p
		if request != "PublishEvent" {
			scale = p / 4 // there are many of them at each opening
		}
		faults = append(
			faults,
			messaging.Fault{Type: request, Kind: messaging.FaultClose, Code: 1006, Probability: scale / 5},
			messaging.Fault{Type: request, Kind: messaging.FaultClose, Code: 1006, After: true, Probability: scale / 5},
			messaging.Fault{Type: request, Kind: messaging.FaultRefuse, Code: 500, Probability: scale / 5},
			messaging.Fault{Type: request, Kind: messaging.FaultNoAnswer, After: true, Probability: scale / 10},
			messaging.Fault{Type: request, Kind: messaging.FaultNoAnswer, Probability: scale / 10},
			messaging.Fault{Type: request, Kind: messaging.FaultLate, Delay: 12 * time.Second, Probability: scale / 10},
			messaging.Fault{Type: request, Kind: messaging.FaultRefuse, Code: 429, Probability: scale / 10},
		)
	}
	for _, told := range []string{"OnlineEventDistribution", "ExConversationChangeNotification", "RoutingTaskNotification"} {
		faults = append(
			faults,
			messaging.Fault{Type: told, Kind: messaging.FaultLose, Probability: p / 5},
			messaging.Fault{Type: told, Kind: messaging.FaultTwice, Probability: p / 5},
			messaging.Fault{Type: told, Kind: messaging.FaultSwap, Probability: p / 5},
			messaging.Fault{Type: told, Kind: messaging.FaultDelay, Delay: 3 * time.Second, Probability: p / 5},
		)
	}
	return append(faults, messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultStale, Probability: p / 5})
}

// Whatever is lost, cut, doubled and put out of order: each message is handed out once
// and in order, each reply is there once, unless Send has said that it may not be.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	seeds, conversations, messages := 3, 12, 10
	if os.Getenv("LIVEPERSON_STRESS") != "" {
		seeds, conversations, messages = 20, 200, 50
	}
	for seed := range int64(seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			inWorldWith(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				book := &ledger{handed: map[string]map[string]int{}, outcomes: map[string]map[string]error{}}
				stop := serve(t, a, book.handle, messagingagent.WithMaxConversations(messagingagent.Unlimited))
				var faults []*messaging.FaultHandle
				for _, f := range matrix(0.2) {
					faults = append(faults, w.svc.AddFault(f))
				}
				var all []*messaging.Conversation
				var talks sync.WaitGroup
				for range conversations {
					c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
					all = append(all, c)
					talks.Go(func() {
						for n := 1; n < messages; n++ {
							ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
							_, _ = c.WaitMessage(ctx, n)
							cancel()
							c.Say(fmt.Sprint(n))
						}
					})
				}
				talks.Wait()
				for _, f := range faults {
					f.Remove()
				}
				time.Sleep(30 * time.Minute)
				unsure := 0
				for _, c := range all {
					assert.Equal(t, "bot", c.Assigned())
					got := map[string]int{}
					var order []string
					for _, text := range said(c) {
						got[strings.TrimPrefix(text, "re: ")]++
						order = append(order, text)
					}
					handed, outcomes := book.handed[c.ID()], book.outcomes[c.ID()]
					for n := range messages {
						text := fmt.Sprint(n)
						assert.Equal(t, 1, handed[text], "%s: %s was handed out", c.ID(), text)
						err := outcomes[text]
						switch {
						case errors.Is(err, messagingagent.ErrUnconfirmed):
							unsure++
							assert.LessOrEqual(t, got[text], 1, "%s: %s: %v", c.ID(), text, err)
						case err != nil:
							assert.Zero(t, got[text], "%s: %s: %v", c.ID(), text, err)
						default:
							assert.Equal(t, 1, got[text], "%s: %s", c.ID(), text)
						}
					}
					sorted := slices.Clone(order)
					slices.SortFunc(sorted, func(x, y string) int {
						return cmp.Or(len(x)-len(y), strings.Compare(x, y))
					})
					assert.Equal(t, sorted, order, c.ID())
				}
				t.Log("unconfirmed:", unsure, "of", conversations*messages)
				assert.ErrorIs(t, stop(), context.Canceled)
			}, []lptest.Option{lptest.WithSeed(seed)})
		})
	}
}
