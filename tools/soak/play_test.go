package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// played runs a plan in virtual time, with a transport of the test's between
// fleet and services.
func played(t *testing.T, p plan, plant func(next http.RoundTripper) http.RoundTripper) (r *run, v verdict, shown string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(p)
		srv := lptest.NewMemory(w.options()...)
		t.Cleanup(srv.Close)
		w.furnish(srv)
		ask := func(_ context.Context, name string, args, answer any) error {
			data, err := json.Marshal(args)
			require.NoError(t, err)
			got, err := w.do(name, data)
			require.NoError(t, err)
			if answer == nil {
				return nil
			}
			data, err = json.Marshal(got)
			require.NoError(t, err)
			return json.Unmarshal(data, answer)
		}
		var out bytes.Buffer
		r = newRun(p, services{srv.Account(), plant(distant{srv.Transport()})}, ask, newScreen(&out, false))
		r.play(t.Context(), nil, func() {})
		r.world, _ = w.close().(totals)
		r.result.leaked, r.result.flat = 0, flatness{} // the world is in the same process here
		v = r.conclude()
		shown = out.String()
	})
	return r, v, shown
}

// distant services let some time go by with every call, as real ones do.
type distant struct{ http.RoundTripper }

func (d distant) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(3 * time.Millisecond)
	return d.RoundTripper.RoundTrip(r)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func nothing(next http.RoundTripper) http.RoundTripper { return next }

func isReply(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/events")
}

func small() plan {
	return plan{For: 3 * time.Minute, Seed: 5, Agents: 4, Chats: 2, Faults: 0.5, Channels: []string{chatting}, Without: []string{rivals}}
}

// calm is small without mishaps: what is found then was planted.
func calm() plan {
	p := small()
	p.Without = mishaps
	return p
}

// LIVEPERSON_STRESS=1 plays more and longer.
func TestPlay(t *testing.T) {
	t.Parallel()
	plans := []plan{small()}
	if os.Getenv("LIVEPERSON_STRESS") != "" {
		for seed := range int64(40) {
			plans = append(plans, plan{For: 10 * time.Minute, Seed: seed, Agents: 8, Chats: 3, Faults: 1 + float64(seed%3)/4, Channels: []string{chatting}})
		}
	}
	for _, p := range plans {
		r, v, shown := played(t, p, nothing)
		assert.Empty(t, v.reasons, "seed %d: %s", p.Seed, shown)
		assert.Greater(t, r.result.judged, 20)
		assert.Positive(t, r.result.faults)
		assert.Positive(t, r.fleet.restarts.Load())
		assert.Positive(t, r.fleet.ledger.counts().surveys[surveySubmitted])
		assert.Positive(t, r.fleet.crashed.Load())
		assert.Positive(t, r.world.Requeued)
		assert.Positive(t, r.world.Back)
		assert.Contains(t, shown, "lost 0  doubled 0  disordered 0  orphaned 0")
	}
}

// A client that sends lines twice is found out. Several, because a fault may hit
// one of the two.
func TestPlantedDouble(t *testing.T) {
	t.Parallel()
	var sends atomic.Int64
	_, v, shown := played(t, calm(), func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if n := sends.Load(); isReply(r) && sends.Add(1) > 20 && n < 30 {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				again := r.Clone(r.Context())
				again.Body = io.NopCloser(bytes.NewReader(body))
				r.Body = io.NopCloser(bytes.NewReader(body))
				if resp, err := next.RoundTrip(again); err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
			}
			return next.RoundTrip(r)
		})
	})
	assert.Regexp(t, `[1-9]\d* doubled`, strings.Join(v.reasons, "; "))
	assert.Contains(t, shown, "FOUND  seed 5, doubled: line ")
	assert.Contains(t, shown, "chat.send", "the journal of the chat")
}

// A line that is said to be sent and is not is found out.
func TestPlantedLoss(t *testing.T) {
	t.Parallel()
	var sends atomic.Int64
	_, v, shown := played(t, calm(), func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if isReply(r) && sends.Add(1) == 20 {
				const body = `{"chatEventLocation":{"link":{"@href":"https://lptest.liveperson.net/x/events/9999","@rel":"location"}}}`
				return &http.Response{
					StatusCode: 201, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
					Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
				}, nil
			}
			return next.RoundTrip(r)
		})
	})
	assert.Contains(t, strings.Join(v.reasons, "; "), "1 lost")
	assert.Contains(t, shown, "FOUND  seed 5, lost: line ")
}
