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
	key string
	mu  sync.Mutex
	end string // how it ended, "" if it runs
	why error
}

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
func (l *life) Unread() bool  { return false }
func (l *life) Replaced()     { l.finish("replaced") }
func (l *life) Lost()         { l.finish("lost") }
func (l *life) Stop()         {}
func (l *life) Told() bool    { return false }

// service is a channel to a service that answers as it is told to.
type service struct {
	*desk.Desk[*life]

	begun  time.Time
	onList []string
	fails  map[string]error // of Adopt, by the chat; "list" of List
	takes  time.Duration    // each Adopt
	play   func()           // what Begin does

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

func (s *service) fail(what string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails[what] = err
}

func (s *service) failure(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fails[what]
}

func (s *service) List(context.Context) ([]string, bool, error) {
	return s.onList, true, s.failure("list")
}

func (s *service) Adopt(ctx context.Context, key string) (*life, bool, error) {
	s.note("adopts %s", key)
	if s.takes > 0 {
		select {
		case <-time.After(s.takes):
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
	return &life{key: key}, true, s.failure(key)
}

func (s *service) Returned(l *life, err error, left bool) {
	s.note("%s returned, left %t: %v", l.key, left, err)
}

func (s *service) Settle(ctx context.Context, l *life, _ error) {
	by, _ := ctx.Deadline()
	s.note("settles %s, in %v", l.key, time.Until(by).Round(time.Second))
	l.finish("over")
}

func (s *service) Rest(context.Context) { s.note("rests") }

func (s *service) Begin() {
	if s.play != nil {
		s.play()
	}
}

func (s *service) Tick(time.Time) {}

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
		if s.fails == nil {
			s.fails = map[string]error{}
		}
		s.begun = time.Now()
		s.Desk = desk.New(c)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		play(t)
		cancel()
		<-done
	})
}

// within has the owner do f, and waits for it.
func (s *service) within(f func()) {
	done := make(chan struct{})
	s.Post(func() { defer close(done); f() })
	<-done
}

var errNotNow = errors.New("not now")

// A life that is opened twice has begun once.
func TestOpenedTwice(t *testing.T) {
	t.Parallel()
	s := &service{}
	working(t, s, desk.Config[*life]{Leave: true}, func(t *testing.T) {
		one, two := &life{key: "a"}, &life{key: "a"}
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
	s := &service{fails: map[string]error{"a": errNotNow}}
	working(t, s, desk.Config[*life]{Leave: true, Told: true, Adopting: true, Ready: func() bool { return ready }}, func(t *testing.T) {
		time.Sleep(5 * time.Second)
		s.within(func() { s.Found("a", false) })
		time.Sleep(time.Second)
		assert.Equal(t, []string{"5s adopts a", "5s trouble taking over a chata"}, s.took())
		s.within(func() { ready = false })
		time.Sleep(time.Minute)
		assert.Empty(t, s.took())
		s.fail("a", nil)
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
	s := &service{takes: 3 * time.Second}
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
		s.within(func() { s.Open(&life{key: "a"}, desk.Accepted) })
		assert.Equal(t, 2, room())
		s.within(func() { s.Found("b", false) })
		assert.Equal(t, 1, room(), "one is being opened")
		s.within(func() { s.Doubt(time.Now().Add(10 * time.Second)) })
		assert.Equal(t, 0, room())
		s.within(func() { assert.False(t, s.Full()) })
		time.Sleep(30 * time.Second)
		s.within(func() { assert.False(t, s.InDoubt()) })
		assert.Equal(t, 1, room())
		s.within(func() { s.Open(&life{key: "c"}, desk.Accepted); assert.True(t, s.Full()) })
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
		s.Open(&life{key: "a"}, desk.Accepted)
		s.Open(&life{key: "b"}, desk.Accepted)
	}
	working(t, s, desk.Config[*life]{Handle: handle, Grace: 100 * time.Second}, func(t *testing.T) { time.Sleep(10 * time.Second) })
	saw := s.took()
	assert.ElementsMatch(t, []string{
		"0s opened a, 0", "0s opened b, 0", "10s rests", "1m20s a is told", "1m20s b is told",
		"1m20s a returned, left false: context canceled", "1m20s settles a, in 20s", "1m20s closed a, left false",
		"1m30s settles b, in 10s", "2m20s b returned, left false: context canceled", "2m20s closed b, left false",
	}, saw)
}
