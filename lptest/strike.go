package lptest

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// strike answers a call that a fault hit. do does what was asked for.
func (c *call) strike(ctx context.Context, w http.ResponseWriter, do func(*call) answer) {
	f := c.fault
	run := func() answer { return do(c) }
	if f.Kind == FaultLatency && f.After {
		a := run()
		if !c.s.pause(ctx, f.Latency) {
			c.giveUp()
		}
		c.write(w, a)
		return
	}
	if f.Latency > 0 && f.Kind != FaultHang && !c.s.pause(ctx, f.Latency) {
		c.giveUp()
	}
	if f.After {
		switch f.Kind {
		case FaultStatus, FaultHang, FaultHTML, FaultError200, FaultRedirect, FaultReset:
			if f.Delay > 0 {
				defer c.late(f.Delay, do) // also when the call is given up
			} else {
				run()
			}
		}
	}
	switch f.Kind {
	case FaultStatus:
		c.writeStatus(w, http.StatusServiceUnavailable, "")
	case FaultHTML:
		c.writeStatus(w, http.StatusBadGateway, proxyPage)
	case FaultReset:
		c.reset(w)
	case FaultResetAfter:
		run()
		c.reset(w)
	case FaultLate:
		delay := f.Delay
		if delay <= 0 {
			delay = 3 * time.Second
		}
		c.late(delay, do)
		c.writeStatus(w, http.StatusGatewayTimeout, "")
	case FaultCut:
		c.cut(w, run())
	case FaultHang:
		c.hang(ctx, w)
	case FaultEmpty:
		a := run()
		c.write(w, answer{status: http.StatusOK, cookies: a.cookies})
	case FaultError200:
		c.writeError200(w)
	case FaultHuge:
		c.huge(w, run())
	case FaultRedirect:
		c.redirect(w)
	case FaultForeign:
		c.base = ForeignOrigin
		if f.Location != "" {
			c.base = strings.TrimSuffix(f.Location, "/")
		}
		c.write(w, run())
	default: // the kinds that only change what the handler does
		c.write(w, run())
	}
}

const proxyPage = `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body>
</html>
`

// giveUp ends a call whose client went away or whose server closes.
func (c *call) giveUp() {
	c.finish(0)
	panic(http.ErrAbortHandler)
}

func (f *Fault) status(usual int) int {
	if f.Status != 0 {
		return f.Status
	}
	return usual
}

func (f *Fault) addHeaders(h http.Header, now time.Time) {
	for name, values := range f.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	if f.RetryAfter == "" {
		return
	}
	value := f.RetryAfter
	if ahead, isDate := strings.CutPrefix(value, "+"); isDate {
		if d, err := time.ParseDuration(ahead); err == nil {
			value = now.Add(d).UTC().Format(http.TimeFormat)
		}
	}
	h.Set("Retry-After", value)
}

func (c *call) writeStatus(w http.ResponseWriter, usual int, page string) {
	status := c.fault.status(usual)
	body, kind := []byte(c.fault.Body), "text/plain; charset=utf-8"
	switch {
	case c.fault.NoBody:
		body, kind = nil, ""
	case len(body) > 0 && (body[0] == '{' || body[0] == '['):
		kind = "application/json"
	case len(body) > 0:
	case page != "":
		body, kind = []byte(page), "text/html"
	case c.op == OpLogin && status == http.StatusInternalServerError:
		body, kind = []byte(`{"error":"LeLogin1 failed - the login could not be completed"}`), "application/json"
	default:
		tree := (&problem{codeBadRequest, "The service cannot answer now"}).tree(status, c.now, 0)
		body, kind = encoder{}.appendValue(nil, tree), "application/json"
	}
	c.head(w.Header(), answer{}, kind, int64(len(body)))
	c.finish(status)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (c *call) writeError200(w http.ResponseWriter) {
	tree := (&problem{codeNoData, "The data could not be read"}).tree(http.StatusInternalServerError, c.now, 0)
	if c.op == OpChat {
		tree = object{{"chat", tree}}
	}
	if c.fault.Body != "" {
		c.write(w, answer{status: http.StatusOK, body: raw(c.fault.Body)})
		return
	}
	c.write(w, ok(tree))
}

// late makes the change some time from now, for a call that is over by then.
func (c *call) late(delay time.Duration, do func(*call) answer) {
	later := *c
	c.s.enter()
	defer c.s.mu.Unlock()
	c.s.at(time.Now().Add(delay), func(time.Time) {
		c.s.mu.Unlock() // do takes the lock itself
		defer c.s.mu.Lock()
		do(&later)
	})
}

func (c *call) redirect(w http.ResponseWriter) {
	location := c.fault.Location
	if location == "" {
		location = ForeignOrigin + c.r.URL.RequestURI()
	}
	a := answer{status: c.fault.status(http.StatusTemporaryRedirect)}
	c.write(w, a.with("Location", location))
}

// hang holds the call until the client gives up, Latency has passed (then the
// connection is reset) or the server closes.
func (c *call) hang(ctx context.Context, w http.ResponseWriter) {
	if c.fault.Latency > 0 {
		if c.s.pause(ctx, c.fault.Latency) {
			c.reset(w)
			return
		}
		c.giveUp()
	}
	select {
	case <-ctx.Done():
	case <-c.s.done:
	}
	c.giveUp()
}

// reset ends the connection the hard way.
func (c *call) reset(w http.ResponseWriter) {
	c.finish(0)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	inner := conn
	if secure, isTLS := conn.(*tls.Conn); isTLS {
		inner = secure.NetConn()
	}
	switch inner := inner.(type) {
	case *memConn:
		inner.reset()
	case *net.TCPConn:
		_ = inner.SetLinger(0)
		_ = inner.Close()
	}
	if inner != conn {
		return // closing the TLS layer would write to what is gone
	}
	_ = conn.Close()
}

// cut sends the head and half of the body.
func (c *call) cut(w http.ResponseWriter, a answer) {
	status, body, kind := c.encode(a)
	if len(body) == 0 {
		body = []byte("{}")
	}
	head := http.Header{}
	c.head(head, a, kind, int64(len(body)))
	c.finish(0)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }()
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = head.Write(&out)
	out.WriteString("\r\n")
	out.Write(body[:len(body)/2])
	_, _ = conn.Write(out.Bytes())
}

// huge sends the answer with a long member in front.
func (c *call) huge(w http.ResponseWriter, a answer) {
	size := c.fault.Size
	if size <= 0 {
		size = 64 << 20
	}
	status, body, kind := c.encode(a)
	if len(body) < 2 || body[0] != '{' {
		body = []byte("{}")
		kind = "application/json"
	}
	front, back := `{"padding":"`, `"`+strings.TrimSuffix(","+string(body[1:]), ",}")
	if len(body) == 2 {
		back = `"}`
	}
	c.head(w.Header(), a, kind, int64(len(front))+size+int64(len(back)))
	c.finish(status)
	w.WriteHeader(status)
	if _, err := io.WriteString(w, front); err != nil {
		return
	}
	chunk := bytes.Repeat([]byte("x"), 64<<10)
	for size > 0 {
		n := min(size, int64(len(chunk)))
		if _, err := w.Write(chunk[:n]); err != nil {
			return // the client has seen enough
		}
		size -= n
	}
	_, _ = io.WriteString(w, back)
}
