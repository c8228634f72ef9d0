package main

import (
	"context"
	"maps"
	"slices"
	"time"
)

// A conversation is orphaned if its agent has been Online with a socket for a minute,
// a line of the consumer has waited for so long, and no handler has the conversation.

// orphanAfter is that minute.
const orphanAfter = time.Minute

// forgotten is a conversation in which the first two are true.
type forgotten struct {
	Chat  string    `json:"chat"`
	Agent string    `json:"agent"`
	At    time.Time `json:"at"`
}

// watchTalks looks for them.
func (w *world) watchTalks() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case now := <-tick.C:
			w.mu.Lock()
			running := slices.Collect(maps.Values(w.talk.running))
			w.mu.Unlock()
			for _, c := range running {
				w.look(c, now)
			}
			frames, opened := 0, w.srv.Messaging().Opened()
			for _, name := range talkRequests {
				frames += w.srv.Messaging().Count(name)
			}
			w.count(func(t *totals) { t.Talk.Frames, t.Talk.Opened = frames, opened })
		}
	}
}

// look sees who has a conversation, and whether he has forgotten it.
func (w *world) look(c *consumer, now time.Time) {
	who := c.conv.Assigned()
	isAgent := w.isTalker(who)
	there := isAgent && w.srv.Messaging().Sockets(who) > 0 && w.srv.Messaging().Availability(who) == "ONLINE"
	w.mu.Lock()
	c.served = c.served || isAgent
	if !there || who != c.who {
		c.who, c.since = who, now
	}
	waits := c.said > max(c.heard, w.running[c.ID()])
	long := now.Sub(c.since) > orphanAfter && now.Sub(c.saidAt) > orphanAfter
	said := c.said
	if !there || !waits || !long || c.told {
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	for _, m := range c.conv.Messages() {
		if n, _ := readReply(m.Text); m.Role != consumerRole && n >= said {
			return // it was answered; the consumer does not listen
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c.told = true
	w.sum.Talk.Forgotten = append(w.sum.Talk.Forgotten, forgotten{c.ID(), who, now})
}

// forgotten reports those conversations that no handler has.
func (r *run) forgotten(ctx context.Context) {
	for _, f := range r.world.Talk.Forgotten[min(r.told, len(r.world.Talk.Forgotten)):] {
		r.told++
		if r.fleet.ledger.handled(f.Chat) {
			continue
		}
		if r.fleet.fights(f.Agent, f.At.Add(-orphanAfter), f.At) {
			r.result.fought[orphaned]++
			continue
		}
		r.result.found[orphaned]++
		r.report(ctx, finding{orphaned, f.Chat, 0, "its agent was there, and no handler has it"},
			&record{Chat: f.Chat, Agent: f.Agent, Over: f.At, End: "nobody"}, nil)
	}
}

// handled tells whether a handler of a chat runs.
func (l *ledger) handled(chat string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.chats[chat]
	return e != nil && e.handlers > 0
}
