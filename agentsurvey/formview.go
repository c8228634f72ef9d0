package agentsurvey

// Ref names the survey of the form.
func (f *Form) Ref() Ref { return f.read().ref }

// Context is what has become of the survey, as far as the form knows.
func (f *Form) Context() SurveyContext { return f.read().context }

// read copies what never is written in place.
func (f *Form) read() formData {
	f.lock()
	defer f.mu.Unlock()
	return f.formData
}

// Questions are the questions that the answers have opened, in the order of
// asking.
func (f *Form) Questions() []Question {
	return f.questions(func(*node, QuestionState) bool { return true })
}

// Unanswered are the open questions without an answer, in the order of asking.
func (f *Form) Unanswered() []Question {
	return f.questions(func(_ *node, s QuestionState) bool { return !s.IsAnswered() })
}

// Missing are the open questions that are required and have no answer.
func (f *Form) Missing() []Question {
	return f.questions(func(n *node, s QuestionState) bool { return n.q.Required && !s.IsAnswered() })
}

func (f *Form) questions(want func(*node, QuestionState) bool) []Question {
	f.lock()
	defer f.mu.Unlock()
	var list []Question
	f.visibleQuestions(func(n *node, s QuestionState) {
		if !want(n, s) {
			return
		}
		q := n.q
		if s.IsAnswered() {
			q.State = &s
		}
		list = append(list, q)
	})
	return list
}

// State is the state of a question that the form has open; false for others.
func (f *Form) State(question int64) (QuestionState, bool) {
	f.lock()
	defer f.mu.Unlock()
	if _, problem := f.find(question); problem != nil {
		return QuestionState{}, false
	}
	return f.answers.of(question), true
}

// States is what Save and Submit would send now.
func (f *Form) States() []QuestionState {
	f.lock()
	defer f.mu.Unlock()
	return f.list()
}

// Changed tells whether the form holds answers that are not what the service
// held when it was last read or written.
func (f *Form) Changed() bool {
	f.lock()
	defer f.mu.Unlock()
	return !f.g.sameAnswers(f.given(), f.base)
}

// Pending tells whether the answers lead to questions that are not loaded, and
// the id of the first of them, 0 if that is not known. Submit loads them;
// [Client.Continue] does so at once.
func (f *Form) Pending() (seqRoot int64, pending bool) {
	f.lock()
	defer f.mu.Unlock()
	return f.pending()
}

func (d *formData) pending() (int64, bool) {
	if len(d.walk.pending) == 0 {
		return 0, false
	}
	if l := d.walk.pending[0]; l.kind == toID {
		return l.to, true
	}
	return 0, true
}

// Progress is how far a form is filled in.
type Progress struct {
	// Visible are the questions that the answers have opened, Answered those
	// of them with an answer, RequiredLeft those required and without one.
	Visible, Answered, RequiredLeft int
	// Pending says that further questions are not loaded yet.
	Pending bool
}

// Progress counts the open questions.
func (f *Form) Progress() Progress {
	f.lock()
	defer f.mu.Unlock()
	p := Progress{Pending: len(f.walk.pending) > 0}
	f.visibleQuestions(func(n *node, s QuestionState) {
		p.Visible++
		switch {
		case s.IsAnswered():
			p.Answered++
		case n.q.Required:
			p.RequiredLeft++
		}
	})
	return p
}

// Validate tells whether the form can be submitted as it is: nil, a
// [*ValidationError] that names each question and rule, or a [*GraphError].
func (f *Form) Validate() error {
	f.lock()
	defer f.mu.Unlock()
	return f.validate("agentsurvey.Validate")
}

func (d *formData) validate(op string) error {
	if d.walk.err != nil {
		return d.walk.err
	}
	var problems []Problem
	d.visibleQuestions(func(n *node, s QuestionState) {
		switch {
		case !s.IsAnswered():
			if n.q.Required {
				problems = append(problems, *n.problem(RuleRequired, "has no answer"))
			}
		case n.q.same(s, d.base[n.q.ID]): // the service took it before
		default:
			if p := d.g.check(n, s); p != nil {
				problems = append(problems, *p)
			}
		}
	})
	if problems == nil {
		return nil
	}
	return &ValidationError{Op: op, Problems: problems}
}

// dismissible looks for required questions.
func (d *formData) dismissible(op string) error {
	var problems []Problem
	for i := range d.g.nodes {
		if n := &d.g.nodes[i]; n.q.Required {
			problems = append(problems, *n.problem(RuleRequired, "a survey with a required question cannot be dismissed"))
		}
	}
	if problems == nil {
		return nil
	}
	return &ValidationError{Op: op, Problems: problems}
}
