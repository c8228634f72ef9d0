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
	at := s.at()
	out, _, err := rest.Do[availabilityDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Availability", Method: http.MethodGet, Class: retry.Idempotent,
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
	return s.setState(ctx, body, false)
}

// setState sets the availability. What Serve sets by itself for a while is not
// what the user wants.
func (s *Session) setState(ctx context.Context, body availabilityBody, passing bool) error {
	at := s.at()
	_, _, err := rest.Do[rest.None](ctx, at.rest, rest.Request{
		Op: "chatagent.SetAvailability", Method: http.MethodPut, Override: true, Class: retry.Idempotent,
		URL: at.url.Join("/availability"), Query: query,
		Body: struct {
			Availability availabilityBody `json:"availability"`
		}{body},
	})
	if err == nil && !passing {
		s.mu.Lock()
		s.wanted = body
		s.mu.Unlock()
	}
	return err
}

// wantedState is what SetAvailability set last.
func (s *Session) wantedState() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted.Chat
}
