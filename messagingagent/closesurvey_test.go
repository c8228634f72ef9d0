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

// What closes the survey, or the whole of the conversation, is sent also by an agent who
// does not follow surveys, and whose life has ended with the main dialog.
func TestClosingWhileASurveyRuns(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		do    func(ctx context.Context, c *messagingagent.Conversation, survey messagingagent.DialogID) error
		sent  int
		stage string
	}{
		"CloseStage": {func(ctx context.Context, c *messagingagent.Conversation, _ messagingagent.DialogID) error {
			return c.CloseStage(ctx)
		}, 1, "CLOSE"},
		"the survey": {func(ctx context.Context, c *messagingagent.Conversation, survey messagingagent.DialogID) error {
			return c.CloseDialog(ctx, survey, "Completed")
		}, 1, "CLOSE"},
		"the main dialog": {func(ctx context.Context, c *messagingagent.Conversation, _ messagingagent.DialogID) error {
			return c.CloseDialog(ctx, c.Main(), "")
		}, 0, "OPEN"},
		"Close": {func(ctx context.Context, c *messagingagent.Conversation, _ messagingagent.DialogID) error {
			return c.Close(ctx)
		}, 0, "OPEN"},
	} {
		for after, pause := range map[string]time.Duration{"at once": time.Millisecond, "later": 10 * time.Second} {
			t.Run(name+"/"+after, func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					defer done()
					opened := make(chan *messagingagent.Conversation, 1)
					stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
						opened <- c
						return echo(ctx, c)
					})
					consumer := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello", PostSurvey: "stars"})
					c := <-opened
					time.Sleep(10 * time.Second)
					w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: time.Second})
					consumer.CloseDialog()
					time.Sleep(pause)
					before := w.svc.Count("UpdateConversationField")
					survey := messagingagent.DialogID(consumer.Dialogs()[1].ID)
					require.NoError(t, row.do(t.Context(), c, survey))
					assert.Equal(t, row.sent, w.svc.Count("UpdateConversationField")-before)
					assert.Equal(t, row.stage, consumer.Stage())
					time.Sleep(10 * time.Second)
					require.NoError(t, row.do(t.Context(), c, survey), "it is closed")
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}
