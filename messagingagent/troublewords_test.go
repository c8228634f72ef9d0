package messagingagent_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// Troubles and the log speak of conversations.
func TestTroublesSpeakOfConversations(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		time.Sleep(time.Second)
		_, err := a.Rings()[0].Accept(t.Context())
		require.NoError(t, err)
		done()

		w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultRefuse, Code: 400, Nth: 1, Times: 2})
		var log bytes.Buffer
		a, done = w.connect(t, messagingagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		defer done()
		var seen notes
		stop := serve(t, a, echo, messagingagent.WithOnUpdate(seen.take))
		_, err = c.WaitMessage(t.Context(), 1)
		require.NoError(t, err)
		w.svc.AddFault(messaging.Fault{Type: "SubscribeExConversations", Kind: messaging.FaultRefuse, Code: 400, Nth: 1})
		time.Sleep(6 * time.Minute)
		updates := seen.all()
		assert.Contains(t, updates, "trouble taking over a conversation")
		assert.Contains(t, updates, "trouble asking for the agent's conversations")
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.NotContains(t, log.String(), "chat")
		for what, which := range map[string]int{"taking over a conversation failed": 1, "asking for the agent's conversations failed": 0} {
			_, line, logged := strings.Cut(log.String(), what)
			line, _, _ = strings.Cut(line, "\n")
			assert.True(t, logged)
			assert.Equal(t, which, strings.Count(line, " conversation="), line)
		}
	})
}
