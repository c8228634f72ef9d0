package messagingagent

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
)

// planned is the n-th pause, from 1, unspread.
func planned(n int) time.Duration {
	if n > 35 {
		return min(2*time.Minute<<(n-36), 16*time.Minute)
	}
	d := 5.0
	for range n - 1 {
		d *= 1.25
	}
	return min(time.Duration(d*float64(time.Second)), 16*time.Minute)
}

// on says that a pause was the n-th.
func on(t *testing.T, n int, pause time.Duration) {
	t.Helper()
	low, high := planned(n)*8/10, planned(n)*12/10
	assert.True(t, low-1 <= pause && pause <= high+1, "pause %d: %v is not within %v and %v", n, pause, low, high)
}

func TestGuardReconnectingFollowsTheSchedule(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(int) int{
		"refused":             func(int) int { return 503 },
		"accepted and droped": nil,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSocketServer(t)
			s.refuse = refuse
			l := s.link(linkConfig{})
			if refuse == nil {
				for range 42 {
					s.accept().cut()
				}
			} else {
				time.Sleep(14 * time.Hour)
			}
			tries := s.tries()
			require.Greater(t, len(tries), 41, name)
			spread := map[bool]int{}
			for n := 1; n <= 41; n++ {
				pause := tries[n].at.Sub(tries[n-1].at)
				on(t, n, pause)
				spread[pause > planned(n)]++
			}
			assert.Greater(t, spread[true], 5)
			assert.Greater(t, spread[false], 5)
			for i, d := range l.fell()[:41] {
				assert.Equal(t, tries[i].at, d.at)
				assert.Equal(t, tries[i+1].at, d.until)
			}
			assert.Equal(t, 1, s.loginCount())
		})
	}
}

func TestOnlyAMinuteOfLifeResetsTheSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l := s.link(linkConfig{})
		for i, c := range []struct {
			life time.Duration
			next int
		}{
			{0, 1},
			{time.Minute - 1, 2},
			{30 * time.Second, 3},
			{time.Minute, 1},
			{0, 2},
			{time.Hour, 1},
		} {
			p := s.accept()
			l.up(t)
			time.Sleep(c.life)
			p.cut()
			synctest.Wait()
			fell := l.fell()
			require.Len(t, fell, i+1)
			on(t, c.next, fell[i].until.Sub(fell[i].at))
		}
		s.accept()
	})
}

func TestOpeningsThatFailAreFailedLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		tries := 0
		l := s.link(linkConfig{opened: func(ctx context.Context, so *socket) error {
			tries++
			assert.EqualValues(t, tries, so.number)
			if tries == 3 {
				return nil
			}
			time.Sleep(2 * time.Minute) // long, but no life
			return errTest
		}})
		for n := 1; n <= 2; n++ {
			p := s.accept()
			<-p.done
			assert.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(p.err))
			synctest.Wait()
			fell := l.fell()
			require.Len(t, fell, n)
			assert.ErrorIs(t, fell[n-1].err, errTest)
			on(t, n, fell[n-1].until.Sub(fell[n-1].at))
		}
		l.up(t)
		assert.Equal(t, 3, tries)
	})
}

func TestARequestWaitsForASocket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		s.refuse = func(try int) int {
			if try < 3 {
				return 502
			}
			return 0
		}
		made := make(chan struct{})
		l := s.link(linkConfig{opened: func(ctx context.Context, so *socket) error {
			<-made
			return nil
		}})
		asked := l.begin(t.Context(), ask(1))
		p := s.accept()
		p.none() // it is not ready yet
		close(made)
		assert.Contains(t, p.next(), `{"n":1}`)
		p.send(`{"kind":"resp","reqId":"1","code":200}`, `{"kind":"resp","reqId":"2","code":200}`)
		require.NoError(t, (<-asked).err)
	})
	synctest.Test(t, func(t *testing.T) { // 30 s at most
		s := newSocketServer(t)
		s.refuse = func(int) int { return 502 }
		l := s.link(linkConfig{})
		began := time.Now()
		_, err := l.do(t.Context(), ask(1))
		assert.Equal(t, 30*time.Second, time.Since(began))
		assert.ErrorIs(t, err, errNotConnected)
		assert.ErrorIs(t, err, liveperson.ErrNotSent)
		assert.ErrorIs(t, err, liveperson.ErrUnavailable)
		assert.NotErrorIs(t, err, errNoAnswer)
		assert.ErrorContains(t, err, "502 Bad Gateway", "it says why")
	})
	synctest.Test(t, func(t *testing.T) { // not of that which cannot be
		s := newSocketServer(t)
		l := s.link(linkConfig{opened: func(ctx context.Context, s *socket) error {
			_, err := s.do(ctx, ask(1))
			return err
		}})
		go func() {
			for range 4 {
				p := s.accept()
				p.next()
				p.cut()
			}
		}()
		_, err := l.do(t.Context(), ask(2))
		assert.ErrorIs(t, err, errNotConnected)
		assert.NotErrorIs(t, err, errNoAnswer, "it was another one that was sent")
	})
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		s.refuse = func(int) int { return 502 }
		l := s.link(linkConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := l.do(ctx, ask(1))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorIs(t, err, liveperson.ErrNotSent)
	})
}

func TestTheEndOfTheSessionIsThatOfTheLink(t *testing.T) {
	t.Parallel()
	for _, connected := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newSocketServer(t)
			session := s.login(login.Password("bot", "secret"))
			var l *running
			if connected {
				l, _ = start(t, s, linkConfig{session: session})
			} else {
				s.refuse = func(int) int { return 502 }
				l = s.link(linkConfig{session: session})
				time.Sleep(time.Minute)
			}
			waits := l.begin(t.Context(), ask(1))
			synctest.Wait()
			session.Close()
			<-l.over
			assert.Equal(t, login.ErrClosed, l.err)
			assert.ErrorIs(t, l.ready(t.Context()), login.ErrClosed)
			err := (<-waits).err
			assert.Equal(t, connected, errors.Is(err, errNoAnswer))
			assert.Equal(t, !connected, errors.Is(err, liveperson.ErrNotSent))
		})
	}
}

var errTest = errors.New("test")

func TestAnUnknownServiceIsFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l := s.link(linkConfig{service: "nowhere"})
		assert.ErrorIs(t, l.ready(t.Context()), domain.ErrNoService)
		<-l.over
		assert.Empty(t, s.tries())
	})
}
