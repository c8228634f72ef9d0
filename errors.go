package liveperson

import "errors"

// What a caller decides on after a failed call. Every [*Error] matches at most
// one of them with [errors.Is]; the status codes are those of the API pages.
var (
	// ErrUnauthorized is a 401: the token is gone and logging in again did
	// not help, or the credentials are wrong.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden is a 403.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound is a 404.
	ErrNotFound = errors.New("not found")
	// ErrConflict is a 409: the state moved on since it was read.
	ErrConflict = errors.New("conflict")
	// ErrGone is a 410: expired.
	ErrGone = errors.New("gone")
	// ErrRateLimited is a 429 that outlasted the retries.
	ErrRateLimited = errors.New("rate limited")
	// ErrBlocked is a 451: the vendor has blocked the account or the user.
	// Never retry it; talk to LivePerson.
	ErrBlocked = errors.New("account or user blocked by LivePerson")
	// ErrUnavailable is a 5xx that outlasted the retries, or no usable answer
	// at all: connection refused or lost, time-out, cut body.
	ErrUnavailable = errors.New("service unavailable")
)

// What this module refuses, to send or to use.
var (
	// ErrForeignOrigin is a link or address that leads away from the
	// service's own scheme, host and port. Nothing was sent to it.
	ErrForeignOrigin = errors.New("address of a foreign origin")
	// ErrRedirected is an answer that redirects. Redirects are never
	// followed: they could carry a credential elsewhere.
	ErrRedirected = errors.New("redirect refused")
	// ErrTooLarge is an answer body over the limit, or one whose elements
	// would take many times its length in memory.
	ErrTooLarge = errors.New("answer body too large")
	// ErrNotSent is a request of which nothing was sent: it could not be made ready, or
	// there was no socket for it in time.
	ErrNotSent = errors.New("request not sent")
	// ErrMalformed is a successful status whose body is not the documented
	// JSON.
	ErrMalformed = errors.New("malformed answer")
)

// ErrUnconfirmed is a write that may have taken effect: its answer was lost and
// the effect could not be found out. Nothing was sent after that.
var ErrUnconfirmed = errors.New("unconfirmed: it may have taken effect")

// ErrAbsent is in the error of an [ErrUnconfirmed] whose effect was looked for, the last time
// with an answer that plainly shows none: it has not been made, or not yet. Without it nobody
// could look, or what was found does not tell.
var ErrAbsent = errors.New("not there")

// ErrSessionLost is an agent session that the service does not have any more: a
// 404 with the internal code 39. It is an [ErrNotFound], too.
var ErrSessionLost = errors.New("agent session is lost")

// ErrInvalidInput matches every [*InputError].
var ErrInvalidInput = errors.New("invalid input")
