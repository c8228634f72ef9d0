package messagingagent_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// A conversation that was asked for, could not be confirmed and begins late is not taken for
// the one that is asked for next.
func TestAConversationThatBeginsLate(t *testing.T) {
	t.Parallel()
	const ask = "AgentRequestConversation"
	late := messaging.Fault{Type: ask, Kind: messaging.FaultDelay, Delay: 20 * time.Second, Times: 1}
	lost := messaging.Fault{Type: ask, Kind: messaging.FaultNoAnswer, Times: 1}
	made := lost
	made.After = true
	for name, row := range map[string]struct {
		first, second messagingagent.NewConversation
		fault         messaging.Fault // of the second
		pause         time.Duration   // before it
		found         bool
	}{
		"the second is not made":         {fault: lost},
		"the second is made":             {fault: made},
		"with another skill":             {second: messagingagent.NewConversation{Skill: billing}, fault: made, found: true},
		"with another skill, not made":   {second: messagingagent.NewConversation{Skill: billing}, fault: lost},
		"with another origin":            {first: messagingagent.NewConversation{Origin: "conv-1"}, second: messagingagent.NewConversation{Origin: "conv-2"}, fault: made, found: true},
		"with another origin, not made":  {first: messagingagent.NewConversation{Origin: "conv-1"}, second: messagingagent.NewConversation{Origin: "conv-2"}, fault: lost},
		"after the first has begun":      {fault: made, pause: time.Minute, found: true},
		"after that, and it is not made": {fault: lost, pause: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				former := w.svc.Consumer(messaging.Consumer{Skill: "Sales"})
				row.first.Consumer, row.second.Consumer = former.ConsumerID(), former.ConsumerID()
				former.Close()
				w.svc.AddFault(late)
				_, err := a.RequestConversation(t.Context(), row.first)
				require.ErrorIs(t, err, messagingagent.ErrUnconfirmed)
				require.ErrorIs(t, err, messagingagent.ErrAbsent)
				time.Sleep(row.pause)
				w.svc.AddFault(row.fault)
				id, err := a.RequestConversation(t.Context(), row.second)
				assert.Equal(t, 2, w.svc.Count(ask))
				if !row.found {
					require.ErrorIs(t, err, messagingagent.ErrUnconfirmed)
					assert.Empty(t, id)
				} else {
					require.NoError(t, err)
					all := w.svc.Conversations()
					second := all[len(all)-1]
					if row.pause == 0 { // the first began after it
						second = all[len(all)-2]
					}
					if row.second.Skill != "" {
						second = w.svc.Conversation(string(id))
						assert.Equal(t, "Billing", second.Skill())
					}
					assert.Equal(t, second.ID(), string(id))
				}
				time.Sleep(time.Minute)
				w.svc.AddFault(made)
				id, err = a.RequestConversation(t.Context(), messagingagent.NewConversation{Consumer: former.ConsumerID()})
				if err == nil { // all that was in doubt has turned up
					all := w.svc.Conversations()
					assert.Equal(t, all[len(all)-1].ID(), string(id))
				} else {
					require.ErrorIs(t, err, messagingagent.ErrUnconfirmed)
					time.Sleep(15 * time.Minute)
					w.svc.AddFault(made)
					id, err = a.RequestConversation(t.Context(), messagingagent.NewConversation{Consumer: former.ConsumerID()})
					require.NoError(t, err, "nothing comes so late")
					all := w.svc.Conversations()
					assert.Equal(t, all[len(all)-1].ID(), string(id))
				}
			})
		})
	}
}

// Of two that are asked for at a time each gets its own.
func TestConversationsOfOneConsumerAtATime(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		former := w.svc.Consumer(messaging.Consumer{Skill: "Sales"})
		w.svc.AddFault(messaging.Fault{Type: "AgentRequestConversation", Kind: messaging.FaultNoAnswer, After: true, Times: 2})
		ids := make(chan liveperson.ConversationID)
		for range 3 {
			go func() {
				id, err := a.RequestConversation(t.Context(), messagingagent.NewConversation{Consumer: former.ConsumerID()})
				assert.NoError(t, err)
				ids <- id
			}()
		}
		seen := map[liveperson.ConversationID]bool{}
		for range 3 {
			id := <-ids
			assert.False(t, seen[id])
			seen[id] = true
		}
		assert.Equal(t, 3, w.svc.Count("AgentRequestConversation"))
		assert.Len(t, w.svc.Conversations(), 4)
	})
}
