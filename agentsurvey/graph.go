package agentsurvey

import (
	"slices"
	"strconv"
)

// graph is the questions of a form and how they lead to each other. It does
// not change once it is made, so forms share it.
type graph struct {
	nodes      []node
	byID       map[int64]int32
	byOrder    map[int64]int32 // orderId → the first question with it
	root       int64
	start      int32 // -1: no questions
	complete   bool  // the whole survey: what is not here does not exist
	dateLayout string
}

// node is a question in a graph.
type node struct {
	q        Question // without its state; of one listed twice, both together
	listed   int32    // the next in the same answer of the service, -1 for none
	way      link     // without a choice that matters
	ways     []link   // by reply, if it branches
	branches bool
	replies  map[int64]int32 // of a long list
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

// maxSearched is how many replies are searched one by one.
const maxSearched = 32

// newGraph makes the graph of the questions in lists, each one answer of the
// service. A question that is in several lists has its newest form; one that
// is twice in the same list has the replies of both.
func newGraph(root int64, complete bool, dateLayout string) *graph {
	return &graph{root: root, complete: complete, dateLayout: dateLayout, start: -1, byID: map[int64]int32{}}
}

// rooted returns g with another root, and the questions of one more answer.
func (g *graph) rooted(root int64, questions []Question) *graph {
	c := *g
	if root != 0 {
		c.root = root
	}
	return c.with(questions)
}

// with returns g with the questions of one more answer.
func (g *graph) with(questions []Question) *graph {
	c := &graph{
		nodes: make([]node, len(g.nodes), len(g.nodes)+len(questions)), root: g.root, complete: g.complete, dateLayout: g.dateLayout,
		byID: make(map[int64]int32, len(g.nodes)+len(questions)),
	}
	copy(c.nodes, g.nodes)
	for i := range c.nodes {
		c.byID[c.nodes[i].q.ID] = int32(i)
	}
	fresh := make(map[int32]bool, len(questions))
	before := int32(-1)
	for i := range questions {
		q := questions[i]
		q.State = nil
		at, known := c.byID[q.ID]
		switch {
		case !known:
			at = int32(len(c.nodes)) //nolint:gosec // as above
			c.nodes = append(c.nodes, node{q: q})
			c.byID[q.ID] = at
		case fresh[at]:
			c.nodes[at].q = folded(c.nodes[at].q, q)
			continue
		default:
			c.nodes[at] = node{q: q}
		}
		fresh[at] = true
		c.nodes[at].listed = -1
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

// link works out where each question leads, and where the survey starts.
func (g *graph) link() {
	g.byOrder = make(map[int64]int32, len(g.nodes))
	g.start = -1
	for i := range g.nodes {
		n := &g.nodes[i]
		if _, taken := g.byOrder[n.q.Order]; !taken {
			g.byOrder[n.q.Order] = int32(i)
		}
		if g.start < 0 || n.q.Order < g.nodes[g.start].q.Order {
			g.start = int32(i)
		}
	}
	if at, ok := g.byID[g.root]; ok {
		g.start = at
	}
	all := 0
	for i := range g.nodes {
		all += len(g.nodes[i].q.Replies)
	}
	ways := make([]link, 0, all) // one for all
	for i := range g.nodes {
		ways = g.nodes[i].link(g, ways)
	}
}

// link works out where n leads. Without a direction of its own a reply leads
// where the question does. The links of its replies are added to ways.
func (n *node) link(g *graph, ways []link) []link {
	q := &n.q
	direct := linkOf(q.Next, q.NextInOrder, q.Order, link{})
	n.way, n.ways, n.replies, n.branches = direct, nil, nil, false
	if len(q.Replies) == 0 {
		return ways
	}
	if len(q.Replies) > maxSearched {
		n.replies = make(map[int64]int32, len(q.Replies))
		for i, r := range q.Replies {
			n.replies[r.ID] = int32(i)
		}
	}
	first := linkOf(q.Replies[0].Next, q.Replies[0].NextInOrder, q.Order, direct)
	n.branches = q.ContainsLogic
	for _, r := range q.Replies[1:] {
		if n.branches {
			break
		}
		if l := linkOf(r.Next, r.NextInOrder, q.Order, direct); l != first && g.locate(l) != g.locate(first) {
			n.branches = true
		}
	}
	if !n.branches {
		n.way = first
		return ways
	}
	from := len(ways)
	for _, r := range q.Replies {
		ways = append(ways, linkOf(r.Next, r.NextInOrder, q.Order, direct))
	}
	n.ways = ways[from:len(ways):len(ways)]
	return ways
}

func linkOf(next int64, inOrder bool, order int64, otherwise link) link {
	switch {
	case next != 0:
		return link{toID, next}
	case inOrder:
		return link{toOrder, order + 1}
	}
	return otherwise
}

// place is where a link leads in a graph: a question, or a link that leads to
// none that is loaded.
type place struct {
	node   int32
	absent link
}

func (g *graph) locate(l link) place {
	at, ok := int32(-1), false
	switch l.kind {
	case toID:
		at, ok = g.byID[l.to]
	case toOrder:
		at, ok = g.byOrder[l.to]
	}
	if !ok {
		return place{-1, l}
	}
	return place{node: at}
}

// reply is the index of a reply, -1 if there is none.
func (n *node) reply(id int64) int32 {
	if n.replies != nil {
		if i, ok := n.replies[id]; ok {
			return i
		}
		return -1
	}
	for i, r := range n.q.Replies {
		if r.ID == id {
			return int32(i)
		}
	}
	return -1
}

// appendWays adds the links that an answer to n opens. An unanswered question
// that branches opens none.
func (n *node) appendWays(to []link, s QuestionState) []link {
	if !n.branches {
		return append(to, n.way)
	}
	if !s.IsAnswered() {
		return to
	}
	for _, id := range s.ReplyIDs {
		if i := n.reply(id); i >= 0 {
			to = append(to, n.ways[i])
		}
	}
	return to
}

func (g *graph) node(id int64) *node {
	if at, ok := g.byID[id]; ok {
		return &g.nodes[at]
	}
	return nil
}

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
