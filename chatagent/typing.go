package chatagent

import (
	"context"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// Typing is whether somebody is typing.
type Typing string

// The typing states of the typing-status pages.
const (
	// IsTyping is somebody who is typing.
	IsTyping Typing = "typing"
	// NotTyping is somebody who is not.
	NotTyping Typing = "not-typing"
	// TypingUnknown appears in answers only.
	TypingUnknown Typing = "unknown"
)

type typingBody struct {
	AgentTyping Typing `json:"agentTyping"`
}

type typingDoc struct {
	Agent   Typing `json:"agentTyping"`
	Visitor Typing `json:"visitorTyping"`
}

// AgentTyping tells whether the agent is shown as typing.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-agent-s-typing-status.html
func (c *Chat) AgentTyping(ctx context.Context) (Typing, error) {
	at, url := c.at()
	out, err := rest.Get[typingDoc](ctx, at.rest, "chatagent.AgentTyping", url.Join("/info/agentTyping"), query)
	return out.Agent, err
}

// SetTyping shows the visitor that the agent is typing, or not. A chat that is
// over is [ErrChatEnded].
//
// https://developers.liveperson.com/chat-agent-api-methods-set-agent-s-typing-status.html
func (c *Chat) SetTyping(ctx context.Context, typing Typing) error {
	const op = "chatagent.SetTyping"
	if typing != IsTyping && typing != NotTyping {
		return &liveperson.InputError{Op: op, Field: "agentTyping", Rule: "must be typing or not-typing"}
	}
	at, url := c.at()
	err := put(ctx, at, op, url.Join("/info/agentTyping"), typingBody{typing}, rest.Request{})
	return c.whenOver(ctx, err)
}

// VisitorTyping tells whether the visitor is typing.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-visitor-s-typing-status.html
func (c *Chat) VisitorTyping(ctx context.Context) (Typing, error) {
	at, url := c.at()
	out, err := rest.Get[typingDoc](ctx, at.rest, "chatagent.VisitorTyping", url.Join("/info/visitorTyping"), query)
	return out.Visitor, err
}
