package login_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
)

// post is a request of the Login Service, byte for byte.
func post(path, cookie, body string) string {
	if cookie != "" {
		cookie = "Cookie: " + cookie + "\r\n"
	}
	return "POST /api/account/12345678/" + path + " HTTP/1.1\r\n" +
		"Host: va.agentvep.liveperson.net\r\n" +
		"User-Agent: " + liveperson.UserAgent + "\r\n" +
		"Content-Length: " + strconv.Itoa(len(body)) + "\r\n" +
		"Accept: application/json\r\n" +
		"Content-Type: application/json\r\n" +
		cookie + "\r\n" + body
}

func TestLoginRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		creds login.Credentials
		body  string
	}{
		{"password", login.Password("na<m>e&", `pa"ss\wördü`), `{"username":"na<m>e&","password":"pa\"ss\\wördü"}`},
		{
			"bot user", login.BotUser("bot", "the-client-id", "the-client-secret"),
			`{"username":"bot","appKey":"the-client-id","secret":"the-client-secret","accessToken":"dummy","accessTokenSecret":"dummy"}`,
		},
		{
			"application keys", login.AppKey("bot", "app/Key", "s3cret", "t0ken", "t0kenSecret"),
			`{"username":"bot","appKey":"app/Key","secret":"s3cret","accessToken":"t0ken","accessTokenSecret":"t0kenSecret"}`,
		},
		{"SAML", login.SAML("PHNhbWw+=="), `{"jwt":"dummy","assertion":"PHNhbWw+=="}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := scripted(map[string][]httpmock.Responder{
				"refresh": {text(200, "", "Session_id=another; Path=/; Secure"), text(200, "")},
			})
			session := s.login(t, tt.creds)
			require.NoError(t, session.Refresh(t.Context()))
			require.NoError(t, session.Refresh(t.Context()))
			require.NoError(t, session.Logout(t.Context()))
			assert.Equal(t, []string{
				post("login?v=1.3", "", tt.body),
				post("refresh?v=1.3", "Session_id=c00k1e", `{"csrf":"d5d07326"}`),
				post("refresh?v=1.3", "Session_id=another", `{"csrf":"d5d07326"}`), // a refresh sets the cookie too
				post("logout?v=1.3", "Session_id=another", `{"csrf":"d5d07326"}`),
			}, s.requests())
		})
	}
}

func TestAuthorizedRequest(t *testing.T) {
	t.Parallel()
	const request = "GET /api/account/12345678/x?a=1&b HTTP/1.1\r\nHost: va.agentvep.liveperson.net\r\nUser-Agent: own\r\n"
	send := func(t *testing.T, creds login.Credentials) (s *script, session *login.Session) {
		t.Helper()
		s = scripted(map[string][]httpmock.Responder{"x": {text(200, "fine")}})
		session = s.login(t, creds)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://va.agentvep.liveperson.net/api/account/12345678/x?a=1&b", http.NoBody)
		require.NoError(t, err)
		req.Header.Set("User-Agent", "own")
		req.Header.Set("Authorization", "Basic nonsense")
		resp, err := session.Client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, "Basic nonsense", req.Header.Get("Authorization"), "the caller's request stays as it is")
		return s, session
	}
	t.Run("logged in", func(t *testing.T) {
		t.Parallel()
		s, _ := send(t, login.Password("name", "password"))
		assert.Equal(t, request+"Authorization: Bearer 9cf6ee24\r\n\r\n", s.requests()[1])
	})
	t.Run("ready-made bearer", func(t *testing.T) {
		t.Parallel()
		s, session := send(t, login.Bearer("r3ady", "3705342610"))
		require.NoError(t, session.Refresh(t.Context()))
		require.NoError(t, session.Logout(t.Context()))
		assert.Equal(t, []string{request + "Authorization: Bearer r3ady\r\n\r\n"}, s.requests(), "no login, no refresh, no logout")
	})
	t.Run("signed", func(t *testing.T) {
		t.Parallel()
		s, session := send(t, login.Signed("app/Key", "s3cret", "t0ken", "t0kenSecret"))
		require.NoError(t, session.Refresh(t.Context()))
		require.NoError(t, session.Logout(t.Context()))
		require.Len(t, s.requests(), 1)
		assert.Regexp(t, `^`+
			`GET /api/account/12345678/x\?a=1&b HTTP/1.1\r\nHost: va.agentvep.liveperson.net\r\nUser-Agent: own\r\n`+
			`Authorization: OAuth oauth_consumer_key="app%2FKey", oauth_nonce="[^"]+", oauth_signature="[^"]+", `+
			`oauth_signature_method="HMAC-SHA1", oauth_timestamp="[0-9]+", oauth_token="t0ken", oauth_version="1.0"\r\n\r\n$`, s.requests()[0])
	})
}

func TestLookUpOfLogin(t *testing.T) {
	t.Parallel()
	s := scripted(nil)
	s.login(t, login.Password("name", "password"))
	assert.Equal(t, "GET /api/account/12345678/service/baseURI.json?version=1.0 HTTP/1.1\r\n"+
		"Host: api.liveperson.net\r\nUser-Agent: "+liveperson.UserAgent+"\r\nAccept: application/json\r\n\r\n", s.sent[0])
}
