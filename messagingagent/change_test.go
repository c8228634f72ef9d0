package messagingagent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Each change goes out as it stands here.
func TestChangesAsTheyAreSent(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700003600000)
	mine, hers, nobodys := conv("77", me, "", ""), conv("77", eve, me, ""), conv("77", "", me, "")
	for _, row := range []struct {
		name  string
		state string
		call  func(ctx context.Context, c *Conversation) error
		want  string
		ends  bool // this life
	}{
		{
			"transfer to skill", mine,
			func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToSkill("4242")) },
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550017"},{"field":"Skill","type":"UPDATE","skill":"4242"}`), true,
		},
		{
			"of an agent who is told by his other id", conv("77", `"a6e1"`, "", ""),
			func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToQueue()) },
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550017"}`), true,
		},
		{
			"with a reason", mine,
			func(ctx context.Context, c *Conversation) error {
				return c.Transfer(ctx, ToSkill("4242"), nil, Because("asked <for> a human", "escalated_by_user"))
			},
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550017"},{"field":"Skill","type":"UPDATE","skill":"4242"}`) +
				`,"metadata":[{"type":"ActionReason","reason":"asked <for> a human","reasonId":"escalated_by_user"}]`, true,
		},
		{
			"with reasons as long as may be", mine,
			func(ctx context.Context, c *Conversation) error {
				return c.Transfer(ctx, ToQueue(), Because(strings.Repeat("ä", 64), strings.Repeat("b", 64)))
			},
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550017"}`) +
				`,"metadata":[{"type":"ActionReason","reason":"` + strings.Repeat("ä", 64) + `","reasonId":"` + strings.Repeat("b", 64) + `"}]`, true,
		},
		{
			"with a reason alone", mine,
			func(ctx context.Context, c *Conversation) error {
				return c.Transfer(ctx, ToQueue(), Because("why", ""))
			},
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550017"}`) + `,"metadata":[{"type":"ActionReason","reason":"why"}]`, true,
		},
		{
			"transfer to agent", mine,
			func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToAgent("3550099", "4242")) },
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550017"},` +
				`{"field":"ParticipantsChange","type":"SUGGEST","role":"ASSIGNED_AGENT","userId":"12345678.3550099"},{"field":"Skill","type":"UPDATE","skill":"4242"}`), true,
		},
		{
			"transfer to agent, of the skill that it has", mine,
			func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToAgent("3550099", "")) },
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550017"},` +
				`{"field":"ParticipantsChange","type":"SUGGEST","role":"ASSIGNED_AGENT","userId":"12345678.3550099"},{"field":"Skill","type":"UPDATE","skill":"77"}`), true,
		},
		{
			"back to queue", mine,
			func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToQueue()) },
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550017"}`), true,
		},
		{
			"transfer another agent's", hers,
			func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToSkill("4242")) },
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550099"},{"field":"Skill","type":"UPDATE","skill":"4242"}`), false,
		},
		{
			"transfer nobody's", nobodys,
			func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToSkill("-1")) },
			changing(`{"field":"Skill","type":"UPDATE","skill":"-1"}`), false,
		},
		{
			"join", hers,
			func(ctx context.Context, c *Conversation) error { return c.Join(ctx, RoleReader) },
			changing(`{"field":"ParticipantsChange","type":"ADD","role":"READER","userId":"12345678.3550017"}`), false,
		},
		{
			"join a dialog", mine,
			func(ctx context.Context, c *Conversation) error { return c.JoinDialog(ctx, "survey-1", RoleAgent) },
			`"type":".ams.cm.UpdateConversationField","body":{"conversationId":"conv-1","dialogId":"survey-1","conversationField":[{"field":"ParticipantsChange","type":"ADD","role":"AGENT","userId":"12345678.3550017"}]}`, false,
		},
		{
			"leave a dialog", mine,
			func(ctx context.Context, c *Conversation) error { return c.LeaveDialog(ctx, "survey-1", RoleAgent) },
			`"type":".ams.cm.UpdateConversationField","body":{"conversationId":"conv-1","dialogId":"survey-1","conversationField":[{"field":"ParticipantsChange","type":"REMOVE","role":"AGENT","userId":"12345678.3550017"}]}`, false,
		},
		{
			"leave", hers,
			func(ctx context.Context, c *Conversation) error { return c.Leave(ctx) },
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"MANAGER","userId":"12345678.3550017"}`), true,
		},
		{
			"leave all", conv("77", me, me, ""),
			func(ctx context.Context, c *Conversation) error { return c.Leave(ctx) },
			changing(`{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550017"},{"field":"ParticipantsChange","type":"REMOVE","role":"MANAGER","userId":"12345678.3550017"}`), true,
		},
		{
			"take over", hers,
			func(ctx context.Context, c *Conversation) error { return c.TakeOver(ctx) },
			changing(`{"field":"ParticipantsChange","type":"ADD","role":"ASSIGNED_AGENT","userId":"12345678.3550017"},{"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"12345678.3550099"}`), false,
		},
		{
			"take what is nobody's", nobodys,
			func(ctx context.Context, c *Conversation) error { return c.TakeOver(ctx) },
			changing(`{"field":"ParticipantsChange","type":"ADD","role":"ASSIGNED_AGENT","userId":"12345678.3550017"}`), false,
		},
		{
			"close", mine, func(ctx context.Context, c *Conversation) error { return c.Close(ctx) },
			changing(`{"field":"ConversationStateField","conversationState":"CLOSE"}`), false,
		},
		{
			"close the stage", mine, func(ctx context.Context, c *Conversation) error { return c.CloseStage(ctx) },
			changing(`{"field":"Stage","conversationState":"CLOSE"}`), false,
		},
		{
			"close the main dialog", mine,
			func(ctx context.Context, c *Conversation) error { return c.CloseDialog(ctx, c.Main(), "") },
			changing(`{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"conv-1","state":"CLOSE"}}`), false,
		},
		{
			"close a survey", mine,
			func(ctx context.Context, c *Conversation) error { return c.CloseDialog(ctx, "survey-1", "Completed") },
			changing(`{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"survey-1","state":"CLOSE","closedBy":"AGENT","closedCause":"Completed"}}`), false,
		},
		{
			"time to respond", mine,
			func(ctx context.Context, c *Conversation) error { return c.SetTTR(ctx, TTRCustom, time.Hour) },
			changing(`{"field":"TTRField","ttrType":"CUSTOM","value":3600}`), false,
		},
		{
			"the shortest time to respond", mine,
			func(ctx context.Context, c *Conversation) error { return c.SetTTR(ctx, TTRCustom, time.Second) },
			changing(`{"field":"TTRField","ttrType":"CUSTOM","value":1}`), false,
		},
		{
			"manual time to respond", mine,
			func(ctx context.Context, c *Conversation) error { return c.SetManualETTR(ctx, at) },
			changing(`{"field":"ManualETTR","time":1700003600000}`), false,
		},
		{
			"delay", mine,
			func(ctx context.Context, c *Conversation) error { return c.SetDelay(ctx, DelayNight, at) },
			changing(`{"field":"DelayField","type":"NIGHT","tillWhen":1700003600000}`), false,
		},
		{
			"note", mine,
			func(ctx context.Context, c *Conversation) error { return c.SetNote(ctx, `<b> "x"`) },
			changing(`{"field":"Note","note":"<b> \"x\""}`), false,
		},
		{
			"no note", mine, func(ctx context.Context, c *Conversation) error { return c.SetNote(ctx, "") },
			changing(`{"field":"Note","note":""}`), false,
		},
		{
			"note edited", conv("77", me, "", `"note":"one",`),
			func(ctx context.Context, c *Conversation) error {
				return c.EditNote(ctx, func(note string) (string, error) { return note + ", two", nil })
			},
			changing(`{"field":"Note","note":"one, two"}`), false,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			inScript(t, upserts(row.state), func(t *testing.T, x *scripted) {
				c := x.open()
				require.NoError(t, row.call(t.Context(), c))
				assert.Equal(t, []string{row.want}, x.sent())
				if !row.ends {
					assert.NoError(t, c.closed())
					return
				}
				assert.ErrorIs(t, c.closed(), ErrConversationLost)
				assert.ErrorIs(t, row.call(t.Context(), c), ErrConversationLost)
				assert.Empty(t, x.sent())
			})
		})
	}
}

