package main

import (
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

const (
	// longAbsence is one after which a chat may be over: the service gives it
	// 40 s, and the next process needs some calls.
	longAbsence = 32 * time.Second
	// truce is how long after a fight an agent may be at a loss: the one who lost
	// it pauses its logins.
	truce = 5 * time.Minute
)

// present notes that an agent serves again, who was away since then.
func (a *absences) present(agent string, since time.Time) {
	if time.Since(since) < longAbsence {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone[agent] = append(a.gone[agent], span{since, time.Now()})
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

// explain tells whether an absence explains that a chat of the agent was ended
// then for want of requests.
func (a *absences) explain(agent string, ended time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.gone[agent] {
		if s.from.Before(ended) && ended.Before(s.to.Add(2*longAbsence)) {
			return true
		}
	}
	return false
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
