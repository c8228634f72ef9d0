package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// good is a chat of three lines in which all went well.
func good() (*record, *entry) {
	r := &record{Chat: "H1", Said: 3, End: endedByVisitor, Submits: 1}
	e := &entry{outcomes: map[int]outcome{}, ids: map[int]int64{}, unsure: map[int]int{}, last: clean, survey: surveySubmitted}
	for n := 1; n <= 3; n++ {
		r.Replies = append(r.Replies, arrival{N: n, Chat: "H1", ID: int64(10 + n)})
		e.lines = append(e.lines, n)
		e.outcomes[n], e.ids[n] = sent, int64(10+n)
	}
	return r, e
}

func TestJudge(t *testing.T) {
	t.Parallel()
	type change func(r *record, e *entry)
	for _, c := range []struct {
		name   string
		change change
		want   []string // kinds
		line   int      // of the first
	}{
		{name: "all well", change: func(*record, *entry) {}},
		{"a reply is lost", func(r *record, _ *entry) { r.Replies = append(r.Replies[:1], r.Replies[2]) }, []string{lost}, 2},
		{"the last reply is lost", func(r *record, _ *entry) { r.Replies = r.Replies[:2] }, []string{lost}, 3},
		{"a reply is doubled", func(r *record, _ *entry) { r.Replies = append(r.Replies, arrival{N: 2, Chat: "H1", ID: 20}) }, []string{disordered, doubled}[1:], 2},
		{"replies are out of order", func(r *record, _ *entry) { r.Replies[0], r.Replies[1] = r.Replies[1], r.Replies[0] }, []string{disordered}, 1},
		{"a reply to a line that was not said", func(r *record, _ *entry) { r.Replies = append(r.Replies, arrival{N: 4, Chat: "H1", ID: 20}) }, []string{strayed}, 4},
		{"a reply of another chat", func(r *record, _ *entry) { r.Replies = append(r.Replies, arrival{N: 2, Chat: "H2", ID: 20}) }, []string{strayed}, 2},
		{"Send names another event", func(_ *record, e *entry) { e.ids[2] = 99 }, []string{strayed}, 2},
		{"a reply that was not sent arrives", func(_ *record, e *entry) { e.outcomes[3] = unsent }, []string{doubled}, 3},
		{"a line is not handled", func(r *record, e *entry) {
			e.lines = []int{1, 3}
			r.Replies = append(r.Replies[:1], r.Replies[2])
			delete(e.outcomes, 2)
		}, []string{lost, lost}, 2},
		{"the last line is not handled", func(r *record, e *entry) {
			e.lines = e.lines[:2]
			r.Replies = r.Replies[:2]
			delete(e.outcomes, 3)
		}, []string{lost}, 3},
		{"the last line is not handled by him who had the conversation", func(r *record, e *entry) {
			e.lines = e.lines[:2]
			r.Replies, r.Talk, r.Agent = r.Replies[:2], true, "bot1"
			delete(e.outcomes, 3)
		}, []string{lost}, 3},
		{"a line is handled twice", func(_ *record, e *entry) { e.lines = []int{1, 2, 2, 3} }, []string{doubled}, 2},
		{"lines are handled out of order", func(_ *record, e *entry) { e.lines = []int{2, 1, 3} }, []string{disordered}, 1},
		{"a line that was not said is handled", func(_ *record, e *entry) { e.lines = append(e.lines, 4) }, []string{strayed}, 4},
		{"a visitor waits in vain", func(r *record, e *entry) {
			r.Replies, r.GaveUp, e.outcomes[3] = r.Replies[:2], 3, handled
		}, []string{lost}, 3},
		{"a survey is not submitted", func(r *record, _ *entry) { r.Submits = 0 }, []string{lost}, 0},
		{"a survey is not closed", func(r *record, e *entry) { r.Submits, e.survey = 0, surveyClosed }, []string{lost}, 0},
		{"a survey is submitted twice", func(r *record, _ *entry) { r.Submits = 2 }, []string{doubled}, 0},

		{name: "unconfirmed and not there", change: func(r *record, e *entry) {
			r.Replies, e.outcomes[2], e.unsure[2] = append(r.Replies[:1], r.Replies[2]), unconfirmed, 1
		}},
		{name: "given up by its handler", change: func(r *record, e *entry) {
			r.Replies, e.outcomes[2] = append(r.Replies[:1], r.Replies[2]), given
		}},
		{"given up by its handler, and there", func(_ *record, e *entry) { e.outcomes[2] = given }, []string{doubled}, 2},
		{name: "left over, and answered by a person", change: func(r *record, _ *entry) {
			r.Replies[0], r.Replies[1] = r.Replies[1], r.Replies[0]
			r.Replies[1].Person = true
		}},
		{name: "unconfirmed and there", change: func(_ *record, e *entry) { e.outcomes[2], e.unsure[2] = unconfirmed, 1 }},
		{name: "unconfirmed and late", change: func(r *record, e *entry) {
			r.Replies[0], r.Replies[1] = r.Replies[1], r.Replies[0]
			e.outcomes[1], e.unsure[1] = unconfirmed, 1
		}},
		{name: "unconfirmed, not sent by the next agent, and there", change: func(_ *record, e *entry) { e.outcomes[2], e.unsure[2] = unsent, 1 }},
		{name: "unconfirmed, sent by the next agent, and there", change: func(r *record, e *entry) {
			r.Replies = append(r.Replies, arrival{N: 2, Chat: "H1", ID: 20})
			e.ids[2], e.unsure[2] = 20, 1
		}},
		{"unconfirmed and there twice", func(r *record, e *entry) {
			r.Replies = append(r.Replies, arrival{N: 2, Chat: "H1", ID: 20})
			e.outcomes[2], e.unsure[2] = unconfirmed, 1
		}, []string{doubled}, 2},
		{"unconfirmed, sent by the next agent, and there three times", func(r *record, e *entry) {
			r.Replies = append(r.Replies, arrival{N: 2, Chat: "H1", ID: 20}, arrival{N: 2, Chat: "H1", ID: 21})
			e.unsure[2] = 1
		}, []string{doubled}, 2},
		{name: "a visitor waits for what is unconfirmed", change: func(r *record, e *entry) {
			r.Replies, r.GaveUp, e.outcomes[3], e.unsure[3] = r.Replies[:2], 3, unconfirmed, 1
		}},
		{name: "a colleague replied", change: func(r *record, e *entry) {
			r.Replies[1].Person, e.lines = true, []int{1, 3}
			delete(e.outcomes, 2)
		}},
		{name: "a colleague replied to what was not sent", change: func(r *record, e *entry) {
			r.Replies[1].Person, e.outcomes[2] = true, unsent
		}},
		{"an agent replies to what a colleague replied to", func(r *record, e *entry) {
			r.Replies[1].Person = true
			r.Replies = append(r.Replies, arrival{N: 2, Chat: "H1", ID: 20})
			e.ids[2] = 20
		}, []string{doubled}, 2},
		{name: "a line that was in hand in a crash is not answered", change: func(r *record, e *entry) {
			r.Replies, e.outcomes[2] = append(r.Replies[:1], r.Replies[2]), dropped
		}},
		{name: "a line that was in hand in a crash was answered", change: func(_ *record, e *entry) { e.outcomes[2] = dropped }},
		{name: "the chat ends before the last reply", change: func(r *record, e *entry) { r.Replies, e.outcomes[3] = r.Replies[:2], unsent }},
		{name: "the agent loses the chat before its last line", change: func(r *record, e *entry) {
			r.Replies, r.End, e.lines, e.last = r.Replies[:2], endedByPlatform, e.lines[:2], lostChat
			delete(e.outcomes, 3)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, e := good()
			c.change(r, e)
			var kinds []string
			found := judge(r, e)
			for _, f := range found {
				kinds = append(kinds, f.kind)
				assert.Contains(t, f.String(), "chat H1")
			}
			assert.Equal(t, c.want, kinds)
			if len(found) > 0 {
				assert.Equal(t, c.line, found[0].line)
			}
		})
	}
}
