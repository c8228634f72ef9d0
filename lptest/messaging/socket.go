package messaging

import (
	"bufio"
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// readLimit is the largest frame that the service takes.
const readLimit = 4 << 20

// socket is one open connection of a user.
type socket struct {
	s       *Service
	n       int
	user    *user
	version string
	conn    *websocket.Conn
	net     net.Conn
	ids     map[string]bool // of the requests so far
	subs    []*subscription
	modern  bool  // the latest request had the newer type names
	hold    bool  // a request is being answered: notifications wait for its answer
	held    []out // … here
	out     []out
	more    *sync.Cond
	dead    bool // nothing is sent any more
	silence *job
	swapped *swap
	stale   object // the state before what is being told, for FaultStale
}

// out is something for the writer: a frame, or the end.
type out struct {
	frame  *Frame
	text   []byte
	end    bool
	code   int // of the end
	reason string
}

// ServeSocket answers the opening of a socket with a bearer, and serves the
// socket until it ends. told is called with the answer's status once it is
// known, and with the user's login name if the bearer is known.
func (s *Service) ServeSocket(w http.ResponseWriter, r *http.Request, bearer string, told func(user string, status int)) {
	given, live := s.host.Bearer(bearer)
	refuse := func(status int, text string) {
		told(given.LoginName, status)
		http.Error(w, text, status)
	}
	s.enter()
	strike := s.strike("Upgrade", given.LoginName, nil)
	s.mu.Unlock()
	if strike != nil && (strike.Kind == FaultDelay || strike.Kind == FaultRefuse) && strike.Delay > 0 && !s.pause(r.Context(), strike.Delay) {
		told(given.LoginName, 0)
		panic(http.ErrAbortHandler)
	}
	version := r.URL.Query().Get("v")
	switch {
	case strike != nil && strike.Kind == FaultRefuse:
		if strike.RetryAfter != "" {
			w.Header().Set("Retry-After", strike.RetryAfter)
		}
		refuse(strike.code(http.StatusServiceUnavailable), strike.text("The service is not available"))
		return
	case !live:
		refuse(http.StatusUnauthorized, "The token is not accepted")
		return
	case version != "2" && version != "2.1" && version != "3":
		refuse(http.StatusBadRequest, "v is 2 or 2.1")
		return
	}
	catch := &catcher{ResponseWriter: w}
	k := &socket{s: s, version: version, ids: map[string]bool{}, more: sync.NewCond(&s.mu)}
	told(given.LoginName, http.StatusSwitchingProtocols)
	conn, err := websocket.Accept(catch, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true,
		OnPingReceived: func(context.Context, []byte) bool {
			s.enter()
			defer s.mu.Unlock()
			s.touch(k)
			return true
		},
	})
	if err != nil {
		return // Accept has answered
	}
	conn.SetReadLimit(readLimit)
	k.conn, k.net = conn, catch.conn
	s.enter()
	if s.closed {
		s.mu.Unlock()
		_ = conn.CloseNow()
		return
	}
	s.conns[k] = true
	s.attach(k, given)
	if strike != nil && strike.Kind == FaultClose {
		code, reason := strike.code(1006), strike.Reason
		if strike.Delay > 0 {
			s.after(strike.Delay, func() { s.end(k, code, reason) })
		} else {
			s.end(k, code, reason)
		}
	}
	s.running.Add(1) // this goroutine, which the server no longer counts
	written := make(chan struct{})
	s.running.Go(func() {
		defer close(written)
		k.write()
	})
	s.mu.Unlock()
	defer s.running.Done()
	k.read()
	<-written
	s.enter()
	defer s.mu.Unlock()
	delete(s.conns, k)
}

// catcher keeps the connection that is hijacked.
type catcher struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack implements http.Hijacker.
func (c *catcher) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(c.ResponseWriter).Hijack()
	c.conn = conn
	return conn, rw, err
}

func (s *Service) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.done:
	}
	return false
}

