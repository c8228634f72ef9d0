package main

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
	"github.com/liveperson-community/liveperson-go/tools/apart"
)

// defaultSizes of the fleets, each agent with three chats whose visitors say a line
// every 10 s and get an answer.
const defaultSizes = "250,500,1000,2000,4000"

const (
	fleetChats   = 3
	fleetEvery   = 10 * time.Second
	fleetMeasure = 20 * time.Second
)

// fleet measures agents at work over TLS on loopback, the fake services in
// another process. Both share the machine's cores.
func fleet(ctx context.Context, b *bench) error {
	largest, first, last := 0, 0.0, 0.0
	for _, n := range b.sizes {
		r, err := sail(ctx, n)
		if err != nil {
			return fmt.Errorf("%d agents: %w", n, err)
		}
		name := fmt.Sprintf("fleet.%d.", n)
		b.add(name+"cpu", r.cpu, "ms/agent/s")
		b.add(name+"cores", r.cores, "cores")
		b.add(name+"fake_cores", r.fakeCores, "cores")
		b.add(name+"rss", r.rss, "kB/agent")
		b.add(name+"connections", r.connections, "connections")
		b.add(name+"latency_p50", r.p50, "ms")
		b.add(name+"latency_p99", r.p99, "ms")
		b.add(name+"beyond_p50", r.beyond50, "ms")
		b.add(name+"beyond_p99", r.beyond99, "ms")
		b.add(name+"poll_gap_p99", r.pace.P99, "s")
		b.add(name+"late_polls", 100*r.pace.Late, "%")
		b.add(name+"chats", float64(r.pace.Chats), "chats")
		if r.pace.Late == 0 && r.pace.Chats == n*fleetChats && largest < n {
			largest = n
		}
		if first == 0 {
			first = r.cpu
		}
		last = r.cpu
	}
	b.add("fleet.largest_on_time", float64(largest), "agents")
	b.goal("fleet.cpu_growth", last/first, "ratio", 1.2)
	return nil
}

// voyage is what a fleet took.
type voyage struct {
	cpu, cores, fakeCores, rss, connections float64
	p50, p99, beyond50, beyond99            float64
	pace                                    pace
}

// ship is a fleet of one size.
type ship struct {
	child  *apart.Process
	conns  atomic.Int64
	client *http.Client
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu        sync.Mutex
	on        bool
	latencies []float64 // ms
	first     time.Time // when the first line came
}

func sail(ctx context.Context, n int) (v voyage, err error) {
	debug.FreeOSMemory()
	base := resident()
	s, err := launch(ctx, scene{Agents: n, Chats: fleetChats, Every: fleetEvery})
	if err != nil {
		return v, err
	}
	defer func() {
		if stopErr := s.end(ctx); err == nil {
			err = stopErr
		}
	}()
	if err := s.child.Ask(ctx, "visitors", nil, nil); err != nil {
		return v, err
	}
	if err := wait(ctx, 8*time.Second); err != nil { // until all chats have been accepted
		return v, err
	}
	runtime.GC()
	if err := s.child.Ask(ctx, "begin", nil, nil); err != nil {
		return v, err
	}
	fake, err := s.child.Usage(ctx)
	if err != nil {
		return v, err
	}
	s.measure(true)
	start, used := time.Now(), apart.Used()
	if err := wait(ctx, fleetMeasure); err != nil {
		return v, err
	}
	took, cpu := time.Since(start).Seconds(), (apart.Used().CPU - used.CPU).Seconds()
	s.measure(false)
	fakeAfter, err := s.child.Usage(ctx)
	if err != nil {
		return v, err
	}
	if err := s.child.Ask(ctx, "pace", nil, &v.pace); err != nil {
		return v, err
	}
	v.cores, v.fakeCores, v.cpu = cpu/took, (fakeAfter.CPU-fake.CPU).Seconds()/took, 1000*cpu/took/float64(n)
	v.rss, v.connections = (resident()-base)/float64(n), float64(s.conns.Load())
	s.mu.Lock()
	defer s.mu.Unlock()
	var beyond []float64
	for _, l := range s.latencies {
		beyond = append(beyond, max(0, l-1000*chatagent.MinPollInterval.Seconds()))
	}
	v.p50, v.p99 = median(s.latencies), quantile(s.latencies, 0.99)
	v.beyond50, v.beyond99 = median(beyond), quantile(beyond, 0.99)
	if len(s.latencies) == 0 {
		return v, errIncomplete
	}
	return v, nil
}

