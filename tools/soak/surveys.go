package main

import (
	"github.com/liveperson-community/liveperson-go/lptest"
)

// colleagueName is who else works on surveys.
const colleagueName = "colleague@soak"

// unassigned is the skill of every survey.
const unassigned = -1

// The questions of every survey.
const (
	askTopic = iota + 1
	askOutcome
	askReason
	askMinutes
	askMood // only a colleague answers it
	askRemark
)

// surveyOf is the agent survey of a chat. It branches once.
func surveyOf(chat string) lptest.Survey {
	return lptest.Survey{Conversation: chat, Skill: unassigned, Name: "wrap-up", Timeout: keepFor, Questions: []lptest.Question{
		{ID: askTopic, Text: "What was it about?", Next: askOutcome, Required: true, Category: "dropdown", Replies: []lptest.Reply{
			{ID: 11, Text: "Order"}, {ID: 12, Text: "Invoice"},
		}},
		{ID: askOutcome, Text: "Was it solved?", Required: true, Category: "radio_button", Replies: []lptest.Reply{
			{ID: 21, Text: "Yes", Next: askMinutes}, {ID: 22, Text: "No", Next: askReason},
		}},
		{ID: askReason, Text: "Why not?", Next: askMinutes, Required: true},
		{ID: askMinutes, Text: "How many minutes?", Next: askMood, Category: "number"},
		{ID: askMood, Text: "How was the mood?", Next: askRemark, Category: "radio_button", Replies: []lptest.Reply{
			{ID: 51, Text: "Good"}, {ID: 52, Text: "Bad"},
		}},
		{ID: askRemark, Text: "Any remark?", MaxCharacters: 100},
	}}
}

// colleague answers in a survey as soon as an agent has read it, if the script
// of its visitor wants that: what the agent submits then is a conflict.
func (w *world) colleague() {
	for {
		select {
		case <-w.ctx.Done():
			return
		case id := <-w.seen:
			w.mu.Lock()
			f := w.settled[id]
			meddle := f != nil && f.meddle
			if meddle {
				f.meddle = false
			}
			w.mu.Unlock()
			if meddle {
				w.srv.AnswerAs(id, unassigned, lptest.Answer{Question: askMood, Replies: []int64{51}}, lptest.Answer{Question: askTopic, Replies: []int64{12}})
			}
		}
	}
}
