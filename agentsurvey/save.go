package agentsurvey

import (
	"context"
	"net/http"
)

// Save saves the form's answers so far without submitting them (Save Agent
// Survey State page). Required questions may be open. If the answers lead to
// questions that are not loaded, the service answers with them, and the form
// takes them in.
//
// Errors: [*ClosedError] if the survey is submitted or dismissed,
// [*ConflictError], [*GraphError], [ErrExpired], [ErrNoSurvey], and those of
// every call. The form is then as it was.
func (c *Client) Save(ctx context.Context, form *Form) (*Result, error) {
	return c.write(ctx, form, operation{
		op: "agentsurvey.Save", method: http.MethodPut, empty: true,
		revision: func(v Version) bool { return v == V1 }, // 2.0 keeps the agent's own state
		body:     func(d *formData) any { return d.list() },
		check:    func(context.Context, *write) error { return nil },
		settle: func(ctx context.Context, w *write, fresh *Survey) (bool, error) {
			made := (w.tried || w.lost) && w.form.heldBy(fresh)
			return made, w.merge(ctx, fresh)
		},
	}, false)
}

// heldBy tells whether a fresh state holds whatever d has changed.
func (d *formData) heldBy(fresh *Survey) bool {
	theirs := fresh.states()
	for i := range d.g.nodes {
		q := &d.g.nodes[i].q
		if mine := d.answers[q.ID]; !q.same(mine, theirs[q.ID]) && !q.same(mine, d.base[q.ID]) {
			return false
		}
	}
	return true
}
