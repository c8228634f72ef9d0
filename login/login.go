package login

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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

// Login finds the account's login host, logs the agent in and keeps the
// session alive until [Session.Logout]. The context covers the login only.
//
// Errors: *liveperson.InputError for credentials and options that break their
// rule; liveperson.ErrUnauthorized for wrong credentials, ErrBlocked for a
// user or account that LivePerson blocked (do not try again), ErrRateLimited,
// ErrUnavailable, and those of package domain.
//
// https://developers.liveperson.com/login-service-api-overview.html
func Login(ctx context.Context, account string, creds Credentials, opts ...Option) (*Session, error) {
	s, err := prepare(ctx, account, creds, opts)
	if err != nil {
		return nil, err
	}
	if err := s.login(ctx, true); err != nil {
		s.end(err)
		return nil, err
	}
	s.keepUp()
	return s, nil
}

// prepare checks the arguments and makes a session that is not logged in yet.
func prepare(ctx context.Context, account string, creds Credentials, opts []Option) (*Session, error) {
	if _, err := rest.Element("account", account); err != nil {
		return nil, ours(err)
	}
	if err := creds.check(); err != nil {
		return nil, err
	}
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	s := &Session{
		account: account, creds: creds, domains: cfg.domains, base: cfg.base, log: cfg.logger,
		noRefresh: cfg.noRefresh, every: cfg.interval,
		state: &state{},
	}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	via := cfg.base
	if creds.kind == kindSigned || creds.kind == kindProvider {
		via = via.Beneath(func(next http.RoundTripper) http.RoundTripper { return signing{s, next} })
	}
	s.client = &http.Client{Transport: &authorizer{session: s, below: via}, CheckRedirect: cfg.http.CheckRedirect}
	return s, nil
}

// keepUp starts the refreshing, if there is something to refresh.
func (s *Session) keepUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.noRefresh && s.state.csrf.Reveal() != "" {
		s.beginKeepAlive()
	}
}

// login gets new tokens. It is called by one goroutine at a time. fresh says that only
// the Domain API knows where.
func (s *Session) login(ctx context.Context, fresh bool) error {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lastTry = time.Now()
	}()
	creds, err := s.creds.resolve(ctx)
	if err != nil {
		return err
	}
	host, err := s.where(ctx, fresh)
	if err != nil {
		return fmt.Errorf("login.Login: %w", err)
	}
	st := &state{host: host}
	switch creds.kind {
	case kindBearer:
		st.bearer, st.user = secret.New(creds.value("bearer")), User{ID: liveperson.UserID(creds.user)}
	case kindSigned:
		st.signer, err = newSigner(ctx, creds)
	default:
		err = s.ask(ctx, creds, st)
	}
	if err != nil {
		s.unresolved(err)
		return err
	}
	st.born = time.Now()
	s.adopt(st)
	return nil
}

// lookupTime limits the look for the host of a new login where that of before will do:
// chats wait for the login.
const lookupTime = 2 * time.Second

// where is the host to log in at.
func (s *Session) where(ctx context.Context, fresh bool) (string, error) {
	before := s.current().host
	if fresh || before == "" {
		return s.BaseURI(ctx, domain.AgentVEP)
	}
	lookup, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	host, err := s.BaseURI(lookup, domain.AgentVEP)
	if err != nil && ctx.Err() == nil {
		return before, nil
	}
	return host, err
}

// ask logs in and fills in the state:
// https://developers.liveperson.com/login-service-api-methods-user-login.html and
// https://developers.liveperson.com/login-service-api-methods-application-login.html.
func (s *Session) ask(ctx context.Context, creds Credentials, st *state) error {
	st.jar = rest.NewJar() // its own: one jar per login
	doc, answer, err := rest.Do[loginDoc](ctx, s.rest(st.jar, creds.user), rest.Request{
		Op: "login.Login", Method: http.MethodPost, URL: s.target(st.host, loginPath), Query: version,
		Body: creds.body(), Idempotent: true, RateLimitWait: spacing,
		Private: true, Secrets: creds.secrets(),
	})
	if err == nil && doc.Bearer == "" {
		err = s.noBearer(st.host, answer)
	}
	if err != nil {
		return err
	}
	s.keepSessionID(st.jar, st.host, doc.SessionID)
	s.domains.Seed(s.account, doc.hosts())
	st.bearer, st.csrf, st.user, st.ttl = secret.New(doc.Bearer), secret.New(doc.CSRF), doc.user(creds.user), doc.ttl()
	st.expires = expiry(st.ttl)
	s.log.Info("logged in", "account", s.account, "user", st.user.LoginName, "ttl", st.ttl)
	return nil
}

func (s *Session) noBearer(host string, answer retry.Answer) error {
	return &liveperson.Error{
		Op: "login.Login", Method: http.MethodPost, URL: s.target(host, loginPath).String() + "?v=" + version.V,
		Status: answer.Status, Tries: answer.Tries, Err: fmt.Errorf("%w: no bearer in it", liveperson.ErrMalformed),
	}
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
	s.trust(st.host)
	s.failures, s.failure, s.notBefore = 0, nil, time.Time{}
	s.proven, s.died, s.pausing = false, time.Time{}, false
}
