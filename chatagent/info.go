package chatagent

import (
	"context"
	"encoding/json"
	"math"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// ChatInfo is the status of a chat. Which members come depends on the account. In JSON,
// Duration and Timeout are numbers of seconds.
type ChatInfo struct {
	State ChatState `json:"state"`
	// Key is the chat session key.
	Key        string             `json:"key"`
	AgentName  string             `json:"agentName"`
	AgentID    liveperson.UserID  `json:"agentId"`
	SkillID    liveperson.SkillID `json:"skillId"`
	SkillName  string             `json:"skillName"`
	Started    time.Time          `json:"started"`
	LastUpdate time.Time          `json:"lastUpdate"`
	// Duration is how long the chat has been going on.
	Duration time.Duration `json:"duration"`
	// Timeout is the time without a request after which the chat times out.
	Timeout       time.Duration        `json:"timeout"`
	VisitorID     liveperson.VisitorID `json:"visitorId"`
	VisitorName   string               `json:"visitorName"`
	AgentTyping   Typing               `json:"agentTyping"`
	VisitorTyping Typing               `json:"visitorTyping"`
	// RTSessionID names the session across LivePerson's APIs, together with
	// the account id.
	RTSessionID    string                  `json:"rtSessionId"`
	SharkVisitorID string                  `json:"sharkVisitorId"`
	SharkSessionID string                  `json:"sharkSessionId"`
	SharkContextID string                  `json:"sharkContextId"`
	EngagementID   liveperson.EngagementID `json:"engagementId"`
	CampaignID     liveperson.CampaignID   `json:"campaignId"`
	Language       string                  `json:"language"`
	// ParticipantID is set for visitors who are signed in; see Participant.
	ParticipantID string `json:"participantId"`
}

// infoJSON is the JSON of a ChatInfo.
type infoJSON struct {
	plainInfo

	Duration wire.Seconds `json:"duration"`
	Timeout  wire.Seconds `json:"timeout"`
}

type plainInfo ChatInfo

// MarshalJSON writes durations as numbers of seconds.
func (i ChatInfo) MarshalJSON() ([]byte, error) {
	return json.Marshal(infoJSON{plainInfo(i), wire.Seconds(i.Duration), wire.Seconds(i.Timeout)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *ChatInfo) UnmarshalJSON(data []byte) error {
	doc := infoJSON{plainInfo(*i), wire.Seconds(i.Duration), wire.Seconds(i.Timeout)}
	err := json.Unmarshal(data, &doc)
	*i = ChatInfo(doc.plainInfo)
	i.Duration, i.Timeout = time.Duration(doc.Duration), time.Duration(doc.Timeout)
	return err
}

type infoDoc struct {
	Info infoBody `json:"info"`
}

type infoBody struct {
	State          string    `json:"state"`
	Key            string    `json:"chatSessionKey"`
	AgentName      string    `json:"agentName"`
	AgentID        string    `json:"agentId"`
	SkillID        string    `json:"skillId"`
	SkillName      string    `json:"skillName"`
	Started        time.Time `json:"startTime"`
	LastUpdate     time.Time `json:"lastUpdate"`
	Duration       int64     `json:"duration"`
	Timeout        int64     `json:"chatTimeout"`
	VisitorID      string    `json:"visitorId"`
	VisitorName    string    `json:"visitorName"`
	AgentTyping    string    `json:"agentTyping"`
	VisitorTyping  string    `json:"visitorTyping"`
	RTSessionID    string    `json:"rtSessionId"`
	SharkVisitorID string    `json:"sharkVisitorId"`
	SharkSessionID string    `json:"sharkSessionId"`
	SharkContextID string    `json:"sharkContextId"`
	EngagementID   string    `json:"engagementId"`
	CampaignID     string    `json:"campaignId"`
	Language       string    `json:"language"`
	ParticipantID  string    `json:"participantId"`
}

func (b *infoBody) info() ChatInfo {
	return ChatInfo{
		State: chatState(b.State), Key: b.Key, AgentName: b.AgentName, AgentID: liveperson.UserID(b.AgentID),
		SkillID: liveperson.SkillID(b.SkillID), SkillName: b.SkillName, Started: b.Started, LastUpdate: b.LastUpdate,
		Duration: seconds(b.Duration), Timeout: seconds(b.Timeout),
		VisitorID: liveperson.VisitorID(b.VisitorID), VisitorName: b.VisitorName,
		AgentTyping: Typing(b.AgentTyping), VisitorTyping: Typing(b.VisitorTyping),
		RTSessionID: b.RTSessionID, SharkVisitorID: b.SharkVisitorID, SharkSessionID: b.SharkSessionID, SharkContextID: b.SharkContextID,
		EngagementID: liveperson.EngagementID(b.EngagementID), CampaignID: liveperson.CampaignID(b.CampaignID),
		Language: b.Language, ParticipantID: b.ParticipantID,
	}
}

// seconds is a number of seconds, held to what a Duration can be.
func seconds(n int64) time.Duration {
	const most = int64(math.MaxInt64 / time.Second)
	return time.Duration(min(max(n, -most), most)) * time.Second
}

// Info returns the status of the chat.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-chat-information.html
func (c *Chat) Info(ctx context.Context) (ChatInfo, error) {
	at, url := c.at()
	out, err := rest.Get[infoDoc](ctx, at.rest, "chatagent.Info", url.Join("/info"), query)
	return out.Info.info(), err
}

// Typing is whether somebody is typing.
type Typing string

// The typing states of the typing-status pages.
const (
	// IsTyping is somebody who is typing.
	IsTyping Typing = "typing"
	// NotTyping is somebody who is not.
	NotTyping Typing = "not-typing"
	// TypingUnknown appears in answers only.
	TypingUnknown Typing = "unknown"
)

type typingBody struct {
	AgentTyping Typing `json:"agentTyping"`
}

type typingDoc struct {
	Agent   Typing `json:"agentTyping"`
	Visitor Typing `json:"visitorTyping"`
}

// AgentTyping tells whether the agent is shown as typing.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-agent-s-typing-status.html
func (c *Chat) AgentTyping(ctx context.Context) (Typing, error) {
	at, url := c.at()
	out, err := rest.Get[typingDoc](ctx, at.rest, "chatagent.AgentTyping", url.Join("/info/agentTyping"), query)
	return out.Agent, err
}

// SetTyping shows the visitor that the agent is typing, or not. A chat that is
// over is [ErrChatEnded].
//
// https://developers.liveperson.com/chat-agent-api-methods-set-agent-s-typing-status.html
func (c *Chat) SetTyping(ctx context.Context, typing Typing) error {
	const op = "chatagent.SetTyping"
	if typing != IsTyping && typing != NotTyping {
		return &liveperson.InputError{Op: op, Field: "agentTyping", Rule: "must be typing or not-typing"}
	}
	if err := c.closed(); err != nil {
		return opError(op, err)
	}
	at, err := c.setTyping(ctx, op, typing)
	if c.reseated(ctx, at, err) {
		_, err = c.setTyping(ctx, op, typing)
	}
	return c.whenOver(ctx, err)
}

func (c *Chat) setTyping(ctx context.Context, op string, typing Typing) (*seat, error) {
	at, url := c.at()
	return at, put(ctx, at, op, url.Join("/info/agentTyping"), typingBody{typing}, rest.Request{})
}

// VisitorTyping tells whether the visitor is typing.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-visitor-s-typing-status.html
func (c *Chat) VisitorTyping(ctx context.Context) (Typing, error) {
	at, url := c.at()
	out, err := rest.Get[typingDoc](ctx, at.rest, "chatagent.VisitorTyping", url.Join("/info/visitorTyping"), query)
	return out.Visitor, err
}

type visitorNameDoc struct {
	Name string `json:"visitorName"`
}

// VisitorName asks for the name that the visitor gave; it is "visitor" if there
// is none.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-visitor-s-name.html
func (c *Chat) VisitorName(ctx context.Context) (string, error) {
	at, url := c.at()
	out, err := rest.Get[visitorNameDoc](ctx, at.rest, "chatagent.VisitorName", url.Join("/info/visitorName"), query)
	return out.Name, err
}
