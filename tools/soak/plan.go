package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// plan is what the command line asks for.
type plan struct {
	For    time.Duration `json:"for"`
	Seed   int64         `json:"seed"`
	Agents int           `json:"agents"`
	Chats  int           `json:"chats"`
	Faults float64       `json:"faults"`
	// Channels are those that are played.
	Channels []string `json:"channels"`
	// Without are the mishaps that do not happen.
	Without []string `json:"without,omitempty"`
}

// The mishaps that happen beside the faults.
const (
	crashes       = "crashes"   // of agents, whose successors find the chats
	rivals        = "rivals"    // second processes of an agent
	requeues      = "requeues"  // by the service
	poison        = "poison"    // one chat that makes the polls of all fail
	transfersBack = "people"    // who get chats transferred and transfer them back
	sideCalls     = "sidecalls" // that no chat waits for, and that hang
)

var mishaps = []string{crashes, rivals, requeues, poison, transfersBack, sideCalls}

// has tells whether a mishap happens.
func (p plan) has(mishap string) bool { return !slices.Contains(p.Without, mishap) }

// manyChats is how many chats more the last agent has, of a skill of his own.
const (
	manyChats = 15
	manySkill = "Many"
)

// places is how many visitors and consumers there are at a time.
func (p plan) places() (n int) {
	if p.plays(chatting) {
		n += p.Agents*p.Chats + manyChats
	}
	if p.plays(messaging) {
		n += p.Agents * p.Chats
	}
	return n
}

// parse reads the command line.
func parse(args []string, stderr io.Writer) (plan, error) {
	var p plan
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&p.For, "for", 5*time.Minute, "how `long` chats are started")
	flags.Int64Var(&p.Seed, "seed", 1, "`seed` of the faults and of the visitors")
	flags.IntVar(&p.Agents, "agents", 40, "`number` of agents in each channel")
	flags.IntVar(&p.Chats, "chats", 3, "`number` of chats that run at once for each agent")
	flags.Float64Var(&p.Faults, "faults", 1, "`rate` of the faults: 1 is usual, 2 twice as many, 0 none")
	channel := flags.String("channel", strings.Join(channels, ","), "`channels` of the agents, with commas between them: as many agents in each")
	without := flags.String("without", "", "`mishaps` to leave out, with commas between them: "+strings.Join(mishaps, ", "))
	if err := flags.Parse(args); err != nil {
		return p, err
	}
	p.Channels = strings.Split(*channel, ",")
	for _, name := range p.Channels {
		if !slices.Contains(channels, name) {
			return p, fmt.Errorf("-channel %s: there are %s", name, strings.Join(channels, ", "))
		}
	}
	if *without != "" {
		p.Without = strings.Split(*without, ",")
	}
	for _, name := range p.Without {
		if !slices.Contains(mishaps, name) {
			return p, fmt.Errorf("-without %s: there are %s", name, strings.Join(mishaps, ", "))
		}
	}
	switch {
	case flags.NArg() > 0:
		return p, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case p.For < time.Second:
		return p, fmt.Errorf("-for %v is too short", p.For)
	case p.Agents < 2:
		return p, fmt.Errorf("-agents %d: a transfer needs two", p.Agents)
	case p.Chats < 1:
		return p, fmt.Errorf("-chats %d: at least one", p.Chats)
	case p.Faults < 0 || p.Faults > 10:
		return p, fmt.Errorf("-faults %v is not between 0 and 10", p.Faults)
	}
	return p, nil
}
