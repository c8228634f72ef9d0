package messagingagent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
)

// Each close code, after a long life.
func TestCloseCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code   int
		reason string
		login  bool
	}{
		{4401, "", true},
		{4407, "JWT not accepted", true},
		{1008, "", true},
		{1011, "", true},
		{1000, "", false},
		{1001, "going away", false},
		{1000, "identity Token is invalid", true},
		{1012, "", false},
		{4410, "", false},
		{4000, "", false},
		{4999, "whatever", false},
		{3000, "", false},
		{1006, "", false}, // no close frame
		{1005, "", false}, // one without a code
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSocketServer(t)
			l, p := start(t, s, linkConfig{})
			time.Sleep(5 * time.Minute)
			lost := l.begin(t.Context(), ask(1))
			p.next()
			switch c.code {
			case 1006:
				p.cut()
			default:
				p.closeWith(c.code, c.reason)
			}
			closed := time.Now()
			got := <-lost
			assert.ErrorIs(t, got.err, errNoAnswer)
			s.accept()
			assert.InDelta(t, 5*time.Second, time.Since(closed), float64(time.Second), c.code)
			l.up(t)
			logins := 1
			if c.login {
				logins = 2
			}
			assert.Equal(t, logins, s.loginCount(), "%d %s", c.code, c.reason)
			assert.True(t, strings.HasSuffix(s.tries()[1].uri, fmt.Sprintf("%%20%d?v=2.1", logins)), s.tries()[1].uri)
			require.Len(t, l.fell(), 1)
			assert.InDelta(t, 5*time.Second, l.fell()[0].until.Sub(closed), float64(time.Second), "it is told when")
			var e *closedError
			switch c.code {
			case 1006:
				assert.NotErrorAs(t, l.fell()[0].err, &e)
			default:
				require.ErrorAs(t, l.fell()[0].err, &e)
				assert.Equal(t, closedError{c.code, c.reason}, *e)
			}
		})
	}
}

// A code that nobody knows costs a login only if it comes three times in a row without
// a minute of life.
func TestStrangeCodesInARow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l := s.link(linkConfig{})
		for i, c := range []struct {
			code   int
			after  time.Duration
			logins int // of the next socket
		}{
			{4001, 59 * time.Second, 1},
			{4000, time.Second, 1},
			{4003, time.Second, 2},
			{4001, time.Second, 2},
			{4001, time.Second, 2},
			{1000, time.Second, 2}, // not in a row
			{4001, time.Second, 2},
			{4001, time.Second, 2},
			{4001, time.Minute, 2}, // nor without life
			{4001, time.Second, 2},
			{4001, time.Second, 3},
		} {
			p := s.accept()
			l.up(t)
			time.Sleep(c.after)
			p.closeWith(c.code, "")
			synctest.Wait()
			next := s.accept()
			assert.Equal(t, c.logins, s.loginCount(), i)
			s.peers <- next
		}
		synctest.Wait()
		s.accept()
	})
}

// 1008 and 1011 may mean anything: a server that says so again and again is not asked
// for a new bearer each time.
func TestServerErrorsInARow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l := s.link(linkConfig{})
		time.Sleep(10 * time.Minute)
		for i, logins := range []int{2, 2, 2, 3, 3, 3, 4} {
			p := s.accept()
			l.up(t)
			p.closeWith(1011+i%2*(1008-1011), "")
			next := s.accept()
			assert.Equal(t, logins, s.loginCount(), i)
			s.peers <- next
		}
		_, trouble := l.cfg.session.Trouble()
		assert.NoError(t, trouble)
		s.accept()
	})
}

