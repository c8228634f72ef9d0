package messagingagent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

var discarded = slog.New(slog.DiscardHandler)

// start is a link with its first socket, after the first keep-alive, which has the
// number 1.
func start(t *testing.T, s *socketServer, cfg linkConfig) (*running, *peer) {
	t.Helper()
	l := s.link(cfg)
	l.up(t)
	p := s.accept()
	synctest.Wait()
	return l, p
}

func TestAnswersAreMatchedByTheirID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := start(t, newSocketServer(t), linkConfig{})
		var asked []<-chan outcome
		for n := range 5 {
			asked = append(asked, l.begin(t.Context(), ask(n)))
			p.want(askFrame(n+2, n))
		}
		p.send(
			`{"kind":"resp","reqId":"99","code":200,"type":"x","body":"nobody asked"}`,
			`{"kind":"resp","reqId":"six","code":200,"type":"x","body":"nobody asked"}`,
			`{"kind":"resp","code":200,"type":"x","body":"nobody asked"}`,
			`{"kind":"resp","reqId":6,"code":202,"type":".ReqBody$StringResp","body":"e"}`,
			`{"type":".ReqBody$StringResp","body":"c","code":"OK","reqId":"4","kind":"RESP"}`,
			`{"kind":"resp","reqId":"2","code":"201","type":".ReqBody$StringResp","body":["a"]}`,
			`{"kind":"resp","reqId":"2","code":"500","type":".ReqBody$StringResp","body":"twice"}`,
			`{"kind":"resp","reqId":" 5 ","code":399,"unknown":{"a":1},"body":{"d":1}}`,
			`{"kind":"resp","reqId":"3","code":200}`,
		)
		for i, want := range []response{
			{200 + 1, ".ReqBody$StringResp", json.RawMessage(`["a"]`), 1},
			{200, "", nil, 1},
			{200, ".ReqBody$StringResp", json.RawMessage(`"c"`), 1},
			{399, "", json.RawMessage(`{"d":1}`), 1},
			{202, ".ReqBody$StringResp", json.RawMessage(`"e"`), 1},
		} {
			got := <-asked[i]
			require.NoError(t, got.err)
			assert.Equal(t, want, got.response)
		}
	})
}

func TestFramesThatAreNotUnderstood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		asked := l.begin(t.Context(), ask(1))
		p.want(askFrame(2, 1))
		p.send(``, `{`, `not JSON of `+tokenOf(1), `null`, `1`, `"text"`, `[]`, `{}`, `{"kind":"req","id":"1","type":"x"}`,
			`{"kind":"resp","reqId":"2","code":200,"type":"x"`, `{"kind":{"a":1}}`, strings.Repeat("[", 20000), "\xff\xfe",
			`{"kind":"notification"}`, `{"kind":"notification","type":7,"body":"<"}`)
		_ = p.conn.Write(t.Context(), websocket.MessageBinary, []byte(`{"kind":"resp","reqId":"2","code":200,"type":"x"}`))
		require.NoError(t, (<-asked).err)
		assert.Equal(t, []notification{
			{socket: 1}, {typ: "7", name: "7", body: json.RawMessage(`"<"`), socket: 1},
		}, l.told())
		assert.Equal(t, maxOddLogs, strings.Count(s.log.String(), "frame was not understood"))
		assert.Empty(t, l.fell())
	})
}

func TestNoMoreThanEightAreInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := start(t, newSocketServer(t), linkConfig{})
		sent := time.Now()
		asked := map[int]<-chan outcome{}
		for n := range 11 {
			asked[n] = l.begin(t.Context(), ask(n))
			synctest.Wait()
		}
		assert.Len(t, p.frames, 8)
		ctx, cancel := context.WithCancel(t.Context())
		gone := l.begin(ctx, ask(99))
		synctest.Wait()
		cancel()
		err := (<-gone).err
		assert.ErrorIs(t, err, liveperson.ErrNotSent)
		assert.ErrorIs(t, err, context.Canceled)
		assert.NotErrorIs(t, err, errNoAnswer)
		for n := range 8 {
			p.want(askFrame(n+2, n))
		}
		p.none()
		time.Sleep(time.Second)
		p.send(`{"kind":"resp","reqId":"5","code":200}`)
		require.NoError(t, (<-asked[3]).err)
		p.next()
		p.none()
		for _, n := range []int{0, 1, 2, 4, 5, 6, 7} { // an answer that does not come frees the place as well
			assert.ErrorIs(t, (<-asked[n]).err, errNoAnswer)
		}
		assert.Equal(t, 10*time.Second, time.Since(sent))
		p.next()
		p.next()
		p.send(`{"kind":"resp","reqId":"10","code":200}`, `{"kind":"resp","reqId":"11","code":200}`, `{"kind":"resp","reqId":"12","code":200}`)
		for n := 8; n < 11; n++ {
			require.NoError(t, (<-asked[n]).err)
		}
	})
}

func TestAnAnswerHasTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := start(t, newSocketServer(t), linkConfig{})
		began := time.Now()
		asked := l.begin(t.Context(), ask(1))
		p.want(askFrame(2, 1))
		got := <-asked
		assert.Equal(t, 10*time.Second, got.at.Sub(began))
		var e *liveperson.Error
		require.ErrorAs(t, got.err, &e)
		assert.Equal(t, "messagingagent.Test", e.Op)
		assert.Equal(t, 1, e.Tries)
		assert.ErrorIs(t, e, errNoAnswer)
		assert.ErrorIs(t, e, liveperson.ErrUnavailable)
		assert.NotErrorIs(t, e, liveperson.ErrNotSent)
		assert.NotErrorIs(t, e, context.DeadlineExceeded)
		p.send(`{"kind":"resp","reqId":"2","code":200}`) // too late
		next := l.begin(t.Context(), ask(2))
		p.want(askFrame(3, 2))
		time.Sleep(10*time.Second - 1)
		p.send(`{"kind":"resp","reqId":"3","code":200}`)
		require.NoError(t, (<-next).err)
		assert.Empty(t, l.fell(), "a request that is not answered ends no socket")
	})
}

func TestARequestWhoseContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p := start(t, newSocketServer(t), linkConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		asked := l.begin(ctx, ask(1))
		p.want(askFrame(2, 1))
		began := time.Now()
		got := <-asked
		assert.Equal(t, time.Second, got.at.Sub(began))
		assert.ErrorIs(t, got.err, context.DeadlineExceeded)
		assert.ErrorIs(t, got.err, errNoAnswer)
		assert.NotErrorIs(t, got.err, liveperson.ErrNotSent)
		_, err := l.do(ctx, ask(2))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorIs(t, err, liveperson.ErrNotSent)
		assert.NotErrorIs(t, err, errNoAnswer)
		p.none()
	})
}

func TestGuardAFrameIsWrittenWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		s.deaf = true
		l := s.link(linkConfig{})
		p := s.accept()
		synctest.Wait() // the keep-alive is being written, and nobody reads
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		waits := l.begin(ctx, ask(1)) // for its turn to write
		assert.ErrorIs(t, (<-waits).err, liveperson.ErrNotSent)

		go p.read()
		synctest.Wait()
		l.up(t)
		p.none()
		assert.Len(t, p.clocks, 1)
		asked := l.begin(t.Context(), ask(2))
		p.want(askFrame(2, 2))
		p.send(`{"kind":"resp","reqId":"2","code":200}`)
		require.NoError(t, (<-asked).err)
		assert.Empty(t, l.fell())
	})
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		s.deaf = true
		l := s.link(linkConfig{opened: func(ctx context.Context, s *socket) error {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			_, err := s.do(ctx, ask(1)) // half of it is written by then
			if !errors.Is(err, errNoAnswer) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, liveperson.ErrNotSent) {
				return fmt.Errorf("another error: %w", err)
			}
			return nil
		}})
		p := s.accept()
		time.Sleep(5 * time.Second)
		go p.read()
		p.want(askFrame(1, 1))
		l.up(t)
		assert.Empty(t, l.fell())
	})
}

func TestAWriteHasTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		s.deaf = true
		l := s.link(linkConfig{})
		p := s.accept()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.Len(t, l.fell(), 1)
		assert.Equal(t, 10*time.Second, l.fell()[0].at.Sub(p.opened))
		assert.NotErrorIs(t, l.fell()[0].err, context.DeadlineExceeded)
	})
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		s.clocks(`{"currentTime":"946684860000"}`) // a minute ahead of a bubble's clock
		l, p := start(t, s, linkConfig{})
		ahead := func() time.Duration {
			now, known := l.serverNow()
			assert.True(t, known)
			return time.Until(now)
		}
		assert.Equal(t, time.Minute, ahead())
		p.send(`{"kind":"notification","type":"x"}`)
		s.clocks(`{"currentTime":null}`)
		time.Sleep(2*time.Minute - 1)
		var at []time.Duration
		p.mu.Lock()
		for _, c := range p.clocks {
			at = append(at, c.Sub(p.opened))
		}
		p.mu.Unlock()
		assert.Equal(t, []time.Duration{0, 30 * time.Second, 60 * time.Second, 90 * time.Second}, at)
		assert.Equal(t, time.Minute, ahead(), "kept")
		assert.Empty(t, l.fell())
	})
}

