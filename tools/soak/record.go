package main

import "time"

// How a chat ended, as the server saw it.
const (
	endedByVisitor  = "visitor"  // left
	endedByLoss     = "vanished" // the visitor was lost
	endedByAgent    = "agent"
	endedByPlatform = "platform" // no request to it for too long
)

// record is one chat as the server and its visitor saw it.
type record struct {
	Chat      string        `json:"chat"`
	Visitor   string        `json:"visitor"`
	Talk      bool          `json:"talk,omitempty"` // it is a conversation of the messaging channel
	Said      int           `json:"said"`           // lines of the visitor, numbered from 1
	Lines     map[int]int64 `json:"lines"`          // the events of those
	Replies   []arrival     `json:"replies"`        // lines of agents, in the chat's order
	End       string        `json:"end"`
	Agent     string        `json:"agent,omitempty"`  // who had it at the end
	GaveUp    int           `json:"gaveUp,omitempty"` // the line whose reply did not come, 0 for none
	Submits   int           `json:"submits"`          // of its agent survey
	Colleague bool          `json:"colleague"`        // somebody else submitted it
	Began     time.Time     `json:"began"`
	Over      time.Time     `json:"over"`
}

// arrival is a reply that has reached the visitor.
type arrival struct {
	N     int       `json:"n"`    // the line it names, 0 for none
	Chat  string    `json:"chat"` // the chat it names
	ID    int64     `json:"id"`   // of its event
	At    time.Time `json:"at"`
	Agent string    `json:"agent"` // by login name, "" for a person
	// Person says that a colleague said it, who is no agent of the fleet.
	Person bool `json:"person,omitempty"`
}

// doubt is a reply that Send could not confirm: the visitor may wait in vain.
type doubt struct {
	Chat string `json:"chat"`
	Line int    `json:"line"`
}

// totals are the counters of the child.
type totals struct {
	Begun    int            `json:"begun"`   // chats
	Running  int            `json:"running"` // not ended
	Ended    int            `json:"ended"`
	Online   int            `json:"online"`   // agents
	Replies  int            `json:"replies"`  // of ended chats
	Requests int            `json:"requests"` // answered
	Faults   map[string]int `json:"faults"`   // by kind
	Outages  int            `json:"outages"`
	Down     bool           `json:"down"`    // an outage is under way
	Dropped  int            `json:"dropped"` // agent sessions lost
	Revoked  int            `json:"revoked"` // agents whose bearers were revoked, the faults not counted
	Logins   int            `json:"logins"`
	Sessions int            `json:"sessions"` // agent sessions started
	Strays   int            `json:"strays"`   // requests to foreign hosts or unknown paths
	BadJars  int            `json:"badJars"`  // requests with cookies that are not their own
	Astray   []string       `json:"astray"`   // the first of both
	Ends     map[string]int `json:"ends"`
	Visitors int            `json:"visitors"` // under way
	ToPeople int            `json:"toPeople"` // chats that were transferred to colleagues
	Back     int            `json:"back"`     // and tries to transfer them back
	Requeued int            `json:"requeued"`
	Poisoned int            `json:"poisoned"` // chats that made the others' polls fail
	Rates    map[int]rate   `json:"rates"`    // by number of chats
	Talk     talkTotals     `json:"talk"`
}

// orphan asks for the journal of a chat, with that of its agent if there is one.
type orphan struct {
	Chat  string    `json:"chat"`
	Agent string    `json:"agent"`
	Over  time.Time `json:"over"`
}
