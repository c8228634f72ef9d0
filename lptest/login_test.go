package lptest_test

import (
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

const loginPath = "/api/account/12345678/login?v=1.3"

func TestLoginAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		defer srv.Close()
		srv.AddAgent(lptest.Agent{ID: 3705342610, LoginName: "ann", Password: "pw", Skills: []string{"Sales"}, Privileges: []int{100}})
		w := newWire(t, srv)
		r := w.signIn("ann", "pw")
		require.Equal(t, 200, r.status)
		cookie := r.header.Get("Set-Cookie")
		require.Regexp(t, `^Session_id=[0-9a-f]{32}; Path=/; HttpOnly; Secure$`, cookie)
		require.Equal(t, w.login, r.text("sessionId"))
		shape := r.body
		for _, cut := range []struct{ from, to string }{
			{`"[0-9a-f]{64}"`, `"HEX64"`},
			{`"[0-9a-f]{32}"`, `"HEX32"`},
			{`"wsuk":"\d+"`, `"wsuk":"N"`},
			{`"userPid":"f39fbc5f-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`, `"userPid":"PID"`},
			{`"id":3\d{9}`, `"id":N`},
			{`\{"baseURIs":\[\{"service":"agentVep","account":"12345678","baseURI":"lptest.liveperson.net"\},.*\]\},"acc`, `ALL,"acc`},
		} {
			shape = regexp.MustCompile(cut.from).ReplaceAllString(shape, cut.to)
		}
		require.Equal(t, `{"csrf":"HEX64","wsuk":"N","config":{"loginName":"ann","userId":"3705342610","userPid":"PID",`+
			`"userPrivileges":[100],"serverCurrentTime":946684800000,"timeDiff":-18000000,"serverTimeZoneName":"America/New_York",`+
			`"serverTimeGMTDiff":-18000000,"isLPA":false,"isAdmin":false,"accountTimeZoneId":"America/New_York"},`+
			`"csdsCollectionResponse":ALL,"accountData":{"agentGroupsData":{"items":[{"id":-1,"deleted":false,"name":"Main Group"}],`+
			`"revision":1},"skillsData":{"items":[{"id":N,"deleted":false,"name":"Sales"}],"revision":1}},`+
			`"sessionTTl":"28800000","sessionId":"HEX32","bearer":"HEX64"}`, shape)
		require.Equal(t, "login of ann", srv.Journal()[0].Changed)
	})
}

func TestLoginKinds(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	srv.AddAgent(lptest.Agent{LoginName: "saml@brand", Assertion: "PHNhbWw+"})
	srv.AddAgent(lptest.Agent{LoginName: "bad@brand", Password: "pw", Blocked: true})
	srv.AddAgent(lptest.Agent{LoginName: "gone@brand", Password: "pw", Disabled: true})
	tests := []struct {
		name, body, agent, code, message string
		status                           int
	}{
		{"user", `{"username":"ann@brand","password":"pw-ann"}`, "ann@brand", "", "", 200},
		{"client credentials", `{"username":"bot@brand","appKey":"client-1","secret":"client-secret","accessToken":"dummy","accessTokenSecret":"dummy"}`, "bot@brand", "", "", 200},
		{"OAuth 1.0 keys", `{"username":"bot@brand","appKey":"key-1","secret":"key-secret","accessToken":"token-1","accessTokenSecret":"token-secret"}`, "bot@brand", "", "", 200},
		{"assertion", `{"jwt":"dummy","assertion":"PHNhbWw+"}`, "saml@brand", "", "", 200},
		{"wrong password", `{"username":"ann@brand","password":"x"}`, "", "10", "Wrong user name or password", 401},
		{"unknown user", `{"username":"x","password":"x"}`, "", "10", "Wrong user name or password", 401},
		{"disabled user", `{"username":"gone@brand","password":"pw"}`, "", "10", "Wrong user name or password", 401},
		{"bot without password", `{"username":"bot@brand","password":""}`, "", "33", "password is missing", 400},
		{"wrong client secret", `{"username":"bot@brand","appKey":"client-1","secret":"x","accessToken":"dummy","accessTokenSecret":"dummy"}`, "", "10", "The keys are wrong", 401},
		{"keys need their tokens", `{"username":"bot@brand","appKey":"key-1","secret":"key-secret","accessToken":"dummy","accessTokenSecret":"dummy"}`, "", "10", "The keys are wrong", 401},
		{"no placeholder", `{"username":"bot@brand","appKey":"client-1","secret":"client-secret","accessToken":"dummy"}`, "", "33", "accessTokenSecret is missing", 400},
		{"keys of a person", `{"username":"ann@brand","appKey":"k","secret":"s","accessToken":"t","accessTokenSecret":"ts"}`, "", "10", "The keys are wrong", 401},
		{"wrong assertion", `{"jwt":"dummy","assertion":"x"}`, "", "10", "The assertion is not accepted", 401},
		{"no jwt", `{"assertion":"PHNhbWw+"}`, "", "33", "jwt and assertion are wanted", 400},
		{"no user", `{"password":"x"}`, "", "33", "username is missing", 400},
		{"blacklisted", `{"username":"bad@brand","password":"pw"}`, "", "10", "The account or user was blacklisted", 451},
		{"no object", `[]`, "", "33", "The body is no object", 400},
		{"no JSON", `{`, "", "33", "The body is no JSON", 400},
		{"something behind", `{} {}`, "", "33", "The body is no JSON", 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newWire(t, srv).send("POST", loginPath, test.body, jsonHeaders...)
			if test.status != 200 {
				r.refused(test.status, test.code, test.message)
				require.Empty(t, r.header["Set-Cookie"])
				return
			}
			require.Equal(t, 200, r.status, r.body)
			require.Equal(t, test.agent, r.text("config", "loginName"))
			require.NotEmpty(t, r.text("bearer"))
		})
	}
	w := newWire(t, srv)
	w.send("POST", "/api/account/12345678/login", `{}`, jsonHeaders...).
		refused(400, "33", "The parameter v is missing: v=1.3 is the present version")
	w.send("POST", loginPath, `{}`, "Accept: application/json").refused(415, "33", "Content-Type: application/json is wanted")
	w.send("POST", loginPath, `{}`, "Content-Type: application/json", "Accept: text/html").refused(406, "33", "Only JSON is served")
	w.send("GET", loginPath, "").refused(405, "33", "The method GET is not allowed here")
	w.send("POST", "/api/account/1/login?v=1.3", `{}`, jsonHeaders...).refused(401, "6", "The account 1 is not known")
}