// What is wrong is not sent.
func TestChangesThatAreNotSent(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		field string
		call  func(ctx context.Context, c *Conversation) error
	}{
		{"no target", "target", func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, Target{}) }},
		{"no skill", "skill", func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToSkill("")) }},
		{"no agent", "userId", func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToAgent("", "1")) }},
		{"himself", "userId", func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToAgent("3550017", "1")) }},
		{"himself, with account", "userId", func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToAgent(c.Agent().Me(), "1")) }},
		{"to the queue, from nobody", "conversation", func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToQueue()) }},
		{"to an agent, from nobody", "conversation", func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToAgent("3550099", "1")) }},
		{"no reason", "reason", func(ctx context.Context, c *Conversation) error {
			return c.Transfer(ctx, ToSkill("1"), Because("", ""))
		}},
		{"long reason", "reason", func(ctx context.Context, c *Conversation) error {
			return c.Transfer(ctx, ToSkill("1"), Because(string(make([]byte, 65)), ""))
		}},
		{"long reason id", "reasonId", func(ctx context.Context, c *Conversation) error {
			return c.Transfer(ctx, ToSkill("1"), Because("x", string(make([]byte, 65))))
		}},
		{"no text", "reason", func(ctx context.Context, c *Conversation) error {
			return c.Transfer(ctx, ToSkill("1"), Because("\xff", ""))
		}},
		{"join as assigned", "role", func(ctx context.Context, c *Conversation) error { return c.Join(ctx, RoleAssignedAgent) }},
		{"join as anything", "role", func(ctx context.Context, c *Conversation) error { return c.Join(ctx, "BOSS") }},
		{"join no dialog", "dialogId", func(ctx context.Context, c *Conversation) error { return c.JoinDialog(ctx, "", RoleAgent) }},
		{"join a dialog as nothing", "role", func(ctx context.Context, c *Conversation) error { return c.JoinDialog(ctx, "d", "") }},
		{"leave no dialog", "dialogId", func(ctx context.Context, c *Conversation) error { return c.LeaveDialog(ctx, "", RoleAgent) }},
		{"leave a dialog as nothing", "role", func(ctx context.Context, c *Conversation) error { return c.LeaveDialog(ctx, "d", "") }},
		{"close no dialog", "dialogId", func(ctx context.Context, c *Conversation) error { return c.CloseDialog(ctx, "", "") }},
		{"close for no text", "closedCause", func(ctx context.Context, c *Conversation) error { return c.CloseDialog(ctx, "d", "\xff") }},
		{"no type", "ttrType", func(ctx context.Context, c *Conversation) error { return c.SetTTR(ctx, "", time.Hour) }},
		{"no time", "value", func(ctx context.Context, c *Conversation) error { return c.SetTTR(ctx, TTRUrgent, 0) }},
		{"parts of a second", "value", func(ctx context.Context, c *Conversation) error {
			return c.SetTTR(ctx, TTRUrgent, 1500*time.Millisecond)
		}},
		{"no manual time", "time", func(ctx context.Context, c *Conversation) error { return c.SetManualETTR(ctx, time.Time{}) }},
		{"a manual time of old", "time", func(ctx context.Context, c *Conversation) error { return c.SetManualETTR(ctx, time.UnixMilli(0)) }},
		{"no delay", "type", func(ctx context.Context, c *Conversation) error { return c.SetDelay(ctx, "", time.Now()) }},
		{"an end of old", "tillWhen", func(ctx context.Context, c *Conversation) error {
			return c.SetDelay(ctx, DelayNight, time.UnixMilli(0))
		}},
		{"no end of the delay", "tillWhen", func(ctx context.Context, c *Conversation) error { return c.SetDelay(ctx, DelayNight, time.Time{}) }},
		{"a note of no text", "note", func(ctx context.Context, c *Conversation) error { return c.SetNote(ctx, "\xff") }},
		{"no edit", "edit", func(ctx context.Context, c *Conversation) error { return c.EditNote(ctx, nil) }},
		{"join no conversation", "conversationId", func(ctx context.Context, c *Conversation) error {
			_, err := c.agent.Join(ctx, "", RoleAgent)
			return err
		}},
		{"join as a consumer", "role", func(ctx context.Context, c *Conversation) error {
			_, err := c.agent.Join(ctx, "conv-2", RoleConsumer)
			return err
		}},
		{"no consumer", "consumerId", func(ctx context.Context, c *Conversation) error {
			_, err := c.agent.RequestConversation(ctx, NewConversation{})
			return err
		}},
		{"another's profile", "userId", func(ctx context.Context, c *Conversation) error {
			return c.agent.SetProfile(ctx, Profile{UserID: "3550099"})
		}},
		{"no type of request", "type", func(ctx context.Context, c *Conversation) error {
			_, err := c.agent.Do(ctx, "", nil)
			return err
		}},
		{"what is no JSON", "request", func(ctx context.Context, c *Conversation) error {
			_, err := c.agent.Do(ctx, "x", func() {})
			return err
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			inScript(t, upserts(conv("77", "", me, "")), func(t *testing.T, x *scripted) {
				c := x.open()
				var in *liveperson.InputError
				require.ErrorAs(t, row.call(t.Context(), c), &in)
				assert.Equal(t, row.field, in.Field)
				assert.Contains(t, in.Op, "messagingagent.")
				assert.Empty(t, x.sent())
				assert.NoError(t, c.closed())
			})
		})
	}
}

