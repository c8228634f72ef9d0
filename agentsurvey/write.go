package agentsurvey

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Result is what became of a write.
type Result struct {
	// SurveyContext is the survey's state after it.
	SurveyContext
	// Questions are those that the answer brought: the next sequence of a
	// save, or, after a submission, questions to go on with. They are in the
	// form already.
	Questions []Question
	// Tries is how often the write was sent.
	Tries int
	// Merges is how often a colleague's changes were merged in.
	Merges int
	// Verified says that the answer to the write was lost or a conflict, and
	// the state showed that the write had been made.
	Verified bool
}

// Save saves the form's answers so far without submitting them. Required
// questions may be open. If the answers lead to questions that are not loaded,
// the service answers with them, and the form takes them in.
//
// Errors: [*ClosedError] if the survey is submitted or dismissed,
// [*ConflictError], [*UnconfirmedError], [*GraphError], [ErrExpired],
// [ErrNoSurvey], and those of every call. The answers in the form are then as
// they were.
//
// https://developers.liveperson.com/agent-survey-for-messaging-runtime-api-methods-save-agent-survey-state.html
func (c *Client) Save(ctx context.Context, form *Form) (*Result, error) {
	return c.write(ctx, form, &write{op: "agentsurvey.Save", method: http.MethodPut})
}

// Submit submits the form. Questions that its answers lead to and that are not
// loaded are loaded into the form first; what is then missing or wrong is a
// [*ValidationError], and nothing is sent.
//
// If the service answers with more questions, the form takes them in, and may
// be submitted again.
//
// Errors: [*ValidationError], [*GraphError], [*ClosedError], [*ConflictError],
// [*UnconfirmedError], [ErrExpired], [ErrNoSurvey], and those of every call.
// The answers in the form are then as they were.
//
// https://developers.liveperson.com/agent-survey-for-messaging-runtime-api-methods-submit-agent-survey.html
func (c *Client) Submit(ctx context.Context, form *Form, opts ...SubmitOption) (*Result, error) {
	w := &write{op: "agentsurvey.Submit", method: http.MethodPost}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(w); err != nil {
			return nil, err
		}
	}
	return c.write(ctx, form, w)
}

// SubmitOption changes one submission. One that is nil is skipped.
type SubmitOption func(*write) error

// Again submits a survey although the form knows that it is submitted. The
// service allows it; a submission that the form does not know of is still
// never submitted over.
func Again() SubmitOption {
	return func(w *write) error {
		w.again = true
		return nil
	}
}

// Dismiss dismisses the form's survey. That is allowed for a survey that has no
// required question and is not submitted. One that a colleague dismisses at the
// same time counts as dismissed by both; the Result then says Verified.
//
// Errors: [*ValidationError] that names the required questions, [*ClosedError],
// [*ConflictError] if a colleague has answered questions since the form was
// read, [*UnconfirmedError], liveperson.ErrForbidden, [ErrExpired],
// [ErrNoSurvey], and those of every call.
//
// https://developers.liveperson.com/agent-survey-for-messaging-runtime-api-methods-dismiss-agent-survey.html
func (c *Client) Dismiss(ctx context.Context, form *Form) (*Result, error) {
	return c.write(ctx, form, &write{op: "agentsurvey.Dismiss", method: http.MethodDelete})
}

// write is one call of Save (PUT), Submit (POST) or Dismiss (DELETE).
type write struct {
	op, method string
	again      bool // a submitted survey may be submitted again

	c     *Client
	url   rest.Target
	form  formData // private to the call
	tried bool     // a request was made
	fresh *Survey  // the state as it was read last
	made  bool     // it shows that the write was made
	Result
}

