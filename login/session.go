package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/claims"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/secret"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Session is an agent who is logged in. It may be used by many goroutines.
type Session struct {
	account string
	creds   Credentials
	domains *domain.Client
	base    *retry.Transport // retries, no authorization
	client  *http.Client     // authorizes each call
	log     *slog.Logger
	claims  claims.Claims

	ctx    context.Context // ends with the session
	cancel context.CancelFunc

	mu        sync.Mutex
	state     *state
	hosts     []string      // where the bearer may go; few
	timer     *time.Timer   // of the next beat of the keep-alive, or the one that runs; nil without
	kept      chan struct{} // closed when no beat runs any more, or will; nil without
	renewing  *renewal      // the login under way
	lastTry   time.Time     // end of the last login
	failures  int           // of logins, since the last good one
	failure   error         // why the next login is put off
	notBefore time.Time     // until then
	err       error         // why the session ended
	finished  bool
	seat

	noRefresh bool
	every     retry.Interval // of the keep-alive
	keeping   []*func(ctx context.Context) error
}

// state is what one login brought. It does not change, except that a refresh
// makes a new one.
type state struct {
	generation int       // counts logins
	born       time.Time // zero: by another process
	host       string
	bearer     secret.Text
	csrf       secret.Text
	jar        http.CookieJar
	user       User
	ttl        time.Duration
	expires    time.Time
	signer     *signer // of signed calls, instead of a bearer
}

// who names the agent: the login name, or else the user id.
func (st *state) who() string { return cmp.Or(st.user.LoginName, string(st.user.ID)) }

// User is what the login says of the agent (its config member).
type User struct {
	// ID is the agent's user id.
	ID liveperson.UserID `json:"id"`
	// PID is the id used in messaging.
	PID string `json:"pid"`
	// LoginName is the name logged in with.
	LoginName string `json:"loginName"`
	// Privileges are the ids of what the agent may do.
	Privileges []int `json:"privileges,omitempty"`
	// IsLPA is true for LivePerson's own staff.
	IsLPA bool `json:"isLpa"`
	// IsAdmin is true for administrators.
	IsAdmin bool `json:"isAdmin"`
	// AccountTimeZone is an IANA name: "Europe/Athens".
	AccountTimeZone string `json:"accountTimeZone"`
	// ServerTimeZone is an IANA name too.
	ServerTimeZone string `json:"serverTimeZone"`
	// ServerTime is the server's clock at the login.
	ServerTime time.Time `json:"serverTime,omitzero"`
}

// Account returns the account id.
func (s *Session) Account() string { return s.account }

// User returns what the last login said of the agent.
func (s *Session) User() User {
	u := s.current().user
	u.Privileges = slices.Clone(u.Privileges)
	return u
}

// TTL is how long the session lives after a login or a refresh, 0 if unknown;
// Expires is when it would end without another, zero if unknown.
func (s *Session) TTL() time.Duration { return s.current().ttl }

// Expires is the end of the session's life without another refresh; see TTL.
func (s *Session) Expires() time.Time { return s.current().expires }

// Bearer returns the present bearer, for calls that go past [Session.Client].
// Ask anew for each call: it changes with every login. It fails after the
// session's end.
func (s *Session) Bearer(context.Context) (string, error) {
	st, err := s.alive()
	if err != nil {
		return "", err
	}
	return st.bearer.Reveal(), nil
}

// Client returns the client that authorizes its calls: it sends the bearer to
// the account's hosts (those that BaseURI returned) and refuses all others
// with liveperson.ErrForeignOrigin. It retries by the policy of package retry
// and logs in again after a 401.
func (s *Session) Client() *http.Client { return s.client }

// BaseURI returns the host of a service and allows the bearer to go there.
func (s *Session) BaseURI(ctx context.Context, service domain.Service) (string, error) {
	host, err := s.domains.BaseURI(ctx, s.account, service)
	if err != nil {
		if here := s.current().host; service == domain.AgentVEP && here != "" && ctx.Err() == nil {
			return here, nil // logged in there, so it is known
		}
		return "", err
	}
	s.allow(host)
	return host, nil
}

// Signed tells whether calls are signed instead of carrying a bearer; no
// cookies are kept then.
func (s *Session) Signed() bool { return s.current().signer != nil }

// Scheme is that of all services: https, or http with a test endpoint.
func (s *Session) Scheme() string { return s.domains.Scheme() }

// Claims are for the packages of this module: a chat is handled once in a
// process, whatever number of agent sessions a login has.
func (s *Session) Claims() *claims.Claims { return &s.claims }

// Done is closed when the session has ended: after Logout or Close, or when it
// cannot be saved because a login was refused. Err tells which.
func (s *Session) Done() <-chan struct{} { return s.ctx.Done() }

// Err returns nil while the session lives, [ErrLoggedOut] after Logout,
// [ErrClosed] after Close, and else the refusal that ended it.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// String names account and user.
func (s *Session) String() string {
	st := s.current()
	who := cmp.Or(st.who(), s.creds.kind)
	return fmt.Sprintf("session of %s on account %s", who, s.account)
}

// Format prints String under every verb.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue is String for slog.
func (s *Session) LogValue() slog.Value { return slog.StringValue(s.String()) }

func (s *Session) current() *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// alive is current, or why the session has ended.
func (s *Session) alive() (*state, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.err
}

func (s *Session) allow(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trust(host)
}

// trust has the bearer go to host. s.mu is held.
func (s *Session) trust(host string) {
	if at := origin(s.domains.Scheme(), host); !slices.Contains(s.hosts, at) {
		s.hosts = append(s.hosts, at)
	}
}

// allowed tells whether the bearer may go to scheme and host.
func (s *Session) allowed(scheme, host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.EqualFold(scheme, s.domains.Scheme()) && slices.Contains(s.hosts, origin(scheme, host))
}

// origin is host in lower case, without a port that goes without saying.
func origin(scheme, host string) string {
	host = strings.ToLower(host)
	if strings.EqualFold(scheme, "http") {
		return strings.TrimSuffix(host, ":80")
	}
	return strings.TrimSuffix(host, ":443")
}

// secrets are what must not stand in an error.
func (s *Session) secrets() []string {
	st := s.current()
	return []string{st.bearer.Reveal(), st.csrf.Reveal()}
}

// unresolved has the hosts looked up anew if err says that one is gone.
func (s *Session) unresolved(err error) bool {
	var dns *net.DNSError
	if !errors.As(err, &dns) || !dns.IsNotFound {
		return false
	}
	s.domains.Forget(s.account)
	return true
}

// end closes the session for good, and tells whether this call did. The first
// reason stays.
func (s *Session) end(reason error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return false
	}
	s.finished, s.err = true, reason
	s.cancel()
	s.endKeepAlive()
	return true
}

// rest returns the core for calls of the Login Service with these cookies.
func (s *Session) rest(jar http.CookieJar, agent string) *rest.Client {
	return &rest.Client{Via: s.base, Jar: jar, Secrets: s.secrets, Account: s.account, Agent: agent}
}
