package lptest

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// memBuffer is how many bytes one direction of an in-memory connection holds
// before a writer has to wait for the reader.
const memBuffer = 256 << 10

// memListener is a net.Listener without sockets: dialling hands one end of a
// buffered pipe to Accept. All of its blocking is on channels, sync.Cond and
// timers, so inside a testing/synctest bubble it is durable.
type memListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newMemListener() *memListener {
	return &memListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *memListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *memListener) Addr() net.Addr { return memAddr{} }

func (l *memListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := memPipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, &net.OpError{Op: "dial", Net: "mem", Addr: memAddr{}, Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memAddr struct{}

func (memAddr) Network() string { return "mem" }
func (memAddr) String() string  { return memHost }

// memConn is one end of an in-memory connection.
type memConn struct {
	in, out *memStream
}

func memPipe() (*memConn, *memConn) {
	a, b := newMemStream(), newMemStream()
	return &memConn{in: a, out: b}, &memConn{in: b, out: a}
}

func (c *memConn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *memConn) Write(p []byte) (int, error) { return c.out.write(p) }

// Close ends both directions: the peer reads what is buffered and then io.EOF.
func (c *memConn) Close() error {
	c.out.closeWrite(io.EOF)
	c.in.closeRead()
	return nil
}

// reset ends both directions at once, as a TCP RST does.
func (c *memConn) reset() {
	c.out.abort(syscall.ECONNRESET)
	c.in.abort(net.ErrClosed)
}

func (c *memConn) LocalAddr() net.Addr  { return memAddr{} }
func (c *memConn) RemoteAddr() net.Addr { return memAddr{} }

func (c *memConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *memConn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readLimit, t)
	return nil
}

func (c *memConn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writeLimit, t)
	return nil
}

// memStream is one direction: a bounded buffer with a condition variable.
type memStream struct {
	mu         sync.Mutex
	cond       *sync.Cond
	buf        []byte
	end        error // what a reader gets once buf is empty
	cut        error // what a reader gets at once
	readClosed bool
	readLimit  memDeadline
	writeLimit memDeadline
}

type memDeadline struct {
	at    time.Time
	timer *time.Timer // wakes who waits
}

// passed asks the clock, so that it is exact even before the timer has run.
func (d *memDeadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func newMemStream() *memStream {
	s := &memStream{}
	s.cond = sync.NewCond(&s.mu)
	return s
}

func (s *memStream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.cut != nil:
			return 0, memError("read", s.cut)
		case s.readClosed:
			return 0, memError("read", net.ErrClosed)
		case s.readLimit.passed():
			return 0, memError("read", os.ErrDeadlineExceeded)
		case len(p) == 0:
			return 0, nil
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			s.buf = s.buf[n:]
			if len(s.buf) == 0 {
				s.buf = nil
			}
			s.cond.Broadcast()
			return n, nil
		case s.end != nil:
			return 0, s.end
		}
		s.cond.Wait()
	}
}

func (s *memStream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := 0
	for {
		switch {
		case s.cut != nil:
			return written, memError("write", s.cut)
		case s.end != nil:
			return written, memError("write", net.ErrClosed)
		case s.readClosed:
			return written, memError("write", syscall.EPIPE)
		case s.writeLimit.passed():
			return written, memError("write", os.ErrDeadlineExceeded)
		}
		if room := memBuffer - len(s.buf); room > 0 {
			n := min(room, len(p))
			s.buf = append(s.buf, p[:n]...)
			p = p[n:]
			written += n
			s.cond.Broadcast()
		}
		if len(p) == 0 {
			return written, nil
		}
		s.cond.Wait()
	}
}

func (s *memStream) closeWrite(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end == nil {
		s.end = err
	}
	s.writeLimit.stop()
	s.cond.Broadcast()
}

func (s *memStream) closeRead() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readClosed = true
	s.buf = nil
	s.readLimit.stop()
	s.cond.Broadcast()
}

func (s *memStream) abort(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut == nil {
		s.cut = err
	}
	s.buf = nil
	s.readLimit.stop()
	s.writeLimit.stop()
	s.cond.Broadcast()
}

func (d *memDeadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

func (s *memStream) setDeadline(d *memDeadline, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.stop()
	d.at = t
	if t.IsZero() {
		return
	}
	if left := time.Until(t); left > 0 {
		d.timer = time.AfterFunc(left, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.cond.Broadcast()
		})
		return
	}
	s.cond.Broadcast()
}

func memError(op string, err error) error {
	return &net.OpError{Op: op, Net: "mem", Addr: memAddr{}, Err: err}
}
