package lptest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Who may call, and how.
func TestRules(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	path := strings.TrimPrefix(w.as, srv.URL())
	cookies := w.headers()[3:]
	base := append([]string{"Accept: application/json"}, cookies...)
	bearer := "Authorization: Bearer " + w.bearer
	get := func(target string, headers ...string) reply { return w.send("GET", target, "", headers...) }
	info := path + "/info?v=1&NC=true"

	require.Equal(t, 200, get(info, append(base, bearer)...).status)
	get(info, base...).refused(401, "10", "The Authorization header is missing")
	get(info, append(base, "Authorization: Bearer x")...).refused(401, "10", "The bearer is not known")
	get(info, append(base, "Authorization: Basic x")...).refused(401, "10", "The Authorization header is missing")
	for _, query := range []string{"", "?v=1", "?NC=true", "?v=2&NC=true", "?v=1&NC=false"} {
		get(path+"/info"+query, append(base, bearer)...).refused(400, "33", "Every call carries v=1&NC=true")
	}
	for _, accept := range []string{"Accept-Language: en", "Accept: */*", "Accept: application/xml"} {
		get(info, append(cookies, bearer, accept)...).refused(406, "33", "Accept: application/json is wanted")
	}
	get("/api/account/1/agentSession/1/info?v=1&NC=true", append(base, bearer)...).refused(401, "6", "The account 1 is not known")
	get("/api/account/12345678/agentSession/1/info?v=1&NC=true", append(base, bearer)...).
		refused(404, "39", "The agent session is not known or has ended")
	post := func(body, kind string) reply {
		return w.send("POST", path+"/incomingRequests?v=1&NC=true", body, append(base, bearer, "Content-Type: "+kind)...)
	}
	post("{}", "text/plain").refused(415, "33", "Content-Type: application/json is wanted")
	post("<accept/>", "application/xml").refused(415, "33", "Content-Type: application/json is wanted")
	post("", "application/json").refused(400, "33", "The body is no JSON")
	require.Equal(t, 200, post("{}", "application/json; charset=utf-8").status)
	post(`{"`+strings.Repeat("x", 5<<20)+`":1}`, "application/json").refused(413, "33", "The request is too large")
	get("/nowhere").refused(404, "28", "No such URI: /nowhere")
	get("/api/account/12345678/agentSession/%2e%2e/info?v=1&NC=true", append(base, bearer)...).
		refused(404, "39", "The agent session is not known or has ended")

	// An account of another agent, his bearer on this session.
	other := bob(t, srv)
	get(info, "Accept: application/json", "Authorization: Bearer "+other.bearer).
		refused(403, "39", "The agent session belongs to another agent")
}

// Cookies belong to one agent session.
func TestCookies(t *testing.T) {
	t.Parallel()
	srv := brand(t, lptest.WithManyLogins())
	w, other := ann(t, srv), bob(t, srv)
	id := w.as[strings.LastIndexByte(w.as, '/')+1:]
	main, node := w.cookies["LPAgentSession"], w.cookies["LPAgentNode-"+id]
	second := newWire(t, srv)
	second.signIn("ann@brand", "pw-ann")
	second.start()
	send := func(cookies ...string) reply {
		headers := []string{"Authorization: Bearer " + w.bearer, "Accept: application/json"}
		if len(cookies) > 0 {
			headers = append(headers, "Cookie: "+strings.Join(cookies, "; "))
		}
		return w.send("GET", w.as+"/info?v=1&NC=true", "", headers...)
	}
	good := []string{"LPAgentSession=" + main, "LPAgentNode-" + id + "=" + node}
	require.Equal(t, 200, send(good...).status)
	require.Equal(t, 200, send(append(good, "theme=dark", "Session_id="+w.login)...).status)
	send().refused(401, "39", "A cookie of the agent session is missing")
	send(good[0]).refused(401, "39", "A cookie of the agent session is missing")
	send(good[1]).refused(401, "39", "A cookie of the agent session is missing")
	send(append(good, good[0])...).refused(403, "39", "The cookie LPAgentSession was sent twice")
	send(good[1], "LPAgentSession="+second.cookies["LPAgentSession"]).
		refused(403, "39", "The cookie LPAgentSession belongs to another agent session")
	for _, cookie := range []string{"LPAgentSession=" + other.cookies["LPAgentSession"], "LPAgentNode-1=x", "Session_id=" + other.login} {
		name, _, _ := strings.Cut(cookie, "=")
		send(append(good, cookie)...).refused(403, "39", "The cookie "+name+" belongs to another agent")
	}
	// They may not wander to the other services either.
	w.survey("GET", "/", query+"1.0", "", "Cookie: LPAgentSession="+other.cookies["LPAgentSession"]).
		refused(403, "39", "The cookie LPAgentSession belongs to another agent")
	var seen []string
	for _, r := range srv.Requests(lptest.OpAgentInfo) {
		seen = append(seen, r.Jar)
	}
	require.Equal(t, []string{"", "", "missing", "missing", "missing", "repeated", "foreign", "foreign", "foreign", "foreign"}, seen)
	journal := srv.Requests(lptest.OpAgentInfo)
	require.Equal(t, []string{"LPAgentSession", "LPAgentNode-" + id}, journal[0].Cookies)
	require.Equal(t, "bearer", journal[0].Auth)
	require.NotContains(t, journal[0].Header, "Authorization")
	require.Equal(t, id, journal[0].Session)
}

func TestLenientCookies(t *testing.T) {
	t.Parallel()
	srv := brand(t, lptest.WithLenientCookies())
	w := ann(t, srv)
	w.cookies = map[string]string{}
	require.Equal(t, 200, w.call("GET", "/info", "").status)
	w.cookies["LPAgentSession"] = "x"
	require.Equal(t, 200, w.call("GET", "/info", "").status)
}

// The journal tells what each request changed.
func TestJournal(t *testing.T) {
	t.Parallel()
	var observed []string
	srv := brand(t, lptest.WithJournal(3), lptest.WithObserver(func(r lptest.Request) { observed = append(observed, r.Changed) }))
	w := ann(t, srv)
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	url := w.accept()
	w.call("POST", url+"/events", `{"event":{"@type":"line","text":"Hello"}}`, "X-Requested-With: XMLHttpRequest", "User-Agent: test")
	w.call("GET", url, "")
	id := w.as[strings.LastIndexByte(w.as, '/')+1:]
	require.Equal(t, []string{
		"login of ann@brand", "agent session " + id + " started", "ann@brand is Online",
		"chat " + visit.ChatID() + " accepted by ann@brand", "chat " + visit.ChatID() + " line 4 by ann@brand", "",
	}, observed)
	journal := srv.Journal()
	require.Len(t, journal, 3)
	require.Equal(t, 3, srv.JournalDropped())
	require.Equal(t, 1, srv.Count(lptest.OpLogin))
	r := journal[1]
	require.Equal(t, []any{5, lptest.OpSend, "POST", "v=1&NC=true", "ann@brand", id, visit.ChatID(), 201, `{"event":{"@type":"line","text":"Hello"}}`},
		[]any{r.Seq, r.Op, r.Method, r.Query, r.Agent, r.Session, r.Chat, r.Status, r.Body})
	require.Equal(t, "XMLHttpRequest", r.Header.Get("X-Requested-With"))
	require.False(t, r.Answered.Before(r.Time))
	require.NoError(t, srv.WaitAnswered(t.Context(), lptest.OpChat, 1))
	require.ErrorContains(t, srv.WaitAnswered(cancelled(t), lptest.OpChat, 2), "2 calls of chat are answered")
}
