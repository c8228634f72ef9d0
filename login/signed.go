package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/dghubble/oauth1"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/secret"
)

// Signed signs every call with OAuth 1.0a (HMAC-SHA1) instead of logging in:
// there is no bearer, no cookie, no refresh and no logout. A call that is
// answered 401 fails; the error says what oauth_problem the server saw.
func Signed(appKey, appSecret, accessToken, accessTokenSecret string) Credentials {
	return Credentials{kind: kindSigned, fields: []field{
		{"appKey", "appKey", secret.New(appKey)},
		{"secret", "secret", secret.New(appSecret)},
		{"accessToken", "accessToken", secret.New(accessToken)},
		{"accessTokenSecret", "accessTokenSecret", secret.New(accessTokenSecret)},
	}}
}

// signer signs calls with the keys of an application.
type signer struct {
	transport *oauth1.Transport
	keys      []string // in all their escapes: an oauth_problem may quote what was signed
}

func newSigner(ctx context.Context, c Credentials) (*signer, error) {
	config := oauth1.NewConfig(c.value("appKey"), c.value("secret"))
	token := oauth1.NewToken(c.value("accessToken"), c.value("accessTokenSecret"))
	transport, ok := config.Client(ctx, token).Transport.(*oauth1.Transport)
	if !ok {
		return nil, errors.New("login: package oauth1 has another transport than documented")
	}
	var keys []string
	for _, key := range c.secrets() {
		for range 4 {
			keys = append(keys, key)
			key = oauth1.PercentEncode(key)
		}
	}
	return &signer{transport, keys}, nil
}

// signing signs each try of a session without a bearer, beneath the retries: a
// signature has a time and a nonce of its own.
type signing struct {
	session *Session
	next    http.RoundTripper
}

func (l signing) RoundTrip(req *http.Request) (*http.Response, error) {
	signer := l.session.current().signer
	if signer == nil {
		return l.next.RoundTrip(req)
	}
	sent, sign := false, *signer.transport
	sign.Base = roundTrip(func(req *http.Request) (*http.Response, error) {
		sent = true
		return l.next.RoundTrip(req)
	})
	resp, err := sign.RoundTrip(req)
	if err != nil && !sent {
		err = fmt.Errorf("%w: %w", liveperson.ErrNotSent, err)
	}
	return resp, err
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
