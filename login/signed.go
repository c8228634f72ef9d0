package login

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/dghubble/oauth1"

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

// signer makes the Authorization header of signed calls.
type signer struct {
	transport *oauth1.Transport
	hide      *strings.Replacer // the keys, in all their escapes
}

func newSigner(ctx context.Context, c Credentials) (*signer, error) {
	config := oauth1.NewConfig(c.value("appKey"), c.value("secret"))
	token := oauth1.NewToken(c.value("accessToken"), c.value("accessTokenSecret"))
	transport, ok := config.Client(ctx, token).Transport.(*oauth1.Transport)
	if !ok {
		return nil, errors.New("login: package oauth1 has another transport than documented")
	}
	transport.Base = capture{}
	var pairs []string
	for _, key := range c.secrets() {
		for range 4 {
			if len(key) >= 4 { // shorter ones would blank out half of every text
				pairs = append(pairs, key, secret.Redacted)
			}
			key = oauth1.PercentEncode(key)
		}
	}
	return &signer{transport, strings.NewReplacer(pairs...)}, nil
}

// redact takes the keys out of a refusal: an oauth_problem may quote the
// signature base string, which holds them in escapes that are escaped again.
func (s *signer) redact(resp *http.Response) {
	if resp.StatusCode < 300 {
		return
	}
	body, err := io.ReadAll(resp.Body) // in memory already
	if err != nil {
		return
	}
	text := s.hide.Replace(string(body))
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
}

// sign adds the signature of this very try, with a time and nonce of its own.
func (s *signer) sign(r *http.Request) error {
	shown := r.WithContext(r.Context())
	if r.Body != nil && r.Body != http.NoBody { // the library reads a form, and takes it away
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		r.Body, shown.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
	}
	var signed *capturedError
	_, err := s.transport.RoundTrip(shown) //nolint:bodyclose // capture answers with an error
	if !errors.As(err, &signed) {
		return err
	}
	r.Header.Set("Authorization", signed.header)
	return nil
}

// capture stands where the library would send, and hands back its header.
type capture struct{}

func (capture) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &capturedError{r.Header.Get("Authorization")}
}

type capturedError struct{ header string }

func (*capturedError) Error() string { return "signed" }
