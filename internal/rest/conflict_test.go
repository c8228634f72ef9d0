package rest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// save is a write of a state that was read as revision rev.
func save(rev string, conflict func(context.Context) (*rest.Request, error)) rest.Request {
	return rest.Request{
		Op: "survey.Save", Method: http.MethodPut, URL: at("/state/{rev}", rev), Header: http.Header{"x-lp-state-rev": {rev}},
		Body: map[string]string{"rev": rev}, Conflict: conflict,
	}
}

func TestConflictSendsTheNextRequest(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(409, `{"error":{"message":"stale"}}`), says(409, ""), says(200, `{"name":"x"}`))
	revs := []string{"2", "3"}
	var again func(ctx context.Context) (*rest.Request, error)
	again = func(ctx context.Context) (*rest.Request, error) {
		assert.Nil(t, retry.FromContext(ctx), "reading the state is a call of its own")
		r := save(revs[0], again)
		revs = revs[1:]
		return &r, nil
	}
	out, resp, err := rest.Do[doc](t.Context(), f.Client, save("1", again))
	require.NoError(t, err)
	assert.Equal(t, doc{Name: "x"}, out)
	assert.Equal(t, 3, resp.Attempts)
	const want = "\nHost: va.example.net\nAccept: application/json\nContent-Type: application/json\nUser-Agent: liveperson-go/0.1.0\nX-Lp-State-Rev: "
	assert.Equal(t, []string{
		"PUT /state/1" + want + "1\n\n" + `{"rev":"1"}`,
		"PUT /state/2" + want + "2\n\n" + `{"rev":"2"}`,
		"PUT /state/3" + want + "3\n\n" + `{"rev":"3"}`,
	}, f.sent)
}

// A failure after a conflict tells of the request that failed.
func TestErrorsAfterAConflict(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(409, "first"), says(410, "gone, secret-two"))
	next := save("2", nil)
	next.Secrets, next.Op, next.Method = []string{"secret-two"}, "survey.Submit", http.MethodPost
	_, _, err := rest.Do[doc](t.Context(), f.Client, save("1", func(context.Context) (*rest.Request, error) { return &next, nil }))
	require.ErrorIs(t, err, liveperson.ErrGone)
	e := failed(t, err)
	assert.Equal(t, "survey.Submit POST https://va.example.net/state/2", e.Op+" "+e.Method+" "+e.URL)
	assert.Equal(t, "gone, [redacted]", string(e.Body))
	assert.Equal(t, 2, e.Attempts)
}

func TestConflictsThatStand(t *testing.T) {
	t.Parallel()
	clash := errors.New("clash")
	input := &liveperson.InputError{Field: "answer", Rule: "must not be empty"}
	ended := &liveperson.Error{Op: "survey.State", Status: 410}
	rows := map[string]struct {
		hook  func(context.Context) (*rest.Request, error)
		tries int
		is    []error
		text  string
	}{
		"no hook": {nil, 1, []error{liveperson.ErrConflict}, "survey.Save: PUT https://va.example.net/state/1: 409 Conflict: stale"},
		"the hook lets it": {
			func(context.Context) (*rest.Request, error) { return nil, nil }, 1,
			[]error{liveperson.ErrConflict},
			"survey.Save: PUT https://va.example.net/state/1: 409 Conflict: stale",
		},
		"the next has no hook": {
			func(context.Context) (*rest.Request, error) { r := save("2", nil); return &r, nil }, 2,
			[]error{liveperson.ErrConflict},
			"survey.Save: PUT https://va.example.net/state/2: 409 Conflict: stale (2 attempts)",
		},
		"the hook fails": {
			func(context.Context) (*rest.Request, error) { return nil, clash }, 1,
			[]error{clash, liveperson.ErrConflict},
			"survey.Save: PUT https://va.example.net/state/1: 409 Conflict: clash",
		},
		"the hook fails typed": {
			func(context.Context) (*rest.Request, error) { return nil, ended }, 1, []error{ended, liveperson.ErrGone}, "survey.State: 410 Gone",
		},
		"bad input": {
			func(context.Context) (*rest.Request, error) { return nil, input }, 1,
			[]error{liveperson.ErrInvalidInput},
			"survey.Save: answer: must not be empty",
		},
		"the next cannot be built": {
			func(context.Context) (*rest.Request, error) { r := save("..", nil); return &r, nil }, 1,
			[]error{liveperson.ErrInvalidInput},
			`survey.Save: rev: must not be or hold "." or ".." as a path element`,
		},
		"the next leads elsewhere": {
			func(context.Context) (*rest.Request, error) {
				r := save("2", nil)
				r.URL = r.URL.Follow("https://evil.example/")
				return &r, nil
			}, 1,
			[]error{liveperson.ErrForeignOrigin},
			"survey.Save: PUT https://va.example.net/state/1: 409 Conflict: address of a foreign origin: link to https://evil.example",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, says(409, `{"error":{"message":"stale"}}`))
			_, resp, err := rest.Do[doc](t.Context(), f.Client, save("1", row.hook))
			for _, is := range row.is {
				require.ErrorIs(t, err, is)
			}
			require.EqualError(t, err, row.text)
			assert.Equal(t, row.tries, f.count())
			assert.Equal(t, row.tries, resp.Attempts)
			assert.Equal(t, retry.NoEffect, resp.Effect)
		})
	}
}
