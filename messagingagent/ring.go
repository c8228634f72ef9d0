package messagingagent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Ring is a conversation that is offered to the agent, who has until its ExpiresAt to
// accept it. It may be used by many goroutines.
type Ring struct {
	RingInfo
	agent *Agent
	task  string // "" if it was not told
}

// rings are those that wait, as the service told. The agent's mutex guards them.
type rings struct {
	id      string // of the subscription, on the present socket
	waiting map[RingID]Ring
}

// fresh forgets all: a new socket tells anew.
func (r *rings) fresh() { r.id, r.waiting = "", map[RingID]Ring{} }

// Rings returns what rings now, the most urgent first. It makes no request: the service
// tells of rings by itself.
func (a *Agent) Rings() []Ring {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.waiting()
}

// Ring returns what rings now with this id, as a browser may name it. It makes no
// request, and fails with [ErrRingGone] if nothing rings with it.
func (a *Agent) Ring(id RingID) (Ring, error) {
	for _, r := range a.Rings() {
		if r.ID == id {
			return r, nil
		}
	}
	return Ring{}, opError("messagingagent.Ring", ErrRingGone)
}

// waiting are the rings that can be accepted, the most urgent first. a.mu is held.
func (a *Agent) waiting() []Ring {
	now, known := a.link.serverNow()
	var list []Ring
	for id, r := range a.rings.waiting {
		if known && !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt) {
			delete(a.rings.waiting, id)
			continue
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(x, y Ring) int {
		return cmp.Or(x.urgency().Compare(y.urgency()), x.ExpiresAt.Compare(y.ExpiresAt), cmp.Compare(x.ID, y.ID))
	})
	return list
}

func (r *Ring) urgency() time.Time { return r.Weight }

// ringsBody subscribes the agent's rings.
type ringsBody struct {
	BrandID     string `json:"brandId"`
	AgentID     string `json:"agentId"`
	ChannelType string `json:"channelType"`
}

