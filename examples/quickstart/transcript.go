package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/retry"
)

// transcript prints what happens as it happens: time, who, what. It takes in
// the SDK's statistics and its log.
type transcript struct {
	mu    sync.Mutex
	out   io.Writer
	start time.Time
	calls []retry.Stats
	count map[string]int
	lines []string // sent by the agent, on both channels
}

func newTranscript(out io.Writer) *transcript {
	return &transcript{out: out, start: time.Now(), count: map[string]int{}}
}

func (t *transcript) title(where string) {
	fmt.Fprintf(t.out, "A LivePerson agent's day in brief, on %s\n\n", where)
}

// say prints one line of the transcript.
func (t *transcript) say(who, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n"+strings.Repeat(" ", 25))
	fmt.Fprintf(t.out, "%s  %-9s  %s\n", time.Now().Format("15:04:05.000"), who, text)
}

// add counts something for the summary.
func (t *transcript) add(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count[what]++
}

// sending notes a line or message that the agent has sent.
func (t *transcript) sending(what, line string) {
	t.add(what)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
}

// sent returns the lines and messages that the agent has sent.
func (t *transcript) sent() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.lines)
}

// observe takes in a finished call and mentions it if it did not go smoothly.
func (t *transcript) observe(s retry.Stats) {
	t.mu.Lock()
	t.calls = append(t.calls, s)
	t.mu.Unlock()
	switch {
	case s.Op == "messagingagent.Receipt" && s.Status == http.StatusConflict: // the conversation is closed by now
	case s.Status == 0:
		t.say("sdk", "%s: no answer after %s", s.Op, tries(s.Tries))
	case s.Tries > 1:
		t.say("sdk", "%s: %d after %s and %s", s.Op, s.Status, tries(s.Tries), short(s.Duration))
	case s.Status >= 300:
		t.say("sdk", "%s: answered %d", s.Op, s.Status)
	case s.Err != nil:
		t.say("sdk", "%v", s.Err)
	}
}

// summary prints the calls made, how long they took, and how it all ended.
func (t *transcript) summary(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	type row struct {
		op             string
		calls, tries   int
		total, longest time.Duration
	}
	rows := map[string]*row{}
	var all row
	for _, s := range t.calls {
		r := rows[s.Op]
		if r == nil {
			r = &row{op: s.Op}
			rows[s.Op] = r
		}
		for _, r := range []*row{r, &all} {
			r.calls++
			r.tries += s.Tries
			r.total += s.Duration
			r.longest = max(r.longest, s.Duration)
		}
	}
	sorted := make([]*row, 0, len(rows))
	for _, r := range rows {
		sorted = append(sorted, r)
	}
	slices.SortFunc(sorted, func(a, b *row) int { return cmp.Compare(a.op, b.op) })
	fmt.Fprintf(t.out, "\n%-31s %6s %9s %10s %10s\n", "call", "calls", "tries", "mean", "longest")
	for _, r := range sorted {
		mean := r.total / time.Duration(r.calls)
		fmt.Fprintf(t.out, "%-31s %6d %9d %10s %10s\n", r.op, r.calls, r.tries, short(mean), short(r.longest))
	}
	verdict := "OK: every step took effect"
	if err != nil {
		verdict = "FAILED: " + strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	fmt.Fprintf(t.out, "\n%s. %d chat, %d lines in, %d lines out; %d conversation, %d messages in, %d messages out; %d survey submitted; %d calls, %d tries, %v.\n",
		verdict, t.count["chat"], t.count["line in"], t.count["line out"], t.count["conversation"], t.count["message in"], t.count["message out"], t.count["survey"],
		all.calls, all.tries, time.Since(t.start).Round(100*time.Millisecond))
}

func short(d time.Duration) string {
	if d >= time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return fmt.Sprintf("%.1fms", float64(d.Microseconds())/1000)
}

func tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return fmt.Sprintf("%d tries", n)
}

// Enabled makes the transcript a slog.Handler for the SDK's log.
func (t *transcript) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

// Handle prints one record of the SDK's log.
func (t *transcript) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		value := a.Value.String()
		if a.Value.Kind() == slog.KindDuration {
			value = a.Value.Duration().Round(100 * time.Millisecond).String()
		}
		if a.Key != "try" && a.Key != "method" && value != "<nil>" {
			text += "  " + a.Key + "=" + value
		}
		return true
	})
	t.say("sdk", "%s", text)
	return nil
}

// WithAttrs and WithGroup are not used by the SDK.
func (t *transcript) WithAttrs([]slog.Attr) slog.Handler { return t }

// WithGroup returns t.
func (t *transcript) WithGroup(string) slog.Handler { return t }
