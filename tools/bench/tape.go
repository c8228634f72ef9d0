package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// tape answers each request as the fake services answered it once. That takes
// next to no time, so what is measured is the client.
type tape struct {
	mu      sync.Mutex
	from    http.RoundTripper // asked while recording; nil when it only plays
	answers map[string]taped
	single  *taped // the answer to everything
	last    *http.Request
	body    []byte // of last
}

// taped is an answer.
type taped struct {
	status int
	header http.Header
	body   []byte
}

var errNotTaped = errors.New("not on the tape")

func keyOf(r *http.Request) string { return r.Method + " " + r.URL.RequestURI() }

// RoundTrip answers from memory.
func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from != nil {
		if err := t.record(r); err != nil {
			return nil, err
		}
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	a, ok := t.answers[keyOf(r)]
	if t.single != nil {
		a, ok = *t.single, true
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s", errNotTaped, keyOf(r))
	}
	return &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header.Clone(),
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r,
	}, nil
}

// record has the fake answer r.
func (t *tape) record(r *http.Request) error {
	t.body = nil
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		t.body, r.Body = body, io.NopCloser(bytes.NewReader(body))
	}
	t.last = r
	resp, err := t.from.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	resp.Header.Del("Date")
	t.answers[keyOf(r)] = taped{resp.StatusCode, resp.Header, body}
	return nil
}

// played ends the recording.
func (t *tape) played() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.from = nil
}

// ServeHTTP answers over a connection.
func (t *tape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	a, ok := t.answers[keyOf(r)]
	t.mu.Unlock()
	_, _ = io.Copy(io.Discard, r.Body)
	if !ok {
		http.Error(w, "not on the tape", http.StatusTeapot)
		return
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// loopback is a server with TLS on loopback and a transport that reaches it
// under every name.
func loopback(h http.Handler) (srv *httptest.Server, dial func() *http.Transport) {
	srv = httptest.NewTLSServer(h)
	addr := srv.Listener.Addr().String()
	return srv, func() *http.Transport {
		t := srv.Client().Transport.(*http.Transport).Clone() //nolint:forcetypeassert // httptest makes it
		t.TLSClientConfig.ServerName = "example.com"          // the certificate's
		t.DialContext = dialer(addr)
		t.MaxIdleConnsPerHost = 512
		return t
	}
}
