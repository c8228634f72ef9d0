package messagingagent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Target is where a conversation is handed over to. Make it with ToSkill, ToAgent or
// ToQueue.
type Target struct {
	kind  string
	skill liveperson.SkillID
	agent liveperson.UserID
}

// ToSkill hands over to the agents of a skill.
func ToSkill(skill liveperson.SkillID) Target { return Target{kind: "skill", skill: skill} }

// ToAgent hands over to one agent, of a skill: he is suggested, and if he does not accept
// in time the conversation goes to the skill. The account needs the feature, and the
// protocol version 2.1.
func ToAgent(agent liveperson.UserID, skill liveperson.SkillID) Target {
	return Target{kind: "agent", agent: agent, skill: skill}
}

// ToQueue gives the conversation back to the agents of its skill. The agent himself may
// get it again.
func ToQueue() Target { return Target{kind: "queue"} }

func (t Target) check(op string) error {
	bad := func(field, rule string) error { return &liveperson.InputError{Op: op, Field: field, Rule: rule} }
	switch {
	case t.kind == "":
		return bad("target", "must be made by ToSkill, ToAgent or ToQueue")
	case t.kind != "queue" && t.skill == "":
		return bad("skill", "must not be empty")
	case t.kind == "agent" && t.agent == "":
		return bad("userId", "must not be empty")
	}
	return nil
}

// fieldDoc is one change of a conversation.
//
// https://developers.liveperson.com/messaging-agent-sdk-conversation-metadata-guide.html
type fieldDoc struct {
	Field  string             `json:"field"`
	Type   string             `json:"type,omitempty"`
	Role   Role               `json:"role,omitempty"`
	UserID string             `json:"userId,omitempty"`
	Skill  liveperson.SkillID `json:"skill,omitempty"`
	State  State              `json:"conversationState,omitempty"`
	Dialog *dialogField       `json:"dialog,omitempty"`
}

// dialogField is the change of a dialog.
type dialogField struct {
	DialogID    DialogID `json:"dialogId"`
	State       State    `json:"state"`
	ClosedBy    string   `json:"closedBy,omitempty"`
	ClosedCause string   `json:"closedCause,omitempty"`
}

// changeBody asks for changes, which are made together.
type changeBody struct {
	ConversationID liveperson.ConversationID `json:"conversationId"`
	DialogID       DialogID                  `json:"dialogId,omitempty"`
	Fields         []fieldDoc                `json:"conversationField"`
}

// participant is the field that adds, removes or suggests somebody.
func participant(how string, role Role, userID string) fieldDoc {
	return fieldDoc{Field: "ParticipantsChange", Type: how, Role: role, UserID: userID}
}

// alteration is a change and what shows that it was made.
type alteration struct {
	op       string
	what     string // for Unconfirmed
	dialog   DialogID
	fields   []fieldDoc
	metadata json.RawMessage
	again    bool                              // a second time changes nothing
	done     func(info *ConversationInfo) bool // there tells whether the service still shows the conversation
}

// alter changes a conversation. If the answer is lost, its fresh state tells whether the
// change was made; [ErrUnconfirmed] if that cannot be told.
func (c *Conversation) alter(ctx context.Context, x alteration) error {
	if err := c.closed(); err != nil {
		return opError(x.op, err)
	}
	_, err := c.agent.link.do(ctx, request{
		op: x.op, typ: ".ams.cm.UpdateConversationField", metadata: x.metadata, idempotent: x.again,
		body: changeBody{c.id, x.dialog, x.fields},
	})
	switch {
	case err == nil:
		return nil
	case !unknown(err):
		if gone := c.closed(); gone != nil && refused(err) {
			return opError(x.op, fmt.Errorf("%w: %w", gone, err))
		}
		return err
	}
	return c.wasAltered(ctx, x, err)
}

// errUnchanged is a change whose answer was lost, and that the service does not show.
var errUnchanged = fmt.Errorf("the conversation is as it was: %w", liveperson.ErrUnavailable)

