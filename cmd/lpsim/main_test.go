package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
)

// The test binary is the program when it is told so.
func TestMain(m *testing.M) {
	if os.Getenv("LPSIM_TEST_MAIN") != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// started is a running program.
type started struct {
	greeting
	line   string // that it was read from
	client *http.Client
	cancel func()
	log    *bytes.Buffer
	code   chan int
}

func start(t *testing.T, args ...string) *started {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stdout, out := io.Pipe()
	p := &started{cancel: cancel, log: &bytes.Buffer{}, code: make(chan int, 1)}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if !strings.Contains(strings.Join(args, " "), "-plain") {
		args = append(args, "-ca-out", ca)
	}
	go func() {
		p.code <- run(ctx, args, out, p.log)
		_ = out.Close()
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(line), &p.greeting), line)
	p.line = line
	transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}}
	if data, err := os.ReadFile(ca); err == nil {
		require.True(t, transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(data))
	}
	p.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		cancel()
	})
	return p
}

// stop ends the program as a signal does and returns its exit code.
func (p *started) stop() int {
	p.cancel()
	return <-p.code
}

func (p *started) send(t *testing.T, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = p.URL + path
	}
	req, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := p.client.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

func TestGreeting(t *testing.T) {
	t.Parallel()
	p := start(t, "-account", "99", "-seed", "5")
	require.Equal(t, "https://"+p.Host, p.URL)
	require.Equal(t, "99", p.Account)
	require.Len(t, p.Agents, 2)
	require.Equal(t, []skill{{p.Skills[0].ID, "Sales"}, {p.Skills[1].ID, "Billing"}, {p.Skills[2].ID, "Experts"}}, p.Skills)
	require.Equal(t, []string{"Sales", "Billing", "Experts"}, p.Agents[1].Skills)
	require.NotContains(t, p.Bot.Skills, "Experts")
	require.Contains(t, p.line, `,"skills":[{"id":"`+p.Skills[0].ID+`","name":"Sales"},{"id":"`)
	require.Contains(t, p.line, `"userId":"`+p.Agents[0].UserID+`","skills":["Sales"]}`)
	require.Contains(t, p.line, `"clientSecret":"lpsim-client-secret","skills":["Sales","Billing"]}`)
	require.True(t, strings.HasPrefix(p.Host, "127.0.0.1:"), "loopback unless told otherwise")
	path := "/api/account/99/login?v=1.3"
	for _, body := range []string{
		`{"username":"` + p.Agents[0].UserName + `","password":"` + p.Agents[0].Password + `"}`,
		`{"username":"` + p.Bot.UserName + `","appKey":"` + p.Bot.ClientID + `","secret":"` + p.Bot.ClientSecret + `","accessToken":"dummy","accessTokenSecret":"dummy"}`,
		`{"username":"` + p.OAuth1.UserName + `","appKey":"` + p.OAuth1.AppKey + `","secret":"` + p.OAuth1.Secret + `","accessToken":"` + p.OAuth1.AccessToken + `","accessTokenSecret":"` + p.OAuth1.AccessTokenSecret + `"}`,
	} {
		status, answer := p.send(t, "POST", path, body)
		require.Equal(t, 200, status, answer)
	}
	require.Equal(t, 0, p.stop())
	require.Contains(t, p.log.String(), "op=login")
	require.Contains(t, p.log.String(), "msg=ending")
}

// A program of this module gets there with one option.
func TestOneOption(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-plain"}, {"-listen", ":0"}} {
		p := start(t, args...)
		creds := login.BotUser(p.Bot.UserName, p.Bot.ClientID, p.Bot.ClientSecret)
		session, err := login.Login(t.Context(), p.Account, creds, login.WithTestServer(p.URL, nil), login.WithoutRefresh())
		require.NoError(t, err)
		agent, err := chatagent.Start(t.Context(), session)
		require.NoError(t, err)
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		require.NoError(t, session.Logout(t.Context()))
		session.Client().CloseIdleConnections()
		require.Equal(t, 0, p.stop())
	}
}

