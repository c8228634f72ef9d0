package desk_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/internal/desk"
)

// life is a life of a chat that nothing ever happens to by itself.
type life struct {
	key     string
	stopped chan struct{} // closed by Stop

	mu     sync.Mutex
	end    string // how it ended, "" if it runs
	unread bool
	told   bool
}

func newLife(key string) *life { return &life{key: key, stopped: make(chan struct{})} }

func (l *life) Key() string { return l.key }
func (l *life) Over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end != ""
}

func (l *life) Ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end == "over"
}

func (l *life) finish(how string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.end == "" {
		l.end = how
	}
}

func (l *life) Closing() bool { return false }
func (l *life) Unread() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unread
}

func (l *life) Replaced() { l.finish("replaced") }
func (l *life) Lost()     { l.finish("lost") }
func (l *life) Stop()     { close(l.stopped) }
func (l *life) Told() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told
}

// service is a channel to a service that answers as it is told to.
type service struct {
	*desk.Desk[*life]

	begun time.Time
	ended time.Duration // how long the desk has worked
	ticks []time.Time
	keeps bool                                        // no chat can be settled
	list  func(ctx context.Context) ([]string, error) // nil: none
	adopt func(ctx context.Context, key string) error // nil: it is the agent's; errNot: it is not
	play  func()                                      // what Begin does

	mu  sync.Mutex
	saw []string // what it was asked, and told, and after how many seconds
}

func (s *service) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saw = append(s.saw, fmt.Sprintf("%v ", time.Since(s.begun).Round(time.Second))+fmt.Sprintf(format, args...))
}

func (s *service) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	saw := s.saw
	s.saw = nil
	return saw
}

func (s *service) List(ctx context.Context) ([]string, bool, error) {
	if s.list == nil {
		return nil, true, nil
	}
	keys, err := s.list(ctx)
	return keys, true, err
}

func (s *service) Adopt(ctx context.Context, key string) (*life, bool, error) {
	s.note("adopts %s", key)
	var err error
	if s.adopt != nil {
		err = s.adopt(ctx, key)
	}
	if errors.Is(err, errNot) {
		return nil, false, nil
	}
	return newLife(key), true, err
}

var (
	errNot    = errors.New("not the agent's")
	errNotNow = errors.New("not now")
)

// after is nil after so long, unless ctx ends before.
func after(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *service) Returned(l *life, err error, left bool) {
	s.note("%s returned, left %t: %v", l.key, left, err)
}

func (s *service) Settle(ctx context.Context, l *life, _ error, _ bool) {
	by, _ := ctx.Deadline()
	s.note("settles %s, in %v", l.key, time.Until(by).Round(time.Second))
	if !s.keeps {
		l.finish("over")
	}
}

func (s *service) Rest(context.Context) { s.note("rests") }

func (s *service) Begin() {
	if s.play != nil {
		s.play()
	}
}

func (s *service) Tick(now time.Time) { s.ticks = append(s.ticks, now) }

func (s *service) Opened(l *life, how desk.How) { s.note("opened %s, %d", l.key, how) }
func (s *service) Closed(l *life, left bool)    { s.note("closed %s, left %t", l.key, left) }
func (s *service) Trouble(what, key string, _ error, _ time.Duration) {
	s.note("trouble %s%s", what, key)
}

// working has a desk work in virtual time until play returns.
func working(t *testing.T, s *service, c desk.Config[*life], play func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c.Channel, c.Interval = s, 2*time.Second
		s.begun = time.Now()
		s.Desk = desk.New(c)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		play(t)
		cancel()
		<-done
		s.ended = time.Since(s.begun)
	})
}

// within has the owner do f, and waits for it.
func (s *service) within(f func()) {
	done := make(chan struct{})
	s.Post(func() { defer close(done); f() })
	<-done
}

