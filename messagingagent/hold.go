package messagingagent

import (
	"cmp"
	"context"
	"fmt"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// errInDoubt is a request that waited in vain for the service to tell whether the
// conversation is still the agent's.
var errInDoubt = fmt.Errorf("the service does not tell whose the conversation is: %w", liveperson.ErrUnavailable)

// holdTime is how long a request is held, unless there is a patience: longer than the service
// is asked for the conversation, again after a 5xx.
const holdTime = time.Minute

// hold keeps a request of this life's from going out over a socket until the service has
// told, over that one, that the conversation is still the agent's. While there was no
// socket it may have gone to somebody else, in whose conversation nothing is to be said
// or done.
func (c *Conversation) hold(ctx context.Context, s *socket) error {
	return c.awaitShown(ctx, s, cmp.Or(s.link.cfg.patience, holdTime))
}

// awaitShown waits until the service has told over that socket that the conversation is
// the agent's, no longer than patience unless that is 0.
func (c *Conversation) awaitShown(ctx context.Context, s *socket, patience time.Duration) error {
	var limit <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		limit = timer.C
	}
	ask := time.NewTicker(listTimeout)
	defer ask.Stop()
	for {
		a := c.agent
		a.mu.Lock()
		changed := a.changed
		a.mu.Unlock()
		if gone := c.closed(); gone != nil {
			return notSent(gone)
		}
		if c.isShown(s.number) {
			return nil
		}
		select {
		case <-changed:
		case <-ask.C: // what the service told was lost
			a.verify(a.own, []liveperson.ConversationID{c.id})
		case <-s.dead:
			return nil
		case <-limit:
			return notSent(errInDoubt)
		case <-ctx.Done():
			return notSent(ctx.Err())
		}
	}
}

// isShown tells whether the service has told over that socket, or a newer one, that the
// conversation is the agent's. One that was opened by its id need not be, or only as it
// was before.
func (c *Conversation) isShown(socket uint64) bool {
	c.mu.Lock()
	byHand := c.byHand
	c.mu.Unlock()
	a := c.agent
	a.mu.Lock()
	defer a.mu.Unlock()
	k := a.own.known[c.id]
	switch {
	case k == nil:
		return true
	case byHand:
		return k.gone || k.shown >= socket
	}
	return k.shown >= socket && !k.gone && a.has(&k.info)
}

// doubt has the service asked whose the conversation is, and waits for that: it has refused
// something.
func (c *Conversation) doubt(ctx context.Context) {
	c.agent.doubt(c.id)
	if s, _, _ := c.agent.link.present(); s != nil {
		_ = c.hold(ctx, s)
	}
}

// doubt has the service asked whose a conversation is; requests of its life wait for that.
func (a *Agent) doubt(id liveperson.ConversationID) {
	a.mu.Lock()
	if k := a.own.known[id]; k != nil {
		k.shown = 0
	}
	a.mu.Unlock()
	a.verify(a.own, []liveperson.ConversationID{id})
}

// verifyLives has the service asked for the conversations of which it has not told over
// the present socket.
func (a *Agent) verifyLives() {
	number := a.socketNumber()
	for _, c := range a.handled() {
		if !c.hasEnded() && !c.isShown(number) {
			a.verify(a.own, []liveperson.ConversationID{c.id})
		}
	}
}
