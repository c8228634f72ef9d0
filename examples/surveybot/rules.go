package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
)

// rule says how to answer the questions whose text matches. One of the answers
// is set.
type rule struct {
	Question string               `json:"question"` // a regular expression, in any case of letters
	Choose   []string             `json:"choose"`   // replies by their texts
	Text     string               `json:"text"`
	Number   *float64             `json:"number"`
	InDays   *int                 `json:"inDays"` // a date, from today
	Service  *agentsurvey.Service `json:"service"`

	matches *regexp.Regexp
}

// readRules reads a rule file.
func readRules(data []byte) ([]rule, error) {
	var rules []rule
	if err := json.Unmarshal(data, &rules); err != nil {
		return nil, fmt.Errorf("rule file: %w", err)
	}
	for i := range rules {
		var err error
		if rules[i].matches, err = regexp.Compile("(?i)" + rules[i].Question); err != nil {
			return nil, fmt.Errorf("rule %d: %w", i+1, err)
		}
	}
	return rules, nil
}

// answer finds the first rule for a question. The text is for the transcript.
func answer(rules []rule, q agentsurvey.Question) (a agentsurvey.Answer, text string, ok bool) {
	for _, r := range rules {
		if !r.matches.MatchString(q.Text) {
			continue
		}
		switch {
		case len(r.Choose) > 0:
			return agentsurvey.ChoiceText(r.Choose...), strings.Join(r.Choose, ", "), true
		case r.Number != nil:
			return agentsurvey.Number(*r.Number), fmt.Sprint(*r.Number), true
		case r.InDays != nil:
			day := time.Now().AddDate(0, 0, *r.InDays)
			return agentsurvey.Date(day), day.Format(time.DateOnly), true
		case r.Service != nil:
			return agentsurvey.Engaged(*r.Service), "service activity about " + r.Service.Topic, true
		case r.Text != "":
			return agentsurvey.Text(r.Text), r.Text, true
		}
	}
	return agentsurvey.Answer{}, "", false
}
