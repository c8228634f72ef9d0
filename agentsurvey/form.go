package agentsurvey

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Form is a survey being filled in. It knows which questions the answers have
// opened, and checks answers before they are sent. Changing an answer that
// decides where the survey goes resets the answers on the branch that it
// closes. Make one with [Survey.Form]; all methods may be called by several
// goroutines.
type Form struct {
	sending chan struct{} // holds one token while a call with the form is under way

	mu sync.Mutex
	formData
}

// formData is a form without its locks. Its maps, graph and walk are shared with
// copies of it: all but answers are replaced, never changed.
type formData struct {
	ref     Ref
	id      int64
	name    string
	context SurveyContext

	g       *graph
	answers answers // mine
	base    answers // what the service held at context.Revision
	walk    *walk

	hasStates bool    // base is known
	sent      answers // by a write that may have been made unnoticed, nil for none
	further   bool    // a submission was answered with more questions
}

// answers are the states of answered questions by id, settled.
type answers map[int64]QuestionState

// of is the answer to a question; one without an answer has the status Show.
func (a answers) of(question int64) QuestionState {
	if s, ok := a[question]; ok {
		return s
	}
	return QuestionState{ID: question, Status: Show}
}

// put sets the answer to a question, or takes it out.
func (a answers) put(question int64, s QuestionState) {
	if !s.IsAnswered() {
		delete(a, question)
		return
	}
	s.ID, s.Status = question, Answered
	a[question] = s.settled()
}

// Form returns a form of s that holds the answers saved in it.
func (s *Survey) Form() *Form {
	d := formData{
		ref: s.Ref, id: s.ID, name: s.Name, context: s.SurveyContext, hasStates: s.hasStates,
		g:    newGraph(s.Root, s.full && !s.Partial, cmp.Or(s.dateLayout, defaultDateLayout)).with(s.Questions),
		base: s.answers(),
	}
	d.answers = maps.Clone(d.base)
	d.rewalk()
	return &Form{sending: make(chan struct{}, 1), formData: d}
}

// lock locks f; the zero form is one without questions.
func (f *Form) lock() {
	f.mu.Lock()
	if f.g == nil {
		f.g, f.answers = newGraph(0, true, defaultDateLayout).with(nil), answers{}
		f.walk = f.g.walk(nil)
	}
}

// answers are the answers saved in s.
func (s *Survey) answers() answers {
	saved := make(answers, len(s.Questions))
	for _, q := range s.Questions {
		if q.State != nil {
			saved.put(q.ID, *q.State)
		}
	}
	return saved
}

// copied is a copy of f that is the caller's own.
func (f *Form) copied() formData {
	f.lock()
	defer f.mu.Unlock()
	d := f.formData
	d.answers = maps.Clone(d.answers)
	return d
}

// rewalk finds out what is visible, and drops the answers that no longer are.
func (d *formData) rewalk() {
	d.walk = d.g.walk(d.answers)
	d.prune()
}

// prune drops the answers on branches that are closed.
func (d *formData) prune() {
	if len(d.walk.pending) > 0 || d.walk.err != nil {
		return // what is not loaded may lead to them again
	}
	for id := range d.answers {
		if at, ok := d.g.byID[id]; !ok || !d.walk.visible(at) {
			delete(d.answers, id)
		}
	}
}

// Answer answers a question, or changes its answer. What breaks a rule is a
// [*ValidationError], an answer that leads into a circle or to a question that
// does not exist a [*GraphError]; the form is then as it was.
func (f *Form) Answer(question int64, a Answer) error {
	f.lock()
	defer f.mu.Unlock()
	const op = "agentsurvey.Answer"
	at, problem := f.find(question)
	if problem != nil {
		return invalid(op, problem)
	}
	state, problem := f.g.answer(&f.g.nodes[at], a)
	if problem != nil {
		return invalid(op, problem)
	}
	return f.set(at, state)
}

// Clear takes the answer to a question back.
func (f *Form) Clear(question int64) error {
	f.lock()
	defer f.mu.Unlock()
	at, problem := f.find(question)
	if problem != nil {
		return invalid("agentsurvey.Clear", problem)
	}
	return f.set(at, QuestionState{})
}

// find returns the node of a visible question.
func (d *formData) find(question int64) (int, *Problem) {
	at, ok := d.g.byID[question]
	if !ok {
		return 0, &Problem{Question: question, Rule: RuleUnknownQuestion}
	}
	if !d.walk.visible(at) {
		return 0, d.g.nodes[at].problem(RuleHidden, "the answers so far do not lead to it")
	}
	return at, nil
}

// set changes the answer of a visible question, all or nothing.
func (d *formData) set(at int, s QuestionState) error {
	n := &d.g.nodes[at]
	old := d.answers[n.q.ID]
	if n.q.same(old, s) {
		return nil
	}
	d.answers.put(n.q.ID, s)
	if !n.branches {
		return nil // it leads where it did
	}
	w := d.g.walk(d.answers)
	if w.err != nil {
		d.answers.put(n.q.ID, old)
		return w.err
	}
	d.walk = w
	d.prune()
	return nil
}

// usable checks a form that a user brings.
func (f *Form) usable(op string) error {
	if f == nil || f.sending == nil {
		return &liveperson.InputError{Op: op, Field: "form", Rule: "must be made by Survey.Form"}
	}
	return nil
}

// acquire waits until no other call works with the form.
func (f *Form) acquire(ctx context.Context, op string) (release func(), err error) {
	if err := f.usable(op); err != nil {
		return nil, err
	}
	select {
	case f.sending <- struct{}{}:
		return func() { <-f.sending }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// visibleQuestions calls f with the visible questions in the order of asking.
func (d *formData) visibleQuestions(f func(n *node, s QuestionState)) {
	for _, at := range d.walk.order {
		n := &d.g.nodes[at]
		f(n, d.answers[n.q.ID])
	}
}

// given are the answers that would be sent now.
func (d *formData) given() answers {
	given := make(answers, len(d.answers))
	d.visibleQuestions(func(n *node, s QuestionState) { given.put(n.q.ID, s) })
	return given
}

// list is what would be sent now: every visible question, and those reset that
// the service holds an answer to.
func (d *formData) list() []QuestionState {
	l := make([]QuestionState, 0, len(d.walk.order))
	d.visibleQuestions(func(n *node, _ QuestionState) { l = append(l, d.answers.of(n.q.ID)) })
	for _, id := range slices.Sorted(maps.Keys(d.base)) {
		if at, ok := d.g.byID[id]; !ok || !d.walk.visible(at) {
			l = append(l, QuestionState{ID: id, Status: Show})
		}
	}
	return l
}

// sameAnswers tells whether a and b say the same.
func (g *graph) sameAnswers(a, b answers) bool {
	if len(a) != len(b) {
		return false
	}
	for id, s := range a {
		var q Question
		if n := g.node(id); n != nil {
			q = n.q
		}
		if t, ok := b[id]; !ok || !q.same(s, t) {
			return false
		}
	}
	return true
}
