package main

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// mishaps loses agent sessions, revokes bearers, takes chats away from their
// agents, has one chat spoil the polls of all, and takes all services down.
func (w *world) mishaps() {
	if w.plan.Faults == 0 {
		return
	}
	random := rand.New(rand.NewPCG(uint64(w.plan.Seed), 2)) //nolint:gosec // a seed is wanted here
	every := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) / w.plan.Faults * (0.5 + random.Float64()))
	}
	now := time.Now()
	drop, revoke, down := now.Add(every(8*time.Second)), now.Add(every(3*time.Second)), now.Add(min(w.plan.For*2/5, every(3*time.Minute)))
	requeue, poisonAt := now.Add(every(4*time.Second)), now.Add(every(10*time.Second))
	var bad poisoned
	var refreshes []atRefresh
	var outage *lptest.FaultHandle
	var up time.Time
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case now = <-tick.C:
		}
		w.sweep(now)
		refreshes = slices.DeleteFunc(refreshes, func(r atRefresh) bool {
			over := w.loggedIn(r.agent, now) < now.Sub(r.added)
			if over {
				r.fault.Remove()
			}
			return over
		})
		if outage != nil && now.After(up) {
			outage.Remove()
			outage = nil
			w.setDown(false)
		}
		select {
		case <-w.draining:
			continue
		default:
		}
		if now.After(drop) && len(w.agents) > 0 {
			drop = now.Add(every(8 * time.Second))
			w.srv.DropSessions(w.agents[random.IntN(len(w.agents))])
			w.count(func(t *totals) { t.Dropped++ })
		}
		if now.After(revoke) {
			revoke = now.Add(every(3 * time.Second))
			all := slices.Concat(w.agents, w.talk.agents)
			if a := all[random.IntN(len(all))]; w.loggedIn(a, now) > oldLogin {
				if random.IntN(2) == 0 {
					w.srv.RevokeBearers(a)
					w.count(func(t *totals) { t.Revoked++ })
				} else {
					f := w.srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Agent: a.LoginName, Kind: lptest.FaultRevoke, Times: 1})
					refreshes = append(refreshes, atRefresh{a, f, now})
				}
			}
		}
		if w.plan.has(requeues) && now.After(requeue) {
			requeue = now.Add(every(4 * time.Second))
			if v := w.anyVisit(random); v != nil {
				v.Requeue()
				w.count(func(t *totals) { t.Requeued++ })
			}
		}
		if w.plan.has(poison) && now.After(poisonAt) {
			poisonAt = now.Add(every(10 * time.Second))
			bad.next(w, random)
		}
		if now.After(down) {
			// Shorter than the quick retries of Serve, 5+10 or 5+10+15 s, so that
			// chats live on. The rare agent that fails once more pauses for
			// minutes, which a short run has no time for.
			length := time.Duration(6+random.IntN(8)) * time.Second
			if w.plan.For >= 5*time.Minute {
				length += 7 * time.Second
			}
			down, up = now.Add(every(4*time.Minute)+length), now.Add(length)
			outage = w.srv.AddFault(outages[random.IntN(len(outages))])
			w.setDown(true)
		}
	}
}

// oldLogin is the age of a login from which its end does not look as if a second
// process had logged in.
const oldLogin = 45 * time.Second

// loggedIn is how long ago an agent has logged in.
func (w *world) loggedIn(a lptest.Agent, now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return now.Sub(w.logins[a.LoginName])
}

// atRefresh is the end of an agent's bearers with his next refresh, unless he logs in
// before.
type atRefresh struct {
	agent lptest.Agent
	fault *lptest.FaultHandle
	added time.Time
}

var outages = [...]lptest.Fault{
	{Status: 503}, {Status: 502, Kind: lptest.FaultHTML}, {Kind: lptest.FaultReset}, {Kind: lptest.FaultHang, Latency: time.Second},
}

func (w *world) setDown(down bool) {
	w.count(func(t *totals) {
		t.Down = down
		if down {
			t.Outages++
		}
	})
}

// anyVisit is a running chat, nil if there is none.
func (w *world) anyVisit(random *rand.Rand) *lptest.Visit {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := slices.Sorted(maps.Keys(w.visits))
	if len(ids) == 0 {
		return nil
	}
	return w.visits[ids[random.IntN(len(ids))]]
}

// poisoned is the chat that makes the request fail which asks for all of an
// agent's.
type poisoned struct{ fault *lptest.FaultHandle }

// next has it be another chat.
func (p *poisoned) next(w *world, random *rand.Rand) {
	if p.fault != nil {
		p.fault.Remove()
	}
	v := w.anyVisit(random)
	if v == nil {
		p.fault = nil
		return
	}
	p.fault = w.srv.AddFault(lptest.Fault{Op: lptest.OpChats, Chat: v.ChatID(), Status: []int{400, 403, 404, 500, 503}[random.IntN(5)]})
	w.count(func(t *totals) { t.Poisoned++ })
}
