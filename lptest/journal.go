package lptest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// journalBody is how much of a request's body the journal keeps.
const journalBody = 64 << 10

// Request is one request as the fake saw it. Secrets in headers are left out:
// of cookies the names are kept, of the authorization the scheme.
type Request struct {
	Seq      int         `json:"seq"`             // from 1, in the order of arrival
	Time     time.Time   `json:"time"`            // when it had been read
	Answered time.Time   `json:"answered"`        // when it was answered; zero while it is not
	Op       Op          `json:"op"`              // what it asked for
	Method   string      `json:"method"`          // after X-HTTP-Method-Override
	Host     string      `json:"host"`            // as the client sent it
	Path     string      `json:"path"`            // escaped as it was sent
	Query    string      `json:"query"`           // likewise
	Header   http.Header `json:"header"`          // Accept, Content-Type, User-Agent, x-lp-state-rev and the like
	Cookies  []string    `json:"cookies"`         // names, in order, repeated if they were
	Auth     string      `json:"auth"`            // "bearer", "oauth", another scheme, or ""
	Body     string      `json:"body"`            // the first 64 KiB
	Agent    string      `json:"agent"`           // login name, as far as the request told
	Session  string      `json:"session"`         // agent session id in the path
	Chat     string      `json:"chat"`            // chat id in the path
	Status   int         `json:"status"`          // as answered; 0 when the connection ended without a whole answer
	Changed  string      `json:"changed"`         // what it changed, "" if nothing
	Fault    FaultKind   `json:"fault,omitempty"` // the fault that was applied, "" if none
	Jar      string      `json:"jar,omitempty"`   // what was wrong with the cookies: "missing", "foreign", "stale", "repeated", or ""
}

type journal struct {
	limit   int
	entries []*Request
	next    int // where the oldest entry is once the journal is full
	seq     int
	ops     map[Op]int
	answers map[Op]map[int]int
	dropped int
}

func newJournal(limit int) journal {
	return journal{limit: limit, ops: map[Op]int{}, answers: map[Op]map[int]int{}}
}

func (j *journal) add(r *Request) {
	j.seq++
	r.Seq = j.seq
	j.ops[r.Op]++
	switch {
	case j.limit == 0:
		j.dropped++
	case len(j.entries) < j.limit:
		j.entries = append(j.entries, r)
	default:
		j.entries[j.next] = r
		j.next = (j.next + 1) % j.limit
		j.dropped++
	}
}

func (j *journal) answered(r *Request) {
	byStatus := j.answers[r.Op]
	if byStatus == nil {
		byStatus = map[int]int{}
		j.answers[r.Op] = byStatus
	}
	byStatus[r.Status]++
}

func (j *journal) all() []Request {
	out := make([]Request, 0, len(j.entries))
	for i := range j.entries {
		out = append(out, *j.entries[(j.next+i)%len(j.entries)])
	}
	return out
}

// Journal returns the requests in the order of their arrival: all of them, or
// the newest if there were more than the journal holds (see WithJournal).
func (s *Server) Journal() []Request {
	s.enter()
	defer s.mu.Unlock()
	return s.journal.all()
}

// JournalDropped is how many requests the journal no longer holds.
func (s *Server) JournalDropped() int {
	s.enter()
	defer s.mu.Unlock()
	return s.journal.dropped
}

// Requests returns the journal's entries for the given operations.
func (s *Server) Requests(ops ...Op) []Request {
	all := s.Journal()
	return slices.DeleteFunc(all, func(r Request) bool { return !slices.Contains(ops, r.Op) })
}

// Count is how often an operation was called, whatever the journal still holds.
func (s *Server) Count(op Op) int {
	s.enter()
	defer s.mu.Unlock()
	return s.journal.ops[op]
}

// CountStatus is how often an operation was answered with a status; status 0
// counts the calls that got no whole answer.
func (s *Server) CountStatus(op Op, status int) int {
	s.enter()
	defer s.mu.Unlock()
	return s.journal.answers[op][status]
}

var journalHeaders = [...]string{
	"Accept", "Accept-Encoding", "Content-Type", "Idempotency-Key", "Origin", "Referer", "User-Agent",
	"X-Http-Method-Override", "X-Idempotency-Key", "X-Lp-State-Rev", "X-Requested-With",
}

// record enters a request into the journal. The lock must be held.
func (s *Server) record(c *call) *Request {
	r := c.r
	entry := &Request{
		Time:    c.now,
		Op:      c.op,
		Method:  c.method,
		Host:    r.Host,
		Path:    hideBearer(r.URL.EscapedPath()),
		Query:   r.URL.RawQuery,
		Header:  http.Header{},
		Auth:    authScheme(r),
		Body:    string(c.body[:min(len(c.body), journalBody)]),
		Session: c.params["session"],
		Chat:    c.params["chat"],
	}
	for _, name := range journalHeaders {
		if values := r.Header[name]; len(values) > 0 {
			entry.Header[name] = values
		}
	}
	for _, cookie := range r.Cookies() {
		entry.Cookies = append(entry.Cookies, cookie.Name)
	}
	if c.agent != nil {
		entry.Agent = c.agent.LoginName
	}
	s.journal.add(entry)
	return entry
}

func authScheme(r *http.Request) string {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.ToLower(scheme)
}
