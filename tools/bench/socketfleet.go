package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/messagingagent"
	"github.com/liveperson-community/liveperson-go/tools/apart"
)

// share is the part of the machine's CPUs that a fleet is to take.
const share = 0.10

// socketFleet measures messaging agents at work, each with three conversations: how long
// a message takes from the consumer to the handler, which answers it, at the rate that
// takes a tenth of the CPUs. The service is in this process, on the same cores, and the
// sockets in memory; what takes CPU is both. It tells of each event, and of the state
// of its conversation after it, as the real one does.
//
// Beside them runs a bare connection, 50 frames a second from one goroutine to another,
// each due at a time: what they are late by is the machine's doing.
func socketFleet(ctx context.Context, b *bench) error {
	for _, n := range b.sizes {
		v, err := crossing(ctx, n)
		if err != nil {
			return fmt.Errorf("%d agents: %w", n, err)
		}
		name := fmt.Sprintf("messaging.fleet.%d.", n)
		goal := 20.0
		if n > 2000 {
			goal = math.NaN()
		}
		b.add(name+"messages", v.rate, "messages/s")
		b.add(name+"cpu", 100*v.cpu, "% of all CPUs")
		b.add(name+"idle_cpu", 100*v.idle, "% of all CPUs")
		b.add(name+"cpu_per_message", v.perMessage, "us/message")
		b.add(name+"latency_p50", v.p50, "ms")
		b.goal(name+"latency_p99", v.p99, "ms", goal)
		b.add(name+"machine_p99", v.machine99, "ms")
		b.add(name+"rss", v.rss, "kB/agent")
		b.add(name+"start", v.start, "s")
	}
	return nil
}

// passage is what a fleet of one size took.
type passage struct{ rate, cpu, idle, perMessage, p50, p99, machine99, rss, start float64 }

// armada is a fleet of messaging agents with its services.
type armada struct {
	notes   ship // the latencies
	lines   []*line
	next    int
	serving sync.WaitGroup
	stop    context.CancelFunc
	shut    func()
}

func crossing(ctx context.Context, n int) (v passage, err error) {
	debug.FreeOSMemory()
	base, began := resident(), time.Now()
	a := &armada{}
	defer a.end()
	if err := a.launch(ctx, n); err != nil {
		return v, err
	}
	v.start, v.rss = time.Since(began).Seconds(), (resident()-base)/float64(n)
	runtime.GC()
	if v.idle, _, err = a.sail(ctx, 0, 5*time.Second); err != nil {
		return v, err
	}
	// Some messages tell what one costs, and that how many make up the share.
	v.rate = min(float64(3*n)/10, 200)
	for range 2 {
		used, messages, err := a.sail(ctx, v.rate, 5*time.Second)
		if err != nil {
			return v, err
		}
		each := max(used-v.idle, 0.01) / messages
		v.rate = max(1, (share-v.idle)/each)
	}
	a.notes.mu.Lock()
	a.notes.latencies = nil
	a.notes.mu.Unlock()
	probe, err := newProbe(ctx)
	if err != nil {
		return v, err
	}
	used, messages, err := a.sail(ctx, v.rate, fleetMeasure)
	v.machine99 = quantile(probe.end(), 0.99)
	if err != nil {
		return v, err
	}
	v.cpu, v.perMessage = used, (used-v.idle)*float64(runtime.NumCPU())/messages*1e6
	a.notes.mu.Lock()
	defer a.notes.mu.Unlock()
	v.rate, v.p50, v.p99 = messages, median(a.notes.latencies), quantile(a.notes.latencies, 0.99)
	if len(a.notes.latencies) == 0 {
		return v, errIncomplete
	}
	return v, nil
}

// sail has consumers say so many messages a second for some time. It returns the part
// of all CPUs that it took, and how many messages a second there were.
func (a *armada) sail(ctx context.Context, rate float64, d time.Duration) (cpu, messages float64, err error) {
	a.notes.measure(true)
	defer a.notes.measure(false)
	start, used, spoken := time.Now(), apart.Used(), 0
	for took := time.Duration(0); took < d; took = time.Since(start) {
		for due := int(rate * took.Seconds()); spoken < due; spoken++ {
			if err := a.lines[a.next%len(a.lines)].sayIn(a.next/len(a.lines)%fleetChats, now()); err != nil {
				return 0, 0, err
			}
			a.next++
		}
		if err := wait(ctx, time.Millisecond); err != nil {
			return 0, 0, err
		}
	}
	took := time.Since(start).Seconds()
	return (apart.Used().CPU - used.CPU).Seconds() / took / float64(runtime.NumCPU()), float64(spoken) / took, nil
}

