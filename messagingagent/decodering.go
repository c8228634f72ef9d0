package messagingagent

import (
	"encoding/json"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// ringChange is a routing task as it is now, or one that is over.
type ringChange struct {
	gone         bool
	completed    bool
	task         string
	conversation liveperson.ConversationID
	consumer     string
	skill        liveperson.SkillID
	rings        []RingInfo
}

// decodeRings decodes a RoutingTaskNotification. odd is how many changes and rings
// could not be read.
func decodeRings(body json.RawMessage) (subscription string, changes []ringChange, odd int, err error) {
	var doc changesDoc
	if err := wire.Unmarshal(body, &doc); err != nil {
		return "", nil, 0, err
	}
	for _, raw := range doc.Changes {
		var t taskDoc
		gone, ok := decodeChange(raw, &t)
		if !ok {
			odd++
			continue
		}
		c, without := t.change(gone)
		odd += without
		if c.conversation == "" && len(c.rings) == 0 && (c.task == "" || !c.gone && !c.completed) {
			odd++
			continue
		}
		changes = append(changes, c)
	}
	return doc.SubscriptionID, changes, odd, nil
}

type taskDoc struct {
	ID             string    `json:"routingTaskId"`
	Completed      bool      `json:"taskCompleted"`
	ConversationID string    `json:"conversationId"`
	ConsumerID     string    `json:"consumerId"`
	SkillID        string    `json:"skillId"`
	Rings          []ringDoc `json:"ringsDetails"`
}

type ringDoc struct {
	ID             string    `json:"ringId"`
	State          string    `json:"ringState"`
	ExpiresIn      int64     `json:"ringExpiration"`
	ExpiresAt      time.Time `json:"ringExpirationTs"`
	Weight         time.Time `json:"weight"`
	ConversationID string    `json:"convId" wire:"or=conversationId"`
	ConsumerID     string    `json:"consumerId"`
	SkillID        string    `json:"skillId"`
}

// change makes one of a task; without is how many of its rings have no id.
func (t *taskDoc) change(gone bool) (c ringChange, without int) {
	c = ringChange{
		gone: gone, completed: t.Completed, task: t.ID, conversation: liveperson.ConversationID(t.ConversationID),
		consumer: t.ConsumerID, skill: liveperson.SkillID(t.SkillID),
	}
	for _, r := range t.Rings {
		if c.conversation == "" {
			c.conversation = liveperson.ConversationID(r.ConversationID)
		}
		if r.ID == "" {
			without++
			continue
		}
		c.rings = append(c.rings, RingInfo{
			ID: RingID(r.ID), State: RingState(r.State), ExpiresAt: r.ExpiresAt, ExpiresIn: milliseconds(r.ExpiresIn), Weight: r.Weight,
			Conversation: liveperson.ConversationID(firstOf(r.ConversationID, t.ConversationID)),
			Consumer:     firstOf(r.ConsumerID, t.ConsumerID), Skill: liveperson.SkillID(firstOf(r.SkillID, t.SkillID)),
		})
	}
	return c, without
}

// agentState is the state of an agent; his id is empty if it is the agent who asks.
type agentState struct {
	agentUserID  string
	availability string
	description  string
	channels     []string
}

// decodeAgentStates decodes an AgentStateNotification; what is deleted, or says no
// availability, is left out.
func decodeAgentStates(body json.RawMessage) (subscription string, states []agentState, err error) {
	var doc changesDoc
	if err := wire.Unmarshal(body, &doc); err != nil {
		return "", nil, err
	}
	for _, raw := range doc.Changes {
		var s agentStateDoc
		if gone, ok := decodeChange(raw, &s); ok && !gone && s.Availability != "" {
			states = append(states, agentState{agentUserID: s.AgentUserID, availability: s.Availability, description: s.Description, channels: s.Channels})
		}
	}
	return doc.SubscriptionID, states, nil
}

type agentStateDoc struct {
	AgentUserID  string   `json:"agentUserId"`
	Availability string   `json:"availability"`
	Description  string   `json:"description"`
	Channels     []string `json:"channels"`
}
