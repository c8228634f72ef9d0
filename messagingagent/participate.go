package messagingagent

import (
	"cmp"
	"context"
	"slices"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Join takes part in a conversation as [RoleManager], [RoleAgent] or [RoleReader], and
// opens it. Somebody else stays its assigned agent; see [Conversation.TakeOver]. The
// agent must be permitted to.
//
// If opening it fails, the agent has joined nevertheless. Errors are those of
// [Conversation.Join] and [Agent.Conversation].
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (a *Agent) Join(ctx context.Context, id liveperson.ConversationID, role Role) (*Conversation, error) {
	const op = "messagingagent.Join"
	if id == "" {
		return nil, &liveperson.InputError{Op: op, Field: "conversationId", Rule: "must not be empty"}
	}
	if err := joinable(op, role); err != nil {
		return nil, err
	}
	if c := a.life(id); c != nil {
		return c, c.Join(ctx, role)
	}
	if err := a.alter(ctx, id, a.joining(op, "", role)); err != nil {
		return nil, err
	}
	return a.Conversation(ctx, id)
}

// Join takes part in the conversation as [RoleManager], [RoleAgent] or [RoleReader].
// Joining again is a success. After [ErrUnconfirmed] the agent may have joined; after any
// other error he has not. Should the answer be lost, and the state plainly show that he has
// not joined, that is sent again once; then it is [liveperson.ErrUnavailable].
func (c *Conversation) Join(ctx context.Context, role Role) error {
	const op = "messagingagent.Join"
	if err := joinable(op, role); err != nil {
		return err
	}
	if err := c.alter(ctx, c.agent.joining(op, "", role)); err != nil {
		return err
	}
	c.refill() // what was said before live events come
	return nil
}

// JoinDialog is Join for one dialog alone: a survey bot joins the survey's as
// [RoleAgent]. Its errors are those of Join.
func (c *Conversation) JoinDialog(ctx context.Context, dialog DialogID, role Role) error {
	const op = "messagingagent.JoinDialog"
	if dialog == "" {
		return &liveperson.InputError{Op: op, Field: "dialogId", Rule: "must not be empty"}
	}
	if err := joinable(op, role); err != nil {
		return err
	}
	return c.alter(ctx, c.agent.joining(op, dialog, role))
}

func joinable(op string, role Role) error {
	switch role {
	case RoleManager, RoleAgent, RoleReader:
		return nil
	case RoleAssignedAgent, RoleController, RoleConsumer, RoleBrandBot:
	}
	return &liveperson.InputError{Op: op, Field: "role", Rule: "must be RoleManager, RoleAgent or RoleReader"}
}

// joining is the change by which the agent takes part; in the main dialog for "".
func (a *Agent) joining(op string, dialog DialogID, role Role) alteration {
	return alteration{
		op: op, what: "join", dialog: dialog, settled: true, again: true,
		fields: []fieldDoc{participant("ADD", role, a.oldID)},
		shown:  func(info *ConversationInfo) verdict { return a.in(info, dialog, role) },
	}
}

// in tells whether the agent takes part in that role; in the main dialog for "".
func (a *Agent) in(info *ConversationInfo, dialog DialogID, role Role) verdict {
	if dialog == "" || dialog == DialogID(info.ID) {
		return is(info.Has(role, a.ids()...))
	}
	d, ok := info.Dialog(dialog)
	if !ok || len(d.Participants) == 0 {
		return unsure // those of old do not tell
	}
	return is(d.Has(role, a.ids()...))
}

// Leave ends all parts of the agent in the main dialog, and this life: afterwards, other
// calls fail with [ErrConversationLost]. A conversation that is assigned to him goes back
// to the queue of its skill. Leaving one in which he has no part is a success. After
// [ErrUnconfirmed] he may have left; after any other error he has not. Should the answer be
// lost, and the state plainly show that he has not left, that is sent again once; then it is
// [liveperson.ErrUnavailable].
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (c *Conversation) Leave(ctx context.Context) error {
	const op = "messagingagent.Leave"
	if err := c.closed(); err != nil {
		return opError(op, err)
	}
	info, err := c.present(ctx, op)
	if err != nil {
		return err
	}
	x := alteration{op: op, what: "leave", unlisted: true, settled: true, again: true}
	parts := c.agent.parts(&info)
	for _, role := range parts {
		x.fields = append(x.fields, participant("REMOVE", role, c.agent.oldID))
	}
	x.shown = func(info *ConversationInfo) verdict { return is(len(c.agent.parts(info)) == 0) }
	if len(parts) == 0 {
		c.finish(transferred, nil)
		return nil
	}
	return c.depart(ctx, x)
}

// parts are the roles in which the agent takes part.
func (a *Agent) parts(info *ConversationInfo) (roles []Role) {
	for _, p := range info.Participants {
		if p.State == ParticipantActive && p.Is(a.ids()...) && !slices.Contains(roles, p.Role) {
			roles = append(roles, p.Role)
		}
	}
	return roles
}

// LeaveDialog ends a part in one dialog, which JoinDialog began. The life goes on. Its errors
// are those of Leave.
func (c *Conversation) LeaveDialog(ctx context.Context, dialog DialogID, role Role) error {
	const op = "messagingagent.LeaveDialog"
	if dialog == "" {
		return &liveperson.InputError{Op: op, Field: "dialogId", Rule: "must not be empty"}
	}
	if err := joinable(op, role); err != nil {
		return err
	}
	return c.alter(ctx, alteration{
		op: op, what: "leave", dialog: dialog, settled: true, again: true,
		fields: []fieldDoc{participant("REMOVE", role, c.agent.oldID)},
		shown: func(info *ConversationInfo) verdict {
			switch c.agent.in(info, dialog, role) {
			case made:
				return notMade
			case notMade:
				return made
			case unsure:
			}
			return unsure
		},
	})
}

// TakeOver makes the agent the assigned one, in place of whoever is, at one stroke. The
// user must be permitted to. One that he has already is a success. After
// [ErrUnconfirmed] it may be his; after any other error it is not. Should the answer be lost,
// and the state plainly show that it is not his, that is sent again once; then it is
// [liveperson.ErrUnavailable].
//
// Watch and Serve take the conversation in hand then, as a life of its own, and this one
// ends with [ErrConversationLost].
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (c *Conversation) TakeOver(ctx context.Context) error {
	const op = "messagingagent.TakeOver"
	if err := c.closed(); err != nil {
		return opError(op, err)
	}
	info, err := c.agent.read(ctx, op, c.id)
	if err != nil {
		return err
	}
	if c.agent.has(&info) {
		return nil
	}
	fields := []fieldDoc{participant("ADD", RoleAssignedAgent, c.agent.oldID)}
	if who, assigned := info.AssignedAgent(); assigned {
		fields = append(fields, participant("REMOVE", RoleAssignedAgent, cmp.Or(who.ID, who.PID)))
	}
	err = c.alter(ctx, alteration{
		op: op, what: "take over", fields: fields, again: true,
		shown: func(info *ConversationInfo) verdict { return is(c.agent.has(info)) },
	})
	if err == nil {
		c.refill()
	}
	return err
}
