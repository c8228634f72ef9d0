package messagingagent

import (
	"context"
	"slices"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// requests are those for new conversations of one consumer, one at a time. It belongs to
// the one whose turn it is, but for users, which the agent's mutex guards.
type requests struct {
	users    int
	turn     chan struct{}
	doubtful []asking                           // that may have begun, and have not turned up
	known    map[liveperson.ConversationID]bool // those that are one of these
}

// asking is a request for a new conversation.
type asking struct {
	n      NewConversation
	before map[liveperson.ConversationID]ConversationInfo // what was open then
	at     time.Time
}

// doubtTime is how long what was asked for may take to begin, and clockError by how much
// the service's clock may be misjudged.
const (
	doubtTime  = 10 * time.Minute
	clockError = 2 * time.Second
)

// requestsOf waits for the turn among the requests for a consumer.
func (a *Agent) requestsOf(ctx context.Context, consumer string) (*requests, error) {
	a.mu.Lock()
	r := a.requests[consumer]
	if r == nil {
		r = &requests{turn: make(chan struct{}, 1), known: map[liveperson.ConversationID]bool{}}
		a.requests[consumer] = r
	}
	r.users++
	a.mu.Unlock()
	select {
	case r.turn <- struct{}{}:
		return r, nil
	case <-ctx.Done():
		a.mu.Lock()
		defer a.mu.Unlock()
		a.done(consumer, r)
		return nil, ctx.Err()
	}
}

// requested ends a turn. Who asks for conversations of many consumers keeps those that are
// in doubt only.
func (a *Agent) requested(consumer string, r *requests) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done(consumer, r)
	if len(a.requests) > maxReached {
		for consumer, old := range a.requests {
			if old.users == 0 && time.Since(old.doubtful[len(old.doubtful)-1].at) > doubtTime {
				delete(a.requests, consumer)
			}
		}
	}
	<-r.turn
}

// done notes that somebody needs the requests no more. a.mu is held.
func (a *Agent) done(consumer string, r *requests) {
	r.users--
	if r.users == 0 && len(r.doubtful) == 0 {
		delete(a.requests, consumer)
	}
}

// resolve finds those that were in doubt among what is open, but for what may be the one
// that is asked for now, nil for none.
func (r *requests) resolve(a *Agent, open map[liveperson.ConversationID]ConversationInfo, now *asking) {
	r.doubtful = slices.DeleteFunc(r.doubtful, func(x asking) bool {
		for id, info := range open {
			if r.judge(a, &x, &info) == made && (now == nil || r.judge(a, now, &info) == notMade) {
				r.known[id] = true
				return true
			}
		}
		return time.Since(x.at) > doubtTime
	})
}

// mayBe tells whether a conversation may be one that is in doubt.
func (r *requests) mayBe(a *Agent, info *ConversationInfo) bool {
	return slices.ContainsFunc(r.doubtful, func(x asking) bool { return r.judge(a, &x, info) != notMade })
}

// judge tells whether a conversation looks like what was asked for.
func (r *requests) judge(a *Agent, x *asking, info *ConversationInfo) verdict {
	_, old := x.before[info.ID]
	typ, origin := info.Context.Type, info.Context.Origin
	switch {
	case old, r.known[info.ID]:
		return notMade
	case typ != "" && typ != ContextProactive, origin != "" && origin != x.n.Origin:
		return notMade
	case x.n.Skill != "" && info.Skill != "" && info.Skill != x.n.Skill:
		return notMade
	case !info.StartedAt.IsZero() && a.link.localTime(info.StartedAt).Before(x.at.Add(-clockError)):
		return notMade
	case typ == "", origin != x.n.Origin:
		return unsure // it does not tell
	}
	return made
}
