package retry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/retry"
)

var (
	errLost = errors.New("answer lost")
	errLook = errors.New("look failed")
)

// seen is what one look finds.
type seen struct {
	effect retry.Effect
	err    error
}

// confirmation plays Confirm: the n-th sending is answered with the n-th of
// sends, further ones with the last; the same for looks. "nothing" looks go by
// Answer.Nothing.
type confirmation struct {
	policy retry.Policy
	sends  []retry.Answer
	looks  []seen // none: nothing is ever found
	log    []string
}

func (c *confirmation) run(ctx context.Context) error {
	start, sent, looked := time.Now(), 0, 0
	c.policy.Jitter = -1
	return retry.Confirm(ctx, c.policy, func(context.Context) (retry.Answer, error) {
		a := c.sends[min(sent, len(c.sends)-1)]
		sent++
		c.log = append(c.log, fmt.Sprint("send ", time.Since(start)))
		a.Ended = time.Now()
		if a.Effect == retry.TookEffect {
			return a, nil
		}
		return a, fmt.Errorf("%w %d", errLost, sent)
	}, func(_ context.Context, lost retry.Answer) (retry.Effect, error) {
		looked++
		c.log = append(c.log, fmt.Sprint("look ", time.Since(start)))
		if len(c.looks) == 0 {
			return lost.Nothing(c.policy)
		}
		s := c.looks[min(looked, len(c.looks))-1]
		return s.effect, s.err
	})
}

func TestGuardConfirmLooksBeforeItSendsAgain(t *testing.T) {
	t.Parallel()
	took, refused := retry.Answer{Status: 200, Effect: retry.TookEffect}, retry.Answer{Status: 400, Effect: retry.NoEffect}
	cut, down, silent := retry.Answer{Status: 200}, retry.Answer{Status: 503}, retry.Answer{}
	found, none, open, failed := seen{retry.TookEffect, nil}, seen{retry.NoEffect, nil}, seen{}, seen{retry.NoEffect, errLook}
	const unconfirmed = "unconfirmed: it may have taken effect: answer lost 1"
	type row struct {
		sends []retry.Answer
		looks []seen
		err   string
		log   string
	}
	each(t, map[string]row{
		"answered":              {[]retry.Answer{took}, nil, "", "[send 0s]"},
		"refused":               {[]retry.Answer{refused}, nil, "answer lost 1", "[send 0s]"},
		"found at the 1st look": {[]retry.Answer{silent}, []seen{found}, "", "[send 0s look 5s]"},
		"found at the 2nd look": {[]retry.Answer{cut}, []seen{open, found}, "", "[send 0s look 5s look 15s]"},
		"found at the 3rd look": {[]retry.Answer{down}, []seen{open, open, found}, "", "[send 0s look 5s look 15s look 30s]"},
		"found after an error":  {[]retry.Answer{silent}, []seen{failed, found}, "", "[send 0s look 5s look 15s]"},
		"known to have none":    {[]retry.Answer{silent, took}, []seen{none}, "", "[send 0s look 5s send 5s]"},
		"none, then refused":    {[]retry.Answer{silent, refused}, []seen{none}, "answer lost 2", "[send 0s look 5s send 5s]"},
		"none, then found": {
			[]retry.Answer{silent}, []seen{none, found}, "", "[send 0s look 5s send 5s look 10s]",
		},
		"none, then open": {
			[]retry.Answer{silent},
			[]seen{none, open},
			"unconfirmed: it may have taken effect: answer lost 2",
			"[send 0s look 5s send 5s look 10s look 20s look 35s]",
		},
		"nothing after a 5xx: sent again": {
			[]retry.Answer{down, took}, nil, "", "[send 0s look 5s look 15s look 30s send 30s]",
		},
		"nothing after no answer": {[]retry.Answer{silent}, nil, unconfirmed + "; looking for it: not there", "[send 0s look 5s look 15s look 30s]"},
		"nothing after a cut":     {[]retry.Answer{cut}, nil, unconfirmed + "; looking for it: not there", "[send 0s look 5s look 15s look 30s]"},
		"looks fail": {
			[]retry.Answer{down}, []seen{failed}, unconfirmed + "; looking for it: look failed", "[send 0s look 5s look 15s look 30s]",
		},
		"tries are over": {
			[]retry.Answer{down},
			[]seen{none},
			"answer lost 4",
			"[send 0s look 5s send 5s look 10s send 10s look 15s send 15s look 20s]",
		},
		"nothing, to the end": {
			[]retry.Answer{down},
			nil, "answer lost 4",
			"[send 0s look 5s look 15s look 30s send 30s look 35s look 45s look 1m0s send 1m0s look 1m5s look 1m15s look 1m30s " +
				"send 1m30s look 1m35s look 1m45s look 2m0s]",
		},
	}, func(t *testing.T, row row) {
		c := &confirmation{sends: row.sends, looks: row.looks}
		err := c.run(t.Context())
		assert.Equal(t, row.log, fmt.Sprint(c.log))
		if row.err == "" {
			require.NoError(t, err)
			return
		}
		require.EqualError(t, err, row.err)
		require.ErrorIs(t, err, errLost)
		assert.Equal(t, row.err[0] == 'u', errors.Is(err, liveperson.ErrUnconfirmed))
		assert.Equal(t, row.err[0] == 'u' && len(row.looks) == 0, errors.Is(err, liveperson.ErrAbsent))
		assert.Equal(t, len(row.looks) > 0 && row.looks[0].err != nil, errors.Is(err, errLook))
	})
}

