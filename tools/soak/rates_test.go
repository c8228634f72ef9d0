package main

import (
	"cmp"
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
		r.Agent, r.Time = cmp.Or(r.Agent, "ada"), now
		for range n {
			s.saw(r)
		}
	}
	good := lptest.Request{Op: lptest.OpIncoming, Status: 200}
	poll(3, good)
	poll(3, lptest.Request{Op: lptest.OpChats, Status: 200})
	poll(7, lptest.Request{Agent: "bob", Op: lptest.OpIncoming, Status: 200})
	poll(7, lptest.Request{Op: lptest.OpSend, Status: 201})
	poll(1, lptest.Request{Op: lptest.OpAvailability, Status: 200})
	poll(7, lptest.Request{Op: lptest.OpSessionStatus, Status: 200}) // a console's
	poll(1, lptest.Request{Op: lptest.OpChatSessions, Status: 200})
	span(4)
	want := map[int]rate{3: {Polls: 6, Intervals: 3, Looks: 2, Quiet: 3}}
	assert.Equal(t, want, s.all())
	poll(2, good) // away for a time, or after a failure
	poll(9, lptest.Request{Op: lptest.OpChats, Status: 200})
	span(4)
	assert.Equal(t, want, s.all())
	poll(4, good)
	poll(1, lptest.Request{Op: lptest.OpChats, Status: 503, Fault: lptest.FaultStatus})
	span(4)
	assert.Equal(t, want, s.all())
	poll(4, good)
	poll(1, lptest.Request{Op: lptest.OpChats, Status: 200, Fault: lptest.FaultLatency})
	span(12)
	want[3] = rate{Polls: 11, Intervals: 6, Looks: 2, Quiet: 6}
	assert.Equal(t, want, s.all())
	poll(10, good)
	span(11) // a chat has ended
	poll(10, good)
	span(11) // and is read
	assert.Equal(t, want, s.all())
	span(3)
	for _, c := range []struct {
		request lptest.Request
		looking bool
	}{
		{lptest.Request{Op: lptest.OpAccept, Status: 201, Changed: "chat 8 accepted by ada"}, false},
		{lptest.Request{Op: lptest.OpAccept, Status: 201}, true},
		{lptest.Request{Op: lptest.OpEvents, Chat: "7", Status: 200}, false},
		{lptest.Request{Op: lptest.OpSend, Status: 503}, false},
		{lptest.Request{Op: lptest.OpChat, Status: 200}, false},
		{lptest.Request{Op: lptest.OpTransfer, Status: 200}, false},
		{lptest.Request{Op: lptest.OpAccept, Status: 503, Fault: lptest.FaultReset}, true},
		{lptest.Request{Op: lptest.OpLogin, Status: 200}, true},
		{lptest.Request{Op: lptest.OpSessionStart, Status: 200}, true},
	} {
		span(3)
		span(3)
		before := s.all()[3]
		poll(1, c.request)
		poll(20, good)
		span(3)
		assert.Equal(t, before, s.all()[3], c)
		poll(20, good)
		poll(1, lptest.Request{Op: lptest.OpChatSessions, Status: 200})
		span(3)
		after := rate{Polls: before.Polls + 20, Intervals: before.Intervals + 3, Looks: before.Looks, Quiet: before.Quiet}
		if !c.looking {
			after.Looks++
			after.Quiet += 3
		}
		assert.Equal(t, after, s.all()[3], c)
		for range 6 {
			span(3)
		}
	}
	polls, looks := rate{Polls: 22, Intervals: 10, Looks: 1, Quiet: 5}.perInterval()
	assert.InDelta(t, 2.2, polls, 1e-9)
	assert.InDelta(t, 0.2, looks, 1e-9)
	polls, looks = rate{}.perInterval()
	assert.Zero(t, polls+looks)
}
