package agentsurvey

import "slices"

// walk is the questions that a set of answers opens.
type walk struct {
	order   []int32 // in the order of asking: each after those that lead to it
	color   []uint8 // by node
	pending []link  // what they lead to that is not loaded
	err     *GraphError

	stack []frame // of the search
	ways  []link  // that the frames have to follow
}

// frame is a question of which the search has to follow ways[from:next].
type frame struct {
	at         int32
	from, next int
}

// Colors of a depth-first search.
const (
	unseen uint8 = iota
	underway
	done
)

// walkAll walks g from its start.
func (g *graph) walkAll(answers map[int64]QuestionState) *walk {
	w := &walk{order: make([]int32, 0, len(g.nodes)), color: make([]uint8, len(g.nodes))}
	if g.start >= 0 {
		w.search(g, answers, g.start)
	}
	slices.Reverse(w.order)
	slices.Reverse(w.pending)
	return w
}

// search goes depth first from start, without recursion: a survey may come
// from a stranger. Each question is added to w.order behind all that it leads
// to. It reports whether it met a question that an earlier search had reached.
func (w *walk) search(g *graph, answers map[int64]QuestionState, start int32) (met bool) {
	known := len(w.order)
	enter := func(at int32) {
		w.color[at] = underway
		from := len(w.ways)
		n := &g.nodes[at]
		w.ways = n.appendWays(w.ways, answers[n.q.ID])
		w.stack = append(w.stack, frame{at, from, len(w.ways)})
	}
	for enter(start); len(w.stack) > 0; {
		f := &w.stack[len(w.stack)-1]
		if f.next == f.from {
			w.color[f.at] = done
			w.order = append(w.order, f.at)
			w.ways = w.ways[:f.from]
			w.stack = w.stack[:len(w.stack)-1]
			continue
		}
		f.next-- // reversed, like the order
		next, ok := w.step(g, f.at, w.ways[f.next])
		if !ok {
			continue
		}
		switch w.color[next] {
		case unseen:
			enter(next)
		case underway:
			w.fail(&GraphError{Question: g.nodes[f.at].q.ID, Next: g.nodes[next].q.ID, Loop: true})
		default:
			met = met || known > 0
		}
	}
	return met
}

// step finds the question that l leads to from at.
func (w *walk) step(g *graph, at int32, l link) (int32, bool) {
	p := g.locate(l)
	if p.node >= 0 {
		return p.node, true
	}
	n := &g.nodes[at]
	switch {
	case l.kind == toEnd:
	case g.complete && l.kind == toOrder: // the last one in order
	case g.complete:
		w.fail(&GraphError{Question: n.q.ID, Next: l.to})
	case l.kind == toID && !n.branches && n.listed >= 0:
		// The service listed another question behind it: they are one
		// sequence, whatever next says. The pages' samples are like that.
		return n.listed, true
	default:
		w.pending = append(w.pending, l)
	}
	return 0, false
}

func (w *walk) fail(err *GraphError) {
	if w.err == nil {
		w.err = err
	}
}

// extend goes on from the last question of the walk, which has just been
// answered. It is false if that cannot be done without walking anew.
func (w *walk) extend(g *graph, answers map[int64]QuestionState, at int32) bool {
	if w.err != nil || len(w.pending) > 0 || len(w.order) == 0 || w.order[len(w.order)-1] != at {
		return false
	}
	last := len(w.order) - 1
	w.order = w.order[:last]
	met := w.search(g, answers, at)
	slices.Reverse(w.order[last:])
	slices.Reverse(w.pending)
	return !met && w.err == nil
}

func (w *walk) visible(at int32) bool { return w.color[at] == done }

func (w *walk) clone() *walk {
	c := *w
	c.order, c.color, c.pending = slices.Clone(w.order), slices.Clone(w.color), slices.Clone(w.pending)
	c.stack, c.ways = nil, nil
	return &c
}
