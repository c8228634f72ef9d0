package messagingagent

import (
	"context"
	"errors"
	"fmt"
	"time"

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
// are read, twice, 2 s apart. It is the one that was not there before, that began after it
// was asked for by an agent, with this Origin and Skill, and that is not perhaps what an
// earlier call for the consumer, whose answer was lost too, has asked for within 10 min. If
// there is none, or more than one, that is [ErrUnconfirmed]: it may have begun. With
// [ErrAbsent] there is none. After any other error it has not begun. What another program
// asks for at that time, with the same Origin and Skill, cannot be told apart.
//
// Calls for one consumer wait for each other.
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
	former, err := a.requestsOf(ctx, n.Consumer)
	if err != nil {
		return "", opError(op, err)
	}
	defer a.requested(n.Consumer, former)
	before, err := a.openOf(ctx, op, n.Consumer)
	if err != nil {
		return "", err
	}
	former.resolve(a, before, nil)
	asked := asking{n, before, time.Now()}
	out, err := answerOf[begun](ctx, a.link.do, request{
		op: op, typ: ".ams.cm.AgentRequestConversation",
		body: beginBody{"MESSAGING", n.Consumer, beginContext{ContextProactive, n.Origin}, n.Skill, n.TTR},
	})
	switch {
	case err == nil && out.ConversationID != "":
		former.known[out.ConversationID] = true
		return out.ConversationID, nil
	case err == nil:
		err = fmt.Errorf("%w: no conversationId in the answer", liveperson.ErrMalformed)
	case !doubtful(err) && !errors.Is(err, liveperson.ErrMalformed):
		return "", err
	}
	was := unsure
	for look := range looks {
		if look > 0 {
			a.pause(ctx, lookPause)
		}
		var id liveperson.ConversationID
		if id, was = a.newOf(ctx, op, former, &asked); was == made {
			former.known[id] = true
			return id, nil
		}
	}
	former.doubtful = append(former.doubtful, asked)
	if was == notMade {
		err = fmt.Errorf("%w: %w", ErrAbsent, err)
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

// newOf looks for the conversation that was asked for.
func (a *Agent) newOf(ctx context.Context, op string, former *requests, asked *asking) (id liveperson.ConversationID, was verdict) {
	now, err := a.openOf(ctx, op, asked.n.Consumer)
	if err != nil {
		return "", unsure
	}
	former.resolve(a, now, asked)
	was = notMade
	for _, info := range now {
		switch is := former.judge(a, asked, &info); {
		case is == notMade:
		case is == unsure, was != notMade, former.mayBe(a, &info):
			return "", unsure
		default:
			id, was = info.ID, made
		}
	}
	return id, was
}
