package main

import (
	"flag"
	"fmt"
	"io"
	"time"
)

// plan is what the command line asks for.
type plan struct {
	For    time.Duration `json:"for"`
	Seed   int64         `json:"seed"`
	Agents int           `json:"agents"`
	Chats  int           `json:"chats"`
	Faults float64       `json:"faults"`
}

// parse reads the command line.
func parse(args []string, stderr io.Writer) (plan, error) {
	var p plan
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&p.For, "for", 5*time.Minute, "how `long` chats are started")
	flags.Int64Var(&p.Seed, "seed", 1, "`seed` of the faults and of the visitors")
	flags.IntVar(&p.Agents, "agents", 40, "`number` of agents")
	flags.IntVar(&p.Chats, "chats", 3, "`number` of chats that run at once for each agent")
	flags.Float64Var(&p.Faults, "faults", 1, "`rate` of the faults: 1 is usual, 2 twice as many, 0 none")
	if err := flags.Parse(args); err != nil {
		return p, err
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
