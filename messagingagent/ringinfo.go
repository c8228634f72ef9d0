package messagingagent

import (
	"encoding/json"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// RingID names a ring.
type RingID string

// RingState is the state of a ring.
type RingState string

// The states of rings.
const (
	// RingWaiting is a ring that can be accepted.
	RingWaiting    RingState = "WAITING"
	RingAccepted   RingState = "ACCEPTED"
	RingRejected   RingState = "REJECTED"
	RingExpired    RingState = "EXPIRED"
	RingCancelled  RingState = "CANCELLED"
	RingAutoAccept RingState = "AUTO_ACCEPT"
)

// RingInfo is a conversation that is offered to the agent, as it was told.
//
// https://developers.liveperson.com/messaging-agent-sdk-events.html
type RingInfo struct {
	ID    RingID    `json:"id"`
	State RingState `json:"state"`
	// ExpiresAt is when the offer ends, by the server's clock, zero if not told;
	// ExpiresIn is how long it was to last when it was made, in JSON a number of seconds.
	ExpiresAt time.Time     `json:"expiresAt,omitzero"`
	ExpiresIn time.Duration `json:"expiresIn"`
	// Weight is how urgent it is: the earlier the more. It is not documented, and
	// looks like the time by which an agent should respond.
	Weight       time.Time                 `json:"weight,omitzero"`
	Conversation liveperson.ConversationID `json:"conversationId"`
	Consumer     string                    `json:"consumerId"`
	Skill        liveperson.SkillID        `json:"skillId"`
}

// ringJSON is the JSON of a RingInfo.
type ringJSON struct {
	plainRing

	ExpiresIn wire.Seconds `json:"expiresIn"`
}

type plainRing RingInfo

// MarshalJSON writes ExpiresIn as a number of seconds.
func (i RingInfo) MarshalJSON() ([]byte, error) {
	return json.Marshal(ringJSON{plainRing(i), wire.Seconds(i.ExpiresIn)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *RingInfo) UnmarshalJSON(data []byte) error {
	doc := ringJSON{plainRing(*i), wire.Seconds(i.ExpiresIn)}
	err := json.Unmarshal(data, &doc)
	*i = RingInfo(doc.plainRing)
	i.ExpiresIn = time.Duration(doc.ExpiresIn)
	return err
}