// watchRings has the service tell what rings.
func (a *Agent) watchRings(ctx context.Context, do doing) error {
	out, err := answerOf[subscribed](ctx, do, request{
		op: "messagingagent.Rings", typ: ".ams.routing.SubscribeRoutingTasks", idempotent: true,
		body: ringsBody{a.account(), a.oldID, "MESSAGING"},
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rings.id = out.SubscriptionID
	return nil
}

// ringing takes what rings, and what does no more.
func (a *Agent) ringing(n notification) {
	_, changes, odd, err := decodeRings(n.body)
	if err != nil || odd > 0 {
		a.log.Warn("rings could not be read", "left out", odd, "err", err)
	}
	a.mu.Lock()
	for _, c := range changes {
		if c.gone || c.completed {
			for id, r := range a.rings.waiting {
				if c.isOf(&r) {
					delete(a.rings.waiting, id)
				}
			}
		}
		for _, info := range c.rings {
			switch {
			case info.ID == "":
			case info.State == RingWaiting && !c.gone && !c.completed:
				a.rings.waiting[info.ID] = Ring{info, a, c.task}
			default:
				delete(a.rings.waiting, info.ID)
			}
		}
	}
	d := a.serving
	a.mu.Unlock()
	if d != nil {
		d.Post(d.rang)
	}
}

// isOf tells whether a task is that of a ring. The end of one may name the task only, or
// the conversation only, which may ring anew.
func (c *ringChange) isOf(r *Ring) bool {
	if c.task != "" && r.task != "" {
		return c.task == r.task
	}
	return c.conversation != "" && c.conversation == r.Conversation
}

// forget takes a ring off those that wait.
func (a *Agent) forget(id RingID) {
	a.mu.Lock()
	delete(a.rings.waiting, id)
	d := a.serving
	a.mu.Unlock()
	if d != nil {
		d.Post(d.rang)
	}
}

// returns notes that the agent has accepted a conversation: that it is his is no old news.
func (a *Agent) returns(id liveperson.ConversationID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k := a.own.known[id]; k != nil {
		k.parted = time.Time{}
	}
}

// ringBody answers a ring.
type ringBody struct {
	RingID    RingID    `json:"ringId"`
	RingState RingState `json:"ringState"`
}

// answer answers a ring. Doing so twice does no harm, so that it is sent again while its
// answer is lost.
func (a *Agent) answer(ctx context.Context, op string, r Ring, state RingState) error {
	_, err := a.link.do(ctx, request{op: op, typ: ".ams.routing.UpdateRingState", body: ringBody{r.ID, state}, idempotent: true, about: string(r.Conversation)})
	switch {
	case err == nil:
		a.forget(r.ID)
		if state == RingAccepted {
			a.returns(r.Conversation)
		}
	case refused(err):
		a.forget(r.ID)
		return fmt.Errorf("%w: %w", ErrRingGone, err)
	}
	return err
}

// Accept takes the conversation, and returns it when it has come to the agent and its
// messages are read. Under Watch it is among the updates, too, perhaps only after Accept
// has returned: until then [Agent.Conversation] knows it. One that is closed by then comes
// with what was said, and has ended.
//
// It fails with [ErrRingGone] if the ring is over or somebody else has it: nothing is to
// be done then. It fails with [ErrUnconfirmed] if the conversation may be the agent's, or
// become his, and does not show within 10 s: Watch and Serve go on looking for it.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (r Ring) Accept(ctx context.Context) (*Conversation, error) {
	const op = "messagingagent.Accept"
	if r.agent == nil {
		return nil, &liveperson.InputError{Op: op, Field: "ring", Rule: "must be one of Agent.Rings or Watch"}
	}
	a := r.agent
	x, since := a.expect(r.Conversation), time.Now()
	err := a.answer(ctx, op, r, RingAccepted)
	switch {
	case err == nil:
		a.accepted(r.Conversation)
	case !unknown(err):
		if errors.Is(err, ErrRingGone) && since.Before(time.Now()) { // perhaps it was accepted by the first of two tries
			if triedBefore(err) {
				_ = a.seek(ctx, op, r.Conversation) // which may tell that it was closed since
			}
			if _, ok := a.openable(r.Conversation); ok || a.cameOf(x) != nil {
				return a.await(ctx, op, r.Conversation, x)
			}
		}
		a.unexpect(r.Conversation)
		return nil, opError(op, err)
	}
	return a.await(ctx, op, r.Conversation, x)
}

// cameOf is the life of what was expected, nil before it has one.
func (a *Agent) cameOf(x *expected) *Conversation {
	a.mu.Lock()
	defer a.mu.Unlock()
	return x.came
}

// Reject leaves the conversation to others. It fails with [ErrRingGone] if the ring is
// over.
func (r Ring) Reject(ctx context.Context) error {
	const op = "messagingagent.Reject"
	if r.agent == nil {
		return &liveperson.InputError{Op: op, Field: "ring", Rule: "must be one of Agent.Rings or Watch"}
	}
	return r.agent.answer(ctx, op, r, RingRejected)
}

// arrival is how long a conversation may take to show after it was accepted.
const arrival = 10 * time.Second

// await waits for a conversation that was accepted.
func (a *Agent) await(ctx context.Context, op string, id liveperson.ConversationID, x *expected) (*Conversation, error) {
	limit := time.NewTimer(arrival)
	defer limit.Stop()
	sought := false
	for {
		if c := a.life(id); c != nil && !c.byHand {
			return c, nil
		}
		a.mu.Lock()
		changed, served, came := a.changed, a.serving != nil, x.came
		a.mu.Unlock()
		if came != nil { // and was closed
			return came, nil
		}
		if info, ok := a.openable(id); ok && !served {
			c, ok, err := a.open(ctx, info)
			switch {
			case ok:
				a.unexpect(id)
				return c, nil
			case err != nil && !errors.Is(err, errBeginning):
				return nil, opError(op, err)
			}
		}
		select {
		case <-changed:
		case <-limit.C:
			if !sought && !served { // Watch and Serve go on looking for it
				sought = true
				_ = a.seek(ctx, op, id)
				limit.Reset(0)
				continue
			}
			return nil, opError(op, fmt.Errorf("%w: the conversation does not show", ErrUnconfirmed))
		case <-ctx.Done():
			return nil, opError(op, errors.Join(ErrUnconfirmed, ctx.Err()))
		}
	}
}
