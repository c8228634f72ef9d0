package lptest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// login answers the Login page's call: a user with a password, a bot user with
// keys, or a SAML assertion.
func (c *call) login() answer {
	switch {
	case !strings.HasPrefix(c.query.Get("v"), "1"):
		return fail(http.StatusBadRequest, codeBadRequest, "The parameter v is missing: v=1.3 is the present version")
	case !c.doc.isObject():
		return fail(http.StatusBadRequest, codeBadRequest, "The body is no object")
	}
	a, refusal := c.checkCredentials()
	if refusal != nil {
		return *refusal
	}
	if a.Blocked {
		return fail(http.StatusUnavailableForLegalReasons, codeUnauthorized, "The account or user was blacklisted")
	}
	if !c.s.admit(a, c.now) {
		return fail(http.StatusTooManyRequests, codeUnauthorized, "Too many logins")
	}
	l := c.s.newLogin(a, c.now)
	c.agent = a
	c.entry.Agent = a.LoginName
	c.change("login of " + a.LoginName)
	reply := ok(c.loginBody(l))
	reply.cookies = []*http.Cookie{c.newCookie(loginCookie, "/", l.cookie)}
	return reply
}

// checkCredentials finds the agent that the body opens.
func (c *call) checkCredentials() (*agent, *answer) {
	bad := func(message string) (*agent, *answer) {
		a := fail(http.StatusBadRequest, codeBadRequest, message)
		return nil, &a
	}
	if c.doc.has("assertion") {
		if c.doc.text("jwt") == "" || c.doc.text("assertion") == "" {
			return bad("jwt and assertion are wanted")
		}
		for _, a := range c.s.agents {
			if a.Assertion != "" && a.Assertion == c.doc.text("assertion") && !a.Disabled {
				return a, nil
			}
		}
		return nil, refuse("The assertion is not accepted")
	}
	if c.doc.text("username") == "" {
		return bad("username is missing")
	}
	a := c.agent
	if c.doc.has("appKey") {
		for _, name := range [...]string{"appKey", "secret", "accessToken", "accessTokenSecret"} {
			if c.doc.text(name) == "" {
				return bad(name + " is missing")
			}
		}
		if a == nil || a.Disabled || a.Bot == nil || !a.Bot.open(c.doc) {
			return nil, refuse("The keys are wrong")
		}
		return a, nil
	}
	if c.doc.text("password") == "" {
		return bad("password is missing")
	}
	if a == nil || a.Disabled || a.Password == "" || a.Password != c.doc.text("password") {
		return nil, refuse("Wrong user name or password")
	}
	return a, nil
}

func (k *Keys) open(body document) bool {
	if k.ClientID != "" && body.text("appKey") == k.ClientID {
		return body.text("secret") == k.ClientSecret
	}
	return k.AppKey != "" && body.text("appKey") == k.AppKey && body.text("secret") == k.Secret &&
		body.text("accessToken") == k.AccessToken && body.text("accessTokenSecret") == k.AccessTokenSecret
}

// admit counts a login and reports whether the limit allows it.
func (s *Server) admit(a *agent, now time.Time) bool {
	if s.cfg.loginMax <= 0 {
		return true
	}
	recent := a.logins[:0]
	for _, at := range a.logins {
		if now.Sub(at) < s.cfg.loginPer {
			recent = append(recent, at)
		}
	}
	a.logins = recent
	if len(recent) >= s.cfg.loginMax {
		return false
	}
	a.logins = append(a.logins, now)
	return true
}

func (c *call) loginBody(l *login) object {
	a := l.agent
	privileges := make(list, len(a.Privileges))
	for i, p := range a.Privileges {
		privileges[i] = bare(int64(p))
	}
	skills := make(many, len(c.s.skills))
	for i, skill := range c.s.skills {
		skills[i] = object{{"id", bare(skill.ID)}, {"deleted", false}, {"name", skill.Name}}
	}
	body := object{
		{"csrf", l.csrf},
		{"wsuk", strconv.FormatUint(c.s.hash("wsuk "+a.LoginName, 0)>>4, 10)},
		{"config", object{
			{"loginName", a.LoginName},
			{"userId", quoted(a.ID)},
			{"userPid", c.s.pid(a)},
			{"userPrivileges", privileges},
			{"serverCurrentTime", bare(c.now.UnixMilli())},
			{"timeDiff", bare(-18000000)},
			{"serverTimeZoneName", "America/New_York"},
			{"serverTimeGMTDiff", bare(-18000000)},
			{"isLPA", false},
			{"isAdmin", false},
			{"accountTimeZoneId", "America/New_York"},
		}},
		{"csdsCollectionResponse", object{{"baseURIs", c.domains()}}},
		{"accountData", object{
			{"agentGroupsData", object{
				{"items", list{object{{"id", bare(-1)}, {"deleted", false}, {"name", "Main Group"}}}},
				{"revision", bare(1)},
			}},
			{"skillsData", object{{"items", skills}, {"revision", bare(1)}}},
		}},
		{"sessionTTl", quoted(c.s.cfg.sessionTTL.Milliseconds())},
	}
	if !c.fixed.has(vNoSessionID) {
		body = append(body, member{"sessionId", l.cookie})
	}
	return append(body, member{"bearer", l.bearer})
}

// pid is the id of a user in the messaging service: a UUID.
func (s *Server) pid(a *agent) string {
	high, low := s.hash("pid "+a.LoginName, 0), s.hash("pid "+a.LoginName, 1)
	return fmt.Sprintf("f39fbc5f-%04x-5%03x-%04x-%012x", high>>48, high&0xfff, low>>48&0x3fff|0x8000, low&0xffffffffffff)
}

// refresh answers the Refresh page's call: the bearer lives on.
func (c *call) refresh() answer {
	l, refusal := c.sameLogin()
	if refusal != nil {
		return *refusal
	}
	l.expires = c.now.Add(c.s.cfg.sessionTTL)
	c.change("bearer of " + l.agent.LoginName + " refreshed")
	return ok(nil)
}

// logout answers the Logout page's call: the bearer and its agent sessions end.
func (c *call) logout() answer {
	l, refusal := c.sameLogin()
	if refusal != nil {
		return *refusal
	}
	l.die(c.now)
	for _, session := range append([]*session(nil), l.agent.sessions...) {
		if session.token == l {
			c.s.endSession(session, c.now)
		}
	}
	c.change("logout of " + l.agent.LoginName)
	return ok(nil)
}

// sameLogin finds the login by its cookie and compares the csrf token.
func (c *call) sameLogin() (*login, *answer) {
	cookie, err := c.r.Cookie(loginCookie)
	if err != nil {
		return nil, refuse("The cookie Session_id is missing")
	}
	l := c.s.byCookie[cookie.Value]
	switch {
	case l == nil || !l.alive(c.now):
		return nil, refuse("The session is not known or has expired")
	case c.token != nil && c.token.agent != l.agent:
		return nil, refuse("The bearer and the cookie Session_id belong to different agents")
	case c.doc.text("csrf") != l.csrf:
		return nil, refuse("CSRF token invalid! The token of the login's answer is wanted")
	}
	return l, nil
}
