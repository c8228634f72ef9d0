package messagingagent

import (
	"bytes"
	"context"
	"encoding/json"
	"sync/atomic"
	"time"
)

// What is kept for a crash is put into the store before something is said: what that answers
// is known then, whatever becomes of it. Besides it is put every keepEvery if anything has
// changed, and every keepAnew in any case, should a process that is over have put its own
// there.
const (
	keepEvery = 5 * time.Second
	keepAnew  = 30 * time.Second
	// keepWait is how long something that is said waits for the store.
	keepWait = time.Second
)

// keeper is what puts into the store while Run serves.
type keeper struct {
	cfg   *config
	agent *Agent
	asked atomic.Uint64 // how often it was asked to put

	turn   chan struct{} // full while somebody puts, who has the rest
	done   uint64        // asked, when what was put last was taken
	last   []byte        // that was put
	at     time.Time
	failed bool
}

// keep has the store know, in case of a crash, how far the conversations were handled,
// until end is called.
func (a *Agent) keep(ctx context.Context, cfg *config) (end func()) {
	if cfg.store == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // while it stops, too
	k := &keeper{cfg: cfg, agent: a, turn: make(chan struct{}, 1)}
	a.mu.Lock()
	a.keeper = k
	a.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(keepEvery)
		defer tick.Stop()
		for ctx.Err() == nil {
			k.turn <- struct{}{}
			k.put(ctx, storeTimeout)
			<-k.turn
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}()
	return func() {
		a.mu.Lock()
		a.keeper = nil
		a.mu.Unlock()
		cancel()
		<-done
		k.turn <- struct{}{}
		k.failed = true // what is put now is for good
		<-k.turn
	}
}

// keepNow returns when the store has what is known now, or does not take it in time.
func (a *Agent) keepNow(ctx context.Context) {
	a.mu.Lock()
	k := a.keeper
	a.mu.Unlock()
	if k == nil {
		return
	}
	mine, began := k.asked.Add(1), time.Now()
	late := time.NewTimer(keepWait)
	defer late.Stop()
	select {
	case k.turn <- struct{}{}:
	case <-late.C: // another put hangs
		return
	case <-ctx.Done():
		return
	}
	defer func() { <-k.turn }()
	if k.done < mine && !k.failed { // one put may serve many
		k.put(ctx, keepWait-time.Since(began))
	}
}

// put puts what has changed, in its turn.
func (k *keeper) put(ctx context.Context, limit time.Duration) {
	if k.agent.elsewhere() {
		k.last = nil // and what is there now is another's
		return
	}
	asked := k.asked.Load()
	data, err := json.Marshal(k.agent.snapshot(true))
	if err == nil && bytes.Equal(data, k.last) && time.Since(k.at) < keepAnew {
		return
	}
	if err == nil {
		limited, done := context.WithTimeout(ctx, limit)
		err = k.cfg.store.Put(limited, data)
		done()
	}
	switch {
	case err == nil:
		k.done, k.last, k.at = asked, data, time.Now()
	case !k.failed && ctx.Err() == nil:
		k.cfg.log.Error("the store does not take how far the conversations were handled", "err", err)
	}
	k.failed = err != nil && ctx.Err() == nil
}
