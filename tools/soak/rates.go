package main

import (
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// rates counts the polls of agents in spans in which nothing fails and no chat comes.
type rates struct {
	mu     sync.Mutex
	agents map[string]*ticks
	sum    map[int]rate    // by the least of chats, see sizes
	alone  map[string]bool // chats that make the request for several fail, and may be asked for by themselves
}

// ticks is what an agent has asked in a span.
type ticks struct {
	polls  int
	chats  int  // when the span began
	spoilt bool // by a failure, a chat that came, or one asked for by itself: it does not count
	// until is how long chats are looked for that may have come without the agent's knowing.
	until time.Time
}

// lookedFor is how long that is, and some more.
const lookedFor = 40 * time.Second

// rate is polls over intervals.
type rate struct {
	Polls     int     `json:"polls"`
	Intervals float64 `json:"intervals"`
}

func (r rate) per() float64 { return float64(r.Polls) / max(1, r.Intervals) }

const rateSpan = 10 * time.Second

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
	switch r.Op {
	case lptest.OpIncoming, lptest.OpChats, lptest.OpEvents, lptest.OpChatSessions, lptest.OpAvailability:
		t.polls++
		t.spoilt = t.spoilt || r.Fault != "" && !harmless[r.Fault] || failed || s.alone[r.Chat]
	case lptest.OpSend: // looked for, if it fails
		t.spoilt = t.spoilt || failed
	case lptest.OpAccept, lptest.OpChat, lptest.OpTransfer: // a chat that comes is read
		t.spoilt = true
		if failed {
			t.until = r.Time.Add(lookedFor)
		}
	case lptest.OpLogin, lptest.OpSessionStart:
		t.spoilt = true
		t.until = r.Time.Add(lookedFor)
	default:
	}
}

// harmless are the faults of answers that can be used.
var harmless = map[lptest.FaultKind]bool{
	lptest.FaultLatency: true, lptest.FaultDuplicateEvents: true, lptest.FaultOverlapEvents: true,
	lptest.FaultRepeatEvents: true, lptest.FaultRotate: true, lptest.FaultHuge: true,
}

// poisoned says that a chat makes the request for several fail.
func (s *rates) poisoned(chat string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alone[chat] = true
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
	least := min(t.chats, chats)
	for _, size := range sizes {
		if least >= size && !t.spoilt {
			r := s.sum[size]
			r.Polls += t.polls
			r.Intervals += float64(rateSpan) / float64(chatagent.MinPollInterval)
			s.sum[size] = r
			break
		}
	}
	*t = ticks{chats: chats, spoilt: now.Before(t.until), until: t.until}
}

func newRates() rates {
	return rates{agents: map[string]*ticks{}, sum: map[int]rate{}, alone: map[string]bool{}}
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
