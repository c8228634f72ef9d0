package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/liveperson-community/liveperson-go/examples/internal/demo"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

const (
	conversation = "fb84c76d-0daa-46c7-b02d-eb6130c022c9"
	skill        = 3386914911
)

// ended is the event, as LivePerson Functions hand it on.
var ended = []byte(`{"headers":[],"payload":{"conversationId":"` + conversation + `","skillId":"3386914911",
	"state":"CLOSE","closeReason":"CONSUMER","effectiveTTR":-1,"startTs":1551702813390}}`)

// prepare adds a survey to the fake services and logs the bot in.
func prepare(ctx context.Context, fake *lptest.Server) (*login.Session, error) {
	fake.AddSurvey(lptest.Survey{Conversation: conversation, Skill: skill, Name: "wrap-up", Questions: []lptest.Question{
		{ID: 1, Text: "What was it about?", Next: 2, Required: true, Category: "dropdown", Definition: "conversation_topic", Replies: []lptest.Reply{
			{ID: 11, Text: "Order"}, {ID: 12, Text: "Invoice"},
		}},
		{ID: 2, Text: "Was it solved?", Required: true, Category: "radio_button", Definition: "conversation_outcome", Replies: []lptest.Reply{
			{ID: 21, Text: "Yes", Next: 6}, {ID: 22, Text: "No", Next: 3},
		}},
		{ID: 3, Text: "Why not?", Next: 4, Required: true, Category: "checkbox", Replies: []lptest.Reply{
			{ID: 31, Text: "Out of stock"}, {ID: 32, Text: "Needs a specialist"}, {ID: 33, Text: "No time"},
		}},
		{ID: 4, Text: "Follow up on?", Next: 5, Category: "date"},
		{
			ID: 5, Text: "Open a case?", Next: 6, Definition: "engagement_attributes",
			Engagement: &lptest.Engagement{Type: "service_activity", Attributes: []string{"topic", "status", "category"}},
		},
		{ID: 6, Text: "How many minutes?", Next: 7, Category: "number"},
		{ID: 7, Text: "How was the mood?", Next: 8, Category: "radio_button", Replies: []lptest.Reply{
			{ID: 71, Text: "Good"}, {ID: 72, Text: "Bad"},
		}},
		{ID: 8, Text: "Any remark?", MaxCharacters: 100},
	}})
	return demo.Fake(ctx, fake, "surveybot")
}

// colleague answers a question that the bot has no rule for and, for a clash,
// one that it has.
func colleague(fake *lptest.Server, clash bool) {
	answers := []lptest.Answer{{Question: 7, Replies: []int64{72}}}
	if clash {
		answers = append(answers, lptest.Answer{Question: 1, Replies: []int64{12}})
	}
	fake.AnswerAs(conversation, skill, answers...)
}

// check looks at what the services hold now.
func check(fake *lptest.Server, out io.Writer) error {
	state := fake.Survey(conversation, skill)
	answers := 0
	for _, a := range state.Answers {
		if a.Status == "answer" {
			answers++
		}
	}
	fmt.Fprintf(out, "service    survey is %s by %s with %d answers\n", state.Status, state.SubmittedBy, answers)
	if state.Submits != 1 || len(state.Answers[7].Replies) != 1 {
		return errors.New("the survey was not submitted once with everybody's answers")
	}
	return nil
}
