package messagingagent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// opConnect is the operation of opening a socket.
const opConnect = "messagingagent.Connect"

const (
	openLimit    = 10 * time.Second // for connecting and the upgrade
	defaultFrame = 16 << 20
	troubleEvery = time.Minute      // a look whether the session is well again
	renewEvery   = 16 * time.Minute // logins for one type of request that helped nothing
)

// linkConfig is what a link is made of.
type linkConfig struct {
	session  *login.Session
	service  domain.Service // whose host has the socket
	version  string         // of the protocol: "2.1"
	maxFrame int64          // bytes; 0: 16 MiB
	patience time.Duration  // how long a request waits for a socket; 0: as long as its context
	log      *slog.Logger   // nil: none

	// opened makes a new socket ready, before link.do uses it. It runs on a goroutine
	// of its own; ctx ends with the socket. An error closes the socket, whose life
	// counts as a failed one. nil for nothing to do.
	opened func(ctx context.Context, s *socket) error
	// notify takes notifications, in order, on the goroutine that reads: it must
	// neither wait nor call do.
	notify func(n notification)
	// down tells that there is no socket, why, and when the next one is tried; on the
	// goroutine that reads.
	down func(err error, until time.Time)
}

// link keeps one socket open, until its context or its session ends.
type link struct {
	cfg    linkConfig
	log    *slog.Logger
	pace   pace
	ahead  atomic.Int64 // of the service's clock, in ns
	timed  atomic.Bool  // that is known
	deaths deaths

	mu      sync.Mutex
	up      *socket                // nil while there is none that is ready
	changed chan struct{}          // closed when up or err changes
	err     error                  // why the link has ended
	trouble error                  // why there is no socket
	number  uint64                 // of the last socket
	renewed map[question]time.Time // when it, or one of its type, was answered 401 last
}

func newLink(cfg linkConfig) *link {
	if cfg.maxFrame <= 0 {
		cfg.maxFrame = defaultFrame
	}
	if cfg.log == nil {
		cfg.log = slog.New(slog.DiscardHandler)
	}
	if cfg.opened == nil {
		cfg.opened = func(context.Context, *socket) error { return nil }
	}
	if cfg.notify == nil {
		cfg.notify = func(notification) {}
	}
	if cfg.down == nil {
		cfg.down = func(error, time.Time) {}
	}
	return &link{
		cfg: cfg, log: cfg.log,
		changed: make(chan struct{}),
	}
}

// run opens sockets and reads from them, one after another, until ctx ends, the
// session does, or the first one cannot be had at all. It returns why, when nothing
// of the link runs any more.
func (l *link) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer l.cfg.session.AfterDone(cancel)()
	for {
		err := l.life(ctx)
		if ended := l.ended(ctx, err); ended != nil {
			if ctx.Err() != nil && errors.Is(ended, ctx.Err()) {
				l.end(ErrClosed) // it is not the context of those who wait
			} else {
				l.end(ended)
			}
			return ended
		}
		try := time.Now().Add(l.pace.pause())
		until := try
		if later, trouble := l.cfg.session.Trouble(); trouble != nil && later.After(until) {
			until = later
		}
		l.log.Warn("no connection", "err", err, "pause", time.Until(until))
		l.failed(err)
		l.cfg.down(err, until)
		l.wait(ctx, try, until)
	}
}

// ended is why no further socket is to be tried after err, nil if one is.
func (l *link) ended(ctx context.Context, err error) error {
	select {
	case <-l.cfg.session.Done():
		return l.cfg.session.Err()
	default:
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case l.number == 0 && final(err):
		return err
	}
	return nil
}

// final tells whether a socket could not be opened for a reason that does not pass by
// itself.
func final(err error) bool {
	for _, is := range []error{liveperson.ErrInvalidInput, liveperson.ErrForeignOrigin, liveperson.ErrBlocked, domain.ErrNoService} {
		if errors.Is(err, is) {
			return true
		}
	}
	var e *liveperson.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return e.Status >= 400 && e.Status < 500
}

// life opens a socket and reads from it until it is dead. It says why it is, or why
// there was none.
func (l *link) life(ctx context.Context) error {
	s, err := l.open(ctx)
	if err != nil {
		l.pace.failed()
		return err
	}
	part := context.AfterFunc(ctx, func() { s.leave(cmp.Or(l.cfg.session.Err(), errClosed)) })
	var ready atomic.Bool
	if s.enter() {
		go func() {
			defer s.running.Done()
			ready.Store(l.prepare(s))
		}()
	}
	err = s.read()
	l.replace(nil)
	_ = s.conn.CloseNow() // of which there may be nothing left
	part()
	s.running.Wait()
	l.pace.lived(err, time.Since(s.opened), ready.Load(), s.generation)
	return err
}

// leave is what ends a socket that is not needed any more.
func (s *socket) leave(reason error) {
	if !s.enter() {
		return
	}
	defer s.running.Done()
	s.part(reason)
}

