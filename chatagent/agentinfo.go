package chatagent

import (
	"context"
	"net/http"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// AgentInfo is what the server knows of this agent.
type AgentInfo struct {
	// ID is the agent's user id.
	ID string `json:"id"`
	// AgentName is what visitors see, DisplayName what agents see.
	AgentName   string `json:"agentName"`
	DisplayName string `json:"displayName"`
	LoginName   string `json:"loginName"`
	// MaxChats is how many chats the agent may have, or Unlimited.
	MaxChats     int          `json:"maxChats"`
	Availability Availability `json:"availability"`
	ReasonID     string       `json:"chatReasonId"`
	SkillsInfo   struct {
		Skills []Skill `json:"skillInfo"`
	} `json:"skillsInfo"`
}

type agentInfoDoc struct {
	Info AgentInfo `json:"info"`
}

// Info returns what the server knows of this agent (Retrieve Agent Information
// page).
func (s *Session) Info(ctx context.Context) (AgentInfo, error) {
	at := s.at()
	out, _, err := rest.Do[agentInfoDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.AgentInfo", Method: http.MethodGet, Class: retry.Idempotent,
		URL: at.url.Join("/info"), Query: query,
	})
	return out.Info, err
}
