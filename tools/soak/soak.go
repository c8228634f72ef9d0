package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/tools/apart"
)

const (
	drainLimit  = 8 * time.Minute
	stopLimit   = 3 * time.Minute // of agents, once they are told to stop
	sampleEvery = 10 * time.Second
	// mostFindings are shown with the journal of their chat.
	mostFindings = 5
)

// run is one soak under way.
type run struct {
	plan    plan
	out     *screen
	fleet   *fleet
	ask     askFunc
	began   time.Time
	phase   string
	world   totals
	result  result
	steady  []sample
	last    sample
	shown   int
	told    int            // conversations that seemed to be forgotten
	ends    map[string]int // of judged chats
	replies int            // that arrived in judged chats
	unsure  int            // lines of those whose reply Send was unsure of
	arrived int            // those replies of them that arrived all the same
}

// soak runs a plan. ctx ends it early, in order.
func soak(ctx context.Context, p plan, out io.Writer, terminal bool) (verdict, error) {
	child, err := apart.Start(ctx, p)
	if err != nil {
		return verdict{}, err
	}
	r := newRun(p, services{child.Account(), child.Transport()}, child.Ask, newScreen(out, terminal))
	r.play(ctx, child.Done(), child.Transport().CloseIdleConnections)
	ours := apart.Used()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	theirs, err := child.Stop(stopping, &r.world)
	r.result.childFailed = errors.Join(r.result.childFailed, err)
	v := r.conclude()
	r.summary(v, ours, theirs)
	return v, nil
}

type askFunc func(ctx context.Context, name string, args, answer any) error

func newRun(p plan, at services, ask askFunc, out *screen) *run {
	r := &run{plan: p, out: out, fleet: newFleet(p, at), ask: ask, ends: map[string]int{}}
	r.result = result{plan: p, found: map[string]int{}, fought: map[string]int{}}
	return r
}

// play runs the fleet from its logins to its logouts.
func (r *run) play(ctx context.Context, gone <-chan struct{}, hangUp func()) {
	life := context.WithoutCancel(ctx)
	before := look(0, 0)
	r.last = before
	agents, stopAgents := context.WithCancel(life)
	defer stopAgents()
	r.began = time.Now()
	r.result.childFailed = errors.Join(r.ask(life, "people", nil, &r.fleet.people), r.ask(life, "skills", nil, &r.fleet.skills))
	if r.result.childFailed == nil {
		r.fleet.start(agents)
		r.result.childFailed = r.watch(ctx, gone)
	}
	stopAgents()
	r.result.stuck = r.fleet.await(stopLimit)
	r.settle(life, true)
	hangUp()
	r.result.leaked = leaked(before.goroutines)
	r.result.flat = compare(r.steady, before)
}

// watch starts the visitors, shows how it goes, and returns when the last chat
// is over.
func (r *run) watch(ctx context.Context, gone <-chan struct{}) error {
	life := context.WithoutCancel(ctx)
	if err := r.ask(life, "start", nil, nil); err != nil {
		return err
	}
	r.phase = "running"
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	end := time.NewTimer(r.plan.For)
	defer end.Stop()
	every := min(sampleEvery, r.plan.For/20)
	sampled := r.began.Add(min(r.plan.For/10, 30*time.Second)) // the start is not steady
	stopping, busy := ctx.Done(), r.began
	var limit <-chan time.Time
	drain := func() error {
		r.result.ran = time.Since(r.began)
		r.phase = "draining"
		limit = time.After(drainLimit)
		return r.ask(life, "drain", nil, nil)
	}
	for {
		select {
		case <-gone:
			return apart.ErrGone
		case <-stopping:
			stopping, r.result.interrupted = nil, true
			r.out.note("interrupted: the running chats come to their end")
			if r.phase == "running" {
				if err := drain(); err != nil {
					return err
				}
			}
		case <-end.C:
			if r.phase == "running" {
				if err := drain(); err != nil {
					return err
				}
			}
		case <-limit:
			r.result.notDrained = max(r.world.Visitors, r.fleet.ledger.handlers())
			return nil
		case now := <-tick.C:
			if err := r.ask(life, "totals", nil, &r.world); err != nil {
				return err
			}
			r.settle(life, false)
			r.forgotten(life)
			if news := r.fleet.ledger.news(); len(news) > 0 {
				if err := r.ask(life, "unconfirmed", news, nil); err != nil {
					return err
				}
			}
			if now.Sub(sampled) >= every {
				sampled = now
				r.last = look(r.world.Running, int(r.fleet.serving.Load()))
				if r.phase == "running" {
					r.steady = append(r.steady, r.last)
				}
			}
			r.show(now)
			if r.world.Visitors > 0 || r.fleet.ledger.handlers() > 0 {
				busy = now
			}
			if r.phase == "draining" && now.Sub(busy) > settleAfter {
				return nil
			}
		}
	}
}

