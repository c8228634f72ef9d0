package main

import (
	"slices"
	"sync"
	"time"
)

// absences are the times in which an agent could not look after its chats, and
// those in which two processes fought for them.
type absences struct {
	mu     sync.Mutex
	gone   map[string][]span // by login name: no process served
	fought map[string][]span
}

type span struct{ from, to time.Time } // to is zero while it lasts

// truce is how long after a fight an agent may be at a loss: the one who lost
// it pauses its logins.
const truce = 5 * time.Minute

// leave notes that no process of an agent serves from now on.
func (a *absences) leave(agent string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone[agent] = append(a.gone[agent], span{from: time.Now()})
}

// present notes that there is one again that is logged in.
func (a *absences) present(agent string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone[agent][len(a.gone[agent])-1].to = time.Now()
}

// here tells whether a process of an agent has been logged in for that long.
func (a *absences) here(agent string, long time.Duration) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	gone := a.gone[agent]
	if len(gone) == 0 {
		return true
	}
	back := gone[len(gone)-1].to
	return !back.IsZero() && time.Since(back) >= long
}

// spansOf are the times in which no process of an agent served.
func (a *absences) spansOf(agent string) []span {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.gone[agent])
}

// contend notes that a second process of an agent begins or has ended.
func (a *absences) contend(agent string, begins bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if begins {
		a.fought[agent] = append(a.fought[agent], span{from: now})
	} else {
		a.fought[agent][len(a.fought[agent])-1].to = now.Add(truce)
	}
}

// fights tells whether two processes of an agent fought in that time.
func (a *absences) fights(agent string, from, to time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.fought[agent] {
		if s.from.Before(to) && (s.to.IsZero() || from.Before(s.to)) {
			return true
		}
	}
	return false
}
