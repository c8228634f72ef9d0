// Quickstart plays an agent's whole life and prints it as a transcript: look
// the domain up, log in, start an agent session, go Online, accept a chat,
// talk until the visitor leaves, go Away; then the same on messaging: connect,
// go Online, accept a conversation, talk until the consumer closes it, go Away,
// fill and submit the conversation's agent survey; log out.
//
//	go run ./examples/quickstart                    on embedded fake services: no account, no network
//	go run ./examples/quickstart -fault login-503   the same with something going wrong
//	go run ./examples/quickstart -live              on the real services
//
// With -live it reads LP_ACCOUNT and LP_USER, and either LP_PASSWORD or
// LP_CLIENT_ID and LP_CLIENT_SECRET for a bot user; -only chat and -only messaging
// leave the other channel out.
//
// It exits with 0 if every step took effect on the server's side, with 1 if
// one did not, and with 2 if it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], world{os.Getenv, lptest.Start, nil, os.Stdout, os.Stderr}))
}

// world is what the program touches.
type world struct {
	env            func(string) string
	serve          func(...lptest.Option) (*lptest.Server, error)
	transport      http.RoundTripper // to the real services; nil: the SDK's own
	stdout, stderr io.Writer
}

// errUsage is a program called wrongly.
var errUsage = errors.New("usage")

// run is main; it returns the exit code.
func run(ctx context.Context, args []string, w world) int {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(w.stderr)
	live := flags.Bool("live", false, "use the real services and the LP_ variables")
	fault := flags.String("fault", "", "what goes wrong on the fake services, comma separated: "+strings.Join(faultNames(), ", "))
	only := flags.String("only", "", "the one channel to play on: chat or messaging")
	wait := flags.Duration("wait", 10*time.Minute, "with -live: how long to wait for a chat, and for a conversation, to come and end")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	t := newTranscript(w.stdout)
	var s stage
	var err error
	switch {
	case flags.NArg() > 0:
		err = fmt.Errorf("%w: no arguments are taken", errUsage)
	case *only != "" && *only != onlyChat && *only != onlyMessaging:
		err = fmt.Errorf("%w: -only is chat or messaging", errUsage)
	case *only != "" && !*live:
		err = fmt.Errorf("%w: -only is for -live", errUsage)
	case *live && *fault != "":
		err = fmt.Errorf("%w: -fault is for the fake services, not for -live", errUsage)
	case *live:
		s, err = realStage(w, *wait)
		s.only = *only
	default:
		s, err = fakeStage(ctx, t, w.serve, *fault)
	}
	if err != nil {
		fmt.Fprintln(w.stderr, "quickstart:", err)
		if errors.Is(err, errUsage) {
			return 2
		}
		return 1
	}
	defer s.close()
	t.title(s.title)
	err = errors.Join(play(ctx, t, s), s.check())
	t.summary(err)
	if err != nil {
		return 1
	}
	return 0
}
