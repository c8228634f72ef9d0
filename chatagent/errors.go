package chatagent

import (
	"context"
	"errors"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/desk"
	"github.com/liveperson-community/liveperson-go/login"
)

var (
	// ErrNoIncoming is an Accept while no chat is ringing.
	ErrNoIncoming = errors.New("no incoming chat")
	// ErrChatEnded is a call on a chat that is over. If the server has said so,
	// the *liveperson.Error is in the error too.
	ErrChatEnded = errors.New("chat has ended")
	// ErrChatLost is a chat that the agent has no access to any more: it went
	// to another agent, with its agent session, or it has come again since and is
	// another [Chat]. Nothing is sent.
	ErrChatLost = errors.New("chat is no longer with this agent")
	// ErrServing is a second Serve or Watch of one agent.
	ErrServing = errors.New("agent is being served or watched already")
	// ErrStopping ends the events of a chat that is left open while Serve
	// stops; see WithLeaveChats. A handler returns when it meets it.
	ErrStopping = errors.New("serving stops, the chat is left open")
	// ErrWatching is a loop over the events of a chat under Watch: they go to
	// the one who watches.
	ErrWatching = errors.New("events of the chat go to the one who watches the agent")
	// ErrIdle says that the visitor has been silent for a while; see [Idle]. The
	// loop goes on.
	ErrIdle error = desk.Idle("the visitor has said nothing for a while")
	// ErrTransferRefused is a transfer that the server would not make, for
	// instance because nobody is there to take the chat. The chat stays.
	ErrTransferRefused = errors.New("transfer refused")
	// ErrSessionLost is [liveperson.ErrSessionLost]: the agent session is not
	// there any more. Start another; Serve and Watch do by themselves.
	ErrSessionLost = liveperson.ErrSessionLost
	// ErrUnconfirmed is [liveperson.ErrUnconfirmed], which calls of this
	// package fail with too.
	ErrUnconfirmed = liveperson.ErrUnconfirmed
	// ErrAbsent is [liveperson.ErrAbsent]: what is unconfirmed was looked for, and not there.
	ErrAbsent = liveperson.ErrAbsent
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

// refused tells whether the server understood a request and would not answer
// it, so that asking in another way makes sense.
func refused(err error) bool {
	status := statusOf(err)
	return status >= 200 && status < 300 || status >= 400 && status < 500 && status != 401 && status != 429
}

// seatLost tells whether err says that the agent session is not there any
// more. A 401 has been through a new login already.
func seatLost(err error) bool {
	return errors.Is(err, liveperson.ErrUnauthorized) && !errors.Is(err, login.ErrLoggedInElsewhere) || gone(err)
}

// gone tells whether err says that what was asked for is not there for us.
func gone(err error) bool {
	return errors.Is(err, liveperson.ErrNotFound) || errors.Is(err, liveperson.ErrGone) || errors.Is(err, liveperson.ErrForbidden)
}

func opError(op string, err error) error { return fmt.Errorf("%s: %w", op, err) }
