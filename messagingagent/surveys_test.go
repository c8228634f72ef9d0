package messagingagent_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// listener hears what consumers say in all dialogs, and says how its handlers ended.
type listener struct {
	mu    sync.Mutex
	heard []string
	ends  []error
}

func (l *listener) handle(ctx context.Context, c *messagingagent.Conversation) (err error) {
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ends = append(l.ends, err)
	}()
	for e, err := range c.Events(ctx) {
		if err != nil {
			return err
		}
		if e.From.Role == messagingagent.RoleConsumer {
			l.mu.Lock()
			l.heard = append(l.heard, e.Text)
			l.mu.Unlock()
		}
	}
	return nil
}

func (l *listener) so() ([]string, []error) {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard, l.ends
}

// Who follows surveys keeps a conversation after its main dialog, also in the next
// process, until all of it is closed.
func TestASurveyUnderServe(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]messaging.Fault{
		"told":                     {Type: "GetFile", Kind: messaging.FaultRefuse},
		"its messages are not":     {Type: "OnlineEventDistribution", Kind: messaging.FaultLose},
		"told in another order":    {Type: "ExConversationChangeNotification", Kind: messaging.FaultSwap},
		"told with states of then": {Type: "ExConversationChangeNotification", Kind: messaging.FaultStale},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t, messagingagent.WithSurveyDialogs())
				var l listener
				var seen notes
				stop := serve(t, a, l.handle, messagingagent.WithOnUpdate(seen.take))
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello", PostSurvey: "stars"})
				time.Sleep(10 * time.Second)
				w.svc.AddFault(fault)
				c.CloseDialog()
				time.Sleep(5 * time.Second)
				c.Say("five stars")
				time.Sleep(10 * time.Second)
				heard, ends := l.so()
				assert.Equal(t, []string{"hello", "five stars"}, heard)
				assert.Empty(t, ends)
				assert.Equal(t, []string{"rings 1", "rings 0", "opened accepted"}, seen.all())
				assert.ErrorIs(t, stop(), context.Canceled)
				done()
				assert.Equal(t, "OPEN", c.Stage())

				a, done = w.connect(t, messagingagent.WithSurveyDialogs())
				defer done()
				var next listener
				seen.all()
				stop = serve(t, a, next.handle, messagingagent.WithOnUpdate(seen.take))
				time.Sleep(5 * time.Second)
				c.Say("and a half")
				c.CloseDialog()
				time.Sleep(15 * time.Second)
				heard, ends = next.so()
				assert.Equal(t, []string{"hello", "five stars", "and a half"}, heard)
				assert.Equal(t, []error{nil}, ends)
				assert.Equal(t, []string{"opened adopted", "closed ended"}, seen.all())
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// What is refused in the main dialog, which is closed, costs no survey.
func TestARefusalDuringASurvey(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t, messagingagent.WithSurveyDialogs())
		defer done()
		var l listener
		refused := make(chan error, 1)
		var seen notes
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			time.AfterFunc(30*time.Second, func() {
				_, err := c.Send(ctx, messagingagent.Text("in the wrong dialog"))
				refused <- err
			})
			return l.handle(ctx, c)
		}, messagingagent.WithOnUpdate(seen.take))
		c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello", PostSurvey: "stars"})
		time.Sleep(10 * time.Second)
		c.CloseDialog()
		err := <-refused
		var e *liveperson.Error
		assert.ErrorAs(t, err, &e)
		assert.Equal(t, 409, e.Status)
		assert.NotErrorIs(t, err, messagingagent.ErrConversationLost)
		time.Sleep(5 * time.Second)
		c.Say("five stars")
		time.Sleep(10 * time.Second)
		heard, ends := l.so()
		assert.Equal(t, []string{"hello", "five stars"}, heard)
		assert.Empty(t, ends)
		assert.Equal(t, []string{"opened accepted"}, lives(seen.all()))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