// attach gives a socket to its user. The lock must be held.
func (s *Service) attach(k *socket, given User) {
	s.opened++
	k.n = s.opened
	k.user = s.mustUser(given.LoginName)
	k.user.sockets = append(k.user.sockets, k)
	s.sockets = append(s.sockets, k)
	s.touch(k)
	s.waiters.wake()
}

// detach takes a socket away from its user: its subscriptions end, and without
// another socket he is OFFLINE. The lock must be held.
func (s *Service) detach(k *socket) {
	i := slices.Index(s.sockets, k)
	if i < 0 {
		return
	}
	s.sockets = slices.Delete(s.sockets, i, i+1)
	u := k.user
	u.sockets = slices.DeleteFunc(u.sockets, func(other *socket) bool { return other == k })
	k.subs = nil
	s.cancel(k.silence)
	if len(u.sockets) == 0 && !u.present && !s.variants.has(VariantKeepAvailability) {
		u.availability, u.description = offline, ""
	}
	s.waiters.wake()
}

// touch notes that something came from the client. The lock must be held.
func (s *Service) touch(k *socket) {
	s.cancel(k.silence)
	if !k.dead {
		k.silence = s.after(s.cfg.silence, func() { s.drop(k) })
	}
}

// drop ends a socket without a close frame; what was not written yet is lost.
// The lock must be held.
func (s *Service) drop(k *socket) {
	s.detach(k)
	if k.dead {
		return
	}
	k.dead = true
	k.out, k.held = nil, nil
	k.more.Broadcast()
	s.running.Go(func() { _ = k.conn.CloseNow() })
}

// end closes a socket with a code, after what is yet to be written. The lock
// must be held.
func (s *Service) end(k *socket, code int, reason string) {
	if k.dead {
		return
	}
	s.detach(k)
	k.out = append(k.out, out{end: true, code: code, reason: reason})
	k.dead = true
	k.more.Broadcast()
	s.after(10*time.Second, k.cut) // should the client read no more
}

// cut ends the connection whatever state it is in. The lock must be held.
func (k *socket) cut() {
	if k.s.conns[k] {
		k.s.running.Go(func() { _ = k.net.Close() })
	}
}

// read takes the client's frames until the socket ends.
func (k *socket) read() {
	for {
		kind, data, err := k.conn.Read(context.Background())
		k.s.enter()
		switch {
		case err != nil:
			k.s.drop(k)
		case kind != websocket.MessageText:
			k.s.end(k, int(websocket.StatusUnsupportedData), "frames are text")
		case !k.dead:
			k.s.touch(k)
			k.s.received(k, data)
		}
		k.s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// write writes what is queued until the socket ends.
func (k *socket) write() {
	defer func() { _ = k.conn.CloseNow() }()
	for {
		k.s.mu.Lock()
		for len(k.out) == 0 && !k.dead {
			k.more.Wait()
		}
		if len(k.out) == 0 {
			k.s.mu.Unlock()
			return
		}
		next := k.out[0]
		k.out = k.out[1:]
		if next.frame != nil {
			next.frame.At = time.Now()
			k.s.log.add(next.frame)
		}
		k.s.mu.Unlock()
		if next.end {
			k.close(next.code, next.reason)
			return
		}
		if k.conn.Write(context.Background(), websocket.MessageText, next.text) != nil {
			return
		}
	}
}

// close writes a close frame and waits up to 5 s for the client's.
func (k *socket) close(code int, reason string) {
	if code == 1006 {
		return // write ends the connection
	}
	valid := code == 1005 || code >= 1000 && code <= 1014 && code != 1004 && code != 1006 || code >= 3000 && code < 5000
	if valid {
		_ = k.conn.Close(websocket.StatusCode(code), reason)
		return
	}
	// A code that must not stand in a frame was seen all the same.
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	payload = append(payload, reason[:min(len(reason), 120)]...)
	_, _ = k.net.Write(append([]byte{0x88, byte(len(payload))}, payload...))
}
