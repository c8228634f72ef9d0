package chatagent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

type transferSkillsDoc struct {
	Transfer struct {
		Skills []skillBody `json:"skill"`
	} `json:"transfer"`
}

// TransferSkills returns the skills that the chat can be transferred to: those
// with an agent online who is not in this chat.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-available-skills.html
func (c *Chat) TransferSkills(ctx context.Context) ([]Skill, error) {
	at, url := c.at()
	out, err := rest.Get[transferSkillsDoc](ctx, at.rest, "chatagent.TransferSkills", url.Join("/transfer"), query)
	return skillsOf(out.Transfer.Skills), err
}

// TransferTarget is where a chat goes: a skill or an agent, not both. The ids are
// numbers; [Chat.TransferSkills] has those of the skills by name.
type TransferTarget struct {
	SkillID liveperson.SkillID
	AgentID liveperson.UserID
}

type transferPut struct {
	Transfer transferBody `json:"transfer"`
}

type transferBody struct {
	Skill *transferID `json:"skill,omitempty"`
	Agent *transferID `json:"agent,omitempty"`
	Text  string      `json:"text,omitempty"`
}

type transferID struct {
	ID int64 `json:"id"`
}

// Transfer hands the chat to a skill or to an agent, with a note that only the
// next agent sees. The chat then leaves this agent: its events end, and calls of
// this [Chat] fail with [ErrChatLost]. Should it come back, it is another one. A
// target that the server does not give it to is [ErrTransferRefused], and the chat
// stays; a chat that is over is [ErrChatEnded].
//
// If the next agent is a bot, see [Chat.Unread] first. Should the answer be
// lost, the agent's chat sessions tell whether the chat has gone; see
// [ErrUnconfirmed].
//
// https://developers.liveperson.com/chat-agent-api-methods-transfer-a-chat.html
func (c *Chat) Transfer(ctx context.Context, to TransferTarget, note string) error {
	const op = "chatagent.Transfer"
	body, err := to.body(op, note)
	if err != nil {
		return err
	}
	if err := c.turn(ctx, op); err != nil {
		return err
	}
	defer c.done()
	at, _ := c.at()
	err = c.transfer(ctx, op, body)
	if c.reseated(ctx, at, err) {
		err = c.transfer(ctx, op, body)
	}
	return c.report("transfer", err)
}

// transfer sends a transfer, and finds out what became of it.
func (c *Chat) transfer(ctx context.Context, op string, body transferPut) error {
	at, url := c.at()
	_, _, answer, err := rest.Confirm[rest.None](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPost, URL: url.Join("/transfer"), Query: query, Body: body,
	}, c.lookGone)
	if err != nil && answer.Tries > 1 && answer.Status >= 400 && answer.Status < 500 {
		// Perhaps because the try before, whose answer was lost, took effect.
		if effect, _ := c.lookGone(ctx, answer); effect == retry.TookEffect {
			err = nil
		}
	}
	if err != nil {
		return c.whenRefused(c.whenOver(ctx, err))
	}
	c.finish(transferred, nil)
	return nil
}

// whenRefused marks an error that says that the target does not take the chat.
func (c *Chat) whenRefused(err error) error {
	if errors.Is(err, ErrChatEnded) || errors.Is(err, ErrUnconfirmed) || gone(err) || !refused(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrTransferRefused, err)
}

// body is the transfer as it is sent.
func (t TransferTarget) body(op, note string) (transferPut, error) {
	body := transferBody{Text: note}
	to, number := &body.Skill, t.SkillID.Int64
	if t.SkillID == "" {
		to, number = &body.Agent, t.AgentID.Int64
	}
	id, err := number()
	switch {
	case (t.SkillID == "") == (t.AgentID == ""):
		return transferPut{}, &liveperson.InputError{Op: op, Field: "target", Rule: "must be either a skill or an agent"}
	case err != nil || id <= 0:
		return transferPut{}, &liveperson.InputError{Op: op, Field: "target", Rule: "must be a positive id"}
	case !utf8.ValidString(note):
		return transferPut{}, &liveperson.InputError{Op: op, Field: "note", Rule: "must be UTF-8"}
	}
	*to = &transferID{id}
	return transferPut{body}, nil
}

// lookGone tells whether a transfer took effect: the chat is not among the
// agent's any more, and not this agent's to read.
func (c *Chat) lookGone(ctx context.Context, lost retry.Answer) (retry.Effect, error) {
	at := c.agent.at()
	list, plain, err := listChats(ctx, at, rest.Request{})
	if err != nil {
		return retry.EffectUnknown, err
	}
	for _, s := range list {
		if s.ID == c.id || s.Key == c.key() {
			return lost.Nothing(at.rest.Via.Policy())
		}
	}
	if !plain {
		return retry.EffectUnknown, nil
	}
	info, err := c.Info(ctx)
	switch {
	case gone(err):
		return retry.TookEffect, nil
	case err == nil && info.State == Ended:
		return retry.NoEffect, nil // it is over, and was not transferred
	}
	return retry.EffectUnknown, err
}
