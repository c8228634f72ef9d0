package lptest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// login is what a login made: a bearer with its csrf token and cookie.
type login struct {
	agent   *agent
	bearer  string
	csrf    string
	cookie  string // Session_id
	expires time.Time
	dead    bool
	diedAt  time.Time
}

func (l *login) alive(now time.Time) bool { return !l.dead && now.Before(l.expires) }

// newLogin makes a bearer for an agent.
func (s *Server) newLogin(a *agent, now time.Time) *login {
	s.sweep(now)
	if !s.cfg.manyLogins {
		s.revoke(a, now)
	}
	l := &login{
		agent:   a,
		bearer:  s.token("bearer", a.LoginName, 64),
		csrf:    s.token("csrf", a.LoginName, 64),
		cookie:  s.token("cookie", a.LoginName, 32),
		expires: now.Add(s.cfg.sessionTTL),
	}
	s.logins[l.bearer] = l
	s.byCookie[l.cookie] = l
	return l
}

// Bearer makes a bearer for an agent without a call, for clients that are
// given a ready-made one.
func (s *Server) Bearer(a Agent) string {
	s.enter()
	defer s.mu.Unlock()
	return s.newLogin(s.mustAgent(a), time.Now()).bearer
}

// RevokeBearers ends every bearer of an agent: calls with one answer 401 until
// the agent logs in again. Agent sessions and chats stay.
func (s *Server) RevokeBearers(a Agent) {
	s.enter()
	defer s.mu.Unlock()
	s.revoke(s.mustAgent(a), time.Now())
}

func (s *Server) revoke(a *agent, now time.Time) {
	for _, l := range s.logins {
		if l.agent == a {
			l.die(now)
		}
	}
}

func (l *login) die(now time.Time) {
	if !l.dead {
		l.dead, l.diedAt = true, now
	}
}

// identify finds out who calls. What it returns refuses the call if the route
// needs a bearer; c.agent may be known even then, for the journal.
func (c *call) identify() *answer {
	if c.op == OpLogin {
		c.agent = c.s.byLogin[c.doc.text("username")]
		return nil
	}
	if c.op == OpRefresh || c.op == OpLogout {
		if cookie, err := c.r.Cookie(loginCookie); err == nil && c.s.byCookie[cookie.Value] != nil {
			c.agent = c.s.byCookie[cookie.Value].agent
		}
	}
	scheme, credentials, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "bearer":
		return c.identifyBearer(strings.TrimSpace(credentials))
	case "oauth":
		return c.identifySigned(credentials)
	}
	return refuse("The Authorization header is missing")
}

func (c *call) identifyBearer(bearer string) *answer {
	l := c.s.logins[bearer]
	if l == nil {
		return refuse("The bearer is not known")
	}
	c.agent, c.token = l.agent, l
	if !l.alive(c.now) {
		return refuse("The bearer has expired")
	}
	return nil
}

func refuse(message string) *answer {
	a := fail(http.StatusUnauthorized, codeUnauthorized, message)
	return &a
}

// The names of the cookies. The pages do not name those of an agent session;
// the fake sets one with the same name for every session and one whose name
// and path are the session's own.
const (
	loginCookie   = "Session_id"
	sessionCookie = "LPAgentSession"
	nodePrefix    = "LPAgentNode-"
)

func (c *call) newCookie(name, path, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: path, HttpOnly: true, Secure: !c.s.cfg.plain}
}

// addCookies sets cookies of no meaning, each with a new name.
func (c *call) addCookies(a *answer) {
	count, size := max(1, c.fault.Count), int(c.fault.Size)
	if size == 0 {
		size = 32
	}
	c.s.enter()
	first := c.s.cookies
	c.s.cookies += count
	c.s.mu.Unlock()
	for n := first + 1; n <= first+count; n++ {
		a.cookies = append(a.cookies, c.newCookie("LPExtra-"+strconv.Itoa(n), "/", strings.Repeat("x", size)))
	}
}

// checkCookies refuses cookies of another agent, wherever they are sent.
func (c *call) checkCookies() (answer, bool) {
	if c.s.cfg.lenient || c.agent == nil {
		return answer{}, true
	}
	for _, cookie := range c.r.Cookies() {
		owner := c.s.jars[cookie.Value]
		if isSessionCookie(cookie.Name) && (owner == nil || owner.agent != c.agent) {
			return c.badJar("foreign", "The cookie "+cookie.Name+" belongs to another agent")
		}
		if l := c.s.byCookie[cookie.Value]; cookie.Name == loginCookie && l != nil && l.agent != c.agent && c.op != OpLogin {
			return c.badJar("foreign", "The cookie "+cookie.Name+" belongs to another agent")
		}
	}
	return answer{}, true
}

func isSessionCookie(name string) bool {
	return name == sessionCookie || strings.HasPrefix(name, nodePrefix)
}

// checkSessionCookies holds a call to the cookies of its agent session: each
// of them once, with its present value, and none of another session.
func (c *call) checkSessionCookies() (answer, bool) {
	if c.s.cfg.lenient || c.signed || c.session.signed {
		return answer{}, true
	}
	if a, ok := c.checkCookies(); !ok {
		return a, false
	}
	var names []string
	for _, cookie := range c.r.Cookies() {
		if !isSessionCookie(cookie.Name) {
			continue
		}
		if slices.Contains(names, cookie.Name) {
			return c.badJar("repeated", "The cookie "+cookie.Name+" was sent twice")
		}
		names = append(names, cookie.Name)
		switch {
		case c.s.jars[cookie.Value] != c.session:
			return c.badJar("foreign", "The cookie "+cookie.Name+" belongs to another agent session")
		case !c.session.takes(cookie.Value, c.now):
			return c.badJar("stale", "The cookie "+cookie.Name+" was replaced")
		}
	}
	if len(names) < 2 {
		c.entry.Jar = "missing"
		return fail(http.StatusUnauthorized, codeBadSession, "A cookie of the agent session is missing"), false
	}
	return answer{}, true
}

func (c *call) badJar(what, message string) (answer, bool) {
	c.entry.Jar = what
	return fail(http.StatusForbidden, codeBadSession, message), false
}
