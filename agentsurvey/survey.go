package agentsurvey

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// Survey is an agent survey, whole or in part (Appendix page, Survey).
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

// SurveyContext is the state of a survey as a whole (Appendix page,
// AgentSurveyContext).
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

// surveyDoc is the answer of all five operations: a survey, a context, or a
// context inside of a survey.
type surveyDoc struct {
	ID          int64       `json:"id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Root        int64       `json:"root"`
	Minutes     int64       `json:"actualTimeoutInMinutes" wire:"or=actualTimeInMinutes"`
	Questions   []Question  `json:"questions"`
	Nested      *contextDoc `json:"agentSurveyContext"`
	contextDoc
}

// contextDoc is AgentSurveyContext.
type contextDoc struct {
	Status     Status    `json:"agentSurveyStatus"`
	LastAction time.Time `json:"lastActionTimeInMillis"`
	AutoClose  time.Time `json:"autoCloseTimestamp"`
	Revision   int64     `json:"stateRevision"`
}

// context reads status and revision from wherever they are: the header, which
// the pages name as what to send back, before the nested form before the top
// level.
func (d *surveyDoc) context(h http.Header) SurveyContext {
	c := SurveyContext(d.contextDoc)
	if n := d.Nested; n != nil {
		if n.Status != "" {
			c.Status = n.Status
		}
		if !n.LastAction.IsZero() {
			c.LastAction = n.LastAction
		}
		if !n.AutoClose.IsZero() {
			c.AutoClose = n.AutoClose
		}
		if n.Revision != 0 {
			c.Revision = n.Revision
		}
	}
	c.Status = Status(strings.ToLower(string(c.Status)))
	if rev, err := strconv.ParseInt(strings.TrimSpace(h.Get(revisionHeader)), 10, 64); err == nil {
		c.Revision = rev
	}
	return c
}

// revisionHeader carries the state's revision, both ways.
const revisionHeader = "X-Lp-State-Rev"

// maxMinutes keeps a nonsensical time-out from overflowing.
const maxMinutes = int64(1<<63-1) / int64(time.Minute)

func (d *surveyDoc) survey(ref Ref, resp *rest.Response) *Survey {
	s := &Survey{
		Ref: ref, ID: d.ID, Name: d.Name, Description: d.Description, Root: d.Root,
		Questions: d.Questions, SurveyContext: d.context(resp.Header),
		Partial: resp.Status == http.StatusPartialContent,
	}
	if d.Minutes > 0 {
		s.Timeout = time.Duration(min(d.Minutes, maxMinutes)) * time.Minute
	}
	return s
}
