package agentsurvey

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// QuestionState is the state of one question: what is saved and submitted
// (Appendix page, QuestionState). As JSON it has the form of the API.
type QuestionState struct {
	// ID is the question's id.
	ID int64
	// Status is show or answer.
	Status QuestionStatus
	// ReplyIDs are the chosen replies of a radio_button, checkbox or dropdown.
	ReplyIDs []int64
	// Text is the answer to a free_text, number or date question
	// (freeTextReply).
	Text string
	// Engagement is the answer to a question for engagement attributes: a
	// Service, a Lead, a Purchase or an OtherEngagement.
	Engagement Engagement
}

// QuestionStatus is the status of a question. Unknown ones are kept.
type QuestionStatus string

// The statuses of a question.
const (
	// Show is a question that was shown and has no answer.
	Show QuestionStatus = "show"
	// Answered is a question with an answer.
	Answered QuestionStatus = "answer"
)

// IsAnswered tells whether the question has an answer.
func (s QuestionState) IsAnswered() bool {
	return s.Status != Show && (len(s.ReplyIDs) > 0 || s.Text != "" || s.Engagement != nil)
}

// stateDoc is a QuestionState on the wire.
type stateDoc struct {
	ID      int64           `json:"id"`
	Status  QuestionStatus  `json:"questionStatus"`
	Replies []int64         `json:"replyIds,omitempty"`
	Text    string          `json:"freeTextReply,omitempty"`
	Engaged json.RawMessage `json:"engAttribute,omitempty"`
}

// MarshalJSON writes the form of the API.
func (s QuestionState) MarshalJSON() ([]byte, error) {
	d := stateDoc{ID: s.ID, Status: s.Status, Replies: s.ReplyIDs, Text: s.Text}
	if s.Engagement != nil {
		d.Engaged = appendEngagement(nil, s.Engagement)
	}
	return wire.Marshal(d)
}

// UnmarshalJSON reads the form of the API with all of its variants. Members of
// an unexpected shape stay empty; an id that is no number and an engAttribute
// that is no object are errors.
func (s *QuestionState) UnmarshalJSON(data []byte) error {
	var d struct {
		stateDoc
		ID json.RawMessage `json:"id"`
	}
	if err := wire.Unmarshal(data, &d); err != nil {
		return err
	}
	if len(d.ID) > 0 {
		if err := wire.Unmarshal(d.ID, &d.stateDoc.ID); err != nil {
			return fmt.Errorf("id: %w", err)
		}
	}
	e, err := readEngagement(d.Engaged)
	if err != nil {
		return err
	}
	*s = QuestionState{ID: d.stateDoc.ID, Status: d.Status, ReplyIDs: d.Replies, Text: d.Text, Engagement: e}
	return nil
}

// settled is s with its replies in the order that answers are compared in.
func (s QuestionState) settled() QuestionState {
	if !slices.IsSorted(s.ReplyIDs) {
		s.ReplyIDs = slices.Sorted(slices.Values(s.ReplyIDs))
	}
	return s
}

// same tells whether two settled answers say the same. A service may write a
// number, a date or a line's end in its own way.
func (q *Question) same(a, b QuestionState) bool {
	if a.IsAnswered() != b.IsAnswered() {
		return false
	}
	if !a.IsAnswered() {
		return true
	}
	return slices.Equal(a.ReplyIDs, b.ReplyIDs) && q.sameText(a.Text, b.Text) && sameEngagement(a.Engagement, b.Engagement)
}

func (q *Question) sameText(a, b string) bool {
	if a == b {
		return true
	}
	a, b = plainText(a), plainText(b)
	if a == b {
		return true
	}
	switch q.Category {
	case NumberAnswer:
		return sameNumber(a, b)
	case DateAnswer:
		s, sErr := parseDate(time.DateOnly, a)
		t, tErr := parseDate(time.DateOnly, b)
		return sErr == nil && tErr == nil && s.Equal(t)
	}
	return false
}

func plainText(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

func sameNumber(a, b string) bool {
	f, err := strconv.ParseFloat(a, 64)
	if err != nil {
		return false
	}
	g, err := strconv.ParseFloat(b, 64)
	return err == nil && f == g
}
