package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// run is the program; it returns the exit code: 0 after a signal, 1 when
// something failed, 2 when the command line was wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	set, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "lpsim:", err)
		return 2
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	set.options = append(set.options, lptest.WithObserver(logRequest(log)))
	srv, err := lptest.Start(set.options...) //nolint:contextcheck // it listens until Close
	if err != nil {
		fmt.Fprintln(stderr, "lpsim:", err)
		return 1
	}
	defer srv.Close()
	hello := furnish(srv)
	if err := checkUsers(srv, set); err != nil {
		fmt.Fprintln(stderr, "lpsim:", err)
		return 2
	}
	for _, f := range set.faults {
		srv.AddFault(f)
	}
	for _, f := range set.messagingFaults {
		srv.Messaging().AddFault(f)
	}
	if set.caOut != "" {
		if err := os.WriteFile(set.caOut, srv.CertificatePEM(), 0o600); err != nil {
			fmt.Fprintln(stderr, "lpsim:", err)
			return 1
		}
	}
	if err := json.NewEncoder(stdout).Encode(hello); err != nil {
		fmt.Fprintln(stderr, "lpsim:", err)
		return 1
	}
	log.Info("listening", "url", srv.URL())

	var visitors sync.WaitGroup
	for i := range set.visitors {
		visitors.Go(func() { visit(ctx, log, srv, i+1, set.script) })
	}
	for i := range set.consumers {
		visitors.Go(func() { converse(ctx, log, srv, i+1, set.script) })
	}
	<-ctx.Done()
	log.Info("ending")
	visitors.Wait()
	return 0
}

// checkUsers finds faults of users that there are not: they would never strike.
func checkUsers(srv *lptest.Server, set settings) error {
	var known []string
	for _, a := range srv.Agents() {
		known = append(known, a.LoginName)
	}
	for _, f := range set.faults {
		if f.Agent != "" && !slices.Contains(known, f.Agent) {
			return fmt.Errorf("-faults: there is no agent %q: it is one of %q", f.Agent, known)
		}
	}
	for _, f := range set.messagingFaults {
		if f.User != "" && !slices.Contains(known, f.User) {
			return fmt.Errorf("-messaging-faults: there is no user %q: it is one of %q", f.User, known)
		}
	}
	return nil
}

func logRequest(log *slog.Logger) func(lptest.Request) {
	return func(r lptest.Request) {
		attrs := []any{"op", r.Op, "status", r.Status, "took", r.Answered.Sub(r.Time)}
		if r.Agent != "" {
			attrs = append(attrs, "agent", r.Agent)
		}
		if r.Fault != "" {
			attrs = append(attrs, "fault", r.Fault)
		}
		if r.Changed != "" {
			attrs = append(attrs, "changed", r.Changed)
		}
		if r.Op == lptest.OpUnknown || r.Op == lptest.OpForeign {
			attrs = append(attrs, "host", r.Host, "path", r.Path)
		}
		log.Info(r.Method, attrs...)
	}
}
