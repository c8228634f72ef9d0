package agentsurvey

// Question is a question of a survey.
//
// https://developers.liveperson.com/agent-survey-for-messaging-runtime-api-appendix.html
type Question struct {
	// ID is the question's id.
	ID int64 `json:"id"`
	// Order is its place in the survey.
	Order int64 `json:"order"`
	// Text is what is asked.
	Text string `json:"text,omitempty"`
	// Next is the id of the question that follows, 0 for none. Where a
	// chosen reply has a Next of its own, that one counts.
	Next int64 `json:"next,omitempty"`
	// NextInOrder says that the question with the next Order follows.
	NextInOrder bool `json:"nextInOrder,omitempty"`
	// Required says that the survey cannot be submitted without an answer.
	Required bool `json:"required,omitempty"`
	// Category is the kind of answer.
	Category Category `json:"category,omitempty"`
	// Definition is what the answer is used for.
	Definition Definition `json:"definition,omitempty"`
	// MaxCharacters limits a text, 0 for no limit.
	MaxCharacters int `json:"maxCharacters,omitempty"`
	// Replies are what can be chosen.
	Replies []Reply `json:"replies,omitempty"`
	// ContainsLogic says that at least two replies lead to different
	// questions.
	ContainsLogic bool `json:"containsLogic,omitempty"`
	// Engagement says which engagement attributes are asked for, nil for
	// none.
	Engagement *EngagementAttribute `json:"engagement,omitempty"`
	// State is what was saved, nil if nothing was.
	State *QuestionState `json:"state,omitempty"`
}

// Reply is one of the answers that a question offers.
type Reply struct {
	// ID is the reply's id.
	ID int64 `json:"id"`
	// Text is what it says.
	Text string `json:"text,omitempty"`
	// Next is the id of the question that this reply opens, 0 for none.
	Next int64 `json:"next,omitempty"`
	// NextInOrder says that the reply opens the question with the next Order.
	NextInOrder bool `json:"nextInOrder,omitempty"`
}

// Category is the kind of answer that a question wants. Unknown ones are kept.
type Category string

// The categories of questions.
const (
	FreeText     Category = "free_text"
	RadioButton  Category = "radio_button"
	Checkbox     Category = "checkbox"
	Dropdown     Category = "dropdown"
	NumberAnswer Category = "number"
	DateAnswer   Category = "date"
)

// Definition is what a question's answer is used for. Unknown ones are kept.
type Definition string

// The definitions of questions.
const (
	RegularQuestion      Definition = "regular_question"
	ConversationTopic    Definition = "conversation_topic"
	ConversationOutcome  Definition = "conversation_outcome"
	EngagementAttributes Definition = "engagement_attributes"
)

// EngagementAttribute says which engagement attributes a question asks for.
type EngagementAttribute struct {
	// Type is service, lead or purchase; the service also writes
	// service_activity for service.
	Type EngagementType `json:"type"`
	// Attributes are names such as order_total, currency, order_id, topic,
	// value, lead_id, status, category and service_id.
	Attributes []string `json:"attributes,omitempty"`
}

// EngagementType is a kind of engagement attribute. Unknown ones are kept.
type EngagementType string

// The kinds of engagement attributes.
const (
	ServiceType         EngagementType = "service"
	LeadType            EngagementType = "lead"
	PurchaseType        EngagementType = "purchase"
	ServiceActivityType EngagementType = "service_activity" // read for service, never written
)

// normal is t as it is written.
func (t EngagementType) normal() EngagementType {
	if t == ServiceActivityType {
		return ServiceType
	}
	return t
}

// asksEngagement tells whether q wants engagement attributes.
func (q *Question) asksEngagement() bool {
	return q.Definition == EngagementAttributes || q.Engagement != nil
}

// offersChoice tells whether q wants replies chosen.
func (q *Question) offersChoice() bool {
	switch q.Category {
	case RadioButton, Checkbox, Dropdown:
		return true
	case FreeText, NumberAnswer, DateAnswer:
		return false
	}
	return len(q.Replies) > 0
}

// takesOne tells whether only one reply may be chosen.
func (q *Question) takesOne() bool { return q.Category == RadioButton || q.Category == Dropdown }
