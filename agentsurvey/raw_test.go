package agentsurvey_test

import (
	"cmp"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// script answers calls to the survey service with literal answers, one after
// the other, and keeps the bytes of the requests.
type script struct {
	mu      sync.Mutex
	answers []string // "status\nheader: value\n\nbody"
	domains string   // the Domain API's answer, if not as below
	sent    []string
}

const domains = `{"baseURIs":[{"service":"agentVep","account":"12345678","baseURI":"vep.liveperson.net"},` +
	`{"service":"runtimeFormLogic","account":"12345678","baseURI":"forms.liveperson.net"}]}`

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if req.URL.Host == "api.liveperson.net" {
		return literal(req, "200\n\n"+cmp.Or(s.domains, domains)), nil
	}
	dump, err := httputil.DumpRequestOut(req, true)
	if err != nil {
		return nil, err
	}
	s.sent = append(s.sent, strings.ReplaceAll(string(dump), "\r\n", "\n"))
	if len(s.answers) == 0 {
		return literal(req, "599\n\n"), nil
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	if answer == "lost" {
		return nil, io.ErrUnexpectedEOF
	}
	return literal(req, answer), nil
}

func literal(req *http.Request, answer string) *http.Response {
	head, body, _ := strings.Cut(answer, "\n\n")
	lines := strings.Split(head, "\n")
	resp := &http.Response{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: req,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	for i := range len(lines[0]) {
		resp.StatusCode = 10*resp.StatusCode + int(lines[0][i]-'0')
	}
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ": ")
		resp.Header.Add(name, value)
	}
	return resp
}

// scripted is a client whose calls the script answers.
func scripted(tb testing.TB, answers []string, opts ...agentsurvey.Option) (*agentsurvey.Client, *script) {
	tb.Helper()
	return scriptedBy(tb, retry.Policy{}, answers, opts...)
}

func scriptedBy(tb testing.TB, policy retry.Policy, answers []string, opts ...agentsurvey.Option) (*agentsurvey.Client, *script) {
	tb.Helper()
	s := &script{answers: answers}
	return newClient(tb, s.session(tb, policy), opts...), s
}

// session is one whose calls the script answers.
func (s *script) session(tb testing.TB, policy retry.Policy) *login.Session {
	tb.Helper()
	hc, err := retry.NewClient(retry.WithTransport(s), retry.WithPolicy(policy))
	require.NoError(tb, err)
	d, err := domain.New(domain.WithHTTPClient(hc))
	require.NoError(tb, err)
	session, err := login.Login(tb.Context(), "12345678", login.Bearer("t0ken", "3705342610"),
		login.WithDomains(d), login.WithHTTPClient(hc), login.WithoutRefresh())
	require.NoError(tb, err)
	return session
}

// get is a request without a body, as it goes out.
func get(line string) string {
	return line + " HTTP/1.1\nHost: forms.liveperson.net\nUser-Agent: " + userAgent +
		"\nAccept: application/json\nAuthorization: Bearer t0ken\nAccept-Encoding: gzip\n\n"
}
