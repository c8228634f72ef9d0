package messagingagent

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// socketServer is domain look-ups, logins and the web socket over pipes in memory, of
// literal answers. Bearers are tokenOf(1), tokenOf(2) …; the last one is good.
type socketServer struct {
	t       *testing.T
	conns   chan net.Conn
	done    chan struct{}
	http    *http.Server
	serving sync.WaitGroup
	via     *http.Transport
	log     bytes.Buffer // of the link and of the session

	// Set before the first call.
	refuse func(try int) int // the status of the n-th upgrade, from 1; 0 to make it
	deaf   bool              // sockets are not read from
	store  http.HandlerFunc  // the file store
	puts   roundTrip         // what becomes of requests to it, nil: store says

	badLogins atomic.Bool // from the second login on: 500

	mu       sync.Mutex
	mute     bool   // GetClock is not answered
	clock    string // the answer to it
	logins   int
	upgrades []upgrade
	peers    chan *peer
}

// roundTrip is an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type upgrade struct {
	at  time.Time
	uri string
	ua  string
}

// canary stands in every bearer, with what has to be escaped.
const canary = "canary/7f41"

func tokenOf(n int) string { return fmt.Sprintf("%s %d", canary, n) }

const account = "12345678"

func newSocketServer(t *testing.T) *socketServer {
	t.Helper()
	s := &socketServer{
		t: t, conns: make(chan net.Conn), done: make(chan struct{}), peers: make(chan *peer, 1000),
		clock: `{"currentTime":946684800000}`,
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.via = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		client, server := net.Pipe()
		select {
		case s.conns <- server:
			return client, nil
		case <-s.done:
			return nil, net.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	s.serving.Go(func() { _ = s.http.Serve(s) })
	t.Cleanup(func() {
		close(s.done)
		s.via.CloseIdleConnections()
		s.serving.Wait()
		_ = s.http.Close()
	})
	return s
}

// Accept, Close and Addr make it a listener.
func (s *socketServer) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.done:
		return nil, net.ErrClosed
	}
}

func (s *socketServer) Close() error   { return nil }
func (s *socketServer) Addr() net.Addr { return &net.TCPAddr{} }

func (s *socketServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/asyncMessagingEnt/baseURI.json"), strings.HasSuffix(path, "/service/baseURI.json"):
		_, _ = io.WriteString(w, `{"baseURIs":[{"service":"agentVep","baseURI":"lp.test"},{"service":"asyncMessagingEnt","baseURI":"lp.test"},{"service":"swift","baseURI":"lp.test"}]}`)
	case strings.HasSuffix(path, "/login"):
		s.mu.Lock()
		s.logins++
		n := s.logins
		s.mu.Unlock()
		if s.badLogins.Load() && n > 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprintf(w, `{"csrf":"c","config":{"userId":"3550017","userPid":"a6e1"},"sessionTTl":"28800000","bearer":"%s"}`, tokenOf(n))
	case strings.HasPrefix(path, "/ws_api/"):
		s.upgrade(w, r)
	case strings.HasPrefix(path, "/v1/") && s.store != nil:
		s.store(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *socketServer) upgrade(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.upgrades = append(s.upgrades, upgrade{time.Now(), r.RequestURI, r.UserAgent()})
	try := len(s.upgrades)
	s.mu.Unlock()
	if s.refuse != nil {
		if status := s.refuse(try); status != 0 {
			http.Error(w, "no "+r.RequestURI, status)
			return
		}
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	conn.SetReadLimit(-1)
	p := &peer{s: s, conn: conn, frames: make(chan string, 1000), done: make(chan struct{}), opened: time.Now()}
	p.ctx, p.cut = context.WithCancel(context.Background())
	defer p.cut()
	s.peers <- p
	if s.deaf {
		select {
		case <-s.done:
		case <-p.ctx.Done():
		}
		_ = conn.CloseNow()
		return
	}
	stop := context.AfterFunc(p.ctx, func() { _ = conn.CloseNow() })
	defer stop()
	go func() { // the end of the server is that of its sockets
		select {
		case <-s.done:
			p.cut()
		case <-p.ctx.Done():
		}
	}()
	p.read()
}

// peer is the service's end of one socket.
type peer struct {
	s      *socketServer
	conn   *websocket.Conn
	opened time.Time
	ctx    context.Context
	cut    context.CancelFunc // without a close frame
	frames chan string        // but those of GetClock
	done   chan struct{}      // nothing is read any more

	mu     sync.Mutex
	clocks []time.Time // GetClock
	err    error       // why
}

func (p *peer) read() {
	defer close(p.done)
	for {
		typ, data, err := p.conn.Read(context.Background())
		if err != nil {
			p.mu.Lock()
			p.err = err
			p.mu.Unlock()
			return
		}
		assert.Equal(p.s.t, websocket.MessageText, typ)
		frame := string(data)
		before, isClock := strings.CutSuffix(frame, `","type":".GetClock","body":{}}`)
		if !isClock {
			p.frames <- frame
			continue
		}
		p.mu.Lock()
		p.clocks = append(p.clocks, time.Now())
		p.mu.Unlock()
		p.s.mu.Lock()
		mute, clock := p.s.mute, p.s.clock
		p.s.mu.Unlock()
		if !mute {
			id := strings.TrimPrefix(before, `{"kind":"req","id":"`)
			p.send(`{"kind":"resp","reqId":"` + id + `","code":200,"type":".GetClock$Response","body":` + clock + `}`)
		}
	}
}

func (p *peer) send(frames ...string) {
	for _, f := range frames {
		_ = p.conn.Write(context.Background(), websocket.MessageText, []byte(f))
	}
}

// want waits for the next frame, and compares it.
func (p *peer) want(frame string) {
	p.s.t.Helper()
	assert.Equal(p.s.t, frame, p.next())
}

// next is the next frame; "" if none comes within an hour, or at all.
func (p *peer) next() string {
	select {
	case f := <-p.frames:
		return f
	case <-p.done:
		select {
		case f := <-p.frames:
			return f
		default:
			return ""
		}
	case <-time.After(time.Hour):
		return ""
	}
}

// none says that no frame has come.
func (p *peer) none() {
	p.s.t.Helper()
	synctest.Wait()
	assert.Empty(p.s.t, p.frames)
}

func (p *peer) closeWith(code int, reason string) {
	_ = p.conn.Close(websocket.StatusCode(code), reason)
}

// clocks has GetClock answered with that body; "" not at all.
func (s *socketServer) clocks(body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute, s.clock = body == "", body
}

// accept is the next socket that is opened.
func (s *socketServer) accept() *peer {
	s.t.Helper()
	select {
	case p := <-s.peers:
		return p
	case <-time.After(24 * time.Hour):
		require.Fail(s.t, "no socket was opened")
		return nil
	}
}

func (s *socketServer) tries() []upgrade {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]upgrade(nil), s.upgrades...)
}

