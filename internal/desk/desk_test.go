package desk_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/internal/desk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A queue keeps what it is given, in order, for as long as its consumer takes, and
// ends when it is closed and empty.
func TestQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := desk.NewQueue[int]()
		for n := range 1000 {
			q.Add(n)
		}
		got := make(chan int, 2000)
		go func() {
			defer close(got)
			for {
				n, ok := q.Next(t.Context())
				if !ok {
					return
				}
				time.Sleep(time.Second)
				got <- n
			}
		}()
		time.Sleep(time.Hour)
		q.Add(1000)
		synctest.Wait()
		q.Close()
		q.Add(1001) // too late
		want := 0
		for n := range got {
			require.Equal(t, want, n)
			want++
		}
		assert.Equal(t, 1001, want)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, ok := desk.NewQueue[int]().Next(ctx)
		assert.False(t, ok)
	})
}

// Whatever a function of the program does, it is an error, and what comes after it
// comes.
func TestContain(t *testing.T) {
	t.Parallel()
	fails := errors.New("no idea")
	for name, c := range map[string]struct {
		f    func() error
		is   error
		none bool
	}{
		"returns":         {f: func() error { return nil }, none: true},
		"fails":           {f: func() error { return fails }, is: fails},
		"panics":          {f: func() error { panic("boom") }},
		"panics an error": {f: func() error { panic(fails) }, is: fails},
		"ends":            {f: func() error { runtime.Goexit(); return nil }, is: desk.ErrGoexit},
	} {
		got := make(chan error, 1)
		go desk.Contain(c.f, func(err error) { got <- err })
		err := <-got
		if c.none {
			require.NoError(t, err, name)
			continue
		}
		require.Error(t, err, name)
		if c.is != nil {
			require.ErrorIs(t, err, c.is, name)
		}
	}
}

// Pauses grow, are never shorter than they should be nor longer than what is allowed,
// and are forgotten with a success.
func TestPacer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p desk.Pacer
		assert.True(t, p.Due(time.Now()))
		for _, want := range []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 16 * time.Minute} {
			pause := p.Failed(0)
			assert.GreaterOrEqual(t, pause, want)
			assert.LessOrEqual(t, pause, want*6/5)
			assert.False(t, p.Due(time.Now()))
			assert.True(t, p.Due(time.Now().Add(pause)))
		}
		assert.Equal(t, 9*time.Second, p.Failed(9*time.Second))
		p.OK()
		assert.True(t, p.Due(time.Now()))
		assert.LessOrEqual(t, p.Failed(0), 6*time.Second)
	})
}