// Two processes that use one user end each other's tokens.
func TestGuardWhoFightsForAUserDoesNotReconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l := s.link(linkConfig{})
		var closed time.Time
		for range 3 {
			p := s.accept()
			l.up(t)
			time.Sleep(time.Second)
			p.closeWith(4401, "")
			closed = time.Now()
		}
		time.Sleep(30 * time.Second)
		last := l.fell()[len(l.fell())-1]
		assert.ErrorIs(t, last.err, login.ErrLoggedInElsewhere)
		_, err := l.do(t.Context(), ask(1))
		assert.ErrorIs(t, err, login.ErrLoggedInElsewhere)
		assert.ErrorIs(t, err, liveperson.ErrNotSent)
		s.accept()
		assert.GreaterOrEqual(t, time.Since(closed), 2*time.Minute)
		assert.LessOrEqual(t, time.Since(closed), 3*time.Minute)
		assert.Equal(t, 4, s.loginCount())
		l.up(t)
	})
}

// The session's pause is waited for, but not longer than it lasts.
func TestLoginsThatFailPutTheSocketOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		s.badLogins.Store(true)
		l, p := start(t, s, linkConfig{})
		time.Sleep(time.Hour)
		p.closeWith(4401, "")
		time.Sleep(time.Minute) // 5 s, then four tries of the login
		synctest.Wait()
		fell := l.fell()
		require.Len(t, fell, 2)
		assert.ErrorIs(t, fell[1].err, liveperson.ErrUnavailable)
		until, trouble := l.cfg.session.Trouble()
		require.ErrorIs(t, trouble, liveperson.ErrUnavailable)
		assert.Equal(t, until, fell[1].until)
		logins := s.loginCount()
		assert.Equal(t, 5, logins)
		s.badLogins.Store(false)
		s.accept()
		assert.Equal(t, until, time.Now())
		assert.Equal(t, logins+1, s.loginCount())
		l.up(t)
	})
}

// Where the pause between two sockets is the longer one, it holds.
func TestLoginsThatFailAfterManyOpenings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		s.badLogins.Store(true)
		s.refuse = func(try int) int {
			if try <= 30 {
				return 503
			}
			return 401
		}
		l := s.link(linkConfig{})
		for len(s.tries()) < 31 {
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		last := l.fell()[len(l.fell())-1]
		_, trouble := l.cfg.session.Trouble()
		require.ErrorIs(t, trouble, liveperson.ErrUnavailable)
		assert.Greater(t, last.until.Sub(last.at), 12*time.Minute)
	})
}

func TestTheServiceSaysTheBearer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		asked := l.begin(t.Context(), ask(1))
		p.next()
		p.send(`{"kind":"resp","reqId":"2","code":403,"type":"` + tokenOf(1) + `","body":"no ` + tokenOf(1) + `"}`)
		err := (<-asked).err
		assert.ErrorIs(t, err, liveperson.ErrForbidden)
		leaks(t, printed(err))
		asked = l.begin(t.Context(), ask(1))
		p.next()
		p.closeWith(1000, tokenOf(1))
		err = (<-asked).err
		leaks(t, printed(err))
		assert.ErrorContains(t, err, "[redacted]")
		s.accept()
		l.up(t)
	})
}

