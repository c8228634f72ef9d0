package main

import (
	"fmt"
	"time"
)

// show shows the counters as they are now.
func (r *run) show(now time.Time) {
	w, c := &r.world, r.fleet.ledger.counts()
	found := r.result.found
	faults := 0
	for _, n := range w.Faults {
		faults += n
	}
	elapsed := now.Sub(r.began).Round(time.Second)
	state := r.phase
	if w.Down {
		state += ", services down"
	}
	relogins := max(0, w.Logins-len(r.plan.numbers()))
	line := fmt.Sprintf("%7v %-9s agents %d/%d  chats %d+%d  lines %d/%d  lost %d  doubled %d  disordered %d  orphaned %d  unconfirmed %d  faults %d  retries %d  logins +%d  restarts %d  surveys %d  goroutines %d  heap %s",
		elapsed, r.phase, w.Online, len(r.plan.numbers()), w.Running, w.Ended, c.in, w.Replies, found[lost], found[doubled], found[disordered]+found[strayed],
		found[orphaned], c.unsure, faults, r.fleet.retries.Load(), relogins, r.fleet.restarts.Load(), c.surveys[surveySubmitted], r.last.goroutines, bytesText(float64(r.last.heap)))
	block := []string{
		fmt.Sprintf("  %v of %v, seed %d: %s", elapsed, r.plan.For, r.plan.Seed, state),
		fmt.Sprintf("  agents online %6d of %-6d chats running %6d   ended %8d   judged %8d", w.Online, len(r.plan.numbers()), w.Running, w.Ended, r.result.judged),
		fmt.Sprintf("  lines in      %6d           replies       %6d   surveys %6d   merged %8d", c.in, w.Replies, c.surveys[surveySubmitted], c.merges),
		fmt.Sprintf("  lost          %6d           doubled       %6d   disordered %3d   orphaned %3d   unconfirmed %3d", found[lost], found[doubled], found[disordered]+found[strayed], found[orphaned], c.unsure),
		fmt.Sprintf("  faults        %6d           outages       %6d   retries %6d   failed calls %d", faults, w.Outages, r.fleet.retries.Load(), r.fleet.failed.Load()),
		fmt.Sprintf("  re-logins     %6d           restarts      %6d   lost sessions %d", relogins, r.fleet.restarts.Load(), w.Dropped),
		fmt.Sprintf("  goroutines    %6d           heap      %10s   requests %d", r.last.goroutines, bytesText(float64(r.last.heap)), w.Requests),
	}
	r.out.show(now, block, line)
}
