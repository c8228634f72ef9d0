package login_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// withKinds adds an agent for every kind of credentials.
func withKinds(t *testing.T) *lptest.Server {
	t.Helper()
	srv := fake(t)
	srv.AddAgent(lptest.Agent{LoginName: "saml", Assertion: "PHNhbWw+=="})
	srv.AddAgent(lptest.Agent{LoginName: "keys", Bot: &lptest.Keys{
		AppKey: "app/Key", Secret: "s3cr&t", AccessToken: "t0k n", AccessTokenSecret: "t0ken+Secret",
	}})
	return srv
}

var signed = login.Signed("app/Key", "s3cr&t", "t0k n", "t0ken+Secret")

func TestEveryKindOfCredentials(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withKinds(t)
		for name, tt := range map[string]struct {
			creds  login.Credentials
			text   string
			logins int
			auth   string
		}{
			"password": {login.Password("bot", password), "password of bot", 1, "bearer"},
			"bot user": {login.BotUser("bot", "client-id", "client-secret"), "bot user of bot", 1, "bearer"},
			"keys":     {login.AppKey("keys", "app/Key", "s3cr&t", "t0k n", "t0ken+Secret"), "application keys of keys", 1, "bearer"},
			"SAML":     {login.SAML("PHNhbWw+=="), "SAML assertion", 1, "bearer"},
			"bearer":   {login.Bearer("", "7"), "bearer of 7", 0, "bearer"},
			"signed":   {signed, "signed requests", 0, "oauth"},
			"provider": {login.Provider(func(context.Context) (login.Credentials, error) {
				return login.Password("bot", password), nil
			}), "provider", 1, "bearer"},
		} {
			assert.Equal(t, tt.text, tt.creds.String(), name)
			if name == "bearer" { // which the next login of the bot ends
				tt.creds = login.Bearer(srv.Bearer(bot(srv)), "7")
			}
			before := srv.Count(lptest.OpLogin)
			session, err := login.Login(t.Context(), srv.Account(), tt.creds, login.WithHTTPClient(srv.Client()))
			require.NoError(t, err, name)
			status, err := call(t.Context(), session, srv)
			require.NoError(t, err, name)
			assert.Equal(t, http.StatusCreated, status, name)
			assert.Equal(t, tt.logins, srv.Count(lptest.OpLogin)-before, name)
			calls := srv.Requests(lptest.OpSessionStart)
			assert.Equal(t, tt.auth, calls[len(calls)-1].Auth, name)
			assert.NotEqual(t, "session of  on account 12345678", session.String(), name)
			require.NoError(t, session.Logout(t.Context()), name)
		}
		assert.Equal(t, "no credentials", login.Credentials{}.String())
	})
}

func TestBearerThatDies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session, err := login.Login(t.Context(), srv.Account(), login.Bearer(srv.Bearer(bot(srv)), "7"), login.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		assert.Equal(t, login.User{ID: "7"}, session.User())
		assert.Zero(t, session.TTL())
		assert.True(t, session.Expires().IsZero())
		time.Sleep(7 * time.Hour)
		require.NoError(t, session.Refresh(t.Context()))
		status, err := call(t.Context(), session, srv)
		require.NoError(t, err)
		assert.Equal(t, http.StatusCreated, status)
		assert.Zero(t, srv.Count(lptest.OpRefresh))

		time.Sleep(2 * time.Hour)
		status, err = call(t.Context(), session, srv)
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnauthorized, status, "as the server said it")
		<-session.Done()
		assert.ErrorIs(t, session.Err(), liveperson.ErrUnauthorized)
		_, err = call(t.Context(), session, srv)
		assert.ErrorIs(t, err, liveperson.ErrUnauthorized)
		assert.Equal(t, 2, srv.Count(lptest.OpSessionStart))
		require.NoError(t, session.Logout(t.Context()))
		assert.Zero(t, srv.Count(lptest.OpLogin)+srv.Count(lptest.OpRefresh)+srv.Count(lptest.OpLogout))
	})
}

