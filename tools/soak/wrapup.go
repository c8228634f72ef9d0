package main

import (
	"context"
	"errors"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
)

// surveyOutcome is what the client said of a survey in the end.
type surveyOutcome string

const (
	surveySubmitted surveyOutcome = "submitted"
	surveyClosed    surveyOutcome = "closed" // by a colleague
	surveyFailed    surveyOutcome = "failed" // after several tries
)

// fillSurvey fills in and submits the agent survey of a chat that has ended.
func fillSurvey(ctx context.Context, surveys *agentsurvey.Client, chat string) (o surveyOutcome, merges int) {
	for range 5 {
		result, err := submit(ctx, surveys, chat)
		switch {
		case err == nil:
			return surveySubmitted, result.Merges
		case errors.Is(err, agentsurvey.ErrSubmitted):
			return surveyClosed, 0
		}
		if pause(ctx, 2*time.Second) != nil {
			break
		}
	}
	return surveyFailed, 0
}

func submit(ctx context.Context, surveys *agentsurvey.Client, chat string) (*agentsurvey.Result, error) {
	survey, err := surveys.State(ctx, agentsurvey.Ref{Conversation: liveperson.ConversationID(chat), Skill: liveperson.NoSkill})
	if err != nil {
		return nil, err
	}
	if survey.Status == agentsurvey.Submitted {
		return nil, agentsurvey.ErrSubmitted
	}
	form := survey.Form()
	outcome := int64(21 + len(chat)%2)
	for _, a := range []struct {
		question int64
		answer   agentsurvey.Answer
	}{
		{askTopic, agentsurvey.Choice(11)},
		{askOutcome, agentsurvey.Choice(outcome)},
		{askReason, agentsurvey.Text("No time & \"no\" reason")},
		{askMinutes, agentsurvey.Number(3)},
		{askRemark, agentsurvey.Text("filled in by a bot")},
	} {
		if a.question == askReason && outcome == 21 {
			continue
		}
		if err := surveys.Continue(ctx, form); err != nil {
			return nil, err
		}
		if err := form.Answer(a.question, a.answer); err != nil {
			return nil, err
		}
	}
	return surveys.Submit(ctx, form)
}
