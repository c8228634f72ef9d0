package chatagent

import (
	"context"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// Availability says whether an agent takes chats.
type Availability string

const (
	// Online takes chats.
	Online Availability = "Online"
	// Occupied takes transferred chats only.
	Occupied Availability = "Occupied"
	// Away takes no chats.
	Away Availability = "Away"
	// Offline appears in answers only; it cannot be set.
	Offline Availability = "Offline"
)

// AgentAvailability is an agent's availability by channel.
type AgentAvailability struct {
	Chat  Availability `json:"chat"`
	Voice Availability `json:"voice"`
	// ReasonID is the id of the custom status reason, empty if there is none.
	ReasonID string `json:"reasonId"`
}

type statusBody struct {
	Chat     string `json:"chat"`
	Voice    string `json:"voice"`
	ReasonID string `json:"chatReasonId"`
}

func (b statusBody) status() AgentAvailability {
	return AgentAvailability{availabilityOf(b.Chat), availabilityOf(b.Voice), b.ReasonID}
}

type availabilityDoc struct {
	Availability statusBody `json:"availability"`
}

// Availability returns the agent's state.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-current-availability.html
func (s *Agent) Availability(ctx context.Context) (AgentAvailability, error) {
	return s.availability(ctx, rest.Request{})
}

func (s *Agent) availability(ctx context.Context, how rest.Request) (AgentAvailability, error) {
	at := s.at()
	out, _, err := rest.Do[availabilityDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Availability", Method: http.MethodGet, Single: how.Single, Timeout: how.Timeout,
		URL: at.url.Join("/availability"), Query: query,
	})
	return out.Availability.status(), err
}

// AvailabilityOption adds to SetAvailability.
type AvailabilityOption func(*availabilityBody) error

// WithReason gives the id of a custom status reason of the account. Default,
// also for the empty id: none.
func WithReason(id string) AvailabilityOption {
	return func(b *availabilityBody) error {
		b.ReasonID = id
		return nil
	}
}

type availabilityBody struct {
	Chat     Availability `json:"chat"`
	ReasonID string       `json:"chatReasonId,omitempty"`
}

// SetAvailability sets the agent's state for chats: Online, Occupied or Away. Options
// that are nil are skipped.
//
// https://developers.liveperson.com/chat-agent-api-methods-set-agent-availability.html
func (s *Agent) SetAvailability(ctx context.Context, state Availability, opts ...AvailabilityOption) error {
	body, err := newAvailabilityBody(state, opts)
	if err != nil {
		return err
	}
	return s.setOne(ctx, "chatagent.SetAvailability", func() error { return s.want(ctx, body) })
}

// newAvailabilityBody checks what is to be set.
func newAvailabilityBody(state Availability, opts []AvailabilityOption) (availabilityBody, error) {
	body := availabilityBody{Chat: state}
	if state != Online && state != Occupied && state != Away {
		return body, &liveperson.InputError{Op: "chatagent.SetAvailability", Field: "availability", Rule: "must be Online, Occupied or Away"}
	}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(&body); err != nil {
			return body, err
		}
	}
	return body, nil
}

// want sets what the user wants, and remembers it.
func (s *Agent) want(ctx context.Context, body availabilityBody) error {
	if err := s.putState(ctx, body, rest.Request{}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = body
	return nil
}

// online makes the agent Online, with one try: a former process may have left chats
// that wait. What may pass is left to Serve.
func (s *Agent) online(ctx context.Context) error {
	s.wish(Online)
	if err := s.restoreState(ctx); !passing(ctx, err) {
		return err
	}
	return nil
}

// wish has Serve or Watch set that state when they begin.
func (s *Agent) wish(state Availability) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted, s.shown = availabilityBody{Chat: state}, ""
}

// setPassing sets a state that the user has not asked for, unless what the user has
// asked for changes meanwhile: full says that there is no room.
func (s *Agent) setPassing(ctx context.Context, full bool, state func(wanted availabilityBody) availabilityBody) error {
	return s.setOne(ctx, "chatagent.SetAvailability", func() error {
		s.mu.Lock()
		wanted := s.wanted
		s.mu.Unlock()
		if wanted.Chat == "" {
			wanted.Chat = Online // nothing was asked for: see WithWhenFull
		}
		if err := s.putState(ctx, state(wanted), onePoll); err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.full = full
		return nil
	})
}

