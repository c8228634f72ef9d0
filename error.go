package liveperson

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Error is a call that failed. All packages of this module return it, at times
// wrapped. It holds no credential: what was sent as one is removed from URL,
// Message and Body.
type Error struct {
	// Op is the operation, package first: "chatagent.Send".
	Op string
	// Method and URL are those of the last request.
	Method string
	URL    string
	// Status is the last HTTP status, 0 if no answer arrived.
	Status int
	// Code is the server's internalCode, 0 if it gave none.
	Code int
	// Reason is the server's responseStatus, such as "UNAUTHORIZED".
	Reason string
	// Message is what the server said, as far as it could be found.
	Message string
	// Tries is how often the request was sent.
	Tries int
	// Body is the start of the answer, at most 4 KiB. It is empty where the
	// answer may hold a credential.
	Body []byte
	// Err is the cause, if there is one besides the answer: a network error,
	// a context's error, ErrTooLarge and the like.
	Err error
}

// Error says operation, method, URL, status, message and tries on one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op)
		b.WriteString(": ")
	}
	if e.Method != "" {
		b.WriteString(e.Method)
		b.WriteByte(' ')
		b.WriteString(e.URL)
		b.WriteString(": ")
	}
	var parts []string
	if e.Status != 0 {
		parts = append(parts, strings.TrimSpace(strconv.Itoa(e.Status)+" "+http.StatusText(e.Status)))
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if len(parts) == 0 {
		parts = append(parts, "failed")
	}
	b.WriteString(strings.Join(parts, ": "))
	var notes []string
	if e.Code != 0 {
		notes = append(notes, "code "+strconv.Itoa(e.Code))
	}
	if e.Tries > 1 {
		notes = append(notes, strconv.Itoa(e.Tries)+" tries")
	}
	if len(notes) > 0 {
		b.WriteString(" (" + strings.Join(notes, ", ") + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is tells whether target is the sentinel that belongs to e's status.
func (e *Error) Is(target error) bool {
	if target == ErrSessionLost {
		return e.Status == http.StatusNotFound && e.Code == codeBadSession
	}
	s := e.sentinel()
	return s != nil && target == s
}

// codeBadSession is the internal code of an agent session that is not there.
const codeBadSession = 39

func (e *Error) sentinel() error {
	if e.Status < 300 {
		if r, ok := reasons[e.Reason]; ok {
			return r
		}
		// No answer, or one that was cut; other causes speak for themselves.
		if e.Err == nil || speaksForItself(e.Err) {
			return nil
		}
		return ErrUnavailable
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusConflict:
		return ErrConflict
	case http.StatusGone:
		return ErrGone
	case http.StatusTooManyRequests:
		return ErrRateLimited
	case http.StatusUnavailableForLegalReasons:
		return ErrBlocked
	}
	if e.Status >= 500 {
		return ErrUnavailable
	}
	return nil
}

// reasons maps the responseStatus of an error that came with a 2xx.
var reasons = map[string]error{
	"UNAUTHORIZED":          ErrUnauthorized,
	"FORBIDDEN":             ErrForbidden,
	"NOT_FOUND":             ErrNotFound,
	"CONFLICT":              ErrConflict,
	"GONE":                  ErrGone,
	"INTERNAL_SERVER_ERROR": ErrUnavailable,
	"SERVICE_UNAVAILABLE":   ErrUnavailable,
}

// LogValue makes slog write the fields of e that are not empty; the body stays out.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("op", e.Op),
		slog.String("method", e.Method),
		slog.String("url", e.URL),
		slog.Int("status", e.Status),
		slog.Int("tries", e.Tries),
		slog.Int("code", e.Code),
		slog.String("message", e.Message),
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("cause", e.Err.Error()))
	}
	attrs = slices.DeleteFunc(attrs, func(a slog.Attr) bool {
		return a.Value.Equal(slog.StringValue("")) || a.Value.Equal(slog.IntValue(0))
	})
	if len(attrs) == 0 {
		return slog.StringValue(e.Error()) // an empty group is not written at all
	}
	return slog.GroupValue(attrs...)
}

// InputError is an argument that breaks a rule. It is returned before the
// network is touched: nothing was sent.
type InputError struct {
	// Op is the operation, package first: "chatagent.Send".
	Op string
	// Field is the argument's name, as on the API pages where they have it.
	Field string
	// Rule is what the argument must be: "must not be empty".
	Rule string
}

// Error says operation, field and rule. The value stays out: it may be secret.
func (e *InputError) Error() string {
	if e.Op == "" {
		return fmt.Sprintf("%s: %s", e.Field, e.Rule)
	}
	return fmt.Sprintf("%s: %s: %s", e.Op, e.Field, e.Rule)
}

// Is matches ErrInvalidInput.
func (e *InputError) Is(target error) bool {
	return target == ErrInvalidInput
}

func speaksForItself(err error) bool {
	for _, s := range finalCauses {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

// finalCauses are causes that say more than "no usable answer came".
var finalCauses = []error{
	context.Canceled, context.DeadlineExceeded,
	ErrForeignOrigin, ErrRedirected, ErrNotSent, ErrTooLarge, ErrMalformed, ErrInvalidInput,
}
