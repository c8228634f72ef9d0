package messagingagent_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
	"github.com/liveperson-community/liveperson-go/retry"
)

// observed are the calls that an observer was told of.
type observed struct {
	mu   sync.Mutex
	list []retry.Stats
}

func (o *observed) add(s retry.Stats) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, s)
}

// take returns those of some operations, and forgets all. Errors are checked apart.
func (o *observed) take(ops ...string) (list []retry.Stats) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.list {
		for _, op := range ops {
			if s.Op == "messagingagent."+op {
				list = append(list, s)
			}
		}
	}
	o.list = nil
	return list
}

// What is asked over the socket is observed as HTTP calls are: once a call, with all its
// tries and what came of it.
func TestSocketRequestsAreObserved(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var o observed
		client, err := retry.NewClient(retry.WithTransport(w.srv.Transport()), retry.WithObserver(o.add))
		require.NoError(t, err)
		s, err := login.Login(t.Context(), w.srv.Account(), login.Password("bot", "secret"), login.WithHTTPClient(client))
		require.NoError(t, err)
		defer s.Close()
		begun := time.Now()
		w.svc.AddFault(messaging.Fault{Type: "Upgrade", Code: 503, Times: 1})
		a, err := messagingagent.Connect(t.Context(), s)
		require.NoError(t, err)
		defer a.Close()
		host := w.srv.Requests(lptest.OpSocket)[0].Host
		opened := o.take("Connect")
		require.Len(t, opened, 2)
		assert.ErrorIs(t, opened[0].Err, liveperson.ErrUnavailable)
		opened[0].Err, opened[1].Start = nil, begun
		want := retry.Stats{Op: "messagingagent.Connect", Account: w.srv.Account(), Agent: "bot", Method: "GET", Host: host, Status: 503, Tries: 1, Start: begun}
		assert.Equal(t, want, opened[0])
		want.Status = 101
		assert.Equal(t, want, opened[1])

		// One that is turned away once, one that is refused, one whose answer is lost.
		begun = time.Now()
		w.svc.AddFault(messaging.Fault{Type: "SetAgentState", Code: 503, Body: "oops", Times: 1})
		require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Online))
		set := o.take("SetAvailability")
		require.Len(t, set, 1)
		assert.Equal(t, time.Since(begun), set[0].Duration)
		assert.GreaterOrEqual(t, set[0].Duration, 5*time.Second)
		body := fmt.Sprintf(`{"type":".ams.routing.SetAgentState","body":{"channels":["MESSAGING"],"agentUserId":"%s","availability":"ONLINE"}}`, a.Me())
		assert.Equal(t, retry.Stats{
			Op: "messagingagent.SetAvailability", Account: w.srv.Account(), Agent: "bot", Host: want.Host, Status: 202, Tries: 2, Start: begun,
			Duration: set[0].Duration, Sent: int64(2 * len(body)), Received: set[0].Received,
		}, set[0])
		assert.Positive(t, set[0].Received)

		err = a.SetAvailability(t.Context(), "Lunch")
		set = o.take("SetAvailability")
		require.Len(t, set, 1)
		assert.Equal(t, err, set[0].Err)
		assert.Equal(t, []int{400, 1}, []int{set[0].Status, set[0].Tries})

		w.svc.AddFault(messaging.Fault{Type: "AgentRequestConversation", Kind: messaging.FaultNoAnswer, Times: 1})
		_, err = a.Do(t.Context(), ".ams.cm.AgentRequestConversation", map[string]string{})
		require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
		done := o.take("Do")
		require.Len(t, done, 1)
		require.Error(t, done[0].Err)
		assert.Equal(t, []int{0, 1}, []int{done[0].Status, done[0].Tries})
		assert.Equal(t, 10*time.Second, done[0].Duration)

		// The keep-alive, too.
		time.Sleep(31 * time.Second)
		w.svc.AddFault(messaging.Fault{Type: "GetClock", Code: 403, Times: 1})
		time.Sleep(30 * time.Second)
		kept := o.take("KeepAlive")
		require.Len(t, kept, 2)
		assert.Equal(t, []int{200, 1}, []int{kept[0].Status, kept[0].Tries})
		assert.NoError(t, kept[0].Err)
		assert.Equal(t, 403, kept[1].Status)
		assert.ErrorIs(t, kept[1].Err, liveperson.ErrForbidden)

		// What was never sent has no tries.
		w.svc.AddFault(messaging.Fault{Type: "Upgrade", Code: 503})
		w.svc.DropSockets("bot")
		time.Sleep(time.Minute)
		o.take()
		require.Error(t, limited(t, a))
		set = o.take("SetAvailability")
		require.Len(t, set, 1)
		assert.Equal(t, 0, set[0].Tries)
		assert.ErrorIs(t, set[0].Err, liveperson.ErrNotSent)
	})
}

// limited is a call that has not much time.
func limited(t *testing.T, a *messagingagent.Agent) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return a.SetAvailability(ctx, messagingagent.Away)
}

// A keep-alive that the agent's own end cuts off is none that has failed.
func TestAKeepAliveThatCloseCutsOff(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var o observed
		client, err := retry.NewClient(retry.WithTransport(w.srv.Transport()), retry.WithObserver(o.add))
		require.NoError(t, err)
		s, err := login.Login(t.Context(), w.srv.Account(), login.Password("bot", "secret"), login.WithHTTPClient(client))
		require.NoError(t, err)
		defer s.Close()
		a, err := messagingagent.Connect(t.Context(), s)
		require.NoError(t, err)
		time.Sleep(time.Second)
		w.svc.AddFault(messaging.Fault{Type: "GetClock", Kind: messaging.FaultNoAnswer})
		time.Sleep(30 * time.Second)
		asked := w.svc.Count("GetClock")
		a.Close()
		require.Equal(t, 2, asked)
		assert.Len(t, o.take("KeepAlive"), 1)
	})
}

// A message that was published is one, whatever has become of the conversation before Send
// returns.
func TestAMessageThatWasTheLast(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		var consumer *messaging.Conversation
		client, err := retry.NewClient(retry.WithTransport(w.srv.Transport()), retry.WithObserver(func(s retry.Stats) {
			if s.Op == "messagingagent.Send" { // it has its answer, and Send has not returned
				assert.NoError(t, w.svc.Colleague("eve").TakeOver(consumer.ID()))
				time.Sleep(time.Second)
			}
		}))
		require.NoError(t, err)
		s, err := login.Login(t.Context(), w.srv.Account(), login.Password("bot", "secret"), login.WithHTTPClient(client))
		require.NoError(t, err)
		defer s.Close()
		a, err := messagingagent.Connect(t.Context(), s)
		require.NoError(t, err)
		defer a.Close()
		require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Online))
		consumer = w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		time.Sleep(time.Second)
		c, err := a.Rings()[0].Accept(t.Context())
		require.NoError(t, err)
		sequence, err := c.Send(t.Context(), messagingagent.Text("hi"))
		require.NoError(t, err)
		assert.Equal(t, int64(1), sequence)
		_, err = c.Send(t.Context(), messagingagent.Text("hi"))
		require.ErrorIs(t, err, messagingagent.ErrConversationLost)
		assert.Equal(t, []string{"hi"}, said(consumer))
	})
}
