package messagingagent

import (
	"errors"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/desk"
)

var (
	// ErrConversationEnded is a call on a conversation that is closed. If the service
	// has said so, the *liveperson.Error is in the error too.
	ErrConversationEnded = errors.New("conversation is closed")
	// ErrConversationLost is a conversation that the agent does not have any more: it
	// went to another agent or back to the queue, or it has come again since and is
	// another [Conversation]. Nothing is sent.
	ErrConversationLost = errors.New("conversation is no longer with this agent")
	// ErrNoConversation is a conversation of which the service does not tell.
	ErrNoConversation = errors.New("no such conversation")
	// ErrTransferRefused is a transfer that the service would not make: the agent is not
	// to be suggested, the skill is unknown, or a permission is missing. The conversation
	// stays.
	ErrTransferRefused = errors.New("transfer refused")
	// ErrClosed is a call on an agent that was closed.
	ErrClosed = errors.New("agent is closed")
	// ErrRingGone is a ring that is over: it was answered, has expired, or somebody
	// else has the conversation.
	ErrRingGone = errors.New("ring is over")
	// ErrServing is a second Serve or Watch of one agent.
	ErrServing = errors.New("agent is being served or watched already")
	// ErrConnected is a second Agent of one login session.
	ErrConnected = errors.New("the login session has an agent already")
	// ErrStopping ends the messages of a conversation that is left open while Serve
	// stops. A handler returns when it meets it.
	ErrStopping = errors.New("serving stops, the conversation is left open")
	// ErrWatching is a loop over the messages of a conversation under Watch: they go to
	// the one who watches.
	ErrWatching = errors.New("messages of the conversation go to the one who watches the agent")
	// ErrIdle says that the consumer has been silent for a while; see [Idle]. The loop
	// goes on.
	ErrIdle error = desk.Idle("the consumer has said nothing for a while")
	// ErrUnconfirmed is [liveperson.ErrUnconfirmed]: what was to be done may have been
	// done.
	ErrUnconfirmed = liveperson.ErrUnconfirmed
	// ErrAbsent is [liveperson.ErrAbsent]: what is unconfirmed was looked for, and not there.
	ErrAbsent = liveperson.ErrAbsent
)

// errUnread is why a conversation that is closed ends with an error, and errNoTime why that
// is if nothing has failed.
var (
	errUnread = errors.New("its last messages could not be read")
	errNoTime = errors.New("there was no time for it")
)

// errBeginning is a conversation that somebody else is reading.
var errBeginning = errors.New("conversation is being read")

// refused tells whether the service has understood a request and would not do it.
func refused(err error) bool {
	var e *liveperson.Error
	return errors.As(err, &e) && e.Status >= 400 && e.Status < 500 && e.Status != 401 && e.Status != 408 && e.Status != 429
}

// unknown tells whether a request that failed may have been done.
func unknown(err error) bool { return errors.Is(err, errNoAnswer) }

// unconfirmed makes what a caller sees of a request that may have been done.
func unconfirmed(op string, err error) error {
	if unknown(err) {
		return opError(op, fmt.Errorf("%w: %w", ErrUnconfirmed, err))
	}
	return err
}

func opError(op string, err error) error {
	var e *liveperson.Error
	if errors.As(err, &e) && e.Op == op {
		return err
	}
	return fmt.Errorf("%s: %w", op, err)
}
