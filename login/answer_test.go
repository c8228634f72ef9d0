package login_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

var wholeUser = login.User{
	ID: "3705342610", PID: "f39fbc5f-1", LoginName: "name", Privileges: []int{100, 101, 1730}, IsAdmin: true,
	AccountTimeZone: "Europe/Berlin", ServerTimeZone: "Europe/Athens", ServerTime: time.UnixMilli(1474549184722).UTC(),
}

func TestLoginAnswer(t *testing.T) {
	t.Parallel()
	s := scripted(nil)
	session := s.login(t, login.Password("given", "password"))
	assert.Equal(t, wholeUser, session.User())
	assert.Equal(t, "12345678", session.Account())
	assert.Equal(t, "https", session.Scheme())
	assert.Equal(t, 8*time.Hour, session.TTL())
	assert.WithinDuration(t, time.Now().Add(8*time.Hour), session.Expires(), time.Minute)
	assert.False(t, session.Signed())
	assert.Equal(t, "session of name on account 12345678", session.String())
	bearer, err := session.Bearer(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "9cf6ee24", bearer)
	require.NoError(t, session.Err())
	select {
	case <-session.Done():
		assert.Fail(t, "done")
	default:
	}
	session.User().Privileges[0] = 7
	assert.Equal(t, wholeUser, session.User(), "what was handed out may be changed")

	// The domain list that came with the answer is used.
	before := len(s.sent)
	host, err := session.BaseURI(t.Context(), domain.RuntimeFormLogic)
	require.NoError(t, err)
	assert.Equal(t, "z1.forms.liveperson.net", host)
	host, err = session.BaseURI(t.Context(), domain.AgentVEP)
	require.NoError(t, err)
	assert.Equal(t, "lo.agentvep.liveperson.net", host)
	assert.Len(t, s.sent, before)
}

// seen is what a test may see of a session.
type seen struct {
	user    login.User
	ttl     time.Duration
	expires bool
	bearer  string
	cookie  string // of a refresh, with the csrf token
}

func look(t *testing.T, answer string, cookies ...string) seen {
	t.Helper()
	s := scripted(map[string][]httpmock.Responder{"login": {text(200, answer, cookies...)}})
	session := s.login(t, login.Password("given", "password"))
	bearer, err := session.Bearer(t.Context())
	require.NoError(t, err)
	require.NoError(t, session.Refresh(t.Context()))
	got := seen{session.User(), session.TTL(), !session.Expires().IsZero(), bearer, ""}
	if sent := s.requests(); len(sent) > 1 {
		_, got.cookie, _ = strings.Cut(sent[1], "Content-Type: application/json\r\n")
	}
	return got
}

