package retry_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

func TestRawSendsOnceAndLeavesTheAnswer(t *testing.T) {
	t.Parallel()
	var seen []string
	body := http.NoBody
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r.Header.Get("User-Agent"))
		return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: body, Request: r}, nil
	})
	inner, err := retry.NewTransport(retry.WithTransport(mock))
	require.NoError(t, err)
	outer, err := retry.NewTransport(retry.WithTransport(inner), retry.WithUserAgent("acme/1"))
	require.NoError(t, err)
	for _, via := range []*retry.Transport{inner, outer} {
		for _, agent := range []string{"", "mine"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://x.liveperson.net/", http.NoBody)
			require.NoError(t, err)
			if agent != "" {
				req.Header.Set("User-Agent", agent)
			}
			resp, err := via.Raw().RoundTrip(req)
			require.NoError(t, err)
			assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
			assert.Equal(t, body, resp.Body, "not read into memory")
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, agent, req.Header.Get("User-Agent"), "the request is the caller's")
		}
	}
	assert.Equal(t, []string{liveperson.UserAgent, "mine", "acme/1 " + liveperson.UserAgent, "mine"}, seen)
}

func TestRawWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	full := errors.New("full")
	rt, err := retry.NewTransport(retry.WithTransport(httpmock.NewMockTransport()), retry.WithLimiter(fullLimiter{full}))
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://x.liveperson.net/", http.NoBody)
	require.NoError(t, err)
	_, err = rt.Raw().RoundTrip(req)
	assert.ErrorIs(t, err, full)
	assert.ErrorIs(t, err, liveperson.ErrNotSent)
}

type fullLimiter struct{ err error }

func (l fullLimiter) Wait(context.Context) error { return l.err }
