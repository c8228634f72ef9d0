package desk_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/internal/desk"
)

// lists answers what the service says is the agent's, by turns, the last one for ever,
// and keeps when it was asked.
type lists struct {
	s       *service
	answers []func(ctx context.Context) ([]string, error)

	mu      sync.Mutex
	asked   []time.Duration // after the beginning
	limits  []time.Duration // what time each had; 0: no limit
	running int
	most    int // at a time
}

func (l *lists) answer(ctx context.Context) ([]string, error) {
	l.mu.Lock()
	n := min(len(l.asked), len(l.answers)-1)
	answer := l.answers[n]
	l.asked = append(l.asked, time.Since(l.s.begun))
	limit := time.Duration(0)
	if by, limited := ctx.Deadline(); limited {
		limit = time.Until(by)
	}
	l.limits = append(l.limits, limit)
	l.running++
	l.most = max(l.most, l.running)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.running--
	}()
	return answer(ctx)
}

// set has the service say that from now on.
func (l *lists) set(keys ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = []func(context.Context) ([]string, error){says(keys...)}
}

// took are the pauses between the lists since the last call.
func (l *lists) took() (pauses []time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.asked[:len(l.asked)-1] {
		pauses = append(pauses, l.asked[i+1]-l.asked[i])
	}
	l.asked = l.asked[len(l.asked)-1:]
	return pauses
}

func says(keys ...string) func(context.Context) ([]string, error) {
	return func(context.Context) ([]string, error) { return keys, nil }
}

func failing(context.Context) ([]string, error) { return nil, errNotNow }

// hanging never answers.
func hanging(ctx context.Context) ([]string, error) { <-ctx.Done(); return nil, ctx.Err() }

// later answers after so long.
func later(d time.Duration, answer func(context.Context) ([]string, error)) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		if err := after(ctx, d); err != nil {
			return nil, err
		}
		return answer(ctx)
	}
}

// listing has a desk work on lists, from the beginning of virtual time.
func listing(t *testing.T, c desk.Config[*life], play func(t *testing.T, s *service, l *lists), answers ...func(context.Context) ([]string, error)) {
	t.Helper()
	s := &service{}
	l := &lists{s: s, answers: answers}
	s.list = l.answer
	c.Leave = true
	working(t, s, c, func(t *testing.T) { play(t, s, l) })
}

// between tells whether all pauses are.
func between(t *testing.T, least, most time.Duration, pauses []time.Duration) {
	t.Helper()
	for _, pause := range pauses {
		assert.GreaterOrEqual(t, pause, least)
		assert.LessOrEqual(t, pause, most)
	}
}

const (
	interval = 2 * time.Second
	tick     = 2 * interval // the second one may be late by as much
)

// The list is asked for at once, again after 15 s, and then every 50 s or a bit more.
// Only the first has little time.
func TestListsOfAQuietDay(t *testing.T) {
	t.Parallel()
	listing(t, desk.Config[*life]{Adopting: true}, func(t *testing.T, s *service, l *lists) {
		s.within(func() { assert.True(t, s.Beginning()) })
		time.Sleep(time.Hour)
		pauses := l.took()
		between(t, 15*time.Second, 15*time.Second+tick, pauses[:1])
		between(t, 50*time.Second, 55*time.Second+interval, pauses[1:])
		assert.Equal(t, 4*time.Second, l.limits[0])
		for _, limit := range l.limits[1:] {
			assert.Zero(t, limit)
		}
		s.within(func() { assert.False(t, s.Beginning()) })
	}, later(time.Millisecond, says()), says())
}

// Until there was a list, one that fails is asked for again soon, eight times; after
// that nothing hangs on it.
func TestListsThatFailAtFirst(t *testing.T) {
	t.Parallel()
	listing(t, desk.Config[*life]{Adopting: true}, func(t *testing.T, s *service, l *lists) {
		time.Sleep(3 * time.Minute)
		pauses := l.took()
		assert.Len(t, pauses, 8)
		between(t, 5*time.Second, 5*time.Second+tick, pauses)
		assert.Len(t, s.took(), 9)
		time.Sleep(time.Hour)
		between(t, 16*time.Minute, 20*time.Minute, l.took())
	}, failing)
}

// One that hangs is given up before the next tick but one. What rings does not wait for
// it that long.
func TestListsThatHangAtFirst(t *testing.T) {
	t.Parallel()
	listing(t, desk.Config[*life]{Adopting: true}, func(t *testing.T, _ *service, l *lists) {
		time.Sleep(30 * time.Second)
		between(t, 5*time.Second, 6*time.Second, l.took()[1:])
	}, hanging)
	listing(t, desk.Config[*life]{Adopting: true, Haste: &desk.Haste{}}, func(t *testing.T, s *service, l *lists) {
		time.Sleep(time.Second)
		s.within(func() { assert.True(t, s.Beginning()) })
		time.Sleep(tick)
		s.within(func() { assert.False(t, s.Beginning()) })
		synctest.Wait()
		assert.Len(t, l.asked, 1)
	}, hanging)
}