func TestLoginAnswerVariants(t *testing.T) {
	t.Parallel()
	const cookie = "Session_id=c00k1e; Path=/; Secure; HttpOnly"
	all := seen{wholeUser, 8 * time.Hour, true, "9cf6ee24", "Cookie: Session_id=c00k1e\r\n\r\n" + `{"csrf":"d5d07326"}`}
	with := func(change func(s *seen)) seen { s := all; change(&s); return s }
	fromBody := with(func(s *seen) { s.cookie = "Cookie: Session_id=s3ss10n\r\n\r\n" + `{"csrf":"d5d07326"}` })
	edit := func(old, replacement string) string {
		require.Contains(t, loginAnswer, old)
		return strings.Replace(loginAnswer, old, replacement, 1)
	}
	for _, tt := range []struct {
		name    string
		answer  string
		cookies []string
		want    seen
	}{
		{"as documented", loginAnswer, []string{cookie}, all},
		{"attributes", strings.NewReplacer(`"csrf"`, `"@csrf"`, `"bearer"`, `"@bearer"`, `"userId"`, `"@userId"`, `"config"`, `"@config"`).Replace(loginAnswer), []string{cookie}, all},
		{"userId a number", edit(`"3705342610"`, `3705342610`), []string{cookie}, all},
		{"TTL a number", edit(`"28800000"`, `28800000`), []string{cookie}, all},
		{"TTL a float", edit(`"28800000"`, `2.88e7`), []string{cookie}, all},
		{"TTL in another case", edit(`sessionTTl`, `sessionTTL`), []string{cookie}, all},
		{"TTL missing", edit(`"sessionTTl":"28800000",`, ``), []string{cookie}, with(func(s *seen) { s.ttl, s.expires = 0, false })},
		{"TTL empty", edit(`"28800000"`, `""`), []string{cookie}, with(func(s *seen) { s.ttl, s.expires = 0, false })},
		{"TTL negative", edit(`"28800000"`, `-1`), []string{cookie}, with(func(s *seen) { s.ttl, s.expires = 0, false })},
		{"TTL nonsense", edit(`"28800000"`, `"eight hours"`), []string{cookie}, with(func(s *seen) { s.ttl, s.expires = 0, false })},
		{"TTL without end", edit(`"28800000"`, `9223372036854775807`), []string{cookie}, with(func(s *seen) { s.ttl = 100 * 365 * 24 * time.Hour })},
		{"time as text", edit(`1474549184722`, `"2016-09-22T12:59:44.722Z"`), []string{cookie}, all},
		{"time a string", edit(`1474549184722`, `"1474549184722"`), []string{cookie}, all},
		{"time nonsense", edit(`1474549184722`, `"noon"`), []string{cookie}, with(func(s *seen) { s.user.ServerTime = time.Time{} })},
		{"booleans as text", edit(`"isAdmin":true`, `"isAdmin":"true"`), []string{cookie}, all},
		{"of LivePerson", edit(`"isLPA":false`, `"isLPA":true`), []string{cookie}, with(func(s *seen) { s.user.IsLPA = true })},
		{"privileges as text", edit(`[100,101,1730]`, `["100","101","1730"]`), []string{cookie}, all},
		{"one privilege", edit(`[100,101,1730]`, `100`), []string{cookie}, with(func(s *seen) { s.user.Privileges = []int{100} })},
		{"no privileges", edit(`"userPrivileges":[100,101,1730],`, ``), []string{cookie}, with(func(s *seen) { s.user.Privileges = nil })},
		{"privileges null", edit(`[100,101,1730]`, `null`), []string{cookie}, with(func(s *seen) { s.user.Privileges = nil })},
		{"no pid", edit(`"userPid":"f39fbc5f-1",`, ``), []string{cookie}, with(func(s *seen) { s.user.PID = "" })},
		{"no login name", edit(`"loginName":"name",`, ``), []string{cookie}, with(func(s *seen) { s.user.LoginName = "given" })},
		{
			"no config", `{"csrf":"d5d07326","sessionTTl":"28800000","bearer":"9cf6ee24"}`,
			[]string{cookie},
			with(func(s *seen) { s.user = login.User{LoginName: "given"} }),
		},
		{
			"config nonsense", `{"csrf":"d5d07326","config":[1,2],"csdsCollectionResponse":7,"sessionTTl":"28800000","bearer":"9cf6ee24"}`,
			[]string{cookie},
			with(func(s *seen) { s.user = login.User{LoginName: "given"} }),
		},
		{"siteConfig", edit(`"config"`, `"siteConfig":{"x":[{"@y":null}]},"config"`), []string{cookie}, all},
		{"no sessionId", edit(`"sessionId":"s3ss10n",`, ``), []string{cookie}, all},
		{"sessionId and no cookie", loginAnswer, nil, fromBody},
		{"sessionId and other cookies", loginAnswer, []string{"lb=node1; Path=/"}, with(func(s *seen) {
			s.cookie = "Cookie: lb=node1; Session_id=s3ss10n\r\n\r\n" + `{"csrf":"d5d07326"}`
		})},
		{"cookie for the login only", loginAnswer, []string{"Session_id=c00k1e; Path=/api/account/12345678/login; Secure"}, fromBody},
		{"cookie for another host", loginAnswer, []string{"Session_id=c00k1e; Path=/; Domain=evil.example"}, fromBody},
		{"cookie without a path", loginAnswer, []string{"Session_id=c00k1e; Secure"}, all},
		{"cookie of the domain", loginAnswer, []string{"Session_id=c00k1e; Path=/; Domain=.liveperson.net"}, all},
		{"neither", edit(`"sessionId":"s3ss10n",`, ``), nil, with(func(s *seen) { s.cookie = "\r\n" + `{"csrf":"d5d07326"}` })},
		{"no csrf", edit(`"csrf":"d5d07326",`, ``), []string{cookie}, with(func(s *seen) { s.cookie = "" })},
		{
			"domains large", edit(`{"account":"12345678","baseURI":"z1`, strings.Repeat(`{"account":"1","baseURI":"x.liveperson.net","service":"x"},`, 50000)+`{"account":"12345678","baseURI":"z1`),
			[]string{cookie},
			all,
		},
		{"domains bare", `{"csdsCollectionResponse":{"baseURIs":{"service":"agentVep","baseURI":"z1.liveperson.net"}},` + loginAnswer[1:], []string{cookie}, all},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, look(t, tt.answer, tt.cookies...))
		})
	}
}