// A life that is opened twice has begun once.
func TestOpenedTwice(t *testing.T) {
	t.Parallel()
	s := &service{}
	working(t, s, desk.Config[*life]{Leave: true}, func(t *testing.T) {
		one, two := newLife("a"), newLife("a")
		s.within(func() { s.Open(one, desk.Accepted); s.Open(one, desk.Resumed) })
		assert.Equal(t, []string{"0s opened a, 0"}, s.took())
		assert.False(t, one.Over())
		s.within(func() { s.Open(two, desk.Adopted) })
		assert.Equal(t, []string{"0s closed a, left false", "0s opened a, 1"}, s.took())
		assert.Equal(t, "replaced", one.end)
	})
}

// What could not be opened, of what the service tells of by itself, is opened again
// after a pause, but not while the service cannot be asked.
func TestOpenedAgainWhenTheServiceIsReady(t *testing.T) {
	t.Parallel()
	ready := true
	var mu sync.Mutex
	failure := errNotNow
	s := &service{adopt: func(context.Context, string) error {
		mu.Lock()
		defer mu.Unlock()
		return failure
	}}
	working(t, s, desk.Config[*life]{Leave: true, Told: true, Adopting: true, Ready: func() bool { return ready }}, func(t *testing.T) {
		time.Sleep(5 * time.Second)
		s.within(func() { s.Found("a", false) })
		time.Sleep(time.Second)
		assert.Equal(t, []string{"5s adopts a", "5s trouble taking over a chata"}, s.took())
		s.within(func() { ready = false })
		time.Sleep(time.Minute)
		assert.Empty(t, s.took())
		mu.Lock()
		failure = nil
		mu.Unlock()
		s.within(func() { ready = true })
		time.Sleep(3 * time.Second)
		assert.Len(t, s.took(), 2)
		s.within(func() { assert.True(t, s.Coming("a")); assert.False(t, s.Failed("a")) })
	})
}

// There is room for as many chats as there may be: those that run, that are about to
// come, and that may have come unseen.
func TestRoom(t *testing.T) {
	t.Parallel()
	s := &service{adopt: func(ctx context.Context, _ string) error { return after(ctx, 3*time.Second) }}
	working(t, s, desk.Config[*life]{Leave: true, Adopting: true, Max: 3}, func(t *testing.T) {
		room := func() (free int) {
			s.within(func() {
				for s.RoomBeside(free) {
					free++
				}
				assert.Equal(t, free > 0, s.Room())
			})
			return free
		}
		time.Sleep(5 * time.Second)
		assert.Equal(t, 3, room())
		s.within(func() { s.Open(newLife("a"), desk.Accepted) })
		assert.Equal(t, 2, room())
		s.within(func() { s.Found("b", false) })
		assert.Equal(t, 1, room(), "one is being opened")
		s.within(func() { s.Doubt(time.Now().Add(10 * time.Second)) })
		assert.Equal(t, 0, room())
		s.within(func() { assert.False(t, s.Full()) })
		time.Sleep(30 * time.Second)
		s.within(func() { assert.False(t, s.InDoubt()) })
		assert.Equal(t, 1, room())
		s.within(func() { s.Open(newLife("c"), desk.Accepted); assert.True(t, s.Full()) })
		assert.Equal(t, 0, room())
	})
}

// Stopping goes by the parts of its grace: at 70 % the context of handlers ends, at
// 80 % the chats of those that do not return are settled, and what does that has until
// 90 %.
func TestStages(t *testing.T) {
	t.Parallel()
	s := &service{}
	handle := func(ctx context.Context, l *life) error {
		<-ctx.Done()
		s.note("%s is told", l.key)
		if l.key == "b" {
			time.Sleep(time.Minute)
		}
		return ctx.Err()
	}
	s.play = func() {
		s.Open(newLife("a"), desk.Accepted)
		s.Open(newLife("b"), desk.Accepted)
	}
	working(t, s, desk.Config[*life]{Handle: handle, Grace: 100 * time.Second}, func(t *testing.T) { time.Sleep(10 * time.Second) })
	saw := s.took()
	assert.ElementsMatch(t, []string{
		"0s opened a, 0", "0s opened b, 0", "10s rests", "1m20s a is told", "1m20s b is told",
		"1m20s a returned, left false: context canceled", "1m20s settles a, in 20s", "1m20s closed a, left false",
		"1m30s settles b, in 10s", "2m20s b returned, left false: context canceled", "2m20s closed b, left false",
	}, saw)
}