// prepare makes a socket ready, and has requests use it.
func (l *link) prepare(s *socket) bool {
	if err := l.cfg.opened(s.ctx, s); err != nil {
		if s.ctx.Err() != nil {
			return false // that is why, and read knows more
		}
		// A time limit of its own is none of the requests'.
		s.part(fmt.Errorf("connection could not be made ready: %w", apart(err, context.Canceled, context.DeadlineExceeded)))
		return false
	}
	if !l.replace(s) {
		return false
	}
	l.log.Info("connected")
	s.aliveNow()
	return true
}

// open opens a socket, with a new bearer if the last one is not good any more.
func (l *link) open(ctx context.Context) (*socket, error) {
	session := l.cfg.session
	if l.pace.renew {
		if err := session.Refused(ctx, opConnect, l.pace.generation); err != nil {
			return nil, err
		}
		l.pace.renew = false
	}
	host, err := session.BaseURI(ctx, l.cfg.service)
	if err != nil {
		return nil, err
	}
	var conn *websocket.Conn
	var with string
	var status, tries int
	started := time.Now()
	generation, err := session.Dial(ctx, opConnect, func(ctx context.Context, via *http.Client, bearer string) (int, error) {
		ctx, cancel := context.WithTimeout(ctx, openLimit)
		defer cancel()
		with = bearer
		tries++
		var err error
		conn, status, l.pace.asked, err = dial(ctx, via, bearer, session.Scheme()+"://"+host+"/ws_api/account/"+url.PathEscape(session.Account())+
			"/messaging/brand/"+url.PathEscape(bearer)+"?v="+url.QueryEscape(l.cfg.version))
		return status, err
	})
	session.Observe(retry.Stats{
		Op: opConnect, Method: http.MethodGet, Host: host, Status: status, Tries: tries, Start: started, Duration: time.Since(started), Err: err,
	})
	if err != nil {
		return nil, err
	}
	return newSocket(l, conn, host, generation, with), nil
}

// dial opens a web socket. wait is the pause that the service has asked for, 0 for none.
func dial(ctx context.Context, via *http.Client, bearer, address string) (conn *websocket.Conn, status int, wait time.Duration, err error) {
	conn, resp, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: via, CompressionMode: websocket.CompressionDisabled})
	switch {
	case err == nil:
		return conn, http.StatusSwitchingProtocols, 0, nil
	case resp == nil:
		err = rest.ScrubError(err, bearer) // it quotes the address
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("not connected within %v: %w", openLimit, liveperson.ErrUnavailable)
		}
		return nil, 0, 0, &liveperson.Error{Op: opConnect, Err: err}
	}
	e := &liveperson.Error{Op: opConnect, Status: resp.StatusCode}
	switch {
	case resp.StatusCode == http.StatusSwitchingProtocols:
		e.Err = fmt.Errorf("%w: %s", liveperson.ErrMalformed, rest.Scrub(err.Error(), bearer))
	case resp.StatusCode < 300:
		e.Err = fmt.Errorf("%w: no web socket", liveperson.ErrMalformed)
	case resp.StatusCode < 400:
		e.Err = liveperson.ErrRedirected
	}
	return nil, resp.StatusCode, retry.After(resp.Header, maxPause), e
}

// wait waits until try, and further until then, unless the session, for whose sake that
// is, is well again before.
func (l *link) wait(ctx context.Context, try, until time.Time) {
	for sleep(ctx, time.Until(try)) && time.Now().Before(until) {
		if _, trouble := l.cfg.session.Trouble(); trouble == nil {
			return
		}
		if try = time.Now().Add(troubleEvery); try.After(until) {
			try = until
		}
	}
}

// next is the number of a new socket.
func (l *link) next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number++
	return l.number
}

// replace has requests use s, nil for none; false if s is dead already.
func (l *link) replace(s *socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s != nil && s.why() != nil {
		return false
	}
	l.up, l.trouble = s, nil
	l.tell()
	return true
}

// giveUp ends the present socket, for that reason.
func (l *link) giveUp(reason error) {
	if s, _, _ := l.present(); s != nil {
		s.part(reason)
	}
}

// failed notes why there is no socket.
func (l *link) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = err
}

// end lets all go who wait for a socket.
func (l *link) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
	l.tell()
}

// tell wakes all who wait. l.mu is held.
func (l *link) tell() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// ready waits until a socket is open and made ready.
func (l *link) ready(ctx context.Context) error {
	for {
		s, changed, err := l.present()
		if err != nil || s != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), l.reason())
		}
	}
}

