package agentsurvey

import (
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
	// Attempts is how often the write was sent.
	Attempts int
	// Merges is how often a colleague's changes were merged in.
	Merges int
	// Verified says that the answer to the write was lost or a conflict, and
	// the state showed that the write had been made.
	Verified bool
}

// operation is one of the three writes, and what is particular about it.
type operation struct {
	op     string
	method string
	status Status // after it, "" for any
	// revision says whether it carries the revision in this version.
	revision func(Version) bool
	// empty says that a success may come without a body.
	empty bool
	// loads says whether all questions must be known before it is sent.
	loads bool
	// body is what is sent, nil for nothing.
	body func(d *formData) any
	// check is what must hold before it is sent.
	check func(ctx context.Context, w *write) error
	// settle decides what a fresh open state means.
	settle func(ctx context.Context, w *write, fresh *Survey) (made bool, err error)
}

// write is one call of an operation.
type write struct {
	operation
	c        *Client
	again    bool     // a submitted survey may be submitted again
	opened   Status   // the form's status at the start
	form     formData // private to the call
	lost     bool     // a try may have taken effect
	tried    bool     // a request was made
	revision int64    // of the last request
	attempts int
	merges   int
	done     *Survey // the state that showed the write to be made
	stop     error   // why the call ends, with the API's answer aside
}

// errMoved ends a call whose state moved on while its outcome was looked up;
// another one follows.
var errMoved = errors.New("the state moved on")

// maxCalls bounds how often a write starts over.
const maxCalls = 5

// usable checks a form that a user brings.
func (f *Form) usable(op string) error {
	if f == nil || f.sending == nil {
		return &liveperson.InputError{Op: op, Field: "form", Rule: "must be made by Survey.Form"}
	}
	return nil
}

// write makes a write with the form, merging where the state has moved on.
func (c *Client) write(ctx context.Context, form *Form, o operation, again bool) (*Result, error) {
	if err := form.usable(o.op); err != nil {
		return nil, err
	}
	release, err := form.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if o.loads {
		if err := c.extend(ctx, form); err != nil {
			return nil, err
		}
	}
	form.lock()
	snapshot := form.clone()
	form.mu.Unlock()
	w := &write{operation: o, c: c, again: again || snapshot.further, form: snapshot.clone(), opened: snapshot.context.Status, lost: snapshot.doubt, revision: snapshot.context.Revision}
	result, err := w.run(ctx)
	form.lock()
	defer form.mu.Unlock()
	if err != nil {
		form.doubt = w.lost
		return nil, err
	}
	form.adopt(snapshot, w.form)
	return result, nil
}

// run sends the write until its outcome is known.
func (w *write) run(ctx context.Context) (*Result, error) {
	target, err := w.c.target(ctx, w.op, w.form.ref)
	if err != nil {
		return nil, err
	}
	if w.lost || !w.form.hasStates {
		err = w.refresh(ctx)
	} else {
		err = w.ready(ctx)
	}
	for calls := 1; ; calls++ {
		if err != nil || w.done != nil {
			break
		}
		doc, resp, callErr := w.c.do(ctx, *w.request(target))
		w.attempts += resp.Attempts
		if w.done != nil || w.stop != nil {
			err = w.stop
			break
		}
		if callErr == nil {
			return w.finish(doc.context(resp.Header), doc.Questions), nil
		}
		if errors.Is(callErr, errMoved) && calls < maxCalls {
			continue
		}
		w.lost = w.lost || resp.Effect != retry.NoEffect
		return nil, callErr
	}
	if err != nil {
		return nil, err
	}
	r := w.finish(w.done.SurveyContext, nil)
	r.Verified = true
	return r, nil
}

// request is the write as the form stands now.
func (w *write) request(target rest.Target) *rest.Request {
	r := &rest.Request{
		Op: w.op, Method: w.method, URL: target.Join("/state"), Class: retry.Verified, Empty: w.empty,
		Verify: w.verify, Body: w.body(&w.form),
	}
	q := query{Conv: w.form.ref.Conversation, Skill: w.form.ref.Skill, V: w.c.version}
	if w.method == http.MethodPut {
		q.SeqRoot, _ = w.form.pending()
	}
	r.Query = q
	w.tried, w.revision = true, w.form.context.Revision
	if w.operation.revision(w.c.version) {
		r.Header = http.Header{revisionHeader: {strconv.FormatInt(w.revision, 10)}}
	}
	r.Conflict = func(ctx context.Context) (*rest.Request, error) {
		w.c.log.Info("survey state moved on", "op", w.op)
		if err := w.refresh(ctx); err != nil {
			w.stop = err
			return nil, err
		}
		if w.done != nil {
			return nil, errMoved
		}
		return w.request(target), nil
	}
	return r
}