// restoreState sets the state that SetAvailability set last, in a new agent
// session, with one try: chats may wait.
func (s *Agent) restoreState(ctx context.Context) error {
	return s.setOne(ctx, "chatagent.SetAvailability", func() error {
		s.mu.Lock()
		wanted := s.wanted
		s.full = false
		s.mu.Unlock()
		if wanted.Chat == "" {
			return nil
		}
		return s.putState(ctx, wanted, oneMoment)
	})
}

// setOne has one caller at a time set the availability: of what is set at the
// same time, the user's wins.
func (s *Agent) setOne(ctx context.Context, op string, set func() error) error {
	select {
	case s.setting <- struct{}{}:
	case <-ctx.Done():
		return opError(op, ctx.Err())
	}
	defer func() { <-s.setting }()
	return set()
}

func (s *Agent) putState(ctx context.Context, body availabilityBody, how rest.Request) error {
	at := s.at()
	if err := put(ctx, at, "chatagent.SetAvailability", at.url.Join("/availability"), availabilityPut{body}, how); err != nil {
		return err
	}
	s.log.Info("availability set", "to", body.Chat)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = body.Chat
	return nil
}

type availabilityPut struct {
	Availability availabilityBody `json:"availability"`
}

// states is the agent's availability as the desk sees to it.
type states struct {
	poll
	wrong   bool // it has to be set
	full    bool // to what is wanted when there is no room
	checked time.Time
}

// stateEvery is how often the desk looks whether the server has changed the
// availability.
const stateEvery = 40 * time.Second

// begin has the availability set that the user wants, if it is another: a former
// Serve has stopped.
func (t *states) begin(d *serving) {
	s := d.agent
	s.mu.Lock()
	defer s.mu.Unlock()
	t.full = s.full
	t.wrong = s.wanted.Chat != "" && s.shown != s.wanted.Chat && !s.full
	t.checked = time.Now()
}

// reset has it set anew, in a new agent session.
func (t *states) reset() { t.poll, t.wrong, t.full = poll{}, true, false }

// see sets the availability if it has to be, and looks at it now and then.
func (t *states) see(d *serving) {
	now := d.tick
	if d.Stopping() {
		return
	}
	if full := d.cfg.whenFull != "" && d.Full(); full != t.full {
		t.full, t.wrong = full, true
	}
	look := now.Sub(t.checked) >= stateEvery
	if !t.wrong && !look || !t.start(now) {
		return
	}
	if look {
		t.checked = now
	}
	set, full := t.wrong, t.full
	t.wrong = false
	d.Beside(func(ctx context.Context) func() {
		var err error
		var there AgentAvailability
		if set {
			err = d.agent.setPassing(ctx, full, d.wantedState(full))
		} else {
			there, err = d.agent.availability(ctx, onePoll)
		}
		return func() {
			t.end(d.cfg.poll)
			defer d.work()
			switch {
			case err != nil:
				t.wrong = t.wrong || set
				d.Trouble("seeing to the availability", "", err, t.pace.Failed(mostAfter(err, 0)))
			default:
				t.pace.OK()
				if !set {
					t.found(d, there)
				}
			}
		}
	})
}

// found is what the server says of the availability.
func (t *states) found(d *serving, there AgentAvailability) {
	s := d.agent
	s.mu.Lock()
	was, wanted := s.shown, s.wanted.Chat
	s.shown = there.Chat
	s.mu.Unlock()
	if there.Chat == was || was == "" && there.Chat != Away {
		return
	}
	d.log.Warn("the server has changed the availability", "from", was, "to", there.Chat)
	d.emit(AvailabilityChanged{was, there})
	t.wrong = t.wrong || wanted == Online && !d.cfg.straying
}

// wantedState is what the agent is to be, given what the user has asked for.
func (d *serving) wantedState(full bool) func(availabilityBody) availabilityBody {
	return func(wanted availabilityBody) availabilityBody {
		if full && wanted.Chat == Online {
			return availabilityBody{Chat: d.cfg.whenFull}
		}
		return wanted
	}
}