// A list that fails is asked for every 15 s if the agent has chats, or may have, and
// after growing pauses if not.
func TestListsThatFailLater(t *testing.T) {
	t.Parallel()
	for name, chats := range map[string]int{"no chat": 0, "one": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listing(t, desk.Config[*life]{Adopting: true}, func(t *testing.T, s *service, l *lists) {
				time.Sleep(10 * time.Second)
				if chats > 0 {
					s.within(func() { s.Open(newLife("a"), desk.Accepted) })
				}
				l.took()
				time.Sleep(time.Hour)
				pauses := l.took()
				if chats > 0 {
					between(t, 15*time.Second, 15*time.Second+interval, pauses[4:])
				} else {
					between(t, 16*time.Minute, 20*time.Minute, pauses[7:])
					assert.Less(t, len(pauses), 12)
				}
			}, says(), failing)
		})
	}
}

// An old list says nothing against a newer one, however late it comes; but one that is
// slow counts while a later one hangs.
func TestListsThatAreLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second, third func(context.Context) ([]string, error)
		want          []string
	}{
		"an old answer":            {later(20*time.Second, says("x")), says(), nil},
		"an old failure":           {later(20*time.Second, failing), says(), nil},
		"a failure before another": {later(5*time.Second, failing), later(30*time.Second, says()), nil},
		"the next one hangs":       {later(5*time.Second, says("x")), later(30*time.Second, says("x")), []string{"adopts x", "opened x, 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listing(t, desk.Config[*life]{Adopting: true}, func(t *testing.T, s *service, l *lists) {
				time.Sleep(5 * time.Second)
				for range 2 {
					s.within(func() { s.Look() })
					time.Sleep(3 * time.Second)
				}
				time.Sleep(27 * time.Second)
				assert.Len(t, l.took(), 2)
				assert.Equal(t, c.want, plain(s.took()))
			}, says(), c.second, c.third, says("x"))
		})
	}
}

// Lists that hang do not hold up others that there is a reason for, but no more than
// three are under way.
func TestListsThatHang(t *testing.T) {
	t.Parallel()
	listing(t, desk.Config[*life]{Adopting: true}, func(t *testing.T, s *service, l *lists) {
		time.Sleep(5 * time.Second)
		for range 20 {
			s.within(func() { s.Look() })
			time.Sleep(3 * time.Second)
		}
		synctest.Wait()
		assert.Equal(t, 3, l.most)
		assert.Len(t, l.took(), 3)
	}, says(), hanging)
}

// What is on the list is taken over once: not if it is here, or on its way here.
func TestListedTwice(t *testing.T) {
	t.Parallel()
	s := &service{adopt: func(ctx context.Context, _ string) error { return after(ctx, 10*time.Second) }}
	l := &lists{s: s, answers: []func(context.Context) ([]string, error){says("a", "b")}}
	s.list = l.answer
	s.play = func() { s.Open(newLife("a"), desk.Resumed) }
	working(t, s, desk.Config[*life]{Leave: true, Adopting: true, Haste: &desk.Haste{}}, func(t *testing.T) {
		for range 10 {
			time.Sleep(3 * time.Second)
			s.within(func() { s.Look(); s.Found("a", true); s.Found("b", true) })
		}
		saw := s.took()
		assert.Len(t, saw, 3, saw) // a has begun, b is adopted, and has begun
		s.within(func() { assert.Len(t, s.Lives(), 2) })
	})
}

// A desk that takes nothing over leaves alone what is on its first list, and what comes
// onto a later one. Only where a chat may have come to it unseen it takes that, also if
// a list showed it shortly before.
func TestListsOfADeskThatAdoptsNothing(t *testing.T) {
	t.Parallel()
	listing(t, desk.Config[*life]{}, func(t *testing.T, s *service, l *lists) {
		look := func() {
			s.within(func() { s.Look() })
			time.Sleep(3 * time.Second)
		}
		time.Sleep(5 * time.Second)
		l.set("old", "later")
		look()
		time.Sleep(5 * time.Minute)
		l.set("old", "later", "new")
		look()
		time.Sleep(10 * time.Second)
		look()
		assert.Empty(t, s.took())
		s.within(func() { s.Doubt(time.Now()) })
		time.Sleep(3 * time.Second)
		assert.Equal(t, []string{"adopts new", "opened new, 1"}, plain(s.took()))
		s.within(func() { assert.False(t, s.InDoubt()); s.Found("told", false) })
		look()
		assert.Empty(t, s.took())
		s.within(func() { s.Found("told", true) })
		look()
		assert.Equal(t, []string{"adopts told", "opened told, 1"}, plain(s.took()))
	}, says("old"))
}

