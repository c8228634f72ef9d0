package messagingagent

import (
	"encoding/json"
	"slices"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// State is the state of a conversation's main dialog, or of a dialog. Others than
// these come through as they are.
type State string

// The states.
const (
	StateOpen   State = "OPEN"
	StateClosed State = "CLOSE"
	StateLocked State = "LOCKED"
	// StatePending and StateQueued are seen of dialogs only.
	StatePending State = "PENDING"
	StateQueued  State = "QUEUED"
)

// Stage is the state of a conversation as a whole: a survey may still run in one
// whose main dialog is closed.
type Stage string

// The stages.
const (
	StageOpen   Stage = "OPEN"
	StageClosed Stage = "CLOSE"
)

// CloseReason is why a conversation was closed.
type CloseReason string

// The reasons.
const (
	CloseReasonAgent    CloseReason = "AGENT"
	CloseReasonConsumer CloseReason = "CONSUMER"
	CloseReasonSystem   CloseReason = "SYSTEM"
	CloseReasonTimeout  CloseReason = "TIMEOUT"
)

// TTRType names the policy of a conversation's time to respond.
type TTRType string

// The policies.
const (
	TTRNormal      TTRType = "NORMAL"
	TTRUrgent      TTRType = "URGENT"
	TTRPrioritized TTRType = "PRIORITIZED"
	TTRCustom      TTRType = "CUSTOM"
)

// TTR is the time in which an agent should respond. In JSON, Value is a number of seconds.
type TTR struct {
	Type  TTRType       `json:"type"`
	Value time.Duration `json:"value"`
}

// ttrJSON is the JSON of a TTR.
type ttrJSON struct {
	Type  TTRType      `json:"type"`
	Value wire.Seconds `json:"value"`
}

// MarshalJSON writes the value as a number of seconds.
func (t TTR) MarshalJSON() ([]byte, error) {
	return json.Marshal(ttrJSON{t.Type, wire.Seconds(t.Value)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *TTR) UnmarshalJSON(data []byte) error {
	doc := ttrJSON{t.Type, wire.Seconds(t.Value)}
	err := json.Unmarshal(data, &doc)
	t.Type, t.Value = doc.Type, time.Duration(doc.Value)
	return err
}

// DelayType is why the answer to a conversation is put off.
type DelayType string

// The reasons for a delay.
const (
	DelayNight   DelayType = "NIGHT"
	DelayWeekend DelayType = "WEEKEND"
	DelayHoliday DelayType = "HOLIDAY"
)

// Delay is a time in which the brand does not answer; the time to respond counts
// from its end.
type Delay struct {
	Type DelayType `json:"type"`
	Till time.Time `json:"till,omitzero"`
}

// CSATStatus is how far a consumer has filled in the rating.
type CSATStatus string

// The ways.
const (
	CSATFilled          CSATStatus = "FILLED"
	CSATPartiallyFilled CSATStatus = "PARTIALLY_FILLED"
	CSATSkipped         CSATStatus = "SKIPPED"
)

// CSAT is how a consumer has rated a conversation.
type CSAT struct {
	// Rate is 1 to 5; 0 for none.
	Rate int `json:"rate"`
	// ResolutionConfirmed is whether the matter was settled, nil if that is not said.
	ResolutionConfirmed *bool      `json:"resolutionConfirmed,omitempty"`
	Status              CSATStatus `json:"status,omitempty"`
}

// Campaign is what a conversation came from.
type Campaign struct {
	CampaignID   liveperson.CampaignID   `json:"campaignId"`
	EngagementID liveperson.EngagementID `json:"engagementId"`
}

// ContextType is where a conversation was begun.
type ContextType string

// The types of contexts.
const (
	// ContextWeb is a web site.
	ContextWeb ContextType = "SharkContext"
	// ContextApp is an app with LivePerson's SDK.
	ContextApp ContextType = "MobileAppContext"
	// ContextCustom is another channel; it has a name.
	ContextCustom ContextType = "CustomContext"
	// ContextProactive is a conversation that an agent has begun.
	ContextProactive ContextType = "ProactiveContext"
)

// ConversationContext is where a conversation was begun.
type ConversationContext struct {
	Type ContextType `json:"type"`
	// Name is that of a [ContextCustom].
	Name string `json:"name,omitempty"`
	// Lang is a language tag: en-US.
	Lang string `json:"lang,omitempty"`
	// VisitorID, SessionID and InteractionContextID are the web visit.
	VisitorID            liveperson.VisitorID `json:"visitorId,omitempty"`
	SessionID            string               `json:"sessionId,omitempty"`
	InteractionContextID string               `json:"interactionContextId,omitempty"`
	// Origin is the conversation that a [ContextProactive] follows.
	Origin liveperson.ConversationID `json:"originConversationId,omitempty"`
	// Client is what the consumer writes with.
	Client ClientProperties `json:"client"`
	// Raw is the context as it came, nil for none. Do not change it.
	Raw json.RawMessage `json:"-"`
}

// ClientProperties say what somebody writes with. Any of them may be empty.
//
// https://developers.liveperson.com/messaging-window-api-tutorials-client-properties.html
type ClientProperties struct {
	AppID        string `json:"appId,omitempty"`
	AppVersion   string `json:"appVersion,omitempty"`
	IPAddress    string `json:"ipAddress,omitempty"`
	DeviceFamily string `json:"deviceFamily,omitempty"`
	// DeviceManufacturer and DeviceModel are those of a phone.
	DeviceManufacturer string `json:"deviceManufacturer,omitempty"`
	DeviceModel        string `json:"deviceModel,omitempty"`
	OS                 string `json:"os,omitempty"`
	OSName             string `json:"osName,omitempty"`
	OSVersion          string `json:"osVersion,omitempty"`
	Integration        string `json:"integration,omitempty"`
	IntegrationVersion string `json:"integrationVersion,omitempty"`
	Browser            string `json:"browser,omitempty"`
	BrowserVersion     string `json:"browserVersion,omitempty"`
	TimeZone           string `json:"timeZone,omitempty"`
	// Features are what the client can show: RICH_CONTENT, QUICK_REPLIES and others.
	Features []string `json:"features,omitempty"`
}

// ConversationInfo is the state of a conversation, as a notification told it. Any
// field but ID may be empty.
//
// https://developers.liveperson.com/messaging-agent-sdk-events.html
type ConversationInfo struct {
	ID liveperson.ConversationID `json:"id"`
	// Account is the id of the account (brand).
	Account string `json:"account"`
	// Skill is where the conversation is, [liveperson.NoSkill] for none.
	Skill liveperson.SkillID `json:"skill"`
	// State is that of the main dialog, Stage that of the whole.
	State State `json:"state"`
	Stage Stage `json:"stage"`
	// CloseReason and EndedAt are set once it is closed.
	CloseReason CloseReason `json:"closeReason,omitempty"`
	StartedAt   time.Time   `json:"startedAt,omitzero"`
	EndedAt     time.Time   `json:"endedAt,omitzero"`
	// UpdatedAt is when the state changed last: of two, the later one counts. It is
	// zero if that is not said.
	UpdatedAt time.Time `json:"updatedAt,omitzero"`
	// RespondBy is when an agent should have answered, zero for no such time.
	RespondBy time.Time `json:"respondBy,omitzero"`
	TTR       TTR       `json:"ttr"`
	Delay     Delay     `json:"delay"`
	// ManualRespondBy is a time that an agent has set, in place of TTR and Delay.
	ManualRespondBy time.Time `json:"manualRespondBy,omitzero"`
	// Participants are those of the main dialog: the consumer, the assigned agent and
	// whoever has joined, and agents that are only suggested.
	Participants []Participant `json:"participants"`
	// Dialogs are the parts of the conversation.
	Dialogs []Dialog `json:"dialogs"`
	// FirstConversation says that the consumer never had one before.
	FirstConversation bool `json:"firstConversation"`
	// CSAT is the consumer's rating, nil for none.
	CSAT *CSAT `json:"csat,omitempty"`
	// Note is what agents wrote about it.
	Note     string              `json:"note,omitempty"`
	GroupID  string              `json:"groupId,omitempty"`
	Campaign Campaign            `json:"campaign"`
	Context  ConversationContext `json:"context"`
	// LastMessage is the last content that was sent. It is nil if the notification
	// did not tell: that happens, and says nothing of whether there is one.
	LastMessage *Event `json:"lastMessage,omitempty"`
	// Unread is how many messages each participant has not read, by id.
	Unread map[string]int `json:"unread,omitempty"`
	// Raw is all of it as it came. Do not change it.
	Raw json.RawMessage `json:"-"`
}

// Main returns the main dialog; false if it was not told of.
func (c *ConversationInfo) Main() (Dialog, bool) {
	for _, d := range c.Dialogs {
		if d.Type == DialogMain || d.ID == DialogID(c.ID) {
			return d, true
		}
	}
	return Dialog{}, false
}

// Dialog returns the dialog of that id; false if it was not told of.
func (c *ConversationInfo) Dialog(id DialogID) (Dialog, bool) {
	for _, d := range c.Dialogs {
		if d.ID == id {
			return d, true
		}
	}
	return Dialog{}, false
}

// Consumer returns the id of the consumer, "" if it was not told.
func (c *ConversationInfo) Consumer() string {
	for _, p := range c.Participants {
		if p.Role == RoleConsumer {
			return p.ID
		}
	}
	return ""
}

// AssignedAgent returns the agent who has the conversation; false if there is none.
// One who is suggested has not taken it.
func (c *ConversationInfo) AssignedAgent() (Participant, bool) {
	for _, p := range c.Participants {
		if p.Role == RoleAssignedAgent && p.State == ParticipantActive {
			return p, true
		}
	}
	return Participant{}, false
}

// Has tells whether somebody takes part in that role. He is named by any of the ids
// that he goes by. Who is suggested does not take part.
func (c *ConversationInfo) Has(role Role, ids ...string) bool { return has(c.Participants, role, ids) }

// DialogID names a dialog, a part of a conversation. The main dialog has the id of its
// conversation.
type DialogID string

// DialogType is what a dialog is for.
type DialogType string

// The types of dialogs.
const (
	// DialogMain is the talk of consumer and agent.
	DialogMain DialogType = "MAIN"
	// DialogPostSurvey is the survey after it.
	DialogPostSurvey DialogType = "POST_SURVEY"
	// DialogAgent and DialogOther are side talks.
	DialogAgent DialogType = "AGENT"
	DialogOther DialogType = "OTHER"
)

// DialogChannel is how a dialog is held.
type DialogChannel string

// The channels of dialogs.
const (
	ChannelMessaging DialogChannel = "MESSAGING"
	ChannelCobrowse  DialogChannel = "COBROWSE"
)

// Dialog is a part of a conversation.
type Dialog struct {
	ID        DialogID      `json:"id"`
	Type      DialogType    `json:"type"`
	Channel   DialogChannel `json:"channel"`
	State     State         `json:"state"`
	CreatedAt time.Time     `json:"createdAt,omitzero"`
	EndedAt   time.Time     `json:"endedAt,omitzero"`
	UpdatedAt time.Time     `json:"updatedAt,omitzero"`
	// Participants are empty for dialogs of old.
	Participants []Participant `json:"participants"`
	// ClosedBy and ClosedCause say who closed it and why.
	ClosedBy    string `json:"closedBy,omitempty"`
	ClosedCause string `json:"closedCause,omitempty"`
	// AppInstallID names the survey bot that a survey is for.
	AppInstallID string `json:"appInstallId,omitempty"`
	// MetaData is what else the dialog was opened with, as it came.
	MetaData json.RawMessage `json:"metaData,omitempty"`
}

// Has is [ConversationInfo.Has] of a dialog.
func (d *Dialog) Has(role Role, ids ...string) bool { return has(d.Participants, role, ids) }

// Role is what somebody takes part as.
type Role string

// The roles.
const (
	// RoleAssignedAgent is the agent who has the conversation, one at a time.
	RoleAssignedAgent Role = "ASSIGNED_AGENT"
	// RoleAgent is another agent, a survey bot among them.
	RoleAgent   Role = "AGENT"
	RoleManager Role = "MANAGER"
	RoleReader  Role = "READER"
	// RoleController is the system, with its automatic messages.
	RoleController Role = "CONTROLLER"
	RoleConsumer   Role = "CONSUMER"
	RoleBrandBot   Role = "BRAND_BOT"
)

// ParticipantState says whether somebody takes part already.
type ParticipantState string

// The states of participants.
const (
	ParticipantActive ParticipantState = "ACTIVE"
	// ParticipantSuggested is an agent to whom a conversation is to be transferred and
	// who has not accepted it.
	ParticipantSuggested ParticipantState = "SUGGESTED"
)

// Participant is somebody who takes part in a conversation. An agent has two ids, of
// which one may be missing, and a consumer one, which stands in both fields.
type Participant struct {
	// ID is account and user id with a dot between, "12345678.3550017", or the
	// consumer's id.
	ID string `json:"id"`
	// PID is the other id of an agent.
	PID   string           `json:"pid"`
	Role  Role             `json:"role"`
	State ParticipantState `json:"state"`
}

// Is tells whether p goes by one of these ids.
func (p *Participant) Is(ids ...string) bool {
	return p.ID != "" && slices.Contains(ids, p.ID) || p.PID != "" && slices.Contains(ids, p.PID)
}

func has(list []Participant, role Role, ids []string) bool {
	return slices.ContainsFunc(list, func(p Participant) bool {
		return p.Role == role && p.State == ParticipantActive && p.Is(ids...)
	})
}
