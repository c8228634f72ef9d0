package chatagent

import (
	"context"
	"net/http"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

type transferSkillsDoc struct {
	Transfer struct {
		Skills []Skill `json:"skill"`
	} `json:"transfer"`
}

// TransferSkills returns the skills that the chat can be transferred to: those
// with an agent online who is not in this chat (Retrieve Available Skills page).
func (c *Chat) TransferSkills(ctx context.Context) ([]Skill, error) {
	at, url := c.at()
	out, _, err := rest.Do[transferSkillsDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.TransferSkills", Method: http.MethodGet, Class: retry.Idempotent,
		URL: url.Join("/transfer"), Query: query,
	})
	return out.Transfer.Skills, err
}

// TransferTarget is where a chat goes: a skill or an agent, not both.
type TransferTarget struct {
	// SkillID is a skill's id.
	SkillID int64
	// AgentID is an agent's user id.
	AgentID int64
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
// next agent sees (Transfer a Chat page). The chat then leaves this agent, and
// its events end. A target that is not available is refused by the server; a chat
// that is over is [ErrChatEnded].
//
// If the next agent is a bot, see [Chat.Unread] first. Should the answer be
// lost, the agent's chat sessions tell whether the chat has gone; see
// [ErrUnconfirmed].
func (c *Chat) Transfer(ctx context.Context, to TransferTarget, note string) error {
	const op = "chatagent.Transfer"
	if rule := to.rule(); rule != "" {
		return &liveperson.InputError{Op: op, Field: "target", Rule: rule}
	}
	if !utf8.ValidString(note) {
		return &liveperson.InputError{Op: op, Field: "note", Rule: "must be UTF-8"}
	}
	body := transferBody{Text: note}
	if to.SkillID != 0 {
		body.Skill = &transferID{to.SkillID}
	} else {
		body.Agent = &transferID{to.AgentID}
	}
	if err := c.turn(ctx, op); err != nil {
		return err
	}
	defer c.done()
	at, url := c.at()
	_, resp, err := rest.Do[rest.None](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPost, URL: url.Join("/transfer"), Query: query,
		Body: struct {
			Transfer transferBody `json:"transfer"`
		}{body},
		Class:  retry.Verified,
		Verify: func(ctx context.Context) (retry.Effect, error) { return c.verifyGone(ctx, c.session.at()) },
	})
	if err != nil {
		return c.whenOver(ctx, unconfirmed(resp, err))
	}
	c.feed.finish(nil)
	return nil
}

// rule is what the target breaks, "" for nothing.
func (t TransferTarget) rule() string {
	switch {
	case (t.SkillID == 0) == (t.AgentID == 0):
		return "must be either a skill or an agent"
	case t.SkillID < 0 || t.AgentID < 0:
		return "must be a positive id"
	}
	return ""
}

// verifyGone tells whether a transfer took effect: the chat is not among the
// agent's any more.
func (c *Chat) verifyGone(ctx context.Context, at *seat) (retry.Effect, error) {
	list, err := chatSessions(ctx, at)
	if err != nil {
		return retry.EffectUnknown, err
	}
	for _, s := range list {
		if s.ID == c.id || s.Key == c.key() {
			return retry.NoEffect, nil
		}
	}
	return retry.TookEffect, nil
}