// wasAltered finds out whether a change was made whose answer was lost: twice, some time
// apart.
func (c *Conversation) wasAltered(ctx context.Context, x alteration, cause error) error {
	for n := range looks {
		if n > 0 {
			sleep(ctx, lookPause)
		}
		info, err := c.agent.read(ctx, x.op, c.id)
		switch {
		case errors.Is(err, ErrNoConversation):
			info = ConversationInfo{ID: c.id, State: StateClosed, Stage: StageClosed} // not shown: not this agent's
		case err != nil:
			err = fmt.Errorf("%w: %w", ErrUnconfirmed, cause)
			c.report(x.what, err)
			return opError(x.op, err)
		}
		if x.done(&info) {
			return nil
		}
	}
	return opError(x.op, fmt.Errorf("%w: %w", errUnchanged, cause))
}

// Transfer hands the conversation over. It ends this life of it: afterwards, other calls
// fail with [ErrConversationLost]. With reason it tells reports why a bot escalates.
//
// After [ErrUnconfirmed] it may have been handed over; after any other error it was not,
// as far as the service shows.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (c *Conversation) Transfer(ctx context.Context, to Target, opts ...TransferOption) error {
	const op = "messagingagent.Transfer"
	if err := to.check(op); err != nil {
		return err
	}
	x := alteration{op: op, what: "transfer", done: func(info *ConversationInfo) bool { return !c.agent.has(info) }}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(&x); err != nil {
			return named(op, err)
		}
	}
	if c.isAssigned() { // else there is nobody to remove, and that would fail
		x.fields = append(x.fields, participant("REMOVE", RoleAssignedAgent, c.agent.oldID))
	} else if to.kind != "skill" {
		return &liveperson.InputError{Op: op, Field: "conversation", Rule: "must be assigned to this agent"}
	}
	if to.kind == "agent" {
		x.fields = append(x.fields, participant("SUGGEST", RoleAssignedAgent, c.agent.oldIDOf(to.agent)))
	}
	if to.kind != "queue" {
		x.fields = append(x.fields, fieldDoc{Field: "Skill", Type: "UPDATE", Skill: to.skill})
	}
	c.setLeaving(true)
	err := c.alter(ctx, x)
	if err != nil {
		c.setLeaving(false)
		return err
	}
	if !c.byHand {
		c.finish(transferred, nil)
	}
	return nil
}

func (c *Conversation) setLeaving(leaving bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaving = leaving
}

// TransferOption sets up [Conversation.Transfer].
type TransferOption func(*alteration) error

// Because tells reports why a bot hands the conversation over. id is one of
// "escalated_by_user", "escalated_by_bot", "escalated_by_configuration" and
// "escalated_by_error", or empty; both are at most 64 characters.
func Because(reason, id string) TransferOption {
	return func(x *alteration) error {
		switch {
		case reason == "" || len([]rune(reason)) > 64:
			return rule("reason", "must have 1 to 64 characters")
		case len([]rune(id)) > 64:
			return rule("reasonId", "must not be longer than 64 characters")
		}
		data, err := json.Marshal([]reasonDoc{{"ActionReason", reason, id}})
		x.metadata = data
		return err
	}
}

type reasonDoc struct {
	Type     string `json:"type"`
	Reason   string `json:"reason"`
	ReasonID string `json:"reasonId,omitempty"`
}

// Close closes the conversation, all of it: no survey follows. See
// [Conversation.CloseDialog] for another way. Closing one that is closed is a success.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (c *Conversation) Close(ctx context.Context) error {
	const op = "messagingagent.Close"
	err := c.alter(ctx, alteration{
		op: op, what: "close", again: true,
		fields: []fieldDoc{{Field: "ConversationStateField", State: StateClosed}},
		done:   func(info *ConversationInfo) bool { return info.State == StateClosed },
	})
	if errors.Is(err, ErrConversationEnded) {
		return nil
	}
	return err
}
