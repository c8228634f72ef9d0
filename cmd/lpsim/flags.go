package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// settings is what the command line asks for.
type settings struct {
	options         []lptest.Option
	faults          []lptest.Fault
	visitors        int
	consumers       int
	messagingFaults []messaging.Fault
	script          []string
	caOut           string
}

// parse reads the command line. flag.ErrHelp means that help was asked for.
func parse(args []string, stderr io.Writer) (settings, error) {
	var set settings
	flags := flag.NewFlagSet("lpsim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:0", "`address` to listen on; without a host it is loopback")
	account := flags.String("account", "12345678", "account `id`")
	visitors := flags.Int("visitors", 0, "`number` of scripted visitors")
	consumers := flags.Int("consumers", 0, "`number` of scripted consumers of the messaging service")
	script := flags.String("script", "", "`file` with the visitors' and consumers' lines")
	cookies := flags.String("cookies", "strict", "`strict or lenient`: whether calls need the agent session's cookies")
	faults := flags.String("faults", "", "`file` with faults as JSON")
	messagingFaults := flags.String("messaging-faults", "", "`file` with faults of the messaging service as JSON")
	messagingVariant := flags.String("messaging-variant", "", "`names` of variants of the messaging service with commas between them")
	variants := flags.Bool("variants", false, "answer in other forms than the pages show, at random")
	variant := flags.String("variant", "", "`names` of variants with commas between them, for all answers")
	stored := flags.String("stored", "", "`rewriters` of agents' lines: links, cards, emoji, tags, entities, cut=N, with commas between them")
	storedAnswers := flags.String("stored-answers", "", "`rewriters` of the texts in surveys, as for -stored")
	seed := flags.Int64("seed", 0, "`seed` of all that is drawn: with the same one, ids of chats come again after a restart")
	forget := flags.Duration("forget", time.Hour, "`time` after which chats, surveys and logins that are over are forgotten; 0: never")
	caOut := flags.String("ca-out", "", "`file` to write the certificate authority to, as PEM")
	plain := flags.Bool("plain", false, "serve http instead of https")
	manyLogins := flags.Bool("many-logins", false, "a new login of a user leaves the user's other ones alive")
	idle := flags.Duration("session-idle", 0, "`time` without a call after which an agent session ends; 0: never")
	ringLag := flags.Duration("ringing-lag", 0, "`time` for which the ringing count still holds what rings no more")
	if err := flags.Parse(args); err != nil {
		return set, err
	}
	if flags.NArg() > 0 {
		return set, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	host, port, err := net.SplitHostPort(*listen)
	if err != nil {
		return set, fmt.Errorf("-listen: %w", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	set.options = []lptest.Option{
		lptest.WithAddr(net.JoinHostPort(host, port)), lptest.WithAccount(*account), lptest.WithSeed(*seed),
	}
	switch *cookies {
	case "strict":
	case "lenient":
		set.options = append(set.options, lptest.WithLenientCookies())
	default:
		return set, fmt.Errorf("-cookies is strict or lenient, not %q", *cookies)
	}
	if *variants {
		set.options = append(set.options, lptest.WithVariants(lptest.VariantRandom))
	}
	for name := range strings.SplitSeq(*variant, ",") {
		v := lptest.Variant(strings.TrimSpace(name))
		if v == "" {
			continue
		}
		if !slices.Contains(lptest.Variants(), v) {
			return set, fmt.Errorf("-variant: %q is none of %q", v, lptest.Variants())
		}
		set.options = append(set.options, lptest.WithVariants(v))
	}
	for name := range strings.SplitSeq(*messagingVariant, ",") {
		v := messaging.Variant(strings.TrimSpace(name))
		if v == "" {
			continue
		}
		if !slices.Contains(messaging.Variants(), v) {
			return set, fmt.Errorf("-messaging-variant: %q is none of %q", v, messaging.Variants())
		}
		set.options = append(set.options, lptest.WithMessaging(messaging.WithVariants(v)))
	}
	lines, err := lptest.ParseRewriters(*stored)
	if err != nil {
		return set, fmt.Errorf("-stored: %w", err)
	}
	answers, err := lptest.ParseRewriters(*storedAnswers)
	if err != nil {
		return set, fmt.Errorf("-stored-answers: %w", err)
	}
	set.options = append(set.options, lptest.WithStoredText(lines...), lptest.WithStoredAnswers(answers...))
	if *idle < 0 || *ringLag < 0 {
		return set, fmt.Errorf("-session-idle %v or -ringing-lag %v is negative", *idle, *ringLag)
	}
	if *idle > 0 {
		set.options = append(set.options, lptest.WithSessionIdle(*idle))
	}
	if *ringLag > 0 {
		set.options = append(set.options, lptest.WithRingingLag(*ringLag))
	}
	if *manyLogins {
		set.options = append(set.options, lptest.WithManyLogins())
	}
	if *forget < 0 {
		return set, fmt.Errorf("-forget %v is negative", *forget)
	}
	if *forget > 0 {
		set.options = append(set.options, lptest.WithForgetting(*forget))
	}
	if *plain {
		set.options = append(set.options, lptest.WithPlainHTTP())
		if *caOut != "" {
			return set, errors.New("-ca-out makes no sense with -plain")
		}
	}
	if *visitors < 0 || *consumers < 0 {
		return set, fmt.Errorf("-visitors %d or -consumers %d is negative", *visitors, *consumers)
	}
	set.visitors, set.consumers, set.caOut = *visitors, *consumers, *caOut
	if set.script, err = readScript(*script); err != nil {
		return set, err
	}
	if *faults != "" {
		data, err := os.ReadFile(*faults)
		if err != nil {
			return set, fmt.Errorf("-faults: %w", err)
		}
		if set.faults, err = lptest.ParseFaults(data); err != nil {
			return set, fmt.Errorf("-faults: %w", err)
		}
	}
	if *messagingFaults != "" {
		data, err := os.ReadFile(*messagingFaults)
		if err != nil {
			return set, fmt.Errorf("-messaging-faults: %w", err)
		}
		if set.messagingFaults, err = messaging.ParseFaults(data); err != nil {
			return set, fmt.Errorf("-messaging-faults: %w", err)
		}
	}
	return set, nil
}

var usualScript = []string{
	"Hello, is anybody there?",
	"I am looking for a blue umbrella.",
	"How long does the delivery take?",
	"Thank you, that is all.",
}

// readScript reads the visitors' and consumers' lines; without a file they are the usual ones.
func readScript(file string) ([]string, error) {
	if file == "" {
		return usualScript, nil
	}
	data, err := os.ReadFile(file) //nolint:gosec // the file is what the user names
	if err != nil {
		return nil, fmt.Errorf("-script: %w", err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("-script: %s holds no line", file)
	}
	return lines, nil
}
