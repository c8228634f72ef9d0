package login_test

import (
	"encoding/json"
	"net/http"
	"net/url"
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
	"github.com/liveperson-community/liveperson-go/retry"
)

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

func TestSavedJSON(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := scripted(map[string][]httpmock.Responder{"x": {text(200, "")}})
		session := s.login(t, login.Password("name", "password"))
		saved := session.Save()
		const open = `{"account":"12345678","host":"va.agentvep.liveperson.net","user":{"id":"3705342610","pid":"f39fbc5f-1","loginName":"name",` +
			`"privileges":[100,101,1730],"isLpa":false,"isAdmin":true,"accountTimeZone":"Europe/Berlin","serverTimeZone":"Europe/Athens",` +
			`"serverTime":"2016-09-22T12:59:44.722Z"},"ttl":28800,"expires":`
		plain, err := json.Marshal(saved)
		require.NoError(t, err)
		expires, err := json.Marshal(session.Expires())
		require.NoError(t, err)
		assert.Equal(t, open+string(expires)+`}`, string(plain))
		whole, err := saved.Reveal()
		require.NoError(t, err)
		assert.Equal(t, open+string(expires)+`,"bearer":"9cf6ee24","csrf":"d5d07326","sessionId":"c00k1e"}`, string(whole))

		// And back: the next requests carry the same tokens.
		var back login.Saved
		require.NoError(t, json.Unmarshal(whole, &back))
		before := len(s.sent)
		again, err := login.Restore(t.Context(), back, login.Password("name", "password"), login.WithHTTPClient(s.client()), login.WithoutRefresh())
		require.NoError(t, err)
		assert.Len(t, s.sent, before, "nothing is sent")
		assert.Equal(t, session.User(), again.User())
		assert.Equal(t, session.TTL(), again.TTL())
		assert.WithinDuration(t, session.Expires(), again.Expires(), 0)
		assert.Equal(t, session.Account(), again.Account())
		require.NoError(t, again.Refresh(t.Context()))
		require.NoError(t, again.Logout(t.Context()))
		assert.Equal(t, []string{
			post("refresh?v=1.3", "Session_id=c00k1e", `{"csrf":"d5d07326"}`),
			post("logout?v=1.3", "Session_id=c00k1e", `{"csrf":"d5d07326"}`),
		}, s.sent[before:])

		// So was it written once.
		old := strings.Replace(string(whole), `"ttl":28800,`, `"ttl":"8h0m0s",`, 1)
		require.NotEqual(t, old, string(whole))
		var former login.Saved
		require.NoError(t, json.Unmarshal([]byte(old), &former))
		assert.Equal(t, back, former)

		for _, bad := range []string{`{"account":7}`, `{"ttl":"soon"}`, `{"ttl":28800000000000}`} {
			assert.Error(t, json.Unmarshal([]byte(bad), &back), bad)
		}
		assert.Equal(t, session.Account(), back.Account, "stays as it was")
	})
}

// restore takes a session through its JSON.
func restore(t *testing.T, srv *lptest.Server, saved login.Saved, opts ...login.Option) *login.Session {
	t.Helper()
	whole, err := saved.Reveal()
	require.NoError(t, err)
	var back login.Saved
	require.NoError(t, json.Unmarshal(whole, &back))
	session, err := login.Restore(t.Context(), back, login.Password("bot", password), append([]login.Option{login.WithHTTPClient(srv.Client())}, opts...)...)
	require.NoError(t, err)
	return session
}

// A session without credentials has none in its JSON, not empty ones.
func TestSavedJSONWithoutCredentials(t *testing.T) {
	t.Parallel()
	var none login.Saved
	require.NoError(t, json.Unmarshal([]byte(`{"account":"1","ttl":"5ns"}`), &none))
	whole, err := none.Reveal()
	require.NoError(t, err)
	assert.Equal(t, `{"account":"1","host":"","user":{"id":"","pid":"","loginName":"","isLpa":false,"isAdmin":false,`+
		`"accountTimeZone":"","serverTimeZone":""},"ttl":0.000000005}`, string(whole))
}

func TestRestoredSessionGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		old := start(t, srv, login.WithoutRefresh())
		time.Sleep(time.Hour)
		session := restore(t, srv, old.Save())
		status, err := call(t.Context(), session, srv)
		require.NoError(t, err)
		assert.Equal(t, http.StatusCreated, status)
		time.Sleep(23 * time.Hour)
		assert.Equal(t, 1, srv.Count(lptest.OpLogin), "no login, and it is kept alive")
		assert.Equal(t, srv.Count(lptest.OpRefresh), srv.CountStatus(lptest.OpRefresh, 200))
		srv.RevokeBearers(bot(srv))
		_, err = call(t.Context(), session, srv)
		require.NoError(t, err)
		assert.Equal(t, 2, srv.Count(lptest.OpLogin), "the credentials are for this")
		logout(t, session)
	})
}

