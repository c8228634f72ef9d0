package agentsurvey

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
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

// formData is a form without its locks.
type formData struct {
	ref     Ref
	id      int64
	name    string
	context SurveyContext

	g       *graph
	answers map[int64]QuestionState // mine: answered ones only, settled
	base    map[int64]QuestionState // what the service held at context.Revision
	walk    *walk

	hasStates bool // base is known
	doubt     bool // a write may have taken effect unnoticed
	further   bool // a submission was answered with more questions
	edits     uint64
}

// Form returns a form of s that holds the answers saved in it.
func (s *Survey) Form() *Form {
	layout := s.dateLayout
	if layout == "" {
		layout = defaultDateLayout
	}
	d := formData{
		ref: s.Ref, id: s.ID, name: s.Name, context: s.SurveyContext, hasStates: s.hasStates,
		g:    newGraph(s.Root, s.full && !s.Partial, layout).with(s.Questions),
		base: s.states(),
	}
	d.answers = maps.Clone(d.base)
	d.rewalk()
	return newForm(d)
}

func newForm(d formData) *Form { return &Form{sending: make(chan struct{}, 1), formData: d} }

// lock locks f; the zero form is one without questions.
func (f *Form) lock() {
	f.mu.Lock()
	if f.g == nil {
		f.g = newGraph(0, true, defaultDateLayout).with(nil)
		f.answers = map[int64]QuestionState{}
		f.walk = f.g.walkAll(nil)
	}
}

// states are the answers saved in s.
func (s *Survey) states() map[int64]QuestionState {
	m := make(map[int64]QuestionState, len(s.Questions))
	for i := range s.Questions {
		q := &s.Questions[i]
		if q.State == nil || !q.State.IsAnswered() {
			continue
		}
		st := q.State.settled()
		st.ID, st.Status = q.ID, Answered
		m[q.ID] = st
	}
	return m
}

// clone copies d; the graph is shared.
func (d *formData) clone() formData {
	c := *d
	c.answers, c.base, c.walk = maps.Clone(d.answers), maps.Clone(d.base), d.walk.clone()
	return c
}

// rewalk finds out what is visible, and drops the answers that no longer are.
func (d *formData) rewalk() {
	d.walk = d.g.walkAll(d.answers)
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
func (d *formData) find(question int64) (int32, *Problem) {
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
func (d *formData) set(at int32, s QuestionState) error {
	n := &d.g.nodes[at]
	old, had := d.answers[n.q.ID]
	if n.q.same(old, s) {
		return nil
	}
	put := func(s QuestionState) {
		if s.IsAnswered() {
			d.answers[n.q.ID] = s
		} else {
			delete(d.answers, n.q.ID)
		}
	}
	put(s)
	if n.branches && (had || !d.walk.extend(d.g, d.answers, at)) {
		w := d.g.walkAll(d.answers)
		if w.err != nil {
			put(old)
			d.walk = d.g.walkAll(d.answers)
			return w.err
		}
		d.walk = w
		d.prune()
	}
	d.edits++
	return nil
}

// acquire waits until no other call works with the form.
func (f *Form) acquire(ctx context.Context) (release func(), err error) {
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
func (d *formData) given() map[int64]QuestionState {
	m := make(map[int64]QuestionState, len(d.answers))
	d.visibleQuestions(func(n *node, s QuestionState) {
		if s.IsAnswered() {
			m[n.q.ID] = s
		}
	})
	return m
}

// list is what would be sent now: every visible question, and those reset that
// the service holds an answer to.
func (d *formData) list() []QuestionState {
	l := make([]QuestionState, 0, len(d.walk.order))
	d.visibleQuestions(func(n *node, s QuestionState) {
		if !s.IsAnswered() {
			s = QuestionState{ID: n.q.ID, Status: Show}
		}
		l = append(l, s)
	})
	visible := len(l)
	for id := range d.base {
		if at, ok := d.g.byID[id]; !ok || !d.walk.visible(at) {
			l = append(l, QuestionState{ID: id, Status: Show})
		}
	}
	slices.SortFunc(l[visible:], func(a, b QuestionState) int { return cmp.Compare(a.ID, b.ID) })
	return l
}

// sameAnswers tells whether a and b say the same.
func (g *graph) sameAnswers(a, b map[int64]QuestionState) bool {
	if len(a) != len(b) {
		return false
	}
	var unknown Question
	for id, s := range a {
		t, ok := b[id]
		if !ok {
			return false
		}
		q := &unknown
		if n := g.node(id); n != nil {
			q = &n.q
		}
		if !q.same(s, t) {
			return false
		}
	}
	return true
}