func TestLoginAnswerThatIsNone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   error
		text   string
	}{
		"no bearer":             {200, `{"csrf":"x","config":{}}`, liveperson.ErrMalformed, "no bearer"},
		"bearer an object":      {200, `{"bearer":{"x":"y"}}`, liveperson.ErrMalformed, ""},
		"list":                  {200, `[1,2]`, liveperson.ErrMalformed, ""},
		"redirect":              {302, ``, liveperson.ErrRedirected, ""},
		"error with 200":        {200, `{"error":{"message":"go away","internalCode":10,"responseStatus":"UNAUTHORIZED"}}`, liveperson.ErrUnauthorized, "go away"},
		"documented error":      {401, `{"error":{"time":"Sep 22, 2016 4:10:15 PM","message":"Bad Authentication","internalCode":10,"responseStatus":"UNAUTHORIZED"}}`, liveperson.ErrUnauthorized, "Bad Authentication (code 10)"},
		"text and code":         {401, `{"error":"LeLogin2 failed","internalCode":21}`, liveperson.ErrUnauthorized, "LeLogin2 failed"},
		"statusMessage":         {401, `{"error":{"statusMessage":"Unauthorized","internalCode":401}}`, liveperson.ErrUnauthorized, ""},
		"blocked":               {451, ``, liveperson.ErrBlocked, "451"},
		"bad request":           {400, `{"error":{"message":"Problem with body","internalCode":33}}`, nil, "Problem with body (code 33)"},
		"page":                  {403, `<html><title>Access Denied</title></html>`, liveperson.ErrForbidden, "page: Access Denied"},
		"200 with a broken tag": {200, `{"bearer":["a","b"]}`, liveperson.ErrMalformed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scripted(map[string][]httpmock.Responder{"login": {text(tt.status, tt.body)}})
			session, err := login.Login(t.Context(), "12345678", login.Password("name", "password"), login.WithHTTPClient(s.client()))
			assert.Nil(t, session)
			var e *liveperson.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "login.Login", e.Op)
			assert.Equal(t, http.MethodPost, e.Method)
			assert.Equal(t, "https://va.agentvep.liveperson.net/api/account/12345678/login?v=1.3", e.URL)
			assert.Equal(t, tt.status, e.Status)
			assert.Equal(t, 1, e.Tries)
			assert.Empty(t, e.Body, "it may hold credentials")
			if tt.want != nil {
				assert.ErrorIs(t, err, tt.want)
			}
			assert.ErrorContains(t, err, tt.text)
			assert.Len(t, s.requests(), 1, "not sent again")
		})
	}
}

// quick is a client that does not wait between tries.
func (s *script) quick() *http.Client {
	return must(retry.Wrap(s.client(), retry.WithPolicy(retry.Policy{Waits: []time.Duration{0}, Jitter: -1})))
}

