package main

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"
)

// crewSize is how many agents share what is measured.
const crewSize = 500

// idle measures what an agent costs that serves and has nothing to do, its
// login session included, and what each of its chats adds. Connections belong
// to the process, not to an agent; there are none here.
func idle(ctx context.Context, b *bench) error {
	before := footprint()
	without, err := living(ctx, 0)
	if err != nil {
		return err
	}
	const chats = 3
	with, err := living(ctx, chats)
	if err != nil {
		return err
	}
	b.goal("agent.idle_bytes", (without.bytes-before.bytes)/crewSize, "bytes/agent", 16<<10)
	b.add("agent.idle_heap_bytes", (without.heap-before.heap)/crewSize, "bytes/agent")
	b.add("agent.idle_stack_bytes", (without.stacks-before.stacks)/crewSize, "bytes/agent")
	b.goal("agent.goroutines", (without.goroutines-before.goroutines)/crewSize, "goroutines/agent", 2)
	b.add("chat.bytes", (with.bytes-without.bytes)/crewSize/chats, "bytes/chat")
	b.goal("chat.goroutines", (with.goroutines-without.goroutines)/crewSize/chats, "goroutines/chat", 1)
	return nil
}

// size is what the process holds.
type size struct{ bytes, heap, stacks, goroutines float64 }

// living measures a crew that has served for some polls.
func living(ctx context.Context, chats int) (size, error) {
	q := &quiet{chats: chats}
	c, err := q.hire(ctx, crewSize)
	defer c.dismiss()
	if err != nil {
		return size{}, err
	}
	if err := wait(ctx, 9*time.Second); err != nil { // four polls, the first ones spread over 2 s
		return size{}, err
	}
	return footprint(), nil
}

// footprint is the least of some looks: polls come and go.
func footprint() size {
	var least size
	for i := range 20 {
		runtime.GC()
		samples := []metrics.Sample{
			{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/sched/goroutines:goroutines"},
		}
		metrics.Read(samples)
		s := size{heap: number64(samples[0]), stacks: number64(samples[1]), goroutines: number64(samples[2])}
		if s.bytes = s.heap + s.stacks; i == 0 || s.bytes < least.bytes {
			s.goroutines = min(s.goroutines, max(least.goroutines, s.goroutines))
			least = s
		}
		time.Sleep(50 * time.Millisecond)
	}
	return least
}

func number64(s metrics.Sample) float64 { return float64(s.Value.Uint64()) }

// wait sleeps, unless ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