// A change whose answer is lost is looked for. If it plainly was not made it is sent again
// once, where that overwrites nothing of others.
func TestLostChanges(t *testing.T) {
	t.Parallel()
	mine := upserts(conv("77", me, "", ""))
	closed := `[{"type":"UPSERT","result":{"convId":"conv-1","conversationDetails":{"convId":"conv-1","state":"CLOSE","stage":"CLOSE"}}}]`
	transfer := func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToSkill("4242")) }
	queue := func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToQueue()) }
	shut := func(ctx context.Context, c *Conversation) error { return c.Close(ctx) }
	join := func(ctx context.Context, c *Conversation) error { return c.Join(ctx, RoleManager) }
	dialog := func(ctx context.Context, c *Conversation) error { return c.JoinDialog(ctx, "survey-1", RoleAgent) }
	leave := func(ctx context.Context, c *Conversation) error { return c.Leave(ctx) }
	note := func(ctx context.Context, c *Conversation) error { return c.SetNote(ctx, "new") }
	ttr := func(ctx context.Context, c *Conversation) error { return c.SetTTR(ctx, TTRUrgent, time.Minute) }
	manual := func(ctx context.Context, c *Conversation) error {
		return c.SetManualETTR(ctx, time.UnixMilli(1700000000000))
	}
	delay := func(ctx context.Context, c *Conversation) error {
		return c.SetDelay(ctx, DelayNight, time.UnixMilli(1700000000000))
	}
	const lost, lying = "", `"code":503,"type":".ReqBody$StringResp","body":"busy"`
	for _, row := range []struct {
		name   string
		call   func(ctx context.Context, c *Conversation) error
		answer string
		after  string // what is read then
		want   error
		ends   error // how this life ended
	}{
		{"transferred", transfer, lost, upserts(conv("4242", "", "", "")), nil, ErrConversationLost},
		{"transferred, and taken by another", transfer, lost, upserts(conv("4242", eve, "", "")), nil, ErrConversationLost},
		{"transferred, and back again", transfer, lost, upserts(conv("4242", me, "", "")), nil, ErrConversationLost},
		{"transferred, said to have failed", transfer, lying, upserts(conv("4242", "", "", "")), nil, ErrConversationLost},
		{"transferred, out of sight", transfer, lost, `[]`, nil, ErrConversationLost},
		{"not transferred", transfer, lost, mine, errUnchanged, nil},
		{"not transferred, as said", transfer, lying, mine, errUnchanged, nil},
		{"queued", queue, lost, upserts(conv("77", "", "", "")), nil, ErrConversationLost},
		{"not queued", queue, lost, mine, errUnchanged, nil},
		{"closed", shut, lost, closed, nil, nil},
		{"closed, out of sight", shut, lost, `[]`, nil, nil},
		{"not closed", shut, lost, mine, errUnchanged, nil},
		{"joined", join, lost, upserts(conv("77", me, me, "")), nil, nil},
		{"not joined", join, lost, mine, errUnchanged, nil},
		{"joined, out of sight", join, lost, `[]`, ErrUnconfirmed, nil},
		{"a dialog that does not tell", dialog, lost, mine, ErrUnconfirmed, nil},
		{"left", leave, lost, upserts(conv("77", "", "", "")), nil, ErrConversationLost},
		{"not left", leave, lost, mine, errUnchanged, nil},
		{"noted", note, lost, upserts(conv("77", me, "", `"note":"new",`)), nil, nil},
		{"not noted", note, lost, mine, errUnchanged, nil},
		{"noted, out of sight", note, lost, `[]`, ErrUnconfirmed, nil},
		{"urgent", ttr, lost, upserts(conv("77", me, "", `"ttr":{"ttrType":"URGENT","value":60},`)), nil, nil},
		{"not urgent", ttr, lost, upserts(conv("77", me, "", `"ttr":{"ttrType":"URGENT","value":61},`)), errUnchanged, nil},
		{"by hand", manual, lost, upserts(conv("77", me, "", `"manualETTR":1700000000000,`)), nil, nil},
		{"not by hand", manual, lost, upserts(conv("77", me, "", `"manualETTR":1700000000001,`)), errUnchanged, nil},
		{"delayed", delay, lost, upserts(conv("77", me, "", `"delay":{"type":"NIGHT","tillWhen":1700000000000},`)), nil, nil},
		{"not delayed", delay, lost, upserts(conv("77", me, "", `"delay":{"type":"WEEKEND","tillWhen":1700000000000},`)), errUnchanged, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			inScript(t, mine, func(t *testing.T, x *scripted) {
				c := x.open()
				x.says("UpdateConversationField", row.answer)
				x.becomes(row.after)
				began := time.Now()
				err := row.call(t.Context(), c)
				if row.want == nil {
					assert.NoError(t, err)
					assert.Equal(t, row.answer == lying, time.Since(began) == 0, "it is looked for at once")
				} else {
					assert.ErrorIs(t, err, row.want)
					assert.Equal(t, errors.Is(row.want, ErrUnconfirmed), errors.Is(err, ErrUnconfirmed))
				}
				frames := 1
				if errors.Is(row.want, errUnchanged) && !slices.Contains([]string{"not noted", "not urgent", "not by hand", "not delayed"}, row.name) {
					frames = 2
				}
				assert.Len(t, x.sent(), frames)
				if row.ends == nil {
					assert.NoError(t, c.closed())
				} else {
					assert.ErrorIs(t, c.closed(), row.ends)
				}
			})
		})
	}
}