func TestProviderWithARotatingSecret(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		secret, asked := password, 0
		var refused error
		session, err := login.Login(t.Context(), srv.Account(), login.Provider(func(context.Context) (login.Credentials, error) {
			asked++
			return login.Password("bot", secret), refused
		}), login.WithHTTPClient(srv.Client()), login.WithoutRefresh())
		require.NoError(t, err)
		assert.Equal(t, 1, asked)
		try := func() error {
			time.Sleep(20 * time.Minute) // past any pause
			_, err := call(t.Context(), session, srv)
			return err
		}
		srv.RevokeBearers(bot(srv))
		secret = "an old one"
		require.ErrorIs(t, try(), liveperson.ErrUnauthorized)
		require.NoError(t, session.Err(), "the next one may be good")
		assert.Equal(t, 2, asked)
		_, err = call(t.Context(), session, srv)
		require.ErrorIs(t, err, liveperson.ErrUnauthorized)
		assert.Equal(t, 2, asked, "a wrong password is not tried again at once")

		refused = errors.New("vault sealed")
		require.ErrorIs(t, try(), refused)
		assert.Equal(t, 3, asked)
		require.NoError(t, session.Err())

		refused, secret = nil, ""
		require.ErrorIs(t, try(), liveperson.ErrInvalidInput)
		require.NoError(t, session.Err())

		secret = password
		require.NoError(t, try())
		assert.Equal(t, 5, asked)
		assert.Equal(t, 2, srv.CountStatus(lptest.OpLogin, 200))
		logout(t, session)
	})
}

func TestProviderOfTheFirstLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		sealed := errors.New("vault sealed")
		for _, f := range []func(context.Context) (login.Credentials, error){
			func(context.Context) (login.Credentials, error) { return login.Credentials{}, sealed },
			func(ctx context.Context) (login.Credentials, error) { return login.Credentials{}, ctx.Err() },
			func(context.Context) (login.Credentials, error) { return login.Provider(nil), nil },
			func(context.Context) (login.Credentials, error) { return login.Password("bot", "wrong"), nil },
		} {
			session, err := login.Login(t.Context(), srv.Account(), login.Provider(f), login.WithHTTPClient(srv.Client()))
			assert.Nil(t, session)
			assert.Error(t, err)
		}
		assert.Equal(t, 1, srv.Count(lptest.OpLogin))
		_, err := login.Login(t.Context(), srv.Account(), login.Provider(func(context.Context) (login.Credentials, error) {
			return login.Credentials{}, sealed
		}), login.WithHTTPClient(srv.Client()))
		assert.ErrorIs(t, err, sealed)
	})
}

// Ready-made bearers that rotate.
func TestProviderOfBearers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session, err := login.Login(t.Context(), srv.Account(), login.Provider(func(context.Context) (login.Credentials, error) {
			return login.Bearer(srv.Bearer(bot(srv)), "7"), nil
		}), login.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		srv.RevokeBearers(bot(srv))
		status, err := call(t.Context(), session, srv)
		require.NoError(t, err)
		assert.Equal(t, http.StatusCreated, status)
		assert.Zero(t, srv.Count(lptest.OpLogin))
		require.NoError(t, session.Logout(t.Context()))
	})
}

func TestSignedRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withKinds(t)
		session, err := login.Login(t.Context(), srv.Account(), signed, login.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		assert.True(t, session.Signed())
		bearer, err := session.Bearer(t.Context())
		require.NoError(t, err)
		assert.Empty(t, bearer)

		// The fake verifies each signature and refuses a nonce that it knows.
		srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Status: 503, Times: 2})
		require.NoError(t, (&bench{srv: srv, session: session}).start(t.Context(), true), "a nonce for each try")
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		jar.SetCookies(mustURL(t, srv.URL()), []*http.Cookie{{Name: "left", Value: "over", Path: "/"}})
		b := &bench{srv: srv, session: session, jar: jar}
		for range 10 {
			require.NoError(t, b.start(t.Context(), true))
		}
		for _, r := range srv.Requests(lptest.OpSessionStart) {
			assert.Empty(t, r.Cookies)
		}
		u := srv.Requests(lptest.OpSessionStart)[0]
		assert.Equal(t, "oauth", u.Auth)
		assert.Len(t, jar.Cookies(mustURL(t, srv.URL()+u.Path)), 1, "none is kept, none is sent")
		require.NoError(t, session.Logout(t.Context()))
		assert.Zero(t, srv.Count(lptest.OpLogin)+srv.Count(lptest.OpLogout))
		_, err = call(t.Context(), session, srv)
		assert.ErrorIs(t, err, login.ErrLoggedOut)
	})
}

func TestSignatureThatIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withKinds(t)
		for problem, creds := range map[string]login.Credentials{
			"signature_invalid":    login.Signed("app/Key", "wrong", "t0k n", "t0ken+Secret"),
			"token_rejected":       login.Signed("app/Key", "s3cr&t", "wrong", "t0ken+Secret"),
			"consumer_key_unknown": login.Signed("wrong", "s3cr&t", "t0k n", "t0ken+Secret"),
		} {
			session, err := login.Login(t.Context(), srv.Account(), creds, login.WithHTTPClient(srv.Client()))
			require.NoError(t, err)
			before := srv.Count(lptest.OpSessionStart)
			b := &bench{srv: srv, session: session}
			err = b.start(t.Context(), true)
			require.ErrorIs(t, err, liveperson.ErrUnauthorized)
			assert.ErrorContains(t, err, "oauth problem "+problem+": ")
			assert.Equal(t, 1, srv.Count(lptest.OpSessionStart)-before, "logging in would not help")
			require.NoError(t, session.Err())
			require.NoError(t, session.Logout(t.Context()))
		}
	})
}

// The members of a form are part of its signature, and it goes out whole.
func TestSignedForm(t *testing.T) {
	t.Parallel()
	s := scripted(map[string][]httpmock.Responder{"x": {text(200, "")}})
	session := s.login(t, signed)
	post := func(form string) error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://va.agentvep.liveperson.net/x", strings.NewReader(form))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := session.Client().Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	before := len(s.sent)
	require.NoError(t, post("a=1&b=%20x"))
	require.Len(t, s.sent, before+1)
	head, body, _ := strings.Cut(s.sent[before], "\r\n\r\n")
	assert.Contains(t, head, "\r\nContent-Length: 10\r\n")
	assert.Contains(t, head, "\r\nAuthorization: OAuth oauth_consumer_key=")
	assert.Equal(t, "a=1&b=%20x", body)

	require.ErrorIs(t, post("a=%zz"), liveperson.ErrNotSent, "what is no form cannot be signed")
	assert.Len(t, s.sent, before+1)
}

func TestFallBackToTheKnownHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		session := start(t, srv, login.WithoutRefresh())
		saved := session.Save()
		srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Status: 401})
		again, err := login.Restore(t.Context(), saved, login.Password("bot", password), login.WithHTTPClient(srv.Client()), login.WithoutRefresh())
		require.NoError(t, err)
		host, err := again.BaseURI(t.Context(), domain.AgentVEP)
		require.NoError(t, err)
		assert.Equal(t, srv.Host(), host)
		_, err = again.BaseURI(t.Context(), domain.Sentinel)
		require.ErrorIs(t, err, liveperson.ErrUnauthorized)
		srv.RevokeBearers(bot(srv))
		status, err := call(t.Context(), again, srv)
		require.NoError(t, err, "logging in again needs no look-up")
		assert.Equal(t, http.StatusCreated, status)
		logout(t, again)
	})
}
