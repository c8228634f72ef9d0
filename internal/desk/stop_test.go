package desk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/internal/desk"
)

// What becomes of a chat when its handler returns, while the desk goes on, and when it
// stops and leaves its chats.
func TestHandlersThatReturn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		leave   bool
		stopped bool // it returns when the desk stops
		told    bool // and knows that
		end     string
		unread  bool
		err     error
		want    []string
	}{
		"while the desk goes on":            {want: []string{"a returned, left false: <nil>", "settles a", "closed a, left false"}},
		"with an error":                     {err: errNotNow, want: []string{"a returned, left false: not now", "settles a", "closed a, left false"}},
		"with an error, of those to leave":  {leave: true, err: errNotNow, want: []string{"a returned, left false: not now", "settles a", "closed a, left false"}},
		"from a chat that is over":          {leave: true, end: "over", want: []string{"a returned, left false: <nil>", "closed a, left false"}},
		"when it is told to stop":           {leave: true, stopped: true, told: true, want: []string{"a returned, left true: <nil>", "closed a, left true"}},
		"with an error, when it is told":    {leave: true, stopped: true, told: true, err: errNotNow, want: []string{"a returned, left true: not now", "closed a, left true"}},
		"with an error, before it is told":  {leave: true, stopped: true, err: errNotNow, want: []string{"a returned, left true: not now", "closed a, left true"}},
		"when it is done by then":           {leave: true, stopped: true, want: []string{"a returned, left false: <nil>", "settles a", "closed a, left false"}},
		"from what is over by then":         {leave: true, stopped: true, told: true, end: "over", want: []string{"a returned, left false: <nil>", "closed a, left false"}},
		"from what is over, and was unread": {leave: true, stopped: true, told: true, end: "over", unread: true, want: []string{"a returned, left true: <nil>", "closed a, left true"}},
		"when the desk stops for good":      {stopped: true, want: []string{"a returned, left false: <nil>", "settles a", "closed a, left false"}},
		"with an error, at the very end":    {stopped: true, err: errNotNow, want: []string{"a returned, left false: not now", "settles a", "closed a, left false"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{}
			s.play = func() { s.Open(newLife("a"), desk.Accepted) }
			handle := func(ctx context.Context, l *life) error {
				switch {
				case c.stopped && c.leave:
					<-l.stopped
				case c.stopped:
					<-ctx.Done()
				}
				time.Sleep(time.Second)
				l.mu.Lock()
				l.told, l.unread = c.told, c.unread
				l.mu.Unlock()
				if c.end != "" {
					l.finish(c.end)
				}
				return c.err
			}
			working(t, s, desk.Config[*life]{Handle: handle, Leave: c.leave, Grace: 100 * time.Second}, func(*testing.T) { time.Sleep(20 * time.Second) })
			var saw []string
			for _, one := range plain(s.took()) {
				if one != "rests" && one != "opened a, 0" {
					saw = append(saw, before(one, ", in"))
				}
			}
			assert.Equal(t, c.want, saw)
		})
	}
}

// A handler that does not return holds up the end of the desk, but not that its chat is
// settled, unless that is to be left.
func TestHandlersThatDoNotReturn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		leave, over, keeps bool
		want               []string
	}{
		"ended":            {want: []string{"opened a, 0", "rests", "settles a", "a returned, left false: <nil>", "closed a, left false"}},
		"left":             {leave: true, want: []string{"opened a, 0", "rests", "a returned, left false: <nil>", "settles a", "closed a, left false"}},
		"over":             {over: true, want: []string{"opened a, 0", "rests", "a returned, left false: <nil>", "closed a, left false"}},
		"one that goes on": {keeps: true, want: []string{"opened a, 0", "rests", "settles a", "a returned, left false: <nil>", "closed a, left false"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{}
			s.play = func() { s.Open(newLife("a"), desk.Accepted) }
			s.keeps = c.keeps
			handle := func(_ context.Context, l *life) error {
				if c.over {
					l.finish("over")
				}
				time.Sleep(time.Hour)
				return nil
			}
			working(t, s, desk.Config[*life]{Handle: handle, Leave: c.leave, Grace: 10 * time.Second}, func(*testing.T) { time.Sleep(20 * time.Second) })
			var saw []string
			for _, one := range plain(s.took()) {
				saw = append(saw, before(one, ", in"))
			}
			assert.Equal(t, c.want, saw)
			assert.GreaterOrEqual(t, s.ended, time.Hour)
		})
	}
}