// The README's way: Run with one option, and the visitors that the flag asks for.
func TestRunWithVisitors(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	p := start(t, "-listen", "127.0.0.1:0", "-visitors", "2")
	var closed atomic.Int64
	require.NoError(t, chatagent.Run(ctx, p.Account, login.BotUser(p.Bot.UserName, p.Bot.ClientID, p.Bot.ClientSecret),
		chatagent.HandlerFunc(func(context.Context, *chatagent.Chat) error { return nil }), // which ends the chat
		chatagent.WithLogin(login.WithTestServer(p.URL, nil)),
		chatagent.WithOnUpdate(func(u chatagent.Update) {
			if c, ok := u.(chatagent.ChatClosed); ok && c.How == chatagent.ClosedEnded && closed.Add(1) == 2 {
				stop()
			}
		})))
	require.EqualValues(t, 2, closed.Load())
	require.Equal(t, 0, p.stop())
}

// Scripted consumers come when an agent is ONLINE, write and close.
func TestConsumers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script, faults := filepath.Join(dir, "script"), filepath.Join(dir, "faults")
	require.NoError(t, os.WriteFile(script, []byte("One\nTwo\n"), 0o600))
	require.NoError(t, os.WriteFile(faults, []byte(`{"type":"GetClock","code":429,"nth":1}`), 0o600))
	p := start(t, "-consumers", "2", "-script", script, "-messaging-faults", faults, "-messaging-variant", "typed-errors")
	_, body := p.send(t, "POST", "/api/account/"+p.Account+"/login?v=1.3", `{"username":"`+p.Agents[0].UserName+`","password":"`+p.Agents[0].Password+`"}`)
	var in struct{ Bearer string }
	require.NoError(t, json.Unmarshal([]byte(body), &in))
	conn, _, err := websocket.Dial(t.Context(), "wss://"+p.Host+"/ws_api/account/"+p.Account+"/messaging/brand/"+in.Bearer+"?v=2.1",
		&websocket.DialOptions{HTTPClient: p.client})
	require.NoError(t, err)
	defer func() { _ = conn.CloseNow() }()
	n := 0
	send := func(kind, body string) {
		n++
		require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte(`{"kind":"req","id":"`+strconv.Itoa(n)+`","type":"`+kind+`","body":`+body+`}`)))
	}
	next := func(key string) string { // the value behind a key in the next frame that has it
		for {
			_, data, err := conn.Read(t.Context())
			require.NoError(t, err)
			if _, rest, found := strings.Cut(string(data), `"`+key+`":"`); found {
				value, _, _ := strings.Cut(rest, `"`)
				return value
			}
		}
	}
	send(".GetClock", `{}`)
	require.Equal(t, "Too Many Requests", next("title"))
	me := p.Account + "." + p.Agents[0].UserID
	send(".ams.routing.SubscribeRoutingTasks", `{"brandId":"`+p.Account+`","agentId":"`+me+`","channelType":"MESSAGING"}`)
	send(".ams.routing.SetAgentState", `{"channels":["MESSAGING"],"agentUserId":"`+me+`","availability":"ONLINE"}`)
	rings := map[string]bool{}
	for len(rings) < 2 {
		_, data, err := conn.Read(t.Context())
		require.NoError(t, err)
		for _, part := range strings.Split(string(data), `"ringId":"`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			rings[id] = true
		}
	}
	for id := range rings {
		conv := id[:36]
		send(".ams.routing.UpdateRingState", `{"ringId":"`+id+`","ringState":"ACCEPTED"}`)
		for range 2 {
			send(".ams.ms.PublishEvent", `{"dialogId":"`+conv+`","event":{"type":"ContentEvent","contentType":"text/plain","message":"Yes?"}}`)
		}
		state := ""
		for !strings.Contains(state, `"state":"CLOSE"`) {
			_, state = p.send(t, "GET", "/_sim/conversations/"+conv, "")
		}
		require.Contains(t, state, `"text":"Two"`)
		status, body := p.send(t, "GET", "/api/account/"+p.Account+"/forms/agent_survey/state?conv="+conv+"&skill=-1&v=1.0", "", "Authorization: Bearer "+in.Bearer)
		require.Equal(t, 200, status, body)
	}
	require.Equal(t, 0, p.stop())
}

