package retry

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// outcome is what a try came to.
type outcome int

const (
	final     outcome = iota // answered, whatever it says
	refused                  // 429: not taken
	unwritten                // never reached the server
	lost                     // 5xx, no answer, or an unusable one
	fatal                    // cannot work, however often
)

// again is go-retryablehttp's CheckRetry: may there be another try?
func again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	s := sendingOf(ctx)
	s.last = s.judge(resp, err)
	if s.last == lost || s.last == fatal && s.written.Load() && !errors.Is(err, liveperson.ErrNotSent) || s.last == final && foreign(resp.StatusCode) {
		s.doubt = true
	}
	switch {
	case s.last == final || s.last == fatal:
		return false, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case s.last == lost && !s.call.Idempotent || s.call.Single || s.retries >= len(s.t.policy.Waits):
		return false, nil
	}
	wait := s.t.pause(s.retries, resp, s.call)
	longest := wait + time.Duration(max(s.t.policy.Jitter, 0)*float64(wait))
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= longest {
		return false, nil // it might not be made in time
	}
	if !s.t.budget.take() {
		return false, nil
	}
	s.retries++
	if err != nil {
		s.log(ctx, slog.LevelInfo, "waiting before another try", "wait", wait, "err", cause(err))
	} else {
		s.log(ctx, slog.LevelInfo, "waiting before another try", "wait", wait, "status", s.answer.Status)
	}
	return true, nil
}

// foreign tells whether an answer is somebody else's than the service's, who cannot
// know what became of the request: a redirect, or a gateway that did not wait.
func foreign(status int) bool {
	return status >= 300 && status < 400 || status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == 499
}

// judge sorts what a try came to.
func (s *sending) judge(resp *http.Response, err error) outcome {
	if err != nil {
		var cert *tls.CertificateVerificationError
		switch {
		case errors.Is(err, liveperson.ErrTooLarge), errors.Is(err, liveperson.ErrNotSent), errors.As(err, &cert):
			return fatal
		case !s.written.Load():
			return unwritten
		}
		return lost
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return refused
	case resp.StatusCode >= http.StatusInternalServerError:
		return lost
	}
	return final
}

// pause is the least pause after the n-th try of a call, resp being its answer
// if there was one.
func (t *Transport) pause(n int, resp *http.Response, c *Call) time.Duration {
	wait := t.policy.Waits[n]
	if resp == nil {
		return wait
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		wait = max(t.policy.RateLimitWait, c.RateLimitWait)
	}
	return max(wait, After(resp.Header, t.policy.MaxRetryAfter))
}

// backoff is go-retryablehttp's Backoff: the pause, spread out.
func (t *Transport) backoff(_, _ time.Duration, n int, resp *http.Response) time.Duration {
	var c *Call
	if resp != nil {
		c = sendingOf(resp.Request.Context()).call
	}
	return spread(t.pause(n, resp, c), t.policy.Jitter)
}
