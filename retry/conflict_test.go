package retry_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// next sends the revision that the conflict names.
func next(ctx context.Context, resp *http.Response) (*http.Request, error) {
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, base+"/state?rev="+string(b), strings.NewReader("merged with "+string(b)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Lp-State-Rev", string(b))
	return req, nil
}

func TestConflictSendsTheNextRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(409, "2"), status(503, ""), status(409, "3"), ok)
		result := &retry.Result{}
		resp, body, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/state?rev=1", "mine", &retry.Call{
			Class: retry.Idempotent, Conflict: next, Result: result,
		})
		require.NoError(t, err)
		assert.Equal(t, 200, resp.StatusCode)
		assert.Equal(t, `{"ok":true}`, body)
		assert.Equal(t, retry.Result{Attempts: 4, Status: 200, Effect: retry.TookEffect}, *result)
		var lines []string
		for _, r := range s.requests() {
			lines = append(lines, r.method+" "+r.uri+" "+r.header.Get("X-Lp-State-Rev")+" "+r.body)
		}
		assert.Equal(t, []string{
			"POST /state?rev=1  mine",
			"PUT /state?rev=2 2 merged with 2",
			"PUT /state?rev=2 2 merged with 2",
			"PUT /state?rev=3 3 merged with 3",
		}, lines)
		p := s.pauses()
		assert.Zero(t, p[0], "the first conflict is answered at once")
		assert.Equal(t, 5*time.Second, p[1])
		assert.GreaterOrEqual(t, p[2], 100*time.Millisecond, "further ones are spread out")
		assert.LessOrEqual(t, p[2], 200*time.Millisecond)
	})
}

// The retries of one request are not those of its successor.
func TestEachRequestOfAConflictHasItsOwnTries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lost := status(503, "")
		s := newServer(t, lost, lost, lost, status(409, "2"), lost, lost, lost, ok)
		resp, _, err := send(t.Context(), t, s.client(), http.MethodPut, base+"/", "", &retry.Call{Class: retry.Idempotent, Conflict: next})
		require.NoError(t, err)
		assert.Equal(t, 200, resp.StatusCode)
		assert.Equal(t, 8, s.count())
	})
}

func TestConflictsAreBounded(t *testing.T) {
	t.Parallel()
	for max, tries := range map[int]int{0: 6, 2: 3, -1: 1} {
		t.Run(strconv.Itoa(max), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(409, "again"))
				client := retry.NewClient(retry.WithTransport(s.transport), retry.WithPolicy(retry.Policy{MaxConflicts: max}))
				result := &retry.Result{}
				resp, body, err := send(t.Context(), t, client, http.MethodPost, base+"/", "", &retry.Call{Conflict: next, Result: result})
				require.NoError(t, err)
				assert.Equal(t, 409, resp.StatusCode, "the last conflict is the answer")
				assert.Equal(t, "again", body)
				assert.Equal(t, tries, s.count())
				assert.Equal(t, retry.Result{Attempts: tries, Status: 409, Effect: retry.NoEffect}, *result)
				floor := time.Duration(0)
				for _, p := range s.pauses() {
					assert.GreaterOrEqual(t, p, floor)
					assert.LessOrEqual(t, p, 2*floor)
					floor = max100(2 * floor)
				}
			})
		})
	}
}

func max100(d time.Duration) time.Duration { return max(d, 100*time.Millisecond) }

func TestConflictPausesDiffer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(409, "again"))
		seen := map[time.Duration]bool{}
		for range 10 {
			before := s.count()
			_, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "", &retry.Call{Conflict: next})
			require.NoError(t, err)
			for _, p := range s.pauses()[before+1:] {
				seen[p] = true
			}
		}
		assert.Greater(t, len(seen), 35)
	})
}

func TestConflictMayLetThe409Stand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(409, "whole body", "X-Rev", "7"))
		resp, body, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "", &retry.Call{
			Conflict: func(_ context.Context, resp *http.Response) (*http.Request, error) {
				b, err := io.ReadAll(resp.Body)
				assert.Equal(t, "whole body", string(b))
				assert.Equal(t, "7", resp.Header.Get("X-Rev"))
				return nil, err
			},
		})
		require.NoError(t, err)
		assert.Equal(t, 409, resp.StatusCode)
		assert.Equal(t, "whole body", body)
		assert.Equal(t, 1, s.count())
	})
}

func TestAnErrorOfConflictPasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(409, ""))
		clash := errors.New("theirs and mine clash")
		result := &retry.Result{}
		_, _, err := send(t.Context(), t, s.client(), http.MethodPost, base+"/", "", &retry.Call{
			Conflict: func(context.Context, *http.Response) (*http.Request, error) { return nil, clash },
			Result:   result,
		})
		require.ErrorIs(t, err, clash)
		assert.Equal(t, 1, s.count())
		assert.Equal(t, retry.Result{Attempts: 1, Status: 409, Effect: retry.NoEffect}, *result)
	})
}

func TestACancelledConflictStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(409, "again"))
		ctx, cancel := contextWithCancelAfter(t, 250*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, _, err := send(ctx, t, s.client(), http.MethodPost, base+"/", "", &retry.Call{Conflict: next})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 250*time.Millisecond, time.Since(start))
		assert.LessOrEqual(t, s.count(), 3)
	})
}

func TestWithoutTheHookA409IsTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(409, "conflict"))
		resp, body, err := send(t.Context(), t, s.client(), http.MethodGet, base+"/", "", nil)
		require.NoError(t, err)
		assert.Equal(t, 409, resp.StatusCode)
		assert.Equal(t, "conflict", body)
		assert.Equal(t, 1, s.count())
	})
}

// The next request belongs to the call, whatever context it was made with.
func TestTheNextRequestIsOneOfTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(409, ""), hang)
		var ops []string
		client := s.client(retry.WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			ops = append(ops, retry.FromContext(r.Context()).Op)
			return s.transport.RoundTrip(r)
		})))
		ctx, cancel := contextWithCancelAfter(t, time.Second)
		defer cancel()
		start := time.Now()
		_, _, err := send(ctx, t, client, http.MethodPost, base+"/", "", &retry.Call{
			Op: "x.Y",
			Conflict: func(ctx context.Context, resp *http.Response) (*http.Request, error) {
				return next(context.WithoutCancel(ctx), resp)
			},
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, time.Second, time.Since(start))
		assert.Equal(t, []string{"x.Y", "x.Y"}, ops)
	})
}
