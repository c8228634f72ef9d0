package chatagent

import (
	"net/mail"
	"slices"
	"strconv"
	"unicode/utf8"
)

// check returns the first question and the rule that its answer breaks.
func (s *ChatSurvey) check() (field, rule string) {
	if s == nil {
		return "survey", "must not be nil"
	}
	for i := range s.Questions {
		q := &s.Questions[i]
		field = "question " + q.ID
		if !s.Visible(q) {
			if len(q.Answers) > 0 {
				return field, "must not be answered: the choices made do not show it"
			}
			continue
		}
		if q.Mandatory && len(q.Answers) == 0 {
			return field, "must be answered"
		}
		if rule := q.rule(q.Answers); rule != "" {
			return field, rule
		}
	}
	return "", ""
}

// rule is what these answers to q break, "" for nothing.
func (q *SurveyQuestion) rule(values []string) string {
	if len(values) > 1 && q.Type != Checkbox {
		return "must have one answer"
	}
	for i, v := range values {
		if len(q.Entries) > 0 {
			if !slices.ContainsFunc(q.Entries, func(e SurveyEntry) bool { return e.Value == v }) {
				return "must be answered with one of its entries"
			}
			if slices.Contains(values[:i], v) {
				return "must not repeat an entry"
			}
			continue
		}
		if v == "" {
			return "must not be answered with an empty text"
		}
		if !utf8.ValidString(v) {
			return "must be answered in UTF-8"
		}
		switch q.ValidationType {
		case "numeric":
			if _, err := strconv.ParseFloat(v, 64); err != nil {
				return "must be a number"
			}
		case "email":
			if a, err := mail.ParseAddress(v); err != nil || a.Address != v {
				return "must be an e-mail address"
			}
		}
	}
	return ""
}
