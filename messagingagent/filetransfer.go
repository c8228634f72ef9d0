package messagingagent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// signedDoc says where a file is, or is to be put.
type signedDoc struct {
	Path  string          `json:"relativePath"`
	Query json.RawMessage `json:"queryParams"`
}

// signed is a place in the file store, and what allows one request there.
type signed struct {
	path    string
	query   string
	secrets []string
}

// decodeSigned decodes the answer of the two requests for a URL. Its error says nothing
// of the answer.
func decodeSigned(body json.RawMessage) (s signed, err error) {
	var doc signedDoc
	if wire.Unmarshal(body, &doc) != nil {
		return s, errNoPlace
	}
	s.path = doc.Path
	if !strings.HasPrefix(s.path, "/") || strings.ContainsAny(s.path, "?#") {
		return s, errNoPlace
	}
	d := json.NewDecoder(bytes.NewReader(doc.Query)) // for the order of its members
	d.UseNumber()
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return s, errNoPlace
	}
	var query []string
	for d.More() {
		name, _ := d.Token()
		value, err := d.Token()
		key, _ := name.(string)
		if err != nil || key == "" {
			return s, errNoPlace
		}
		switch value.(type) {
		case string, json.Number:
		default:
			return s, errNoPlace
		}
		text := fmt.Sprint(value)
		query = append(query, url.QueryEscape(key)+"="+url.QueryEscape(text))
		s.secrets = append(s.secrets, text)
	}
	if len(query) == 0 {
		return s, errNoPlace
	}
	s.query = strings.Join(query, "&")
	s.secrets = append(s.secrets, s.query)
	return s, nil
}

var errNoPlace = fmt.Errorf("%w: no place of the file store in it", liveperson.ErrMalformed)

// transfer is a file on its way to the store or from there.
type transfer struct {
	agent  *Agent
	op     string
	method string
	ask    request // for a URL
	max    int64   // of what is read
	path   string  // in the store, once known

	tries   int
	renewed bool // a URL that was over was replaced
}

const (
	fileTries = 3
	// fileStall is how long nothing may move.
	fileStall = 30 * time.Second
)

var errStalled = errors.New("nothing has moved for 30 s")

// run makes the request, with the source if there is one, and returns the body of the
// answer.
func (t *transfer) run(ctx context.Context, from *source) (io.ReadCloser, error) {
	host, via, err := t.agent.session.Plain(ctx, domain.Swift)
	if err != nil {
		return nil, opError(t.op, err)
	}
	for {
		at, err := t.place(ctx)
		if err != nil {
			return nil, err
		}
		t.path = at.path
		where, err := url.Parse(t.agent.session.Scheme() + "://" + host + at.path)
		if err != nil || where.Host != host {
			return nil, &liveperson.Error{Op: t.op, Err: errNoPlace}
		}
		t.tries++
		body, status, err := t.once(ctx, via, *where, at, from)
		if err == nil {
			return body, nil
		}
		var wrong *liveperson.InputError
		if errors.As(err, &wrong) {
			return nil, named(t.op, wrong)
		}
		err = &liveperson.Error{Op: t.op, Method: t.method, URL: where.String(), Status: status, Tries: t.tries, Err: rest.ScrubError(err, at.secrets...)}
		if !t.again(status) || ctx.Err() != nil || from != nil && !from.rewind() {
			return nil, err
		}
		if status != http.StatusUnauthorized && !sleep(ctx, spread(time.Duration(t.tries)*time.Second)) {
			return nil, err
		}
	}
}

// place asks for a URL.
func (t *transfer) place(ctx context.Context) (signed, error) {
	var answer response
	var err error
	for range maxSockets { // as often as it likes; but a 500 is final where it says that there is no file
		if answer, err = t.agent.link.do(ctx, t.ask); err == nil || !unknown(err) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return signed{}, err
	}
	at, err := decodeSigned(answer.body)
	if err != nil {
		err = &liveperson.Error{Op: t.op, Status: answer.code, Err: err}
	}
	return at, err
}

