package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// message is the agent's part of the day on messaging, with the same login. It returns
// what the agent survey of the conversation asks for.
func message(ctx context.Context, t *transcript, session *login.Session, s stage) (at agentsurvey.Ref, err error) {
	agent, err := messagingagent.Connect(ctx, session)
	if err != nil {
		return at, err
	}
	defer agent.Close()
	if err := agent.SetAvailability(ctx, messagingagent.Online); err != nil {
		return at, err
	}
	t.say("agent", "Online for messaging")
	c, err := oneConversation(ctx, t, agent, s)
	if err != nil {
		return at, err
	}
	t.say("agent", "Away for messaging") // Serve has seen to that
	return agentsurvey.Ref{Conversation: c.ID(), Skill: c.Skill()}, nil
}

// oneConversation serves until the first conversation has ended.
func oneConversation(ctx context.Context, t *transcript, agent *messagingagent.Agent, s stage) (c *messagingagent.Conversation, err error) {
	ctx, stop := context.WithTimeout(ctx, s.wait)
	defer stop()
	var failed error
	err = agent.Serve(ctx, messagingagent.HandlerFunc(func(ctx context.Context, came *messagingagent.Conversation) error {
		defer stop()
		c, failed = came, talkWith(ctx, t, came)
		return failed
	}), messagingagent.WithMaxConversations(1), messagingagent.WithOnUpdate(func(update messagingagent.Update) {
		switch u := update.(type) {
		case messagingagent.Disconnected:
			t.say("sdk", "the socket is lost: %v", u.Err)
		case messagingagent.Connected:
			t.say("sdk", "a new socket is open")
		}
	}))
	if c != nil {
		return c, failed
	}
	return nil, err
}

// talkWith answers each message of the consumer until the conversation is closed.
func talkWith(ctx context.Context, t *transcript, c *messagingagent.Conversation) error {
	info := c.Info()
	consumer, err := c.Agent().Profile(ctx, info.Consumer())
	if err != nil {
		return err
	}
	name := cmp.Or(consumer.FirstName, "consumer")
	t.say("agent", "accepted the conversation of %s", name)
	t.add("conversation")
	for m, err := range c.Messages(ctx) {
		if err != nil {
			return err
		}
		t.say(name, "%s", m.Text)
		t.add("message in")
		answer := answerTo(m.Text)
		if _, err := c.Send(ctx, messagingagent.Text(answer)); errors.Is(err, messagingagent.ErrConversationEnded) {
			continue
		} else if err != nil {
			return err
		}
		t.sending("message out", answer)
		t.say("agent", "%s", answer)
	}
	t.say("messaging", "closed by %s", c.Info().CloseReason)
	return nil
}
