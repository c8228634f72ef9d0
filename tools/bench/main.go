// Command bench measures the SDK against the least that anybody could write:
// net/http and encoding/json with exact structs, and nothing else. Both run in
// turns in the same process, so that the machine's speed cancels out.
//
//	go run -C tools ./bench                  a table, a few minutes
//	go run -C tools ./bench -run overhead    the groups that match
//	go run -C tools ./bench -json            one JSON object a line
//
// BENCHMARKS.md says what the metrics mean.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"

	"github.com/liveperson-community/liveperson-go/tools/apart"
)

// group is a set of metrics that are measured together.
type group struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

var groups = []group{
	{"overhead", overhead},
	{"decode", decode},
	{"hostile", hostile},
	{"idle", idle},
	{"poll", polls},
	{"serve", throughput},
	{"fleet", fleet},
	{"socket", sockets},
	{"socketidle", socketIdle},
	{"socketfleet", socketFleet},
}

func main() {
	apart.Main(openPlay)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, `print {"metric":…,"value":…,"unit":…}, one a line`)
	pattern := flags.String("run", ".", "measure the groups whose name matches this `pattern`")
	rounds := flags.Int("rounds", 15, "rounds of each comparison; medians are reported")
	fleets := flags.String("fleets", defaultSizes, "`agents` of the fleets, in order")
	profile := flags.String("cpuprofile", "", "write the CPU profile of this process to a `file`")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	re, err := regexp.Compile(*pattern)
	if err != nil || *rounds < 1 || flags.NArg() > 0 {
		_, _ = fmt.Fprintln(stderr, "bench: bad -run, -rounds or argument:", errors.Join(err, errUsage))
		return 2
	}
	b := &bench{rounds: *rounds, out: stdout, json: *asJSON}
	for text := range strings.SplitSeq(*fleets, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			_, _ = fmt.Fprintln(stderr, "bench: bad -fleets:", text)
			return 2
		}
		b.sizes = append(b.sizes, n)
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			defer f.Close()
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			_, _ = fmt.Fprintln(stderr, "bench:", err)
			return 1
		}
		defer pprof.StopCPUProfile()
	}
	b.begin()
	for _, g := range groups {
		if !re.MatchString(g.name) {
			continue
		}
		if err := g.run(ctx, b); err != nil {
			_, _ = fmt.Fprintf(stderr, "bench: %s: %v\n", g.name, err)
			return 1
		}
	}
	b.end()
	return 0
}

var errUsage = errors.New("see -h")