// launch has all agents log in and serve, each with three conversations.
func (a *armada) launch(ctx context.Context, n int) error {
	board := &switchboard{conversations: fleetChats, shows: true, opened: make(chan *line, 1)}
	shut, transport := inMemory(board)
	via := transport()
	a.shut = func() {
		via.CloseIdleConnections()
		shut()
	}
	ctx, a.stop = context.WithCancel(ctx)
	var busy sync.WaitGroup
	busy.Add(n * fleetChats)
	for i := range n {
		if err := a.board(ctx, via, agentName(i), &busy); err != nil {
			return err
		}
		l, err := board.line(ctx)
		if err != nil {
			return err
		}
		a.lines = append(a.lines, l)
	}
	busy.Wait()
	return nil
}

// board has one agent log in and serve.
func (a *armada) board(ctx context.Context, via http.RoundTripper, name string, busy *sync.WaitGroup) error {
	session, err := login.Login(ctx, "1", login.Password(name, "secret"), login.WithTestServer("http://"+boardHost, via))
	if err != nil {
		return err
	}
	agent, err := messagingagent.Connect(ctx, session)
	if err != nil {
		return err
	}
	handler := func(ctx context.Context, c *messagingagent.Conversation) error {
		busy.Done()
		return a.answer(ctx, c)
	}
	a.serving.Go(func() {
		_ = agent.Serve(ctx, messagingagent.HandlerFunc(handler), messagingagent.WithGrace(0), messagingagent.WithStateOnStop("")) // ends with ctx
		agent.Close()
		session.Close()
	})
	return nil
}

// answer answers each message and notes how long it took to get here.
func (a *armada) answer(ctx context.Context, c *messagingagent.Conversation) error {
	for m, err := range c.Messages(ctx) {
		if err != nil {
			return err
		}
		at, err := strconv.ParseInt(m.Text, 10, 64)
		if err != nil {
			return err
		}
		a.notes.note(float64(time.Now().UnixNano()-at) / 1e6)
		if _, err := c.Send(ctx, messagingagent.Text(said)); err != nil {
			return err
		}
	}
	return nil
}

// end stops the agents and the services.
func (a *armada) end() {
	if a.stop != nil {
		a.stop()
	}
	a.serving.Wait()
	if a.shut != nil {
		a.shut()
	}
}

// probe is a bare connection over which frames go.
type probe struct {
	h     *handset
	stop  context.CancelFunc
	shut  func()
	wg    sync.WaitGroup
	times []float64 // ms
}

func newProbe(ctx context.Context) (*probe, error) {
	board := &switchboard{opened: make(chan *line, 1)}
	shut, transport := inMemory(board)
	h, err := dialHandset(ctx, &http.Client{Transport: transport()}, "http://"+boardHost+"/ws_api/account/1/messaging/brand/b?v=2.1")
	if err != nil {
		shut()
		return nil, err
	}
	p := &probe{h: h, shut: shut}
	ctx, p.stop = context.WithCancel(ctx)
	l, err := board.line(ctx)
	if err != nil {
		p.end()
		return nil, err
	}
	p.wg.Go(func() {
		for at := time.Now(); wait(ctx, time.Until(at)) == nil && l.write(strconv.FormatInt(at.UnixNano(), 10)) == nil; {
			at = at.Add(20 * time.Millisecond) // whatever holds this goroutine up counts
		}
	})
	p.wg.Go(func() {
		for {
			_, data, err := h.conn.Read(ctx)
			at, bad := strconv.ParseInt(string(data), 10, 64)
			if err != nil || bad != nil {
				return
			}
			p.times = append(p.times, float64(time.Now().UnixNano()-at)/1e6)
		}
	})
	return p, nil
}

// end returns how long the frames took.
func (p *probe) end() []float64 {
	p.stop()
	p.wg.Wait()
	_ = p.h.conn.CloseNow()
	p.shut()
	return p.times
}