// Scripted visitors come when an agent is Online, talk and leave.
func TestVisitors(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(script, []byte("# what they say\nOne\n\n  Two  \n"), 0o600))
	p := start(t, "-plain", "-visitors", "2", "-script", script, "-cookies", "lenient")
	require.Equal(t, "http://"+p.Host, p.URL)
	base := "/api/account/" + p.Account
	_, body := p.send(t, "GET", "/_sim/chats", "")
	require.JSONEq(t, `{"chats":[]}`, body)
	_, body = p.send(t, "POST", base+"/login?v=1.3", `{"username":"`+p.Agents[0].UserName+`","password":"`+p.Agents[0].Password+`"}`)
	var in struct{ Bearer string }
	require.NoError(t, json.Unmarshal([]byte(body), &in))
	auth := "Authorization: Bearer " + in.Bearer
	href := func(body string) string {
		_, rest, _ := strings.Cut(body, `"@href":"`)
		url, _, _ := strings.Cut(rest, `"`)
		return url
	}
	const query = "?v=1&NC=true"
	_, body = p.send(t, "POST", base+"/agentSession"+query, `{"loginData":""}`, auth)
	as := href(body)
	status, body := p.send(t, "POST", as+"/availability"+query, `{"availability":{"chat":"Online"}}`, auth, "X-HTTP-Method-Override: PUT")
	require.Equal(t, 200, status, body)
	for range 2 {
		url := ""
		for url == "" { // the visitors are on their way
			_, body = p.send(t, "POST", as+"/incomingRequests"+query, `{}`, auth)
			url = href(body)
		}
		for range 2 {
			status, body = p.send(t, "POST", url+"/events"+query, `{"event":{"@type":"line","text":"Yes?"}}`, auth)
			require.Equal(t, 201, status, body)
			state := ""
			for !strings.Contains(state, `"text":"Two"`) {
				_, state = p.send(t, "GET", url+query, "", auth)
			}
		}
		for !strings.Contains(body, `"state":"ended"`) {
			_, body = p.send(t, "GET", url+query, "", auth)
		}
		require.Less(t, strings.Index(body, "One"), strings.Index(body, "Two"))
		require.NotContains(t, body, "what they say")
	}
	require.Equal(t, 0, p.stop())
	require.Contains(t, p.log.String(), "visitor leaves")
}

func TestFaultsAndVariants(t *testing.T) {
	t.Parallel()
	faults := filepath.Join(t.TempDir(), "faults.json")
	require.NoError(t, os.WriteFile(faults, []byte(`[{"op":"domain","nth":2,"status":503}]`), 0o600))
	p := start(t, "-faults", faults, "-variants")
	path := "/api/account/12345678/service/agentVep/baseURI.json?version=1.0"
	forms := map[string]bool{}
	for i := range 40 {
		status, body := p.send(t, "GET", path, "")
		require.Equal(t, i == 1, status == 503, body)
		forms[body] = true
	}
	require.GreaterOrEqual(t, len(forms), 3)
	require.Equal(t, 0, p.stop())
}

