package agentsurvey

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/retry"
)

// surveyDoc is the answer of all five operations: a survey, a context, or a
// context inside of a survey.
type surveyDoc struct {
	ID          int64         `json:"id"`
	Name        string        `json:"name"`
	Description string        `json:"description"`
	Root        int64         `json:"root"`
	Minutes     int64         `json:"actualTimeoutInMinutes" wire:"or=actualTimeInMinutes"`
	Questions   []questionDoc `json:"questions"`
	Nested      *contextDoc   `json:"agentSurveyContext"`
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

func (d *surveyDoc) survey(ref Ref, answer retry.Answer) *Survey {
	s := &Survey{
		Ref: ref, ID: d.ID, Name: d.Name, Description: d.Description, Root: d.Root,
		Questions: questions(d.Questions), SurveyContext: d.context(answer.Header),
		Partial: answer.Status == http.StatusPartialContent,
	}
	if d.Minutes > 0 {
		s.Timeout = time.Duration(min(d.Minutes, maxMinutes)) * time.Minute
	}
	return s
}

// questionDoc is AgentSurveyResponseQuestion.
type questionDoc struct {
	ID            int64                   `json:"id" wire:"must"`
	Order         int64                   `json:"orderId"`
	Text          string                  `json:"text,omitempty"`
	Next          int64                   `json:"next,omitempty"`
	NextInOrder   bool                    `json:"nextInOrder,omitempty"`
	Required      bool                    `json:"required,omitempty"`
	Category      string                  `json:"category,omitempty"`
	Definition    string                  `json:"questionDefinition,omitempty"`
	MaxCharacters int                     `json:"maxCharacters,omitempty"`
	Replies       []replyDoc              `json:"replies,omitempty"`
	ContainsLogic bool                    `json:"containsLogic,omitempty"`
	Engagement    *engagementAttributeDoc `json:"engagementAttribute,omitempty"`
	State         *QuestionState          `json:"questionState,omitempty"`
}

// replyDoc is AgentSurveyResponseReply.
type replyDoc struct {
	ID          int64  `json:"id"`
	Text        string `json:"text,omitempty"`
	Next        int64  `json:"next,omitempty"`
	NextInOrder bool   `json:"nextInOrder,omitempty"`
}

// engagementAttributeDoc is EngagementAttribute.
type engagementAttributeDoc struct {
	Type       EngagementType `json:"type"`
	Attributes []string       `json:"attributes,omitempty"`
}

// questions are the questions that docs describe.
func questions(docs []questionDoc) []Question {
	if docs == nil {
		return nil
	}
	n := 0
	for i := range docs {
		n += len(docs[i].Replies)
	}
	replies := make([]Reply, 0, n) // one for all
	l := make([]Question, len(docs))
	for i := range docs {
		d := &docs[i]
		l[i] = Question{
			ID: d.ID, Order: d.Order, Text: d.Text, Next: d.Next, NextInOrder: d.NextInOrder, Required: d.Required,
			Category: Category(d.Category), Definition: Definition(d.Definition), MaxCharacters: d.MaxCharacters, ContainsLogic: d.ContainsLogic,
			Engagement: (*EngagementAttribute)(d.Engagement), State: d.State,
		}
		from := len(replies)
		for _, r := range d.Replies {
			replies = append(replies, Reply(r))
		}
		if to := len(replies); to > from {
			l[i].Replies = replies[from:to:to]
		}
	}
	return l
}

// doc describes q without its state.
func (q *Question) doc() questionDoc {
	d := questionDoc{
		ID: q.ID, Order: q.Order, Text: q.Text, Next: q.Next, NextInOrder: q.NextInOrder, Required: q.Required,
		Category: string(q.Category), Definition: string(q.Definition), MaxCharacters: q.MaxCharacters, ContainsLogic: q.ContainsLogic,
		Engagement: (*engagementAttributeDoc)(q.Engagement),
	}
	for _, r := range q.Replies {
		d.Replies = append(d.Replies, replyDoc(r))
	}
	return d
}
