package agentsurvey

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// formDoc is a form as JSON. The revision is a text: JavaScript would round
// it as a number.
type formDoc struct {
	Format     int             `json:"format"`
	Ref        Ref             `json:"ref"`
	ID         int64           `json:"surveyId"`
	Name       string          `json:"name,omitempty"`
	Root       int64           `json:"root"`
	Status     Status          `json:"agentSurveyStatus"`
	LastAction int64           `json:"lastActionTimeInMillis"`
	AutoClose  int64           `json:"autoCloseTimestamp"`
	Revision   int64           `json:"stateRevision,string"`
	Questions  []questionDoc   `json:"questions"`
	Listed     []int           `json:"listed"`
	Base       []QuestionState `json:"saved"`
	Answers    []QuestionState `json:"answers"`
	DateLayout string          `json:"dateLayout"`
	Complete   bool            `json:"complete,omitempty"`
	HasStates  bool            `json:"hasStates,omitempty"`
	Doubt      bool            `json:"doubt,omitempty"`
	Sent       []QuestionState `json:"sent,omitempty"` // by the write in doubt; older forms: Answers
	Further    bool            `json:"further,omitempty"`
}

const formFormat = 1

// MarshalJSON writes the whole form: questions, answers, what the service
// holds, and the revision.
func (f *Form) MarshalJSON() ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.g == nil {
		return []byte("null"), nil
	}
	d := formDoc{
		Format: formFormat, Ref: f.ref, ID: f.id, Name: f.name, Root: f.g.root,
		Status: f.context.Status, LastAction: millis(f.context.LastAction), AutoClose: millis(f.context.AutoClose), Revision: f.context.Revision,
		Questions: make([]questionDoc, 0, len(f.g.nodes)), Listed: make([]int, 0, len(f.g.nodes)),
		Base: states(f.base), Answers: states(f.answers),
		DateLayout: f.g.dateLayout, Complete: f.g.complete, HasStates: f.hasStates, Doubt: f.sent != nil, Sent: states(f.sent), Further: f.further,
	}
	for i := range f.g.nodes {
		d.Questions = append(d.Questions, f.g.nodes[i].q.doc())
		d.Listed = append(d.Listed, f.g.nodes[i].listed)
	}
	return wire.Marshal(d)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(millis int64) time.Time {
	if millis <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}

// states are answers in the order of their ids.
func states(a answers) []QuestionState {
	l := make([]QuestionState, 0, len(a))
	for _, id := range slices.Sorted(maps.Keys(a)) {
		l = append(l, a[id])
	}
	return l
}

// UnmarshalJSON reads what MarshalJSON wrote. It may come from a browser, so
// the answers are checked anew: one that breaks a rule is a
// [*ValidationError], a document that is no form a *liveperson.InputError.
// After an error the form is as it was. Do not unmarshal into a form that is
// in use.
func (f *Form) UnmarshalJSON(data []byte) error {
	const op = "agentsurvey.Form"
	var doc formDoc
	if err := json.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%w: %w", &liveperson.InputError{Op: op, Field: "JSON", Rule: "must be a form"}, err)
	}
	if doc.Format != formFormat || len(doc.Listed) != len(doc.Questions) {
		return &liveperson.InputError{Op: op, Field: "JSON", Rule: "must be a form of this format"}
	}
	g := newGraph(doc.Root, doc.Complete, cmp.Or(doc.DateLayout, defaultDateLayout)).with(questions(doc.Questions))
	if len(g.nodes) != len(doc.Questions) {
		return &liveperson.InputError{Op: op, Field: "JSON", Rule: "must hold each question once"}
	}
	for i, next := range doc.Listed {
		if next < -1 || next >= len(g.nodes) {
			return &liveperson.InputError{Op: op, Field: "JSON", Rule: "must be a form of this format"}
		}
		g.nodes[i].listed = next
	}
	d := formData{
		ref: doc.Ref, id: doc.ID, name: doc.Name, g: g,
		context: SurveyContext{
			Status: doc.Status, LastAction: moment(doc.LastAction), AutoClose: moment(doc.AutoClose), Revision: doc.Revision,
		},
		base: answered(doc.Base), answers: answered(doc.Answers),
		hasStates: doc.HasStates, further: doc.Further,
	}
	if doc.Doubt {
		d.sent = answered(doc.Sent)
		if doc.Sent == nil {
			d.sent = answered(doc.Answers)
		}
	}
	if err := d.checkAnswers(op); err != nil {
		return err
	}
	d.rewalk()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sending == nil {
		f.sending = make(chan struct{}, 1)
	}
	f.formData = d
	return nil
}

// answered are the states with an answer, by id.
func answered(l []QuestionState) answers {
	a := make(answers, len(l))
	for _, s := range l {
		a.put(s.ID, s)
	}
	return a
}

// checkAnswers checks every answer that the service did not hold already.
func (d *formData) checkAnswers(op string) error {
	var problems []Problem
	for id, s := range d.answers {
		n := d.g.node(id)
		if n == nil {
			problems = append(problems, Problem{Question: id, Rule: RuleUnknownQuestion})
			continue
		}
		if n.q.same(s, d.base[id]) {
			continue
		}
		if p := d.g.check(n, s); p != nil {
			problems = append(problems, *p)
		}
	}
	if problems == nil {
		return nil
	}
	slices.SortFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Question, b.Question) })
	return &ValidationError{Op: op, Problems: problems}
}
