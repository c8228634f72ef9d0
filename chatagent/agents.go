package chatagent

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// AgentState is an agent's state as AvailableAgents numbers it.
type AgentState int

// The states of the Retrieve Available Agents page.
const (
	AgentOffline  AgentState = 1
	AgentOnline   AgentState = 2
	AgentOccupied AgentState = 3
	AgentAway     AgentState = 4
)

// Unlimited is a number of chats or slots without a limit.
const Unlimited = -1

// Agent is one agent of the account.
type Agent struct {
	ID         string     `json:"@id"`
	ChatState  AgentState `json:"@chatState"`
	VoiceState AgentState `json:"@voiceState"`
	// MaxChats is how many chats the agent may have, or Unlimited.
	MaxChats       int    `json:"@maxChats"`
	UserName       string `json:"userName"`
	Nickname       string `json:"nickname"`
	Email          string `json:"email"`
	PrivilegeGroup string `json:"privilegeGroup"`
	GroupID        string `json:"agentGroupId"`
	GroupName      string `json:"agentGroupName"`
	// Chats is how many chats the agent has; 0 also if the server did not say.
	Chats int `json:"chats"`
	// InState is how long the agent is in the state, in the server's unit.
	InState int64 `json:"elapsedTimeInState"`

	Skills struct {
		IDs []string `json:"skill"`
	} `json:"skills"`
	SkillsInfo struct {
		Skills []Skill `json:"skillInfo"`
	} `json:"skillsInfo"`
}

// Skill is a skill of the account.
type Skill struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// OnlineAgents is how many agents with the skill are online, where the
	// answer counts them.
	OnlineAgents int `json:"onlineAgents"`
}

// AgentFilter narrows AvailableAgents; zero fields do not.
type AgentFilter struct {
	// Skill is the name of a skill.
	Skill string `url:"skill,omitempty"`
	// ChatState and VoiceState are states to look for.
	ChatState  State `url:"chatState,omitempty"`
	VoiceState State `url:"voiceState,omitempty"`
	// ChatReasonID is the id of a custom status reason.
	ChatReasonID string `url:"chatReasonId,omitempty"`
}

type agentsQuery struct {
	common
	AgentFilter
}

type agentsDoc struct {
	Available struct {
		Agents struct {
			Agent []Agent `json:"agent"`
		} `json:"agents"`
		Links []link `json:"link"`
	} `json:"availableAgents"`
}

// AvailableAgents returns the agents of the account that are not disabled
// (Retrieve Available Agents page).
func (s *Session) AvailableAgents(ctx context.Context, filter AgentFilter) ([]Agent, error) {
	at := s.at()
	agents, _, err := availableAgents(ctx, at, at.url.Join("/availableAgents"), agentsQuery{v1, filter})
	return agents, err
}

// WatchAgents yields the agents, and then, at each poll by the server's next
// link, those that it reports then. It ends with ctx, or with an error.
func (s *Session) WatchAgents(ctx context.Context, filter AgentFilter) iter.Seq2[[]Agent, error] {
	return func(yield func([]Agent, error) bool) {
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
				url, q = at.url.Follow(next), query
			}
			if !s.pause(ctx, polled.Add(s.poll)) {
				yield(nil, ctx.Err())
				return
			}
		}
	}
}

func availableAgents(ctx context.Context, at *seat, url rest.Target, q any) (agents []Agent, next string, err error) {
	out, _, err := rest.Do[agentsDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.AvailableAgents", Method: http.MethodGet, Class: retry.Idempotent, URL: url, Query: q,
	})
	return out.Available.Agents.Agent, href(out.Available.Links, "next"), err
}
