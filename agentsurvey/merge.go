package agentsurvey

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
		if err := m.dropHidden(op, &f.formData, fresh, decide); err != nil {
			return err
		}
	}
	f.formData = m
	return nil
}

// merge merges answers by question: what only one side changed since base
// counts, and decide is asked where both did. If it is nil, those are the
// clashes.
func (g *graph) merge(base, theirs, mine answers, decide MergeFunc) (answers, []Clash, error) {
	merged := make(answers, len(theirs)+len(mine))
	var clashes []Clash
	for i := range g.nodes {
		q := &g.nodes[i].q
		c := Clash{Question: *q, Base: base.of(q.ID), Theirs: theirs.of(q.ID), Mine: mine.of(q.ID)}
		switch {
		case q.same(c.Theirs, c.Mine), q.same(c.Mine, c.Base):
			merged.put(q.ID, c.Theirs)
		case q.same(c.Theirs, c.Base):
			merged.put(q.ID, c.Mine)
		case decide == nil:
			clashes = append(clashes, c)
		default:
			s, err := decide(c)
			if err != nil {
				return nil, nil, err
			}
			merged.put(q.ID, s)
		}
	}
	return merged, clashes, nil
}

// merged is d brought up to a fresh state, before the answers on closed
// branches are dropped.
func (d *formData) merged(op string, fresh *Survey, decide MergeFunc) (formData, error) {
	m := *d
	m.g = d.g.rooted(fresh.Root).with(fresh.Questions)
	m.context, m.hasStates, m.sent, m.base = fresh.SurveyContext, true, nil, d.heldIn(fresh)
	merged, clashes, err := m.g.merge(d.base, m.base, d.answers, decide)
	if err == nil && clashes != nil {
		err = m.conflict(op, d, fresh, clashes)
	}
	m.answers = merged
	m.walk = m.g.walk(merged)
	return m, err
}

// heldIn are the answers that the service holds by a fresh state. What a part
// does not list may well be as it was.
func (d *formData) heldIn(fresh *Survey) answers {
	held := fresh.answers()
	if !fresh.Partial {
		return held
	}
	listed := make(map[int64]bool, len(fresh.Questions))
	for _, q := range fresh.Questions {
		listed[q.ID] = true
	}
	for id, s := range d.base {
		if !listed[id] {
			held[id] = s
		}
	}
	return held
}

// dropHidden drops the answers on branches that merging was with d closed. One
// that either side gave since is a clash.
func (d *formData) dropHidden(op string, was *formData, fresh *Survey, decide MergeFunc) error {
	if d.walk.err != nil {
		return d.walk.err
	}
	var clashes []Clash
	for i := range d.g.nodes {
		q := &d.g.nodes[i].q
		s, ok := d.answers[q.ID]
		if !ok || d.walk.visible(i) || q.same(s, was.base.of(q.ID)) {
			continue
		}
		c := Clash{Question: *q, Base: was.base.of(q.ID), Theirs: d.base.of(q.ID), Mine: was.answers.of(q.ID), Hidden: true}
		if decide == nil {
			clashes = append(clashes, c)
		} else if _, err := decide(c); err != nil {
			return err
		}
	}
	if clashes != nil {
		return d.conflict(op, was, fresh, clashes)
	}
	d.prune()
	return nil
}

func (d *formData) conflict(op string, was *formData, fresh *Survey, clashes []Clash) error {
	return &ConflictError{
		Op: op, Clashes: clashes, Fresh: fresh,
		Base: d.g.listed(was.base), Theirs: d.g.listed(d.base), Mine: d.g.listed(was.answers),
	}
}

// listed are answers in the survey's order.
func (g *graph) listed(from answers) []QuestionState {
	l := make([]QuestionState, 0, len(from))
	for i := range g.nodes {
		if s, ok := from[g.nodes[i].q.ID]; ok {
			l = append(l, s)
		}
	}
	return l
}

// unanswered tells whether nobody has answered anything between was and d.
func (d *formData) unanswered(op string, was *formData, fresh *Survey) error {
	var clashes []Clash
	for i := range d.g.nodes {
		q := &d.g.nodes[i].q
		c := Clash{Question: *q, Base: was.base.of(q.ID), Theirs: d.base.of(q.ID), Mine: was.answers.of(q.ID)}
		if !q.same(c.Theirs, c.Base) {
			clashes = append(clashes, c)
		}
	}
	if clashes == nil {
		return nil
	}
	return d.conflict(op, was, fresh, clashes)
}

// adopt takes over what became of before, a copy of d that was sent, and keeps
// what was edited in d meanwhile.
func (d *formData) adopt(before, after formData) {
	edited := d.answers
	*d = after
	d.answers, _, _ = d.g.merge(before.answers, after.answers, edited, PreferMine)
	d.rewalk()
}
