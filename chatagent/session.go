package chatagent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Session is one agent session. It may be used by many goroutines.
type Session struct {
	login *login.Session
	log   *slog.Logger
	poll  time.Duration

	mu       sync.Mutex
	seat     *seat
	incoming rest.Target // link to accept, as given last
	chats    map[ChatID]*Chat
	serving  bool
	wanted   availabilityBody // what SetAvailability set last
	full     bool             // Serve has made the agent Occupied or Away because of it
	setting  chan struct{}    // holds the one that may set the availability
}

// seat is where an agent session lives on the server. A session that was lost
// gets a new one.
type seat struct {
	url  rest.Target
	rest *rest.Client // with the cookies of this agent session alone
}

// common is the query of every call, also of links.
type common struct {
	V  int  `url:"v"`
	NC bool `url:"NC"`
}

var (
	v1    = common{V: 1, NC: true}
	query = rest.EncodeQuery(v1) // of calls that have no more
)

// link is a relation link.
type link struct {
	Rel  string `json:"@rel"`
	Href string `json:"@href"`
}

// href returns the link of that relation.
func href(links []link, rel string) string {
	for _, l := range links {
		if l.Rel == rel {
			return l.Href
		}
	}
	return ""
}

// Option sets up a [Session].
type Option func(*Session) error

// WithLogger writes what happens to the session and its chats to l. Texts of
// chats are not logged. Default: no logging.
func WithLogger(l *slog.Logger) Option {
	return func(s *Session) error {
		if l == nil {
			return &liveperson.InputError{Op: "chatagent.Start", Field: "logger", Rule: "must not be nil"}
		}
		s.log = l
		return nil
	}
}

// MinPollInterval is the least time between two polls that LivePerson allows.
const MinPollInterval = 2 * time.Second

// WithPollInterval sets the time between two polls of Serve. Default and least:
// [MinPollInterval]; more than 15 s would lose chats and incoming requests.
func WithPollInterval(d time.Duration) Option {
	return func(s *Session) error {
		if d < MinPollInterval || d > 15*time.Second {
			return &liveperson.InputError{Op: "chatagent.Start", Field: "poll interval", Rule: "must be from 2 s to 15 s"}
		}
		s.poll = d
		return nil
	}
}

// locationDoc is a 201's answer.
type locationDoc struct {
	AgentSession locationLink `json:"agentSessionLocation"`
	Chat         locationLink `json:"chatLocation"`
	Event        locationLink `json:"chatEventLocation"`
}

type locationLink struct {
	Link link `json:"link"`
}

// Start begins an agent session (Start Agent Session page). The agent is not
// Online yet: see SetAvailability.
//
// Should the answer be lost, the request is sent again: an agent session that
// nobody uses has no chats and disturbs no one.
func Start(ctx context.Context, session *login.Session, opts ...Option) (*Session, error) {
	s, err := newSession("chatagent.Start", session, opts)
	if err != nil {
		return nil, err
	}
	at, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	s.seat = at
	return s, nil
}

// newSession checks the arguments and makes a session without a seat.
func newSession(op string, session *login.Session, opts []Option) (*Session, error) {
	if session == nil {
		return nil, &liveperson.InputError{Op: op, Field: "session", Rule: "must not be nil"}
	}
	s := &Session{
		login: session, log: slog.New(slog.DiscardHandler), poll: MinPollInterval, chats: map[ChatID]*Chat{},
		setting: make(chan struct{}, 1),
	}
	for _, o := range opts {
		if err := o(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// start gets a seat on the server.
func (s *Session) start(ctx context.Context) (*seat, error) {
	const op = "chatagent.Start"
	host, err := s.login.BaseURI(ctx, domain.AgentVEP)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	client := &rest.Client{HTTP: s.login.Client()}
	if !s.login.Signed() { // with signed requests the server sets no cookies
		if client.Jar, err = cookiejar.New(nil); err != nil {
			return nil, err
		}
	}
	all := rest.Host(s.login.Scheme(), host, "/api/account/{account}/agentSession", s.login.Account())
	out, _, err := rest.Do[locationDoc](ctx, client, rest.Request{
		Op: op, Method: http.MethodPost, URL: all, Query: query, Class: retry.Idempotent,
		Body: struct {
			LoginData string `json:"loginData"`
		}{},
	})
	if err != nil {
		return nil, err
	}
	url := all.Follow(out.AgentSession.Link.Href)
	if err := url.Err(); err != nil {
		return nil, fmt.Errorf("%s: agent session location: %w", op, err)
	}
	s.log.Info("agent session started", "account", s.login.Account(), "user", s.login.User().LoginName)
	return &seat{url: url, rest: client}, nil
}

// Login returns the login session that this agent session works with.
func (s *Session) Login() *login.Session { return s.login }

// ID returns the id of the agent session on the server.
func (s *Session) ID() string { return s.at().url.Last() }

func (s *Session) at() *seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seat
}

// unconfirmed marks an error after which the effect of the call is not known.
func unconfirmed(resp *rest.Response, err error) error {
	if err == nil || resp.Effect != retry.EffectUnknown || errors.Is(err, ErrUnconfirmed) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnconfirmed, err)
}
