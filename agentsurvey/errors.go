package agentsurvey

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

var (
	// ErrSubmitted says that the survey is submitted already; see
	// [ClosedError].
	ErrSubmitted = errors.New("agent survey is submitted")
	// ErrDismissed says that the survey was dismissed; see [ClosedError].
	ErrDismissed = errors.New("agent survey is dismissed")
	// ErrExpired is a 410: the conversation is closed and the survey's time
	// is over. It matches liveperson.ErrGone too.
	ErrExpired = errors.New("agent survey has expired")
	// ErrNoSurvey is a 404: there is no survey for that conversation and
	// skill. It matches liveperson.ErrNotFound too.
	ErrNoSurvey = errors.New("no agent survey for this conversation and skill")
)

// named puts the package's own name for a failure before it.
func named(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrExpired), errors.Is(err, ErrNoSurvey):
		return err
	case errors.Is(err, liveperson.ErrGone):
		return fmt.Errorf("%w: %w", ErrExpired, err)
	case errors.Is(err, liveperson.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrNoSurvey, err)
	}
	return err
}

// ClosedError is a write to a survey that someone else has submitted or
// dismissed, or the form itself before. It matches [ErrSubmitted] or
// [ErrDismissed].
type ClosedError struct {
	// Op is the operation: "agentsurvey.Submit".
	Op string
	// Status is Submitted or Dismissed.
	Status Status
	// At is when that happened, zero if not known. The API does not tell who
	// did it.
	At time.Time
	// Fresh is the state that showed it, nil if the form knew.
	Fresh *Survey
}

// Error says what happened, and when if that is known.
func (e *ClosedError) Error() string {
	s := e.Op + ": agent survey is " + string(e.Status)
	if !e.At.IsZero() {
		s += " since " + e.At.UTC().Format(time.RFC3339)
	}
	return s
}

// Is matches the sentinel of the status.
func (e *ClosedError) Is(target error) bool {
	switch e.Status {
	case Submitted:
		return target == ErrSubmitted
	case Dismissed:
		return target == ErrDismissed
	}
	return false
}

// UnconfirmedError is a write that may have been made: its answer was lost, and
// the state does not tell whether it shows this write, which the service may have
// stored in another form, or a colleague's. It was not made again. It matches
// liveperson.ErrUnconfirmed.
//
// To go on, call [Form.Merge] with Fresh, or read the state and make a form of
// it. Until then, calls with the form begin by looking again.
type UnconfirmedError struct {
	// Op is the operation: "agentsurvey.Submit".
	Op string
	// Fresh is the state as it was read last, nil if it could not be read.
	Fresh *Survey
	// Err is what became of the write, nil if an earlier call with the form
	// had made it.
	Err error
}

// Error says what happened.
func (e *UnconfirmedError) Error() string {
	if e.Err != nil {
		return e.Err.Error() // which names the operation
	}
	return e.Op + ": " + liveperson.ErrUnconfirmed.Error()
}

// Is matches liveperson.ErrUnconfirmed.
func (e *UnconfirmedError) Is(target error) bool { return target == liveperson.ErrUnconfirmed }

// Unwrap returns what became of the write.
func (e *UnconfirmedError) Unwrap() error { return e.Err }

// ConflictError says that a colleague and the form changed the survey in ways
// that do not go together. Nothing more was sent, and the form is as it was.
// It matches liveperson.ErrConflict.
//
// To go on, decide the clashes and call [Form.Merge] with Fresh, then send the
// form again.
type ConflictError struct {
	// Op is the operation: "agentsurvey.Submit".
	Op string
	// Clashes are the questions in conflict, at least one.
	Clashes []Clash
	// Base holds all answers as they were when the form was read, Theirs as
	// the service holds them now, Mine as the form has them.
	Base, Theirs, Mine []QuestionState
	// Fresh is the state that was read after the 409.
	Fresh *Survey
}

// Error names the questions. Answers stay out of it.
func (e *ConflictError) Error() string {
	s := e.Op + ": conflict: someone else has changed the answer to question "
	for i, c := range e.Clashes {
		if i > 0 {
			s += ", "
		}
		if i == 8 {
			return s + "and " + strconv.Itoa(len(e.Clashes)-i) + " more"
		}
		s += strconv.FormatInt(c.Question.ID, 10)
	}
	return s
}

// Is matches liveperson.ErrConflict.
func (e *ConflictError) Is(target error) bool {
	return target == liveperson.ErrConflict
}
