package messaging

import (
	"sync"
	"time"
)

// Host is the account that a Service belongs to. Its methods may be called
// with the service's lock held, so they must not call the service.
type Host interface {
	// Account is the account's id.
	Account() string
	// Seed is that of all random choices.
	Seed() int64
	// Bearer reports whose bearer this is, if it is live.
	Bearer(token string) (User, bool)
	// Users returns the account's users in order, or nil if there was no change
	// since the given revision, and the present revision.
	Users(revision int) ([]User, int)
	// Skill finds a skill by its name, or adds it; -1 for "".
	Skill(name string) int64
	// SkillName is the name of a skill, and whether there is one.
	SkillName(id int64) (string, bool)
	// Conversation tells of a conversation when it begins, when its skill changes
	// and when it ends.
	Conversation(id string, skill int64, over bool)
}

// User is a user of the account: an agent or a bot.
type User struct {
	ID        string // user id; the old id is "{account}.{ID}"
	PID       string
	LoginName string
	Nickname  string
	Skills    []int64
	Max       int // how many open conversations at once; 0 and below mean no limit
}

// Service is the fake messaging service of one account. All of its methods may
// be called from several goroutines at once.
type Service struct {
	host Host
	cfg  config

	done    chan struct{}
	running sync.WaitGroup // sockets and timers

	mu       sync.Mutex // guards everything below
	closed   bool
	agenda   agenda
	jobs     uint64
	draws    map[string]uint64
	variants variantSet
	revision int // of the host's users
	users    []*user
	byOldID  map[string]*user
	sockets  []*socket
	conns    map[*socket]bool // also those that are being closed
	opened   int              // how many sockets there ever were
	subs     int              // how many subscriptions there ever were
	convs    map[string]*Conversation
	order    []*Conversation
	dialogs  map[string]*dialog
	rings    map[string]*ring
	queue    []*task
	routing  bool                // routeAll is at work
	again    bool                // … and has to look once more
	profiles map[string]*profile // by old id or consumer id
	files    map[string]*file
	faults   []*FaultHandle
	faultIDs int
	log      frameLog
	waiters  waiters
}

// New makes the service of an account. It panics on a bad option.
func New(host Host, opts ...Option) *Service {
	s := &Service{
		host:     host,
		cfg:      newConfig(),
		done:     make(chan struct{}),
		draws:    map[string]uint64{},
		revision: -1,
		byOldID:  map[string]*user{},
		convs:    map[string]*Conversation{},
		dialogs:  map[string]*dialog{},
		rings:    map[string]*ring{},
		profiles: map[string]*profile{},
		files:    map[string]*file{},
		conns:    map[*socket]bool{},
	}
	for _, opt := range opts {
		if opt != nil {
			opt(&s.cfg)
		}
	}
	s.log = newFrameLog(s.cfg.frames)
	s.variants = variantSet{}
	for _, v := range s.cfg.variants {
		s.variants[v] = true
	}
	return s
}

// Close drops every socket and stops all timers. It returns when that is over.
func (s *Service) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
		for len(s.agenda) > 0 {
			s.cancel(s.agenda[0])
		}
		for k := range s.conns {
			s.drop(k)
			k.cut()
		}
	}
	s.mu.Unlock()
	s.running.Wait()
}

// user is a user of the account with what the service knows of him.
type user struct {
	User
	oldID        string
	availability string
	description  string
	sockets      []*socket
	present      bool // a Colleague works as this user
	takesAll     bool
	open         map[*Conversation]bool // open and assigned to him
	ringing      map[*ring]bool
	missed       int // rings that expired in a row
}

// The states of availability.
const (
	online   = "ONLINE"
	occupied = "OCCUPIED"
	away     = "AWAY"
	backSoon = "BACK_SOON"
	offline  = "OFFLINE"
)

// refresh takes over the host's users. The lock must be held.
func (s *Service) refresh() {
	list, revision := s.host.Users(s.revision)
	if revision == s.revision {
		return
	}
	s.revision = revision
	known := map[string]*user{}
	for _, u := range s.users {
		known[u.LoginName] = u
	}
	s.users = s.users[:0]
	clear(s.byOldID)
	for _, given := range list {
		u := known[given.LoginName]
		if u == nil {
			u = &user{availability: offline, open: map[*Conversation]bool{}, ringing: map[*ring]bool{}}
		}
		u.User = given
		u.oldID = s.host.Account() + "." + given.ID
		s.users = append(s.users, u)
		s.byOldID[u.oldID] = u
	}
	s.routeAll()
}

func (s *Service) byLogin(name string) *user {
	for _, u := range s.users {
		if u.LoginName == name {
			return u
		}
	}
	return nil
}

// mustUser finds a user by his login name; one that was never added is a
// mistake in the test.
func (s *Service) mustUser(name string) *user {
	u := s.byLogin(name)
	if u == nil {
		panic("messaging: there is no user " + name)
	}
	return u
}

// reachable reports whether anything can be routed to the user.
func (u *user) reachable() bool { return len(u.sockets) > 0 || u.present }

func (u *user) room() bool { return u.Max <= 0 || len(u.open)+len(u.ringing) < u.Max }

func (s *Service) millis(t time.Time) int64 { return t.Add(s.cfg.clock).UnixMilli() }
