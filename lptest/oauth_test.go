package lptest_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// sign makes the header of an OAuth 1.0a request. The query parameters v and
// NC are the only ones here, so the base string is written out.
func sign(method, target, nonce string, at time.Time) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	params := "NC=true&oauth_consumer_key=key-1&oauth_nonce=" + nonce + "&oauth_signature_method=HMAC-SHA1&oauth_timestamp=" + stamp +
		"&oauth_token=token-1&oauth_version=1.0&v=1"
	base := method + "&" + url.QueryEscape(target) + "&" + url.QueryEscape(params)
	mac := hmac.New(sha1.New, []byte("key-secret&token-secret"))
	mac.Write([]byte(base))
	return `Authorization: OAuth oauth_consumer_key="key-1", oauth_token="token-1", oauth_signature_method="HMAC-SHA1", oauth_timestamp="` +
		stamp + `", oauth_nonce="` + nonce + `", oauth_version="1.0", oauth_signature="` +
		url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil))) + `"`
}

// Signed requests: no cookies are set and none are needed.
func TestSignedRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		defer srv.Close()
		w := newWire(t, srv)
		send := func(method, target, body, auth string) reply {
			return w.send(method, target+"?v=1&NC=true", body, append([]string{auth}, jsonHeaders...)...)
		}
		start := srv.URL() + "/api/account/12345678/agentSession"
		r := send("POST", start, `{"loginData":""}`, sign("POST", start, "n1", time.Now()))
		require.Equal(t, 201, r.status, r.body)
		require.Empty(t, r.header["Set-Cookie"])
		as := r.text("agentSessionLocation", "link", "@href")
		r = send("GET", as+"/info", "", sign("GET", as+"/info", "n2", time.Now()))
		require.Equal(t, "bot@brand", r.text("info", "loginName"))

		problem := func(r reply, problem string) {
			require.Equal(t, 401, r.status)
			require.True(t, strings.HasPrefix(r.body, "oauth_problem="+problem+"&oauth_problem_advice="), r.body)
			require.Equal(t, "text/plain; charset=utf-8", r.header.Get("Content-Type"))
		}
		info := as + "/info"
		problem(send("GET", info, "", sign("POST", info, "n3", time.Now())), "signature_invalid")
		problem(send("GET", info, "", sign("GET", start, "n4", time.Now())), "signature_invalid")
		problem(send("GET", info, "", sign("GET", info, "n2", time.Now())), "nonce_used")
		problem(send("GET", info, "", sign("GET", info, "n5", time.Now().Add(-6*time.Minute))), "timestamp_refused")
		good := sign("GET", info, "n6", time.Now())
		problem(send("GET", info, "", strings.Replace(good, "token-1", "token-2", 1)), "token_rejected")
		problem(send("GET", info, "", strings.Replace(good, "key-1", "key-2", 1)), "consumer_key_unknown")
		problem(send("GET", info, "", strings.Replace(good, "HMAC-SHA1", "PLAINTEXT", 1)), "signature_method_rejected")
		require.Equal(t, 200, send("GET", info, "", good).status)
		require.Equal(t, "oauth", srv.Journal()[0].Auth)
	})
}

// The example of RFC 5849, section 3.4.1.1, kept to what a server sees: names
// sort before values, and both are encoded.
func TestSignatureParametersSort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		defer srv.Close()
		w := newWire(t, srv)
		start := srv.URL() + "/api/account/12345678/agentSession"
		as := w.send("POST", start+"?v=1&NC=true", `{"loginData":""}`, append([]string{sign("POST", start, "m1", time.Now())}, jsonHeaders...)...).
			text("agentSessionLocation", "link", "@href")
		target := as + "/availableAgents"
		stamp := strconv.FormatInt(time.Now().Unix(), 10)
		params := "NC=true&oauth_consumer_key=key-1&oauth_nonce=m2&oauth_signature_method=HMAC-SHA1&oauth_timestamp=" + stamp +
			"&oauth_token=token-1&skill=After%20Sales%2B&v=1&v-x=1"
		mac := hmac.New(sha1.New, []byte("key-secret&token-secret"))
		mac.Write([]byte("GET&" + url.QueryEscape(target) + "&" + url.QueryEscape(params)))
		r := w.send("GET", target+"?v=1&NC=true&skill=After+Sales%2B&v-x=1", "", "Accept: application/json",
			`Authorization: OAuth realm="x",oauth_consumer_key="key-1",oauth_nonce="m2",oauth_signature_method="HMAC-SHA1",oauth_timestamp="`+
				stamp+`",oauth_token="token-1",oauth_signature="`+url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))+`"`)
		require.Equal(t, 200, r.status, r.body)
	})
}
