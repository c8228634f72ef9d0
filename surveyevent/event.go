package surveyevent

import (
	"encoding/json"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// Kind is one of the events. The values are the event ids of LivePerson
// Functions.
type Kind string

// The events of the post-conversation survey, and of the survey after a chat.
const (
	// Started: the survey bot has begun.
	Started Kind = "surveybot_messaging_survey_started"
	// Ended: the survey bot has come to its end.
	Ended Kind = "surveybot_messaging_survey_ended"
	// AfterChat: a visitor has filled in the survey after a chat.
	AfterChat Kind = "denver_post_survey_email_transcript"
)

// Event is the start or end of a survey. Every field may be empty but
// ConversationID.
//
// https://developers.liveperson.com/liveperson-functions-event-sources-post-conversation-survey.html
type Event struct {
	// Kind is Started or Ended; empty from Parse, which cannot know.
	Kind Kind `json:"-"`
	// Envelope is what stood around the payload.
	Envelope Envelope `json:"-"`
	// Raw is the payload as it came.
	Raw json.RawMessage `json:"-" wire:"raw"`

	// ConversationID and AccountID name the conversation.
	ConversationID liveperson.ConversationID `json:"conversationId"`
	AccountID      string                    `json:"accountId"`
	// SurveyID and SurveyRevision name the survey.
	SurveyID       int64 `json:"surveyId"`
	SurveyRevision int64 `json:"surveyRevision"`
	// SkillID is the conversation's skill.
	SkillID liveperson.SkillID `json:"skillId"`
	// EffectiveTTR is when an agent should be available, zero for none.
	EffectiveTTR time.Time `json:"effectiveTTR"`
	// LastContent is the last message of the conversation, nil for none.
	LastContent *LastContent `json:"lastContentEventNotification"`
	// Campaign is the campaign that the conversation came from.
	Campaign Campaign `json:"campaignInfo"`
	// CloseReason is why the conversation was closed: CONSUMER and others.
	CloseReason string `json:"closeReason"`
	// Context is where the consumer was.
	Context Context `json:"context"`
	// Dialogs are the parts of the conversation: the survey and what was
	// before it.
	Dialogs []Dialog `json:"dialogs"`
	// FirstConversation says that the consumer never had one before.
	FirstConversation bool `json:"firstConversation"`
	// Participants are those of the present state.
	Participants []Participant `json:"participants"`
	// State is OPEN or CLOSE.
	State string `json:"state"`
	// Start is when the conversation began.
	Start time.Time `json:"startTs"`
	// TTR is the time to respond.
	TTR TTR `json:"ttr"`
	// LastQuestionID is the id of the survey's last question.
	LastQuestionID string `json:"lastQuestionId"`
}

// Envelope is what an invocation puts around a payload. It may be missing.
type Envelope struct {
	// Timestamp is when the function was invoked, zero if that is not said.
	Timestamp time.Time `json:"timestamp"`
	// Headers are those of the invocation.
	Headers []Header `json:"headers"`
}

// Header is a header of an invocation.
type Header struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// LastContent is the last message of a conversation
// (lastContentEventNotification).
type LastContent struct {
	// OriginatorID and OriginatorPID are who wrote it.
	OriginatorID  string `json:"originatorId"`
	OriginatorPID string `json:"originatorPId"`
	// DialogID is the dialog that it was written in.
	DialogID string `json:"dialogId"`
	// Sequence is its place in the dialog, from 0.
	Sequence int64 `json:"sequence"`
	// At is when the server had it (serverTimestamp).
	At time.Time `json:"serverTimestamp"`
	// Content is what was written (event).
	Content Content `json:"event"`
	// Originator says more on who wrote it (originatorMetadata).
	Originator Originator `json:"originatorMetadata"`
	// Client is what it was written with (originatorClientProperties).
	Client ClientProperties `json:"originatorClientProperties"`
}

// Content is a message.
type Content struct {
	// Type is ContentEvent, for example.
	Type string
	// ContentType is a media type such as text/plain.
	ContentType string
	// Message is its text; of one that is no text, its JSON.
	Message string
}

// UnmarshalJSON reads a message of any kind.
func (c *Content) UnmarshalJSON(data []byte) error {
	var d struct {
		Type        string          `json:"type"`
		ContentType string          `json:"contentType"`
		Message     json.RawMessage `json:"message"`
	}
	if err := wire.Unmarshal(data, &d); err != nil {
		return err
	}
	*c = Content{Type: d.Type, ContentType: d.ContentType}
	if wire.Unmarshal(d.Message, &c.Message) != nil {
		c.Message = string(d.Message)
	}
	return nil
}

// Originator is who wrote a message.
type Originator struct {
	ID     string           `json:"id"`
	Role   string           `json:"role"`
	Client ClientProperties `json:"clientProperties"`
}

// Campaign is the campaign that a conversation came from.
type Campaign struct {
	CampaignID   liveperson.CampaignID   `json:"campaignId"`
	EngagementID liveperson.EngagementID `json:"engagementId"`
}

// Context is where the consumer was.
type Context struct {
	// Type is SharkContext, for example.
	Type                 string           `json:"type"`
	Client               ClientProperties `json:"clientProperties"`
	InteractionContextID string           `json:"interactionContextId"`
	// Lang is a language tag: en-US.
	Lang      string               `json:"lang"`
	SessionID string               `json:"sessionId"`
	VisitorID liveperson.VisitorID `json:"visitorId"`
}

// ClientProperties say what a consumer writes with.
type ClientProperties struct {
	Type               string   `json:"type"`
	AppID              string   `json:"appId"`
	IPAddress          string   `json:"ipAddress"`
	DeviceFamily       string   `json:"deviceFamily"`
	OS                 string   `json:"os"`
	OSVersion          string   `json:"osVersion"`
	Integration        string   `json:"integration"`
	IntegrationVersion string   `json:"integrationVersion"`
	Browser            string   `json:"browser"`
	BrowserVersion     string   `json:"browserVersion"`
	Features           []string `json:"features"`
}

// Dialog is a part of a conversation.
type Dialog struct {
	ID           string        `json:"dialogId"`
	Participants []Participant `json:"participantsDetails"`
	// Type is POST_SURVEY or MAIN.
	Type string `json:"dialogType"`
	// Channel is MESSAGING.
	Channel string `json:"channelType"`
	// MetaData is whatever the survey bot put there, as it came.
	MetaData json.RawMessage `json:"metaData"`
	// State is OPEN or CLOSE.
	State string `json:"state"`
	// Created is when it began, Ended when it ended, zero while it is open.
	Created time.Time `json:"creationTs"`
	Ended   time.Time `json:"endTs"`
	// MetaDataUpdated is when the metadata was changed last.
	MetaDataUpdated time.Time `json:"metaDataLastUpdateTs"`
	// ClosedBy and ClosedCause say who closed it and why.
	ClosedBy    string `json:"closedBy"`
	ClosedCause string `json:"closedCause"`
}

// Participant is one who takes part.
type Participant struct {
	ID string `json:"id"`
	// Role is CONSUMER, ASSIGNED_AGENT, AGENT and others.
	Role string `json:"role"`
	// State is ACTIVE, for example; dialogs only.
	State string `json:"state"`
}

// TTR is a time to respond.
type TTR struct {
	// Type is URGENT, NORMAL and others.
	Type string `json:"ttrType"`
	// Value is as the service sends it. Its unit is not documented; the
	// samples (300 for URGENT, 3600 for NORMAL) look like seconds.
	Value int64 `json:"value"`
}