// A chat that cannot be opened is tried again soon, eight times, and then seldom, with
// lists that show it. The lists of others are not put off by that.
func TestAChatThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	for name, told := range map[string]bool{"by lists": false, "told": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tried []time.Duration
			s := &service{}
			s.adopt = func(ctx context.Context, _ string) error {
				tried = append(tried, time.Since(s.begun))
				_, limited := ctx.Deadline()
				assert.Equal(t, len(tried) <= 8, limited)
				return errNotNow
			}
			l := &lists{s: s, answers: []func(context.Context) ([]string, error){says("a")}}
			s.list = l.answer
			working(t, s, desk.Config[*life]{Leave: true, Adopting: true, Told: told}, func(t *testing.T) {
				time.Sleep(3 * time.Minute)
				synctest.Wait()
				s.within(func() { assert.True(t, s.Failed("a")); assert.False(t, s.Coming("a")) })
				assert.Len(t, tried, 9)
				for i := range tried[1:] {
					between(t, 5*time.Second, 5*time.Second+tick, []time.Duration{tried[i+1] - tried[i]})
				}
				l.took()
				time.Sleep(10 * time.Minute)
				between(t, 50*time.Second, 55*time.Second+interval, l.took()[1:])
				time.Sleep(time.Hour)
				synctest.Wait()
				assert.Less(t, len(tried), 15)
			})
		})
	}
}

// A chat that could not be opened is not opened again before a list shows it, unless the
// service tells of what is the agent's; and not twice at a time, or when the desk stops.
func TestAChatThatIsOpenedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		told   bool
		second func(context.Context) ([]string, error)
		stops  time.Duration
		tries  int
	}{
		"the list fails":  {false, failing, time.Minute, 1},
		"it is listed":    {false, says("a"), time.Minute, 2},
		"told":            {true, failing, time.Minute, 2},
		"the desk stops":  {true, says("a"), 3 * time.Second, 1},
		"and knows of it": {false, says("a"), 3 * time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			s := &service{}
			s.adopt = func(ctx context.Context, _ string) error {
				if tries++; tries == 1 {
					return errNotNow
				}
				return after(ctx, 20*time.Second)
			}
			l := &lists{s: s, answers: []func(context.Context) ([]string, error){says("a"), c.second}}
			s.list = l.answer
			handle := func(context.Context, *life) error { time.Sleep(time.Minute); return nil }
			s.play = func() { s.Open(newLife("b"), desk.Accepted) }
			working(t, s, desk.Config[*life]{Handle: handle, Haste: &desk.Haste{}, Grace: time.Minute, Adopting: true, Told: c.told}, func(*testing.T) { time.Sleep(c.stops) })
			assert.Equal(t, c.tries, tries)
			assert.Less(t, len(l.asked), 12, "nor are there more lists for it")
		})
	}
}

// Where a chat may have come unseen lists are asked for every other tick, until then,
// whatever they show. Each that they show is one of those.
func TestDoubts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shows  string
		err    error
		doubts bool // while it lasts
	}{
		"nothing there":         {"", nil, true},
		"one is there":          {"a", nil, false},
		"it cannot be opened":   {"a", errNotNow, true},
		"it is somebody else's": {"a", errNot, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{adopt: func(context.Context, string) error { return c.err }}
			l := &lists{s: s, answers: []func(context.Context) ([]string, error){says()}}
			s.list = l.answer
			working(t, s, desk.Config[*life]{Leave: true, Adopting: true, Max: 10}, func(t *testing.T) {
				time.Sleep(25 * time.Second)
				l.took()
				if c.shows != "" {
					l.set(c.shows)
				}
				until := time.Now().Add(23 * time.Second)
				s.within(func() { s.Doubt(until) })
				time.Sleep(20 * time.Second)
				s.within(func() { assert.Equal(t, c.doubts, s.InDoubt()); assert.Equal(t, c.doubts, s.Urgent()) })
				pauses := l.took()
				if c.err == nil {
					between(t, 2*interval, 2*interval, pauses[1:])
					assert.Greater(t, len(pauses), 3)
				}
				time.Sleep(20 * time.Second)
				l.set()
				s.within(func() { s.Look() })
				time.Sleep(5 * time.Second)
				s.within(func() { assert.False(t, s.InDoubt()) })
				free := 0
				s.within(func() {
					for s.RoomBeside(free) {
						free++
					}
				})
				assert.Equal(t, map[bool]int{false: 10, true: 9}[c.shows != "" && c.err == nil], free)
			})
		})
	}
}

// plain is what was seen, without the times.
func plain(saw []string) (list []string) {
	for _, one := range saw {
		_, text, _ := strings.Cut(one, " ")
		list = append(list, text)
	}
	return list
}
