package login

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/cookiejar"
	"net/url"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/secret"
)

// Saved is a session at rest, for a restart. Its JSON holds no credential; that
// of Reveal does.
type Saved struct {
	Account string        `json:"account"`
	Host    string        `json:"host"`
	User    User          `json:"user"`
	TTL     time.Duration `json:"ttl"`
	Expires time.Time     `json:"expires"`

	bearer, csrf, sessionID secret.Text
}

// revealed is a Saved with its credentials.
type revealed struct {
	Saved
	Bearer    string `json:"bearer,omitempty"`
	CSRF      string `json:"csrf,omitempty"`
	SessionID string `json:"sessionId,omitempty"`
}

// Save returns what [Restore] needs to go on with the session.
func (s *Session) Save() Saved {
	st := s.current()
	saved := Saved{
		Account: s.account, Host: st.host, User: s.User(), TTL: st.ttl, Expires: st.expires,
		bearer: st.bearer, csrf: st.csrf,
	}
	if st.jar != nil {
		if u, err := url.Parse(s.target(st.host, refreshPath).String()); err == nil {
			saved.sessionID = secret.New(sessionID(st.jar, u))
		}
	}
	return saved
}

// Reveal returns the JSON of v with its credentials: bearer, csrf token and
// session id. Keep it as safe as a password.
func (v Saved) Reveal() ([]byte, error) {
	return json.Marshal(revealed{v, v.bearer.Reveal(), v.csrf.Reveal(), v.sessionID.Reveal()})
}

// UnmarshalJSON reads the JSON of Saved, with or without credentials.
func (v *Saved) UnmarshalJSON(data []byte) error {
	type plain Saved
	var r struct {
		plain
		Bearer    string `json:"bearer"`
		CSRF      string `json:"csrf"`
		SessionID string `json:"sessionId"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	*v = Saved(r.plain)
	v.bearer, v.csrf, v.sessionID = secret.New(r.Bearer), secret.New(r.CSRF), secret.New(r.SessionID)
	return nil
}

// Restore goes on with a session that was saved, without a login call unless
// its credentials are missing or it has expired. creds are for the next login;
// the options are those of [Login].
//
// The saved host is used only if credentials may go there; see package domain.
func Restore(ctx context.Context, saved Saved, creds Credentials, opts ...Option) (*Session, error) {
	expired := !saved.Expires.IsZero() && time.Now().After(saved.Expires)
	if saved.bearer.Reveal() == "" || expired {
		return Login(ctx, saved.Account, creds, opts...)
	}
	s, cfg, err := prepare(ctx, saved.Account, creds, opts)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err == nil && !s.domains.Allowed(saved.Host) {
		err = fmt.Errorf("login.Restore: saved host: %w", liveperson.ErrForeignOrigin)
	}
	if err != nil {
		s.end(err)
		return nil, err
	}
	s.keepSessionID(jar, saved.Host, saved.sessionID.Reveal())
	s.adopt(&state{
		host: saved.Host, bearer: saved.bearer, csrf: saved.csrf, jar: jar,
		user: saved.User, ttl: saved.TTL, expires: saved.Expires,
	})
	s.keepUp(cfg)
	return s, nil
}
