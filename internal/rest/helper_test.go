package rest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// fake answers all requests, whatever their URL, and writes down what came.
type fake struct {
	*rest.Client
	mock *httpmock.MockTransport

	mu   sync.Mutex
	sent []string // literal: method, URL, headers, body

	stats []retry.Stats
}

// newFake answers the n-th request with the n-th answer, further ones with the
// last. There are no pauses between tries.
func newFake(t *testing.T, answers ...httpmock.Responder) *fake {
	t.Helper()
	f := &fake{mock: httpmock.NewMockTransport()}
	f.mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		f.mu.Lock()
		n := min(len(f.sent), len(answers)-1)
		f.sent = append(f.sent, literal(t, r))
		f.mu.Unlock()
		return answers[n](r)
	})
	f.Client = &rest.Client{}
	f.over(t)
	return f
}

var noWaits = []time.Duration{0, 0, 0}

// over makes a transport of its own for f.
func (f *fake) over(t *testing.T, opts ...retry.Option) {
	t.Helper()
	hc, err := retry.NewClient(append([]retry.Option{
		retry.WithTransport(f.mock), retry.WithPolicy(retry.Policy{Waits: noWaits, RateLimitWait: 1, Jitter: -1}),
		retry.WithObserver(func(s retry.Stats) { f.stats = append(f.stats, s) }),
	}, opts...)...)
	require.NoError(t, err)
	f.Via = rest.Over(hc)
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.sent)
}

// literal writes a request as HTTP/1.1 would, headers in order.
func literal(t *testing.T, r *http.Request) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(r.Method + " " + r.URL.RequestURI() + "\nHost: " + r.URL.Host + "\n")
	assert.NoError(t, r.Header.Write(&b))
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.EqualValues(t, len(body), r.ContentLength)
		if len(body) > 0 {
			b.WriteString("\n" + string(body))
		}
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

func says(status int, body string, header ...string) httpmock.Responder {
	return func(r *http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(status, body)
		for i := 0; i+1 < len(header); i += 2 {
			resp.Header.Add(header[i], header[i+1])
		}
		resp.Request = r
		return resp, nil
	}
}

func breaks(err error) httpmock.Responder { return httpmock.NewErrorResponder(err) }

const host = "va.example.net"

func at(template string, args ...string) rest.Target {
	return rest.Host("https", host, template, args...)
}

// doc is an answer as endpoints have them.
type doc struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

func get(url rest.Target) rest.Request {
	return rest.Request{Op: "test.Get", Method: http.MethodGet, URL: url}
}

// failed asserts that err is the one error type and returns it.
func failed(t *testing.T, err error) *liveperson.Error {
	t.Helper()
	var e *liveperson.Error
	require.ErrorAs(t, err, &e)
	return e
}

func newJar(t *testing.T, values ...string) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	u := &url.URL{Scheme: "https", Host: host, Path: "/"}
	for i := 0; i+1 < len(values); i += 2 {
		jar.SetCookies(u, []*http.Cookie{{Name: values[i], Value: values[i+1], Path: "/"}})
	}
	return jar
}

// floor is a Caller above another, as a login's is.
type floor struct {
	retry.Caller
	call func(ctx context.Context, c *retry.Call, below retry.Caller) (retry.Answer, error)
}

func (f floor) Call(ctx context.Context, c *retry.Call) (retry.Answer, error) {
	return f.call(ctx, c, f.Caller)
}
