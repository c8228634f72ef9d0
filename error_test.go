package liveperson_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"

	liveperson "github.com/liveperson-community/liveperson-go"
)

var sentinels = []error{
	liveperson.ErrUnauthorized, liveperson.ErrForbidden, liveperson.ErrNotFound, liveperson.ErrConflict, liveperson.ErrGone,
	liveperson.ErrRateLimited, liveperson.ErrBlocked, liveperson.ErrUnavailable, liveperson.ErrInvalidInput,
}

// matches are the sentinels that errors.Is finds in err.
func matches(err error) []error {
	var l []error
	for _, s := range sentinels {
		if errors.Is(err, s) {
			l = append(l, s)
		}
	}
	return l
}

func TestErrorMatchesAtMostOneSentinel(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err  liveperson.Error
		want error
	}{
		{liveperson.Error{Status: 400}, nil},
		{liveperson.Error{Status: 401}, liveperson.ErrUnauthorized},
		{liveperson.Error{Status: 403}, liveperson.ErrForbidden},
		{liveperson.Error{Status: 404}, liveperson.ErrNotFound},
		{liveperson.Error{Status: 409}, liveperson.ErrConflict},
		{liveperson.Error{Status: 410}, liveperson.ErrGone},
		{liveperson.Error{Status: 418}, nil},
		{liveperson.Error{Status: 429}, liveperson.ErrRateLimited},
		{liveperson.Error{Status: 451}, liveperson.ErrBlocked},
		{liveperson.Error{Status: 500}, liveperson.ErrUnavailable},
		{liveperson.Error{Status: 599}, liveperson.ErrUnavailable},
		// The status says more than the reason beside it.
		{liveperson.Error{Status: 409, Reason: "NOT_FOUND"}, liveperson.ErrConflict},
		// An error that came with a success.
		{liveperson.Error{Status: 200, Reason: "UNAUTHORIZED"}, liveperson.ErrUnauthorized},
		{liveperson.Error{Status: 200, Reason: "FORBIDDEN"}, liveperson.ErrForbidden},
		{liveperson.Error{Status: 200, Reason: "NOT_FOUND"}, liveperson.ErrNotFound},
		{liveperson.Error{Status: 200, Reason: "CONFLICT"}, liveperson.ErrConflict},
		{liveperson.Error{Status: 200, Reason: "GONE"}, liveperson.ErrGone},
		{liveperson.Error{Status: 200, Reason: "INTERNAL_SERVER_ERROR"}, liveperson.ErrUnavailable},
		{liveperson.Error{Status: 200, Reason: "SERVICE_UNAVAILABLE"}, liveperson.ErrUnavailable},
		{liveperson.Error{Status: 200, Reason: "BAD_REQUEST"}, nil},
		// No answer, or half of one.
		{liveperson.Error{Err: errors.New("connection refused")}, liveperson.ErrUnavailable},
		{liveperson.Error{Status: 200, Err: errors.New("unexpected EOF")}, liveperson.ErrUnavailable},
		{liveperson.Error{Err: fmt.Errorf("x: %w", context.Canceled)}, nil},
		{liveperson.Error{Err: context.DeadlineExceeded}, nil},
		{liveperson.Error{Status: 200, Err: liveperson.ErrMalformed}, nil},
		{liveperson.Error{Err: liveperson.ErrForeignOrigin}, nil},
		{liveperson.Error{Err: liveperson.ErrRedirected}, nil},
		{liveperson.Error{Err: liveperson.ErrTooLarge}, nil},
		{liveperson.Error{Err: liveperson.ErrNotSent}, nil},
		{liveperson.Error{}, nil},
	} {
		err := fmt.Errorf("while greeting: %w", &row.err)
		if row.want == nil {
			assert.Empty(t, matches(err), "%+v", row.err)
		} else {
			assert.Equal(t, []error{row.want}, matches(err), "%+v", row.err)
		}
		if row.err.Err != nil {
			assert.ErrorIs(t, err, row.err.Err)
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"failed": &liveperson.Error{},
		"chatagent.Send: POST https://va.example.net/chat/1/events: 409 Conflict: no such state (code 33, 4 tries)": &liveperson.Error{
			Op: "chatagent.Send", Method: "POST", URL: "https://va.example.net/chat/1/events", Status: 409, Code: 33,
			Message: "no such state", Tries: 4, Body: []byte("canary"),
		},
		"login.Login: GET https://x/: 599": &liveperson.Error{Op: "login.Login", Method: "GET", URL: "https://x/", Status: 599, Tries: 1},
		"login.Login: connection refused":  &liveperson.Error{Op: "login.Login", Err: errors.New("connection refused")},
		"401 Unauthorized: expired: cut":   &liveperson.Error{Status: 401, Message: "expired", Err: errors.New("cut")},
		"chatagent.Send: text: must not be empty": &liveperson.InputError{
			Op: "chatagent.Send", Field: "text", Rule: "must not be empty",
		},
		"text: must not be empty": &liveperson.InputError{Field: "text", Rule: "must not be empty"},
	} {
		assert.Equal(t, want, err.Error())
	}
}

func TestErrorIsLoggedByItsFields(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Info("x", "err", &liveperson.Error{
		Op: "a.B", Method: "GET", URL: "https://x/", Status: 503, Code: 7, Message: "down", Tries: 2, Body: []byte("canary"), Err: errors.New("cut"),
	})
	log.Info("x", "err", &liveperson.Error{Op: "a.B", Method: "GET", URL: "https://x/", Tries: 1})
	log.Info("x", "err", &liveperson.Error{Op: "a.B", Err: errors.New("cut")})
	log.Info("x", "err", &liveperson.Error{})
	assert.Equal(t, `level=INFO msg=x err.op=a.B err.method=GET err.url=https://x/ err.status=503 err.tries=2 err.code=7 err.message=down err.cause=cut
level=INFO msg=x err.op=a.B err.method=GET err.url=https://x/ err.tries=1
level=INFO msg=x err.op=a.B err.cause=cut
level=INFO msg=x err=failed
`, out.String())
}

func TestInputErrorIsInvalidInput(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("while greeting: %w", &liveperson.InputError{Field: "text", Rule: "must not be empty"})
	assert.Equal(t, []error{liveperson.ErrInvalidInput}, matches(err))
}

// A lost agent session is a 404 with a code of its own.
func TestErrSessionLost(t *testing.T) {
	t.Parallel()
	lost := &liveperson.Error{Status: 404, Code: 39}
	assert.ErrorIs(t, lost, liveperson.ErrSessionLost)
	assert.ErrorIs(t, lost, liveperson.ErrNotFound)
	for _, other := range []*liveperson.Error{{Status: 404}, {Status: 404, Code: 12}, {Status: 403, Code: 39}, {Code: 39}} {
		assert.NotErrorIs(t, other, liveperson.ErrSessionLost)
	}
}
