package chatagent

import (
	"context"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
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

// AvailableSlots returns how many more chats can be taken, or [Unlimited]
// (Retrieve Available Slots page).
func (s *Session) AvailableSlots(ctx context.Context, q SlotQuery) (int, error) {
	const op = "chatagent.AvailableSlots"
	var params any = skillSlots{v1, q.Skill, int64(q.MaxWait / time.Second)}
	switch {
	case q.Agent != "" && (q.Skill != "" || q.MaxWait != 0):
		return 0, &liveperson.InputError{Op: op, Field: "agent", Rule: "must not be combined with skill or maxWaitTime"}
	case q.MaxWait < 0 || q.MaxWait > maxWait || q.MaxWait%time.Second != 0:
		return 0, &liveperson.InputError{Op: op, Field: "maxWaitTime", Rule: "must be whole seconds from 0 to 86400"}
	case q.Agent != "":
		params = agentSlots{v1, q.Agent}
	}
	at := s.at()
	out, _, err := rest.Do[slotsDoc](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodGet, Class: retry.Idempotent,
		URL: at.url.Join("/chat/availableSlots"), Query: params,
	})
	switch {
	case err != nil:
		return 0, err
	case out.Slots == nil:
		return 0, missing(op, "availableSlots")
	}
	return *out.Slots, nil
}
