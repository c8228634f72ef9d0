package messagingagent

import (
	"errors"
	"fmt"
	"strings"

	"github.com/coder/websocket"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

var (
	// errNotConnected is a request that was not sent, since no socket was open.
	errNotConnected = fmt.Errorf("not connected: %w: %w", liveperson.ErrUnavailable, liveperson.ErrNotSent)
	// errNoAnswer is a request that was sent, at least in part, and not answered: it
	// may have taken effect. No error matches this and liveperson.ErrNotSent.
	errNoAnswer = errors.New("no answer: it may have taken effect")
	// errLate is an answer that did not come in time; it may have come later.
	errLate = fmt.Errorf("waited for %v", answerLimit)
	// errSlow is a frame that could not be written in time.
	errSlow = fmt.Errorf("nothing could be written for %v", answerLimit)
	// errClosed is why a socket was closed by this side for good.
	errClosed = fmt.Errorf("connection is closed: %w", ErrClosed)
	// errSilent is a socket over which the service answers nothing any more.
	errSilent = fmt.Errorf("keep-alive was not answered within %v", answerLimit)
	// errBearer is a socket whose bearer the service does not take any more.
	errBearer = fmt.Errorf("bearer was refused: %w", liveperson.ErrUnauthorized)
)

// closedError is a socket that the service has closed.
type closedError struct {
	code   int // of the web socket protocol; 1005 if it gave none
	reason string
}

// Error says code and reason.
func (e *closedError) Error() string {
	if e.reason == "" {
		return fmt.Sprintf("closed by the service with %d", e.code)
	}
	return fmt.Sprintf("closed by the service with %d: %s", e.code, e.reason)
}

// namesToken tells whether the reason blames the token.
func (e *closedError) namesToken() bool {
	return strings.Contains(strings.ToLower(e.reason), "token")
}

// notSent is a request of which nothing was written, because of err.
func notSent(err error) error {
	if !errors.Is(err, errNoAnswer) && errors.Is(err, liveperson.ErrNotSent) {
		return err
	}
	return fmt.Errorf("%w: %w", liveperson.ErrNotSent, apart(err, errNoAnswer))
}

// noAnswer is a request that was written and not answered, because of err.
func noAnswer(err error) error {
	return fmt.Errorf("%w: %w", errNoAnswer, apart(err, liveperson.ErrNotSent))
}

// apart is err, or only its text, and ErrClosed, if it matches one of those: what happened
// to another request, or to the context of another, would be taken for the caller's own.
func apart(err error, those ...error) error {
	for _, is := range those {
		if errors.Is(err, is) {
			return told{err.Error(), errors.Is(err, ErrClosed)}
		}
	}
	return err
}

// told is an error that was told in words.
type told struct {
	text   string
	closed bool
}

// Error says it.
func (e told) Error() string { return e.text }

// Is tells whether it says that the agent is closed.
func (e told) Is(target error) bool { return e.closed && target == ErrClosed }

// lost is why reading ended, in words of ours.
func lost(err error, secrets ...string) error {
	var closed websocket.CloseError
	switch {
	case errors.As(err, &closed):
		return &closedError{code: int(closed.Code), reason: bounded(rest.Scrub(closed.Reason, secrets...), maxMessage)}
	case errors.Is(err, websocket.ErrMessageTooBig):
		return fmt.Errorf("frame is over the limit: %w", liveperson.ErrTooLarge)
	}
	// Not the error itself: that of a context would be taken for the caller's.
	return fmt.Errorf("connection was lost: %w: %s", liveperson.ErrUnavailable, rest.Scrub(err.Error(), secrets...))
}
