package messaging_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// world is a fake with two bots of the skill Sales and one of Billing.
type world struct {
	t    *testing.T
	srv  *lptest.Server
	svc  *messaging.Service
	bot  lptest.Agent
	mate lptest.Agent
	desk lptest.Agent
}

// bubble runs a test against a fake in virtual time.
func bubble(t *testing.T, do func(t *testing.T, w *world), opts ...messaging.Option) {
	t.Helper()
	bubbleWith(t, do, lptest.WithMessaging(opts...))
}

func bubbleWith(t *testing.T, do func(t *testing.T, w *world), opts ...lptest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory(opts...)
		defer srv.Close()
		w := &world{t: t, srv: srv, svc: srv.Messaging()}
		srv.AddSkill(lptest.Skill{ID: 41, Name: "Sales"})
		srv.AddSkill(lptest.Skill{ID: 42, Name: "Billing"})
		w.bot = srv.AddAgent(lptest.Agent{ID: 7, LoginName: "bot", Skills: []string{"Sales"}, MaxChats: 2})
		w.mate = srv.AddAgent(lptest.Agent{ID: 8, LoginName: "mate", Skills: []string{"Sales"}})
		w.desk = srv.AddAgent(lptest.Agent{ID: 9, LoginName: "desk", Skills: []string{"Billing"}})
		do(t, w)
	})
}

// sock is a client with literal frames.
type sock struct {
	t    *testing.T
	conn *websocket.Conn
	bag  []string // what came while something else was waited for
}

func (w *world) url(bearer string) string {
	return "wss://lptest.liveperson.net/ws_api/account/12345678/messaging/brand/" + bearer + "?v=2.1"
}

func (w *world) dial(a lptest.Agent) *sock {
	w.t.Helper()
	k := w.dialURL(w.url(w.srv.Bearer(a)))
	synctest.Wait() // the service has it
	return k
}

func (w *world) dialURL(url string) *sock {
	w.t.Helper()
	conn, _, err := websocket.Dial(w.t.Context(), url, &websocket.DialOptions{HTTPClient: &http.Client{Transport: w.srv.Transport()}})
	require.NoError(w.t, err)
	conn.SetReadLimit(64 << 20)
	w.t.Cleanup(func() { _ = conn.CloseNow() })
	return &sock{t: w.t, conn: conn}
}

// refused opens a socket that is not to be had and returns the status.
func (w *world) refused(url string) int {
	w.t.Helper()
	conn, resp, err := websocket.Dial(w.t.Context(), url, &websocket.DialOptions{HTTPClient: &http.Client{Transport: w.srv.Transport()}})
	if conn != nil {
		_ = conn.CloseNow()
	}
	require.Error(w.t, err)
	require.NotNil(w.t, resp)
	return resp.StatusCode
}

func (k *sock) send(text string) {
	k.t.Helper()
	require.NoError(k.t, k.conn.Write(k.t.Context(), websocket.MessageText, []byte(text)))
}

// next returns the next frame.
func (k *sock) next() string {
	k.t.Helper()
	if len(k.bag) > 0 {
		text := k.bag[0]
		k.bag = k.bag[1:]
		return text
	}
	text, err := k.read()
	require.NoError(k.t, err)
	return text
}

func (k *sock) read() (string, error) {
	_, data, err := k.conn.Read(k.t.Context())
	return string(data), err
}

// ask sends a request and returns its answer, as code and body; notifications
// that come first are kept for next.
func (k *sock) ask(id, name, body string) (int, string) {
	k.t.Helper()
	k.send(`{"kind":"req","id":"` + id + `","type":"` + name + `","body":` + body + `}`)
	return k.answer(id)
}

func (k *sock) answer(id string) (int, string) {
	k.t.Helper()
	for {
		text, err := k.read()
		require.NoError(k.t, err)
		var in struct {
			Kind  string          `json:"kind"`
			ReqID string          `json:"reqId"`
			Code  int             `json:"code"`
			Body  json.RawMessage `json:"body"`
		}
		require.NoError(k.t, json.Unmarshal([]byte(text), &in), text)
		if in.Kind == "resp" && in.ReqID == id {
			return in.Code, string(in.Body)
		}
		k.bag = append(k.bag, text)
	}
}

// ok asks and wants an answer of the kind 2xx.
func (k *sock) ok(id, name, body string) string {
	k.t.Helper()
	code, text := k.ask(id, name, body)
	require.Equal(k.t, 2, code/100, "%d %s", code, text)
	return text
}

// until returns the next frame that contains a text; those before are gone.
func (k *sock) until(text string) string {
	k.t.Helper()
	for {
		if got := k.next(); strings.Contains(got, text) {
			return got
		}
	}
}

// serve opens a socket that is ready to work.
func (w *world) serve() *sock {
	w.t.Helper()
	k := w.dial(w.bot)
	k.ok("s1", ".ams.routing.SetAgentState", `{"channels":["MESSAGING"],"agentUserId":"12345678.7","availability":"ONLINE"}`)
	k.ok("s2", ".ams.aam.SubscribeExConversations", `{"brandId":"12345678","agentIds":["12345678.7"],"convState":["OPEN"]}`)
	k.ok("s3", ".ams.routing.SubscribeRoutingTasks", `{"brandId":"12345678","agentId":"12345678.7","channelType":"MESSAGING"}`)
	k.until("RoutingTaskNotification")
	return k
}

// take opens a conversation and accepts it.
func (w *world) take(k *sock, c messaging.Consumer) *messaging.Conversation {
	w.t.Helper()
	conv := w.svc.Consumer(c)
	k.until(`"ringState":"WAITING"`)
	rings := conv.Rings()
	k.ok("ring"+conv.ID(), ".ams.routing.UpdateRingState", `{"ringId":"`+rings[len(rings)-1].ID+`","ringState":"ACCEPTED"}`)
	k.until(`"ASSIGNED_AGENT":["12345678.7"]`)
	return conv
}

// response wants a frame that begins so, and returns the id that follows.
func (k *sock) response(begins string) string {
	k.t.Helper()
	got := k.next()
	require.Contains(k.t, got, begins)
	return between(got, begins)
}

// between is what stands behind a text up to the next quotation mark.
func between(text, before string) string {
	_, rest, _ := strings.Cut(text, before)
	rest, _, _ = strings.Cut(rest, `"`)
	return rest
}