// launch has all agents log in and serve.
func launch(ctx context.Context, sc scene) (*ship, error) {
	child, err := apart.Start(ctx, sc)
	if err != nil {
		return nil, err
	}
	s := &ship{child: child}
	transport := child.Transport().Clone()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		s.conns.Add(1)
		return &counted{Conn: c, of: &s.conns}, nil
	}
	transport.MaxIdleConnsPerHost, transport.MaxIdleConns = 512, 0 // as the SDK's own
	if s.client, err = retry.NewClient(retry.WithTransport(transport)); err != nil {
		return s, err
	}
	serving, cancel := context.WithCancel(ctx)
	s.cancel = cancel
	domains, err := domain.New(domain.WithHTTPClient(s.client))
	if err != nil {
		return s, err
	}
	errs, free := make(chan error, sc.Agents), make(chan struct{}, 16)
	for i := range sc.Agents {
		free <- struct{}{}
		go func() {
			defer func() { <-free }()
			errs <- s.board(serving, domains, agentName(i))
		}()
	}
	for range sc.Agents {
		if e := <-errs; e != nil {
			err = e
		}
	}
	if err != nil {
		_ = s.end(ctx) // the first error says more
	}
	return s, err
}

// board has one agent log in and serve.
func (s *ship) board(ctx context.Context, domains *domain.Client, name string) error {
	session, err := login.Login(ctx, s.child.Account(), login.Password(name, "secret"), login.WithHTTPClient(s.client), login.WithDomains(domains))
	if err != nil {
		return err
	}
	agent, err := chatagent.Start(ctx, session)
	if err != nil {
		return err
	}
	if err := agent.SetAvailability(ctx, chatagent.Online); err != nil {
		return err
	}
	s.wg.Go(func() {
		_ = agent.Serve(ctx, chatagent.HandlerFunc(s.answer), chatagent.WithGrace(0)) // ends with ctx
		_ = session.Logout(context.WithoutCancel(ctx))
	})
	return nil
}

// answer answers each line and notes how long it took to get here.
func (s *ship) answer(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		at, err := strconv.ParseInt(line.Text, 10, 64)
		if err != nil {
			return err
		}
		s.note(float64(time.Now().UnixNano()-at) / 1e6)
		if _, err := chat.Send(ctx, chatagent.Text("Thank you, I am looking into that for you.")); err != nil {
			return err
		}
	}
	return nil
}

func (s *ship) note(ms float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		if s.first.IsZero() {
			s.first = time.Now()
		}
		s.latencies = append(s.latencies, ms)
	}
}

func (s *ship) measure(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = on
}

// end stops the agents and the other process.
func (s *ship) end(ctx context.Context) error {
	s.cancel()
	s.wg.Wait()
	s.client.CloseIdleConnections()
	_, err := s.child.Stop(context.WithoutCancel(ctx), nil)
	return err
}

// counted is a connection that is counted while it is open.
type counted struct {
	net.Conn
	of   *atomic.Int64
	once sync.Once
}

// Close closes the connection.
func (c *counted) Close() error {
	c.once.Do(func() { c.of.Add(-1) })
	return c.Conn.Close()
}

// resident is the memory of this process in kB, where the system tells.
func resident() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return math.NaN()
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			if err == nil {
				return kb
			}
		}
	}
	return math.NaN()
}
