package lptest

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// memHost is the host name of a server made by NewMemory.
const memHost = "lptest.liveperson.net"

// Server is the fake: the Domain, Login, Chat Agent and Agent Survey runtime
// services of one account. All of its methods may be called from several
// goroutines at once.
type Server struct {
	cfg    config
	host   string
	hostOf map[string][]Service // hosts given by WithBaseURIs
	// everywhere says that the server listens on all addresses: then it goes
	// by any name with its port.
	everywhere bool
	listener   net.Listener
	http       *http.Server
	transport  *http.Transport
	authority  *authority
	routes     routeTable
	messaging  *messaging.Service

	done    chan struct{}  // closed by Close: whoever waits gives up
	running sync.WaitGroup // the accept loop, connections and timers

	mu     sync.Mutex // guards everything below
	closed bool
	world
	staffChanges  int                      // how often users or skills changed
	conversations map[string]*conversation // of the messaging service
	journal       journal
	faults        faultList
	draws         map[string]uint64
	cookies       int // how many FaultCookies has set

	lineRewriters  []Rewriter
	replyRewriters []Rewriter
}

// NewServer starts a fake on a real TLS listener, on 127.0.0.1 with a free
// port. It panics when that fails, as httptest.NewServer does; Start returns
// the error instead.
func NewServer(opts ...Option) *Server {
	s, err := Start(opts...)
	if err != nil {
		panic(err)
	}
	return s
}

// NewMemory starts a fake whose listener is in memory. Over it, everything
// that waits is durably blocked in the sense of testing/synctest, so that a
// bubble around client and fake runs in virtual time. It panics on a bad option.
func NewMemory(opts ...Option) *Server {
	s, err := newServer(opts)
	if err != nil {
		panic(err)
	}
	memory := newMemListener()
	s.serve(memory, memHost, func(ctx context.Context, _, _ string) (net.Conn, error) {
		return memory.dial(ctx)
	})
	return s
}

// Start starts a fake on a real listener, by default with TLS on 127.0.0.1.
func Start(opts ...Option) (*Server, error) {
	s, err := newServer(opts)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", s.cfg.addr)
	if err != nil {
		return nil, fmt.Errorf("lptest: %w", err)
	}
	addr := listener.Addr().String()
	if bound, isTCP := listener.Addr().(*net.TCPAddr); isTCP && bound.IP.IsUnspecified() {
		s.everywhere = true
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(bound.Port))
	}
	s.serve(listener, addr, func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	})
	return s, nil
}

func newServer(opts []Option) (*Server, error) {
	s := &Server{
		cfg:    newConfig(),
		routes: newRoutes(),
		done:   make(chan struct{}),
		draws:  map[string]uint64{},
		world:  newWorld(),
		hostOf: map[string][]Service{},

		conversations: map[string]*conversation{},
	}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&s.cfg); err != nil {
			return nil, err
		}
	}
	s.journal = newJournal(s.cfg.journal)
	if s.cfg.forget > 0 {
		s.cfg.messaging = append([]messaging.Option{messaging.WithForgetting(s.cfg.forget)}, s.cfg.messaging...)
	}
	s.messaging = messaging.New(messagingHost{s}, s.cfg.messaging...)
	s.lineRewriters, s.replyRewriters = s.cfg.lineRewriters, s.cfg.replyRewriters
	for service, host := range s.cfg.hosts {
		s.hostOf[host] = append(s.hostOf[host], service)
	}
	var err error
	s.authority, err = sharedAuthority()
	return s, err
}

// cheapCurves keeps handshakes short: there is nothing to hide here.
var cheapCurves = []tls.CurveID{tls.X25519, tls.CurveP256}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func (s *Server) serve(listener net.Listener, host string, dial dialFunc) {
	s.host = host
	s.http = &http.Server{
		Handler:           s,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		ReadHeaderTimeout: 30 * time.Second,
		ConnState:         s.connState,
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	s.listener = listener
	if !s.cfg.plain {
		s.listener = tls.NewListener(listener, &tls.Config{
			MinVersion:       tls.VersionTLS12,
			CurvePreferences: cheapCurves,
			GetCertificate:   s.authority.certificate,
		})
	}
	s.transport = &http.Transport{
		DialContext: dial,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			CurvePreferences:   cheapCurves,
			RootCAs:            s.authority.pool(),
			ClientSessionCache: tls.NewLRUClientSessionCache(64),
		},
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConns:        0,
		MaxIdleConnsPerHost: 4096,
		IdleConnTimeout:     90 * time.Second,
	}
	s.running.Go(func() {
		_ = s.http.Serve(s.listener) // ends with Close
	})
}

func (s *Server) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.running.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.running.Done()
	case http.StateActive, http.StateIdle:
	}
}

// Close ends the server: connections are closed, hanging calls are let go,
// timers are stopped. It returns when all of that is over; the second call
// does nothing.
func (s *Server) Close() {
	s.enter()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.done)
	s.stopTimers()
	s.mu.Unlock()
	s.transport.CloseIdleConnections()
	_ = s.http.Close()
	s.messaging.Close()
	s.running.Wait()
	s.transport.CloseIdleConnections()
}

// URL is the address of the server, for instance "https://127.0.0.1:41234".
func (s *Server) URL() string { return s.scheme() + "://" + s.host }

func (s *Server) scheme() string {
	if s.cfg.plain {
		return "http"
	}
	return "https"
}

// Host is the host of URL, with the port if there is one. The fake's Domain
// API answers it as the baseURI of every service, unless WithBaseURIs says
// otherwise. Asked under a production name, such as api.liveperson.net, it
// answers lptest.liveperson.net: the real one names no hosts but LivePerson's.
func (s *Server) Host() string { return s.host }

// Account is the id of the account that the server serves.
func (s *Server) Account() string { return s.cfg.account }

// Transport is an *http.Transport that trusts the server's certificate and
// reaches the server whatever host is asked for, so that the production names
// under liveperson.net work too. Every call returns the same one; Close closes
// its idle connections.
func (s *Server) Transport() http.RoundTripper { return s.transport }

// Client is a plain client over Transport. It follows no redirects and keeps
// no cookies.
func (s *Server) Client() *http.Client {
	return &http.Client{
		Transport: s.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// CertificatePEM is the certificate of the authority that signed the server's
// own, for clients in other languages.
func (s *Server) CertificatePEM() []byte { return s.authority.pem() }

// ours reports whether host is one that the fake stands for, and if so whether
// it is bound to certain services only.
func (s *Server) ours(host string) (bound []Service, ok bool) {
	host = strings.ToLower(host)
	if bound, ok := s.hostOf[host]; ok {
		return bound, true
	}
	if host == s.host {
		return nil, true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if bound, ok := s.hostOf[name]; ok {
		return bound, true
	}
	if name == "liveperson.net" || strings.HasSuffix(name, ".liveperson.net") {
		return nil, true
	}
	_, port, _ := net.SplitHostPort(host)
	_, own, _ := net.SplitHostPort(s.host)
	return nil, (s.everywhere || name == "localhost" || name == "127.0.0.1" || name == "::1") && port == own
}