// With a deadline before the next look there is one look more, at once.
func TestConfirmAndDeadlines(t *testing.T) {
	t.Parallel()
	type row struct {
		deadline time.Duration
		looks    []seen
		log      string
	}
	each(t, map[string]row{
		"before the first look":  {4 * second, nil, "[send 0s look 0s]"},
		"with the first look":    {5 * second, nil, "[send 0s look 0s]"},
		"before the second look": {14 * second, nil, "[send 0s look 5s look 5s]"},
		"found in time":          {4 * second, []seen{{retry.TookEffect, nil}}, "[send 0s look 0s]"},
		"time for all":           {31 * second, nil, "[send 0s look 5s look 15s look 30s]"},
	}, func(t *testing.T, row row) {
		ctx, cancel := context.WithTimeout(t.Context(), row.deadline)
		defer cancel()
		c := &confirmation{sends: []retry.Answer{{}}, looks: row.looks}
		err := c.run(ctx)
		assert.Equal(t, row.log, fmt.Sprint(c.log))
		assert.Equal(t, row.looks == nil, errors.Is(err, liveperson.ErrUnconfirmed))
	})
}

func TestConfirmAndCancelledContexts(t *testing.T) {
	t.Parallel()
	each(t, map[string]time.Duration{"while it is sent": 0, "before the first look": second, "before the second look": 7 * second}, func(t *testing.T, after time.Duration) {
		ctx, cancel := contextWithCancelAfter(t, after)
		defer cancel()
		synctest.Wait()
		start := time.Now()
		c := &confirmation{sends: []retry.Answer{{}}}
		err := c.run(ctx)
		require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
		require.ErrorIs(t, err, errLost)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, after, time.Since(start))
		assert.Equal(t, int(after/(5*second)), len(c.log)-1)
	})
	synctest.Test(t, func(t *testing.T) { // in a look
		for effect, unconfirmed := range map[retry.Effect]bool{retry.TookEffect: false, retry.NoEffect: false, retry.EffectUnknown: true} {
			ctx, cancel := context.WithCancel(t.Context())
			sent := 0
			err := retry.Confirm(ctx, retry.Policy{}, func(context.Context) (retry.Answer, error) { sent++; return retry.Answer{}, errLost },
				func(context.Context, retry.Answer) (retry.Effect, error) { cancel(); return effect, nil })
			assert.Equal(t, 1, sent, "nothing is sent after the end")
			assert.Equal(t, unconfirmed, errors.Is(err, liveperson.ErrUnconfirmed), "%v", effect)
			assert.Equal(t, effect != retry.TookEffect, errors.Is(err, errLost))
		}
	})
	synctest.Test(t, func(t *testing.T) { // an error that names the context's once says it once
		ctx, cancel := context.WithCancel(t.Context())
		err := retry.Confirm(ctx, retry.Policy{}, func(context.Context) (retry.Answer, error) {
			cancel()
			return retry.Answer{}, fmt.Errorf("sending: %w", ctx.Err())
		}, nil)
		assert.EqualError(t, err, "unconfirmed: it may have taken effect: sending: context canceled")
	})
}

func TestConfirmFollowsThePolicy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &confirmation{policy: retry.Policy{Waits: []time.Duration{second}}, sends: []retry.Answer{{Status: 500}}}
		require.EqualError(t, c.run(t.Context()), "answer lost 2")
		assert.Equal(t, "[send 0s look 1s send 1s look 2s]", fmt.Sprint(c.log))

		c = &confirmation{policy: retry.Policy{Waits: []time.Duration{}}, sends: []retry.Answer{{Status: 500}}}
		require.EqualError(t, c.run(t.Context()), "answer lost 1")
		assert.Equal(t, "[send 0s look 0s]", fmt.Sprint(c.log), "no pauses: one look, no second sending")

		// The pauses are spread like those between tries.
		differ := map[time.Duration]bool{}
		for range 20 {
			start := time.Now()
			err := retry.Confirm(t.Context(), retry.Policy{}, func(context.Context) (retry.Answer, error) { return retry.Answer{}, errLost },
				func(context.Context, retry.Answer) (retry.Effect, error) { return retry.TookEffect, nil })
			require.NoError(t, err)
			took := time.Since(start)
			assert.GreaterOrEqual(t, took, 5*second)
			assert.LessOrEqual(t, took, 6*second)
			differ[took] = true
		}
		assert.Greater(t, len(differ), 18)
	})
}