// What begins while the desk stops: there is no room for more, but what comes all the
// same is handled, settled or left.
func TestOpenedWhileItStops(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		leave, keeps bool
		after        time.Duration
		want         []string
	}{
		"at first":       {false, false, time.Second, []string{"opened a, 0", "handles a", "a returned, left false: <nil>", "settles a", "closed a, left false"}},
		"to be left":     {true, false, time.Second, []string{"opened a, 0", "closed a, left true"}},
		"when it is cut": {false, false, 75 * time.Second, []string{"opened a, 0", "settles a", "closed a, left false"}},
		"and goes on":    {false, true, 75 * time.Second, []string{"opened a, 0", "settles a", "closed a, left false"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{}
			s.keeps = c.keeps
			handle := func(_ context.Context, l *life) error { s.note("handles %s", l.key); return nil }
			working(t, s, desk.Config[*life]{Handle: handle, Leave: c.leave, Grace: 100 * time.Second, Max: 5}, func(t *testing.T) {
				time.Sleep(10 * time.Second)
				s.within(func() {
					assert.True(t, s.Room())
					s.Whole(func(context.Context) func() {
						time.Sleep(c.after + time.Second)
						return func() { assert.False(t, s.Room()); s.Open(newLife("a"), desk.Accepted) }
					})
				})
				time.Sleep(time.Second)
			})
			var saw []string
			for _, one := range plain(s.took()) {
				if one != "rests" {
					saw = append(saw, before(one, ", in"))
				}
			}
			assert.Equal(t, c.want, saw)
		})
	}
}

// Where a chat may have come unseen a desk that stops looks on, until the chats that are
// left are settled.
func TestStoppingInDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		doubt time.Duration // from the stop on; 0: none
		ends  time.Duration
		most  time.Duration
	}{
		"no doubt":           {0, 0, 0},
		"it is resolved":     {10 * time.Second, 10 * time.Second, 20 * time.Second},
		"it is not resolved": {time.Hour, 80 * time.Second, 80 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{}
			handle := func(context.Context, *life) error { return nil }
			working(t, s, desk.Config[*life]{Handle: handle, Grace: 100 * time.Second}, func(*testing.T) {
				time.Sleep(10 * time.Second)
				if c.doubt > 0 {
					s.within(func() { s.Doubt(time.Now().Add(c.doubt)) })
				}
			})
			assert.GreaterOrEqual(t, s.ended-10*time.Second, c.ends)
			assert.LessOrEqual(t, s.ended-10*time.Second, c.most)
		})
	}
}

// A life that is over: one whose handler runs takes its place until that returns, if the
// chat has ended, and none if it went elsewhere. It is told once.
func TestLivesThatAreOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  string
		full bool
	}{"ended": {"over", true}, "lost": {"lost", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{}
			handle := func(context.Context, *life) error { time.Sleep(30 * time.Second); return nil }
			working(t, s, desk.Config[*life]{Handle: handle, Max: 1, Grace: time.Second}, func(t *testing.T) {
				one, other := newLife("a"), newLife("a")
				s.within(func() { s.Open(one, desk.Accepted) })
				time.Sleep(10 * time.Second)
				s.within(func() { s.Over(one); s.Over(other); s.Over(newLife("b")) })
				assert.Equal(t, []string{"opened a, 0"}, plain(s.took()))
				one.finish(c.end)
				s.within(func() { s.Over(one); s.Over(one) })
				assert.Equal(t, []string{"closed a, left false"}, plain(s.took()))
				s.within(func() { assert.Equal(t, c.full, s.Full()); assert.Empty(t, s.Lives()) })
				time.Sleep(time.Minute)
				s.within(func() { assert.False(t, s.Full()) })
				assert.Equal(t, []string{"a returned, left false: <nil>"}, plain(s.took()))
			})
		})
	}
}

// However short the grace is, the settling of chats has some time.
func TestLeastTimeToSettle(t *testing.T) {
	t.Parallel()
	for least, want := range map[time.Duration]string{0: "settles a, in 4s", 10 * time.Second: "settles a, in 10s"} {
		s := &service{}
		s.play = func() { s.Open(newLife("a"), desk.Accepted) }
		handle := func(ctx context.Context, _ *life) error { <-ctx.Done(); return ctx.Err() }
		working(t, s, desk.Config[*life]{Handle: handle, Least: least}, func(*testing.T) { time.Sleep(10 * time.Second) })
		assert.Contains(t, plain(s.took()), want)
	}
}

// Ticks are an interval apart, the first two up to twice as much. The first list is
// followed by one, too.
func TestTicks(t *testing.T) {
	t.Parallel()
	s := &service{}
	working(t, s, desk.Config[*life]{}, func(*testing.T) { time.Sleep(time.Minute) })
	assert.Zero(t, s.ticks[1].Sub(s.begun))
	s.ticks = s.ticks[1:]
	for i := range s.ticks[1:] {
		most := interval
		if i == 0 {
			most = tick
		}
		between(t, interval, most, []time.Duration{s.ticks[i+1].Sub(s.ticks[i])})
	}
}

// Without a limit there is always room.
func TestNoLimit(t *testing.T) {
	t.Parallel()
	s := &service{}
	working(t, s, desk.Config[*life]{Leave: true}, func(t *testing.T) {
		for _, key := range []string{"c", "a", "b"} {
			s.within(func() { assert.True(t, s.Room()); assert.False(t, s.Full()); s.Open(newLife(key), desk.Accepted) })
		}
		s.within(func() {
			var keys []string
			for _, l := range s.Lives() {
				keys = append(keys, l.key)
			}
			assert.Equal(t, []string{"a", "b", "c"}, keys)
		})
		s.took()
	})
	assert.Equal(t, []string{"rests", "closed a, left true", "closed b, left true", "closed c, left true"}, plain(s.took()))
}

// before is a text up to some words, which stand last in it.
func before(text, words string) string {
	text, _, _ = strings.Cut(text, words)
	return text
}
