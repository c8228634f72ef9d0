package chatagent

import (
	"context"
	"net/http"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// ChatInfo is the status of a chat. Which members come depends on the account.
type ChatInfo struct {
	State      ChatState `json:"state"`
	Key        string    `json:"chatSessionKey"`
	AgentName  string    `json:"agentName"`
	AgentID    string    `json:"agentId"`
	SkillID    string    `json:"skillId"`
	SkillName  string    `json:"skillName"`
	Started    time.Time `json:"startTime"`
	LastUpdate time.Time `json:"lastUpdate"`
	// Duration is in seconds.
	Duration int64 `json:"duration"`
	// Timeout is the number of seconds without a request after which the chat
	// times out.
	Timeout       int64  `json:"chatTimeout"`
	VisitorID     string `json:"visitorId"`
	VisitorName   string `json:"visitorName"`
	AgentTyping   Typing `json:"agentTyping"`
	VisitorTyping Typing `json:"visitorTyping"`
	// RTSessionID names the session across LivePerson's APIs, together with
	// the account id.
	RTSessionID    string `json:"rtSessionId"`
	SharkVisitorID string `json:"sharkVisitorId"`
	SharkSessionID string `json:"sharkSessionId"`
	SharkContextID string `json:"sharkContextId"`
	EngagementID   string `json:"engagementId"`
	CampaignID     string `json:"campaignId"`
	Language       string `json:"language"`
	// ParticipantID is set for visitors who are signed in; see ParticipantInfo.
	ParticipantID string `json:"participantId"`
}

type infoDoc struct {
	Info ChatInfo `json:"info"`
}

// Info returns the status of the chat (Retrieve Chat Information page).
func (c *Chat) Info(ctx context.Context) (ChatInfo, error) {
	at, url := c.at()
	out, _, err := rest.Do[infoDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Info", Method: http.MethodGet, Class: retry.Idempotent,
		URL: url.Join("/info"), Query: query,
	})
	return out.Info, err
}
