package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// fillSurvey answers the agent survey of a conversation that has ended, and submits it.
func fillSurvey(ctx context.Context, closed messagingagent.ConversationClosed) error {
	c := closed.Conversation
	surveys, err := agentsurvey.New(c.Agent().Login())
	if err != nil {
		return err
	}
	survey, err := surveys.State(ctx, agentsurvey.Ref{Conversation: c.ID(), Skill: closed.Skill})
	if errors.Is(err, agentsurvey.ErrNoSurvey) {
		return nil
	} else if err != nil {
		return err
	}
	form := survey.Form()
	for {
		// An answer may open further questions, and those may have to be loaded.
		if err := surveys.Continue(ctx, form); err != nil {
			return err
		}
		open := form.Missing()
		if len(open) == 0 {
			break
		}
		if err := form.Answer(open[0].ID, pick(open[0])); err != nil {
			return err
		}
	}
	result, err := surveys.Submit(ctx, form)
	if errors.Is(err, agentsurvey.ErrSubmitted) { // by a colleague
		return nil
	} else if err != nil {
		return err
	}
	slog.Debug("the survey is filled in", "conversation", c, "status", result.Status)
	return nil
}

// pick is all that this bot knows of surveys: the first reply, or a text.
func pick(q agentsurvey.Question) agentsurvey.Answer {
	switch {
	case len(q.Replies) > 0:
		return agentsurvey.Choice(q.Replies[0].ID)
	case q.Category == agentsurvey.NumberAnswer:
		return agentsurvey.Number(1)
	}
	return agentsurvey.Text("answered by a bot")
}
