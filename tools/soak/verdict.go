package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// verdict is what a run comes to.
type verdict struct {
	reasons []string // why it failed, none if it did not
}

// result is all that a verdict is made of.
type result struct {
	plan        plan
	ran         time.Duration // chats were started
	interrupted bool
	judged      int            // chats
	found       map[string]int // findings by kind
	abandoned   int            // chats that the server ended while their agent was away
	fought      map[string]int // findings in chats that two processes of an agent fought for
	late        int            // lines that were sent after a chat was handed over
	rates       map[int]rate   // polls
	strayCalls  int            // requests to foreign hosts or unknown paths, or with foreign cookies
	astray      []string       // the first of those
	lines       int            // handled
	unsure      int            // lines whose reply Send was unsure of
	faults      int
	surveys     int // submitted
	notDrained  int // chats still running at the end
	stuck       int // agents that did not stop
	unknown     int // chats that the world knows nothing of
	leaked      int // goroutines left
	flat        flatness
	childFailed error
}

// An agent may make 2.1 requests in an interval. Two are polls; those for the
// availability, every 40 s, and for the list of its chats, every 50 s, are 0.09, and
// come too seldom to be counted well in short spans. That the sum holds is shown
// by a test of chatagent, which counts all requests of ten minutes.
const (
	mostPolls = 2.01
	mostLooks = 0.2
)

// leastIntervals are the fewest that tell something of the polls.
const leastIntervals = 200

// mostUnsure is what part of the replies may be unconfirmed. Of 100 replies three
// are lost in a way that leaves it open, at the usual rate, and more in outages.
const mostUnsure = 0.25

func (r *result) verdict() verdict {
	var v verdict
	bad := func(format string, args ...any) { v.reasons = append(v.reasons, fmt.Sprintf(format, args...)) }
	for _, kind := range []string{lost, doubled, disordered, strayed, orphaned} {
		if n := r.found[kind]; n > 0 {
			bad("%d %s", n, kind)
		}
	}
	if r.strayCalls > 0 {
		bad("%d requests went astray: to hosts or paths that are none of the services', or with another's cookies: %s", r.strayCalls, strings.Join(r.astray, "; "))
	}
	if r.late > 0 {
		bad("%d lines were sent in chats that had been handed over", r.late)
	}
	var intervals float64
	for _, n := range slices.Backward(sizes) {
		rate := r.rates[n]
		intervals += rate.Intervals
		polls, looks := rate.perInterval()
		if rate.Intervals >= leastIntervals && polls > mostPolls {
			bad("agents with %d chats or more polled %.3f times an interval, %.2f are the most", n, polls, mostPolls)
		}
		if rate.Quiet >= leastIntervals && looks > mostLooks {
			bad("agents with %d chats or more looked around %.3f times an interval, %.1f are the most", n, looks, mostLooks)
		}
	}
	if r.notDrained > 0 {
		bad("%d chats did not come to an end", r.notDrained)
	}
	if r.stuck > 0 {
		bad("%d agents did not stop", r.stuck)
	}
	if r.unknown > 0 {
		bad("%d chats were handled that are unknown to the server", r.unknown)
	}
	if r.leaked > 0 {
		bad("%d goroutines are left", r.leaked)
	}
	if r.childFailed != nil {
		bad("the fake services: %v", r.childFailed)
	}
	v.reasons = append(v.reasons, r.flat.reasons()...)
	// Something must have gone on: a chat takes less than 2 minutes.
	if !r.interrupted {
		places := r.plan.places()
		if least := max(1, int(float64(places)*r.ran.Seconds()/120)); r.judged < least {
			bad("only %d chats were judged, %d are the least", r.judged, least)
		}
		if r.lines < r.judged {
			bad("only %d lines were handled in %d chats", r.lines, r.judged)
		}
		if limit := 2 + int(mostUnsure*float64(r.lines)); r.unsure > limit {
			bad("Send was unsure of %d replies to %d lines, %d are the most", r.unsure, r.lines, limit)
		}
		if r.ran >= 30*time.Minute && slices.Contains(r.plan.Channels, chatting) && intervals == 0 {
			bad("no polls were counted")
		}
		if r.plan.Faults > 0 && r.faults == 0 {
			bad("no fault struck")
		}
		if r.surveys == 0 && r.judged > 20 {
			bad("no survey was submitted")
		}
	}
	return v
}
