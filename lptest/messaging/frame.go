package messaging

import (
	"context"
	"fmt"
	"time"
)

// frameText is how much of a frame's text the log keeps.
const frameText = 1 << 20

// Frame is one frame as it went over a socket. The bearer is in none of them.
type Frame struct {
	Seq    int       `json:"seq"`             // from 1, over all sockets
	At     time.Time `json:"at"`              // when it had been read, or was about to be written
	Socket int       `json:"socket"`          // number of the socket, from 1
	User   string    `json:"user"`            // login name
	In     bool      `json:"in"`              // from the client
	Kind   string    `json:"kind"`            // "req", "resp", "notification", or "" for a frame that is none of them
	Type   string    `json:"type"`            // as it stands in the frame
	ID     string    `json:"id,omitempty"`    // id of the request, reqId of the answer
	Code   int       `json:"code,omitempty"`  // of an answer
	Text   string    `json:"text"`            // the frame, its first MiB
	Fault  FaultKind `json:"fault,omitempty"` // the fault that struck it, "" if none
}

type frameLog struct {
	limit   int
	entries []*Frame
	next    int // where the oldest entry is once the log is full
	seq     int
	in, out map[string]int // by the last element of the type
	waiters waiters
}

func newFrameLog(limit int) frameLog {
	return frameLog{limit: limit, in: map[string]int{}, out: map[string]int{}}
}

func (l *frameLog) add(f *Frame) {
	l.seq++
	f.Seq = l.seq
	if len(f.Text) > frameText {
		f.Text = f.Text[:frameText]
	}
	if f.In {
		l.in[short(f.Type)]++
	} else {
		l.out[short(f.Type)]++
	}
	switch {
	case l.limit == 0:
	case len(l.entries) < l.limit:
		l.entries = append(l.entries, f)
	default:
		l.entries[l.next] = f
		l.next = (l.next + 1) % l.limit
	}
	l.waiters.wake()
}

// Frames returns the frames received and sent, in order: all of them, or the
// newest if there were more than the log holds (see WithFrames).
func (s *Service) Frames() []Frame {
	s.enter()
	defer s.mu.Unlock()
	out := make([]Frame, 0, len(s.log.entries))
	for i := range s.log.entries {
		out = append(out, *s.log.entries[(s.log.next+i)%len(s.log.entries)])
	}
	return out
}

// Requests returns the frames received whose type ends with one of the names,
// such as "PublishEvent"; without names all that were received.
func (s *Service) Requests(names ...string) []Frame { return s.choose(true, names) }

// Sent returns the frames sent whose type ends with one of the names, such as
// "OnlineEventDistribution"; without names all that were sent.
func (s *Service) Sent(names ...string) []Frame { return s.choose(false, names) }

func (s *Service) choose(in bool, names []string) []Frame {
	var out []Frame
	for _, f := range s.Frames() {
		if f.In != in {
			continue
		}
		match := len(names) == 0
		for _, name := range names {
			match = match || short(f.Type) == name
		}
		if match {
			out = append(out, f)
		}
	}
	return out
}

// Count is how many requests of a type were received, whatever the log still
// holds. The type is its last element, such as "PublishEvent".
func (s *Service) Count(name string) int {
	s.enter()
	defer s.mu.Unlock()
	return s.log.in[name]
}

// WaitRequests waits until n requests of a type were received.
func (s *Service) WaitRequests(ctx context.Context, name string, n int) error {
	return s.wait(ctx, fmt.Sprintf("%d requests %s", n, name), &s.log.waiters, func() (bool, error) {
		return s.log.in[name] >= n, nil
	})
}
