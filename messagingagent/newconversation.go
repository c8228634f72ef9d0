package messagingagent

import (
	"context"
	"errors"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// NewConversation is a conversation that an agent begins.
type NewConversation struct {
	// Consumer is with whom: the id that a former conversation named.
	Consumer string
	// Origin is the former conversation that it follows, "" for none.
	Origin liveperson.ConversationID
	// Skill is where it is begun, "" for the account's default.
	Skill liveperson.SkillID
	// TTR names its time to respond, "" for the account's default.
	TTR TTRType
}

// beginBody asks for a conversation.
type beginBody struct {
	ChannelType string             `json:"channelType"`
	ConsumerID  string             `json:"consumerId"`
	Context     beginContext       `json:"conversationContext"`
	SkillID     liveperson.SkillID `json:"skillId,omitempty"`
	TTR         TTRType            `json:"ttrDefName,omitempty"`
}

type beginContext struct {
	Type   ContextType               `json:"type"`
	Origin liveperson.ConversationID `json:"originConversationId,omitempty"`
}

type begun struct {
	ConversationID liveperson.ConversationID `json:"conversationId"`
}

// RequestConversation begins a conversation with a consumer, and returns its id. Serve
// and Watch take it in hand if it is assigned to the agent; else [Agent.Conversation]
// opens it.
//
// It is never asked for twice. If the answer is lost, the consumer's open conversations
// are read, twice, 2 s apart: the one that was not there before is it. [ErrUnconfirmed]
// if there is none, or more than one: it may have begun. After any other error it has
// not.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (a *Agent) RequestConversation(ctx context.Context, n NewConversation) (liveperson.ConversationID, error) {
	const op = "messagingagent.RequestConversation"
	if n.Consumer == "" {
		return "", &liveperson.InputError{Op: op, Field: "consumerId", Rule: "must not be empty"}
	}
	if n.Skill != "" && !isNumber(string(n.Skill)) {
		return "", &liveperson.InputError{Op: op, Field: "skillId", Rule: "must be the skill's id, a number"}
	}
	before, err := a.openOf(ctx, op, n.Consumer)
	if err != nil {
		return "", err
	}
	out, err := answerOf[begun](ctx, a.link.do, request{
		op: op, typ: ".ams.cm.AgentRequestConversation",
		body: beginBody{"MESSAGING", n.Consumer, beginContext{ContextProactive, n.Origin}, n.Skill, n.TTR},
	})
	switch {
	case err == nil && out.ConversationID != "":
		return out.ConversationID, nil
	case err == nil:
		err = fmt.Errorf("%w: no conversationId in the answer", liveperson.ErrMalformed)
	case !doubtful(err) && !errors.Is(err, liveperson.ErrMalformed):
		return "", err
	}
	for look := range looks {
		if look > 0 {
			a.pause(ctx, lookPause)
		}
		if id := a.newOf(ctx, op, n, before); id != "" {
			return id, nil
		}
	}
	err = opError(op, fmt.Errorf("%w: %w", ErrUnconfirmed, err))
	a.log.Warn("a request could not be confirmed", "what", "new conversation", "err", err)
	return "", err
}

// openOf are a consumer's open conversations.
func (a *Agent) openOf(ctx context.Context, op, consumer string) (map[liveperson.ConversationID]ConversationInfo, error) {
	list, _, err := a.list(ctx, op, Filter{Consumer: consumer, States: []State{StateOpen}})
	if err != nil {
		return nil, err
	}
	open := map[liveperson.ConversationID]ConversationInfo{}
	for _, info := range list {
		open[info.ID] = info
	}
	return open, nil
}

// newOf is the one conversation that was not there before, and that may be what was asked
// for; "" for none, or several.
func (a *Agent) newOf(ctx context.Context, op string, n NewConversation, before map[liveperson.ConversationID]ConversationInfo) (id liveperson.ConversationID) {
	now, err := a.openOf(ctx, op, n.Consumer)
	if err != nil {
		return ""
	}
	for _, info := range now {
		_, old := before[info.ID]
		isOther := info.Context.Type != "" && info.Context.Type != ContextProactive || info.Context.Origin != "" && info.Context.Origin != n.Origin
		switch {
		case old, isOther:
		case id != "":
			return ""
		default:
			id = info.ID
		}
	}
	return id
}