// The upgrade is refused, with the address in the answer.
func TestUpgradesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		is     error
		final  bool // if it is the first
	}{
		{400, nil, true},
		{403, liveperson.ErrForbidden, true},
		{404, liveperson.ErrNotFound, true},
		{410, liveperson.ErrGone, true},
		{451, liveperson.ErrBlocked, true},
		{408, nil, false},
		{429, liveperson.ErrRateLimited, false},
		{500, liveperson.ErrUnavailable, false},
		{502, liveperson.ErrUnavailable, false},
		{503, liveperson.ErrUnavailable, false},
		{200, liveperson.ErrMalformed, false},
		{307, liveperson.ErrRedirected, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSocketServer(t)
			s.refuse = func(try int) int {
				if try == 1 {
					return c.status
				}
				return 0
			}
			l := s.link(linkConfig{})
			err := l.ready(t.Context())
			if !c.final {
				require.NoError(t, err)
				assert.Len(t, s.tries(), 2)
				gap := s.tries()[1].at.Sub(s.tries()[0].at)
				assert.InDelta(t, 5*time.Second, gap, float64(time.Second))
				require.Len(t, l.fell(), 1)
				err = l.fell()[0].err
			} else {
				<-l.over
				assert.Equal(t, l.err, err)
				_, sent := l.do(t.Context(), ask(1))
				assert.ErrorIs(t, sent, liveperson.ErrNotSent)
				leaks(t, printed(sent))
				assert.Len(t, s.tries(), 1)
			}
			if c.is != nil {
				assert.ErrorIs(t, err, c.is)
			}
			assert.Equal(t, c.status == 307, errors.Is(err, liveperson.ErrRedirected))
			var e *liveperson.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "messagingagent.Connect", e.Op)
			assert.Equal(t, c.status, e.Status)
			leaks(t, printed(err))
			assert.Equal(t, 1, s.loginCount())
		})
		synctest.Test(t, func(t *testing.T) { // later nothing is final
			s := newSocketServer(t)
			s.refuse = func(try int) int {
				if try == 2 {
					return c.status
				}
				return 0
			}
			l, p := start(t, s, linkConfig{})
			p.cut()
			s.accept()
			l.up(t)
			assert.Len(t, s.tries(), 3)
		})
	}
}

func TestUpgradesThatAreUnauthorized(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // a new login helps
		s := newSocketServer(t)
		s.refuse = func(try int) int {
			if try == 1 {
				return 401
			}
			return 0
		}
		began := time.Now()
		l := s.link(linkConfig{})
		l.up(t)
		assert.Equal(t, 2, s.loginCount())
		assert.Equal(t, 5*time.Second, time.Since(began), "logins are so far apart")
		assert.True(t, strings.HasSuffix(s.tries()[1].uri, "%202?v=2.1"))
		assert.Empty(t, l.fell())
	})
	synctest.Test(t, func(t *testing.T) { // it does not
		s := newSocketServer(t)
		s.refuse = func(int) int { return 401 }
		l := s.link(linkConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		err := l.ready(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorIs(t, err, liveperson.ErrUnauthorized)
		leaks(t, printed(err))
		assert.LessOrEqual(t, s.loginCount(), 7, "2, 4, 8, 16 min apart")
		assert.LessOrEqual(t, len(s.tries()), 25)
	})
	synctest.Test(t, func(t *testing.T) { // there is none
		s := newSocketServer(t)
		s.refuse = func(int) int { return 401 }
		l := s.link(linkConfig{session: s.login(login.Bearer(tokenOf(1), "3550017"))})
		err := l.ready(t.Context())
		assert.ErrorIs(t, err, liveperson.ErrUnauthorized)
		leaks(t, printed(err))
		assert.Len(t, s.tries(), 1)
	})
}

func TestConnectionsThatFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		session := s.login(login.Password("bot", "secret"))
		_, err := session.BaseURI(t.Context(), "asyncMessagingEnt")
		require.NoError(t, err)
		hangs := make(chan struct{})
		s.refuse = func(try int) int {
			switch try {
			case 1:
				select { // longer than the opening may take
				case <-time.After(time.Minute):
				case <-hangs:
				}
				return 503
			case 2:
				panic(http.ErrAbortHandler)
			}
			return 0
		}
		l := s.link(linkConfig{session: session})
		began := time.Now()
		_, err = l.do(t.Context(), ask(1))
		assert.ErrorIs(t, err, errNoAnswer, "it was sent over the third one")
		fell := l.fell()
		require.Len(t, fell, 2)
		assert.Equal(t, 10*time.Second, fell[0].at.Sub(began))
		assert.NotErrorIs(t, fell[0].err, context.DeadlineExceeded)
		for _, f := range fell {
			assert.ErrorIs(t, f.err, liveperson.ErrUnavailable)
			leaks(t, printed(f.err))
			for err := f.err; err != nil; err = errors.Unwrap(err) {
				leaks(t, printed(err))
			}
		}
		close(hangs)
	})
}
