package chatagent

import (
	"errors"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
)

var (
	// ErrNoIncoming is an Accept while no chat is ringing.
	ErrNoIncoming = errors.New("no incoming chat")
	// ErrChatEnded is a call on a chat that is over.
	ErrChatEnded = errors.New("chat has ended")
	// ErrChatLost is a chat that the agent has no access to any more: it went
	// to another agent, or with its agent session.
	ErrChatLost = errors.New("chat is no longer with this agent")
	// ErrUnconfirmed is a call that may have taken effect: its answer was lost
	// and the effect could not be found out.
	ErrUnconfirmed = errors.New("unconfirmed: it may have taken effect")
)

// missing is a success without what it must hold.
func missing(op, what string) error {
	return &liveperson.Error{Op: op, Err: fmt.Errorf("%w: no %s in it", liveperson.ErrMalformed, what)}
}

// statusOf is the HTTP status of a failed call, 0 if there was no answer.
func statusOf(err error) int {
	var e *liveperson.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}
