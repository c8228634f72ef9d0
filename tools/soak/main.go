// Soak runs a fleet of bots for as long as you like and watches that nothing
// is lost, doubled or leaked. The fake services and the visitors live in a
// child process, time is real, TLS is on loopback, and faults of every kind
// that package lptest has strike all the time.
//
//	go run -C tools ./soak -for 30m -seed 7
//	go run -C tools ./soak -for 60s -agents 10 -chats 2 -faults 3
//	go run -C tools ./soak -without rivals,poison
//	go run -C tools ./soak -channel messaging
//
// Each visitor numbers its lines, and the bots answer each line with its
// number, so that every line and every reply can be accounted for on both
// sides. Bots restart in between and take their chats along, or crash and find them
// again; a second process of the same agent gets in their way; colleagues get chats
// and transfer them back, and the service takes some away. After each chat
// they fill in its agent survey. The seed drives the faults and the visitors.
//
// Beside the agents of the chat channel there are as many of the messaging channel,
// under the same rules: consumers talk, sockets are closed with all codes, requests and
// notifications are lost, doubled and swapped, and colleagues take conversations over
// and give them back. One is orphaned if its agent was Online with a socket for a
// minute, a message has waited for so long, and no handler has it.
//
// It exits with 0 if nothing was lost, doubled or out of order, no chat was
// orphaned, agents polled no more than they may, memory and
// goroutines stayed flat and enough went on; with 1, and the reasons, if not;
// with 2 if the command line was wrong. Ctrl-C ends it in order, with the
// verdict so far; a second one at once.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/liveperson-community/liveperson-go/tools/apart"
)

func main() {
	apart.Main(openWorld)
	plan, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case err != nil:
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // the second one is not caught
	v, err := soak(ctx, plan, os.Stdout, isTerminal(os.Stdout))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
	if len(v.reasons) > 0 {
		os.Exit(1)
	}
}
