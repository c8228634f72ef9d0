package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A 408 or 5xx may lie: the message is looked for.
func TestA5xxToAMessage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault       messaging.Fault
		said        []string
		unconfirmed bool
		fails       bool
	}{
		"500, published":     {fault: messaging.Fault{Code: 500, After: true}, said: []string{"hi"}},
		"503, published":     {fault: messaging.Fault{Code: 503, After: true}, said: []string{"hi"}},
		"504, published":     {fault: messaging.Fault{Code: 504, After: true}, said: []string{"hi"}},
		"500, not published": {fault: messaging.Fault{Code: 500}, fails: true},
		"503, not published": {fault: messaging.Fault{Code: 503}, fails: true},
		"502, not published": {fault: messaging.Fault{Code: 502}, fails: true, unconfirmed: true},
		"504, not published": {fault: messaging.Fault{Code: 504}, fails: true, unconfirmed: true},
		"408, published":     {fault: messaging.Fault{Code: 408, After: true}, said: []string{"hi"}},
		"408, not published": {fault: messaging.Fault{Code: 408}, fails: true, unconfirmed: true},
		"400":                {fault: messaging.Fault{Code: 400}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				opened := make(chan *messagingagent.Conversation, 1)
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					opened <- c
					<-ctx.Done()
					return ctx.Err()
				})
				consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
				conv := <-opened
				c.fault.Type, c.fault.Kind, c.fault.Nth = "PublishEvent", messaging.FaultRefuse, 1
				c.fault.Contains = "ContentEvent"
				w.svc.AddFault(c.fault)
				sequence, err := conv.Send(t.Context(), messagingagent.Text("hi"))
				if c.fails {
					require.Error(t, err)
				} else {
					require.NoError(t, err)
					assert.Equal(t, int64(1), sequence)
				}
				if c.unconfirmed {
					require.ErrorIs(t, err, messagingagent.ErrUnconfirmed)
				} else {
					require.NotErrorIs(t, err, messagingagent.ErrUnconfirmed)
				}
				time.Sleep(time.Minute)
				assert.Equal(t, c.said, said(consumer))
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