func TestNothing(t *testing.T) {
	t.Parallel()
	type row struct {
		status int
		after  time.Duration
		policy retry.Policy
		want   retry.Effect
	}
	short := retry.Policy{Waits: []time.Duration{second, 2 * second}}
	each(t, map[string]row{
		"503, too early":           {503, 30*second - 1, retry.Policy{}, retry.EffectUnknown},
		"503":                      {503, 30 * second, retry.Policy{}, retry.NoEffect},
		"502":                      {502, time.Hour, retry.Policy{}, retry.EffectUnknown},
		"504":                      {504, time.Hour, retry.Policy{}, retry.EffectUnknown},
		"302":                      {302, time.Hour, retry.Policy{}, retry.EffectUnknown},
		"500":                      {500, time.Hour, retry.Policy{}, retry.NoEffect},
		"499":                      {499, time.Hour, retry.Policy{}, retry.EffectUnknown},
		"a success that was cut":   {200, time.Hour, retry.Policy{}, retry.EffectUnknown},
		"no answer":                {0, time.Hour, retry.Policy{}, retry.EffectUnknown},
		"own policy, too early":    {503, 3*second - 1, short, retry.EffectUnknown},
		"own policy":               {503, 3 * second, short, retry.NoEffect},
		"a policy without pauses":  {503, 0, retry.Policy{Waits: []time.Duration{}}, retry.NoEffect},
		"the same, without answer": {0, 0, retry.Policy{Waits: []time.Duration{}}, retry.EffectUnknown},
	}, func(t *testing.T, row row) {
		a := retry.Answer{Status: row.status, Ended: time.Now()}
		time.Sleep(row.after) // a bubble's
		effect, err := a.Nothing(row.policy)
		assert.Equal(t, row.want, effect, "got %v", effect)
		assert.Equal(t, effect == retry.EffectUnknown, errors.Is(err, liveperson.ErrAbsent), "%v", err)
	})
}

// conflict is a write that was refused because the state moved on.
var conflict = &liveperson.Error{Op: "x.Save", Status: 409}

func TestGuardConflictsAreBounded(t *testing.T) {
	t.Parallel()
	other := &liveperson.Error{Op: "x.Save", Status: 410}
	boom := errors.New("the state cannot be read")
	type row struct {
		writes    []error // in turn; further ones are the last
		refetch   error
		err       error
		n, states int
	}
	each(t, map[string]row{
		"at once":             {[]error{nil}, nil, nil, 1, 0},
		"after one":           {[]error{conflict, nil}, nil, nil, 2, 1},
		"after five":          {[]error{conflict, conflict, conflict, conflict, conflict, nil}, nil, nil, 6, 5},
		"never":               {[]error{conflict}, nil, conflict, 6, retry.MaxConflicts},
		"another error":       {[]error{other}, nil, other, 1, 0},
		"then another error":  {[]error{conflict, other}, nil, other, 2, 1},
		"no state":            {[]error{conflict}, boom, boom, 1, 1},
		"a wrapped conflict":  {[]error{fmt.Errorf("saving: %w", conflict), nil}, nil, nil, 2, 1},
		"its reason says it":  {[]error{&liveperson.Error{Status: 200, Reason: "CONFLICT"}, nil}, nil, nil, 2, 1},
		"a conflict of state": {[]error{nil}, conflict, nil, 1, 0},
	}, func(t *testing.T, row row) {
		writes, states := 0, 0
		err := retry.OnConflict(t.Context(), func(context.Context) error {
			states++
			assert.Equal(t, writes, states, "read after each refusal")
			return row.refetch
		}, func(context.Context) error {
			writes++
			return row.writes[min(writes, len(row.writes))-1]
		})
		if row.err == nil {
			require.NoError(t, err)
		} else {
			assert.Same(t, row.err, err)
		}
		assert.Equal(t, row.n, writes)
		assert.Equal(t, row.states, states)
	})
}

// Writers who clash come back at different times, and later each time.
func TestConflictsAreSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		differ := map[time.Duration]bool{}
		for range 10 {
			var at []time.Time
			err := retry.OnConflict(t.Context(), func(context.Context) error { return nil },
				func(context.Context) error { at = append(at, time.Now()); return conflict })
			require.ErrorIs(t, err, liveperson.ErrConflict)
			assert.Zero(t, at[1].Sub(at[0]), "the first conflict is answered at once")
			for i, floor := 2, 100*time.Millisecond; i < len(at); i, floor = i+1, 2*floor {
				pause := at[i].Sub(at[i-1])
				assert.GreaterOrEqual(t, pause, floor)
				assert.LessOrEqual(t, pause, 2*floor)
				differ[pause] = true
			}
		}
		assert.Greater(t, len(differ), 35)
	})
}

func TestACancelledConflictStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := contextWithCancelAfter(t, 250*time.Millisecond)
		defer cancel()
		start, writes := time.Now(), 0
		err := retry.OnConflict(ctx, func(context.Context) error { return nil }, func(context.Context) error { writes++; return conflict })
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 250*time.Millisecond, time.Since(start))
		assert.LessOrEqual(t, writes, 4)
	})
}
