package chatagent

import (
	"cmp"
	"context"
	"iter"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// Unlimited is a number of chats or slots without a limit.
const Unlimited = -1

// Colleague is an agent of the account.
type Colleague struct {
	ID liveperson.UserID `json:"id"`
	// Chat and Voice are the agent's availability on these channels.
	Chat  Availability `json:"chat"`
	Voice Availability `json:"voice"`
	// MaxChats is how many chats the agent may have, or Unlimited; Chats is how
	// many the agent has, 0 also if the server did not say.
	MaxChats       int    `json:"maxChats"`
	Chats          int    `json:"chats"`
	UserName       string `json:"userName"`
	Nickname       string `json:"nickname"`
	Email          string `json:"email"`
	PrivilegeGroup string `json:"privilegeGroup"`
	GroupID        string `json:"groupId"`
	GroupName      string `json:"groupName"`
	// InState is how long the agent is in this state, in the server's unit,
	// which no page names.
	InState int64 `json:"inState"`
	// SkillIDs are the skills of the agent; Skills has their names too, where
	// the server gave them.
	SkillIDs []liveperson.SkillID `json:"skillIds"`
	Skills   []Skill              `json:"skills"`
}

// Skill is a skill of the account.
type Skill struct {
	ID   liveperson.SkillID `json:"id"`
	Name string             `json:"name"`
	// OnlineAgents is how many agents with the skill are online, where the
	// answer counts them.
	OnlineAgents int `json:"onlineAgents"`
}

// AgentFilter narrows AvailableAgents; zero fields do not.
type AgentFilter struct {
	// Skill is the name of a skill.
	Skill string `url:"skill,omitempty"`
	// Chat and Voice are availabilities to look for.
	Chat  Availability `url:"chatState,omitempty"`
	Voice Availability `url:"voiceState,omitempty"`
	// ReasonID is the id of a custom status reason.
	ReasonID string `url:"chatReasonId,omitempty"`
}

type agentsQuery struct {
	common
	AgentFilter
}

type agentsDoc struct {
	Available struct {
		Agents struct {
			Agent []agentBody `json:"agent"`
		} `json:"agents"`
		Links []link `json:"link"`
	} `json:"availableAgents"`
}

// agentBody is an agent in a list.
type agentBody struct {
	ID             string `json:"id"`
	ChatState      string `json:"chatState"`
	VoiceState     string `json:"voiceState"`
	MaxChats       int    `json:"maxChats"`
	UserName       string `json:"userName"`
	Nickname       string `json:"nickname"`
	Email          string `json:"email"`
	PrivilegeGroup string `json:"privilegeGroup"`
	GroupID        string `json:"agentGroupId"`
	GroupName      string `json:"agentGroupName"`
	Chats          int    `json:"chats"`
	InState        int64  `json:"elapsedTimeInState"`
	Skills         struct {
		IDs []string `json:"skill"`
	} `json:"skills"`
	SkillsInfo skillsInfo `json:"skillsInfo"`
}

type skillsInfo struct {
	Skills []skillBody `json:"skillInfo"`
}

type skillBody struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	OnlineAgents int    `json:"onlineAgents"`
}

func skillsOf(list []skillBody) []Skill {
	var skills []Skill
	for _, b := range list {
		skills = append(skills, Skill{liveperson.SkillID(b.ID), b.Name, b.OnlineAgents})
	}
	return skills
}

func (b *agentBody) colleague() Colleague {
	c := Colleague{
		ID: liveperson.UserID(b.ID), Chat: availabilityOf(b.ChatState), Voice: availabilityOf(b.VoiceState),
		MaxChats: b.MaxChats, Chats: b.Chats, UserName: b.UserName, Nickname: b.Nickname, Email: b.Email,
		PrivilegeGroup: b.PrivilegeGroup, GroupID: b.GroupID, GroupName: b.GroupName, InState: b.InState,
		Skills: skillsOf(b.SkillsInfo.Skills),
	}
	for _, id := range b.Skills.IDs {
		c.SkillIDs = append(c.SkillIDs, liveperson.SkillID(id))
	}
	return c
}

// availabilityOf reads an availability as lists of agents have it: as a number.
// A word is taken too.
func availabilityOf(state string) Availability {
	switch state {
	case "1":
		return Offline
	case "2":
		return Online
	case "3":
		return Occupied
	case "4":
		return Away
	}
	return Availability(state)
}

// AvailableAgents returns the agents of the account that are not disabled.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-available-agents.html
func (s *Agent) AvailableAgents(ctx context.Context, filter AgentFilter) ([]Colleague, error) {
	at := s.at()
	agents, _, err := availableAgents(ctx, at, at.url.Join("/availableAgents"), agentsQuery{v1, filter})
	return agents, err
}

