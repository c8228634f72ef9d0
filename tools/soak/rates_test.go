package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Spans in which something fails do not count.
func TestRates(t *testing.T) {
	t.Parallel()
	s := rates{agents: map[string]*ticks{}, sum: map[int]rate{}}
	s.span("ada", 4)
	poll := func(n int, r lptest.Request) {
		for range n {
			s.saw(r)
		}
	}
	good := lptest.Request{Agent: "ada", Op: lptest.OpIncoming, Status: 200}
	poll(10, good)
	poll(7, lptest.Request{Agent: "bob", Op: lptest.OpIncoming, Status: 200})
	poll(7, lptest.Request{Agent: "ada", Op: lptest.OpSend, Status: 201})
	s.span("ada", 3)
	assert.Equal(t, map[int]rate{3: {Polls: 10, Intervals: 5}}, s.all())
	poll(11, good)
	poll(1, lptest.Request{Agent: "ada", Op: lptest.OpChats, Status: 503, Fault: lptest.FaultStatus})
	s.span("ada", 3)
	poll(11, good)
	poll(1, lptest.Request{Agent: "ada", Op: lptest.OpChats, Status: 200, Fault: lptest.FaultLatency})
	s.span("ada", 12)
	assert.Equal(t, map[int]rate{3: {Polls: 22, Intervals: 10}}, s.all())
	assert.InDelta(t, 2.2, s.all()[3].per(), 1e-9)
	assert.Zero(t, rate{}.per())
}
