package main

import (
	"context"
	"fmt"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
)

// polls counts the requests of one agent in a poll interval, as its chats grow: all
// of them, so over a minute, in which the availability and the list of chats are
// asked for too. The official sample asks once for incoming requests and once for each chat.
func polls(ctx context.Context, b *bench) error {
	for _, chats := range []int{1, 3, 10} {
		q := &quiet{chats: chats}
		c, err := q.hire(ctx, 20)
		if err == nil {
			err = wait(ctx, 3*chatagent.MinPollInterval)
		}
		const intervals = 30
		from, start := q.polls.Load()+q.others.Load(), time.Now()
		if err == nil {
			err = wait(ctx, intervals*chatagent.MinPollInterval)
		}
		counted, took := q.polls.Load()+q.others.Load()-from, time.Since(start)
		busy := c.busy.Load()
		c.dismiss()
		if err != nil {
			return err
		}
		if busy != int64(20*chats) {
			return fmt.Errorf("%d chats instead of %d", busy, 20*chats)
		}
		per := float64(counted) / 20 / (float64(took) / float64(chatagent.MinPollInterval))
		b.goal(fmt.Sprintf("poll.requests_per_interval.chats%d", chats), per, "requests", 2.1)
		b.add(fmt.Sprintf("poll.requests_per_interval.chats%d.sample", chats), float64(1+chats), "requests")
	}
	return nil
}
