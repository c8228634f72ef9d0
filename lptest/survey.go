package lptest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Survey is an agent survey for one messaging conversation and skill, as the
// Agent Survey for Messaging Runtime API serves it.
type Survey struct {
	ID           int64  // drawn when 0
	Name         string // "survey" unless given
	Description  string
	Conversation string        // conv; "" for every conversation of the messaging service that has, or had, this skill
	Skill        int64         // skill id, -1 for unassigned
	Root         int64         // id of the first question; the first in the list when 0
	Timeout      time.Duration // from the close of the conversation to 410; 127 min when 0
	Questions    []Question
	Agents       []string // login names that may see it; empty: all, others get 403
	MergeSaves   bool     // a save adds to the state instead of replacing it
}

// Question is one question of a survey.
type Question struct {
	ID            int64
	Order         int64 // orderId; its place in the list, from 1, when 0
	Text          string
	Next          int64 // id of the next question, 0 for none
	NextInOrder   bool  // the next question is the one with the next orderId
	Required      bool
	Category      string // free_text (unless given), radio_button, checkbox, dropdown, number, date
	Definition    string // regular_question unless given
	MaxCharacters int    // 0 for no limit
	Replies       []Reply
	Engagement    *Engagement // of a question defined as engagement_attributes
}

// Reply is one of the answers that a question offers.
type Reply struct {
	ID          int64
	Text        string
	Next        int64 // id of the question that this reply opens, 0 for the question's own next
	NextInOrder bool
}

// Engagement says which engagement attributes a question asks for.
type Engagement struct {
	Type       string // service, lead or purchase
	Attributes []string
}

// Answer is the state of one question as it was saved or submitted.
type Answer struct {
	Question   int64
	Status     string // "answer" unless given, or "show"
	Replies    []int64
	Text       string
	Engagement json.RawMessage // engAttribute
}

// SurveyState is what became of a survey.
type SurveyState struct {
	Status      string           // open, submitted or dismissed
	Revision    int64            // stateRevision
	Answers     map[int64]Answer // by question: what was saved or submitted last in version 1.0, or submitted in 2.0
	ByAgent     map[string]map[int64]Answer
	Saves       int
	Submits     int
	Dismisses   int
	SubmittedBy string
}

type surveyKey struct {
	conversation string
	skill        int64
}

type survey struct {
	Survey
	byID       map[int64]*Question
	byOrder    map[int64]*Question
	state      SurveyState
	lastAction time.Time
	closesAt   time.Time // zero while the conversation is open
}

// The states of a survey.
const (
	surveyOpen      = "open"
	surveySubmitted = "submitted"
	surveyDismissed = "dismissed"
)

// AddSurvey adds a survey to the account, or replaces the one of the same
// conversation and skill, and returns it with the empty fields filled.
func (s *Server) AddSurvey(v Survey) Survey {
	s.enter()
	defer s.mu.Unlock()
	s.sweep(time.Now())
	return s.addSurvey(v).Survey
}

func (s *Server) addSurvey(v Survey) *survey {
	if v.ID == 0 {
		v.ID = s.newID("survey", v.Conversation)
	}
	if v.Name == "" {
		v.Name = "survey"
	}
	if v.Timeout == 0 {
		v.Timeout = 127 * time.Minute
	}
	v.Questions = slices.Clone(v.Questions)
	state := &survey{byID: map[int64]*Question{}, byOrder: map[int64]*Question{}}
	for i := range v.Questions {
		q := &v.Questions[i]
		if q.Order == 0 {
			q.Order = int64(i + 1)
		}
		if q.Category == "" {
			q.Category = "free_text"
		}
		if q.Definition == "" {
			q.Definition = "regular_question"
		}
		state.byID[q.ID] = q
		state.byOrder[q.Order] = q
	}
	if v.Root == 0 && len(v.Questions) > 0 {
		v.Root = v.Questions[0].ID
	}
	state.Survey = v
	state.state = SurveyState{Status: surveyOpen, Answers: map[int64]Answer{}, ByAgent: map[string]map[int64]Answer{}}
	state.move(time.Now())
	if conv := s.conversations[v.Conversation]; conv != nil && !conv.closed.IsZero() {
		state.closesAt = conv.closed.Add(v.Timeout)
	}
	s.surveys[surveyKey{v.Conversation, v.Skill}] = state
	return state
}

