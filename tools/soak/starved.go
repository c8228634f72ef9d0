package main

import (
	"slices"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// A chat that nobody can ask for times out, whatever the client: its agent had crashed,
// say, and then the login service refused three times, after which a client pauses for
// 5, 10 and 15 s. Such a chat is abandoned, not orphaned: there was no time in its last
// 40 s in which its agent could have tried something and did not.

const (
	// chatTime is how long a chat lives without a request.
	chatTime = 40 * time.Second
	// mostIdle is how long a client may do nothing for a chat that starves: some polls.
	mostIdle = 6 * time.Second
	// mostTry is how long it may wait for an answer.
	mostTry = 8 * time.Second
)

// refusal is a try of an agent that the services spoilt, with the pause that follows on
// it.
type refusal struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// pauses after refusals in a row, up to a fifth more. After the last try of a login
// the next one is minutes away.
var pauses = []time.Duration{6 * time.Second, 12 * time.Second, 18 * time.Second, 2 * time.Minute}

// refusals are the tries of a chat's agent to ask for the chat, or for what it needs to
// do so, that the services spoilt before the chat was over.
func (w *world) refusals(of orphan) []refusal {
	var list []refusal
	logins := 0 // refused, in a row
	for _, r := range w.srv.Journal() {
		if r.Agent != of.Agent || r.Time.After(of.Over) || of.Over.Sub(r.Time) > 3*time.Minute {
			continue
		}
		switch r.Op {
		case lptest.OpLogin, lptest.OpSessionStart, lptest.OpIncoming, lptest.OpChatSessions:
		default:
			if r.Chat != of.Chat && !strings.Contains(r.Query, of.Chat) {
				continue
			}
		}
		if r.Fault == "" || harmless[r.Fault] && r.Status/100 == 2 {
			if r.Op == lptest.OpLogin {
				logins = 0
			}
			continue
		}
		pause := pauses[0]
		if r.Op == lptest.OpLogin {
			pause = pauses[min(logins, len(pauses)-1)]
			logins++
		}
		took := mostTry
		if !r.Answered.IsZero() {
			took = min(took, r.Answered.Sub(r.Time))
		}
		list = append(list, refusal{r.Time, r.Time.Add(took + pause)})
	}
	return list
}

// starved tells whether a chat that was over then could not be asked for: somebody was
// away, or had just been refused, in all of its last seconds.
func starved(over time.Time, refused []refusal, away []span) bool {
	for _, s := range away {
		to := s.to
		if to.IsZero() {
			to = over
		}
		refused = append(refused, refusal{s.from, to})
	}
	slices.SortFunc(refused, func(a, b refusal) int { return a.From.Compare(b.From) })
	at := over.Add(-chatTime)
	for _, s := range refused {
		if s.From.After(over) || s.From.Sub(at) > mostIdle {
			break
		}
		if s.To.After(at) {
			at = s.To
		}
	}
	return over.Sub(at) <= mostIdle
}
