package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The visitor says two lines, and the first one is answered: the next process takes
// both as answered, unless it knows better.
func TestHidden(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	ada, bob := &page{agent: "ada"}, &page{agent: "bob"}
	next := &page{agent: "ada", before: ada}
	crashed := &page{agent: "ada"}
	said := func(agent string, event int64, seconds int) arrival {
		return arrival{N: 1, Chat: "H1", ID: event, Agent: agent, At: at(seconds), Person: agent == ""}
	}
	for _, c := range []struct {
		name   string
		reply  arrival
		begins []beginning
		state  outcome
		want   bool
	}{
		{"one process", said("ada", 5, 3), []beginning{{ada, at(1)}}, untold, false},
		{"another agent", said("ada", 5, 3), []beginning{{ada, at(1)}, {bob, at(4)}}, untold, true},
		{"another agent, in vain", said("ada", 5, 3), []beginning{{ada, at(1)}, {bob, at(4)}}, unsent, true},
		{"another agent, to whom it was said", said("ada", 5, 3), []beginning{{ada, at(1)}, {bob, at(4)}}, sent, false},
		{"another agent, before", said("ada", 5, 3), []beginning{{bob, at(1)}, {ada, at(2)}}, untold, false},
		{"said after the reply", said("ada", 3, 3), []beginning{{ada, at(1)}, {bob, at(4)}}, untold, false},
		{"back again", said("ada", 5, 3), []beginning{{ada, at(1)}, {ada, at(6)}}, untold, false},
		{"resumed", said("ada", 5, 3), []beginning{{ada, at(1)}, {next, at(4)}}, untold, false},
		{"after a crash", said("ada", 5, 3), []beginning{{ada, at(1)}, {crashed, at(4)}}, untold, true},
		{"a person's", said("", 5, 3), []beginning{{ada, at(1)}, {ada, at(4)}}, untold, true},
	} {
		r := &record{Chat: "H1", Said: 2, Lines: map[int]int64{1: 2, 2: 4}, Replies: []arrival{c.reply}}
		e := &entry{begins: c.begins, outcomes: map[int]outcome{2: c.state}}
		assert.Equal(t, c.want, hidden(r, e, 2), c.name)
	}
}
