package agentsurvey

import "time"

// Survey is an agent survey, whole or in part.
//
// https://developers.liveperson.com/agent-survey-for-messaging-runtime-api-appendix.html
type Survey struct {
	// Ref is what it was asked for with.
	Ref Ref
	// ID and Name are those of the account's configuration.
	ID   int64
	Name string
	// Description may be empty.
	Description string
	// Root is the id of the first question. It need not be among Questions.
	Root int64
	// Timeout is how long after the conversation's close the survey expires,
	// 0 if the answer did not say (actualTimeoutInMinutes).
	Timeout time.Duration
	// Questions are in the service's order. An id may occur twice.
	Questions []Question
	// SurveyContext is what has become of it.
	SurveyContext
	// Partial is true for a 206: the service says that this is a part.
	Partial bool

	full       bool // asked for without sequences
	hasStates  bool // from the state page: the answers are known
	dateLayout string
}

// SurveyContext is the state of a survey as a whole.
type SurveyContext struct {
	// Status is open, submitted or dismissed.
	Status Status
	// LastAction is when it was last submitted or dismissed, zero if never.
	LastAction time.Time
	// AutoClose is when it expires, zero while the conversation is open.
	AutoClose time.Time
	// Revision is the state's revision.
	Revision int64
}

// Status is the status of a survey. Unknown ones are kept.
type Status string

// The statuses of a survey.
const (
	Open      Status = "open"
	Submitted Status = "submitted"
	Dismissed Status = "dismissed"
)
