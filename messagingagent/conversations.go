package messagingagent

import (
	"context"
	"iter"
	"slices"

	"github.com/liveperson-community/liveperson-go/internal/desk"
)

// ConversationChange is a conversation that a filter chooses, as it is now, or one that
// it does not choose any more.
type ConversationChange struct {
	Info ConversationInfo `json:"info"`
	// Gone says that the filter does not choose it any more, or that it cannot be seen.
	Gone bool `json:"gone"`
}

// Conversations yields the conversations that a filter chooses, and then each change of
// them, until ctx ends, whose error comes last, the agent is closed ([ErrClosed]) or his
// login session ends (login.Session.Err). It
// has a subscription of its own, which lives on over each new socket: what has changed
// meanwhile comes then. A slow loop misses nothing. Messages are not among the changes,
// but for the last one, of those conversations that have one; see [Agent.Conversation].
//
// A survey bot watches conversations whose Stages are open, a dashboard those of a skill.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (a *Agent) Conversations(ctx context.Context, f Filter) iter.Seq2[ConversationChange, error] {
	return func(yield func(ConversationChange, error) bool) {
		const op = "messagingagent.Conversations"
		if err := f.check(op); err != nil {
			yield(ConversationChange{}, err)
			return
		}
		queue := desk.NewQueue[ConversationChange]()
		s := &subscription{filter: f, told: func(c conversationChange) {
			queue.Add(ConversationChange{c.info, c.gone})
		}}
		a.mu.Lock()
		a.others = append(a.others, s)
		a.mu.Unlock()
		defer a.drop(s)
		if err := a.subscribe(ctx, a.link.do, s); err != nil && !unknown(err) { // else the next socket does
			yield(ConversationChange{}, opError(op, err))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(a.ctx, cancel)()
		for {
			c, ok := queue.Next(ctx)
			if !ok {
				err := ctx.Err()
				if a.ctx.Err() != nil {
					err = a.gone()
				}
				yield(ConversationChange{}, opError(op, err))
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// drop ends a subscription.
func (a *Agent) drop(s *subscription) {
	a.mu.Lock()
	a.others = slices.DeleteFunc(a.others, func(o *subscription) bool { return o == s })
	id, socket := s.id, s.socket
	s.dropped = true
	if a.byID[id] == s {
		delete(a.byID, id)
	}
	a.mu.Unlock()
	if id != "" {
		a.unsubscribe(id, socket)
	}
}
