package login_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// atOnce is a client of a script that sends nothing twice.
func atOnce(s *script) *http.Client {
	return must(retry.NewClient(retry.WithTransport(s.client().Transport), retry.WithPolicy(retry.Policy{Waits: []time.Duration{}})))
}

// onlyOurs checks that requests went to LivePerson's hosts.
func onlyOurs(t *testing.T, s *script) {
	t.Helper()
	for _, sent := range s.sent {
		_, host, _ := strings.Cut(sent, "\r\nHost: ")
		host, _, _ = strings.Cut(host, "\r\n")
		name, _, _ := strings.Cut(strings.ToLower(host), ":")
		assert.True(t, strings.HasSuffix(name, ".liveperson.net") || strings.HasSuffix(name, ".lpsnmedia.net"), host)
	}
}

// FuzzLoginAnswer: whatever a login is answered, there is a session that can
// authorize calls, or an error that shows no password.
func FuzzLoginAnswer(f *testing.F) {
	for _, body := range []string{
		loginAnswer, `{"bearer":"b"}`, `{"bearer":["b"],"csrf":null,"sessionTTl":-1}`, `{"error":"LeLogin1 failed - x"}`, "<html>", "",
		`{"bearer":"b","csdsCollectionResponse":{"baseURIs":{"service":"agentVep","baseURI":"evil.example"}}}`,
		`{"bearer":"canary-9f41-password","sessionTTl":9223372036854775807,"config":{"userId":7}}`, "{\"bearer\":\"a\\r\\nb\"}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := scripted(map[string][]httpmock.Responder{"login": {text(200, string(body))}})
		session, err := login.Login(t.Context(), "12345678", login.Password("bot", password), login.WithHTTPClient(atOnce(s)), login.WithoutRefresh())
		if err != nil {
			assert.Nil(t, session)
			assert.NotContains(t, err.Error(), password)
			return
		}
		bearer, err := session.Bearer(t.Context())
		require.NoError(t, err)
		assert.NotEmpty(t, bearer)
		assert.GreaterOrEqual(t, session.TTL(), time.Duration(0))
		_ = session.Refresh(t.Context())
		_ = session.Logout(context.WithoutCancel(t.Context()))
		onlyOurs(t, s)
	})
}

// FuzzSaved: whatever document a session is restored from, requests go to
// LivePerson's hosts only, and what was restored is saved as it was.
func FuzzSaved(f *testing.F) {
	for _, doc := range []string{
		`{"account":"12345678","host":"va.agentvep.liveperson.net","user":{"id":"7"},"ttl":"8h0m0s","expires":"2999-09-22T12:59:44Z","bearer":"9cf6ee24","csrf":"d5d07326","sessionId":"c00k1e"}`,
		`{"account":"12345678","host":"evil.example","bearer":"b"}`, `{"account":"..","host":"va.agentvep.liveperson.net","bearer":"b"}`,
		`{"account":"1","host":"va.agentvep.liveperson.net@evil.example","bearer":"b","ttl":"-1ns"}`, `{"account":"1"}`, `{"account":"1","ttl":28800}`, `null`,
		`{"account":"1","host":"va.agentvep.liveperson.net","bearer":"a\r\nb","sessionId":"x; y"}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var saved login.Saved
		if json.Unmarshal(doc, &saved) != nil {
			return
		}
		s := scripted(nil)
		session, err := login.Restore(t.Context(), saved, login.Password("bot", password), login.WithHTTPClient(atOnce(s)), login.WithoutRefresh())
		if err != nil {
			assert.Nil(t, session)
			return
		}
		if len(s.sent) == 0 { // no login was needed
			again, err := session.Save().Reveal()
			require.NoError(t, err)
			var back login.Saved
			require.NoError(t, json.Unmarshal(again, &back))
			assert.Equal(t, saved.Account, back.Account)
			assert.Equal(t, saved.Host, back.Host)
			assert.Equal(t, saved.User, back.User)
		}
		_ = session.Refresh(t.Context())
		_ = session.Logout(context.WithoutCancel(t.Context()))
		onlyOurs(t, s)
	})
}
