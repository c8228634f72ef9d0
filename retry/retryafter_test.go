package retry_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/retry"
)

// What a Retry-After header makes of the first wait, 5 s by the policy.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	// A bubble's clock starts at midnight UTC on 2000-01-01, a Saturday.
	rows := map[string]time.Duration{
		"":                                 5 * time.Second,
		"0":                                5 * time.Second,
		"3":                                5 * time.Second,
		"7":                                7 * time.Second,
		" 7 ":                              7 * time.Second,
		"59":                               59 * time.Second,
		"60":                               time.Minute,
		"61":                               time.Minute,
		"3600":                             time.Minute,
		"9223372036":                       time.Minute,
		"9223372037":                       time.Minute, // overflows as nanoseconds
		"9223372036854775807":              time.Minute, // MaxInt64
		"9223372036854775808":              time.Minute,
		"99999999999999999999999999":       time.Minute,
		"-1":                               5 * time.Second,
		"-9223372036854775808":             5 * time.Second,
		"+7":                               5 * time.Second,
		"7.5":                              5 * time.Second,
		"1e3":                              5 * time.Second,
		"0x10":                             5 * time.Second,
		"soon":                             5 * time.Second,
		"٧":                                5 * time.Second, // a digit, but not ASCII
		"Sat, 01 Jan 2000 00:00:09 GMT":    9 * time.Second,
		"Saturday, 01-Jan-00 00:00:09 GMT": 9 * time.Second,
		"Sat Jan  1 00:00:09 2000":         9 * time.Second,
		"Sat, 01 Jan 2000 01:00:00 GMT":    time.Minute,
		"Fri, 31 Dec 9999 23:59:59 GMT":    time.Minute,
		"Fri, 31 Dec 1999 23:59:59 GMT":    5 * time.Second,
		"Thu, 01 Jan 1970 00:00:00 GMT":    5 * time.Second,
		"Sat, 01 Jan 2000 00:00:09":        5 * time.Second,
		"2000-01-01T00:00:09Z":             5 * time.Second,
	}
	for value, want := range rows {
		for _, code := range []int{503, 500, 429} {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(code, "", "Retry-After", value), ok)
				client := s.with(retry.WithPolicy(retry.Policy{Jitter: -1, RateLimitWait: 5 * time.Second}))
				_, err := client.Call(t.Context(), get())
				require.NoError(t, err)
				assert.Equal(t, []time.Duration{want}, s.pauses(), "%d %q", code, value)
			})
		}
	}
}

func TestRetryAfterCap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, "", "Retry-After", "3600"), ok)
		client := s.with(retry.WithPolicy(retry.Policy{Jitter: -1, MaxRetryAfter: 90500 * time.Millisecond}))
		_, err := client.Call(t.Context(), get())
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{90500 * time.Millisecond}, s.pauses())
	})
}

func TestRetryAfterOfAFinalAnswerDoesNotMatter(t *testing.T) {
	t.Parallel()
	for _, code := range []int{200, 301, 400, 413, 451} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, status(code, "", "Retry-After", "30"))
			start := time.Now()
			_, err := s.with().Call(t.Context(), get())
			require.NoError(t, err)
			assert.Zero(t, time.Since(start))
			assert.Equal(t, 1, s.count())
		})
	}
}
