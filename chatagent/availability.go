package chatagent

import (
	"context"
	"net/http"

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

// SetAvailability sets the agent's state for chats: Online, Occupied or Away.
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

// setPassing sets for Serve a state that is not meant to stay, or takes it back;
// full says which. It changes only what the user wants to be Online.
func (s *Agent) setPassing(ctx context.Context, state Availability, full bool) error {
	return s.setOne(ctx, "chatagent.SetAvailability", func() error {
		s.mu.Lock()
		body := s.wanted
		s.mu.Unlock()
		if body.Chat != Online && body.Chat != "" {
			if !full {
				s.setFull(false)
			}
			return nil
		}
		if state != Online {
			body.ReasonID = ""
		}
		body.Chat = state
		err := s.putState(ctx, body, onePoll)
		if err == nil {
			s.setFull(full)
		}
		return err
	})
}

// restoreState sets the state that SetAvailability set last, in a new agent
// session.
func (s *Agent) restoreState(ctx context.Context, how rest.Request) error {
	return s.setOne(ctx, "chatagent.SetAvailability", func() error {
		s.mu.Lock()
		wanted := s.wanted
		s.mu.Unlock()
		s.setFull(false)
		if wanted.Chat == "" {
			return nil
		}
		return s.putState(ctx, wanted, how)
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
	return put(ctx, at, "chatagent.SetAvailability", at.url.Join("/availability"), availabilityPut{body}, how)
}

type availabilityPut struct {
	Availability availabilityBody `json:"availability"`
}

// wantedState is what SetAvailability set last.
func (s *Agent) wantedState() Availability {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted.Chat
}

func (s *Agent) isFull() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.full
}

func (s *Agent) setFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}
