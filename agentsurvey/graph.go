package agentsurvey

import (
	"slices"
	"strconv"
)

// graph is the questions of a form and how they lead to each other. It does
// not change once it is made, so forms share it.
type graph struct {
	nodes      []node
	byID       map[int64]int
	byOrder    map[int64]int // orderId → the first question with it
	root       int64
	start      int  // -1: no questions
	complete   bool // the whole survey: what is not here does not exist
	dateLayout string
}

// node is a question in a graph.
type node struct {
	q        Question // without its state; of one listed twice, both together
	listed   int      // the next in the same answer of the service, -1 for none
	branches bool     // its answer decides how the survey goes on
}

// link is where a question or reply leads.
type link struct {
	kind linkKind
	to   int64 // question id or orderId
}

type linkKind uint8

const (
	toEnd linkKind = iota
	toID
	toOrder
)

func newGraph(root int64, complete bool, dateLayout string) *graph {
	return &graph{root: root, complete: complete, dateLayout: dateLayout, start: -1}
}

// rooted returns g with another root, 0 for the same.
func (g *graph) rooted(root int64) *graph {
	c := *g
	if root != 0 {
		c.root = root
	}
	return &c
}

// with returns g with the questions of one more answer of the service. A
// question that g has already is replaced; one that is twice in the same answer
// has the replies of both.
func (g *graph) with(questions []Question) *graph {
	c := &graph{
		nodes: slices.Clone(g.nodes), byID: make(map[int64]int, len(g.nodes)+len(questions)), byOrder: map[int64]int{},
		root: g.root, complete: g.complete, dateLayout: g.dateLayout,
	}
	for i := range c.nodes {
		c.byID[c.nodes[i].q.ID] = i
	}
	fresh := make(map[int]bool, len(questions))
	before := -1
	for _, q := range questions {
		q.State = nil
		at, known := c.byID[q.ID]
		switch {
		case !known:
			at = len(c.nodes)
			c.nodes = append(c.nodes, node{q: q})
			c.byID[q.ID] = at
		case fresh[at]:
			c.nodes[at].q = folded(c.nodes[at].q, q)
			continue
		default:
			c.nodes[at].q = q
		}
		fresh[at], c.nodes[at].listed = true, -1
		if before >= 0 {
			c.nodes[before].listed = at
		}
		before = at
	}
	c.link()
	return c
}

// folded puts together a question that is listed twice, as one page's sample
// has it: on the wire both have one state.
func folded(a, b Question) Question {
	have := make(map[int64]bool, len(a.Replies))
	for _, r := range a.Replies {
		have[r.ID] = true
	}
	a.Replies = slices.Clone(a.Replies)
	for _, r := range b.Replies {
		if !have[r.ID] {
			a.Replies = append(a.Replies, r)
		}
	}
	a.Required = a.Required || b.Required
	a.ContainsLogic = a.ContainsLogic || b.ContainsLogic
	return a
}

// link works out where the survey starts, and which questions branch.
func (g *graph) link() {
	g.start = -1
	for i := range g.nodes {
		order := g.nodes[i].q.Order
		if _, taken := g.byOrder[order]; !taken {
			g.byOrder[order] = i
		}
		if g.start < 0 || order < g.nodes[g.start].q.Order {
			g.start = i
		}
	}
	if at, ok := g.byID[g.root]; ok {
		g.start = at
	}
	for i := range g.nodes {
		g.nodes[i].branches = g.nodes[i].q.ContainsLogic && len(g.nodes[i].q.Replies) > 0 || g.parts(&g.nodes[i].q)
	}
}

// parts tells whether two replies of q lead to different questions.
func (g *graph) parts(q *Question) bool {
	for i := 1; i < len(q.Replies); i++ {
		first, other := q.leads(q.Replies[0]), q.leads(q.Replies[i])
		at, known := g.locate(first)
		if to, ok := g.locate(other); first != other && !(known && ok && at == to) {
			return true
		}
	}
	return false
}

