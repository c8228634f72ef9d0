package messagingagent

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/secret"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/retry"
)

const (
	maxInFlight = 8                // requests that wait for their answers
	answerLimit = 10 * time.Second // for an answer, and for a write
	aliveEvery  = 30 * time.Second // a GetClock
	partLimit   = time.Second      // for taking leave
	maxOddLogs  = 10               // frames that were not understood, of one socket
)

// socket is one opened web socket. What it knows dies with it: a request that was
// not answered over it never is.
type socket struct {
	link       *link
	number     uint64 // from 1, in the order of opening
	host       string
	generation int // of its bearer; see login.Session.Dial
	bearer     secret.Text
	opened     time.Time
	conn       *websocket.Conn

	places  chan struct{}   // one for each request in flight
	writing chan struct{}   // held by the one who writes
	dead    chan struct{}   // closed when the socket is of no more use
	ctx     context.Context // of reading and writing; its end cuts the connection
	cut     context.CancelFunc
	running sync.WaitGroup // all that must end before the next socket is opened
	partial atomic.Int64   // when the last part of a frame came that is not whole yet; 0 without

	mu      sync.Mutex
	err     error // why it is dead
	broken  error // why nothing can be written any more; read will say why it is dead
	last    uint64
	pending map[uint64]waiter
	alive   *time.Timer
	odd     int
}

// answer is a response as it came.
type answer struct {
	code int
	typ  string
	body []byte
}

// waiter is a request that waits for its answer.
type waiter struct {
	answer chan answer
	landed func(answer) // called by the reader first, nil for nothing
}

func newSocket(l *link, conn *websocket.Conn, host string, generation int, bearer string) *socket {
	s := &socket{
		link: l, number: l.next(), host: host, generation: generation, bearer: secret.New(bearer), opened: time.Now(), conn: conn,
		places: make(chan struct{}, maxInFlight), writing: make(chan struct{}, 1), dead: make(chan struct{}),
		pending: map[uint64]waiter{},
	}
	s.ctx, s.cut = context.WithCancel(context.Background())
	conn.SetReadLimit(l.cfg.maxFrame)
	s.alive = time.AfterFunc(aliveEvery, s.keepAlive)
	return s
}

// read takes in frames until the socket is dead, and says why.
func (s *socket) read() error {
	for {
		data, err := s.frame()
		if err != nil {
			s.kill(s.lost(err))
			return s.why()
		}
		s.take(data)
	}
}

// frame reads the next frame.
func (s *socket) frame() ([]byte, error) {
	_, frame, err := s.conn.Reader(s.ctx)
	if err != nil {
		return nil, err
	}
	b, ok := buffers.Get().(*bytes.Buffer)
	if !ok {
		b = &bytes.Buffer{}
	}
	_, err = b.ReadFrom(arriving{frame, s})
	s.partial.Store(0)
	data := bytes.Clone(b.Bytes())
	if b.Cap() <= maxBuffer {
		b.Reset()
		buffers.Put(b)
	}
	return data, err
}

// buffers are used again by all sockets: a frame is of one size once it is read.
var buffers sync.Pool

const maxBuffer = 64 << 10

// arriving notes when the last part of a frame came.
type arriving struct {
	frame io.Reader
	s     *socket
}

func (a arriving) Read(p []byte) (int, error) {
	n, err := a.frame.Read(p[:min(len(p), 16<<10)]) // which it fills before it returns
	a.s.partial.Store(time.Now().UnixNano())
	return n, err
}

// receiving tells whether a frame is on its way, of which something has come of late.
func (s *socket) receiving() bool {
	at := s.partial.Load()
	return at != 0 && time.Since(time.Unix(0, at)) < answerLimit
}

// take takes in one frame.
func (s *socket) take(data []byte) {
	var f frameDoc
	if err := wire.Unmarshal(data, &f); err != nil {
		s.oddFrame(len(data), err)
		return
	}
	switch {
	case strings.EqualFold(f.Kind, "resp"):
		s.answered(f)
	case strings.EqualFold(f.Kind, "notification"):
		s.link.cfg.notify(notification{typ: f.Type, name: plainName(f.Type), body: f.Body, socket: s.number})
	default:
		s.oddFrame(len(data), errors.New("neither response nor notification"))
	}
}

// answered hands an answer to the one who waits for it, if there is one.
func (s *socket) answered(f frameDoc) {
	id, err := strconv.ParseUint(strings.TrimSpace(f.ReqID), 10, 64)
	if err != nil {
		return
	}
	s.mu.Lock()
	w, waits := s.pending[id]
	delete(s.pending, id)
	s.mu.Unlock()
	if !waits {
		return
	}
	a := answer{code: codeOf(f.Code), typ: f.Type, body: f.Body}
	if w.landed != nil {
		w.landed(a)
	}
	w.answer <- a
}

// oddFrame tells of a frame that was not understood. What is in it stays out of the log.
func (s *socket) oddFrame(size int, err error) {
	s.odd++ // by the reader only
	if s.odd <= maxOddLogs {
		s.link.log.Warn("frame was not understood", "bytes", size, "err", err)
	}
}

