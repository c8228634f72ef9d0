package chatagent

import (
	"context"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// SlotQuery asks for free slots: of a skill, or of one agent.
type SlotQuery struct {
	// Skill is the name of a skill.
	Skill string
	// MaxWait is how long a visitor may wait before the chat starts, in whole
	// seconds up to 24 hours. 0 asks for slots that are free now.
	MaxWait time.Duration
	// Agent is an agent's login name. It stands alone.
	Agent string
}

// maxWait is the longest wait of the Retrieve Available Slots page.
const maxWait = 86400 * time.Second

type skillSlots struct {
	common
	Skill   string `url:"skill,omitempty"`
	MaxWait int64  `url:"maxWaitTime"`
}

type agentSlots struct {
	common
	Agent string `url:"agent"`
}

type slotsDoc struct {
	Slots *int `json:"availableSlots"`
}

// AvailableSlots returns how many more chats can be taken, or [Unlimited].
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-available-slots.html
func (s *Agent) AvailableSlots(ctx context.Context, q SlotQuery) (int, error) {
	const op = "chatagent.AvailableSlots"
	params, err := q.params(op)
	if err != nil {
		return 0, err
	}
	at := s.at()
	out, err := rest.Get[slotsDoc](ctx, at.rest, op, at.url.Join("/chat/availableSlots"), params)
	return out.slots(op, err)
}

// params is the query as it is sent.
func (q SlotQuery) params(op string) (any, error) {
	switch {
	case q.Agent != "" && (q.Skill != "" || q.MaxWait != 0):
		return nil, &liveperson.InputError{Op: op, Field: "agent", Rule: "must not be combined with skill or maxWaitTime"}
	case q.MaxWait < 0 || q.MaxWait > maxWait || q.MaxWait%time.Second != 0:
		return nil, &liveperson.InputError{Op: op, Field: "maxWaitTime", Rule: "must be whole seconds from 0 to 86400"}
	case q.Agent != "":
		return agentSlots{v1, q.Agent}, nil
	}
	return skillSlots{v1, q.Skill, int64(q.MaxWait / time.Second)}, nil
}

func (d slotsDoc) slots(op string, err error) (int, error) {
	switch {
	case err != nil:
		return 0, err
	case d.Slots == nil:
		return 0, missing(op, "availableSlots")
	}
	return *d.Slots, nil
}
