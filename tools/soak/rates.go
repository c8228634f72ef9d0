package main

import (
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// rates counts the polls of agents in spans in which nothing fails and no chat comes
// or ends, and how often they look around in those in which there is nothing to look for.
type rates struct {
	mu     sync.Mutex
	agents map[string]*ticks
	sum    map[int]rate // by the least of chats, see sizes
}

// ticks is what an agent has asked in a span.
type ticks struct {
	polls  int  // made in each interval
	rings  int  // those of them for incoming requests
	looks  int  // for the availability and the list of the chats, made now and then
	chats  int  // when the span began
	spoilt bool // by a failure, or a chat that came, went or was read by itself: it does not count
	// looking: chats are looked for, until then, that may have come without the agent's knowing.
	looking bool
	until   time.Time
}

// lookedFor is how long that is, and some more.
const lookedFor = 40 * time.Second

// rate is polls over intervals, and looks over those in which nothing was looked for.
type rate struct {
	Polls     int     `json:"polls"`
	Intervals float64 `json:"intervals"`
	Looks     int     `json:"looks"`
	Quiet     float64 `json:"quiet"` // intervals
}

func (r rate) perInterval() (polls, looks float64) {
	return float64(r.Polls) / max(1, r.Intervals), float64(r.Looks) / max(1, r.Quiet)
}

// rateSpan is a span, and spanPolls how often an agent asks in it for incoming requests:
// one who asks less often is away, or waits after a failure.
const (
	rateSpan  = 6 * time.Second
	spanPolls = int(rateSpan / chatagent.MinPollInterval)
)

// sizes are the numbers of chats that are told apart.
var sizes = []int{10, 3, 1}

// saw counts a call.
func (s *rates) saw(r lptest.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.agents[r.Agent]
	if t == nil {
		return
	}
	failed := r.Status < 200 || r.Status >= 300 || r.Fault == lptest.FaultCut || r.Fault == lptest.FaultEmpty
	look := func() {
		t.looking, t.until = true, r.Time.Add(lookedFor)
	}
	switch r.Op {
	case lptest.OpIncoming, lptest.OpChats, lptest.OpChatSessions, lptest.OpAvailability:
		if r.Op == lptest.OpChatSessions || r.Op == lptest.OpAvailability {
			t.looks++
		} else {
			t.polls++
		}
		if r.Op == lptest.OpIncoming {
			t.rings++
		}
		t.spoilt = t.spoilt || r.Fault != "" && !harmless[r.Fault] || failed
	case lptest.OpSend: // looked for, if it fails
		t.spoilt = t.spoilt || failed
	case lptest.OpEvents, lptest.OpAccept, lptest.OpChat, lptest.OpTransfer:
		// A chat that comes or goes is read, or one that makes the request for several fail.
		t.spoilt = true
		if failed || r.Op == lptest.OpAccept && r.Changed == "" { // nothing was there, or so it seems
			look()
		}
	case lptest.OpLogin, lptest.OpSessionStart:
		t.spoilt = true
		look()
	default:
	}
}

// harmless are the faults of answers that can be used.
var harmless = map[lptest.FaultKind]bool{
	lptest.FaultLatency: true, lptest.FaultDuplicateEvents: true, lptest.FaultOverlapEvents: true,
	lptest.FaultRepeatEvents: true, lptest.FaultRotate: true, lptest.FaultHuge: true,
}

// span ends one span of an agent, who has that many chats now, and begins another.
func (s *rates) span(agent string, chats int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.agents[agent]
	if t == nil {
		t = &ticks{spoilt: true}
		s.agents[agent] = t
	}
	ended := chats < t.chats // and is read to its end, perhaps in the next span
	for _, size := range sizes {
		if t.chats >= size && !t.spoilt && !ended && t.rings >= spanPolls {
			r := s.sum[size]
			r.Polls += t.polls
			r.Intervals += float64(spanPolls)
			if !t.looking {
				r.Looks += t.looks
				r.Quiet += float64(spanPolls)
			}
			s.sum[size] = r
			break
		}
	}
	*t = ticks{chats: chats, spoilt: ended, looking: now.Before(t.until), until: t.until}
}

func newRates() rates {
	return rates{agents: map[string]*ticks{}, sum: map[int]rate{}}
}

func (s *rates) all() map[int]rate {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[int]rate, len(s.sum))
	for n, r := range s.sum {
		out[n] = r
	}
	return out
}

// measure ends and begins the spans.
func (w *world) measure() {
	tick := time.NewTicker(rateSpan)
	defer tick.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-tick.C:
		}
		for _, a := range w.agents {
			w.rates.span(a.LoginName, len(w.srv.ChatsOf(a)), time.Now())
		}
	}
}
