package chatagent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/login"
)

// Agent is one agent session. It may be used by many goroutines.
type Agent struct {
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
	Rel  string `json:"rel"`
	Href string `json:"href"`
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

// Option sets up an [Agent].
type Option func(*Agent) error

// WithLogger writes what happens to the session and its chats to l. Texts of
// chats are not logged. Default, also for nil: no logging.
func WithLogger(l *slog.Logger) Option {
	return func(s *Agent) error {
		if l == nil {
			l = slog.New(slog.DiscardHandler)
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
	return func(s *Agent) error {
		if d < MinPollInterval || d > 15*time.Second {
			return &liveperson.InputError{Op: "chatagent.Start", Field: "poll interval", Rule: "must be from 2 s to 15 s"}
		}
		s.poll = d
		return nil
	}
}

// locationDoc is the answer of what creates something.
type locationDoc struct {
	AgentSession locationLink `json:"agentSessionLocation"`
	Chat         locationLink `json:"chatLocation"`
	Event        locationLink `json:"chatEventLocation"`
}

type locationLink struct {
	Links []link `json:"link"`
}

// hrefs are the places that an answer names, the likeliest first: those of the
// document, with the relation "location" before others, and the header's.
func (d locationDoc) hrefs(h http.Header) []string {
	var first, others []string
	for _, l := range slices.Concat(d.AgentSession.Links, d.Event.Links, d.Chat.Links) {
		switch {
		case l.Href == "":
		case l.Rel == "location":
			first = append(first, l.Href)
		default:
			others = append(others, l.Href)
		}
	}
	if to := h.Get("Location"); to != "" {
		others = append(others, to)
	}
	return append(first, others...)
}

// errNoLink is an answer that does not say where the thing is that was created.
var errNoLink = fmt.Errorf("%w: no link in it", liveperson.ErrMalformed)

// target is the first place that may be followed from at.
func (d locationDoc) target(at rest.Target, rel string, h http.Header) (to rest.Target, err error) {
	err = errNoLink
	for _, href := range d.hrefs(h) {
		if to = at.Follow(rel, href); to.Err() == nil {
			return to, nil
		}
		if errors.Is(err, errNoLink) {
			err = to.Err()
		}
	}
	return to, err
}

// put sets something on the server, which may be sent again. how says whether it
// is one try only.
func put(ctx context.Context, at *seat, op string, url rest.Target, body any, how rest.Request) error {
	_, _, err := rest.Do[rest.None](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPut, Override: true, Idempotent: true, URL: url, Query: query, Body: body,
		Single: how.Single, Timeout: how.Timeout,
	})
	return err
}

// Start begins an agent session. The agent is not Online yet: see
// SetAvailability.
//
// Should the answer be lost, the request is sent again: an agent session that
// nobody uses has no chats and disturbs no one.
//
// https://developers.liveperson.com/chat-agent-api-methods-start-agent-session.html
func Start(ctx context.Context, session *login.Session, opts ...Option) (*Agent, error) {
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
func newSession(op string, session *login.Session, opts []Option) (*Agent, error) {
	if session == nil {
		return nil, &liveperson.InputError{Op: op, Field: "session", Rule: "must not be nil"}
	}
	s := &Agent{
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
func (s *Agent) start(ctx context.Context) (*seat, error) {
	const op = "chatagent.Start"
	host, err := s.login.BaseURI(ctx, domain.AgentVEP)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	client := &rest.Client{Via: rest.Over(s.login.Client())}
	if !s.login.Signed() { // with signed requests the server sets no cookies
		client.Jar = rest.NewJar()
	}
	all := rest.Host(s.login.Scheme(), host, "/api/account/{account}/agentSession", s.login.Account())
	out, answer, err := rest.Do[locationDoc](ctx, client, rest.Request{
		Op: op, Method: http.MethodPost, URL: all, Query: query, Idempotent: true,
		Body: struct {
			LoginData string `json:"loginData"`
		}{},
	})
	if err != nil {
		return nil, err
	}
	url, err := out.target(all, "agent session", answer.Header)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	s.log.Info("agent session started", "account", s.login.Account(), "user", s.login.User().LoginName)
	return &seat{url: url, rest: client}, nil
}

// String names the agent.
func (s *Agent) String() string { return "agent session " + s.ID() + " in " + s.login.String() }

// Format prints String under every verb.
func (s *Agent) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue is String for slog.
func (s *Agent) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Login returns the login session that this agent session works with.
func (s *Agent) Login() *login.Session { return s.login }

// ID returns the id of the agent session on the server.
func (s *Agent) ID() string { return s.at().url.Last() }

func (s *Agent) at() *seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seat
}
