package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// play is the agent's life, step by step.
func play(ctx context.Context, t *transcript, s stage) (err error) {
	opts := []retry.Option{retry.WithObserver(t.observe), retry.WithLogger(slog.New(t))}
	if s.transport != nil {
		opts = append(opts, retry.WithTransport(s.transport))
	}
	client, err := retry.NewClient(opts...)
	if err != nil {
		return err
	}

	domains, err := domain.New(domain.WithHTTPClient(client))
	if err != nil {
		return err
	}
	host, err := domains.BaseURI(ctx, s.account, domain.AgentVEP)
	if err != nil {
		return err
	}
	t.say("domain", "%s is at %s", domain.AgentVEP, host)

	session, err := login.Login(ctx, s.account, s.credentials, login.WithHTTPClient(client), login.WithDomains(domains))
	if err != nil {
		return err
	}
	t.say("login", "logged in as %s, for %v", session.User().LoginName, session.TTL())
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if out := session.Logout(ctx); out != nil {
			err = errors.Join(err, out)
			return
		}
		t.say("login", "logged out")
	}()

	if s.only != onlyMessaging {
		if err := chat(ctx, t, session, s); err != nil {
			return err
		}
	}
	if s.only == onlyChat {
		return nil
	}
	at, err := message(ctx, t, session, s)
	if err != nil {
		return err
	}
	return fill(ctx, t, session, s, at)
}

// chat is the agent's part of the day on chat.
func chat(ctx context.Context, t *transcript, session *login.Session, s stage) error {
	agent, err := chatagent.Start(ctx, session)
	if err != nil {
		return err
	}
	t.say("agent", "agent session %s started", agent.ID())
	if err := agent.SetAvailability(ctx, chatagent.Online); err != nil {
		return err
	}
	t.say("agent", "Online")

	if err := oneChat(ctx, t, agent, s); err != nil {
		return err
	}
	if err := agent.SetAvailability(ctx, chatagent.Away); err != nil {
		return err
	}
	t.say("agent", "Away")
	return nil
}

// oneChat serves until the first chat has ended.
func oneChat(ctx context.Context, t *transcript, agent *chatagent.Agent, s stage) error {
	ctx, stop := context.WithTimeout(ctx, s.wait)
	defer stop()
	var came bool
	var failed error
	err := agent.Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
		defer stop()
		came, failed = true, converseWith(ctx, t, chat)
		return failed
	}), chatagent.WithMaxChats(1))
	if came {
		return failed
	}
	return err
}

// converseWith answers each line of the visitor until the chat ends.
func converseWith(ctx context.Context, t *transcript, chat *chatagent.Chat) error {
	t.say("agent", "accepted the chat of %s", chat.Visitor())
	t.add("chat")
	for event, err := range chat.Events(ctx) {
		switch {
		case err != nil:
			return err
		case event.Type == chatagent.EventState:
			t.say("chat", "%s", event.State)
		case event.IsLine(chatagent.FromSystem):
			t.say("system", "%s", event.Text)
		case event.IsLine(chatagent.FromVisitor):
			t.say(event.By, "%s", event.Text)
			t.add("line in")
			answer := answerTo(event.Text)
			if _, err := chat.Send(ctx, chatagent.Text(answer)); errors.Is(err, chatagent.ErrChatEnded) {
				continue
			} else if err != nil {
				return err
			}
			t.sending("line out", answer)
			t.say("agent", "%s", answer)
		}
	}
	return nil
}

// answerTo is all that this bot knows.
func answerTo(text string) string {
	switch text := strings.ToLower(text); {
	case strings.Contains(text, "late"):
		return "I am sorry to hear that. What is the order's number?"
	case strings.Contains(text, "order"):
		return "It left the warehouse this morning and arrives tomorrow."
	case strings.Contains(text, "umbrella"):
		return "Yes, in blue and in red."
	case strings.Contains(text, "blue"):
		return "A good choice. It is 20 euros."
	case strings.Contains(text, "thank"):
		return "You are welcome. Have a good day!"
	}
	return "You said: " + text
}

// fill answers the conversation's agent survey and submits it.
func fill(ctx context.Context, t *transcript, session *login.Session, s stage, at agentsurvey.Ref) error {
	surveys, err := agentsurvey.New(session, agentsurvey.WithVersion(agentsurvey.V1), agentsurvey.WithLogger(slog.New(t)))
	if err != nil {
		return err
	}
	survey, err := surveys.State(ctx, at)
	if errors.Is(err, agentsurvey.ErrNoSurvey) {
		t.say("survey", "there is none for this conversation")
		return nil
	}
	if err != nil {
		return err
	}
	t.say("survey", "%q", survey.Name)
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
		question := open[0]
		answer, text := pick(question)
		if err := form.Answer(question.ID, answer); err != nil {
			return err
		}
		t.say("survey", "%s  %s", question.Text, text)
	}
	if s.beforeSubmit != nil {
		s.beforeSubmit(at)
	}
	result, err := surveys.Submit(ctx, form)
	if err != nil {
		return fmt.Errorf("submitting the survey: %w", err)
	}
	t.say("survey", "%s", result.Status)
	t.add("survey")
	return nil
}

// pick chooses the first reply, or a text that suits the kind of question.
func pick(q agentsurvey.Question) (answer agentsurvey.Answer, text string) {
	switch {
	case len(q.Replies) > 0:
		return agentsurvey.Choice(q.Replies[0].ID), q.Replies[0].Text
	case q.Category == agentsurvey.NumberAnswer:
		return agentsurvey.Number(1), "1"
	case q.Category == agentsurvey.DateAnswer:
		today := time.Now()
		return agentsurvey.Date(today), today.Format(time.DateOnly)
	}
	return agentsurvey.Text("answered by a bot"), "answered by a bot"
}