func TestRestoredSessionThatWouldEndSoonIsRefreshedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		old := start(t, srv, login.WithoutRefresh())
		time.Sleep(8*time.Hour - 10*time.Second)
		session := restore(t, srv, old.Save())
		synctest.Wait()
		assert.Equal(t, 1, srv.CountStatus(lptest.OpRefresh, 200))
		time.Sleep(time.Hour)
		assert.Equal(t, 1, srv.Count(lptest.OpLogin))
		logout(t, session)
	})
}

func TestRefreshAtOnceThatFailsIsReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		old := start(t, srv, login.WithoutRefresh())
		time.Sleep(8*time.Hour - 50*time.Second)
		srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Status: 503, Times: 1})
		var got []error
		session := restore(t, srv, old.Save(), login.WithRefresh(retry.Interval{OnFailure: func(err error) { got = append(got, err) }}))
		time.Sleep(time.Hour)
		synctest.Wait() // time alone orders nothing: got is written by another goroutine
		require.Len(t, got, 1)
		assert.ErrorIs(t, got[0], liveperson.ErrUnavailable)
		assert.NoError(t, session.Err(), "it goes on")
		logout(t, session)
	})
}

func TestRestoreLogsInIfItHasTo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		old := start(t, srv, login.WithoutRefresh())
		saved := old.Save()
		plain, err := json.Marshal(saved)
		require.NoError(t, err)
		var open login.Saved
		require.NoError(t, json.Unmarshal(plain, &open))
		session := restore(t, srv, open)
		assert.Equal(t, 2, srv.Count(lptest.OpLogin), "without its credentials")
		logout(t, session)

		time.Sleep(8*time.Hour + time.Second)
		session = restore(t, srv, saved)
		assert.Equal(t, 3, srv.Count(lptest.OpLogin), "expired")
		logout(t, session)
	})
}

func TestRestoreFromHostileJSON(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		later := time.Now().Add(time.Hour).Format(time.RFC3339)
		for _, tt := range []struct {
			account, host string
			want          error
		}{
			{"12345678", "evil.example", liveperson.ErrForeignOrigin},
			{"12345678", "lptest.liveperson.net@evil.example", liveperson.ErrForeignOrigin},
			{"12345678", "lptest.liveperson.net/x", liveperson.ErrForeignOrigin},
			{"12345678", "https://lptest.liveperson.net", liveperson.ErrForeignOrigin},
			{"12345678", "", liveperson.ErrForeignOrigin},
			{"../12345678", "lptest.liveperson.net", liveperson.ErrInvalidInput},
			{"", "lptest.liveperson.net", liveperson.ErrInvalidInput},
		} {
			var saved login.Saved
			data, err := json.Marshal(map[string]any{
				"account": tt.account, "host": tt.host, "expires": later, "bearer": "b34r3r", "csrf": "c5rf", "sessionId": "c00k1e",
			})
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(data, &saved))
			session, err := login.Restore(t.Context(), saved, login.Password("bot", password), login.WithHTTPClient(srv.Client()))
			assert.Nil(t, session)
			assert.ErrorIs(t, err, tt.want, tt.host)
		}
		assert.Empty(t, srv.Journal(), "nothing was sent")

		// Tokens that would break a header are not sent either.
		var saved login.Saved
		require.NoError(t, json.Unmarshal([]byte(`{"account":"12345678","host":"lptest.liveperson.net","bearer":"x\r\nEvil: y"}`), &saved))
		session, err := login.Restore(t.Context(), saved, login.Password("bot", password), login.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		_, err = call(t.Context(), session, srv)
		require.ErrorIs(t, err, liveperson.ErrNotSent)
		assert.NotContains(t, err.Error(), "Evil")
		require.NoError(t, session.Logout(t.Context()))
	})
}

func TestBaseURIOfARestoredSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := fake(t)
		domains, err := domain.New(domain.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		old := start(t, srv, login.WithoutRefresh(), login.WithDomains(domains))
		before := srv.Count(lptest.OpDomain)
		session := restore(t, srv, old.Save(), login.WithDomains(domains), login.WithoutRefresh())
		host, err := session.BaseURI(t.Context(), domain.RuntimeFormLogic)
		require.NoError(t, err)
		assert.Equal(t, srv.Host(), host)
		assert.Equal(t, before, srv.Count(lptest.OpDomain), "a shared domain client remembers")
		logout(t, session)
	})
}
