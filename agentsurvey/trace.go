package agentsurvey

import "net/http"

// trace is what a state shows of a write that may have been made.
type trace int

const (
	none    trace = iota // it was not made
	shown                // it was made
	unclear              // made and changed by the service, or someone else's
)

// sends are the answers that the write leaves behind if it is made.
func (w *write) sends() answers {
	if w.method == http.MethodDelete {
		return w.form.base
	}
	return w.form.given()
}

// trace judges a fresh state. Without a lost answer nothing is unclear.
func (w *write) trace(fresh *Survey) trace {
	lost := w.form.sent != nil
	if !w.tried && !lost {
		return none
	}
	sent, held := w.form.sent, w.form.heldIn(fresh)
	if !lost {
		sent = w.sends()
	}
	t := none
	switch {
	case w.method == http.MethodPost:
		t = w.submitted(fresh, sent, held)
	case w.method == http.MethodPut && (lost || !w.closed(fresh)):
		t = w.form.changes(sent, held)
	case w.method == http.MethodDelete && fresh.Status == Dismissed:
		t = shown
	}
	if t == unclear && !lost {
		t = none
	}
	return t
}

// submitted is the trace of a submission.
func (w *write) submitted(fresh *Survey, sent, held answers) trace {
	saved := w.form.g.sameAnswers(sent, w.form.base)
	switch {
	case fresh.Status != Submitted || !w.closed(fresh):
		return none
	case w.form.g.sameAnswers(sent, held):
		if saved && w.c.version == V2 {
			return unclear // each agent's own state shows what they had saved before
		}
		return shown
	case !saved && w.form.changes(sent, held) == none:
		return none
	}
	return unclear
}

// changes tells what is held of the changes that were sent.
func (d *formData) changes(sent, held answers) trace {
	changed, there, gone := 0, 0, 0
	for i := range d.g.nodes {
		q := &d.g.nodes[i].q
		s, base, now := sent.of(q.ID), d.base.of(q.ID), held.of(q.ID)
		switch {
		case q.same(s, base):
			continue
		case q.same(now, s):
			there++
		case q.same(now, base):
			gone++
		}
		changed++
	}
	switch changed {
	case there:
		return shown
	case gone:
		return none
	}
	return unclear
}
