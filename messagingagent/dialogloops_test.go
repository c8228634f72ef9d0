package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// surveyOf is a conversation's survey dialog, "" before there is one.
func surveyOf(c *messagingagent.Conversation) messagingagent.DialogID {
	for _, d := range c.Info().Dialogs {
		if d.Type == messagingagent.DialogPostSurvey {
			return d.ID
		}
	}
	return ""
}

// The loop over the main dialog ends with that dialog, after its last messages, and leaves
// to the loop over the survey what is said there.
func TestTheSurveyAfterTheMainDialog(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]messaging.Fault{
		"told":                     nil,
		"the last message is not":  {{Type: "OnlineEventDistribution", Kind: messaging.FaultLose, Nth: 1, Times: 1}},
		"queries fail for a while": {{Type: "OnlineEventDistribution", Kind: messaging.FaultLose, Nth: 1, Times: 1}, {Type: "QueryMessages", Kind: messaging.FaultRefuse, Code: 503, Nth: 1, Times: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t, messagingagent.WithSurveyDialogs())
				defer done()
				var said notes
				ended := make(chan error, 1)
				stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) (err error) {
					defer func() { ended <- err }()
					for m, err := range c.Messages(ctx) {
						if err != nil {
							return err
						}
						said.add("main " + m.Text)
					}
					said.add("main is over")
					for m, err := range c.Messages(ctx, messagingagent.InDialog(surveyOf(c))) {
						if err != nil {
							return err
						}
						said.add("survey " + m.Text)
					}
					return nil
				})
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0", PostSurvey: "stars"})
				time.Sleep(10 * time.Second)
				for _, f := range faults {
					w.svc.AddFault(f)
				}
				c.Say("1")
				c.CloseDialog()
				time.Sleep(30 * time.Second)
				c.Say("five")
				time.Sleep(10 * time.Second)
				c.Say("stars")
				c.Close()
				assert.NoError(t, <-ended)
				assert.Equal(t, []string{"main 0", "main 1", "main is over", "survey five", "survey stars"}, said.all())
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// What waits in one dialog waits on while another one is looped over.
func TestUnreadOfEachDialog(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t, messagingagent.WithSurveyDialogs())
		defer done()
		var said notes
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			time.Sleep(time.Minute)
			survey := messagingagent.InDialog(surveyOf(c))
			unread := func() (list []int) {
				for _, opts := range [][]messagingagent.MessagesOption{nil, {survey}} {
					n, err := c.Unread(opts...)
					assert.NoError(t, err)
					list = append(list, n)
				}
				return list
			}
			assert.Equal(t, []int{2, 2}, unread())
			for m, err := range c.Messages(ctx, survey) {
				assert.NoError(t, err)
				said.add(m.Text)
				break
			}
			assert.Equal(t, []int{2, 1}, unread())
			for m, err := range c.Messages(ctx) {
				assert.NoError(t, err)
				said.add(m.Text)
			}
			assert.Equal(t, []int{0, 1}, unread())
			for e, err := range c.Events(ctx) {
				assert.NoError(t, err)
				said.add(e.Text)
				break
			}
			<-ctx.Done()
			return ctx.Err()
		})
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "0", PostSurvey: "stars"})
		c.Say("1")
		time.Sleep(10 * time.Second)
		c.CloseDialog()
		c.Say("five")
		c.Say("stars")
		time.Sleep(2 * time.Minute)
		assert.Equal(t, []string{"five", "0", "1", "stars"}, said.all())
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
