package chatagent

import (
	"context"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// State is an agent's availability on a channel.
type State string

// The states of the Retrieve Current Availability page.
const (
	// Online takes chats.
	Online State = "Online"
	// Occupied takes transferred chats only.
	Occupied State = "Occupied"
	// Away takes no chats.
	Away State = "Away"
	// Offline appears in answers only; it cannot be set.
	Offline State = "Offline"
)

// Availability is an agent's state by channel.
type Availability struct {
	Chat  State `json:"chat"`
	Voice State `json:"voice"`
	// ReasonID is the id of the custom status reason, empty if there is none.
	ReasonID string `json:"chatReasonId"`
}

type availabilityDoc struct {
	Availability Availability `json:"availability"`
}

// Availability returns the agent's state (Retrieve Current Availability page).
func (s *Session) Availability(ctx context.Context) (Availability, error) {
	return s.availability(ctx, rest.Request{})
}

func (s *Session) availability(ctx context.Context, how rest.Request) (Availability, error) {
	at := s.at()
	out, _, err := rest.Do[availabilityDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Availability", Method: http.MethodGet, Class: retry.Idempotent, Single: how.Single, Timeout: how.Timeout,
		URL: at.url.Join("/availability"), Query: query,
	})
	return out.Availability, err
}

// AvailabilityOption adds to SetAvailability.
type AvailabilityOption func(*availabilityBody)

// WithReason gives the id of a custom status reason of the account.
func WithReason(id string) AvailabilityOption { return func(b *availabilityBody) { b.ReasonID = id } }

type availabilityBody struct {
	Chat     State  `json:"chat"`
	ReasonID string `json:"chatReasonId,omitempty"`
}

// SetAvailability sets the agent's state for chats: Online, Occupied or Away
// (Set Agent Availability page).
func (s *Session) SetAvailability(ctx context.Context, state State, opts ...AvailabilityOption) error {
	const op = "chatagent.SetAvailability"
	switch state {
	case Online, Occupied, Away:
	default:
		return &liveperson.InputError{Op: op, Field: "availability", Rule: "must be Online, Occupied or Away"}
	}
	body := availabilityBody{Chat: state}
	for _, o := range opts {
		o(&body)
	}
	return s.setOne(ctx, op, func() error {
		err := s.putState(ctx, body, rest.Request{})
		if err == nil {
			s.mu.Lock()
			s.wanted = body
			s.mu.Unlock()
		}
		return err
	})
}

// setPassing sets for Serve a state that is not meant to stay, or takes it back;
// full says which. It changes only what the user wants to be Online.
func (s *Session) setPassing(ctx context.Context, state State, full bool) error {
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
func (s *Session) restoreState(ctx context.Context, how rest.Request) error {
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
func (s *Session) setOne(ctx context.Context, op string, set func() error) error {
	select {
	case s.setting <- struct{}{}:
	case <-ctx.Done():
		return opError(op, ctx.Err())
	}
	defer func() { <-s.setting }()
	return set()
}

func (s *Session) putState(ctx context.Context, body availabilityBody, how rest.Request) error {
	at := s.at()
	_, _, err := rest.Do[rest.None](ctx, at.rest, rest.Request{
		Op: "chatagent.SetAvailability", Method: http.MethodPut, Override: true, Class: retry.Idempotent,
		Single: how.Single, Timeout: how.Timeout, URL: at.url.Join("/availability"), Query: query,
		Body: struct {
			Availability availabilityBody `json:"availability"`
		}{body},
	})
	return err
}

// wantedState is what SetAvailability set last.
func (s *Session) wantedState() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted.Chat
}

func (s *Session) isFull() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.full
}

func (s *Session) setFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}
