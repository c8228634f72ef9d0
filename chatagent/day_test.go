package chatagent_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A working day: chats come and go, some are transferred, tokens die, and the
// services are down for 30 s, 5 min and 20 min. Every chat that reached an
// agent ends in a known state, no goroutine is left and memory stays flat.
func TestADay(t *testing.T) {
	t.Parallel()
	agents, chats := size(2, 50), size(100, 5000)
	day := 8 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory(lptest.WithSeed(3), lptest.WithJournal(1000))
		t.Cleanup(srv.Close)
		f := newFleet(t, srv, agents)
		for _, at := range []struct{ begin, length time.Duration }{
			{2 * time.Hour, 30 * time.Second}, {4 * time.Hour, 5 * time.Minute}, {6 * time.Hour, 20 * time.Minute},
		} {
			srv.AddFault(lptest.Fault{Status: 503, Begin: at.begin, End: at.begin + at.length})
		}
		srv.AddFault(lptest.Fault{Kind: lptest.FaultRevoke, Op: lptest.OpIncoming, Probability: 0.0005})
		srv.AddFault(lptest.Fault{Kind: lptest.FaultReset, Probability: 0.002})

		var started, finished, panics atomic.Int64
		var moved sync.Map // chats that were transferred once: the next agent reads the wish again
		handler := chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
			started.Add(1)
			defer finished.Add(1)
			if chat.Visitor() == "panics" {
				panics.Add(1)
				panic("boom")
			}
			for line, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
				if line.Text == "let me talk to somebody else" {
					if _, again := moved.LoadOrStore(chat.ID(), true); again {
						continue
					}
					skills, err := chat.TransferSkills(ctx)
					if err != nil || len(skills) == 0 {
						continue
					}
					if err := chat.Transfer(ctx, chatagent.TransferTarget{SkillID: skills[0].ID}, "over to you"); err == nil {
						return nil
					}
					continue
				}
				if _, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text)); err != nil {
					return err
				}
			}
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		var serving sync.WaitGroup
		for _, agent := range f.agents {
			serving.Go(func() {
				assert.ErrorIs(t, agent.Serve(ctx, handler), context.Canceled)
			})
		}
		var visitors sync.WaitGroup
		var before, after runtime.MemStats
		for i := range chats {
			time.Sleep(day / time.Duration(chats))
			if i == chats/4 {
				runtime.GC()
				runtime.ReadMemStats(&before)
			}
			random := rand.New(rand.NewPCG(uint64(i), 9))
			visitors.Go(func() {
				name := "visitor"
				if i%50 == 49 {
					name = "panics"
				}
				v := srv.Visitor(lptest.Visitor{Name: name, Skill: fmt.Sprintf("skill of bot%d", i%agents)})
				for n := range 1 + random.IntN(5) {
					time.Sleep(time.Duration(random.IntN(20)) * time.Second)
					text := fmt.Sprint("line ", n)
					if random.IntN(20) == 0 {
						text = "let me talk to somebody else"
					}
					v.Say(text)
				}
				time.Sleep(time.Duration(random.IntN(60)) * time.Second)
				if random.IntN(10) == 0 {
					v.Vanish()
				} else {
					v.Leave()
				}
			})
		}
		visitors.Wait()
		time.Sleep(time.Hour)
		cancel()
		serving.Wait()
		runtime.GC()
		runtime.ReadMemStats(&after)
		assert.Equal(t, started.Load(), finished.Load())
		assert.Greater(t, started.Load(), int64(chats*8/10), "most chats reached an agent")
		assert.Positive(t, panics.Load())
		for _, agent := range f.agents {
			assert.Zero(t, chatagent.OpenChats(agent), "chats that are over are forgotten")
		}
		for _, c := range srv.Chats() {
			assert.Equal(t, "ended", c.State())
		}
		t.Logf("%d chats, %d handled; heap %d KiB after a quarter of the day, %d KiB at its end (the fake's chats included)",
			chats, started.Load(), before.HeapAlloc>>10, after.HeapAlloc>>10)
	})
}
