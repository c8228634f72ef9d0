package lptest

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// world is everything that the services know. Server.mu guards it.
type world struct {
	agents   []*agent
	byLogin  map[string]*agent
	byID     map[int64]*agent
	skills   []*Skill
	bySkill  map[string]*skillDesk
	logins   map[string]*login // by bearer
	byCookie map[string]*login // by Session_id
	sessions map[string]*session
	jars     map[string]*session // every session cookie ever set
	chats    map[string]*chat
	order    []*chat // chats by the time they began
	visitors int     // how many chats there ever were
	visits   map[string]*chat
	surveys  map[surveyKey]*survey
	forms    []*ChatSurvey
	people   map[string]*Participant
	agenda   agenda
	nonces   map[string]time.Time
	waiters  waiters // for availability and for answered requests
	retired  []retired
	swept    time.Time
}

func newWorld() world {
	w := world{
		byLogin:  map[string]*agent{},
		byID:     map[int64]*agent{},
		bySkill:  map[string]*skillDesk{},
		logins:   map[string]*login{},
		byCookie: map[string]*login{},
		sessions: map[string]*session{},
		jars:     map[string]*session{},
		chats:    map[string]*chat{},
		visits:   map[string]*chat{},
		surveys:  map[surveyKey]*survey{},
		people:   map[string]*Participant{},
		nonces:   map[string]time.Time{},
	}
	w.bySkill[""] = &skillDesk{}
	return w
}

// Agent is a user of the account who may log in and take chats.
type Agent struct {
	ID         int64    // user id; drawn when 0
	LoginName  string   // what the agent logs in with
	Password   string   // "" means that no password opens this agent
	Nickname   string   // what visitors see; the login name unless given
	Email      string   // made from the login name unless given
	Group      string   // privilege group, "agents" unless given
	MaxChats   int      // how many chats at once; 0 and below mean no limit
	Skills     []string // names; unknown ones are added to the account
	Bot        *Keys    // keys of a bot user, nil for a person
	Assertion  string   // a SAML assertion that opens this agent, if not empty
	Privileges []int    // userPrivileges in the login's answer
	Blocked    bool     // the vendor blacklisted this user: login answers 451
	Disabled   bool     // login answers 401, and the agent is in no list
}

// Keys are the credentials of a bot user: OAuth 2.0 client credentials, OAuth
// 1.0 keys, or both. The Login pages put either pair into the same fields of
// the login's body; the OAuth 1.0 keys also sign requests.
type Keys struct {
	ClientID          string // sent as appKey
	ClientSecret      string // sent as secret, with any accessToken and accessTokenSecret
	AppKey            string
	Secret            string
	AccessToken       string
	AccessTokenSecret string
}

// Skill is a skill (a department) of the account.
type Skill struct {
	ID   int64 // drawn when 0
	Name string
}

type agent struct {
	Agent
	status   string // as it was set last; see state
	reason   string
	since    time.Time
	sessions []*session
	ringing  []*chat // offered, oldest first
	running  []*chat // accepted and not ended
	logins   []time.Time
	echo     []time.Time // until when the ringing count holds a chat that rings no more
	latest   *chat       // accepted last
	person   *session    // of Server.Person, nil without one
	takesAll bool        // the person accepts whatever rings
}

// The states of availability.
const (
	online   = "Online"
	away     = "Away"
	occupied = "Occupied"
	offline  = "Offline"
)

// state is the availability that others see: Offline without a session.
func (a *agent) state() string {
	if len(a.sessions) == 0 {
		return offline
	}
	return a.status
}

func (a *agent) free() int {
	if a.MaxChats <= 0 {
		return 1 << 30
	}
	return a.MaxChats - len(a.running) - len(a.ringing)
}

func (a *agent) load() int { return len(a.running) + len(a.ringing) }

func (a *agent) name() string {
	if a.Nickname != "" {
		return a.Nickname
	}
	return a.LoginName
}