// survey finds the survey of a conversation and skill, nil if there is none.
// That of every conversation becomes one of its own when it is first asked for.
func (s *Server) survey(conversation string, skill int64) *survey {
	if v := s.surveys[surveyKey{conversation, skill}]; v != nil || conversation == "" {
		return v
	}
	usual, conv := s.surveys[surveyKey{"", skill}], s.conversations[conversation]
	if usual == nil || conv == nil || !slices.Contains(conv.skills, skill) {
		return nil
	}
	own := usual.Survey
	own.Conversation = conversation
	return s.addSurvey(own)
}

// firstRevision is the least revision: 19 digits, far beyond 2^53.
const firstRevision = 1564031641145901057

// move gives the survey a new revision: odd, so that a float64 cannot hold it.
func (v *survey) move(now time.Time) {
	v.state.Revision = max(v.state.Revision+2, firstRevision, now.UnixNano()|1)
}

func (s *Server) mustSurvey(conversation string, skill int64) *survey {
	v := s.survey(conversation, skill)
	if v == nil {
		panic(fmt.Sprintf("lptest: there is no survey for conversation %q and skill %d", conversation, skill))
	}
	return v
}

// Survey tells what became of a survey. It panics if there is none.
func (s *Server) Survey(conversation string, skill int64) SurveyState {
	s.enter()
	defer s.mu.Unlock()
	state := s.mustSurvey(conversation, skill).state
	state.Answers = maps.Clone(state.Answers)
	byAgent := make(map[string]map[int64]Answer, len(state.ByAgent))
	for name, answers := range state.ByAgent {
		byAgent[name] = maps.Clone(answers)
	}
	state.ByAgent = byAgent
	return state
}

// BumpRevision moves a survey's revision, as another writer's save of the same
// answers would, and returns the new one.
func (s *Server) BumpRevision(conversation string, skill int64) int64 {
	s.enter()
	defer s.mu.Unlock()
	v := s.mustSurvey(conversation, skill)
	v.move(time.Now())
	return v.state.Revision
}

// AnswerAs lets another writer save answers: they are added to the state that
// version 1.0 shares, and the revision moves.
func (s *Server) AnswerAs(conversation string, skill int64, answers ...Answer) int64 {
	s.enter()
	defer s.mu.Unlock()
	v := s.mustSurvey(conversation, skill)
	for _, a := range answers {
		if a.Status == "" {
			a.Status = "answer"
		}
		v.state.Answers[a.Question] = a
	}
	v.move(time.Now())
	return v.state.Revision
}

// SubmitAs lets another writer submit the survey with the answers saved so far.
func (s *Server) SubmitAs(conversation string, skill int64, who string) {
	s.settle(conversation, skill, who, surveySubmitted)
}

// DismissAs lets another writer dismiss the survey.
func (s *Server) DismissAs(conversation string, skill int64, who string) {
	s.settle(conversation, skill, who, surveyDismissed)
}

func (s *Server) settle(conversation string, skill int64, who, status string) {
	s.enter()
	defer s.mu.Unlock()
	v := s.mustSurvey(conversation, skill)
	now := time.Now()
	v.state.Status, v.lastAction = status, now
	if status == surveySubmitted {
		v.state.Submits++
		v.state.SubmittedBy = who
	} else {
		v.state.Dismisses++
	}
	v.move(now)
}

// CloseConversation closes a conversation: its surveys expire once their
// timeout has passed, and answer 410 from then on.
func (s *Server) CloseConversation(conversation string) {
	s.enter()
	defer s.mu.Unlock()
	s.closeSurveys(conversation, time.Now())
}

func (s *Server) closeSurveys(conversation string, now time.Time) {
	for key, v := range s.surveys {
		if key.conversation == conversation {
			v.closesAt = now.Add(v.Timeout)
		}
	}
}