// again tells whether it may be tried once more.
func (t *transfer) again(status int) bool {
	switch {
	case status == http.StatusUnauthorized: // the URL is over
		first := !t.renewed
		t.renewed = true
		return first
	case status == 0, status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= http.StatusInternalServerError:
		return t.tries < fileTries
	}
	return false
}

// once makes one request. Its error may name the URL.
func (t *transfer) once(ctx context.Context, via *http.Client, where url.URL, at signed, from *source) (body io.ReadCloser, status int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	stall := time.AfterFunc(fileStall, func() { cancel(errStalled) })
	end := func() {
		stall.Stop()
		cancel(nil)
	}
	defer func() {
		if err != nil {
			end()
		}
	}()
	where.RawQuery = at.query
	req, err := http.NewRequestWithContext(ctx, t.method, where.String(), nil)
	if err != nil {
		return nil, 0, errNoPlace
	}
	if from != nil {
		req.Body, req.ContentLength = from.open(ctx.Done(), stall), from.size
	}
	resp, err := via.Do(req)
	if from != nil {
		from.reading.release(ctx)
	}
	switch {
	case from != nil && from.fault() != nil:
		err = from.fault()
	case err != nil && context.Cause(ctx) == errStalled: //nolint:errorlint // it is that one
		err = errStalled
	case errors.Is(err, errReleased) && ctx.Err() != nil: // which is why
		err = ctx.Err()
	}
	if err != nil {
		if resp != nil {
			_ = resp.Body.Close()
		}
		return nil, 0, err
	}
	stall.Stop()
	body = &limited{body: resp.Body, left: t.max, stall: stall, ctx: ctx, end: end, secrets: at.secrets}
	switch {
	case resp.StatusCode/100 == 3:
		err = liveperson.ErrRedirected
	case resp.StatusCode/100 != 2:
		err = errors.New("the file store refuses")
	case t.max > 0 && resp.ContentLength > t.max:
		err = liveperson.ErrTooLarge
	case from != nil && !(created(resp) && from.reading.whole()):
		err = errNotStored
	}
	if err != nil {
		_ = body.Close()
		return nil, resp.StatusCode, err
	}
	return body, resp.StatusCode, nil
}

// created tells whether the file store says that it has the file, and no proxy something
// else: 201, or a 200 that says nothing more.
func created(resp *http.Response) bool {
	return resp.StatusCode == http.StatusCreated || resp.StatusCode == http.StatusOK && resp.ContentLength == 0
}

var errNotStored = fmt.Errorf("%w: the file store does not say that it has the whole file", liveperson.ErrMalformed)

// limited is a body that is read.
type limited struct {
	body    io.ReadCloser
	left    int64
	stall   *time.Timer
	ctx     context.Context //nolint:containedctx // it ends with the body
	end     func()
	secrets []string
}

// Read fails with liveperson.ErrTooLarge once there is more than the limit.
func (l *limited) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	p = p[:min(int64(len(p)), l.left+1)]
	l.stall.Reset(fileStall) // time that the reader took does not count
	n, err := l.body.Read(p)
	l.stall.Stop()
	switch {
	case int64(n) > l.left:
		n, err = int(l.left), liveperson.ErrTooLarge
	case err == nil, errors.Is(err, io.EOF):
	case context.Cause(l.ctx) == errStalled: //nolint:errorlint // it is that one
		err = fmt.Errorf("%w: %w", liveperson.ErrUnavailable, errStalled)
	default:
		err = rest.ScrubError(err, l.secrets...)
	}
	l.left -= int64(n)
	return n, err
}

// Close ends the request.
func (l *limited) Close() error {
	err := l.body.Close()
	l.end()
	return rest.ScrubError(err, l.secrets...)
}

// source is a file that is uploaded.
type source struct {
	content io.Reader
	size    int64
	seeker  io.Seeker // nil if it can be read once
	start   int64
	reading *reading
}

