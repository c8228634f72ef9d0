package chatagent

import (
	"context"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
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

type typingDoc struct {
	Agent   Typing `json:"agentTyping"`
	Visitor Typing `json:"visitorTyping"`
}

// AgentTyping tells whether the agent is shown as typing (Retrieve Agent's
// Typing Status page).
func (c *Chat) AgentTyping(ctx context.Context) (Typing, error) {
	at, url := c.at()
	out, _, err := rest.Do[typingDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.AgentTyping", Method: http.MethodGet, Class: retry.Idempotent,
		URL: url.Join("/info/agentTyping"), Query: query,
	})
	return out.Agent, err
}

// SetTyping shows the visitor that the agent is typing, or not (Set Agent's
// Typing Status page). A chat that is over is [ErrChatEnded].
func (c *Chat) SetTyping(ctx context.Context, typing Typing) error {
	const op = "chatagent.SetTyping"
	if typing != IsTyping && typing != NotTyping {
		return &liveperson.InputError{Op: op, Field: "agentTyping", Rule: "must be typing or not-typing"}
	}
	at, url := c.at()
	_, _, err := rest.Do[rest.None](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPut, Override: true, Class: retry.Idempotent,
		URL: url.Join("/info/agentTyping"), Query: query,
		Body: struct {
			AgentTyping Typing `json:"agentTyping"`
		}{typing},
	})
	return c.whenOver(ctx, err)
}

// VisitorTyping tells whether the visitor is typing (Retrieve Visitor's Typing
// Status page).
func (c *Chat) VisitorTyping(ctx context.Context) (Typing, error) {
	at, url := c.at()
	out, _, err := rest.Do[typingDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.VisitorTyping", Method: http.MethodGet, Class: retry.Idempotent,
		URL: url.Join("/info/visitorTyping"), Query: query,
	})
	return out.Visitor, err
}
