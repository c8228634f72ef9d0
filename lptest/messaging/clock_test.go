package messaging_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// A service's clock may be another than the machine's, in all that it tells.
func TestWithClock(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		k.send(`{"kind":"req","id":"1","type":".GetClock","body":{}}`)
		require.Equal(t, `{"kind":"resp","reqId":"1","code":200,"type":".GetClock$Response","body":{"currentTime":946681200000}}`, k.next())
		k.send(`{"kind":"req","id":"2","type":".ams.routing.SetAgentState","body":{"channels":["MESSAGING"],"agentUserId":"12345678.7","availability":"ONLINE"}}`)
		k.next()
		w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		k.send(`{"kind":"req","id":"3","type":".ams.routing.SubscribeRoutingTasks","body":{"brandId":"12345678","agentId":"12345678.7","channelType":"MESSAGING"}}`)
		k.next()
		require.Contains(t, k.next(), `"ringState":"WAITING","ringExpiration":72000,"ringExpirationTs":946681272000,"weight":946684800000,`)
	}, messaging.WithClock(-time.Hour))
}
