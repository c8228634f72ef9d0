package login

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/secret"
)

// Credentials are what an agent logs in with. Make them with one of the
// functions below; printing them shows only their kind and the user.
type Credentials struct {
	kind     string
	user     string
	fields   []field
	provider func(ctx context.Context) (Credentials, error)
}

// field is one member of the login body.
type field struct {
	name  string // as in the body
	label string // as the caller knows it
	value secret.Text
}

// Kinds of credentials, as they are printed.
const (
	kindPassword = "password"
	kindBot      = "bot user"
	kindAppKey   = "application keys"
	kindSAML     = "SAML assertion"
	kindBearer   = "bearer"
	kindSigned   = "signed requests"
	kindProvider = "provider"
)

// Password logs a user in with name and password:
// https://developers.liveperson.com/login-service-api-methods-user-login.html.
func Password(username, password string) Credentials {
	return Credentials{kind: kindPassword, user: username, fields: []field{
		{"password", "password", secret.New(password)},
	}}
}

// BotUser logs a bot user in with an OAuth 2.0 client id and secret, the kind
// that LivePerson creates today:
// https://developers.liveperson.com/login-service-api-methods-application-login.html.
func BotUser(username, clientID, clientSecret string) Credentials {
	return Credentials{kind: kindBot, user: username, fields: []field{
		{"appKey", "client id", secret.New(clientID)},
		{"secret", "client secret", secret.New(clientSecret)},
		{"accessToken", "", secret.New(placeholder)},
		{"accessTokenSecret", "", secret.New(placeholder)},
	}}
}

// placeholder fills the token fields of an OAuth 2.0 login, which the service
// wants but does not read.
const placeholder = "dummy"

// AppKey logs a bot user in with OAuth 1.0 application keys. LivePerson ended
// such logins in spring 2026: new programs use [BotUser].
func AppKey(username, appKey, appSecret, accessToken, accessTokenSecret string) Credentials {
	return Credentials{kind: kindAppKey, user: username, fields: []field{
		{"appKey", "appKey", secret.New(appKey)},
		{"secret", "secret", secret.New(appSecret)},
		{"accessToken", "accessToken", secret.New(accessToken)},
		{"accessTokenSecret", "accessTokenSecret", secret.New(accessTokenSecret)},
	}}
}

// SAML logs a user in with a SAML assertion, base64 as the identity provider
// gives it. An assertion serves one login, so a session that may need another
// one gets its assertions from a [Provider].
func SAML(assertion string) Credentials {
	return Credentials{kind: kindSAML, fields: []field{
		{"jwt", "", secret.New(placeholder)},
		{"assertion", "assertion", secret.New(assertion)},
	}}
}

// Bearer uses a bearer that was obtained elsewhere. There is no login call, no
// refresh and no logout: when the bearer dies, so does the session.
func Bearer(token string, userID liveperson.UserID) Credentials {
	return Credentials{kind: kindBearer, user: string(userID), fields: []field{
		{"bearer", "bearer", secret.New(token)},
	}}
}

// Provider asks f for the credentials of every login, so that secrets may
// rotate. A login that is refused does not end the session then: the next one
// asks again. The first login has the context of [Login], the others one that
// ends with the session.
func Provider(f func(ctx context.Context) (Credentials, error)) Credentials {
	return Credentials{kind: kindProvider, provider: f}
}

// rotate tells whether the next login may have other credentials.
func (c Credentials) rotate() bool { return c.kind == kindProvider }

// resolve asks a provider, and checks the result.
func (c Credentials) resolve(ctx context.Context) (Credentials, error) {
	if c.kind == kindProvider {
		got, err := c.provider(ctx)
		if err != nil {
			return Credentials{}, fmt.Errorf("login.Login: credentials provider: %w", err)
		}
		if got.kind == kindProvider {
			return Credentials{}, input("provider", "must not return another provider")
		}
		c = got
	}
	return c, c.check()
}

func (c Credentials) check() error {
	switch c.kind {
	case "":
		return input("credentials", "must be made by a function of package login")
	case kindProvider:
		if c.provider == nil {
			return input("provider", "must not be nil")
		}
		return nil
	case kindSAML, kindSigned:
	case kindBearer:
		if c.user == "" {
			return input("user id", "must not be empty")
		}
	default:
		if c.user == "" {
			return input("username", "must not be empty")
		}
	}
	for _, f := range c.fields {
		if f.value.Reveal() == "" {
			return input(f.label, "must not be empty")
		}
	}
	return nil
}

// body is the JSON of a login. A map would sort its keys; the pages' order is
// kept instead.
func (c Credentials) body() any {
	switch c.kind {
	case kindPassword:
		return passwordBody{c.user, c.value("password")}
	case kindSAML:
		return samlBody{c.value("jwt"), c.value("assertion")}
	}
	return applicationBody{c.user, c.value("appKey"), c.value("secret"), c.value("accessToken"), c.value("accessTokenSecret")}
}

type passwordBody struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type applicationBody struct {
	Username          string `json:"username"`
	AppKey            string `json:"appKey"`
	Secret            string `json:"secret"`
	AccessToken       string `json:"accessToken"`
	AccessTokenSecret string `json:"accessTokenSecret"`
}

type samlBody struct {
	JWT       string `json:"jwt"`
	Assertion string `json:"assertion"`
}

func (c Credentials) value(name string) string {
	for _, f := range c.fields {
		if f.name == name {
			return f.value.Reveal()
		}
	}
	return ""
}

// secrets are the values to keep out of errors.
func (c Credentials) secrets() []string {
	var s []string
	for _, f := range c.fields {
		if f.label != "" {
			s = append(s, f.value.Reveal())
		}
	}
	return s
}

// String names the kind of the credentials and the user.
func (c Credentials) String() string {
	if c.kind == "" {
		return "no credentials"
	}
	if c.user == "" {
		return c.kind
	}
	return c.kind + " of " + c.user
}

// Format prints String under every verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue is String for slog.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON fails: credentials are not to be stored by accident.
func (c Credentials) MarshalJSON() ([]byte, error) {
	return nil, errors.New("login: credentials do not marshal")
}

func input(field, rule string) error {
	return &liveperson.InputError{Op: "login.Login", Field: field, Rule: rule}
}
