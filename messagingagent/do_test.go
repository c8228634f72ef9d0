package messagingagent

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
)

// read is a request that may be made twice.
func read(n int) request {
	r := ask(n)
	r.idempotent = true
	return r
}

func answerTo(id int, code string) string {
	return fmt.Sprintf(`{"kind":"resp","reqId":"%d","code":%s,"type":".ReqBody$StringResp","body":"text"}`, id, code)
}

func TestFailuresAreErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := start(t, newSocketServer(t), linkConfig{})
		id := 1
		for code, is := range map[string]error{
			`400`: nil, `"403"`: liveperson.ErrForbidden, `404`: liveperson.ErrNotFound, `"CONFLICT"`: liveperson.ErrConflict,
			`410`: liveperson.ErrGone, `500`: liveperson.ErrUnavailable, `503`: liveperson.ErrUnavailable,
		} {
			asked := l.begin(t.Context(), ask(1))
			id++
			p.want(askFrame(id, 1))
			p.send(answerTo(id, code))
			err := (<-asked).err
			var e *liveperson.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "messagingagent.Test", e.Op)
			assert.Equal(t, "text", e.Message)
			assert.Equal(t, ".ReqBody$StringResp", e.Reason)
			assert.Equal(t, 1, e.Tries)
			assert.NoError(t, e.Err)
			if is != nil {
				assert.ErrorIs(t, err, is)
			}
			assert.NotErrorIs(t, err, errNoAnswer)
			assert.NotErrorIs(t, err, liveperson.ErrNotSent)
		}
		p.none() // nothing is sent again
		assert.Empty(t, l.fell())
	})
}

func TestAnAnswerWithoutACodeIsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := start(t, newSocketServer(t), linkConfig{})
		for i, code := range []string{`null`, `"perhaps"`, `{}`} {
			asked := l.begin(t.Context(), read(1))
			p.want(askFrame(2+i, 1))
			p.send(answerTo(2+i, code))
			err := (<-asked).err
			assert.ErrorIs(t, err, errNoAnswer)
			assert.ErrorIs(t, err, liveperson.ErrMalformed)
		}
		p.none()
	})
}

func TestRateLimitsAreWaitedOut(t *testing.T) {
	t.Parallel()
	for _, r := range []request{ask(1), read(1)} {
		synctest.Test(t, func(t *testing.T) {
			l, p := start(t, newSocketServer(t), linkConfig{})
			asked := l.begin(t.Context(), r)
			last := time.Time{}
			for id := 2; id <= 5; id++ {
				p.want(askFrame(id, 1))
				if id > 2 {
					gap, least := time.Since(last), time.Duration(id-2)*time.Second
					assert.GreaterOrEqual(t, gap, least)
					assert.LessOrEqual(t, gap, least*12/10)
				}
				last = time.Now()
				p.send(answerTo(id, "429"))
			}
			err := (<-asked).err
			assert.ErrorIs(t, err, liveperson.ErrRateLimited)
			var e *liveperson.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, 4, e.Tries)
			p.none()

			asked = l.begin(t.Context(), r)
			p.want(askFrame(6, 1))
			p.send(answerTo(6, "429"))
			p.want(askFrame(7, 1))
			p.send(answerTo(7, "200"))
			require.NoError(t, (<-asked).err)
		})
	}
}

// A request that waits for its turn after a 429 keeps no place.
func TestARequestThatWaitsKeepsNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := start(t, newSocketServer(t), linkConfig{})
		ctx, cancel := context.WithCancel(t.Context())
		for range 8 {
			l.begin(ctx, ask(1))
		}
		for range 8 {
			p.next()
		}
		for id := 2; id <= 9; id++ {
			p.send(answerTo(id, "429"))
		}
		synctest.Wait()
		asked := l.begin(t.Context(), ask(2))
		p.want(askFrame(10, 2))
		p.send(answerTo(10, "200"))
		require.NoError(t, (<-asked).err)
		cancel()
	})
}

