package apart

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Fake is what the child runs.
type Fake struct {
	// Server is the fake; the child closes it.
	Server *lptest.Server
	// Do answers a command, on a goroutine of its own; nil knows none.
	Do func(name string, args json.RawMessage) (any, error)
	// Close ends what else runs, before the server is closed, and returns the
	// last report. It may be nil.
	Close func() any
}

// Main is the whole program of a child: it serves what open returns for the
// setup given to Start, and exits. In any other process it returns at once, so
// it is the first call in main.
func Main(open func(setup json.RawMessage) (*Fake, error)) {
	if os.Getenv(environment) == "" {
		return
	}
	signal.Ignore(os.Interrupt) // the parent tells when to end
	if err := serve(os.Stdin, os.Stdout, open); err != nil {
		fmt.Fprintln(os.Stderr, "fake services:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve runs until in ends.
func serve(in io.Reader, out io.Writer, open func(setup json.RawMessage) (*Fake, error)) error {
	var mu sync.Mutex
	encoder := json.NewEncoder(out)
	say := func(r reply) error {
		mu.Lock()
		defer mu.Unlock()
		return encoder.Encode(r)
	}
	decoder := json.NewDecoder(in)
	var setup command
	if err := decoder.Decode(&setup); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	fake, err := open(setup.Args)
	if err != nil {
		return errors.Join(err, say(reply{Error: err.Error()}))
	}
	defer fake.Server.Close()
	err = say(reply{Greeting: &greeting{
		URL: fake.Server.URL(), Host: fake.Server.Host(), Account: fake.Server.Account(),
		CA: string(fake.Server.CertificatePEM()), PID: os.Getpid(),
	}})
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	for {
		var c command
		if decoder.Decode(&c) != nil {
			break // the parent is done, or gone
		}
		running.Go(func() { _ = say(fake.do(c)) }) // a parent that is gone ends the input too
	}
	var report any
	if fake.Close != nil {
		report = fake.Close()
	}
	fake.Server.Close() // lets go of commands that wait for something
	running.Wait()
	answer, err := json.Marshal(report)
	if err != nil {
		return err
	}
	usage := Used()
	return say(reply{Answer: answer, Usage: &usage})
}

func (f *Fake) do(c command) reply {
	if c.Name == usageCommand {
		answer, err := json.Marshal(Used())
		return reply{ID: c.ID, Answer: answer, Error: text(err)}
	}
	if f.Do == nil {
		return reply{ID: c.ID, Error: "unknown command " + c.Name}
	}
	value, err := f.Do(c.Name, c.Args)
	if err != nil {
		return reply{ID: c.ID, Error: err.Error()}
	}
	answer, err := json.Marshal(value)
	return reply{ID: c.ID, Answer: answer, Error: text(err)}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
