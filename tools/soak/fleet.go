package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

// services are the fake services as the fleet reaches them.
type services struct {
	account   string
	transport http.RoundTripper
}

// fleet is all the agents, in the process that is being watched.
type fleet struct {
	plan   plan
	at     services
	ledger *ledger
	wg     sync.WaitGroup
	absences

	retries  atomic.Int64 // tries after the first
	failed   atomic.Int64 // calls that ended without an answer or with a 5xx
	calls    atomic.Int64
	restarts atomic.Int64 // of agents, with their chats
	crashed  atomic.Int64 // agents
	rivals   atomic.Int64 // second processes of an agent
	revived  atomic.Int64 // agents that had to log in anew
	panics   atomic.Int64
	errors   atomic.Int64 // of handlers
	serving  atomic.Int64 // agents
	working  atomic.Int64 // agents, also while they log in

	late atomic.Int64 // lines that were sent in a chat that had been handed over

	mu  sync.Mutex
	ids map[string][]liveperson.UserID // of the agents, by channel

	people []liveperson.UserID // their colleagues
	skills talkSkills          // of the messaging channel
}

func newFleet(p plan, at services) *fleet {
	return &fleet{
		plan: p, at: at, ledger: newLedger(), ids: map[string][]liveperson.UserID{},
		absences: absences{gone: map[string][]span{}, fought: map[string][]span{}},
	}
}

func (f *fleet) observe(s retry.Stats) {
	f.calls.Add(1)
	f.retries.Add(int64(max(0, s.Tries-1)))
	if s.Status == 0 || s.Status >= 500 {
		f.failed.Add(1)
	}
}

// start has all agents work until ctx ends.
func (f *fleet) start(ctx context.Context) {
	for _, i := range f.plan.numbers() {
		f.working.Add(1)
		f.wg.Go(func() {
			defer f.working.Add(-1)
			random := rand.New(rand.NewPCG(uint64(f.plan.Seed), 1000+uint64(i))) //nolint:gosec // a seed is wanted here
			(&agent{f: f, number: i, random: random}).work(ctx)
		})
	}
}

// await waits until all agents have stopped, and counts those that have not
// after a time.
func (f *fleet) await(limit time.Duration) int {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.wg.Wait()
	}()
	select {
	case <-done:
		return 0
	case <-time.After(limit):
		return int(f.working.Load())
	}
}

// meet notes the user id of an agent of a channel.
func (f *fleet) meet(channel string, id liveperson.UserID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.ids[channel], id) {
		f.ids[channel] = append(f.ids[channel], id)
	}
}

// anyAgent is the user id of another agent of a channel.
func (f *fleet) anyAgent(channel string, but liveperson.UserID) liveperson.UserID {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ids := f.ids[channel]; ; {
		if id := ids[rand.IntN(len(ids))]; id != but || len(ids) == 1 { //nolint:gosec // any will do
			return id
		}
	}
}

// refreshEvery is shorter than LivePerson's 3–5 min, so that more happens.
var refreshEvery = retry.Interval{Min: 20 * time.Second, Max: 40 * time.Second}
