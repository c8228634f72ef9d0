package login

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/secret"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/retry"
)

// spacing is the least time between two logins of one session, and the least
// pause after a login that was answered 429.
const spacing = 5 * time.Second

// versionQuery is the version of the Login Service.
type versionQuery struct {
	V string `url:"v"`
}

var version = versionQuery{V: "1.3"}

// loginDoc is the answer to a login.
type loginDoc struct {
	CSRF       string          `json:"csrf"`
	Bearer     string          `json:"bearer"`
	SessionID  string          `json:"sessionId"`
	SessionTTL json.RawMessage `json:"sessionTTl" wire:"or=sessionTTL"`
	Config     json.RawMessage `json:"config"`
	Domains    json.RawMessage `json:"csdsCollectionResponse"`
}

// configDoc says who was logged in.
type configDoc struct {
	LoginName         string    `json:"loginName"`
	UserID            string    `json:"userId"`
	UserPID           string    `json:"userPid"`
	Privileges        []int     `json:"userPrivileges"`
	IsLPA             bool      `json:"isLPA"`
	IsAdmin           bool      `json:"isAdmin"`
	AccountTimeZoneID string    `json:"accountTimeZoneId"`
	ServerTimeZone    string    `json:"serverTimeZoneName"`
	ServerTime        time.Time `json:"serverCurrentTime"`
}

// domainsDoc is the account's domain list, which rides along.
type domainsDoc struct {
	BaseURIs []struct {
		Service string `json:"service"`
		BaseURI string `json:"baseURI"`
	} `json:"baseURIs"`
}

// rider decodes a member that a login does not depend on: one that cannot be
// understood counts as missing.
func rider[T any](raw json.RawMessage) T {
	var v, none T
	if wire.Unmarshal(raw, &v) != nil {
		return none
	}
	return v
}

// user returns what the answer says of the agent.
func (d *loginDoc) user(name string) User {
	c := rider[configDoc](d.Config)
	return User{
		ID: c.UserID, PID: c.UserPID, LoginName: cmp.Or(c.LoginName, name),
		Privileges: c.Privileges, IsLPA: c.IsLPA, IsAdmin: c.IsAdmin,
		AccountTimeZone: c.AccountTimeZoneID, ServerTimeZone: c.ServerTimeZone, ServerTime: c.ServerTime,
	}
}

// ttl is how long the session lives without a refresh, 0 if that is not known.
func (d *loginDoc) ttl() time.Duration {
	const most = 100 * 365 * 24 * time.Hour
	ms := rider[int64](d.SessionTTL)
	return time.Duration(min(max(ms, 0), most.Milliseconds())) * time.Millisecond
}

// hosts is the account's domain list.
func (d *loginDoc) hosts() map[domain.Service]string {
	hosts := map[domain.Service]string{}
	for _, e := range rider[domainsDoc](d.Domains).BaseURIs {
		hosts[domain.Service(e.Service)] = e.BaseURI
	}
	return hosts
}

// Login finds the account's login host, logs the agent in and keeps the
// session alive until [Session.Logout]. The context covers the login only.
//
// Errors: *liveperson.InputError for credentials and options that break their
// rule; liveperson.ErrUnauthorized for wrong credentials, ErrBlocked for a
// user or account that LivePerson blocked (do not try again), ErrRateLimited,
// ErrUnavailable, and those of package domain.
func Login(ctx context.Context, account string, creds Credentials, opts ...Option) (*Session, error) {
	s, cfg, err := prepare(ctx, account, creds, opts)
	if err != nil {
		return nil, err
	}
	if err := s.login(ctx); err != nil {
		s.end(err)
		return nil, err
	}
	s.keepUp(cfg)
	return s, nil
}

// prepare checks the arguments and makes a session that is not logged in yet.
func prepare(ctx context.Context, account string, creds Credentials, opts []Option) (*Session, *config, error) {
	if _, err := rest.Element("account", account); err != nil {
		var in *liveperson.InputError
		if errors.As(err, &in) {
			return nil, nil, input(in.Field, in.Rule)
		}
		return nil, nil, err
	}
	if err := creds.check(); err != nil {
		return nil, nil, err
	}
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, nil, err
	}
	s := &Session{
		account: account, creds: creds, domains: cfg.domains, base: cfg.http, log: cfg.logger,
		done: make(chan struct{}), hosts: map[string]bool{}, state: &state{},
	}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.client = &http.Client{
		Transport:     &authorizer{session: s, base: cfg.http.Transport},
		CheckRedirect: cfg.http.CheckRedirect,
		Timeout:       cfg.http.Timeout,
	}
	return s, cfg, nil
}

