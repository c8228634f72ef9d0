package agentsurvey

import "maps"

// Clash is a question that a colleague and the form answered differently since
// the form was read.
type Clash struct {
	// Question is the question, as the service has it now.
	Question Question
	// Base is the answer when the form was read, Theirs the colleague's, Mine
	// the form's. One without an answer has the status Show.
	Base, Theirs, Mine QuestionState
	// Hidden says that the two do not answer differently: one of them
	// answered the question, the other one changed the answer that leads to
	// it. The merged survey has no place for the answer.
	Hidden bool
}

// MergeFunc decides a clash: it returns the answer to send, with the status
// Show for none. Where the clash is Hidden, only the error counts: nil drops
// the answer. An error ends the call.
type MergeFunc func(Clash) (QuestionState, error)

// PreferMine is a [MergeFunc] that takes the form's answers.
func PreferMine(c Clash) (QuestionState, error) { return c.Mine, nil }

// PreferTheirs is a [MergeFunc] that takes the colleague's answers.
func PreferTheirs(c Clash) (QuestionState, error) { return c.Theirs, nil }

// Merge brings the form up to a state that was read later: of each question
// it takes what only one side changed since, and asks decide where both did.
// If decide is nil, clashes are a [*ConflictError] and the form stays as it
// was; so it does with an error of decide's.
//
// Save, Submit and Dismiss merge by themselves. Merge is for what they leave
// to the user: give it the error's Fresh and what the user decided.
func (f *Form) Merge(fresh *Survey, decide MergeFunc) error {
	const op = "agentsurvey.Merge"
	f.lock()
	defer f.mu.Unlock()
	m, err := f.merged(op, fresh, decide)
	if err != nil {
		return err
	}
	if len(m.walk.pending) == 0 {
		if err := m.dropHidden(op, fresh, decide); err != nil {
			return err
		}
	}
	f.formData = m.formData
	f.edits++
	return nil
}

// merger is a form that was brought up to a fresh state, before the answers on
// closed branches are dropped.
type merger struct {
	formData
	was    formData
	theirs map[int64]QuestionState
}

// merged merges by question: base, theirs and mine.
func (d *formData) merged(op string, fresh *Survey, decide MergeFunc) (*merger, error) {
	m := &merger{formData: *d, was: *d, theirs: fresh.states()}
	m.g = d.g.rooted(fresh.Root, fresh.Questions)
	if fresh.Partial {
		// What a part does not list may well be as it was.
		listed := make(map[int64]bool, len(fresh.Questions))
		for i := range fresh.Questions {
			listed[fresh.Questions[i].ID] = true
		}
		for id, s := range d.base {
			if !listed[id] {
				m.theirs[id] = s
			}
		}
	}
	m.context, m.hasStates, m.doubt = fresh.SurveyContext, true, false
	m.base = m.theirs
	m.answers = make(map[int64]QuestionState, len(m.theirs)+len(d.answers))

	var clashes []Clash
	for i := range m.g.nodes {
		q := &m.g.nodes[i].q
		c := m.clash(q)
		switch {
		case q.same(c.Theirs, c.Mine), q.same(c.Mine, c.Base):
			m.put(c.Theirs)
		case q.same(c.Theirs, c.Base):
			m.put(c.Mine)
		case decide == nil:
			clashes = append(clashes, c)
		default:
			s, err := decide(c)
			if err != nil {
				return nil, err
			}
			s = s.settled()
			if s.IsAnswered() {
				s.ID, s.Status = q.ID, Answered
			}
			m.put(s)
		}
	}
	if clashes != nil {
		return nil, m.conflict(op, fresh, clashes)
	}
	m.walk = m.g.walkAll(m.answers)
	return m, nil
}

func (m *merger) put(s QuestionState) {
	if s.IsAnswered() {
		m.answers[s.ID] = s
	}
}

// clash is the three answers to q.
func (m *merger) clash(q *Question) Clash {
	get := func(from map[int64]QuestionState) QuestionState {
		if s, ok := from[q.ID]; ok {
			return s
		}
		return QuestionState{ID: q.ID, Status: Show}
	}
	return Clash{Question: *q, Base: get(m.was.base), Theirs: get(m.theirs), Mine: get(m.was.answers)}
}

// dropHidden drops the answers on branches that the merge closed. One that
// either side gave since is a clash.
func (m *merger) dropHidden(op string, fresh *Survey, decide MergeFunc) error {
	if m.walk.err != nil {
		return m.walk.err
	}
	var clashes []Clash
	for i := range m.g.nodes {
		q := &m.g.nodes[i].q
		s, ok := m.answers[q.ID]
		if !ok || m.walk.visible(int32(i)) {
			continue
		}
		c := m.clash(q)
		c.Hidden = true
		switch {
		case q.same(s, c.Base): // nobody gave it anew
		case decide == nil:
			clashes = append(clashes, c)
		default:
			if _, err := decide(c); err != nil {
				return err
			}
		}
	}
	if clashes != nil {
		return m.conflict(op, fresh, clashes)
	}
	m.prune()
	return nil
}

func (m *merger) conflict(op string, fresh *Survey, clashes []Clash) error {
	return &ConflictError{
		Op: op, Clashes: clashes, Fresh: fresh,
		Base: m.g.listed(m.was.base), Theirs: m.g.listed(m.theirs), Mine: m.g.listed(m.was.answers),
	}
}

// listed are answers in the survey's order.
func (g *graph) listed(answers map[int64]QuestionState) []QuestionState {
	l := make([]QuestionState, 0, len(answers))
	for i := range g.nodes {
		if s, ok := answers[g.nodes[i].q.ID]; ok {
			l = append(l, s)
		}
	}
	return l
}

// adopt takes over what became of sent, a copy of d that was merged, sent and
// answered, and keeps what was edited in d meanwhile.
func (d *formData) adopt(snapshot, sent formData) {
	if d.edits == snapshot.edits {
		edits := d.edits
		*d = sent
		d.edits = edits
		return
	}
	mine := *d
	*d = sent
	d.answers = maps.Clone(sent.answers)
	for i := range d.g.nodes {
		q := &d.g.nodes[i].q
		now, was := mine.answers[q.ID], snapshot.answers[q.ID]
		if q.same(now, was) {
			continue
		}
		if now.IsAnswered() {
			d.answers[q.ID] = now
		} else {
			delete(d.answers, q.ID)
		}
	}
	d.edits = mine.edits
	d.rewalk()
}
