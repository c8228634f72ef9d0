package lptest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// wire speaks to the fake with net/http and literal text only.
type wire struct {
	t       testing.TB
	srv     *lptest.Server
	client  *http.Client
	base    string // for paths; the server's own URL unless set
	bearer  string
	csrf    string
	as      string            // agent session URL
	cookies map[string]string // agent session cookies
	login   string            // Session_id
}

func newWire(tb testing.TB, srv *lptest.Server) *wire {
	tb.Helper()
	return &wire{t: tb, srv: srv, client: srv.Client(), cookies: map[string]string{}}
}

// reply is an answer with its body as text.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   string
	err    error
}

// send makes one request. The target is a path on the fake or a whole URL;
// headers are "Name: value".
func (w *wire) send(method, target, body string, headers ...string) reply {
	w.t.Helper()
	if !strings.HasPrefix(target, "http") {
		base := w.base
		if base == "" {
			base = w.srv.URL()
		}
		target = base + target
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, target, strings.NewReader(body))
	require.NoError(w.t, err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return reply{t: w.t, err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	r := reply{w.t, resp.StatusCode, resp.Header, string(data), err}
	for _, cookie := range resp.Cookies() {
		if cookie.Name == "Session_id" {
			w.login = cookie.Value
		} else {
			w.cookies[cookie.Name] = cookie.Value
		}
	}
	return r
}

var jsonHeaders = []string{"Content-Type: application/json", "Accept: application/json"}

// signIn logs a user in.
func (w *wire) signIn(user, password string) reply {
	w.t.Helper()
	r := w.send("POST", "/api/account/12345678/login?v=1.3", `{"username":"`+user+`","password":"`+password+`"}`, jsonHeaders...)
	if r.status == 200 {
		w.bearer, w.csrf = r.text("bearer"), r.text("csrf")
	}
	return r
}

// start opens an agent session.
func (w *wire) start() reply {
	w.t.Helper()
	r := w.send("POST", "/api/account/12345678/agentSession?v=1&NC=true", `{"loginData":""}`, w.headers()...)
	if r.status/100 == 2 && r.body != "" {
		w.as = r.text("agentSessionLocation", "link", "@href")
	}
	return r
}

func (w *wire) headers() []string {
	h := append([]string{"Authorization: Bearer " + w.bearer}, jsonHeaders...)
	for name, value := range w.cookies {
		h = append(h, "Cookie: "+name+"="+value)
	}
	return h
}

// call makes a Chat Agent API call as the documents have it. The target is a
// URL or a path behind the agent session; PUT goes as an overridden POST.
func (w *wire) call(method, target, body string, more ...string) reply {
	w.t.Helper()
	if !strings.HasPrefix(target, "http") {
		target = w.as + target
	}
	if strings.Contains(target, "?") {
		target += "&v=1&NC=true"
	} else {
		target += "?v=1&NC=true"
	}
	headers := append(w.headers(), more...)
	if method == "PUT" {
		method = "POST"
		headers = append(headers, "X-HTTP-Method-Override: PUT")
	}
	return w.send(method, target, body, headers...)
}

// ready logs an agent in, starts a session and goes Online.
func (w *wire) ready(user, password string) *wire {
	w.t.Helper()
	require.Equal(w.t, 200, w.signIn(user, password).status)
	require.Equal(w.t, 201, w.start().status)
	require.Equal(w.t, 200, w.call("PUT", "/availability", `{"availability":{"chat":"Online"}}`).status)
	return w
}

// accept takes the chat that rings and returns its URL.
func (w *wire) accept() string {
	w.t.Helper()
	r := w.call("POST", "/incomingRequests", `{}`)
	require.Equal(w.t, 201, r.status, r.body)
	return r.text("chatLocation", "link", "@href")
}

// survey makes a call to the agent survey runtime.
func (w *wire) survey(method, path, query, body string, headers ...string) reply {
	w.t.Helper()
	h := append([]string{"Authorization: Bearer " + w.bearer, "Content-Type: application/json"}, headers...)
	return w.send(method, "/api/account/12345678/forms/agent_survey"+path+"?"+query, body, h...)
}

// get walks into the body by member names and list positions.
func (r reply) get(path ...any) any {
	r.t.Helper()
	decoder := json.NewDecoder(strings.NewReader(r.body))
	decoder.UseNumber()
	var value any
	require.NoError(r.t, decoder.Decode(&value), r.body)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			fields, ok := value.(map[string]any)
			require.True(r.t, ok, "no object before %q in %s", step, r.body)
			value = fields[step]
		case int:
			items, ok := value.([]any)
			require.True(r.t, ok && step < len(items), "no element %d in %s", step, r.body)
			value = items[step]
		}
	}
	return value
}