func TestServerErrors(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"500", "502", "503", "504"} {
		synctest.Test(t, func(t *testing.T) {
			l, p := start(t, newSocketServer(t), linkConfig{})
			asked := l.begin(t.Context(), read(1))
			last := time.Now()
			for id, d := range []time.Duration{0, 5 * time.Second, 10 * time.Second, 15 * time.Second} {
				frame := p.next()
				assert.Contains(t, frame, `{"n":1}`)
				gap := time.Since(last)
				assert.True(t, gap >= d && gap <= d*12/10, "%d: %v", id, gap)
				last = time.Now()
				var number int
				_, err := fmt.Sscanf(frame, `{"kind":"req","id":"%d"`, &number)
				require.NoError(t, err)
				p.send(answerTo(number, code))
			}
			err := (<-asked).err
			assert.ErrorIs(t, err, liveperson.ErrUnavailable)
			var e *liveperson.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, 4, e.Tries)
			p.none()
		})
	}
	synctest.Test(t, func(t *testing.T) { // 501 says that it cannot
		l, p := start(t, newSocketServer(t), linkConfig{})
		asked := l.begin(t.Context(), read(1))
		p.next()
		p.send(answerTo(2, "501"))
		assert.Error(t, (<-asked).err)
	})
	synctest.Test(t, func(t *testing.T) { // the context ends while it waits
		l, p := start(t, newSocketServer(t), linkConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		asked := l.begin(ctx, read(1))
		p.next()
		p.send(answerTo(2, "500"))
		began := time.Now()
		err := (<-asked).err
		assert.Equal(t, 2*time.Second, time.Since(began))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorIs(t, err, liveperson.ErrUnavailable)
	})
}

// What may be made once only is not sent again, however its answer was lost.
func TestGuardAWriteIsNotSentTwice(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(s *socketServer, p *peer){
		"cut":        func(_ *socketServer, p *peer) { p.cut() },
		"closed":     func(_ *socketServer, p *peer) { p.closeWith(1000, "") },
		"4410":       func(_ *socketServer, p *peer) { p.closeWith(4410, "") },
		"4401":       func(_ *socketServer, p *peer) { p.closeWith(4401, "") },
		"no answer":  func(*socketServer, *peer) {},
		"silence":    func(s *socketServer, _ *peer) { s.clocks("") },
		"odd answer": func(_ *socketServer, p *peer) { p.send(`{"kind":"resp","reqId":"2","code":200`) },
		"no code":    func(_ *socketServer, p *peer) { p.send(`{"kind":"resp","reqId":"2"}`) },
		"5xx":        func(_ *socketServer, p *peer) { p.send(answerTo(2, "503")) },
		"408":        func(_ *socketServer, p *peer) { p.send(answerTo(2, "408")) },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSocketServer(t)
			l, p := start(t, s, linkConfig{})
			time.Sleep(25 * time.Second)
			asked := l.begin(t.Context(), ask(1))
			p.want(askFrame(2, 1))
			lose(s, p)
			err := (<-asked).err
			require.Error(t, err, name)
			var e *liveperson.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, e.Status == 0, errors.Is(err, errNoAnswer), name)
			assert.NotErrorIs(t, err, liveperson.ErrNotSent, name)
			time.Sleep(time.Minute)
			s.clocks(`{}`)
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			assert.Empty(t, p.frames, name)
			for len(s.peers) > 0 {
				assert.Empty(t, (<-s.peers).frames, name)
			}
		})
	}
}