// settle judges the chats that are over; all says that no handler is left.
func (r *run) settle(ctx context.Context, all bool) {
	here := r.fleet.here
	if all {
		here = nil
	}
	ids := r.fleet.ledger.done(here)
	if len(ids) == 0 {
		return
	}
	if all {
		_ = pause(ctx, settleAfter)
	}
	var records map[string]*record
	if err := r.ask(ctx, "settle", ids, &records); err != nil {
		return // the child is gone; watch tells
	}
	for id, rec := range records {
		e := r.fleet.ledger.take(id)
		if rec == nil {
			if e.silent() {
				continue // a handler came late to what another agent has brought to its end
			}
			r.result.unknown++
			r.out.note(fmt.Sprintf("unknown to the server: chat %s, of which lines %v were handled by %v, with %v", id, e.lines, e.agents, e.outcomes))
			continue
		}
		r.result.judged++
		r.ends[rec.End]++
		r.replies += len(rec.Replies)
		r.count(rec, e)
		r.judge(ctx, rec, e)
	}
}

// judge counts what is found in a chat. Two processes that fight for one agent
// lose chats to each other, and may answer twice before they know of each other;
// lines are not lost for that.
func (r *run) judge(ctx context.Context, rec *record, e *entry) {
	found := judge(rec, e)
	if rec.End == endedByPlatform {
		var refused []refusal
		err := r.ask(ctx, "refusals", orphan{rec.Chat, rec.Agent, rec.Over}, &refused)
		if err == nil && starved(rec.Over, refused, r.fleet.spansOf(rec.Agent)) {
			r.result.abandoned++
		} else {
			found = append(found, finding{orphaned, rec.Chat, 0, "its agent was there, and did not ask for it"})
		}
	}
	fought := slices.ContainsFunc(append(e.agents, rec.Agent), func(agent string) bool { return r.fleet.fights(agent, rec.Began, rec.Over) })
	for _, f := range found {
		if fought && f.kind != lost && f.kind != strayed {
			r.result.fought[f.kind]++
			continue
		}
		if r.result.found[f.kind]++; f.kind != belated {
			r.report(ctx, f, rec, e)
		}
	}
}

// count counts the replies that Send was unsure of.
func (r *run) count(rec *record, e *entry) {
	there := map[int]bool{}
	for _, a := range rec.Replies {
		there[a.N] = true
	}
	for n, o := range e.outcomes {
		if o != unconfirmed {
			continue
		}
		r.unsure++
		if there[n] {
			r.arrived++
		}
	}
}

// report shows a finding, and the first ones with their chat's requests.
func (r *run) report(ctx context.Context, f finding, rec *record, e *entry) {
	r.out.note(fmt.Sprintf("FOUND  seed %d, %s (%s, ended by %s, %d lines, agent %s)", r.plan.Seed, f, rec.Visitor, rec.End, rec.Said, rec.Agent))
	if r.shown++; r.shown > mostFindings {
		return
	}
	if e != nil {
		r.out.note("  " + strings.ReplaceAll(e.String(), "\n", "\n  "))
	}
	of := orphan{Chat: rec.Chat}
	if f.kind == orphaned {
		of.Agent, of.Over = rec.Agent, rec.Over
	}
	var lines []string
	if err := r.ask(ctx, "journal", of, &lines); err == nil {
		r.out.note("  " + strings.Join(lines, "\n  "))
	}
}

// conclude takes over what the last totals of the world say, and judges.
func (r *run) conclude() verdict {
	r.result.unsure = r.unsure
	r.result.late = int(r.fleet.late.Load())
	r.result.rates = r.world.Rates
	r.result.lines = r.fleet.ledger.counts().in
	r.result.surveys = r.fleet.ledger.counts().surveys[surveySubmitted]
	r.result.strayCalls, r.result.astray = r.world.Strays+r.world.BadJars, r.world.Astray
	for _, n := range r.world.Faults {
		r.result.faults += n
	}
	return r.result.verdict()
}

// leaked waits until the goroutines of the fleet are gone, and counts the rest.
func leaked(before int) int {
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return 0
		}
		time.Sleep(100 * time.Millisecond)
	}
	return runtime.NumGoroutine() - before
}

// stacks shows where the goroutines are.
func stacks(w io.Writer) { _ = pprof.Lookup("goroutine").WriteTo(w, 1) }
