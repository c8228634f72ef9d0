package lptest

// How a survey is walked. A sequence runs from a root to the first question
// whose answer decides how it goes on.

// branches reports whether at least two of a question's replies lead to
// different questions: "containsLogic" on the wire.
func (v *survey) branches(q *Question) bool {
	for i := range q.Replies {
		if v.after(q, &q.Replies[i]) != v.after(q, &q.Replies[0]) {
			return true
		}
	}
	return false
}

// after is the question that follows q with the given reply, nil at the end.
// Without a direction of its own a reply goes where the question goes.
func (v *survey) after(q *Question, r *Reply) *Question {
	switch {
	case r != nil && r.Next != 0:
		return v.byID[r.Next]
	case r != nil && r.NextInOrder:
		return v.byOrder[q.Order+1]
	case q.Next != 0:
		return v.byID[q.Next]
	case q.NextInOrder:
		return v.byOrder[q.Order+1]
	}
	return nil
}

// follow is the question after one that does not branch.
func (v *survey) follow(q *Question) *Question {
	if len(q.Replies) > 0 {
		return v.after(q, &q.Replies[0])
	}
	return v.after(q, nil)
}

// sequence collects the questions from root to the first that branches.
func (v *survey) sequence(root int64) []*Question {
	var out []*Question
	seen := map[int64]bool{}
	for q := v.byID[root]; q != nil && !seen[q.ID]; q = v.follow(q) {
		seen[q.ID] = true
		out = append(out, q)
		if v.branches(q) {
			break
		}
	}
	return out
}

// visible collects the questions that the given answers open, each once: a
// checkbox opens the branches of all of its chosen replies.
func (v *survey) visible(answers map[int64]Answer) []*Question {
	var out []*Question
	seen := map[int64]bool{}
	pending := []*Question{v.byID[v.Root]}
	for len(pending) > 0 {
		q := pending[0]
		pending = pending[1:]
		if q == nil || seen[q.ID] {
			continue
		}
		seen[q.ID] = true
		out = append(out, q)
		if !v.branches(q) {
			pending = append(pending, v.follow(q))
			continue
		}
		answer := answers[q.ID]
		for i := range q.Replies {
			if answer.chose(q.Replies[i].ID) {
				pending = append(pending, v.after(q, &q.Replies[i]))
			}
		}
	}
	return out
}

func (a Answer) chose(reply int64) bool {
	for _, id := range a.Replies {
		if id == reply {
			return true
		}
	}
	return false
}

// given reports whether the question counts as answered.
func (a Answer) given() bool {
	return a.Status == "answer" && (len(a.Replies) > 0 || a.Text != "" || len(a.Engagement) > 0)
}
