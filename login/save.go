package login

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/secret"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// Saved is a session at rest, for a restart. Its JSON holds no credential; that
// of Reveal does.
type Saved struct {
	// Account is the account's id, Host where its Login Service is.
	Account, Host string
	// User is what the login said of the agent.
	User User
	// TTL and Expires are those of the session. In JSON, TTL is a number of seconds.
	TTL     time.Duration
	Expires time.Time

	bearer, csrf, sessionID secret.Text
}

// savedDoc is the JSON of a Saved.
type savedDoc struct {
	Account   string       `json:"account"`
	Host      string       `json:"host"`
	User      User         `json:"user"`
	TTL       wire.Seconds `json:"ttl"` // read as "8h0m0s" too, as it was once written
	Expires   time.Time    `json:"expires,omitzero"`
	Bearer    string       `json:"bearer,omitempty"`
	CSRF      string       `json:"csrf,omitempty"`
	SessionID string       `json:"sessionId,omitempty"`
}

func (v Saved) doc() savedDoc {
	return savedDoc{Account: v.Account, Host: v.Host, User: v.User, TTL: wire.Seconds(v.TTL), Expires: v.Expires}
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
	d := v.doc()
	d.Bearer, d.CSRF, d.SessionID = v.bearer.Reveal(), v.csrf.Reveal(), v.sessionID.Reveal()
	return json.Marshal(d)
}

// MarshalJSON returns the JSON of v without credentials.
func (v Saved) MarshalJSON() ([]byte, error) { return json.Marshal(v.doc()) }

// UnmarshalJSON reads the JSON of Saved, with or without credentials.
func (v *Saved) UnmarshalJSON(data []byte) error {
	var d savedDoc
	if err := json.Unmarshal(data, &d); err != nil {
		return fmt.Errorf("login: saved session: %w", err)
	}
	*v = Saved{
		Account: d.Account, Host: d.Host, User: d.User, TTL: time.Duration(d.TTL), Expires: d.Expires,
		bearer: secret.New(d.Bearer), csrf: secret.New(d.CSRF), sessionID: secret.New(d.SessionID),
	}
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
	s, err := prepare(ctx, saved.Account, creds, opts)
	if err != nil {
		return nil, err
	}
	if !s.domains.Allowed(saved.Host) {
		err := fmt.Errorf("login.Restore: saved host: %w", liveperson.ErrForeignOrigin)
		s.end(err)
		return nil, err
	}
	jar := rest.NewJar()
	s.keepSessionID(jar, saved.Host, saved.sessionID.Reveal())
	s.adopt(&state{
		host: saved.Host, bearer: saved.bearer, csrf: saved.csrf, jar: jar,
		user: saved.User, ttl: saved.TTL, expires: saved.Expires,
	})
	s.keepUp()
	return s, nil
}
