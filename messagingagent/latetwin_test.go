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

// A message that was not confirmed, and that turns up later, is not taken for the next one
// of the same content.
func TestALateTwin(t *testing.T) {
	t.Parallel()
	late := messaging.Fault{Kind: messaging.FaultDelay, Delay: 14 * time.Second}
	never := messaging.Fault{Kind: messaging.FaultNoAnswer}
	done := messaging.Fault{Kind: messaging.FaultClose, Code: 1006, After: true}
	busy := messaging.Fault{Kind: messaging.FaultRefuse, Code: 503}
	unheard := []messaging.Fault{{Type: "OnlineEventDistribution", Kind: messaging.FaultLose}, {Type: "ExConversationChangeNotification", Kind: messaging.FaultLose}}
	const unconfirmed, refused = -1, -2
	for name, row := range map[string]struct {
		first, second messaging.Fault
		pause         time.Duration // between them
		text          string        // of the second
		lost          []messaging.Fault
		sequence      int64 // of the second
		said          []string
	}{
		"late, and the second is not there":               {late, never, time.Second, "hi", unheard, unconfirmed, []string{"hi"}},
		"late and told, and the second is not there":      {late, never, time.Second, "hi", nil, unconfirmed, []string{"hi"}},
		"late before the second, which is not there":      {late, never, 10 * time.Second, "hi", unheard, unconfirmed, []string{"hi"}},
		"late, told before the second, which is not":      {late, never, 10 * time.Second, "hi", nil, unconfirmed, []string{"hi"}},
		"late, and the second is there too":               {late, done, 10 * time.Second, "hi", unheard, 2, []string{"hi", "hi"}},
		"late and told, and the second is there too":      {late, done, 10 * time.Second, "hi", nil, 2, []string{"hi", "hi"}},
		"never, and the second is there":                  {never, done, time.Second, "hi", nil, unconfirmed, []string{"hi"}},
		"never, and another is there":                     {never, done, time.Second, "ho", nil, 1, []string{"ho"}},
		"late, and the second was turned away":            {late, busy, time.Second, "hi", unheard, unconfirmed, []string{"hi"}},
		"late, told before the second was turned away":    {late, busy, 10 * time.Second, "hi", nil, refused, []string{"hi"}},
		"late, before another, which was turned away":     {late, busy, 10 * time.Second, "ho", unheard, refused, []string{"hi"}},
		"confirmed, and the second is not there":          {done, never, time.Second, "hi", unheard[:1], unconfirmed, []string{"hi"}},
		"late before the second, which was turned away":   {late, busy, 10 * time.Second, "hi", unheard, unconfirmed, []string{"hi"}},
		"late and told, the second is answered as always": {late, messaging.Fault{Kind: messaging.FaultLate, Delay: time.Second}, 10 * time.Second, "hi", nil, 2, []string{"hi", "hi"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, end := w.connect(t)
				defer end()
				opened := make(chan *messagingagent.Conversation, 1)
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
					opened <- c
					<-ctx.Done()
					return ctx.Err()
				}, messagingagent.WithoutReceipts())
				consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0"})
				c := <-opened
				time.Sleep(10 * time.Second)
				for _, f := range row.lost {
					w.svc.AddFault(f)
				}
				for n, f := range []messaging.Fault{row.first, row.second} {
					f.Type, f.Nth = "PublishEvent", n+1
					w.svc.AddFault(f)
				}
				_, err := c.Send(t.Context(), messagingagent.Text("hi"))
				if row.first != done {
					require.ErrorIs(t, err, messagingagent.ErrUnconfirmed)
				}
				time.Sleep(row.pause)
				sequence, err := c.Send(t.Context(), messagingagent.Text(row.text))
				switch row.sequence {
				case unconfirmed:
					require.ErrorIs(t, err, messagingagent.ErrUnconfirmed)
				case refused:
					require.Error(t, err)
					require.NotErrorIs(t, err, messagingagent.ErrUnconfirmed)
				default:
					require.NoError(t, err)
					assert.Equal(t, row.sequence, sequence)
				}
				time.Sleep(time.Minute)
				assert.Equal(t, row.said, said(consumer))
				w.svc.ClearFaults()
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