func (r reply) text(path ...any) string {
	r.t.Helper()
	s, _ := r.get(path...).(string)
	return s
}

var (
	host      = regexp.MustCompile(`https?://[^/"]+`)
	wireTime  = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?[+-]\d\d:\d\d`)
	errorTime = regexp.MustCompile(`[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M`)
)

// shape is the body with what differs from run to run replaced: hosts, times
// and the given values.
func (r reply) shape(pairs ...string) string {
	s := host.ReplaceAllString(r.body, "https://H")
	s = wireTime.ReplaceAllString(s, "TIME")
	s = errorTime.ReplaceAllString(s, "TIME")
	return strings.NewReplacer(pairs...).Replace(s)
}

// refused checks status, internal code and message of a refusal.
func (r reply) refused(status int, code, message string) {
	r.t.Helper()
	require.NoError(r.t, r.err)
	require.Equal(r.t, status, r.status, r.body)
	require.Equal(r.t, `{"error":{"time":"TIME","message":"`+message+`","internalCode":`+code+
		`,"responseStatus":"`+statusWords[status]+`"}}`, r.shape())
	require.Equal(r.t, "application/json", r.header.Get("Content-Type"))
}

var statusWords = map[int]string{
	400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED",
	406: "NOT_ACCEPTABLE", 409: "CONFLICT", 410: "GONE", 413: "REQUEST_ENTITY_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE",
	421: "MISDIRECTED_REQUEST", 429: "TOO_MANY_REQUESTS", 451: "UNAVAILABLE_FOR_LEGAL_REASONS",
}

// brand is an account with two agents and a bot, as most tests want it.
func brand(tb testing.TB, opts ...lptest.Option) *lptest.Server {
	tb.Helper()
	srv := lptest.NewMemory(opts...)
	tb.Cleanup(srv.Close)
	srv.AddSkill(lptest.Skill{ID: 25975313, Name: "Sales"})
	srv.AddSkill(lptest.Skill{ID: 26060413, Name: "Billing"})
	srv.AddAgent(lptest.Agent{
		ID: 3705342610, LoginName: "ann@brand", Password: "pw-ann", Nickname: "Ann", MaxChats: 3, Skills: []string{"Sales"},
	})
	srv.AddAgent(lptest.Agent{
		ID: 3705342611, LoginName: "bob@brand", Password: "pw-bob", Nickname: "Bob", Skills: []string{"Sales", "Billing"},
	})
	srv.AddAgent(lptest.Agent{
		ID: 3705342612, LoginName: "bot@brand", Nickname: "Botty", Email: "bot@example.com", Bot: &lptest.Keys{
			ClientID: "client-1", ClientSecret: "client-secret",
			AppKey: "key-1", Secret: "key-secret", AccessToken: "token-1", AccessTokenSecret: "token-secret",
		},
	})
	return srv
}

// ann is the first agent of brand: logged in, with a session, Online.
func ann(tb testing.TB, srv *lptest.Server) *wire {
	tb.Helper()
	return newWire(tb, srv).ready("ann@brand", "pw-ann")
}

func bob(tb testing.TB, srv *lptest.Server) *wire {
	tb.Helper()
	return newWire(tb, srv).ready("bob@brand", "pw-bob")
}

// answered checks status and body of a success, in which AS stands for the
// agent session's URL and CH for the chat's.
func (w *wire) answered(r reply, status int, body string, pairs ...string) {
	w.t.Helper()
	require.NoError(w.t, r.err)
	require.Equal(w.t, status, r.status, r.body)
	as := host.ReplaceAllString(w.as, "https://H")
	require.Equal(w.t, body, r.shape(append(pairs, as, "AS")...))
}

// pass lets time go by; only for tests in a synctest bubble, where that takes none.
func pass(d time.Duration) { <-time.After(d) }

// number is a JSON number as it was sent.
func (r reply) number(path ...any) string {
	r.t.Helper()
	n, ok := r.get(path...).(json.Number)
	require.True(r.t, ok, "no number at %v in %s", path, r.body)
	return n.String()
}

func (r reply) int(path ...any) int64 {
	r.t.Helper()
	n, err := json.Number(r.number(path...)).Int64()
	require.NoError(r.t, err)
	return n
}

// cancelled is a context that is over.
func cancelled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