// Texts can be stored in another form, and single variants chosen.
func TestStoredAndVariant(t *testing.T) {
	t.Parallel()
	p := start(t, "-plain", "-stored", "tags,cut=2", "-stored-answers", "emoji", "-variant", "domain-form, no-session-id",
		"-visitors", "1", "-cookies", "lenient")
	_, body := p.send(t, "GET", "/api/account/12345678/service/agentVep/baseURI.json?version=1.0", "")
	require.Equal(t, `{"baseURIs":[{"service":"agentVep","account":"12345678","baseURI":"`+p.Host+`"}]}`, body)
	_, body = p.send(t, "POST", "/api/account/12345678/login?v=1.3", `{"username":"`+p.Agents[0].UserName+`","password":"`+p.Agents[0].Password+`"}`)
	require.NotContains(t, body, "sessionId")
	_, bearer, _ := strings.Cut(body, `"bearer":"`)
	auth := "Authorization: Bearer " + strings.TrimSuffix(bearer, `"}`)
	survey := "/api/account/12345678/forms/agent_survey/state?v=2.0&conv=" + p.Survey.Conversation + "&skill=" + strconv.FormatInt(p.Survey.Skill, 10)
	status, body := p.send(t, "PUT", survey, `[{"id":1,"questionStatus":"answer","replyIds":[12]},{"id":2,"questionStatus":"answer","freeTextReply":"a 😀"}]`, auth)
	require.Equal(t, 200, status, body)
	_, body = p.send(t, "GET", survey, "", auth)
	require.Contains(t, body, `"freeTextReply":"a ?"`)
	href := func(body string) string {
		_, rest, _ := strings.Cut(body, `"@href":"`)
		url, _, _ := strings.Cut(rest, `"`)
		return url
	}
	const query = "?v=1&NC=true"
	_, body = p.send(t, "POST", "/api/account/12345678/agentSession"+query, `{"loginData":""}`, auth)
	as := href(body)
	p.send(t, "POST", as+"/availability"+query, `{"availability":{"chat":"Online"}}`, auth, "X-HTTP-Method-Override: PUT")
	url := ""
	for url == "" { // the visitor is on the way
		_, body = p.send(t, "POST", as+"/incomingRequests"+query, `{}`, auth)
		url = href(body)
	}
	p.send(t, "POST", url+"/events"+query, `{"event":{"@type":"line","textType":"html","text":"<b>Hello</b>"}}`, auth)
	_, body = p.send(t, "GET", url+"/events"+query, "", auth)
	require.Contains(t, body, `"textType":"html","text":"He","by":"Ann"`)
	require.Equal(t, 0, p.stop())
}