// WatchAgents yields the agents, and then, at each poll by the server's next
// link, those that it reports then. It ends with ctx, or with an error.
func (s *Agent) WatchAgents(ctx context.Context, filter AgentFilter) iter.Seq2[[]Colleague, error] {
	return func(yield func([]Colleague, error) bool) {
		at := s.at()
		url, q := at.url.Join("/availableAgents"), any(agentsQuery{v1, filter})
		for {
			polled := time.Now()
			agents, next, err := availableAgents(ctx, at, url, q)
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(agents, nil) {
				return
			}
			if next != "" {
				url, q = at.url.Follow("next", next), query
			}
			if !pause(ctx, polled.Add(s.cfg.poll)) {
				yield(nil, ctx.Err())
				return
			}
		}
	}
}

func availableAgents(ctx context.Context, at *seat, url rest.Target, q any) (agents []Colleague, next string, err error) {
	out, err := rest.Get[agentsDoc](ctx, at.rest, "chatagent.AvailableAgents", url, q)
	for i := range out.Available.Agents.Agent {
		agents = append(agents, out.Available.Agents.Agent[i].colleague())
	}
	return agents, href(out.Available.Links, "next"), err
}

// SlotQuery asks for free slots: of a skill, or of one agent.
type SlotQuery struct {
	// Skill is the name of a skill.
	Skill string
	// MaxWait is how long a visitor may wait before the chat starts, in whole
	// seconds up to 24 hours. 0 asks for slots that are free now.
	MaxWait time.Duration
	// Agent is an agent's login name. It stands alone.
	Agent string
}

// maxWait is the longest wait of the Retrieve Available Slots page.
const maxWait = 86400 * time.Second

type skillSlots struct {
	common
	Skill   string `url:"skill,omitempty"`
	MaxWait int64  `url:"maxWaitTime"`
}

type agentSlots struct {
	common
	Agent string `url:"agent"`
}

type slotsDoc struct {
	Slots *int `json:"availableSlots"`
}

// AvailableSlots returns how many more chats can be taken, or [Unlimited].
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-available-slots.html
func (s *Agent) AvailableSlots(ctx context.Context, q SlotQuery) (int, error) {
	const op = "chatagent.AvailableSlots"
	params, err := q.params(op)
	if err != nil {
		return 0, err
	}
	at := s.at()
	out, err := rest.Get[slotsDoc](ctx, at.rest, op, at.url.Join("/chat/availableSlots"), params)
	return out.slots(op, err)
}

// params is the query as it is sent.
func (q SlotQuery) params(op string) (any, error) {
	switch {
	case q.Agent != "" && (q.Skill != "" || q.MaxWait != 0):
		return nil, &liveperson.InputError{Op: op, Field: "agent", Rule: "must not be combined with skill or maxWaitTime"}
	case q.MaxWait < 0 || q.MaxWait > maxWait || q.MaxWait%time.Second != 0:
		return nil, &liveperson.InputError{Op: op, Field: "maxWaitTime", Rule: "must be whole seconds from 0 to 86400"}
	case q.Agent != "":
		return agentSlots{v1, q.Agent}, nil
	}
	return skillSlots{v1, q.Skill, int64(q.MaxWait / time.Second)}, nil
}

func (d slotsDoc) slots(op string, err error) (int, error) {
	switch {
	case err != nil:
		return 0, err
	case d.Slots == nil:
		return 0, missing(op, "availableSlots")
	}
	return *d.Slots, nil
}

// AgentInfo is what the server knows of this agent.
type AgentInfo struct {
	ID liveperson.UserID `json:"id"`
	// AgentName is what visitors see, DisplayName what agents see.
	AgentName   string `json:"agentName"`
	DisplayName string `json:"displayName"`
	LoginName   string `json:"loginName"`
	// MaxChats is how many chats the agent may have, or Unlimited.
	MaxChats     int               `json:"maxChats"`
	Availability AgentAvailability `json:"availability"`
	Skills       []Skill           `json:"skills"`
}

type agentInfoDoc struct {
	Info struct {
		ID           string     `json:"id"`
		AgentName    string     `json:"agentName"`
		DisplayName  string     `json:"displayName"`
		LoginName    string     `json:"loginName"`
		MaxChats     int        `json:"maxChats"`
		Availability statusBody `json:"availability"`
		ReasonID     string     `json:"chatReasonId"`
		SkillsInfo   skillsInfo `json:"skillsInfo"`
	} `json:"info"`
}

// Info returns what the server knows of this agent.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-agent-information.html
func (s *Agent) Info(ctx context.Context) (AgentInfo, error) {
	at := s.at()
	out, err := rest.Get[agentInfoDoc](ctx, at.rest, "chatagent.AgentInfo", at.url.Join("/info"), query)
	i := out.Info
	i.Availability.ReasonID = cmp.Or(i.Availability.ReasonID, i.ReasonID)
	return AgentInfo{
		ID: liveperson.UserID(i.ID), AgentName: i.AgentName, DisplayName: i.DisplayName, LoginName: i.LoginName,
		MaxChats: i.MaxChats, Availability: i.Availability.status(), Skills: skillsOf(i.SkillsInfo.Skills),
	}, err
}