// write makes a write with the form, which is then as the write left the survey.
// What was answered in it meanwhile stays.
func (c *Client) write(ctx context.Context, form *Form, w *write) (*Result, error) {
	release, err := form.acquire(ctx, w.op)
	if err != nil {
		return nil, err
	}
	defer release()
	if w.method == http.MethodPost {
		if err := c.extend(ctx, form); err != nil {
			return nil, err
		}
	}
	before := form.copied()
	w.c, w.form, w.again = c, form.copied(), w.again || before.further
	err = w.run(ctx)
	form.mu.Lock()
	defer form.mu.Unlock()
	if err != nil {
		if w.form.sent != nil {
			form.sent = w.form.sent
		}
		return nil, err
	}
	form.adopt(before, w.form)
	return &w.Result, nil
}

// run is the whole of a write: it is sent; if the state has moved on, that is
// read and merged with the form, and the write is sent anew.
func (w *write) run(ctx context.Context) (err error) {
	if w.url, err = w.c.target(ctx, w.op, w.form.ref); err != nil {
		return err
	}
	if w.form.sent != nil || !w.form.hasStates {
		if err := w.refetch(ctx); err != nil {
			return err
		}
	}
	return retry.OnConflict(ctx, w.refetch, w.send)
}

// send sends the write as the form stands now. If the answer is lost, look finds
// out what became of it.
func (w *write) send(ctx context.Context) error {
	if w.made {
		return nil
	}
	if err := w.ready(ctx); err != nil {
		return err
	}
	w.tried = true
	doc, found, answer, err := rest.Confirm[surveyDoc](ctx, w.c.rest, w.request(), w.look)
	w.Tries += answer.Tries
	switch {
	case errors.Is(err, liveperson.ErrUnconfirmed):
		w.form.sent = w.sends()
		return &UnconfirmedError{Op: w.op, Fresh: w.fresh, Err: err}
	case err != nil:
		return named(err)
	case found:
		return w.found()
	}
	w.finish(doc.context(answer.Header), questions(doc.Questions))
	return nil
}

// request is the write as the form stands now.
func (w *write) request() rest.Request {
	q := w.c.query(w.form.ref)
	r := rest.Request{Op: w.op, Method: w.method, URL: w.url.Join("/state")}
	if w.method == http.MethodPut {
		q.SeqRoot, _ = w.form.pending()
		r.Empty = true
	}
	if w.method != http.MethodDelete {
		r.Body = w.form.list()
	}
	if w.revised() {
		r.Header = http.Header{revisionHeader: {strconv.FormatInt(w.form.context.Revision, 10)}}
	}
	r.Query = q
	return r
}

// revised tells whether the write carries the revision: version 2.0 keeps what
// is saved for each agent, and saves without one.
func (w *write) revised() bool { return w.method != http.MethodPut || w.c.version == V1 }

// ready checks what must hold before the write is sent.
func (w *write) ready(ctx context.Context) error {
	if now := w.form.context; now.Status == Dismissed || now.Status == Submitted && !w.again {
		return &ClosedError{Op: w.op, Status: now.Status, At: now.LastAction}
	}
	if w.form.walk.err != nil {
		return w.form.walk.err
	}
	switch w.method {
	case http.MethodPost:
		if _, err := w.c.load(ctx, &w.form); err != nil {
			return err
		}
		w.form.prune()
		return w.form.validate(w.op)
	case http.MethodDelete:
		return w.form.dismissible(w.op)
	}
	return nil
}

// look finds out whether a try whose answer was lost was made. Without a trace
// of it, one that carries a revision that is no longer the survey's cannot be
// made any more, and none can be made twice: so one without any answer counts as
// one that was turned away.
func (w *write) look(ctx context.Context, lost retry.Answer) (retry.Effect, error) {
	w.form.sent, w.fresh = w.sends(), nil
	fresh, err := w.c.State(ctx, w.form.ref)
	if err != nil {
		return retry.EffectUnknown, err
	}
	w.fresh = fresh
	switch w.trace(fresh) {
	case shown:
		return retry.TookEffect, nil
	case unclear:
		return retry.EffectUnknown, nil
	}
	if w.revised() && fresh.Revision != w.form.context.Revision {
		w.form.sent = nil
		return retry.NoEffect, nil
	}
	lost.Status = http.StatusServiceUnavailable // whoever answered: a late try would meet the revision
	return lost.Nothing(w.c.rest.Via.Policy())
}

