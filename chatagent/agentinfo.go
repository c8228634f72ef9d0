package chatagent

import (
	"cmp"
	"context"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

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
