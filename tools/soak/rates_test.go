package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Spans in which something fails do not count.
func TestRates(t *testing.T) {
	t.Parallel()
	s := newRates()
	now := time.Now()
	span := func(chats int) {
		now = now.Add(rateSpan)
		s.span("ada", chats, now)
	}
	span(4)
	poll := func(n int, r lptest.Request) {
		for range n {
			s.saw(r)
		}
	}
	good := lptest.Request{Agent: "ada", Op: lptest.OpIncoming, Status: 200}
	poll(10, good)
	poll(7, lptest.Request{Agent: "bob", Op: lptest.OpIncoming, Status: 200})
	poll(7, lptest.Request{Agent: "ada", Op: lptest.OpSend, Status: 201})
	span(3)
	assert.Equal(t, map[int]rate{3: {Polls: 10, Intervals: 5}}, s.all())
	poll(11, good)
	poll(1, lptest.Request{Agent: "ada", Op: lptest.OpChats, Status: 503, Fault: lptest.FaultStatus})
	span(3)
	poll(11, good)
	poll(1, lptest.Request{Agent: "ada", Op: lptest.OpChats, Status: 200, Fault: lptest.FaultLatency})
	span(12)
	assert.Equal(t, map[int]rate{3: {Polls: 22, Intervals: 10}}, s.all())
	for _, r := range []lptest.Request{
		{Op: lptest.OpAccept, Status: 201},
		{Op: lptest.OpEvents, Chat: "7", Status: 200},
		{Op: lptest.OpAccept, Status: 503, Fault: lptest.FaultReset},
		{Op: lptest.OpLogin, Status: 200},
	} {
		s.poisoned("7")
		r.Agent, r.Time = "ada", now
		span(3)
		before := s.all()
		poll(1, r)
		poll(20, good)
		span(3)
		assert.Equal(t, before, s.all(), r.Op)
		poll(20, good)
		span(3)
		looking := r.Status == 503 || r.Op == lptest.OpLogin
		assert.Equal(t, looking, s.all()[3] == before[3], r.Op)
		for range 3 {
			span(3)
		}
		s.sum = map[int]rate{3: {Polls: 22, Intervals: 10}}
	}
	assert.InDelta(t, 2.2, s.all()[3].per(), 1e-9)
	assert.Zero(t, rate{}.per())
}
