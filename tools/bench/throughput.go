package main

import (
	"context"
	"fmt"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/tools/apart"
)

// throughput measures lines through Serve and Send at full speed: visitors have
// said a lot between two polls, and the agents answer every line. Over TLS on
// loopback, the fake services in another process.
func throughput(ctx context.Context, b *bench) (err error) {
	const agents, lines = 10, 500
	const total = agents * fleetChats * lines
	s, err := launch(ctx, scene{Agents: agents, Chats: fleetChats})
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := s.end(ctx); err == nil {
			err = stopErr
		}
	}()
	if err := s.child.Ask(ctx, "visitors", nil, nil); err != nil {
		return err
	}
	if err := wait(ctx, 3*chatagent.MinPollInterval); err != nil { // until all chats have been accepted
		return err
	}
	s.measure(true)
	used := apart.Used()
	if err := s.child.Ask(ctx, "speak", lines, nil); err != nil {
		return err
	}
	var first time.Time
	for deadline := time.Now().Add(2 * time.Minute); ; {
		s.mu.Lock()
		done, at := len(s.latencies), s.first
		s.mu.Unlock()
		first = at
		if done == total {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d lines after two minutes", done, total)
		}
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	took := time.Since(first).Seconds()
	b.add("serve.lines_per_second", total/took, "lines/s")
	b.add("serve.cpu_per_line", (apart.Used().CPU-used.CPU).Seconds()*1e6/total, "us/line")
	return nil
}