// keepUp starts the refreshing, if there is something to refresh.
func (s *Session) keepUp(cfg *config) {
	if !cfg.noRefresh && s.current().csrf.Reveal() != "" {
		s.kept = make(chan struct{})
		go s.keepAlive(cfg.interval)
	}
}

// login gets new tokens (User Login and Application Login pages). It is called
// by one goroutine at a time.
func (s *Session) login(ctx context.Context) error {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lastTry = time.Now()
	}()
	creds, err := s.creds.resolve(ctx)
	if err != nil {
		return err
	}
	host, err := s.BaseURI(ctx, domain.AgentVEP)
	if err != nil {
		return fmt.Errorf("login.Login: %w", err)
	}
	switch creds.kind {
	case kindBearer:
		s.adopt(&state{host: host, bearer: secret.New(creds.value("bearer")), user: User{ID: creds.user}})
		return nil
	case kindSigned:
		signer, err := newSigner(ctx, creds)
		if err != nil {
			return err
		}
		s.adopt(&state{host: host, signer: signer})
		return nil
	}
	jar, err := cookiejar.New(nil) // its own: one jar per login
	if err != nil {
		return err
	}
	target := s.target(host, loginPath)
	doc, resp, err := rest.Do[loginDoc](ctx, s.rest(jar), rest.Request{
		Op: "login.Login", Method: http.MethodPost, URL: target, Query: version,
		Body: creds.body(), Class: retry.Idempotent, RateLimitWait: spacing,
		Private: true, Secrets: creds.secrets(),
	})
	if err != nil {
		s.unresolved(err)
		return err
	}
	if doc.Bearer == "" {
		return &liveperson.Error{
			Op: "login.Login", Method: http.MethodPost, URL: target.String() + "?v=" + version.V,
			Status: resp.Status, Attempts: resp.Attempts,
			Err: fmt.Errorf("%w: no bearer in it", liveperson.ErrMalformed),
		}
	}
	s.keepSessionID(jar, host, doc.SessionID)
	s.domains.Seed(s.account, doc.hosts())
	ttl, user := doc.ttl(), doc.user(creds.user)
	s.adopt(&state{
		host: host, bearer: secret.New(doc.Bearer), csrf: secret.New(doc.CSRF), jar: jar,
		ttl: ttl, expires: expiry(ttl), user: user,
	})
	s.log.Info("logged in", "account", s.account, "user", user.LoginName, "ttl", ttl)
	return nil
}

// keepSessionID puts the session id of the body into the jar, if the answer
// set no cookie that refresh and logout would carry.
func (s *Session) keepSessionID(jar http.CookieJar, host, id string) {
	u, err := url.Parse(s.target(host, refreshPath).String())
	if err != nil || id == "" || sessionID(jar, u) != "" {
		return
	}
	jar.SetCookies(u, []*http.Cookie{{Name: sessionCookie, Value: id, Path: "/", Secure: u.Scheme == "https", HttpOnly: true}}) //nolint:gosec // http is for tests
}

// sessionID returns the login session's cookie.
func sessionID(jar http.CookieJar, u *url.URL) string {
	for _, c := range jar.Cookies(u) {
		if c.Name == sessionCookie {
			return c.Value
		}
	}
	return ""
}

// target is a call of the Login Service.
func (s *Session) target(host, path string) rest.Target {
	return rest.Host(s.domains.Scheme(), host, path, s.account)
}

const (
	loginPath     = "/api/account/{account}/login"
	refreshPath   = "/api/account/{account}/refresh"
	logoutPath    = "/api/account/{account}/logout"
	sessionCookie = "Session_id"
)

func expiry(ttl time.Duration) time.Time {
	if ttl <= 0 {
		return time.Time{}
	}
	return time.Now().Add(ttl)
}

// adopt makes st the present state.
func (s *Session) adopt(st *state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.generation = s.state.generation + 1
	s.state = st
	s.hosts[origin(s.domains.Scheme(), st.host)] = true
	s.failures, s.failure, s.notBefore = 0, nil, time.Time{}
}