func newSource(f File) *source {
	s := &source{content: f.Content, size: f.Size}
	if seeker, ok := f.Content.(io.Seeker); ok {
		if start, err := seeker.Seek(0, io.SeekCurrent); err == nil { // that of a pipe fails
			s.seeker, s.start = seeker, start
		}
	}
	return s
}

// open begins to read it.
func (s *source) open(over <-chan struct{}, stall *time.Timer) *reading {
	s.reading = &reading{content: s.content, left: s.size, over: over, stall: stall, turn: make(chan struct{}, 1)}
	return s.reading
}

// rewind makes it ready for another try, and tells whether that can be.
func (s *source) rewind() bool {
	r := s.reading
	if !r.released || s.fault() != nil {
		return false
	}
	if !r.touched {
		return true
	}
	if s.seeker == nil {
		return false
	}
	_, err := s.seeker.Seek(s.start, io.SeekStart)
	return err == nil
}

// fault is why its content is not what it was said to be.
func (s *source) fault() error { return s.reading.failure() }

// reading is one pass over a source. net/http may read it after the request has
// returned, unless it is released.
type reading struct {
	content  io.Reader
	left     int64
	over     <-chan struct{} // closed when the request is
	stall    *time.Timer
	turn     chan struct{} // held by who reads, and for good once it is released
	released bool

	// Of who has the turn.
	touched bool
	err     error
}

// Read is io.Reader's: it ends after as many bytes as were said. It waits for the content
// no longer than the request lasts, since net/http waits for it.
func (r *reading) Read(p []byte) (int, error) {
	select {
	case r.turn <- struct{}{}:
	default:
		return 0, errReleased
	}
	if r.left == 0 || len(p) == 0 {
		defer func() { <-r.turn }()
		if r.left == 0 {
			return 0, io.EOF
		}
		return 0, nil
	}
	r.touched = true
	r.stall.Stop() // it is the content that takes its time
	part := make([]byte, min(int64(len(p)), r.left))
	var n int
	var err error
	done := make(chan struct{})
	go func() {
		n, err = r.next(part)
		<-r.turn
		close(done)
	}()
	select {
	case <-done:
		r.stall.Reset(fileStall)
		return copy(p, part[:n]), err
	case <-r.over:
		return 0, errReleased
	}
}

// next reads the next part of the content.
func (r *reading) next(p []byte) (int, error) {
	n, err := r.content.Read(p)
	r.left -= int64(n)
	switch {
	case r.left == 0 && (err == nil || errors.Is(err, io.EOF)):
		if err = r.ended(); err != nil { // before the last of it has gone
			n = 0
		}
	case errors.Is(err, io.EOF):
		err = errTooShort
	}
	r.err = err
	return n, err
}

// ended tells whether there is nothing more.
func (r *reading) ended() error {
	var more [1]byte
	switch n, err := io.ReadFull(r.content, more[:]); {
	case n > 0:
		return errTooLong
	case err == io.EOF:
		return nil
	default:
		return err
	}
}

var (
	errReleased = errors.New("upload is over")
	errTooShort = &liveperson.InputError{Field: "content", Rule: "must not be shorter than its size"}
	errTooLong  = &liveperson.InputError{Field: "content", Rule: "must not be longer than its size"}
)

// Close does nothing: the content is the caller's.
func (r *reading) Close() error { return nil }

// release has nobody read the content any more. It waits for who does, while ctx lasts.
func (r *reading) release(ctx context.Context) {
	select {
	case r.turn <- struct{}{}: // even if ctx has ended
		r.released = true
		return
	default:
	}
	select {
	case r.turn <- struct{}{}:
		r.released = true
	case <-ctx.Done():
	}
}

// whole tells whether all of it has been read.
func (r *reading) whole() bool { return r.released && r.left == 0 }

func (r *reading) failure() error {
	if !r.released {
		return nil
	}
	return r.err
}
