package lptest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBody is the largest request body that the fake reads.
const maxBody = 4 << 20

// call is one request on its way through the server.
type call struct {
	s       *Server
	r       *http.Request
	now     time.Time
	op      Op
	method  string // after X-HTTP-Method-Override
	route   *route
	allowed []string // methods that the path has, when route is nil
	params  map[string]string
	query   url.Values
	body    []byte
	base    string // scheme and host for links

	agent   *agent // who calls, nil while unknown
	token   *login // the bearer's login; nil for signed requests
	signed  bool
	session *session
	chat    *chat
	doc     document // the JSON body

	fault   *Fault
	entry   *Request
	changed string
	fixed   variantSet // how this answer is to look
}

// ServeHTTP is the whole server: http.Handler over every service.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1) // the connection is counted until its handler hijacks it
	defer s.running.Done()
	if s.messages(w, r) {
		return
	}
	body, tooLarge, err := readBody(w, r)
	if err != nil {
		panic(http.ErrAbortHandler) // the client broke off
	}
	if strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.control(w, r, body)
		return
	}
	c := &call{s: s, r: r, now: time.Now(), body: body, base: s.scheme() + "://" + r.Host, query: r.URL.Query()}
	c.find(s.routes)
	bound, ours := s.ours(r.Host)
	switch {
	case !ours:
		c.op, c.route, c.allowed = OpForeign, nil, nil
	case bound != nil && c.route != nil && !servedAt(c.route, bound):
		c.op, c.route, c.allowed = OpUnknown, nil, nil
	}
	c.readDocument()
	if c.op == OpSend && c.doc.object("event").text("@type") == "state" {
		c.op = OpEnd
	}

	s.enter()
	refusal := c.identify()
	c.entry = s.record(c)
	if c.route != nil {
		c.fault = s.strike(c)
	}
	if c.fault != nil {
		c.entry.Fault = c.fault.Kind
	}
	c.fixed = s.variantsFor(c)
	s.mu.Unlock()

	run := func(c *call) answer {
		s.enter()
		defer s.mu.Unlock()
		c.now = time.Now()
		if c.fault != nil && c.fault.Kind == FaultRevoke && c.agent != nil {
			s.revoke(c.agent, c.now)
			refusal = c.identify()
		}
		a := c.perform(refusal, tooLarge)
		c.entry.Changed = c.changed
		return a
	}
	if c.fault == nil {
		c.write(w, run(c))
		return
	}
	c.strike(r.Context(), w, run)
}

func servedAt(r *route, bound []Service) bool {
	for _, service := range bound {
		if r.service == service {
			return true
		}
	}
	return false
}

func readBody(w http.ResponseWriter, r *http.Request) (body []byte, tooLarge bool, err error) {
	if r.ContentLength == 0 {
		return nil, false, nil
	}
	body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var limit *http.MaxBytesError
	if errors.As(err, &limit) {
		return nil, true, nil
	}
	return body, false, err
}

// perform checks the rules in a fixed order and runs the handler. The lock
// must be held.
func (c *call) perform(refusal *answer, tooLarge bool) answer {
	switch {
	case c.op == OpForeign:
		return fail(http.StatusMisdirectedRequest, codeNoURI, "The host "+c.r.Host+" is none of LivePerson's")
	case c.route == nil && c.allowed != nil:
		message := "The method " + c.method + " is not allowed here"
		if slices.Contains(c.allowed, c.method) {
			message = c.method + " is sent as POST with X-HTTP-Method-Override"
		}
		a := fail(http.StatusMethodNotAllowed, codeBadRequest, message)
		return a.with("Allow", strings.Join(c.allowed, ", "))
	case c.route == nil:
		return fail(http.StatusNotFound, codeNoURI, "No such URI: "+c.r.URL.EscapedPath())
	case c.params["account"] != c.s.cfg.account:
		return fail(http.StatusUnauthorized, codeBadAccount, "The account "+c.params["account"]+" is not known")
	case tooLarge:
		return fail(http.StatusRequestEntityTooLarge, codeBadRequest, "The request is too large")
	}
	needs := c.route.needs
	if needs&needBearer != 0 && refusal != nil {
		return *refusal
	}
	if needs&needChatAPI != 0 {
		if c.query.Get("v") != "1" || c.query.Get("NC") != "true" {
			return fail(http.StatusBadRequest, codeBadRequest, "Every call carries v=1&NC=true")
		}
		if !accepts(c.r, false) {
			return fail(http.StatusNotAcceptable, codeBadRequest, "Accept: application/json is wanted")
		}
	} else if !accepts(c.r, true) {
		return fail(http.StatusNotAcceptable, codeBadRequest, "Only JSON is served")
	}
	if needs&needSession != 0 {
		if a, ok := c.enterSession(); !ok {
			return a
		}
	} else if a, ok := c.checkCookies(); !ok {
		return a
	}
	if needs&needJSON != 0 {
		if a, ok := c.checkJSON(); !ok {
			return a
		}
	}
	if needs&needChat != 0 {
		if a, ok := c.enterChat(); !ok {
			return a
		}
	}
	a := c.route.handle(c)
	a.chatAPI = needs&needChatAPI != 0
	return a
}

// accepts reports whether the client takes JSON. The Chat Agent pages ask for
// the header on every call; elsewhere it may be missing.
func accepts(r *http.Request, orMissing bool) bool {
	values := r.Header.Values("Accept")
	if len(values) == 0 {
		return orMissing
	}
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			kind, _, _ := mime.ParseMediaType(part)
			if kind == "application/json" || orMissing && (kind == "*/*" || kind == "application/*") {
				return true
			}
		}
	}
	return false
}

func (c *call) checkJSON() (answer, bool) {
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if kind != "application/json" {
		return fail(http.StatusUnsupportedMediaType, codeBadRequest, "Content-Type: application/json is wanted"), false
	}
	if !c.doc.valid {
		return fail(http.StatusBadRequest, codeBadRequest, "The body is no JSON"), false
	}
	return answer{}, true
}

// scope names the caller and what is called, for draws that shall not depend
// on what other agents do.
func (c *call) scope() string {
	who := ""
	if c.agent != nil {
		who = c.agent.LoginName
	}
	chat := c.params["chat"]
	if c.s.chats[chat] == nil {
		chat = "" // whatever ids a client makes up
	}
	return who + "\x00" + string(c.op) + "\x00" + chat
}

func faultScope(id int, c *call) string {
	return strconv.Itoa(id) + "\x00" + c.scope()
}

func (c *call) change(text string) { c.changed = text }

// accountURL is the account's part of a URL, sessionURL the agent session's,
// chatURL a chat's as this agent session sees it.
func (c *call) accountURL() string {
	return c.base + "/api/account/" + url.PathEscape(c.s.cfg.account)
}

func (c *call) sessionURL() string { return c.accountURL() + "/agentSession/" + c.session.id }

func (c *call) chatURL(ch *chat) string { return c.sessionURL() + "/chat/" + ch.id }
