package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/secret"
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
	CSRF       string `json:"csrf"`
	Bearer     string `json:"bearer"`
	SessionID  string `json:"sessionId"`
	SessionTTL int64  `json:"sessionTTl" wire:"or=sessionTTL"` // ms
	Config     struct {
		LoginName         string    `json:"loginName"`
		UserID            string    `json:"userId"`
		UserPID           string    `json:"userPid"`
		Privileges        []int     `json:"userPrivileges"`
		IsLPA             bool      `json:"isLPA"`
		IsAdmin           bool      `json:"isAdmin"`
		AccountTimeZoneID string    `json:"accountTimeZoneId"`
		ServerTimeZone    string    `json:"serverTimeZoneName"`
		ServerTime        time.Time `json:"serverCurrentTime"`
	} `json:"config"`
	Domains struct {
		BaseURIs []struct {
			Service string `json:"service"`
			BaseURI string `json:"baseURI"`
		} `json:"baseURIs"`
	} `json:"csdsCollectionResponse"`
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
		s.wg.Go(func() { s.keepAlive(cfg.interval) })
	}
}

// login gets new tokens (User Login and Application Login pages). It is called
// by one goroutine at a time.
func (s *Session) login(ctx context.Context) error {
	creds, err := s.creds.resolve(ctx)
	if err != nil {
		return err
	}
	host, err := s.domains.BaseURI(ctx, s.account, domain.AgentVEP)
	if err != nil {
		return fmt.Errorf("login.Login: %w", err)
	}
	switch creds.kind {
	case kindBearer:
		s.adopt(&state{host: host, bearer: secret.New(creds.value("bearer")), user: User{ID: creds.user}})
		return nil
	case kindSigned:
		s.adopt(&state{host: host, signer: newSigner(ctx, creds), secrets: creds.secrets()})
		return nil
	}
	jar, err := cookiejar.New(nil) // its own: one jar per login
	if err != nil {
		return err
	}
	target := s.loginURL(host)
	doc, _, err := rest.Do[loginDoc](ctx, s.rest(jar), rest.Request{
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
			Op: "login.Login", Method: http.MethodPost, URL: target.String(), Status: http.StatusOK,
			Err: fmt.Errorf("%w: no bearer in it", liveperson.ErrMalformed),
		}
	}
	keepSessionID(jar, target, doc.SessionID)
	hosts := map[domain.Service]string{}
	for _, d := range doc.Domains.BaseURIs {
		hosts[domain.Service(d.Service)] = d.BaseURI
	}
	s.domains.Seed(s.account, hosts)
	ttl := time.Duration(doc.SessionTTL) * time.Millisecond
	s.adopt(&state{
		host: host, bearer: secret.New(doc.Bearer), csrf: secret.New(doc.CSRF), jar: jar,
		ttl: ttl, expires: expiry(ttl),
		user: User{
			ID: doc.Config.UserID, PID: doc.Config.UserPID, LoginName: doc.Config.LoginName,
			Privileges: doc.Config.Privileges, IsLPA: doc.Config.IsLPA, IsAdmin: doc.Config.IsAdmin,
			AccountTimeZone: doc.Config.AccountTimeZoneID, ServerTimeZone: doc.Config.ServerTimeZone,
			ServerTime: doc.Config.ServerTime,
		},
	})
	s.log.Info("logged in", "account", s.account, "user", doc.Config.LoginName, "ttl", ttl)
	return nil
}

// keepSessionID puts the session id of the body into the jar if the answer set
// no cookie.
func keepSessionID(jar http.CookieJar, target rest.Target, id string) {
	u, err := url.Parse(target.String())
	if err != nil || id == "" || sessionID(jar, target) != "" {
		return
	}
	jar.SetCookies(u, []*http.Cookie{{Name: sessionCookie, Value: id, Path: "/", Secure: u.Scheme == "https", HttpOnly: true}}) //nolint:gosec // http is for tests
}

const (
	loginPath     = "/api/account/{account}/login"
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
	s.hosts[strings.ToLower(st.host)] = true
}
