package agentsurvey

import (
	"context"
	"net/http"
)

// Dismiss dismisses the form's survey (Dismiss Agent Survey page). That is
// allowed for a survey that has no required question and is not submitted.
// One that a colleague dismisses at the same time counts as dismissed by both;
// the Result then says Verified.
//
// Errors: [*ValidationError] that names the required questions, [*ClosedError],
// [*ConflictError] if a colleague has answered questions since the form was
// read, liveperson.ErrForbidden, [ErrExpired], [ErrNoSurvey], and those of
// every call.
func (c *Client) Dismiss(ctx context.Context, form *Form) (*Result, error) {
	return c.write(ctx, form, operation{
		op: "agentsurvey.Dismiss", method: http.MethodDelete, status: Dismissed,
		revision: func(Version) bool { return true },
		body:     func(*formData) any { return nil },
		check:    func(_ context.Context, w *write) error { return w.dismissible() },
		settle: func(_ context.Context, w *write, fresh *Survey) (bool, error) {
			return false, w.unanswered(fresh)
		},
	}, false)
}

// dismissible looks for required questions.
func (w *write) dismissible() error {
	var problems []Problem
	for i := range w.form.g.nodes {
		if n := &w.form.g.nodes[i]; n.q.Required {
			problems = append(problems, *n.problem(RuleRequired, "a survey with a required question cannot be dismissed"))
		}
	}
	if problems == nil {
		return nil
	}
	return &ValidationError{Op: w.op, Problems: problems}
}

// unanswered brings the form up to a fresh state in which nobody has answered
// anything since.
func (w *write) unanswered(fresh *Survey) error {
	m, err := w.form.merged(w.op, fresh, PreferTheirs)
	if err != nil {
		return err
	}
	var clashes []Clash
	for i := range m.g.nodes {
		q := &m.g.nodes[i].q
		if c := m.clash(q); !q.same(c.Theirs, c.Base) {
			clashes = append(clashes, c)
		}
	}
	if clashes != nil {
		return m.conflict(w.op, fresh, clashes)
	}
	w.form = m.formData
	return nil
}
