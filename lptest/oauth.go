package lptest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oauthSkew is how far the clock of a signed request may be off.
const oauthSkew = 5 * time.Minute

// identifySigned verifies an OAuth 1.0a request signed with HMAC-SHA1.
func (c *call) identifySigned(credentials string) *answer {
	c.signed = true
	params := parseOAuth(credentials)
	var keys *Keys
	for _, a := range c.s.agents {
		if a.Bot != nil && a.Bot.AppKey != "" && a.Bot.AppKey == params["oauth_consumer_key"] {
			c.agent, keys = a, a.Bot
			break
		}
	}
	switch {
	case keys == nil:
		return oauthProblem("consumer_key_unknown", "the consumer key is not known")
	case params["oauth_token"] != keys.AccessToken:
		return oauthProblem("token_rejected", "the token is not accepted")
	case c.agent.Disabled:
		return oauthProblem("permission_denied", "the user is disabled")
	case params["oauth_signature_method"] != "HMAC-SHA1":
		return oauthProblem("signature_method_rejected", "HMAC-SHA1 is wanted")
	case params["oauth_version"] != "" && params["oauth_version"] != "1.0":
		return oauthProblem("version_rejected", "version 1.0 is wanted")
	}
	seconds, err := strconv.ParseInt(params["oauth_timestamp"], 10, 64)
	if err != nil || c.now.Sub(time.Unix(seconds, 0)).Abs() > oauthSkew {
		return oauthProblem("timestamp_refused", "the timestamp is too far off")
	}
	base := signatureBase(c.r.Method, c.base+c.r.URL.EscapedPath(), c.r.URL.RawQuery, params)
	mac := hmac.New(sha1.New, []byte(percent(keys.Secret)+"&"+percent(keys.AccessTokenSecret)))
	mac.Write([]byte(base))
	signature, err := base64.StdEncoding.DecodeString(params["oauth_signature"])
	if err != nil || !hmac.Equal(signature, mac.Sum(nil)) {
		return oauthProblem("signature_invalid", "the signature base string is "+base)
	}
	nonce := keys.AppKey + "\x00" + params["oauth_timestamp"] + "\x00" + params["oauth_nonce"]
	if _, used := c.s.nonces[nonce]; used || params["oauth_nonce"] == "" {
		return oauthProblem("nonce_used", "the nonce was used before")
	}
	c.s.forgetNonces(c.now)
	c.s.nonces[nonce] = c.now
	return nil
}

// forgetNonces drops the nonces whose timestamps are refused anyway.
func (s *Server) forgetNonces(now time.Time) {
	if len(s.nonces) < 1<<12 {
		return
	}
	for nonce, at := range s.nonces {
		if now.Sub(at) > 2*oauthSkew {
			delete(s.nonces, nonce)
		}
	}
}

func oauthProblem(problem, advice string) *answer {
	return &answer{
		status: http.StatusUnauthorized,
		text:   "oauth_problem=" + problem + "&oauth_problem_advice=" + percent(advice),
	}
}

// parseOAuth reads the parameters of an Authorization header.
func parseOAuth(credentials string) map[string]string {
	params := map[string]string{}
	for part := range strings.SplitSeq(credentials, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(part), "=")
		if !found {
			continue
		}
		plain, err := url.PathUnescape(strings.Trim(value, `"`))
		if err == nil {
			params[name] = plain
		}
	}
	return params
}

// signatureBase is the signature base string of RFC 5849, section 3.4.1. A
// JSON body is no part of it.
func signatureBase(method, rawURL, query string, oauth map[string]string) string {
	var pairs [][2]string
	for name, value := range oauth {
		if name != "oauth_signature" && name != "realm" {
			pairs = append(pairs, [2]string{percent(name), percent(value)})
		}
	}
	values, _ := url.ParseQuery(query)
	for name, list := range values {
		for _, value := range list {
			pairs = append(pairs, [2]string{percent(name), percent(value)})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	joined := make([]string, len(pairs))
	for i, pair := range pairs {
		joined[i] = pair[0] + "=" + pair[1]
	}
	return method + "&" + percent(baseURL(rawURL)) + "&" + percent(strings.Join(joined, "&"))
}

// baseURL lowers scheme and host and drops a default port.
func baseURL(raw string) string {
	scheme, rest, _ := strings.Cut(raw, "://")
	host, path, _ := strings.Cut(rest, "/")
	host = strings.ToLower(host)
	if name, port, err := net.SplitHostPort(host); err == nil {
		if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
			host = name
		}
	}
	return strings.ToLower(scheme) + "://" + host + "/" + path
}

// percent encodes as RFC 3986 has it: everything but the unreserved characters.
func percent(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		ch := s[i]
		if 'a' <= ch && ch <= 'z' || 'A' <= ch && ch <= 'Z' || '0' <= ch && ch <= '9' || strings.IndexByte("-._~", ch) >= 0 {
			b.WriteByte(ch)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[ch>>4])
		b.WriteByte(hexDigits[ch&15])
	}
	return b.String()
}
