package agentsurvey

import (
	"context"
	"errors"
	"net/http"
	"slices"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// maxSequences bounds how many sequences one call loads.
const maxSequences = 1000

// Continue loads the questions that the form's answers lead to, if they are not
// there yet: the next sequence, by seqRoot. It does nothing for a form that has
// them. A question that the service does not know is a [*GraphError].
//
// https://developers.liveperson.com/agent-survey-for-messaging-runtime-api-methods-get-agent-survey.html
func (c *Client) Continue(ctx context.Context, form *Form) error {
	release, err := form.acquire(ctx, "agentsurvey.Continue")
	if err != nil {
		return err
	}
	defer release()
	return c.extend(ctx, form)
}

// extend is Continue for whoever holds the form. What was loaded before an error
// stays.
func (c *Client) extend(ctx context.Context, form *Form) error {
	d := form.copied()
	loaded, err := c.load(ctx, &d)
	if len(loaded) == 0 {
		return err
	}
	form.mu.Lock()
	defer form.mu.Unlock()
	form.add(loaded...)
	return err
}

// load loads every sequence that d's answers lead to into d.
func (c *Client) load(ctx context.Context, d *formData) (loaded []sequence, err error) {
	for len(d.walk.pending) > 0 {
		if len(loaded) == maxSequences {
			return loaded, errEndless
		}
		s, err := c.sequence(ctx, d)
		if err != nil {
			return loaded, err
		}
		loaded = append(loaded, s)
		d.grow(s)
		d.walk = d.g.walk(d.answers)
	}
	return loaded, nil
}

var errEndless = errors.New("agentsurvey: the survey goes on and on: 1000 sequences were loaded")

// sequence is what the service answered for one.
type sequence struct {
	questions []Question
	complete  bool
}

// sequence loads the first sequence that is not there.
func (c *Client) sequence(ctx context.Context, d *formData) (sequence, error) {
	root, _ := d.pending()
	if root == 0 { // only its place in the order is known
		s, err := c.Get(ctx, d.ref, Full())
		if err != nil {
			return sequence{}, err
		}
		return sequence{s.Questions, !s.Partial}, nil
	}
	s, err := c.Get(ctx, d.ref, From(root))
	var refused *liveperson.Error
	switch {
	case errors.As(err, &refused) && refused.Status == http.StatusBadRequest:
		return sequence{}, &GraphError{Question: d.leadsTo(root), Next: root, Err: err}
	case err != nil:
		return sequence{}, err
	case !slices.ContainsFunc(s.Questions, func(q Question) bool { return q.ID == root }):
		return sequence{}, &GraphError{Question: d.leadsTo(root), Next: root}
	}
	return sequence{questions: s.Questions}, nil
}

// leadsTo finds a visible question that leads to another.
func (d *formData) leadsTo(next int64) int64 {
	for _, at := range d.walk.order {
		n := &d.g.nodes[at]
		if slices.Contains(n.opens(nil, d.answers[n.q.ID]), link{toID, next}) {
			return n.q.ID
		}
	}
	return 0
}

// add takes more questions in.
func (d *formData) add(more ...sequence) {
	for _, s := range more {
		d.grow(s)
	}
	d.rewalk()
}

func (d *formData) grow(s sequence) {
	d.g = d.g.with(s.questions)
	d.g.complete = d.g.complete || s.complete
}