// A state that cannot be read leaves a change unconfirmed.
func TestAChangeThatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("UpdateConversationField", "")
		x.becomes(`7`) // no list
		assert.ErrorIs(t, c.Transfer(t.Context(), ToSkill("4242")), ErrUnconfirmed)
		assert.Len(t, x.sent(), 1)
		assert.NoError(t, c.closed())
	})
}

// Nor can it be after the caller's context has ended.
func TestAChangeThatIsGivenUp(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("UpdateConversationField", "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := c.Transfer(ctx, ToSkill("4242"))
		assert.ErrorIs(t, err, ErrUnconfirmed)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NoError(t, c.closed())
	})
}

// What the service tells by itself counts too.
func TestATransferThatIsTold(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"DELETE", "UPSERT"} {
		inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
			c := x.open()
			x.says("UpdateConversationField", "")
			done := make(chan error, 1)
			go func() { done <- c.Transfer(t.Context(), ToQueue()) }()
			synctest.Wait()
			x.tell(kind, conv("77", "", "", `"metaDataLastUpdateTs":1700000130000,`))
			assert.NoError(t, <-done, kind)
			assert.ErrorIs(t, c.closed(), ErrConversationLost)
		})
	}
}

// A refusal leaves the conversation as it is, unless what was asked for is so already.
func TestRefusedChanges(t *testing.T) {
	t.Parallel()
	mine, closed := upserts(conv("77", me, "", "")), `[{"type":"UPSERT","result":{"convId":"conv-1","conversationDetails":{"convId":"conv-1","state":"CLOSE","stage":"CLOSE"}}}]`
	for _, row := range []struct {
		name  string
		call  func(ctx context.Context, c *Conversation) error
		after string
		fails bool
	}{
		{"an agent who is away", func(ctx context.Context, c *Conversation) error { return c.Transfer(ctx, ToAgent("3550099", "77")) }, mine, true},
		{"what is closed", func(ctx context.Context, c *Conversation) error { return c.Close(ctx) }, closed, false},
		{"what is not closed", func(ctx context.Context, c *Conversation) error { return c.Close(ctx) }, mine, true},
		{"a dialog that is closed", func(ctx context.Context, c *Conversation) error { return c.CloseDialog(ctx, c.Main(), "") }, closed, false},
		{"who has joined", func(ctx context.Context, c *Conversation) error { return c.Join(ctx, RoleManager) }, upserts(conv("77", me, me, "")), false},
		{"who has not joined", func(ctx context.Context, c *Conversation) error { return c.Join(ctx, RoleManager) }, mine, true},
		{"who has left", func(ctx context.Context, c *Conversation) error { return c.Leave(ctx) }, upserts(conv("77", "", "", "")), false},
		{"who may not take over", func(ctx context.Context, c *Conversation) error { return c.TakeOver(ctx) }, upserts(conv("77", eve, me, "")), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			inScript(t, mine, func(t *testing.T, x *scripted) {
				c := x.open()
				x.says("UpdateConversationField", `"code":400,"type":".ReqBody$StringResp","body":"No."`)
				x.becomes(row.after)
				err := row.call(t.Context(), c)
				assert.Len(t, x.sent(), 1)
				if !row.fails {
					assert.NoError(t, err)
					return
				}
				var e *liveperson.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, 400, e.Status)
				assert.Equal(t, "No.", e.Message)
				assert.Equal(t, e.Error(), strings.TrimPrefix(err.Error(), "transfer refused: "), "and nothing else is said")
				assert.NoError(t, c.closed())
			})
		})
	}
}

