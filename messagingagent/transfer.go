package messagingagent

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
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
// in time the conversation goes to the skill, "" for the one that it has. He must be
// Online or BackSoon, the user must have the permission, the account the feature, and the
// protocol version must be 2.1.
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
	case t.kind == "skill" && t.skill == "":
		return bad("skill", "must not be empty")
	case t.skill != "" && !isNumber(string(t.skill)):
		return bad("skill", "must be the skill's id, a number")
	case t.kind == "agent" && !isUserID(t.agent):
		return bad("userId", "must not be empty")
	}
	return nil
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

// Transfer hands the conversation over. It ends this life of it: afterwards, other calls
// fail with [ErrConversationLost]. With [Because] it tells reports why a bot escalates.
//
// One that is assigned to somebody else, whom the user may manage, is taken from him;
// that does not end this life, and neither does the new skill of one that is assigned to
// nobody.
//
// After [ErrUnconfirmed] it may have been handed over: this life goes on until the service
// tells so, and a handler that returns nil or the error then may close what it meant to hand
// over; let it go on with its messages. After any other error it was not,
// as far as the service shows, and this life goes on. A 4xx is [ErrTransferRefused], too: an
// agent who cannot be suggested, an unknown skill, or a missing permission. Should the answer
// be lost, the conversation's state is read twice, 2 s apart. If it plainly shows that the
// transfer was not made, it is sent again once; if that was not made either, the error is
// [liveperson.ErrUnavailable].
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (c *Conversation) Transfer(ctx context.Context, to Target, opts ...TransferOption) error {
	const op = "messagingagent.Transfer"
	if err := to.check(op); err != nil {
		return err
	}
	if to.kind == "agent" && c.agent.oldIDOf(to.agent) == c.agent.oldID {
		return &liveperson.InputError{Op: op, Field: "userId", Rule: "must be another agent's"}
	}
	x := alteration{op: op, what: "transfer", unlisted: true, again: true}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(&x); err != nil {
			return named(op, err)
		}
	}
	if err := c.closed(); err != nil {
		return opError(op, err)
	}
	info, err := c.present(ctx, op)
	if err != nil {
		return err
	}
	if to.kind == "agent" {
		to.skill = cmp.Or(to.skill, info.Skill, liveperson.NoSkill)
	}
	who, assigned := info.AssignedAgent()
	mine := c.agent.has(&info)
	switch {
	case mine:
		x.fields = append(x.fields, participant("REMOVE", RoleAssignedAgent, c.agent.oldID))
	case assigned:
		x.fields = append(x.fields, participant("REMOVE", RoleAssignedAgent, cmp.Or(who.ID, who.PID)))
	case to.kind != "skill": // there is nobody to remove, and that would fail
		return &liveperson.InputError{Op: op, Field: "conversation", Rule: "must be assigned to an agent"}
	}
	if to.kind == "agent" {
		x.fields = append(x.fields, participant("SUGGEST", RoleAssignedAgent, c.agent.oldIDOf(to.agent)))
	}
	if to.kind != "queue" {
		x.fields = append(x.fields, fieldDoc{Field: "Skill", Type: "UPDATE", Skill: to.skill})
	}
	x.shown = func(now *ConversationInfo) verdict {
		if to.kind != "queue" && to.skill != info.Skill {
			return is(now.Skill == to.skill) // whoever has it now
		}
		present, _ := now.AssignedAgent()
		return is(!present.Is(who.ID, who.PID))
	}
	change := c.alter
	if mine {
		change = c.depart
	}
	if err = change(ctx, x); refused(err) && c.closed() == nil {
		return opError(op, fmt.Errorf("%w: %w", ErrTransferRefused, err))
	}
	return err
}

// TransferOption sets up [Conversation.Transfer].
type TransferOption func(*alteration) error

// Because tells reports why a bot hands the conversation over. id is one of
// "escalated_by_user", "escalated_by_bot", "escalated_by_configuration" and
// "escalated_by_error", or empty; both are at most 64 characters.
func Because(reason, id string) TransferOption {
	return func(x *alteration) error {
		switch {
		case reason == "" || utf8.RuneCountInString(reason) > 64:
			return rule("reason", "must have 1 to 64 characters")
		case utf8.RuneCountInString(id) > 64:
			return rule("reasonId", "must not be longer than 64 characters")
		case !utf8.ValidString(reason + id):
			return rule("reason", "must be UTF-8")
		}
		data, err := wire.Marshal([]reasonDoc{{"ActionReason", reason, id}})
		x.metadata = data
		return err
	}
}

type reasonDoc struct {
	Type     string `json:"type"`
	Reason   string `json:"reason"`
	ReasonID string `json:"reasonId,omitempty"`
}