func (s *socketServer) loginCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// login logs in at the server.
func (s *socketServer) login(creds login.Credentials, opts ...login.Option) *login.Session {
	s.t.Helper()
	client, err := retry.NewClient(retry.WithTransport(s.via), retry.WithPolicy(retry.Policy{Jitter: -1}))
	require.NoError(s.t, err)
	via := roundTrip(func(r *http.Request) (*http.Response, error) {
		if s.puts != nil && strings.HasPrefix(r.URL.Path, "/v1/") {
			return s.puts(r)
		}
		return s.via.RoundTrip(r)
	})
	session, err := login.Login(s.t.Context(), account, creds, append([]login.Option{
		login.WithHTTPClient(client), login.WithTestServer("http://lp.test", via), login.WithoutRefresh(),
		login.WithLogger(slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
	}, opts...)...)
	require.NoError(s.t, err)
	s.t.Cleanup(session.Close)
	return session
}

// running is a link that runs.
type running struct {
	*link
	stop context.CancelFunc
	over chan struct{} // closed when run has returned
	err  error         // of run

	mu    sync.Mutex
	notes []notification
	downs []downNote
}

type downNote struct {
	at, until time.Time
	err       error
}

// link starts a link. What it is not given has the defaults.
func (s *socketServer) link(cfg linkConfig) *running {
	s.t.Helper()
	r := &running{over: make(chan struct{})}
	if cfg.session == nil {
		cfg.session = s.login(login.Password("bot", "secret"))
	}
	cfg.service, cfg.version = cmp.Or(cfg.service, domain.AsyncMessagingEnt), "2.1"
	cfg.patience = cmp.Or(cfg.patience, 30*time.Second)
	cfg.log = slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	notify := cfg.notify
	cfg.notify = func(n notification) {
		r.mu.Lock()
		r.notes = append(r.notes, n)
		r.mu.Unlock()
		if notify != nil {
			notify(n)
		}
	}
	cfg.down = func(err error, until time.Time) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.downs = append(r.downs, downNote{time.Now(), until, err})
	}
	r.link = newLink(cfg)
	var ctx context.Context
	ctx, r.stop = context.WithCancel(s.t.Context())
	go func() {
		defer close(r.over)
		r.err = r.run(ctx)
	}()
	s.t.Cleanup(func() {
		r.stop()
		<-r.over
		out := s.log.String()
		for _, d := range r.downs {
			out += printed(d.err)
		}
		out += printed(r.err)
		leaks(s.t, out)
	})
	return r
}

// up waits until the link is ready.
func (r *running) up(t *testing.T) {
	t.Helper()
	require.NoError(t, r.ready(t.Context()))
}

func (r *running) told() []notification {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]notification(nil), r.notes...)
}

func (r *running) fell() []downNote {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]downNote(nil), r.downs...)
}

// printed is v in all ways of printing.
func printed(v any) string {
	return addresses.ReplaceAllString(fmt.Sprintf("%v\n%+v\n%#v\n%q\n", v, v, v, v), "")
}

// addresses are those of values in memory, which may look like anything.
var addresses = regexp.MustCompile(`0x[0-9a-f]+`)

// leaks fails if a bearer is in out.
func leaks(t *testing.T, out string) {
	t.Helper()
	assert.NotContains(t, strings.ToLower(out), "canary")
	assert.NotContains(t, out, "7f41")
}

// outcome is what became of a request.
type outcome struct {
	response
	err error
	at  time.Time
}

// begin makes a request on a goroutine of its own.
func (r *running) begin(ctx context.Context, req request) <-chan outcome {
	c := make(chan outcome, 1)
	go func() {
		resp, err := r.do(ctx, req)
		c <- outcome{resp, err, time.Now()}
	}()
	return c
}

// ask is a request for tests.
func ask(n int) request {
	return request{op: "messagingagent.Test", typ: ".ams.test.Ask", body: map[string]int{"n": n}}
}

func askFrame(id, n int) string {
	return fmt.Sprintf(`{"kind":"req","id":"%d","type":".ams.test.Ask","body":{"n":%d}}`, id, n)
}
