package agentsurvey

import (
	"context"
	"errors"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// maxSequences bounds how many sequences one call loads.
const maxSequences = 1000

// Continue loads the questions that the form's answers lead to, if they are
// not there yet (Get Agent Survey page: the next sequence, by seqRoot). It
// does nothing for a form that has them. A question that the service does not
// know is a [*GraphError].
func (c *Client) Continue(ctx context.Context, form *Form) error {
	if err := form.usable("agentsurvey.Continue"); err != nil {
		return err
	}
	release, err := form.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	return c.extend(ctx, form)
}

// extend is Continue for whoever holds the form.
func (c *Client) extend(ctx context.Context, form *Form) error {
	for range maxSequences {
		form.lock()
		d := form.clone()
		form.mu.Unlock()
		if len(d.walk.pending) == 0 {
			return nil
		}
		questions, err := c.sequence(ctx, &d)
		if err != nil {
			return err
		}
		form.lock()
		form.add(questions)
		form.mu.Unlock()
	}
	return errEndless
}

var errEndless = errors.New("agentsurvey: the survey goes on and on: 1000 sequences were loaded")

// sequenceAnswer is what the service answered for a sequence.
type sequenceAnswer struct {
	questions []Question
	complete  bool
}

// sequence loads the first sequence that is not there.
func (c *Client) sequence(ctx context.Context, d *formData) (sequenceAnswer, error) {
	root, _ := d.pending()
	part := From(root)
	if root == 0 {
		part = Full() // only its place in the order is known
	}
	s, err := c.Get(ctx, d.ref, part)
	if root == 0 {
		if err != nil {
			return sequenceAnswer{}, err
		}
		return sequenceAnswer{s.Questions, !s.Partial}, nil
	}
	var refused *liveperson.Error
	if errors.As(err, &refused) && refused.Status == 400 {
		return sequenceAnswer{}, &GraphError{Question: d.leadsTo(root), Next: root, Err: err}
	}
	if err != nil {
		return sequenceAnswer{}, err
	}
	for i := range s.Questions {
		if s.Questions[i].ID == root {
			return sequenceAnswer{s.Questions, false}, nil
		}
	}
	return sequenceAnswer{}, &GraphError{Question: d.leadsTo(root), Next: root}
}

// leadsTo finds a visible question that leads to another.
func (d *formData) leadsTo(next int64) int64 {
	var ways []link
	for _, at := range d.walk.order {
		n := &d.g.nodes[at]
		ways = n.appendWays(ways[:0], d.answers[n.q.ID])
		for _, l := range ways {
			if l == (link{toID, next}) {
				return n.q.ID
			}
		}
	}
	return 0
}

// add takes more questions in.
func (d *formData) add(a sequenceAnswer) {
	d.g = d.g.with(a.questions)
	d.g.complete = d.g.complete || a.complete
	d.rewalk()
}
