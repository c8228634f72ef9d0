package surveyevent

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// ChatSurvey is the survey that a visitor has filled in after a chat (event
// "Chat Post Survey Email Transcript"). It does not name the chat.
//
// https://developers.liveperson.com/liveperson-functions-event-sources-chat-post-survey.html
type ChatSurvey struct {
	// Envelope is what stood around the payload.
	Envelope Envelope `json:"-"`
	// Raw is the payload as it came.
	Raw json.RawMessage `json:"-" wire:"raw"`

	// Rank is the visitor's satisfaction, "1" to "5"; empty for none.
	Rank string `json:"csatRank"`
	// SkillName and AgentName are who had the chat.
	SkillName string `json:"skillName"`
	AgentName string `json:"agentName"`
	// Questions are the survey, at least one question.
	Questions []ChatQuestion `json:"questionWithAnswers"`
}

// ChatQuestion is one question of a [ChatSurvey].
type ChatQuestion struct {
	Question string `json:"question"`
	// Answer is as it came: several are joined by semicolons.
	Answer string `json:"answer"`
}

// Answers are the single answers; none is nil. A text that holds a semicolon
// cannot be told from two.
func (q ChatQuestion) Answers() []string {
	if q.Answer == "" {
		return nil
	}
	return strings.Split(q.Answer, ";")
}

// ParseChatSurvey reads a survey after a chat, with or without the envelope of
// an invocation. What is none matches liveperson.ErrMalformed.
func ParseChatSurvey(data []byte) (*ChatSurvey, error) {
	envelope, payload, err := open(bytes.Clone(data))
	if err != nil {
		return nil, err
	}
	s := &ChatSurvey{}
	if err := wire.Unmarshal(payload, s); err != nil {
		return nil, malformed(err)
	}
	if len(s.Questions) == 0 {
		return nil, malformed(errors.New("no questionWithAnswers"))
	}
	s.Envelope = envelope
	return s, nil
}