// What may be made twice is sent over three sockets at most.
func TestReadsAreSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		asked := l.begin(t.Context(), read(1))
		for i := range 3 {
			assert.Contains(t, p.next(), `{"n":1}`)
			p.cut()
			if i < 2 {
				p = s.accept()
			}
		}
		err := (<-asked).err
		assert.ErrorIs(t, err, errNoAnswer)
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 3, e.Tries)
		p = s.accept()
		l.up(t)
		p.none()
	})
	synctest.Test(t, func(t *testing.T) { // over the same one if that lives
		l, p := start(t, newSocketServer(t), linkConfig{})
		began := time.Now()
		asked := l.begin(t.Context(), read(1))
		for range 3 {
			assert.Contains(t, p.next(), `{"n":1}`)
		}
		assert.ErrorIs(t, (<-asked).err, errNoAnswer)
		assert.Equal(t, 30*time.Second, time.Since(began))
		assert.Empty(t, l.fell())
	})
	synctest.Test(t, func(t *testing.T) { // no socket comes: it may still have been made
		s := newSocketServer(t)
		s.refuse = func(try int) int {
			if try > 1 {
				return 502
			}
			return 0
		}
		l, p := start(t, s, linkConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		a, b := l.begin(t.Context(), read(1)), l.begin(ctx, read(2))
		p.next()
		p.next()
		p.cut()
		err := (<-b).err
		assert.ErrorIs(t, err, errNoAnswer)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, liveperson.ErrNotSent)
		err = (<-a).err
		assert.ErrorIs(t, err, errNoAnswer)
		assert.NotErrorIs(t, err, liveperson.ErrNotSent)
	})
}

// A request that was not written goes over the next socket.
func TestWhatWasNotWrittenIsSentLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		for n := range 8 {
			l.begin(t.Context(), ask(n))
		}
		synctest.Wait()
		asked := l.begin(t.Context(), ask(8)) // waits for a place
		synctest.Wait()
		p.cut()
		p = s.accept()
		assert.Contains(t, p.next(), `"body":{"n":8}}`)
		p.send(answerTo(1, "200"), answerTo(2, "200"))
		got := <-asked
		require.NoError(t, got.err)
		assert.EqualValues(t, 2, got.socket)
		p.none()
	})
}

func TestRequestsThatAreUnauthorized(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		time.Sleep(time.Hour + time.Second)
		var id int
		asked, lost := l.begin(t.Context(), read(1)), l.begin(t.Context(), ask(2))
		synctest.Wait()
		first := p.next()
		p.next()
		_, err := fmt.Sscanf(first, `{"kind":"req","id":"%d"`, &id)
		require.NoError(t, err)
		if first == askFrame(id, 2) {
			id++
		}
		p.send(answerTo(id, "401"))
		assert.ErrorIs(t, (<-lost).err, errNoAnswer, "it was on its way")
		next := s.accept()
		assert.Equal(t, 2, s.loginCount())
		assert.Contains(t, next.next(), `{"n":1}`)
		assert.Contains(t, s.tries()[1].uri, "%202?v=2.1")

		// A new bearer does not help: it costs no more logins for a while.
		next.send(answerTo(1, "401"), answerTo(2, "401"))
		err = (<-asked).err
		assert.ErrorIs(t, err, liveperson.ErrUnauthorized)
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 2, e.Tries)
		for range 3 {
			again := l.begin(t.Context(), read(1))
			frame := next.next()
			_, err := fmt.Sscanf(frame, `{"kind":"req","id":"%d"`, &id)
			require.NoError(t, err)
			next.send(answerTo(id, "401"))
			assert.ErrorIs(t, (<-again).err, liveperson.ErrUnauthorized)
			time.Sleep(5 * time.Minute)
		}
		assert.Equal(t, 2, s.loginCount())
		assert.Len(t, l.fell(), 1)
		next.none()

		time.Sleep(5 * time.Minute) // another try is due
		again := l.begin(t.Context(), ask(1))
		_, err = fmt.Sscanf(next.next(), `{"kind":"req","id":"%d"`, &id)
		require.NoError(t, err)
		next.send(answerTo(id, "401"))
		next = s.accept()
		assert.Equal(t, 3, s.loginCount())
		next.want(askFrame(1, 1)) // a write was not made, and is sent once more
		next.send(answerTo(1, "401"))
		assert.ErrorIs(t, (<-again).err, liveperson.ErrUnauthorized)
		next.none()
	})
	synctest.Test(t, func(t *testing.T) { // once a request of the type is served, the next 401 counts
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		for round := 2; round < 5; round++ {
			time.Sleep(5*time.Minute + time.Second)
			asked := l.begin(t.Context(), read(1))
			var id int
			_, err := fmt.Sscanf(p.next(), `{"kind":"req","id":"%d"`, &id)
			require.NoError(t, err)
			p.send(answerTo(id, "401"))
			p = s.accept()
			p.next()
			p.send(answerTo(1, "200"), answerTo(2, "200"))
			require.NoError(t, (<-asked).err)
			assert.Equal(t, round, s.loginCount())
		}
	})
	synctest.Test(t, func(t *testing.T) { // the keep-alive
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		s.clocks("")
		time.Sleep(30 * time.Second)
		synctest.Wait()
		p.send(answerTo(2, "401"))
		s.clocks(`{}`)
		s.accept()
		l.up(t)
		assert.Equal(t, 2, s.loginCount())
	})
	synctest.Test(t, func(t *testing.T) { // and once a keep-alive is served, the next 401 counts
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		for logins := 2; logins < 5; logins++ {
			time.Sleep(5*time.Minute + time.Second)
			s.clocks("")
			time.Sleep(30 * time.Second)
			synctest.Wait()
			p.mu.Lock()
			id := len(p.clocks) // the only requests
			p.mu.Unlock()
			p.send(answerTo(id, "401"))
			s.clocks(`{}`)
			p = s.accept()
			l.up(t)
			assert.Equal(t, logins, s.loginCount())
		}
	})
	synctest.Test(t, func(t *testing.T) { // while it is made ready
		s := newSocketServer(t)
		l := s.link(linkConfig{opened: func(ctx context.Context, s *socket) error {
			_, err := s.do(ctx, read(1))
			return err
		}})
		p := s.accept()
		p.want(askFrame(1, 1))
		p.send(answerTo(1, "401"))
		p = s.accept()
		p.want(askFrame(1, 1))
		p.send(answerTo(1, "200"))
		l.up(t)
		assert.Equal(t, 2, s.loginCount())
		require.Len(t, l.fell(), 1)
		assert.ErrorIs(t, l.fell()[0].err, liveperson.ErrUnauthorized)
	})
}

func TestInputIsCheckedFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := start(t, newSocketServer(t), linkConfig{})
		_, err := l.do(t.Context(), request{op: "messagingagent.Raw", typ: "x", body: "\xff"})
		assert.ErrorIs(t, err, liveperson.ErrInvalidInput)
		p.none()
	})
}

// The link is told to stop while everything that can wait does.
func TestStoppingWhileEverythingIsPending(t *testing.T) {
	t.Parallel()
	for _, deaf := range []bool{false, true} {
		for _, early := range []bool{false, true} { // while it is made ready
			synctest.Test(t, func(t *testing.T) {
				s := newSocketServer(t)
				s.deaf = deaf
				l := s.link(linkConfig{opened: func(ctx context.Context, s *socket) error {
					if early {
						_, err := s.do(ctx, ask(100))
						<-ctx.Done()
						return err
					}
					return nil
				}})
				var asked []<-chan outcome
				for n := range 20 {
					asked = append(asked, l.begin(t.Context(), ask(n)), l.begin(t.Context(), read(n)))
				}
				time.Sleep(time.Second)
				began := time.Now()
				l.stop()
				<-l.over
				limit := time.Duration(0)
				if deaf {
					limit = partLimit
				}
				assert.LessOrEqual(t, time.Since(began), limit)
				assert.Equal(t, context.Canceled, l.err)
				unanswered := 0
				for _, c := range asked {
					err := (<-c).err
					assert.NotErrorIs(t, err, context.Canceled)
					if errors.Is(err, errNoAnswer) {
						unanswered++
						continue
					}
					assert.ErrorIs(t, err, liveperson.ErrNotSent)
				}
				switch {
				case early:
					assert.Zero(t, unanswered)
				case deaf: // one is being written, or the keep-alive
					assert.LessOrEqual(t, unanswered, 1)
				default:
					assert.Equal(t, maxInFlight, unanswered)
				}
			})
		}
	}
}
