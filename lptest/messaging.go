package lptest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// Messaging is the account's messaging service: its consumers, colleagues,
// sockets, frames and faults.
func (s *Server) Messaging() *messaging.Service { return s.messaging }

// WithMessaging sets options of the messaging service.
func WithMessaging(opts ...messaging.Option) Option {
	return func(c *config) error {
		c.messaging = append(c.messaging, opts...)
		return nil
	}
}

// messagingHost is what the messaging service sees of the account. The service
// calls it with its own lock held: the server never calls the service with the
// server's lock held.
type messagingHost struct{ s *Server }

func (h messagingHost) Account() string { return h.s.cfg.account }
func (h messagingHost) Seed() int64     { return h.s.cfg.seed }

func (h messagingHost) Bearer(token string) (messaging.User, bool) {
	h.s.enter()
	defer h.s.mu.Unlock()
	l := h.s.logins[token]
	if l == nil {
		return messaging.User{}, false
	}
	return h.s.messagingUser(l.agent), l.alive(time.Now())
}

func (h messagingHost) Users(revision int) ([]messaging.User, int) {
	h.s.enter()
	defer h.s.mu.Unlock()
	if revision == h.s.staffChanges {
		return nil, revision
	}
	users := make([]messaging.User, len(h.s.agents))
	for i, a := range h.s.agents {
		users[i] = h.s.messagingUser(a)
	}
	return users, h.s.staffChanges
}

func (s *Server) messagingUser(a *agent) messaging.User {
	u := messaging.User{
		ID: strconv.FormatInt(a.ID, 10), PID: s.pid(a), LoginName: a.LoginName, Nickname: a.name(), Max: a.MaxChats,
	}
	for _, name := range a.Skills {
		u.Skills = append(u.Skills, s.bySkill[name].skill.ID)
	}
	return u
}

func (h messagingHost) Skill(name string) int64 {
	if name == "" {
		return -1
	}
	h.s.enter()
	defer h.s.mu.Unlock()
	return h.s.desk(name).skill.ID
}

func (h messagingHost) SkillName(id int64) (string, bool) {
	h.s.enter()
	defer h.s.mu.Unlock()
	desk := h.s.skillByID(id)
	if desk == nil {
		return "", false
	}
	return desk.skill.Name, true
}

// conversation is what the server knows of a conversation of the messaging
// service, for its agent surveys.
type conversation struct {
	skills []int64 // that it has, or had
	closed time.Time
}

func (h messagingHost) Conversation(id string, skill int64, over bool) {
	h.s.enter()
	defer h.s.mu.Unlock()
	conv := h.s.conversations[id]
	if conv == nil {
		conv = &conversation{}
		h.s.conversations[id] = conv
	}
	if !slices.Contains(conv.skills, skill) {
		conv.skills = append(conv.skills, skill)
	}
	if over {
		conv.closed = time.Now()
		h.s.closeSurveys(id, conv.closed)
	}
}

// The paths of the messaging service: sockets, and files.
const (
	socketPath = "/ws_api/account/"
	brandPath  = "/messaging/brand/"
)

// hideBearer takes the bearer out of a socket's path.
func hideBearer(path string) string {
	if before, _, is := strings.Cut(path, brandPath); is && strings.HasPrefix(path, socketPath) {
		return before + brandPath + "-"
	}
	return path
}

// messages serves the messaging service's part of a call, if it is one.
func (s *Server) messages(w http.ResponseWriter, r *http.Request) bool {
	bound, ours := s.ours(r.Host)
	serves := func(services ...Service) bool {
		if bound == nil {
			return ours
		}
		for _, service := range services {
			if servedAt(&route{service: service}, bound) {
				return true
			}
		}
		return false
	}
	path := r.URL.EscapedPath()
	account, bearer, isSocket := strings.Cut(strings.TrimPrefix(path, socketPath), brandPath)
	isSocket = isSocket && strings.HasPrefix(path, socketPath) && r.Method == http.MethodGet
	switch {
	case isSocket && serves(AsyncMessagingEnt, FacadeMsg):
		entry := s.recordRaw(r, OpSocket, path)
		account, _ = url.PathUnescape(account)
		bearer, _ = url.PathUnescape(bearer)
		if account != s.cfg.account {
			bearer = ""
		}
		s.messaging.ServeSocket(w, r, bearer, func(user string, status int) { s.answeredRaw(entry, user, status) })
	case strings.HasPrefix(path, messaging.FilePath) && serves(Swift) && (r.Method == http.MethodPut || r.Method == http.MethodGet):
		op := OpFileGet
		if r.Method == http.MethodPut {
			op = OpFilePut
		}
		entry := s.recordRaw(r, op, path)
		s.messaging.ServeFile(w, r, func(_ string, status int) { s.answeredRaw(entry, "", status) })
	default:
		return false
	}
	return true
}

// recordRaw enters a request into the journal that is no call of the other services.
func (s *Server) recordRaw(r *http.Request, op Op, path string) *Request {
	s.enter()
	defer s.mu.Unlock()
	entry := &Request{
		Time: time.Now(), Op: op, Method: r.Method, Host: r.Host, Path: hideBearer(path), Header: http.Header{}, Auth: authScheme(r),
	}
	if op == OpSocket {
		entry.Query = r.URL.RawQuery
	}
	for _, name := range journalHeaders {
		if values := r.Header[name]; len(values) > 0 {
			entry.Header[name] = values
		}
	}
	s.journal.add(entry)
	return entry
}

func (s *Server) answeredRaw(entry *Request, user string, status int) {
	s.enter()
	defer s.mu.Unlock()
	entry.Agent, entry.Status, entry.Answered = user, status, time.Now()
	s.journal.answered(entry)
	s.waiters.wake()
	if s.cfg.observer != nil {
		told := *entry
		s.mu.Unlock()
		defer s.mu.Lock()
		s.cfg.observer(told)
	}
}