func TestASilentServiceIsADeadSocket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		s.clocks("")
		time.Sleep(35 * time.Second)
		asked := l.begin(t.Context(), ask(1)) // answered neither
		p.next()
		for range 4 { // others than the answer prove nothing
			p.send(`{"kind":"notification","type":"x"}`)
			time.Sleep(time.Second)
		}
		got := <-asked
		assert.Equal(t, 40*time.Second, got.at.Sub(p.opened))
		assert.ErrorIs(t, got.err, errNoAnswer)
		assert.ErrorIs(t, got.err, errSilent)
		synctest.Wait()
		require.Len(t, l.fell(), 1)
		assert.ErrorIs(t, l.fell()[0].err, errSilent)
		s.clocks(`{}`)
		s.accept()
		l.up(t)
	})
}

func TestAnyAnswerKeepsASocketAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		s.clocks("")
		time.Sleep(30 * time.Second)
		synctest.Wait()
		p.send(`{"kind":"resp","reqId":"2","code":500,"body":"busy"}`)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		p.send(`{"kind":"resp","reqId":"3"}`)
		time.Sleep(29 * time.Second)
		assert.Empty(t, l.fell())
	})
}

// A snapshot of several MB over a slow line: the answer to the keep-alive is behind it.
func TestAFrameThatTakesLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		s.clocks("")
		time.Sleep(20 * time.Second)
		w, err := p.conn.Writer(t.Context(), websocket.MessageText)
		require.NoError(t, err)
		for _, part := range strings.SplitAfter(`{"kind":"notification","type":"x","body":[1,2,3,4,5,6]}`, ",") {
			_, err = w.Write([]byte(strings.Repeat(" ", 20000) + part)) // more than is written at once
			require.NoError(t, err, "%v %v", l.fell(), time.Since(p.opened))
			time.Sleep(9 * time.Second)
		}
		require.NoError(t, w.Close())
		synctest.Wait()
		assert.Len(t, l.told(), 1)
		assert.Empty(t, l.fell())
		time.Sleep(time.Minute)
		require.NotEmpty(t, l.fell())
		assert.ErrorIs(t, l.fell()[0].err, errSilent)
		assert.Equal(t, 100*time.Second, l.fell()[0].at.Sub(p.opened), "the first one after it")
	})
	synctest.Test(t, func(t *testing.T) { // and one that stops midway
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{})
		time.Sleep(15 * time.Second)
		w, err := p.conn.Writer(t.Context(), websocket.MessageText)
		require.NoError(t, err)
		_, err = w.Write([]byte(strings.Repeat(" ", 20000)))
		require.NoError(t, err)
		s.clocks("")
		time.Sleep(25*time.Second - 1)
		assert.Empty(t, l.fell())
		time.Sleep(2 * time.Nanosecond)
		require.Len(t, l.fell(), 1)
		assert.ErrorIs(t, l.fell()[0].err, errSilent)
	})
}

func TestGuardFramesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l, p := start(t, s, linkConfig{maxFrame: 1000})
		frame := `{"kind":"notification","type":"x","body":"` + strings.Repeat("a", 956) + `"}`
		require.Len(t, frame, 1000)
		p.send(frame)
		synctest.Wait()
		assert.Len(t, l.told(), 1)
		go p.send(frame + " ")
		<-p.done
		assert.Equal(t, websocket.StatusMessageTooBig, websocket.CloseStatus(p.err))
		synctest.Wait()
		require.Len(t, l.fell(), 1)
		assert.ErrorIs(t, l.fell()[0].err, liveperson.ErrTooLarge)
		assert.Len(t, l.told(), 1)
		s.accept()
		l.up(t)
	})
	assert.Equal(t, int64(16<<20), int64(defaultFrame))
}

func TestPingsAreAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, p := start(t, newSocketServer(t), linkConfig{})
		assert.NoError(t, p.conn.Ping(t.Context()))
	})
}
