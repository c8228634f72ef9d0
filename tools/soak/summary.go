package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/tools/apart"
)

// summary writes the table at the end.
func (r *run) summary(v verdict, ours, theirs apart.Usage) {
	w, c, res := &r.world, r.fleet.ledger.counts(), &r.result
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-13s %s\n", name, fmt.Sprintf(format, args...))
	}
	b.WriteString("\n")
	row("run", "%v of chats with seed %d; %d agents with %d chats each: %s", res.ran.Round(time.Second), r.plan.Seed, len(r.plan.numbers()), r.plan.Chats, strings.Join(r.plan.Channels, ", "))
	row("chats", "%d begun, %d judged: %s", w.Begun, res.judged, tally(r.ends))
	row("", "%d reached no agent or no handler", w.Ended-res.judged)
	row("lines", "%d handled, %d replies arrived", c.in, r.replies)
	row("", "%d lost, %d doubled, %d out of order, %d strayed", res.found[lost], res.found[doubled], res.found[disordered], res.found[strayed])
	row("", "%d said to be unsure (of %d in judged chats %d arrived), %d not sent because the chat was over, %d sent again after a failed Send", c.unsure, r.unsure, r.arrived, c.unsent, c.again)
	row("surveys", "%d submitted (%d answers merged), %d submitted by a colleague, %d failed", c.surveys[surveySubmitted], c.merges, c.surveys[surveyClosed], c.surveys[surveyFailed])
	row("faults", "%d in %d requests, %d outages", res.faults, w.Requests, w.Outages)
	for _, text := range wrapped(tally(w.Faults), 90) {
		row("", "%s", text)
	}
	row("mishaps", "%d crashes, %d rivals, %d requeued, %d poisoned, %d to people (%d times back)",
		r.fleet.crashed.Load(), r.fleet.rivals.Load(), w.Requeued, w.Poisoned, w.ToPeople, w.Back)
	if r.plan.plays(messaging) {
		row("", "%d messages were handled after the conversation had gone, to no effect", res.found[belated])
		row("sockets", "%d opened, %d ended by the service, %d frames; colleagues took %d conversations and gave them back %d times", w.Talk.Opened, w.Talk.Dropped, w.Talk.Frames, w.Talk.Taken, w.Talk.Back)
	}
	row("", "%d orphaned, %d ended while their agent was away; in chats that were fought for: %s", res.found[orphaned], res.abandoned, tally(res.fought))
	for _, n := range slices.Backward(sizes) {
		polls, looks := res.rates[n].perInterval()
		row("polls", "%.3f an interval with %d chats or more (%.0f intervals), and %.3f looks (%.0f)", polls, n, res.rates[n].Intervals, looks, res.rates[n].Quiet)
	}
	row("survived", "%d retries, %d failed calls of %d, %d logins, %d agent sessions (%d were lost, %d bearers revoked)",
		r.fleet.retries.Load(), r.fleet.failed.Load(), r.fleet.calls.Load(), w.Logins, w.Sessions, w.Dropped, w.Revoked)
	row("", "%d restarts with open chats, %d agents had to begin anew, %d handlers panicked, %d failed", r.fleet.restarts.Load(), r.fleet.revived.Load(), r.fleet.panics.Load(), r.fleet.errors.Load())
	if f := res.flat; f.enough {
		row("goroutines", "%.1f for each running chat, then %.1f (%+.0f %%; %.0f %% are tolerated); %d left", f.goroutinesBefore, f.goroutinesNow, growth(f.goroutinesBefore, f.goroutinesNow), goroutineTolerance*100, res.leaked)
		row("heap", "%s, then %s (%+.0f %%; %.0f %% and %s are tolerated)", bytesText(f.heapBefore), bytesText(f.heapNow), growth(f.heapBefore, f.heapNow), heapTolerance*100, bytesText(heapSlack))
	} else {
		row("goroutines", "%d left; %d samples are too few to tell whether memory is flat", res.leaked, f.samples)
	}
	row("CPU", "%v for the agents, %v for the services and visitors; their heap is %s", ours.CPU.Round(time.Millisecond), theirs.CPU.Round(time.Millisecond), bytesText(float64(theirs.Heap)))
	b.WriteString("\n")
	if len(v.reasons) == 0 {
		b.WriteString("  PASSED\n")
	} else {
		fmt.Fprintf(&b, "  FAILED with seed %d\n", r.plan.Seed)
		for _, reason := range v.reasons {
			fmt.Fprintf(&b, "    %s\n", reason)
		}
	}
	r.out.note(b.String())
	if res.leaked > 0 {
		stacks(os.Stderr)
	}
}

func growth(before, now float64) float64 {
	if before == 0 {
		return 0
	}
	return 100 * (now - before) / before
}

// tally lists counters, the greatest first.
func tally(m map[string]int) string {
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if m[a] != m[b] {
			return m[b] - m[a]
		}
		return strings.Compare(a, b)
	})
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%s %d", name, m[name])
	}
	return strings.Join(parts, ", ")
}

// wrapped breaks a list into lines.
func wrapped(list string, width int) []string {
	var lines []string
	line := ""
	for part := range strings.SplitSeq(list, ", ") {
		if line != "" && len(line)+len(part) > width {
			lines = append(lines, line+",")
			line = ""
		}
		if line != "" {
			line += ", "
		}
		line += part
	}
	return append(lines, line)
}
