package chatagent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
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
	cfg   *config
	log   *slog.Logger

	mu       sync.Mutex
	seat     *seat
	incoming rest.Target // link to accept, as given last
	chats    map[ChatID]*Chat
	serving  *serving         // the Serve or Watch under way, nil for none
	wanted   availabilityBody // what SetAvailability set last
	shown    Availability     // what the server has, as far as is known
	full     bool             // Serve has made the agent Occupied or Away because of it
	setting  chan struct{}    // holds the one that may set the availability
	unkeep   func()           // ends the keep-alive of the agent session
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
// SetAvailability. The options are the defaults of Watch and Serve, too.
//
// Should the answer be lost, the request is sent again: an agent session that
// nobody uses has no chats and disturbs no one.
//
// The server may end an agent session that makes no call for minutes. While
// nobody serves or watches it, it is kept alive with the login session, every 3–5
// min, until [Agent.Close]. Calls of one that is gone fail with
// [ErrSessionLost]: start another, whose Serve or Watch takes the chats over.
// Serve and Watch do all that by themselves.
//
// https://developers.liveperson.com/chat-agent-api-methods-start-agent-session.html
func Start(ctx context.Context, session *login.Session, opts ...Option) (*Agent, error) {
	s, err := newAgent("chatagent.Start", session, opts)
	if err != nil {
		return nil, err
	}
	at, err := s.start(ctx, rest.Request{})
	if err != nil {
		return nil, err
	}
	s.seat = at
	s.keep()
	return s, nil
}

// newAgent checks the arguments and makes an agent without a seat.
func newAgent(op string, session *login.Session, opts []Option) (*Agent, error) {
	if session == nil {
		return nil, &liveperson.InputError{Op: op, Field: "session", Rule: "must not be nil"}
	}
	cfg, err := defaults.with(op, opts)
	if err != nil {
		return nil, err
	}
	return &Agent{
		login: session, cfg: cfg, log: logOf(cfg, session), chats: map[ChatID]*Chat{}, setting: make(chan struct{}, 1),
	}, nil
}

// logOf is the log, with the names of the agent.
func logOf(cfg *config, session *login.Session) *slog.Logger {
	return cfg.log.With("account", session.Account(), "user", session.User().LoginName)
}

// keep keeps the agent session alive while nobody polls.
func (s *Agent) keep() {
	s.unkeep = s.login.Keep(func(ctx context.Context) error {
		if s.served() != nil {
			return nil
		}
		at := s.at()
		_, err := rest.Get[rest.None](ctx, at.rest, "chatagent.KeepAlive", at.url.Join("/availability"), query)
		if errors.Is(err, ErrSessionLost) {
			s.Close()
		}
		return err
	})
}

// Close ends the keep-alive of the agent session. The server is not told: an agent
// session ends there with the login, or by itself. Chats stay as they are.
func (s *Agent) Close() { s.unkeep() }

// served is the Serve or Watch under way, nil for none.
func (s *Agent) served() *serving {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.serving
}

// host is where the service is. While chats wait, it does not wait long for the Domain
// API: the host of before, or that of the login, will do.
func (s *Agent) host(ctx context.Context, chatsWait bool) (string, error) {
	if !chatsWait {
		return s.login.BaseURI(ctx, domain.AgentVEP)
	}
	lookup, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	host, err := s.login.BaseURI(lookup, domain.AgentVEP)
	if err != nil && ctx.Err() == nil {
		before, is := s.hostOfSeat()
		if !is {
			before = s.login.Save().Host
		}
		if before != "" {
			return before, nil
		}
	}
	return host, err
}

// start gets a seat on the server, with a single try while chats wait for it.
func (s *Agent) start(ctx context.Context, how rest.Request) (*seat, error) {
	const op = "chatagent.Start"
	host, err := s.host(ctx, how.Single)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	client := &rest.Client{Via: rest.Over(s.login.Client())}
	if !s.login.Signed() { // with signed requests the server sets no cookies
		client.Jar = rest.NewJar()
	}
	all := rest.Host(s.login.Scheme(), host, "/api/account/{account}/agentSession", s.login.Account())
	out, answer, err := rest.Do[locationDoc](ctx, client, rest.Request{
		Op: op, Method: http.MethodPost, URL: all, Query: query, Idempotent: true, Single: how.Single, Timeout: how.Timeout,
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
	s.log.Info("agent session started")
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

// hostOfSeat is the host of the present agent session, if there is one.
func (s *Agent) hostOfSeat() (string, bool) {
	at := s.at()
	if at == nil {
		return "", false
	}
	u, err := url.Parse(at.url.String())
	return u.Host, err == nil
}

func (s *Agent) at() *seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seat
}

// statusQuery asks for the running chats too.
type statusQuery struct {
	common
	Chats int `url:"cs"`
}

// Status returns the agent session with its links and running chats, as JSON:
// the pages do not describe it (it is in LivePerson's Postman collection).
func (s *Agent) Status(ctx context.Context) (json.RawMessage, error) {
	at := s.at()
	out, err := rest.Get[json.RawMessage](ctx, at.rest, "chatagent.Status", at.url, statusQuery{v1, 1})
	return out, err
}

// pause waits until at and tells whether ctx lasted that long.
func pause(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// handled is how many chats the agent has in hand.
func (s *Agent) handled() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.chats {
		if !c.isOver() {
			n++
		}
	}
	return n
}

func byID(a, b *Chat) int { return cmp.Compare(a.id, b.id) }
