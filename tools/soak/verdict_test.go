package main

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change func(r *result)
		want   string
	}{
		{func(*result) {}, ""},
		{func(r *result) { r.found[lost] = 1 }, "1 lost"},
		{func(r *result) { r.found[doubled] = 2 }, "2 doubled"},
		{func(r *result) { r.found[disordered] = 3 }, "3 out of order"},
		{func(r *result) { r.found[strayed] = 4 }, "4 strayed"},
		{func(r *result) { r.strayCalls, r.astray = 1, []string{"GET x"} }, "1 requests went astray: to hosts or paths that are none of the services', or with another's cookies: GET x"},
		{func(r *result) { r.found[orphaned] = 1 }, "1 orphaned"},
		{func(r *result) { r.abandoned, r.fought = 7, map[string]int{doubled: 3} }, ""},
		{func(r *result) { r.late = 1 }, "1 lines were sent in chats that had been handed over"},
		{func(r *result) {
			r.rates = map[int]rate{1: {Polls: 1005, Intervals: 500, Looks: 100, Quiet: 500}, 3: {Polls: 2000, Intervals: 199, Looks: 2000, Quiet: 199}}
		}, ""},
		{func(r *result) { r.rates = map[int]rate{10: {Polls: 403, Intervals: 200}} }, "agents with 10 chats or more polled 2.015 times an interval, 2.01 are the most"},
		{func(r *result) { r.rates = map[int]rate{3: {Polls: 400, Intervals: 200, Looks: 41, Quiet: 200}} }, "agents with 3 chats or more looked around 0.205 times an interval, 0.2 are the most"},
		{func(r *result) { r.notDrained = 1 }, "1 chats did not come to an end"},
		{func(r *result) { r.stuck = 2 }, "2 agents did not stop"},
		{func(r *result) { r.unknown = 1 }, "1 chats were handled that are unknown to the server"},
		{func(r *result) { r.leaked = 5 }, "5 goroutines are left"},
		{func(r *result) { r.childFailed = errors.New("gone") }, "the fake services: gone"},
		{func(r *result) { r.flat = flatness{enough: true, goroutinesFlat: true} }, "the heap grows: 0.0 MiB in the second quarter, 0.0 MiB in the last"},
		{func(r *result) { r.judged = 66 }, "only 66 chats were judged, 67 are the least"},
		{func(r *result) { r.lines = 99 }, "only 99 lines were handled in 100 chats"},
		{func(r *result) { r.unsure = 127 }, ""},
		{func(r *result) { r.unsure = 128 }, "Send was unsure of 128 replies to 500 lines, 127 are the most"},
		{func(r *result) { r.ran, r.judged, r.lines, r.rates = 30*time.Minute, 5000, 5000, nil }, "no polls were counted"},
		{func(r *result) { r.ran, r.judged, r.lines = 30*time.Minute, 5000, 5000 }, ""},
		{func(r *result) { r.faults = 0 }, "no fault struck"},
		{func(r *result) { r.faults, r.plan.Faults = 0, 0 }, ""},
		{func(r *result) { r.surveys = 0 }, "no survey was submitted"},
		{func(r *result) { r.interrupted, r.judged, r.lines, r.faults, r.surveys = true, 0, 0, 0, 0 }, ""},
	} {
		r := result{
			plan: plan{Agents: 40, Chats: 3, Faults: 1, Channels: []string{chatting}}, ran: time.Minute, found: map[string]int{},
			judged: 100, lines: 500, faults: 50, surveys: 80, rates: map[int]rate{1: {Polls: 10, Intervals: 5}},
		}
		c.change(&r)
		v := r.verdict()
		if c.want == "" {
			assert.Empty(t, v.reasons)
		} else {
			assert.Equal(t, []string{c.want}, v.reasons)
		}
	}
}
