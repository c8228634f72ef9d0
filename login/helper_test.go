package login_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

const password = "canary-9f41-password"

// fake starts a fake of the services with one agent, "bot", for the bubble that
// t belongs to.
func fake(t *testing.T, opts ...lptest.Option) *lptest.Server {
	t.Helper()
	srv := lptest.NewMemory(opts...)
	t.Cleanup(srv.Close)
	srv.AddAgent(lptest.Agent{LoginName: "bot", Password: password, Bot: &lptest.Keys{
		ClientID: "client-id", ClientSecret: "client-secret",
	}})
	return srv
}

func start(t *testing.T, srv *lptest.Server, opts ...login.Option) *login.Session {
	t.Helper()
	s, err := login.Login(t.Context(), srv.Account(), login.Password("bot", password),
		append([]login.Option{login.WithHTTPClient(srv.Client())}, opts...)...)
	require.NoError(t, err)
	return s
}

func logout(t *testing.T, s *login.Session) {
	t.Helper()
	require.NoError(t, s.Logout(context.WithoutCancel(t.Context())))
}

// exact is a client whose waits are not spread.
func exact(srv *lptest.Server, opts ...retry.Option) *http.Client {
	return must(retry.NewClient(append([]retry.Option{
		retry.WithTransport(srv.Transport()), retry.WithPolicy(retry.Policy{Jitter: -1}),
	}, opts...)...))
}

// must is for what cannot fail in a test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// bot is the agent of fake.
func bot(srv *lptest.Server) lptest.Agent { return srv.Agents()[0] }

// call makes an authorized call that the fake answers 200 or 201, and returns
// its status.
func call(ctx context.Context, s *login.Session, srv *lptest.Server) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		srv.URL()+"/api/account/"+srv.Account()+"/agentSession?v=1&NC=true", strings.NewReader(`{"loginData":""}`))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := s.Client().Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// crowd runs f on n goroutines at once.
func crowd(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// gaps are the least and the greatest time between two of the requests.
func gaps(requests []lptest.Request) (least, most time.Duration) {
	least = 1 << 62
	for i := 1; i < len(requests); i++ {
		gap := requests[i].Time.Sub(requests[i-1].Time)
		least, most = min(least, gap), max(most, gap)
	}
	return least, most
}

// script answers each path with its own answers in turn, the last one for
// ever, and keeps the requests as they go over the wire.
type script struct {
	mu   sync.Mutex
	next map[string][]httpmock.Responder // by the last element of the path
	sent []string
}

func (s *script) client() *http.Client {
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		var wire strings.Builder
		var body bytes.Buffer
		if r.Body != nil {
			r.Body = io.NopCloser(io.TeeReader(r.Body, &body))
		}
		if err := r.Write(&wire); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(&body) // for the responder
		s.mu.Lock()
		s.sent = append(s.sent, wire.String())
		name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		responder := text(404, "")
		if next := s.next[name]; len(next) > 0 {
			responder = next[0]
			if len(next) > 1 {
				s.next[name] = next[1:]
			}
		}
		s.mu.Unlock()
		return responder(r)
	})
	return &http.Client{Transport: mock}
}

// requests returns what was sent but for the domain look-ups.
func (s *script) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, r := range s.sent {
		if !strings.Contains(r, "/service/baseURI.json") {
			out = append(out, r)
		}
	}
	return out
}

func text(status int, body string, cookies ...string) httpmock.Responder {
	return func(r *http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(status, body)
		resp.Request = r
		for _, c := range cookies {
			resp.Header.Add("Set-Cookie", c)
		}
		return resp, nil
	}
}

const domainsAnswer = `{"baseURIs":[{"service":"agentVep","account":"12345678","baseURI":"va.agentvep.liveperson.net"}]}`

// loginAnswer is that of the page.
const loginAnswer = `{"csrf":"d5d07326","wsuk":"766900772095619056","config":{"loginName":"name","userId":"3705342610",` +
	`"userPid":"f39fbc5f-1","userPrivileges":[100,101,1730],"serverCurrentTime":1474549184722,"timeDiff":-25200000,` +
	`"serverTimeZoneName":"Europe/Athens","serverTimeGMTDiff":10800000,"isLPA":false,"isAdmin":true,"accountTimeZoneId":"Europe/Berlin"},` +
	`"csdsCollectionResponse":{"baseURIs":[{"account":"12345678","baseURI":"z1.forms.liveperson.net","service":"runtimeFormLogic"},` +
	`{"account":"12345678","baseURI":"lo.agentvep.liveperson.net","service":"agentVep"}]},` +
	`"accountData":{"agentGroupsData":{"items":[{"id":-1,"deleted":false,"name":"Main Group"}],"revision":1}},` +
	`"sessionTTl":"28800000","sessionId":"s3ss10n","bearer":"9cf6ee24"}`

// scripted answers look-ups and logins as the pages have it, and the rest as
// given.
func scripted(next map[string][]httpmock.Responder) *script {
	s := &script{next: map[string][]httpmock.Responder{
		"baseURI.json": {text(200, domainsAnswer)},
		"login":        {text(200, loginAnswer, "Session_id=c00k1e; Path=/; Secure; HttpOnly")},
		"refresh":      {text(200, "")},
		"logout":       {text(200, "")},
	}}
	for path, responders := range next {
		s.next[path] = responders
	}
	return s
}

// login makes a session whose requests s answers.
func (s *script) login(t *testing.T, creds login.Credentials, opts ...login.Option) *login.Session {
	t.Helper()
	session, err := login.Login(t.Context(), "12345678", creds, append([]login.Option{
		login.WithHTTPClient(s.client()), login.WithoutRefresh(),
	}, opts...)...)
	require.NoError(t, err)
	assert.NotNil(t, session)
	return session
}
