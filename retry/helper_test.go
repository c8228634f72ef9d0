package retry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

// network connects clients and servers without sockets, so that a bubble's
// time can run.
type network struct {
	mu     sync.Mutex
	hosts  map[string]*listener
	dialed map[string]int
}

func newNetwork() *network {
	return &network{hosts: map[string]*listener{}, dialed: map[string]int{}}
}

func (n *network) listen(addr string) *listener {
	l := &listener{conns: make(chan net.Conn), done: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[addr] = l
	return l
}

func (n *network) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.dialed[addr]++
	l := n.hosts[addr]
	n.mu.Unlock()
	refused := &net.OpError{Op: "dial", Net: "mem", Err: syscall.ECONNREFUSED}
	if l == nil {
		return nil, refused
	}
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, refused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// dials is how often a connection to addr was opened.
func (n *network) dials(addr string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dialed[addr]
}

type listener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *listener) Addr() net.Addr { return &net.UnixAddr{Net: "mem", Name: "mem"} }

// received is a request as the server saw it.
type received struct {
	method, uri, body string
	header            http.Header
	at                time.Time
}

// server answers its n-th request with the n-th handler of its script, and all
// further ones with the last.
type server struct {
	transport *http.Transport
	network   *network

	mu  sync.Mutex
	got []received
}

const (
	addr = "api.example:80"
	base = "http://api.example"
)

func newServer(t *testing.T, script ...http.HandlerFunc) *server {
	t.Helper()
	n := newNetwork()
	s := &server{network: n, transport: &http.Transport{DialContext: n.dial}}
	hs := &http.Server{ReadHeaderTimeout: time.Hour, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		i := min(len(s.got), len(script)-1)
		s.got = append(s.got, received{r.Method, r.RequestURI, string(body), r.Header.Clone(), time.Now()})
		s.mu.Unlock()
		script[i](w, r)
	})}
	l := n.listen(addr)
	var wg sync.WaitGroup
	wg.Go(func() { _ = hs.Serve(l) })
	t.Cleanup(func() {
		s.transport.CloseIdleConnections()
		assert.NoError(t, hs.Close())
		wg.Wait()
	})
	return s
}

func (s *server) requests() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.got...)
}

func (s *server) count() int { return len(s.requests()) }

// pauses are the times between the requests.
func (s *server) pauses() []time.Duration {
	var p []time.Duration
	got := s.requests()
	for i := 1; i < len(got); i++ {
		p = append(p, got[i].at.Sub(got[i-1].at))
	}
	return p
}

// with follows the policy without jitter, unless opts say otherwise.
func (s *server) with(opts ...retry.Option) *retry.Transport {
	return newTransport(append([]retry.Option{
		retry.WithTransport(s.transport), retry.WithPolicy(retry.Policy{Jitter: -1}),
	}, opts...)...)
}

// client is with as a plain client.
func (s *server) client(opts ...retry.Option) *http.Client {
	return wrap(&http.Client{Transport: s.with(opts...)})
}

// atOnce has no pauses, for tests outside of a bubble.
var atOnce = retry.WithPolicy(retry.Policy{Waits: []time.Duration{0, 0, 0}, RateLimitWait: 1})

func newTransport(opts ...retry.Option) *retry.Transport { return must(retry.NewTransport(opts...)) }

func wrap(hc *http.Client, opts ...retry.Option) *http.Client { return must(retry.Wrap(hc, opts...)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// get is a call that may be repeated, post one that may not.
func get() *retry.Call {
	return &retry.Call{Op: "x.Get", Method: http.MethodGet, URL: must(url.Parse(base + "/")), Header: http.Header{}, Idempotent: true}
}

func post() *retry.Call {
	c := get()
	c.Op, c.Method, c.Body, c.Idempotent = "x.Post", http.MethodPost, []byte("line"), false
	return c
}

// either is get and post.
var either = map[string]func() *retry.Call{"idempotent": get, "once": post}

// each runs f for every row, in a bubble of its own.
func each[T any](t *testing.T, rows map[string]T, f func(t *testing.T, row T)) {
	t.Helper()
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { f(t, row) })
		})
	}
}

func hs(h ...http.HandlerFunc) []http.HandlerFunc { return h }

func status(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

var ok = status(200, `{"ok":true}`)

// wire writes bytes as they are and closes the connection.
func wire(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
}

var (
	reset      = wire("")
	cutLength  = wire("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":")
	cutChunked = wire("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"ok\":\r\n")
)

// hang answers nothing until the client gives up.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// hangInBody answers half and then nothing more.
func hangInBody(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"ok":`)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// fetch makes one plain request and returns its answer, with the body read.
func fetch(ctx context.Context, t *testing.T, c *http.Client, method, url, body string) (*http.Response, string, error) {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	require.NoError(t, err)
	resp, err := c.Do(req)
	if err != nil {
		assert.Nil(t, resp)
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err, "a body in memory")
	return resp, string(b), nil
}

// outcome says in a word or two how a call ended.
func outcome(a retry.Answer, err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case err == nil:
		return fmt.Sprint(a.Status)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "cut"
	case errors.Is(err, io.EOF):
		return "reset"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "unreachable"
	case errors.Is(err, liveperson.ErrMalformed):
		return "malformed"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "time-out"
	}
	return err.Error()
}

// roundTripper makes a function a RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is a response that did not come over a connection.
func answer(req *http.Request, code int, body string) *http.Response {
	return &http.Response{
		StatusCode: code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

// contextWithCancelAfter is cancelled, not timed out, after d.
func contextWithCancelAfter(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(d, cancel)
	return ctx, func() { timer.Stop(); cancel() }
}