// What the flags say about logins, sessions and what rings.
func TestLoginsSessionsAndRinging(t *testing.T) {
	t.Parallel()
	const query = "?v=1&NC=true"
	between := func(body, before, after string) string {
		_, rest, _ := strings.Cut(body, before)
		value, _, _ := strings.Cut(rest, after)
		return value
	}
	login := func(p *started) string {
		_, body := p.send(t, "POST", "/api/account/12345678/login?v=1.3", `{"username":"`+p.Agents[0].UserName+`","password":"`+p.Agents[0].Password+`"}`)
		return "Authorization: Bearer " + between(body, `"bearer":"`, `"`)
	}
	session := func(p *started, auth string) (int, string) {
		status, body := p.send(t, "POST", "/api/account/12345678/agentSession"+query, `{"loginData":""}`, auth)
		return status, between(body, `"@href":"`, `"`)
	}
	p := start(t, "-plain", "-cookies", "lenient", "-ringing-lag", "1h")
	first := login(p)
	auth := login(p)
	status, _ := session(p, first)
	require.Equal(t, 401, status)
	status, as := session(p, auth)
	require.Equal(t, 201, status)
	p.send(t, "POST", as+"/availability"+query, `{"availability":{"chat":"Online"}}`, auth, "X-HTTP-Method-Override: PUT")
	p.send(t, "POST", "/_sim/chats", `{}`)
	status, _ = p.send(t, "POST", as+"/incomingRequests"+query, `{}`, auth)
	require.Equal(t, 201, status)
	_, body := p.send(t, "GET", as+"/incomingRequests"+query, "", auth)
	require.Contains(t, body, `"ringingCount":"1"`)
	require.Equal(t, 0, p.stop())

	p = start(t, "-plain", "-cookies", "lenient", "-many-logins")
	first, auth = login(p), login(p)
	for _, one := range []string{first, auth} {
		status, _ = session(p, one)
		require.Equal(t, 201, status)
	}
	require.Equal(t, 0, p.stop())

	p = start(t, "-plain", "-cookies", "lenient", "-session-idle", "1ns")
	auth = login(p)
	_, as = session(p, auth)
	status, body = p.send(t, "GET", as+"/info"+query, "", auth)
	require.Equal(t, 404, status)
	require.Contains(t, body, `"internalCode":39`)
	require.Equal(t, 0, p.stop())
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(file, []byte("# nothing\n"), 0o600))
	for _, args := range [][]string{
		{"-nothing"},
		{"more"},
		{"-listen", "nowhere"},
		{"-cookies", "some"},
		{"-stored", "nothing"},
		{"-variant", "nothing"},
		{"-stored-answers", "cut"},
		{"-visitors", "-1"},
		{"-consumers", "-1"},
		{"-messaging-variant", "nothing"},
		{"-messaging-faults", "/does/not/exist"},
		{"-messaging-faults", file},
		{"-forget", "-1s"},
		{"-session-idle", "-1s"},
		{"-ringing-lag", "-1s"},
		{"-script", "/does/not/exist"},
		{"-script", file},
		{"-faults", "/does/not/exist"},
		{"-faults", file},
		{"-plain", "-ca-out", "x"},
	} {
		var out, log bytes.Buffer
		require.Equal(t, 2, run(t.Context(), args, &out, &log), args)
		require.Empty(t, out.String())
		require.NotEmpty(t, log.String())
	}
	known := func(flag, what string) string { // what is said of a file with a fault
		file := filepath.Join(t.TempDir(), "fault")
		require.NoError(t, os.WriteFile(file, []byte(what), 0o600))
		var out, log bytes.Buffer
		require.Equal(t, 2, run(t.Context(), []string{flag, file}, &out, &log), what)
		require.Empty(t, out.String())
		return log.String()
	}
	require.Contains(t, known("-faults", `{"op":"chatz","status":500}`), `unknown operation "chatz": it is one of ["domain" `)
	require.Contains(t, known("-faults", `{"op":"chats","kind":"zz"}`), `unknown kind "zz": it is one of ["latency" `)
	require.Contains(t, known("-faults", `{"variants":["zz"]}`), `they are ["attributes" `)
	require.Contains(t, known("-faults", `{"status":500,"agent":"ann"}`), `there is no agent "ann": it is one of ["ann@lpsim" "bob@lpsim" "bot@lpsim"]`)
	require.Contains(t, known("-messaging-faults", `{"type":"zz","code":500}`), `there is no type "zz": it is one of ["AgentRequestConversation" `)
	require.Contains(t, known("-messaging-faults", `{"type":"GetClock","kind":"zz"}`), `there is no kind "zz": it is one of ["refuse" `)
	require.Contains(t, known("-messaging-faults", `{"code":500,"user":"ann"}`), `there is no user "ann": it is one of ["ann@lpsim" "bob@lpsim" "bot@lpsim"]`)
	for _, args := range [][]string{{"-listen", "256.0.0.1:0"}, {"-ca-out", "/does/not/exist/ca.pem"}} {
		var out, log bytes.Buffer
		require.Equal(t, 1, run(t.Context(), args, &out, &log), args)
		require.Empty(t, out.String())
	}
	var out, log bytes.Buffer
	require.Equal(t, 0, run(t.Context(), []string{"-h"}, &out, &log))
	require.Contains(t, log.String(), "-visitors")
	require.Equal(t, 1, run(t.Context(), nil, broken{}, &log))
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// command runs the test binary as the program.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LPSIM_TEST_MAIN=1")
	return cmd
}

func TestSignals(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := command(t, self, "-listen", ":0", "-visitors", "3")
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		line, err := bufio.NewReader(stdout).ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, line, `"url":"https://127.0.0.1:`)
		require.NoError(t, cmd.Process.Signal(signal))
		require.NoError(t, cmd.Wait(), signal)
	}
}
