package chatagent_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// feedFaults are what may happen to reading: nearly one call in three.
func feedFaults(srv *lptest.Server) {
	for _, op := range []lptest.Op{lptest.OpChats, lptest.OpEvents} {
		for _, fault := range []lptest.Fault{
			{Kind: lptest.FaultReset, Probability: 0.04},
			{Status: 503, Probability: 0.04},
			{Kind: lptest.FaultCut, Probability: 0.04},
			{Kind: lptest.FaultHTML, Probability: 0.03},
			{Kind: lptest.FaultError200, Probability: 0.02},
			{Kind: lptest.FaultDuplicateEvents, Probability: 0.05},
			{Kind: lptest.FaultRepeatEvents, Probability: 0.05},
			{Kind: lptest.FaultOverlapEvents, Probability: 0.05},
		} {
			fault.Op = op
			srv.AddFault(fault)
		}
	}
}

// Each line of a visitor is handled once and in order, whatever happens to the
// answers, in all their forms; the end of the chat is always seen.
func TestReceivingUnderFaults(t *testing.T) {
	t.Parallel()
	agents, chats, lines := size(5, 20), size(4, 10), size(100, 500) // 2,000 lines, at full size 100,000
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory(lptest.WithSeed(7), lptest.WithVariants(lptest.VariantRandom))
		t.Cleanup(srv.Close)
		f := newFleet(t, srv, agents)
		feedFaults(srv)
		var mu sync.Mutex
		got := map[string][]string{}
		ended := 0
		var wg sync.WaitGroup
		var visits []*lptest.Visit
		ctx, cancel := context.WithCancel(t.Context())
		for _, agent := range f.agents {
			wg.Go(func() {
				assert.ErrorIs(t, agent.Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
					for line, err := range chat.Lines(ctx) {
						if err != nil {
							return err
						}
						mu.Lock()
						got[string(chat.ID())] = append(got[string(chat.ID())], line.Text)
						mu.Unlock()
					}
					mu.Lock()
					ended++
					mu.Unlock()
					return nil
				})), context.Canceled)
			})
		}
		for i := range agents {
			for range chats {
				visits = append(visits, srv.Visitor(lptest.Visitor{Skill: fmt.Sprintf("skill of bot%d", i)}))
			}
		}
		for n := range lines {
			for _, v := range visits {
				v.Say(fmt.Sprint("line ", n))
			}
			time.Sleep(time.Duration(n%7) * 300 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		for _, v := range visits {
			v.Leave()
		}
		time.Sleep(2 * time.Minute)
		cancel()
		wg.Wait()
		assert.Equal(t, len(visits), ended, "the end of every chat was seen")
		for _, v := range visits {
			assert.Len(t, got[v.ChatID()], lines)
			for n, text := range got[v.ChatID()] {
				if !assert.Equal(t, fmt.Sprint("line ", n), text, "in order, none left out, none twice") {
					break
				}
			}
		}
		polls(t, srv)
	})
}

// polls checks that no agent session polls faster than every 2 s.
func polls(t *testing.T, srv *lptest.Server) {
	t.Helper()
	for _, op := range []lptest.Op{lptest.OpChats, lptest.OpIncoming} {
		last := map[string]lptest.Request{}
		for _, r := range srv.Requests(op) {
			if before, ok := last[r.Session]; ok && r.Time.Sub(before.Time) < chatagent.MinPollInterval {
				t.Fatalf("%s after %v:\n%+v\n%+v", op, r.Time.Sub(before.Time), before, r)
			}
			last[r.Session] = r
		}
	}
}

// However many chats an agent has: two requests in each interval.
func TestTwoRequestsHoweverManyChats(t *testing.T) {
	t.Parallel()
	for _, chats := range []int{0, 1, 3, 10} {
		t.Run(fmt.Sprint(chats), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := lptest.NewMemory()
				t.Cleanup(srv.Close)
				f := newFleet(t, srv, 1)
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() {
					done <- f.agents[0].Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, _ *chatagent.Chat) error {
						<-ctx.Done()
						return nil
					}), chatagent.WithGrace(0))
				}()
				for range chats {
					f.visitors("hello")
				}
				time.Sleep(10 * time.Second)
				before := len(srv.Journal())
				time.Sleep(200 * time.Second)
				made := len(srv.Journal()) - before
				cancel()
				assert.ErrorIs(t, <-done, context.Canceled)
				want := 200 // 100 intervals of two requests; without chats of one
				if chats == 0 {
					want = 100
				}
				assert.GreaterOrEqual(t, made, want-2)
				assert.LessOrEqual(t, made, want+10, "with a look at the availability and at the list of chats now and then")
				for _, v := range f.visits {
					assert.Equal(t, "ended", v.Chat().State(), "a handler that did nothing kept its chat alive, and it was ended at the stop")
				}
				polls(t, srv)
			})
		})
	}
}
