package messagingagent

import (
	"context"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// SetTTR sets the time in which an agent should respond: whole seconds, at least one.
// After [ErrUnconfirmed] it may be set; after any other error it is not. It is never sent
// twice: should the answer be lost, and the state show another, which somebody else may have
// set since, that is [liveperson.ErrUnavailable].
//
// https://developers.liveperson.com/messaging-agent-sdk-conversation-metadata-guide.html
func (c *Conversation) SetTTR(ctx context.Context, typ TTRType, value time.Duration) error {
	const op = "messagingagent.SetTTR"
	switch {
	case typ == "":
		return &liveperson.InputError{Op: op, Field: "ttrType", Rule: "must not be empty"}
	case value < time.Second || value%time.Second != 0:
		return &liveperson.InputError{Op: op, Field: "value", Rule: "must be whole seconds, at least one"}
	}
	return c.alter(ctx, alteration{
		op: op, what: "time to respond", fields: []fieldDoc{{Field: "TTRField", TTRType: typ, Value: int64(value / time.Second)}},
		shown: func(info *ConversationInfo) verdict { return is(info.TTR == TTR{Type: typ, Value: value}) },
	})
}

// SetManualETTR sets until when an agent should respond, in place of the time to respond
// and of a delay. It is sent in milliseconds. Its errors are those of SetTTR.
func (c *Conversation) SetManualETTR(ctx context.Context, at time.Time) error {
	const op = "messagingagent.SetManualETTR"
	if at.UnixMilli() <= 0 {
		return &liveperson.InputError{Op: op, Field: "time", Rule: "must be set"}
	}
	return c.alter(ctx, alteration{
		op: op, what: "time to respond", fields: []fieldDoc{{Field: "ManualETTR", Time: at.UnixMilli()}},
		shown: func(info *ConversationInfo) verdict { return is(sameMilli(info.ManualRespondBy, at)) },
	})
}

// SetDelay puts the answer off: the time to respond counts from till. It is sent in
// milliseconds. Its errors are those of SetTTR.
func (c *Conversation) SetDelay(ctx context.Context, typ DelayType, till time.Time) error {
	const op = "messagingagent.SetDelay"
	switch {
	case typ == "":
		return &liveperson.InputError{Op: op, Field: "type", Rule: "must not be empty"}
	case till.UnixMilli() <= 0:
		return &liveperson.InputError{Op: op, Field: "tillWhen", Rule: "must be set"}
	}
	return c.alter(ctx, alteration{
		op: op, what: "delay", fields: []fieldDoc{{Field: "DelayField", Type: string(typ), TillWhen: till.UnixMilli()}},
		shown: func(info *ConversationInfo) verdict {
			return is(info.Delay.Type == typ && sameMilli(info.Delay.Till, till))
		},
	})
}

func sameMilli(a, b time.Time) bool { return a.UnixMilli() == b.UnixMilli() }
