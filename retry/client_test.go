package retry_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		policy := retry.WithPolicy(retry.Policy{Waits: []time.Duration{time.Second}})
		count := func(c *http.Client) int {
			before := s.count()
			_, _, err := fetch(t.Context(), t, c, http.MethodGet, base+"/", "")
			require.NoError(t, err)
			return s.count() - before
		}
		hc := &http.Client{Transport: s.transport, Timeout: time.Hour, Jar: newJar(t, "sid=outer")}
		once := *hc
		wrapped := wrap(hc, policy)
		assert.Equal(t, 2, count(wrapped))
		assert.Equal(t, once, *hc, "the caller's client stays as it is")
		assert.NotSame(t, hc, wrapped)
		assert.Empty(t, s.requests()[0].header["Cookie"], "an outer jar would freeze the cookies of the first try")
		assert.Equal(t, 1, count(hc))
		assert.Equal(t, 2, count(wrap(wrapped, retry.WithPolicy(retry.Policy{}))), "its own policy stays")

		redirecting := &http.Client{Transport: wrapped.Transport}
		assert.NotNil(t, wrap(redirecting).CheckRedirect)
		assert.Nil(t, redirecting.CheckRedirect)

		other := newServer(t, ok)
		_, _, err := fetch(t.Context(), t, wrap(hc, retry.WithTransport(other.transport)), http.MethodGet, base+"/", "")
		require.NoError(t, err)
		assert.Equal(t, 1, other.count(), "an option stands over the client's transport")

		assert.NotNil(t, wrap(nil).Transport)
		assert.NotNil(t, wrap(&http.Client{}).Transport)
		assert.Same(t, http.ErrUseLastResponse, must(retry.NewClient()).CheckRedirect(nil, nil))
	})
}

// A client that retries already keeps what it has; what it lacks it takes over,
// and the client that it was made of stays as it is.
func TestWrapTakesOverWhatIsUnset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""))
		type kit struct {
			log     bytes.Buffer
			limiter limiter
			opts    []retry.Option
		}
		newKit := func(name string, budget int) *kit {
			k := &kit{}
			k.opts = []retry.Option{
				retry.WithLogger(slog.New(slog.NewTextHandler(&k.log, nil))), retry.WithLimiter(&k.limiter),
				retry.WithBudget(retry.NewBudget(0, budget)), retry.WithUserAgent(name),
			}
			return k
		}
		run := func(c *http.Client) (tries int, userAgent string) {
			before := s.count()
			_, _, err := fetch(t.Context(), t, c, http.MethodGet, base+"/", "")
			require.NoError(t, err)
			got := s.requests()[before:]
			return len(got), got[0].header.Get("User-Agent")
		}
		bare, own, more := s.client(), newKit("own/1", 1), newKit("more/1", 2)

		tries, agent := run(wrap(bare, more.opts...))
		assert.Equal(t, 3, tries, "what the budget of two allows")
		assert.Equal(t, "more/1 "+liveperson.UserAgent, agent)
		assert.Equal(t, 3, more.limiter.asked)
		assert.NotEmpty(t, more.log.String())

		tries, agent = run(bare)
		assert.Equal(t, 4, tries)
		assert.Equal(t, "Go-http-client/1.1", agent)
		assert.Equal(t, 3, more.limiter.asked)

		more = newKit("more/1", 2)
		tries, agent = run(wrap(s.client(own.opts...), more.opts...))
		assert.Equal(t, 2, tries)
		assert.Equal(t, "own/1 "+liveperson.UserAgent, agent)
		assert.Equal(t, 2, own.limiter.asked)
		assert.Zero(t, more.limiter.asked)
		assert.NotEmpty(t, own.log.String())
		assert.Empty(t, more.log.String())
	})
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, ""), ok)
		call := get()
		call.Header.Set("User-Agent", liveperson.UserAgent)
		_, err := s.with(retry.WithUserAgent("acme-bot/1.2 (a ~ b)")).Call(t.Context(), call)
		require.NoError(t, err)
		for _, r := range s.requests() {
			assert.Equal(t, []string{"acme-bot/1.2 (a ~ b) " + liveperson.UserAgent}, r.header["User-Agent"])
		}
	})
}

// An option that breaks its rule is found by all that take options, whatever
// comes before or after it.
func TestOptionsThatBreakTheirRule(t *testing.T) {
	t.Parallel()
	const times = "must not hold a negative time"
	rows := []struct {
		option retry.Option
		err    string
	}{
		{retry.WithPolicy(retry.Policy{Waits: []time.Duration{0, -1}}), "policy: " + times},
		{retry.WithPolicy(retry.Policy{RateLimitWait: -1}), "policy: " + times},
		{retry.WithPolicy(retry.Policy{MaxRetryAfter: -1}), "policy: " + times},
		{retry.WithPolicy(retry.Policy{TryTimeout: -1}), "policy: " + times},
		{retry.WithUserAgent(""), "user agent: must be printable ASCII and not empty"},
		{retry.WithUserAgent("bot\r\nX-Evil: 1"), "user agent: must be printable ASCII and not empty"},
		{retry.WithUserAgent("bot\x7f"), "user agent: must be printable ASCII and not empty"},
		{retry.WithUserAgent("böt"), "user agent: must be printable ASCII and not empty"},
		{retry.WithMaxBody(-1), "max body: must not be negative"},
	}
	fine := []retry.Option{
		retry.WithPolicy(retry.Policy{Jitter: -1}), retry.WithTransport(nil), retry.WithLimiter(nil), retry.WithBudget(nil),
		retry.WithObserver(nil), retry.WithLogger(nil), retry.WithUserAgent("bot/1"), retry.WithMaxBody(0),
	}
	made := must(retry.NewClient(fine...))
	for _, row := range rows {
		for _, opts := range [][]retry.Option{{row.option}, append([]retry.Option{row.option}, fine...), append(slices.Clone(fine), row.option)} {
			for _, makes := range []func() error{
				func() error { _, err := retry.NewTransport(opts...); return err },
				func() error { _, err := retry.NewClient(opts...); return err },
				func() error { _, err := retry.Wrap(&http.Client{}, opts...); return err },
				func() error { _, err := retry.Wrap(made, opts...); return err },
			} {
				err := makes()
				require.EqualError(t, err, "retry.NewTransport: "+row.err)
				require.ErrorIs(t, err, liveperson.ErrInvalidInput)
			}
		}
	}
}

// The order of options does not matter, and nil is none.
func TestTheOrderOfOptions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var want []string
		for range 2 {
			s := newServer(t, status(503, "x"))
			got, l := []string{}, &limiter{}
			opts := []retry.Option{
				retry.WithTransport(s.transport), retry.WithPolicy(retry.Policy{Waits: []time.Duration{1, 1}}), retry.WithLimiter(l),
				retry.WithBudget(retry.NewBudget(0, 1)), retry.WithObserver(func(s retry.Stats) { got = append(got, s.Method) }),
				retry.WithObserver(nil), retry.WithUserAgent("bot/1"), retry.WithMaxBody(1), retry.WithLogger(nil),
			}
			if want != nil {
				slices.Reverse(opts)
			}
			_, _, err := fetch(t.Context(), t, must(retry.NewClient(opts...)), http.MethodGet, base+"/", "")
			require.NoError(t, err)
			assert.Equal(t, 2, l.asked)
			got = append(got, s.requests()[1].header.Get("User-Agent"))
			if want != nil {
				assert.Equal(t, want, got)
			}
			want = got
		}
	})
}
