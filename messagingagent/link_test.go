package messagingagent

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

func TestASocketIsOpenedAndUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l := s.link(linkConfig{})
		l.up(t)
		p := s.accept()
		assert.Equal(t, "/ws_api/account/12345678/messaging/brand/canary%2F7f41%201?v=2.1", s.tries()[0].uri)
		assert.Equal(t, liveperson.UserAgent, s.tries()[0].ua)
		synctest.Wait() // the first keep-alive has number 1

		answer := l.begin(t.Context(), request{
			op: "messagingagent.Send", typ: ".ams.ms.PublishEvent", body: json.RawMessage(`{"dialogId":"<a&b>"}`),
			headers: json.RawMessage(`[{"type":"h"}]`), metadata: json.RawMessage(`[{"type":"m"}]`), encodedMetadata: "ZQ==",
		})
		p.want(`{"kind":"req","id":"2","type":".ams.ms.PublishEvent","body":{"dialogId":"<a&b>"},"headers":[{"type":"h"}],"metadata":[{"type":"m"}],"encodedMetadata":"ZQ=="}`)
		p.send(`{"kind":"notification","type":".ams.ms.OnlineEventDistribution","body":{"sequence":1}}`)
		p.send(`{"kind":"resp","reqId":"2","code":200,"type":".ams.ms.PublishEvent$Response","body":{"sequence":17}}`)
		got := <-answer
		require.NoError(t, got.err)
		assert.Equal(t, response{code: 200, typ: ".ams.ms.PublishEvent$Response", body: json.RawMessage(`{"sequence":17}`), socket: 1}, got.response)
		assert.Equal(t, []notification{{
			typ: ".ams.ms.OnlineEventDistribution", name: "OnlineEventDistribution", body: json.RawMessage(`{"sequence":1}`), socket: 1,
		}}, l.told())

		l.stop()
		<-l.over
		<-p.done
		assert.Equal(t, "failed to get reader: received close frame: status = StatusNormalClosure and reason = \"\"", p.err.Error())
		_, err := l.do(t.Context(), ask(1))
		assert.ErrorIs(t, err, liveperson.ErrNotSent)
		assert.NotErrorIs(t, err, context.Canceled)
	})
}

func TestAfterADropTheNextSocketIsUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		l := s.link(linkConfig{})
		l.up(t)
		p := s.accept()
		lost := l.begin(t.Context(), ask(1))
		again := l.begin(t.Context(), request{op: "messagingagent.Test", typ: ".ams.test.Read", idempotent: true})
		p.next()
		p.next()
		p.cut()
		got := <-lost
		assert.ErrorIs(t, got.err, errNoAnswer)
		assert.NotErrorIs(t, got.err, liveperson.ErrNotSent)
		fell := time.Now()
		p = s.accept()
		assert.InDelta(t, 5*time.Second, time.Since(fell), float64(time.Second))
		assert.Contains(t, p.next(), `"type":".ams.test.Read"}`)
		p.send(`{"kind":"resp","reqId":2,"code":"OK","type":"x"}`, `{"kind":"resp","reqId":1,"code":"OK","type":"x"}`)
		got = <-again
		require.NoError(t, got.err)
		assert.Equal(t, uint64(2), got.socket)
		assert.Equal(t, 1, s.loginCount())
		var e *liveperson.Error
		assert.NotErrorAs(t, got.err, &e)
	})
}
