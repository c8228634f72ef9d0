package messagingagent

import (
	"context"
	"errors"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Close closes the conversation, all of it: no survey follows; see
// [Conversation.CloseDialog] for another way. Closing one that is closed is a success.
// After [ErrUnconfirmed] it may be closed; after any other error it is not, as far as the
// service shows. Should the answer be lost, and the state plainly show that it was not made,
// it is sent again once; then that is [liveperson.ErrUnavailable].
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (c *Conversation) Close(ctx context.Context) error {
	return c.shut(ctx, alteration{
		op: "messagingagent.Close", fields: []fieldDoc{{Field: "ConversationStateField", State: StateClosed}},
		shown: func(info *ConversationInfo) verdict { return is(info.State == StateClosed) },
	})
}

// CloseStage closes the conversation and all of its dialogs, a survey that runs among
// them, also after this life has ended with the main dialog. Closing one that is closed
// is a success. Its errors are those of Close.
//
// https://developers.liveperson.com/messaging-post-conversation-survey-bot-tutorial.html
func (c *Conversation) CloseStage(ctx context.Context) error {
	return c.shut(ctx, alteration{
		op: "messagingagent.CloseStage", fields: []fieldDoc{{Field: "Stage", State: StateClosed}},
		shown: func(info *ConversationInfo) verdict { return is(info.Stage == StageClosed) },
	})
}

// CloseDialog closes one dialog. After the main one, [Conversation.Main], the survey
// begins if the account has one; the conversation is closed with its last dialog. cause
// says why, "Completed" for a survey; "" says nothing. Closing one that is closed is a
// success. Its errors are those of Close.
//
// https://developers.liveperson.com/messaging-post-conversation-survey-bot-tutorial.html
func (c *Conversation) CloseDialog(ctx context.Context, dialog DialogID, cause string) error {
	const op = "messagingagent.CloseDialog"
	switch {
	case dialog == "":
		return &liveperson.InputError{Op: op, Field: "dialogId", Rule: "must not be empty"}
	case !utf8.ValidString(cause):
		return &liveperson.InputError{Op: op, Field: "closedCause", Rule: "must be UTF-8"}
	}
	closing := dialogField{DialogID: dialog, State: StateClosed}
	if cause != "" {
		closing.ClosedBy, closing.ClosedCause = "AGENT", cause
	}
	return c.shut(ctx, alteration{
		op: op, fields: []fieldDoc{{Field: "DialogChange", Type: "UPDATE", Dialog: &closing}},
		shown: func(info *ConversationInfo) verdict {
			d, ok := info.Dialog(dialog)
			switch {
			case info.Stage == StageClosed, dialog == DialogID(info.ID) && info.State == StateClosed:
				return made
			case !ok:
				return unsure
			}
			return is(d.State == StateClosed)
		},
	})
}

// shut makes a change that closes something.
func (c *Conversation) shut(ctx context.Context, x alteration) error {
	x.what, x.settled, x.unlisted, x.again = "close", true, true, true
	err := c.alter(ctx, x)
	if !errors.Is(err, ErrConversationEnded) {
		return err
	}
	info := c.Info()
	info.State = StateClosed
	if x.shown(&info) == made {
		return nil
	}
	err = c.agent.alter(ctx, c.id, x) // a survey runs, after this life
	if errors.Is(err, ErrUnconfirmed) {
		c.report(x.what, err)
	}
	return err
}
