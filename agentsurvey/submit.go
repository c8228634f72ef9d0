package agentsurvey

import (
	"context"
	"net/http"
)

// SubmitOption changes one submission.
type SubmitOption func(*submission)

type submission struct{ again bool }

// Again submits a survey although the form knows that it is submitted. The
// service allows it; a submission that the form does not know of is still
// never submitted over.
func Again() SubmitOption { return func(s *submission) { s.again = true } }

// Submit submits the form (Submit Agent Survey page). Questions that its
// answers lead to and that are not loaded are loaded into the form first; what
// is then missing or wrong is a [*ValidationError], and nothing is sent.
//
// If the service answers with more questions, the form takes them in, and may
// be submitted again.
//
// Errors: [*ValidationError], [*GraphError], [*ClosedError], [*ConflictError],
// [ErrExpired], [ErrNoSurvey], and those of every call. The answers in the form
// are then as they were.
func (c *Client) Submit(ctx context.Context, form *Form, opts ...SubmitOption) (*Result, error) {
	var s submission
	for _, o := range opts {
		o(&s)
	}
	return c.write(ctx, form, operation{
		op: "agentsurvey.Submit", method: http.MethodPost, status: Submitted, loads: true,
		revision: func(Version) bool { return true },
		body:     func(d *formData) any { return d.list() },
		check: func(ctx context.Context, w *write) error {
			if err := w.c.load(ctx, &w.form); err != nil {
				return err
			}
			w.form.prune()
			return w.form.validate(w.op)
		},
		settle: func(ctx context.Context, w *write, fresh *Survey) (bool, error) {
			return false, w.merge(ctx, fresh)
		},
	}, s.again)
}
