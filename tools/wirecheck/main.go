// Command wirecheck shows that the tests cannot be fooled. It breaks what goes
// over the wire, one name at a time, and runs the tests of the package: each
// struct tag, header, path, link relation, type of a request and enumerated word.
// What no test notices it lists as a survivor. The work tree is never touched.
//
//	go run -C tools ./wirecheck                  everything, half an hour
//	go run -C tools ./wirecheck ./login          one package of the SDK
//	go run -C tools ./wirecheck -since main      packages that changed since main
//	go run -C tools ./wirecheck -only 'json.*id' what the pattern matches
//
// It exits with 1 if something survives.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
)

// packages are the ones that are checked unless others are named.
var packages = []string{"agentsurvey", "chatagent", "domain", "login", "messagingagent", "surveyevent", "internal/rest", "retry"}

type options struct {
	packages []string
	since    string
	most     int
	cache    string
	only     string
	list     bool
	verbose  bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("wirecheck", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.since, "since", "", "only packages with a file, no test, that changed since this `revision`; changed files first")
	flags.IntVar(&o.most, "most", 0, "try no more than the first `n`, the same ones on any machine; 0: all")
	flags.StringVar(&o.cache, "cache", "", "the build cache to fill, a `directory`; a temporary one unless given")
	flags.StringVar(&o.only, "only", "", "only what this `pattern` matches, as -list shows it")
	flags.BoolVar(&o.list, "list", false, "only list what would be broken")
	flags.BoolVar(&o.verbose, "v", false, "print every mutant and the test that noticed it")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	o.packages = flags.Args()
	root, err := sdkRoot(ctx)
	if err == nil {
		var survivors int
		if survivors, err = check(ctx, root, o, stdout); err == nil && survivors > 0 {
			return 1
		}
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "wirecheck:", err)
		return 2
	}
	return 0
}

// check finds the mutants and runs them.
func check(ctx context.Context, root string, o options, out io.Writer) (survivors int, err error) {
	mutants, err := collect(ctx, root, o)
	if err != nil {
		return 0, err
	}
	only, err := regexp.Compile(o.only)
	if err != nil {
		return 0, err
	}
	mutants = slices.DeleteFunc(mutants, func(m mutant) bool { return !only.MatchString(m.String()) })
	if o.most > 0 && o.most < len(mutants) {
		_, _ = fmt.Fprintf(out, "the first %d of %d\n", o.most, len(mutants))
		mutants = mutants[:o.most]
	}
	if o.list {
		for _, m := range mutants {
			_, _ = fmt.Fprintln(out, m)
		}
		return 0, nil
	}
	results, err := tryAll(ctx, root, mutants, o, out)
	if err != nil {
		return 0, err
	}
	return report(results, out), nil
}

// report sums up and lists what survived.
func report(results []result, out io.Writer) (survivors int) {
	count := map[outcome]int{}
	for _, r := range results {
		count[r.outcome]++
	}
	_, _ = fmt.Fprintf(out, "\n%d mutants: %d noticed (%d by running out of time), %d survived, %d that do not compile, %d not tried\n",
		len(results), count[noticed]+count[hung], count[hung], count[survived], count[notBuilt], count[notTried])
	for _, r := range results {
		if r.outcome == survived || r.outcome == notBuilt {
			_, _ = fmt.Fprintf(out, "%-16s %s\n", r.outcome, r.mutant)
		}
	}
	return count[survived] + count[notBuilt]
}