// A refusal is none the less one where the service does not show the conversation.
func TestARefusalOfWhatDoesNotShow(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("UpdateConversationField", `"code":400,"type":".ReqBody$StringResp","body":"No."`)
		x.becomes(`[]`)
		err := c.Close(t.Context())
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 400, e.Status)
	})
}

// A refusal because another has it meanwhile is a conversation that is lost.
func TestATransferOfWhatIsLost(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.tell("DELETE", conv("77", eve, "", `"metaDataLastUpdateTs":1700000130000,`))
		synctest.Wait()
		assert.ErrorIs(t, c.Transfer(t.Context(), ToSkill("1")), ErrConversationLost)
		assert.ErrorIs(t, c.Leave(t.Context()), ErrConversationLost)
		assert.ErrorIs(t, c.TakeOver(t.Context()), ErrConversationLost)
		assert.ErrorIs(t, c.EditNote(t.Context(), func(string) (string, error) { return "x", nil }), ErrConversationLost)
		assert.Empty(t, x.sent())
	})
}

// What is so already is not asked for.
func TestChangesThatAreNeedless(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", `"note":"n",`)), func(t *testing.T, x *scripted) {
		c := x.open()
		require.NoError(t, c.TakeOver(t.Context()))
		require.NoError(t, c.EditNote(t.Context(), func(note string) (string, error) { return note, nil }))
		assert.ErrorIs(t, c.EditNote(t.Context(), func(string) (string, error) { return "x", context.Canceled }), context.Canceled)
		x.tell("UPSERT", conv("77", eve, "", `"metaDataLastUpdateTs":1700000130000,`))
		synctest.Wait()
		require.NoError(t, c.Leave(t.Context()))
		assert.ErrorIs(t, c.closed(), ErrConversationLost)
		assert.Empty(t, x.sent())
	})
}

// Whoever joins by an id gets the conversation.
func TestJoinByID(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		x.becomes(upserts(conv("77", eve, me, "")))
		c, err := x.a.Join(t.Context(), "conv-1", RoleManager)
		require.NoError(t, err)
		assert.Equal(t, []string{changing(`{"field":"ParticipantsChange","type":"ADD","role":"MANAGER","userId":"12345678.3550017"}`)}, x.sent())
		again, err := x.a.Join(t.Context(), "conv-1", RoleAgent)
		require.NoError(t, err)
		assert.Same(t, c, again)
		assert.Equal(t, []string{changing(`{"field":"ParticipantsChange","type":"ADD","role":"AGENT","userId":"12345678.3550017"}`)}, x.sent())
		x.says("UpdateConversationField", `"code":404,"type":"x","body":"none"`)
		_, err = x.a.Join(t.Context(), "conv-2", RoleAgent)
		assert.ErrorIs(t, err, liveperson.ErrNotFound)
	})
}