// ask makes one request over the socket, and waits for its answer. The error is
// liveperson.ErrNotSent if nothing of it was written, or else errNoAnswer.
func (s *socket) ask(ctx context.Context, d numberless, landed func(answer)) (answer, error) {
	select {
	case s.writing <- struct{}{}:
	case <-s.dead:
		return answer{}, notSent(s.why())
	case <-ctx.Done():
		return answer{}, notSent(ctx.Err())
	}
	id, waits, err := s.expect(ctx, landed)
	if err != nil {
		<-s.writing
		return answer{}, notSent(err)
	}
	defer s.forget(id)
	go s.write(d.frame(id))
	limit := time.NewTimer(answerLimit)
	defer limit.Stop()
	select {
	case a := <-waits:
		return a, nil
	case <-s.dead:
		err = s.why()
	case <-ctx.Done():
		err = ctx.Err()
	case <-limit.C:
		err = errLate
	}
	select {
	case a := <-waits: // it came at the same time
		return a, nil
	default:
		return answer{}, noAnswer(err)
	}
}

// expect numbers a request that is about to be written, unless the socket is dead or
// ctx has ended.
func (s *socket) expect(ctx context.Context, landed func(answer)) (uint64, chan answer, error) {
	if err := ctx.Err(); err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmp.Or(s.err, s.broken); err != nil {
		return 0, nil, err
	}
	s.running.Add(1)
	s.last++
	waits := make(chan answer, 1)
	s.pending[s.last] = waiter{waits, landed}
	return s.last, waits, nil
}

func (s *socket) forget(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, id)
}

// write writes a whole frame, whoever has given up waiting for the answer: a frame
// that is cut ends the socket for all.
func (s *socket) write(frame []byte) {
	defer s.running.Done()
	limit := time.AfterFunc(answerLimit, s.cut)
	err := s.conn.Write(s.ctx, websocket.MessageText, frame)
	if !limit.Stop() {
		err = errSlow
	}
	if err != nil {
		s.mu.Lock()
		s.broken = lost(err, s.bearer.Reveal())
		s.mu.Unlock()
		s.cut()
	}
	<-s.writing
}

// lost is why reading failed: as the service has said, or else as writing has shown.
func (s *socket) lost(err error) error {
	reason := lost(err, s.bearer.Reveal())
	var closed *closedError
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil && !errors.As(reason, &closed) && !errors.Is(reason, liveperson.ErrTooLarge) {
		return s.broken
	}
	return reason
}

// kill ends the socket, for that reason if it is the first, and cuts the connection.
func (s *socket) kill(reason error) {
	s.finish(reason)
	s.cut()
}

// part ends the socket as kill does, but says so to the service first.
func (s *socket) part(reason error) {
	if !s.finish(reason) {
		return
	}
	limit := time.AfterFunc(partLimit, s.cut)
	_ = s.conn.Close(websocket.StatusNormalClosure, "") // its error changes nothing
	limit.Stop()
	s.cut()
}

// finish lets no more requests through, and ends those that wait.
func (s *socket) finish(reason error) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return false
	}
	s.err = reason
	s.alive.Stop()
	close(s.dead)
	return true
}

// why is the reason of a dead socket, nil of one that lives.
func (s *socket) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// enter begins something that has to end before the next socket is opened; false if
// the socket is dead.
func (s *socket) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return false
	}
	s.running.Add(1)
	return true
}

// keepAlive asks for the service's clock, which proves that it is the service that
// answers and not a proxy.
func (s *socket) keepAlive() {
	if !s.enter() {
		return
	}
	defer s.running.Done()
	s.nextAlive(aliveEvery)
	sent, doc := time.Now(), numberless(`{"type":"`+getClock+`","body":{}}`)
	a, err := s.ask(context.Background(), doc, nil)
	if !errors.Is(err, liveperson.ErrNotSent) && !errors.Is(err, errClosed) { // else there is nothing to tell
		failed := err
		if a.code > maxSuccess {
			failed = failure(opKeepAlive, a.code, a.typ, a.body, s.bearer.Reveal())
		}
		s.link.cfg.session.Observe(retry.Stats{
			Op: opKeepAlive, Host: s.host, Status: a.code, Tries: 1, Start: sent, Duration: time.Since(sent),
			Sent: int64(len(doc)), Received: int64(len(a.body)), Err: failed,
		})
	}
	switch {
	case errors.Is(err, errLate):
		if !s.receiving() { // or the answer is behind a frame that takes long
			s.kill(errSilent)
		}
	case err == nil && a.code == 401:
		s.refused(question{typ: getClock})
	case err == nil:
		s.link.served(question{typ: getClock})
		s.link.clock(a, sent)
	}
}

const opKeepAlive = "messagingagent.KeepAlive"

// getClock is what a keep-alive asks for.
const getClock = ".GetClock"

// aliveNow makes the next keep-alive at once: it brings the service's clock.
func (s *socket) aliveNow() { s.nextAlive(0) }

func (s *socket) nextAlive(in time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.alive.Reset(in)
	}
}

// refused ends the socket because a request was answered 401, so that the next one has a
// new bearer. It does not if that was done for the same, or for another of its type, already
// and did not help. Where it is in doubt the clock is asked, whose 401 ends the socket.
// again tells whether the request may be sent again, and when.
func (s *socket) refused(q question) (pause time.Duration, again bool) {
	if s.why() == nil {
		worth, doubt := s.link.mayRenew(q)
		if doubt {
			s.aliveNow()
			return doubtPause, true
		}
		if !worth {
			return 0, false
		}
	}
	s.part(errBearer)
	return 0, true
}

// doubtPause is how long the clock may take to tell whether a bearer is good.
const doubtPause = time.Second