// socketAfter waits for a socket that is newer than that number.
func (l *link) socketAfter(ctx context.Context, number uint64) (*socket, error) {
	var limit <-chan time.Time
	if l.cfg.patience > 0 {
		timer := time.NewTimer(l.cfg.patience)
		defer timer.Stop()
		limit = timer.C
	}
	for {
		s, changed, err := l.present()
		switch {
		case err != nil:
			return nil, notSent(err)
		case s != nil && s.number > number:
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, notSent(ctx.Err())
		case <-limit:
			if why := l.reason(); why != nil {
				return nil, fmt.Errorf("%w: %w", errNotConnected, apart(why, errNoAnswer, context.Canceled, context.DeadlineExceeded))
			}
			return nil, errNotConnected
		}
	}
}

// present is the socket that is ready, nil for none, or why there is to be none any
// more; and what is closed when that changes.
func (l *link) present() (*socket, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.up, l.changed, l.err
}

// isOpen tells whether requests can be sent now.
func (l *link) isOpen() bool {
	s, _, _ := l.present()
	return s != nil
}

// reason is why there is no socket, as far as it is known.
func (l *link) reason() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trouble
}

// mayRenew tells whether a 401 of a request is worth a login: not if the last one for its
// sake, or for the sake of its type, has not helped. It is in doubt where another of its
// type is answered 401 whatever the bearer.
func (l *link) mayRenew(q question) (worth, doubt bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	typ := question{typ: q.typ}
	for other, at := range l.renewed {
		switch {
		case other.typ != q.typ || time.Since(at) >= renewEvery:
		case other == q, other == typ:
			return false, false
		default:
			doubt = true
		}
	}
	if doubt {
		return false, true
	}
	if l.renewed == nil {
		l.renewed = map[question]time.Time{}
	}
	l.renewed[q], l.renewed[typ] = time.Now(), time.Now()
	return true, false
}

// served notes that a request is not answered 401.
func (l *link) served(q question) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.renewed, q)
	delete(l.renewed, question{typ: q.typ})
}

// clock takes in the service's clock.
func (l *link) clock(a answer, sent time.Time) {
	var doc clockDoc
	if a.code == 0 || a.code > 399 || wire.Unmarshal(a.body, &doc) != nil || doc.CurrentTime.IsZero() {
		return
	}
	took := time.Since(sent)
	l.ahead.Store(int64(doc.CurrentTime.Sub(sent.Add(took / 2))))
	l.timed.Store(true)
}

// localTime is a time of the service by the local clock, and now for none.
func (l *link) localTime(at time.Time) time.Time {
	if at.IsZero() {
		return time.Now()
	}
	return at.Add(-time.Duration(l.ahead.Load()))
}

// serverNow is the service's clock, or the local one until it is known.
func (l *link) serverNow() (now time.Time, known bool) {
	known = l.timed.Load()
	return time.Now().Add(time.Duration(l.ahead.Load())), known
}

// pace says when the next socket is opened, and whether with a new bearer. It belongs
// to the goroutine of run.
type pace struct {
	failures   int           // in a row, without a minute of life
	doubts     int           // of them, closed with 1008 or 1011
	strange    int           // the last ones in a row, closed with a code that nobody knows
	renew      bool          // the bearer
	generation int           // of the bearer that is not good any more
	asked      time.Duration // by the service, with its last refusal
}

const (
	longLife   = time.Minute // what shows that a connection is good
	firstPause = 5 * time.Second
	quickTries = 35 // after that the slow loop
	slowPause  = 2 * time.Minute
	maxPause   = 16 * time.Minute
)

// failed notes that no socket could be opened.
func (p *pace) failed() { p.failures++ }

// lived notes that a socket is dead.
func (p *pace) lived(err error, age time.Duration, ready bool, generation int) {
	if ready && age >= longLife {
		p.failures, p.doubts, p.strange = 0, 0, 0
	}
	p.failures++
	p.generation = generation
	var closed *closedError
	errors.As(err, &closed)
	strange := false
	switch {
	case errors.Is(err, errBearer):
		p.renew = true
	case closed == nil:
	case closed.code == 4401, closed.code == 4407, closed.namesToken():
		p.renew = true
	case closed.code == 1008, closed.code == 1011:
		// They may say anything: if a new bearer does not help, it is not sought anew
		// each time.
		p.renew = p.doubts%3 == 0
		p.doubts++
	case closed.code == 4410: // a message that the service could not take
	case closed.code >= 4000:
		strange = true
		p.strange++
		p.renew = p.strange%3 == 0
	}
	if !strange {
		p.strange = 0
	}
}

// pause is how long to wait before the next try; not less than the service has asked for.
func (p *pace) pause() time.Duration {
	d := float64(firstPause)
	if n := p.failures - quickTries - 1; n >= 0 {
		d = float64(slowPause << min(n, 3))
	} else {
		for range p.failures - 1 {
			d *= 1.25
		}
	}
	d = min(d, float64(maxPause))
	own := time.Duration(d * (0.8 + 0.4*rand.Float64())) //nolint:gosec // spreading needs no secrecy
	asked := p.asked
	p.asked = 0
	return max(own, spread(asked))
}