// refetch reads the state, after a conflict or in doubt, and brings the form up
// to it, unless it shows that the write was made or cannot be made.
func (w *write) refetch(ctx context.Context) error {
	if w.tried {
		w.c.log.Info("survey state moved on", "op", w.op)
	}
	fresh, err := w.c.State(ctx, w.form.ref)
	if err != nil {
		return err
	}
	w.fresh = fresh
	if w.form.sent != nil && !w.closed(fresh) { // perhaps by an earlier call of another kind
		switch w.form.changes(w.form.sent, w.form.heldIn(fresh)) {
		case unclear:
			return &UnconfirmedError{Op: w.op, Fresh: fresh}
		case shown:
			w.form.base = w.form.sent
		}
	}
	edited := w.form.sent != nil && w.method != http.MethodDelete && !w.form.g.sameAnswers(w.form.sent, w.form.given())
	switch trace := w.trace(fresh); {
	case trace == shown && !edited:
		return w.found()
	case trace == unclear:
		return &UnconfirmedError{Op: w.op, Fresh: fresh}
	}
	w.form.sent = nil
	if w.closed(fresh) {
		return &ClosedError{Op: w.op, Status: fresh.Status, At: fresh.LastAction, Fresh: fresh}
	}
	return w.merge(ctx)
}

// merge brings the form up to the fresh state, with all the questions that the
// merged answers lead to.
func (w *write) merge(ctx context.Context) error {
	decide := w.c.merge
	if w.method == http.MethodDelete {
		decide = PreferTheirs
	}
	m, err := w.form.merged(w.op, w.fresh, decide)
	if err != nil {
		return err
	}
	if w.method == http.MethodDelete {
		err = m.unanswered(w.op, &w.form, w.fresh)
	} else if _, err = w.c.load(ctx, &m); err == nil {
		err = m.dropHidden(w.op, &w.form, w.fresh, decide)
	}
	if err != nil {
		return err
	}
	if !m.g.sameAnswers(m.base, w.form.base) {
		w.Merges++
		w.c.log.Info("merged a colleague's answers", "op", w.op)
	}
	w.form = m
	return nil
}

// closed tells whether a fresh state is closed for this write.
func (w *write) closed(fresh *Survey) bool {
	asKnown := w.form.context.Status == Submitted && fresh.Revision == w.form.context.Revision
	return fresh.Status == Dismissed || fresh.Status == Submitted && !(w.again && asKnown)
}

// found finishes a write that the fresh state shows to be made.
func (w *write) found() error {
	if w.method == http.MethodPut && !w.closed(w.fresh) {
		m, err := w.form.merged(w.op, w.fresh, PreferTheirs)
		if err != nil {
			return err
		}
		m.prune()
		w.form = m
	}
	w.made, w.Verified = true, true
	w.finish(w.fresh.SurveyContext, nil)
	return nil
}

// finish brings the form to where the write left the survey.
func (w *write) finish(now SurveyContext, questions []Question) {
	switch {
	case now.Status != "":
	case w.method == http.MethodPost:
		now.Status = Submitted
	case w.method == http.MethodDelete:
		now.Status = Dismissed
	default:
		now.Status = w.form.context.Status
	}
	now.Revision = cmp.Or(now.Revision, w.form.context.Revision)
	w.form.context, w.form.hasStates, w.form.sent, w.form.further = now, true, nil, false
	if w.method != http.MethodDelete {
		w.form.base = w.form.given()
	}
	if len(questions) > 0 {
		known := len(w.form.g.nodes)
		w.form.add(sequence{questions: questions})
		w.form.further = len(w.form.g.nodes) > known
	}
	w.SurveyContext, w.Questions = now, questions
}
