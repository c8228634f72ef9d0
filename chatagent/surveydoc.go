package chatagent

import (
	"slices"
)

// surveyDoc is a chat survey as it is read and as it is submitted.
type surveyDoc struct {
	Survey surveyBody `json:"survey"`
}

type surveyBody struct {
	ID        string `json:"id,omitempty"`
	Title     string `json:"title"`
	Header    string `json:"header"`
	Questions struct {
		Question []questionBody `json:"question"`
	} `json:"questions"`
}

type questionBody struct {
	Mandatory      bool        `json:"mandatory"`
	Order          int64       `json:"order"`
	LogicID        int64       `json:"logicId"`
	ID             string      `json:"id"`
	Type           string      `json:"type"`
	ValidationType string      `json:"validationType,omitempty"`
	Label          string      `json:"label"`
	LastKnownValue string      `json:"lastKnownValue,omitempty"`
	Entries        []entryBody `json:"entry,omitempty"`
	Answers        []string    `json:"answer,omitempty"`
}

type entryBody struct {
	Checked      bool       `json:"checked"`
	Value        string     `json:"value"`
	DisplayValue string     `json:"displayValue,omitempty"`
	Logic        *logicBody `json:"logic,omitempty"`
}

type logicBody struct {
	Shows []int64 `json:"showLogicId"`
}

// survey turns what was read into what the caller works with.
func (d *surveyDoc) survey() *ChatSurvey {
	s := &ChatSurvey{ID: d.Survey.ID, Title: d.Survey.Title, Header: d.Survey.Header}
	for _, b := range d.Survey.Questions.Question {
		q := SurveyQuestion{
			ID: b.ID, LogicID: b.LogicID, Order: b.Order, Type: QuestionType(b.Type), ValidationType: b.ValidationType,
			Mandatory: b.Mandatory, Label: b.Label, LastKnownValue: b.LastKnownValue, Answers: b.Answers,
		}
		for _, e := range b.Entries {
			entry := SurveyEntry{Checked: e.Checked, Value: e.Value, DisplayValue: e.DisplayValue}
			if e.Logic != nil {
				entry.Shows = e.Logic.Shows
			}
			if e.Checked && !slices.Contains(q.Answers, e.Value) {
				q.Answers = append(q.Answers, e.Value)
			}
			q.Entries = append(q.Entries, entry)
		}
		s.Questions = append(s.Questions, q)
	}
	slices.SortStableFunc(s.Questions, func(a, b SurveyQuestion) int { return int(a.Order - b.Order) })
	return s
}

// doc is the survey with its answers, as it is submitted: entries checked, and
// the answers listed.
func (s *ChatSurvey) doc() surveyDoc {
	d := surveyDoc{Survey: surveyBody{ID: s.ID, Title: s.Title, Header: s.Header}}
	for i := range s.Questions {
		q := &s.Questions[i]
		b := questionBody{
			Mandatory: q.Mandatory, Order: q.Order, LogicID: q.LogicID, ID: q.ID, Type: string(q.Type),
			ValidationType: q.ValidationType, Label: q.Label, LastKnownValue: q.LastKnownValue, Answers: q.Answers,
		}
		for _, e := range q.Entries {
			entry := entryBody{Checked: slices.Contains(q.Answers, e.Value), Value: e.Value, DisplayValue: e.DisplayValue}
			if len(e.Shows) > 0 {
				entry.Logic = &logicBody{e.Shows}
			}
			b.Entries = append(b.Entries, entry)
		}
		d.Survey.Questions.Question = append(d.Survey.Questions.Question, b)
	}
	return d
}
