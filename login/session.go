package login

import (
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

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/flight"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/secret"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Session is an agent who is logged in. It may be used by many goroutines.
type Session struct {
	account string
	creds   Credentials
	domains *domain.Client
	base    *http.Client // retries, no authorization
	client  *http.Client // authorizes each try
	log     *slog.Logger

	ctx      context.Context // ends with Logout, or with the session's end
	cancel   context.CancelFunc
	done     chan struct{}
	wg       sync.WaitGroup
	renewals flight.Flight[struct{}]

	mu       sync.Mutex
	state    *state
	hosts    map[string]bool // where the bearer may go
	lastTry  time.Time       // end of the last login
	err      error           // why the session ended
	finished bool
}

// state is what one login brought. It does not change, except that a refresh
// makes a new one.
type state struct {
	generation int // counts logins
	host       string
	bearer     secret.Text
	csrf       secret.Text
	jar        http.CookieJar
	user       User
	ttl        time.Duration
	expires    time.Time
	signer     *signer  // of signed calls, instead of a bearer
	secrets    []string // of signed calls
}

// User is what the login says of the agent (its config member).
type User struct {
	// ID is the agent's user id, PID the id used in messaging.
	ID, PID string
	// LoginName is the name logged in with.
	LoginName string
	// Privileges are the ids of what the agent may do.
	Privileges []int
	// IsLPA is true for LivePerson's own staff, IsAdmin for administrators.
	IsLPA, IsAdmin bool
	// AccountTimeZone and ServerTimeZone are IANA names: "Europe/Athens".
	AccountTimeZone, ServerTimeZone string
	// ServerTime is the server's clock at the login.
	ServerTime time.Time
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
	if err := s.Err(); err != nil {
		return "", err
	}
	return s.current().bearer.Reveal(), nil
}

// Client returns the client that authorizes its calls: it sends the bearer to
// the account's hosts (those that BaseURI returned) and refuses all others
// with liveperson.ErrForeignOrigin. It retries by the policy of package retry
// and logs in again after a 401.
func (s *Session) Client() *http.Client { return s.client }

// BaseURI returns the host of a service and allows the bearer to go there.
func (s *Session) BaseURI(ctx context.Context, service domain.Service) (string, error) {
	host, err := s.domains.BaseURI(ctx, s.account, service)
	if err != nil && service == domain.AgentVEP && ctx.Err() == nil {
		return s.current().host, nil // logged in there, so it is known
	}
	if err != nil {
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

// Done is closed when the session has ended: after Logout, or when it cannot
// be saved because a login was refused. Err tells which.
func (s *Session) Done() <-chan struct{} { return s.done }

// Err returns nil while the session lives, [ErrLoggedOut] after Logout, and
// else the refusal that ended it.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// String names account and user.
func (s *Session) String() string {
	return fmt.Sprintf("session of %s on account %s", s.current().user.LoginName, s.account)
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

func (s *Session) allow(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts[strings.ToLower(host)] = true
}

// allowed tells whether the bearer may go to scheme and host.
func (s *Session) allowed(scheme, host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.EqualFold(scheme, s.domains.Scheme()) && s.hosts[strings.ToLower(host)]
}

// secrets are what must not stand in an error.
func (s *Session) secrets() []string {
	st := s.current()
	return append([]string{st.bearer.Reveal(), st.csrf.Reveal()}, st.secrets...)
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

// end closes the session for good. The first reason stays.
func (s *Session) end(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return
	}
	s.finished, s.err = true, reason
	s.cancel()
	close(s.done)
}

// rest returns the core for calls with this session's cookies.
func (s *Session) rest(jar http.CookieJar) *rest.Client {
	return &rest.Client{HTTP: s.base, Jar: jar, Secrets: s.secrets}
}

// keepAlive refreshes until the session ends.
func (s *Session) keepAlive(every retry.Interval) {
	report := every.OnFailure
	every.OnFailure = func(err error) {
		s.log.Warn("keep-alive failed", "account", s.account, "user", s.User().LoginName, "err", err)
		if report != nil {
			report(err)
		}
	}
	_ = retry.KeepAlive(s.ctx, every, s.Refresh) // ends with s.ctx only
}