// leads is where a reply of q leads. Without a direction of its own that is
// where the question does.
func (q *Question) leads(r Reply) link {
	switch {
	case r.Next != 0:
		return link{toID, r.Next}
	case r.NextInOrder, q.Next == 0 && q.NextInOrder:
		return link{toOrder, q.Order + 1}
	case q.Next != 0:
		return link{toID, q.Next}
	}
	return link{}
}

// locate finds the question that l leads to, if it is loaded.
func (g *graph) locate(l link) (at int, ok bool) {
	switch l.kind {
	case toID:
		at, ok = g.byID[l.to]
	case toOrder:
		at, ok = g.byOrder[l.to]
	}
	return at, ok
}

// opens adds the links that an answer to n opens. An unanswered question that
// branches opens none.
func (n *node) opens(links []link, s QuestionState) []link {
	switch {
	case !n.branches && len(n.q.Replies) == 0:
		return append(links, n.q.leads(Reply{}))
	case !n.branches:
		return append(links, n.q.leads(n.q.Replies[0]))
	case !s.IsAnswered():
		return links
	}
	for _, id := range s.ReplyIDs {
		if i := n.q.reply(id); i >= 0 {
			links = append(links, n.q.leads(n.q.Replies[i]))
		}
	}
	return links
}

// reply is the index of a reply, -1 if there is none.
func (q *Question) reply(id int64) int {
	return slices.IndexFunc(q.Replies, func(r Reply) bool { return r.ID == id })
}

func (g *graph) node(id int64) *node {
	if at, ok := g.byID[id]; ok {
		return &g.nodes[at]
	}
	return nil
}

// walk is the questions that a set of answers opens.
type walk struct {
	order   []int   // in the order of asking: each after those that lead to it
	color   []color // by node
	pending []link  // what they lead to that is not loaded
	err     *GraphError
}

// color is how far a depth-first search is with a question.
type color uint8

const (
	unseen color = iota
	underway
	done
)

// walk walks g from its start.
func (g *graph) walk(given answers) *walk {
	w := &walk{order: make([]int, 0, len(g.nodes)), color: make([]color, len(g.nodes))}
	if g.start >= 0 {
		w.visit(g, given, g.start)
	}
	slices.Reverse(w.order)
	slices.Reverse(w.pending)
	return w
}

// visit adds a question to w.order behind all that it leads to; so the order
// is backwards, and the links are followed backwards.
func (w *walk) visit(g *graph, given answers, at int) {
	w.color[at] = underway
	n := &g.nodes[at]
	var few [4]link // on the stack
	for _, l := range slices.Backward(n.opens(few[:0], given[n.q.ID])) {
		next, ok := w.follow(g, n, l)
		switch {
		case !ok:
		case w.color[next] == unseen:
			w.visit(g, given, next)
		case w.color[next] == underway:
			w.fail(&GraphError{Question: n.q.ID, Next: g.nodes[next].q.ID, Loop: true})
		}
	}
	w.color[at] = done
	w.order = append(w.order, at)
}

// follow finds the question that l leads to from n.
func (w *walk) follow(g *graph, n *node, l link) (at int, ok bool) {
	if at, ok := g.locate(l); ok {
		return at, true
	}
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

func (w *walk) visible(at int) bool { return w.color[at] == done }

// GraphError is a survey whose questions lead in a circle, or to a question
// that does not exist.
type GraphError struct {
	// Question is the id of the question that leads there, 0 if that is not
	// known.
	Question int64
	// Next is the id that it leads to.
	Next int64
	// Loop is true for a circle, false for a question that does not exist.
	Loop bool
	// Err is what the service said when it was asked for the question.
	Err error
}

// Error names the questions.
func (e *GraphError) Error() string {
	from, to := strconv.FormatInt(e.Question, 10), strconv.FormatInt(e.Next, 10)
	what := "which does not exist"
	if e.Loop {
		what = "in a circle"
	}
	s := "agent survey: question " + from + " leads to question " + to + ", " + what
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns what the service said.
func (e *GraphError) Unwrap() error { return e.Err }
