package messagingagent

import (
	"context"
	"strings"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// SetNote writes the conversation's note, in place of the present one; "" removes it. The
// service limits its length. After [ErrUnconfirmed] it may be written; after any other
// error it is not. It is never sent twice: should the answer be lost, and the note be another,
// which somebody else may have written since, that is [liveperson.ErrUnavailable].
func (c *Conversation) SetNote(ctx context.Context, note string) error {
	const op = "messagingagent.SetNote"
	if !utf8.ValidString(note) {
		return &liveperson.InputError{Op: op, Field: "note", Rule: "must be UTF-8"}
	}
	return c.alter(ctx, alteration{
		op: op, what: "note", fields: []fieldDoc{{Field: "Note", Note: &note}},
		shown: func(info *ConversationInfo) verdict {
			return is(strings.TrimSpace(info.Note) == strings.TrimSpace(note))
		},
	})
}

// EditNote reads the note as it is now, and writes what edit makes of it, unless that is
// the same. The note is one for the whole conversation: LivePerson's own SDK keeps in it
// the notes of all agents, as a JSON list, of which an edit should keep what it does not
// know. The service has no lock: of two edits at a time the later one wins. Its errors
// are those of SetNote, and that of edit, after which nothing is written.
func (c *Conversation) EditNote(ctx context.Context, edit func(note string) (string, error)) error {
	const op = "messagingagent.EditNote"
	if edit == nil {
		return &liveperson.InputError{Op: op, Field: "edit", Rule: "must not be nil"}
	}
	if err := c.closed(); err != nil {
		return opError(op, err)
	}
	info, err := c.agent.read(ctx, op, c.id)
	if err != nil {
		return err
	}
	note, err := edit(info.Note)
	if err != nil || note == info.Note {
		return err
	}
	return c.SetNote(ctx, note)
}