func TestRefreshAndLogout(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	other := bob(t, srv)
	post := func(path, csrf string, headers ...string) reply {
		return w.send("POST", "/api/account/12345678/"+path, `{"csrf":"`+csrf+`"}`, append(headers, jsonHeaders...)...)
	}
	cookie := "Cookie: Session_id=" + w.login
	for _, path := range []string{"refresh?v=1.3", "refresh"} {
		r := post(path, w.csrf, cookie)
		require.Equal(t, 200, r.status)
		require.Empty(t, r.body)
		require.Empty(t, r.header.Get("Content-Type"))
	}
	for _, path := range []string{"refresh?v=1.3", "logout"} {
		post(path, "x", cookie).refused(401, "10", "CSRF token invalid! The token of the login's answer is wanted")
		post(path, w.csrf).refused(401, "10", "The cookie Session_id is missing")
		post(path, w.csrf, "Cookie: Session_id=x").refused(401, "10", "The session is not known or has expired")
		post(path, w.csrf, cookie, "Authorization: Bearer "+other.bearer).
			refused(403, "39", "The cookie Session_id belongs to another agent")
	}
	require.Equal(t, 200, post("logout", w.csrf, cookie, "Authorization: Bearer "+w.bearer).status)
	post("logout", w.csrf, cookie).refused(401, "10", "The session is not known or has expired")
	post("refresh", w.csrf, cookie).refused(401, "10", "The session is not known or has expired")
	w.call("GET", "/info", "").refused(401, "10", "The bearer has expired")
	require.Equal(t, 200, other.call("GET", "/info", "").status)
	require.Equal(t, "Offline", srv.Availability(srv.Agents()[0]))
}

func TestSessionTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, lptest.WithSessionTTL(10*time.Minute))
		w := ann(t, srv)
		refresh := func() int {
			return w.send("POST", "/api/account/12345678/refresh", `{"csrf":"`+w.csrf+`"}`,
				append([]string{"Cookie: Session_id=" + w.login}, jsonHeaders...)...).status
		}
		pass(9 * time.Minute)
		require.Equal(t, 200, refresh())
		pass(10*time.Minute - time.Nanosecond)
		require.Equal(t, 200, w.call("GET", "/info", "").status)
		pass(time.Nanosecond)
		w.call("GET", "/info", "").refused(401, "10", "The bearer has expired")
		require.Equal(t, 401, refresh())
		// A new login goes on with the agent session.
		require.Equal(t, 200, w.signIn("ann@brand", "pw-ann").status)
		require.Equal(t, 200, w.call("GET", "/info", "").status)
		srv.Close()
	})
}

func TestLoginStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, lptest.WithLoginLimit(2, time.Minute))
		w := newWire(t, srv)
		require.Equal(t, 200, w.signIn("ann@brand", "pw-ann").status)
		pass(30 * time.Second)
		require.Equal(t, 200, w.signIn("ann@brand", "pw-ann").status)
		w.signIn("ann@brand", "pw-ann").refused(429, "10", "Too many logins")
		require.Equal(t, 200, w.signIn("bob@brand", "pw-bob").status, "the limit is each user's own")
		pass(30 * time.Second)
		require.Equal(t, 200, w.signIn("ann@brand", "pw-ann").status)
		require.Equal(t, 1, srv.CountStatus(lptest.OpLogin, 429))
		srv.Close()
	})
}

func TestReadyMadeBearer(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := newWire(t, srv)
	w.bearer = srv.Bearer(srv.Agents()[0])
	require.Equal(t, 201, w.start().status)
	require.Equal(t, 200, w.call("GET", "/info", "").status)
	srv.RevokeBearers(srv.Agents()[0])
	w.call("GET", "/info", "").refused(401, "10", "The bearer has expired")
	w.bearer = srv.Bearer(srv.Agents()[0])
	require.Equal(t, 200, w.call("GET", "/info", "").status)
}
