package chatagent

import (
	"context"
	"errors"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
)

var (
	// ErrNoIncoming is an Accept while no chat is ringing.
	ErrNoIncoming = errors.New("no incoming chat")
	// ErrChatEnded is a call on a chat that is over. If the server has said so,
	// the *liveperson.Error is in the error too.
	ErrChatEnded = errors.New("chat has ended")
	// ErrChatLost is a chat that the agent has no access to any more: it went
	// to another agent, or with its agent session.
	ErrChatLost = errors.New("chat is no longer with this agent")
	// ErrUnconfirmed is [liveperson.ErrUnconfirmed], which calls of this
	// package fail with too.
	ErrUnconfirmed = liveperson.ErrUnconfirmed
)

// missing is a success without what it must hold.
func missing(op, what string) error {
	return &liveperson.Error{Op: op, Err: fmt.Errorf("%w: no %s in it", liveperson.ErrMalformed, what)}
}

// whenOver marks a refusal that is due to the chat being over: the visitor may
// have left since the last poll. The chat's events are left to the next poll.
func (c *Chat) whenOver(ctx context.Context, err error) error {
	if err == nil || !refused(err) || errors.Is(err, ErrUnconfirmed) {
		return err
	}
	if info, infoErr := c.Info(ctx); infoErr != nil || info.State != Ended {
		return err
	}
	return fmt.Errorf("%w: %w", ErrChatEnded, err)
}

// statusOf is the HTTP status of a failed call, 0 if there was no answer.
func statusOf(err error) int {
	var e *liveperson.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}