func TestLoginFailureTexts(t *testing.T) {
	t.Parallel()
	s := scripted(map[string][]httpmock.Responder{"login": {text(500, `{"error":"LeLogin1 failed - no such thing"}`)}})
	_, err := login.Login(t.Context(), "12345678", login.Password("name", "password"), login.WithHTTPClient(s.quick()))
	require.ErrorIs(t, err, liveperson.ErrUnavailable)
	assert.Equal(t, "login.Login: POST https://va.agentvep.liveperson.net/api/account/12345678/login?v=1.3: "+
		"500 Internal Server Error: LeLogin1 failed - no such thing (2 tries)", err.Error())

	s = scripted(map[string][]httpmock.Responder{"refresh": {text(403, `{"error":{"message":"CSRF token invalid!","internalCode":10}}`)}})
	err = s.login(t, login.Password("name", "password")).Refresh(t.Context())
	require.ErrorIs(t, err, liveperson.ErrForbidden)
	assert.Equal(t, "login.Refresh: POST https://va.agentvep.liveperson.net/api/account/12345678/refresh?v=1.3: "+
		"403 Forbidden: CSRF token invalid! (code 10)", err.Error())
	var e *liveperson.Error
	require.ErrorAs(t, err, &e)
	assert.Empty(t, e.Body, "it may hold credentials")
}

func TestInputErrors(t *testing.T) {
	t.Parallel()
	s := scripted(nil)
	for name, tt := range map[string]struct {
		account string
		creds   login.Credentials
		opts    []login.Option
		field   string
	}{
		"no account":       {"", login.Password("n", "pppp"), nil, "account"},
		"climbing account": {"..", login.Password("n", "pppp"), nil, "account"},
		"line break":       {"1\r\n2", login.Password("n", "pppp"), nil, "account"},
		"no credentials":   {"1", login.Credentials{}, nil, "credentials"},
		"no user":          {"1", login.Password("", "pppp"), nil, "username"},
		"no password":      {"1", login.Password("n", ""), nil, "password"},
		"no client id":     {"1", login.BotUser("n", "", "s"), nil, "client id"},
		"no client secret": {"1", login.BotUser("n", "i", ""), nil, "client secret"},
		"no appKey":        {"1", login.AppKey("n", "", "b", "c", "d"), nil, "appKey"},
		"no secret":        {"1", login.AppKey("n", "a", "", "c", "d"), nil, "secret"},
		"no token":         {"1", login.AppKey("n", "a", "b", "", "d"), nil, "accessToken"},
		"no token secret":  {"1", login.AppKey("n", "a", "b", "c", ""), nil, "accessTokenSecret"},
		"no assertion":     {"1", login.SAML(""), nil, "assertion"},
		"no bearer":        {"1", login.Bearer("", "7"), nil, "bearer"},
		"no user id":       {"1", login.Bearer("b", ""), nil, "user id"},
		"unsigned":         {"1", login.Signed("a", "", "c", "d"), nil, "secret"},
		"no provider":      {"1", login.Provider(nil), nil, "provider"},
		"no user agent":    {"1", login.Password("n", "p"), []login.Option{login.WithUserAgent("")}, "user agent"},
		"bad user agent":   {"1", login.Password("n", "p"), []login.Option{login.WithUserAgent("a\r\nb: c")}, "user agent"},
		"bad test server":  {"1", login.Password("n", "p"), []login.Option{login.WithTestServer("127.0.0.1:8443", nil)}, "test server"},
		"two test servers": {"1", login.Password("n", "p"), []login.Option{
			login.WithDomains(must(domain.New())), login.WithTestServer("https://127.0.0.1:8443", nil),
		}, "test server"},
		"negative interval": {"1", login.Password("n", "p"), []login.Option{login.WithRefresh(retry.Interval{Min: -1})}, "refresh interval"},
		"interval reversed": {"1", login.Password("n", "p"), []login.Option{login.WithRefresh(retry.Interval{Min: 2, Max: 1})}, "refresh interval"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			session, err := login.Login(t.Context(), tt.account, tt.creds, append([]login.Option{login.WithHTTPClient(s.client())}, tt.opts...)...)
			assert.Nil(t, session)
			var in *liveperson.InputError
			require.ErrorAs(t, err, &in)
			assert.Equal(t, "login.Login", in.Op)
			assert.Equal(t, tt.field, in.Field)
		})
	}
	assert.Empty(t, s.sent, "nothing was sent")
}
