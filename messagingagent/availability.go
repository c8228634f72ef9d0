package messagingagent

import (
	"cmp"
	"context"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Availability is whether the agent gets conversations.
type Availability string

// The availabilities. The service may know others, which are passed on.
const (
	// Online gets new conversations and transfers.
	Online Availability = "ONLINE"
	// Occupied gets only transfers.
	Occupied Availability = "OCCUPIED"
	// Away gets none, BackSoon perhaps transfers.
	Away     Availability = "AWAY"
	BackSoon Availability = "BACK_SOON"
	// Offline gets none.
	Offline Availability = "OFFLINE"
)

// AvailabilityOption sets up [Agent.SetAvailability].
type AvailabilityOption func(*stateBody) error

// WithReason sends a reason (description) along. Whether the service keeps it is not
// known.
func WithReason(reason string) AvailabilityOption {
	return func(b *stateBody) error {
		b.Description = reason
		return nil
	}
}

// stateBody is the agent's state as it is sent.
type stateBody struct {
	Channels     []string     `json:"channels"`
	AgentUserID  string       `json:"agentUserId"`
	Availability Availability `json:"availability"`
	Description  string       `json:"description,omitempty"`
}

// states are the availability that is wanted and the one that is. The agent's mutex
// guards them.
type states struct {
	wanted  stateBody // what SetAvailability set last; empty if it never did
	calls   int       // of SetAvailability
	full    Availability
	setAt   time.Time
	sent    Availability // what the service was told last
	shown   Availability // what the service says, "" if it has not
	because string       // what it says why
}

// SetAvailability makes the agent Online, Away and so on. It is set again by itself
// whenever the socket was lost, and under Watch and Serve when the service changes it
// from Online (see [WithoutStayOnline]); Online also every 5 minutes, since the service
// may not have told of that. One that the service refuses leaves things as they were.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (a *Agent) SetAvailability(ctx context.Context, to Availability, opts ...AvailabilityOption) error {
	const op = "messagingagent.SetAvailability"
	if to == "" {
		return &liveperson.InputError{Op: op, Field: "availability", Rule: "must not be empty"}
	}
	body := stateBody{Channels: []string{"MESSAGING"}, AgentUserID: a.oldID, Availability: to}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(&body); err != nil {
			return named(op, err)
		}
	}
	a.mu.Lock()
	former, full := a.state.wanted, a.state.full
	a.state.wanted, a.state.full = body, ""
	a.state.calls++
	call := a.state.calls
	a.mu.Unlock()
	err := a.set(ctx, op, a.link.do, body)
	if refused(err) { // it is not to be tried on each new socket
		a.mu.Lock()
		if a.state.calls == call {
			a.state.wanted, a.state.full = former, cmp.Or(a.state.full, full)
		}
		a.mu.Unlock()
	}
	return err
}

// Availability returns what the service said last, "" before it has said anything. It
// makes no request.
func (a *Agent) Availability() Availability {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state.shown
}

// set sends a state.
func (a *Agent) set(ctx context.Context, op string, do doing, body stateBody) error {
	_, err := do(ctx, request{op: op, typ: ".ams.routing.SetAgentState", body: body, idempotent: true})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.sent, a.state.shown, a.state.setAt = body.Availability, body.Availability, time.Now()
	return nil
}

// present is the state that the agent should have now. a.mu is held.
func (a *Agent) present() (stateBody, bool) {
	body := a.state.wanted
	if a.state.full != "" && body.Availability == Online {
		body.Availability, body.Description = a.state.full, ""
	}
	return body, body.Availability != ""
}

// restate sets the state on a new socket, if there is one to set.
func (a *Agent) restate(ctx context.Context, do doing) error {
	a.mu.Lock()
	body, ok := a.present()
	a.mu.Unlock()
	if !ok {
		return nil
	}
	return a.set(ctx, "messagingagent.SetAvailability", do, body)
}

// watchBody subscribes the agent's own state.
type watchBody struct {
	BrandID string `json:"brandId"`
	AgentID string `json:"agentId"`
}

// watchState has the service tell the agent's state. An account that refuses goes
// without.
func (a *Agent) watchState(ctx context.Context, do doing) error {
	_, err := do(ctx, request{
		op: "messagingagent.Availability", typ: ".ams.routing.SubscribeAgentsState", idempotent: true,
		body: watchBody{a.account(), a.oldID},
	})
	if refused(err) {
		a.log.Warn("the agent's state cannot be watched", "err", err)
		return nil
	}
	return err
}

// stated takes what the service says of the agent's state.
func (a *Agent) stated(n notification) {
	_, list, err := decodeAgentStates(n.body)
	if err != nil {
		a.log.Warn("a state could not be read", "err", err)
		return
	}
	for _, s := range list {
		if s.agentUserID != "" && s.agentUserID != a.oldID && s.agentUserID != a.pid {
			continue
		}
		a.mu.Lock()
		a.state.shown, a.state.because = Availability(s.availability), s.description
		d := a.serving
		a.mu.Unlock()
		if d != nil {
			d.Post(d.stateShown)
		}
	}
}
