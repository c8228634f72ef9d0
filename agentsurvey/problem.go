package agentsurvey

import (
	"strconv"
	"strings"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Rule is what an answer must keep to.
type Rule string

// The rules that answers are checked by before they are sent.
const (
	// RuleUnknownQuestion: the question is not of this survey, or not loaded.
	RuleUnknownQuestion Rule = "unknown question"
	// RuleHidden: the answers so far do not lead to the question.
	RuleHidden Rule = "hidden question"
	// RuleKind: the answer is of a kind that the question does not take.
	RuleKind Rule = "wrong kind of answer"
	// RuleUnknownReply: the chosen reply is not offered.
	RuleUnknownReply Rule = "unknown reply"
	// RuleRepeatedReply: a reply is chosen twice.
	RuleRepeatedReply Rule = "repeated reply"
	// RuleOneReply: a radio_button or dropdown has several replies chosen.
	RuleOneReply Rule = "one reply only"
	// RuleEmpty: the answer says nothing.
	RuleEmpty Rule = "empty answer"
	// RuleLength: the text is longer than maxCharacters.
	RuleLength Rule = "too long"
	// RuleUTF8: a text is not UTF-8.
	RuleUTF8 Rule = "not UTF-8"
	// RuleNumber: the answer is no decimal number.
	RuleNumber Rule = "not a number"
	// RuleDate: the answer is no date.
	RuleDate Rule = "not a date"
	// RuleAttribute: the question does not ask for that attribute.
	RuleAttribute Rule = "attribute not asked for"
	// RuleRequired: the question is required and has no answer; a survey that
	// has required questions cannot be dismissed.
	RuleRequired Rule = "required"
)

// Problem is a question and the rule that its answer breaks.
type Problem struct {
	// Question is the question's id, Text what it asks.
	Question int64
	Text     string
	// Rule is what is broken, Detail the same for a person to read.
	Rule   Rule
	Detail string
}

// String names question and rule. The answer stays out of it.
func (p Problem) String() string {
	s := "question " + strconv.FormatInt(p.Question, 10) + ": " + string(p.Rule)
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	return s
}

// ValidationError is returned for answers that break a rule of the survey,
// before anything is sent. It matches liveperson.ErrInvalidInput.
type ValidationError struct {
	// Op is the operation: "agentsurvey.Submit".
	Op string
	// Problems are the questions and rules, at least one.
	Problems []Problem
}

// Error names the questions and rules, eight at most.
func (e *ValidationError) Error() string {
	const most = 8
	parts := make([]string, 0, most+1)
	for i, p := range e.Problems {
		if i == most {
			parts = append(parts, "and "+strconv.Itoa(len(e.Problems)-most)+" more")
			break
		}
		parts = append(parts, p.String())
	}
	return e.Op + ": " + strings.Join(parts, "; ")
}

// Is matches liveperson.ErrInvalidInput.
func (e *ValidationError) Is(target error) bool {
	return target == liveperson.ErrInvalidInput
}

func (n *node) problem(rule Rule, detail string) *Problem {
	return &Problem{Question: n.q.ID, Text: n.q.Text, Rule: rule, Detail: detail}
}

func invalid(op string, p *Problem) error {
	return &ValidationError{Op: op, Problems: []Problem{*p}}
}
