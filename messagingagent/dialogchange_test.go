package messagingagent

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// withDialogs is conv-1 in this stage, the agent's, with these dialogs.
func withDialogs(stage, dialogs string) string {
	return `[{"type":"UPSERT","result":{"convId":"conv-1","conversationDetails":{"convId":"conv-1","skillId":"77","state":"OPEN","stage":"` + stage +
		`","participants":{"CONSUMER":["c0ffee00"],"ASSIGNED_AGENT":[` + me + `]},"dialogs":` + dialogs + `}}}]`
}

// survey is the dialog of a survey, in this state, with these participants.
func survey(state, participants string) string {
	return `[{"dialogId":"conv-1","dialogType":"MAIN","state":"OPEN"},{"dialogId":"survey-1","dialogType":"POST_SURVEY","state":"` + state + `","participantsDetails":` + participants + `}]`
}

// Changes of dialogs and of the whole whose answer is lost are looked for, and sent again
// once if they plainly were not made.
func TestLostChangesOfDialogs(t *testing.T) {
	t.Parallel()
	const (
		nobody = `[{"id":"c0ffee00","role":"CONSUMER","state":"ACTIVE"}]`
		there  = `[{"id":"12345678.3550017","role":"AGENT","state":"ACTIVE"}]`
	)
	stage := func(ctx context.Context, c *Conversation) error { return c.CloseStage(ctx) }
	shut := func(ctx context.Context, c *Conversation) error { return c.CloseDialog(ctx, "survey-1", "Completed") }
	main := func(ctx context.Context, c *Conversation) error { return c.CloseDialog(ctx, c.Main(), "") }
	join := func(ctx context.Context, c *Conversation) error { return c.JoinDialog(ctx, "survey-1", RoleAgent) }
	leave := func(ctx context.Context, c *Conversation) error { return c.LeaveDialog(ctx, "survey-1", RoleAgent) }
	const (
		dialogOf = `"type":".ams.cm.UpdateConversationField","body":{"conversationId":"conv-1","dialogId":"survey-1","conversationField":[{"field":"ParticipantsChange","type":`
		agent    = `,"role":"AGENT","userId":"12345678.3550017"}]}`
	)
	for name, row := range map[string]struct {
		call  func(ctx context.Context, c *Conversation) error
		frame string
		after string
		want  error
	}{
		"all closed":     {stage, changing(`{"field":"Stage","conversationState":"CLOSE"}`), withDialogs("CLOSE", survey("CLOSE", nobody)), nil},
		"all not closed": {stage, changing(`{"field":"Stage","conversationState":"CLOSE"}`), withDialogs("OPEN", survey("OPEN", nobody)), errUnchanged},
		"survey closed": {
			shut, changing(`{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"survey-1","state":"CLOSE","closedBy":"AGENT","closedCause":"Completed"}}`),
			withDialogs("OPEN", survey("CLOSE", nobody)), nil,
		},
		"survey not closed": {
			shut, changing(`{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"survey-1","state":"CLOSE","closedBy":"AGENT","closedCause":"Completed"}}`),
			withDialogs("OPEN", survey("OPEN", nobody)), errUnchanged,
		},
		"survey that is not shown": {
			shut, changing(`{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"survey-1","state":"CLOSE","closedBy":"AGENT","closedCause":"Completed"}}`),
			withDialogs("OPEN", `[]`), ErrUnconfirmed,
		},
		"main dialog not closed": {
			main, changing(`{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"conv-1","state":"CLOSE"}}`), withDialogs("OPEN", survey("OPEN", nobody)), errUnchanged,
		},
		"joined":                  {join, dialogOf + `"ADD"` + agent, withDialogs("OPEN", survey("OPEN", there)), nil},
		"not joined":              {join, dialogOf + `"ADD"` + agent, withDialogs("OPEN", survey("OPEN", nobody)), errUnchanged},
		"left":                    {leave, dialogOf + `"REMOVE"` + agent, withDialogs("OPEN", survey("OPEN", nobody)), nil},
		"not left":                {leave, dialogOf + `"REMOVE"` + agent, withDialogs("OPEN", survey("OPEN", there)), errUnchanged},
		"left, and nothing shown": {leave, dialogOf + `"REMOVE"` + agent, withDialogs("OPEN", survey("OPEN", `[]`)), ErrUnconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
				c := x.open()
				x.says("UpdateConversationField", "")
				x.becomes(row.after)
				err := row.call(t.Context(), c)
				if row.want == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, row.want)
					assert.Equal(t, errors.Is(row.want, ErrUnconfirmed), errors.Is(err, ErrUnconfirmed))
				}
				frames := []string{row.frame}
				if errors.Is(row.want, errUnchanged) {
					frames = append(frames, row.frame)
				}
				assert.Equal(t, frames, x.sent())
			}, WithSurveyDialogs())
		})
	}
}

func TestDialogsThatAreNotNamed(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		for _, row := range []struct {
			err         error
			field, rule string
		}{
			{c.CloseDialog(t.Context(), "", ""), "dialogId", "must not be empty"},
			{c.CloseDialog(t.Context(), "survey-1", "\xff"), "closedCause", "must be UTF-8"},
			{c.LeaveDialog(t.Context(), "", RoleAgent), "dialogId", "must not be empty"},
			{c.JoinDialog(t.Context(), "", RoleAgent), "dialogId", "must not be empty"},
		} {
			var input *liveperson.InputError
			require.ErrorAs(t, row.err, &input)
			assert.Equal(t, row.field+": "+row.rule, input.Field+": "+input.Rule)
		}
		require.Error(t, c.LeaveDialog(t.Context(), "survey-1", RoleConsumer))
		assert.Empty(t, x.sent())
	})
}