// verify finds out whether a try whose answer was lost took effect.
func (w *write) verify(ctx context.Context) (retry.Effect, error) {
	w.lost = true
	sent := w.revision
	if err := w.refresh(ctx); err != nil {
		if !retry.Temporary(err) && ctx.Err() == nil {
			w.stop = err
		}
		return retry.EffectUnknown, err
	}
	switch {
	case w.done != nil:
		return retry.TookEffect, nil
	case w.form.context.Revision == sent:
		return retry.NoEffect, nil
	}
	return retry.EffectUnknown, errMoved // the form has another body now
}

// refresh reads the state again and decides what it means for the write.
func (w *write) refresh(ctx context.Context) error {
	fresh, err := w.c.State(ctx, w.form.ref)
	if err != nil {
		return err
	}
	done, err := w.judge(ctx, fresh)
	var closed *ClosedError
	if w.lost = errors.As(err, &closed) && closed.Unconfirmed; err != nil {
		return err
	}
	if done {
		w.done = fresh
		return nil
	}
	return w.ready(ctx)
}

// judge decides what a fresh state means: the write is made, it cannot be
// made, or the form has been brought up to it.
func (w *write) judge(ctx context.Context, fresh *Survey) (bool, error) {
	if fresh.Status != Submitted && fresh.Status != Dismissed {
		return w.settle(ctx, w, fresh)
	}
	if w.again && w.opened == Submitted && fresh.Status == Submitted && fresh.Revision == w.revision {
		return false, nil // as it was when the user decided to submit again
	}
	made, unsure := w.made(fresh)
	if made {
		return true, nil
	}
	return false, &ClosedError{Op: w.op, Status: fresh.Status, At: fresh.LastAction, Unconfirmed: unsure, Fresh: fresh}
}

// made tells whether a closed state is this write's work; unsure says that it
// may be.
func (w *write) made(fresh *Survey) (made, unsure bool) {
	switch {
	case !w.tried && !w.lost:
		return false, false
	case w.status == "":
		return w.lost && w.form.heldBy(fresh), false // saved, and closed after that
	case w.status != fresh.Status:
		return false, false
	case w.status == Dismissed:
		return true, false
	}
	given := w.form.given()
	if !w.form.g.sameAnswers(given, fresh.states()) {
		return false, false
	}
	if w.c.version == V1 || !w.form.g.sameAnswers(given, w.form.base) {
		return true, false
	}
	// The agent's own state shows what had been saved before.
	return false, w.lost
}

// merge brings the form up to a fresh state, with all the questions that the
// merged answers lead to.
func (w *write) merge(ctx context.Context, fresh *Survey) error {
	m, err := w.form.merged(w.op, fresh, w.c.merge)
	if err != nil {
		return err
	}
	if err := w.c.load(ctx, &m.formData); err != nil {
		return err
	}
	if err := m.dropHidden(w.op, fresh, w.c.merge); err != nil {
		return err
	}
	if !m.g.sameAnswers(m.theirs, m.was.base) {
		w.merges++
		w.c.log.Info("merged a colleague's answers", "op", w.op)
	}
	w.form = m.formData
	return nil
}

// load loads every sequence that the answers lead to.
func (c *Client) load(ctx context.Context, d *formData) error {
	for range maxSequences {
		if len(d.walk.pending) == 0 {
			return nil
		}
		more, err := c.sequence(ctx, d)
		if err != nil {
			return err
		}
		d.g = d.g.with(more.questions)
		d.g.complete = d.g.complete || more.complete
		d.walk = d.g.walkAll(d.answers)
	}
	return errEndless
}

// ready checks what must hold before the write is sent.
func (w *write) ready(ctx context.Context) error {
	if now := w.form.context; now.Status == Dismissed || now.Status == Submitted && !w.again {
		return &ClosedError{Op: w.op, Status: now.Status, At: now.LastAction}
	}
	if w.form.walk.err != nil {
		return w.form.walk.err
	}
	return w.check(ctx, w)
}

// finish brings the form to where the write left the survey.
func (w *write) finish(now SurveyContext, questions []Question) *Result {
	if now.Status == "" {
		now.Status = w.status
		if now.Status == "" {
			now.Status = w.form.context.Status
		}
	}
	if now.Revision == 0 {
		now.Revision = w.form.context.Revision
	}
	w.form.context, w.form.doubt, w.form.hasStates, w.form.further = now, false, true, false
	if w.status != Dismissed {
		w.form.base = w.form.given()
	}
	if len(questions) > 0 {
		known := len(w.form.g.nodes)
		w.form.add(sequenceAnswer{questions: questions})
		w.form.further = len(w.form.g.nodes) > known
	}
	return &Result{SurveyContext: now, Questions: questions, Attempts: w.attempts, Merges: w.merges}
}