// skillDesk is the queue of a skill and the agents who serve it; the desk of
// "" holds every agent and the chats that any of them may take.
type skillDesk struct {
	skill  *Skill
	agents []*agent
	queue  []*chat // waiting and offered to nobody, in order of arrival
}

// AddAgent adds a user to the account, or replaces the one with the same login
// name, and returns it with the empty fields filled.
func (s *Server) AddAgent(a Agent) Agent {
	s.enter()
	defer s.mu.Unlock()
	if a.LoginName == "" {
		a.LoginName = "agent" + strconv.Itoa(len(s.agents)+1) + "@lptest"
	}
	if a.ID == 0 {
		a.ID = s.newID("agent", a.LoginName)
	}
	if a.Nickname == "" {
		a.Nickname = a.LoginName
	}
	if a.Email == "" {
		a.Email = a.LoginName
	}
	if a.Group == "" {
		a.Group = "agents"
	}
	if a.Privileges == nil {
		a.Privileges = []int{100, 101, 1730}
	}
	a.Skills = slices.DeleteFunc(slices.Clone(a.Skills), func(name string) bool { return name == "" })
	state := s.byLogin[a.LoginName]
	if state == nil {
		state = &agent{status: away, since: time.Now()}
		s.agents = append(s.agents, state)
	} else {
		delete(s.byID, state.ID)
		s.leaveDesks(state)
	}
	state.Agent = a
	s.byLogin[a.LoginName] = state
	s.byID[a.ID] = state
	s.bySkill[""].agents = append(s.bySkill[""].agents, state)
	for _, name := range a.Skills {
		desk := s.desk(name)
		desk.agents = append(desk.agents, state)
	}
	s.staffChanges++
	s.offer(state, time.Now())
	return a
}

func (s *Server) leaveDesks(a *agent) {
	for _, desk := range s.bySkill {
		desk.agents = slices.DeleteFunc(desk.agents, func(b *agent) bool { return a == b })
	}
}

// AddSkill adds a skill to the account and returns it with its id. It panics
// without a name.
func (s *Server) AddSkill(skill Skill) Skill {
	if skill.Name == "" {
		panic("lptest: a skill needs a name")
	}
	s.enter()
	defer s.mu.Unlock()
	desk := s.desk(skill.Name)
	if skill.ID != 0 {
		s.staffChanges++
		desk.skill.ID = skill.ID
	}
	return *desk.skill
}

// desk finds or adds a skill by name.
func (s *Server) desk(name string) *skillDesk {
	desk := s.bySkill[name]
	if desk == nil {
		skill := &Skill{ID: s.newID("skill", name), Name: name}
		desk = &skillDesk{skill: skill}
		s.bySkill[name] = desk
		s.skills = append(s.skills, skill)
	}
	return desk
}

func (s *Server) skillByID(id int64) *skillDesk {
	for _, skill := range s.skills {
		if skill.ID == id {
			return s.bySkill[skill.Name]
		}
	}
	return nil
}

// newID draws an id of ten digits.
func (s *Server) newID(kind, scope string) int64 {
	return int64(3e9 + s.draw("id "+kind, scope)%999_999_937)
}

// Agents returns the account's users in the order they were added.
func (s *Server) Agents() []Agent {
	s.enter()
	defer s.mu.Unlock()
	out := make([]Agent, len(s.agents))
	for i, a := range s.agents {
		out[i] = a.Agent
	}
	return out
}

// Availability is the state that an agent shows: Online, Away, Occupied, or
// Offline while no session is open.
func (s *Server) Availability(a Agent) string {
	s.enter()
	defer s.mu.Unlock()
	return s.mustAgent(a).state()
}

// mustAgent finds the state of an agent that AddAgent returned; a name that
// was never added is a mistake in the test.
func (s *Server) mustAgent(a Agent) *agent {
	state := s.byLogin[a.LoginName]
	if state == nil {
		panic(fmt.Sprintf("lptest: there is no agent %q", a.LoginName))
	}
	return state
}
