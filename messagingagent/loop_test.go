package messagingagent

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// spoken is an event of a dialog: of whom, by id and role.
func spoken(sequence int, dialog, id, role, event string) string {
	return fmt.Sprintf(`{"sequence":%d,"originatorId":%q,"originatorMetadata":{"id":%q,"role":%q},"event":%s,"dialogId":%q}`, sequence, id, id, role, event, dialog)
}

// says is a text as an event.
func says(message string) string {
	return fmt.Sprintf(`{"type":"ContentEvent","contentType":"text/plain","message":%q}`, message)
}

const (
	ada    = "c0ffee00"
	bot    = "12345678.3550017"
	helper = "12345678.3550099"
)

// history is what was said in conv-1: by the consumer, a colleague and the agent.
func history() string {
	return events(
		spoken(0, "conv-1", ada, "CONSUMER", says("zero")),
		spoken(1, "conv-1", helper, "ASSIGNED_AGENT", says("one")),
		spoken(2, "conv-1", ada, "CONSUMER", says("two")),
		spoken(3, "conv-1", bot, "ASSIGNED_AGENT", says("three")),
		spoken(4, "conv-1", ada, "CONSUMER", says("four")),
		spoken(5, "conv-1", helper, "AGENT", says("five")),
		spoken(6, "conv-1", "x", "CONTROLLER", says("six")),
		spoken(7, "conv-1", ada, "CONSUMER", `{"type":"AcceptStatusEvent","status":"READ","sequenceList":[5]}`),
		spoken(8, "conv-1", ada, "CONSUMER", says("eight")),
		spoken(9, "conv-1", ada, "CONSUMER", `{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"nine","relativePath":"/v1/x","fileType":"PDF"}}`),
	)
}

// came is what a loop yields until it ends, as words.
func came[E any](loop iter.Seq2[E, error], word func(e E) string) (words []string, last error) {
	for e, err := range loop {
		if err != nil {
			return words, err
		}
		words = append(words, word(e))
	}
	return words, nil
}

func wordOf(e Event) string {
	if e.File != nil {
		return e.File.Caption
	}
	return e.Text
}

// Where a loop over messages begins.
func TestWhereMessagesBegin(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		opts []MessagesOption
		want []string
	}{
		"as a rule":           {nil, []string{"eight", "nine"}},
		"unanswered":          {[]MessagesOption{nil, FromUnanswered()}, []string{"eight", "nine"}},
		"after the agent's":   {[]MessagesOption{AfterOwn()}, []string{"four", "eight", "nine"}},
		"with all":            {[]MessagesOption{FromStart()}, []string{"zero", "two", "four", "eight", "nine"}},
		"in another dialog":   {[]MessagesOption{InDialog("kx9")}, []string{"stars"}},
		"all of another's":    {[]MessagesOption{InDialog("kx9"), FromStart()}, []string{"stars"}},
		"in one that is none": {[]MessagesOption{InDialog("x")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
				x.says(`"conv-1","newerThanSequence":-1`, history())
				c := x.open()
				x.notify(".ams.ms.OnlineEventDistribution", `{"conversationId":"conv-1",`+spoken(0, "kx9", ada, "CONSUMER", says("stars"))[1:])
				synctest.Wait()
				n, err := c.Unread(row.opts...)
				require.NoError(t, err)
				assert.Len(t, row.want, n)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				words, err := came(c.Messages(ctx, row.opts...), wordOf)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, row.want, words)
			}, WithSurveyDialogs())
		})
	}
}

// All that has a number comes, of all sides.
func TestEventsOfAConversation(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says(`"newerThanSequence":-1`, history())
		c := x.open()
		x.notify("ms.MessagingEventNotification", `{"dialogId":"conv-1","changes":[`+
			`{"originatorId":"c0ffee00","event":{"type":"ChatStateEvent","chatState":"COMPOSING"}},`+
			`{"sequence":"10","originatorId":"c0ffee00","event":`+says("ten")+`}]}`)
		x.notify(".ams.ms.OnlineEventDistribution", spoken(10, "conv-1", ada, "CONSUMER", says("ten, again")))
		x.notify(".ams.ms.OnlineEventDistribution", spoken(11, "conv-2", ada, "CONSUMER", says("another's")))
		x.notify(".ams.ms.OnlineEventDistribution", `7`)
		time.AfterFunc(time.Minute, func() { x.tell("UPSERT", closedConv()) })
		words, err := came(c.Events(t.Context()), func(e Event) string { return fmt.Sprint(e.Sequence, " ", e.From.Role) })
		require.NoError(t, err, "it is closed")
		assert.Equal(t, []string{
			"0 CONSUMER", "1 ASSIGNED_AGENT", "2 CONSUMER", "3 ASSIGNED_AGENT", "4 CONSUMER", "5 AGENT", "6 CONTROLLER", "7 CONSUMER", "8 CONSUMER", "9 CONSUMER", "10 CONSUMER",
		}, words)
		_, err = c.Send(t.Context(), Text("late"))
		require.ErrorIs(t, err, ErrConversationEnded)
	})
}

// closedConv is conv-1, closed.
func closedConv() string {
	return `{"convId":"conv-1","conversationDetails":{"convId":"conv-1","skillId":"77","state":"CLOSE","stage":"CLOSE","closeReason":"CONSUMER","endTs":1700000125000}}`
}

// Silence, and messages that belong together.
func TestIdleAndTurns(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says(`"newerThanSequence":-1`, history())
		c := x.open()
		tell := func(n int) {
			x.notify(".ams.ms.OnlineEventDistribution", spoken(n, "conv-1", ada, "CONSUMER", says(fmt.Sprint(n))))
		}
		time.AfterFunc(90*time.Second, func() { tell(10) })
		var seen []string
		began := time.Now()
		for e, err := range c.Messages(t.Context(), Idle(time.Minute)) {
			if err != nil {
				require.ErrorIs(t, err, ErrIdle)
				require.EqualError(t, err, "the consumer has said nothing for a while")
				if seen = append(seen, fmt.Sprint("idle ", time.Since(began))); len(seen) > 4 {
					break
				}
				continue
			}
			seen = append(seen, wordOf(e))
		}
		assert.Equal(t, []string{"eight", "nine", "idle 1m0s", "10", "idle 2m30s"}, seen)

		time.AfterFunc(time.Second, func() { tell(11) })
		time.AfterFunc(3*time.Second, func() { tell(12) })
		time.AfterFunc(10*time.Second, func() { tell(13) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		turns, err := came(c.Turns(ctx, Gather(5*time.Second), Idle(time.Hour)), func(turn []Event) string {
			var words []string
			for _, e := range turn {
				words = append(words, wordOf(e))
			}
			return fmt.Sprint(words)
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []string{"[11 12]", "[13]"}, turns)
	})
}

func TestLoopsAreChecked(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		for rule, opts := range map[string][]MessagesOption{
			"dialog id: must not be empty": {InDialog("")}, "idle: must be positive": {Idle(0)}, "gather: must not be negative": {Gather(-1)},
		} {
			_, messages := came(c.Messages(t.Context(), opts...), wordOf)
			_, turns := came(c.Turns(t.Context(), opts...), func([]Event) string { return "" })
			_, unread := c.Unread(opts...)
			for op, err := range map[string]error{"messagingagent.Messages": messages, "messagingagent.Turns": turns, "messagingagent.Unread": unread} {
				var input *liveperson.InputError
				require.ErrorAs(t, err, &input)
				assert.Equal(t, op, input.Op)
				assert.Equal(t, rule, input.Field+": "+input.Rule)
			}
		}
		_, err := c.Unread(Idle(1), Gather(0), nil)
		require.NoError(t, err)
	})
}

// A conversation that goes elsewhere ends the loop with an error, one that was handed
// over without.
func TestLoopsThatEnd(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		time.AfterFunc(time.Minute, func() { x.tell("DELETE", conv("77", eve, "", "")) })
		_, err := came(c.Messages(t.Context()), wordOf)
		require.ErrorIs(t, err, ErrConversationLost)
	})
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		time.AfterFunc(time.Minute, func() { assert.NoError(t, c.Transfer(t.Context(), ToQueue())) })
		_, err := came(c.Messages(t.Context()), wordOf)
		require.NoError(t, err)
	})
}

// An event without a role, and one without anything, is of whom the conversation says.
func TestRolesThatAreNotTold(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, `"12345678.3550001"`, `"participantsPId":{"CONSUMER":["c0ffee00"],"ASSIGNED_AGENT":["a6e1"],"MANAGER":["m1"]},`)), func(t *testing.T, x *scripted) {
		x.says(`"newerThanSequence":-1`, events(
			`{"sequence":0,"originatorId":"c0ffee00","event":`+says("0")+`}`,
			`{"sequence":1,"originatorId":"12345678.3550017","event":`+says("1")+`}`,
			`{"sequence":2,"originatorPId":"m1","event":`+says("2")+`}`,
			`{"sequence":3,"originatorId":"m1","event":`+says("3")+`}`,
			`{"sequence":4,"originatorId":"nobody","event":`+says("4")+`}`,
			`{"sequence":5,"event":`+says("5")+`}`,
		))
		c := x.open()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		words, err := came(c.Events(ctx), func(e Event) string {
			return fmt.Sprint(e.ConversationID, " ", e.DialogID, " ", e.Text, " ", e.From.Role)
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []string{
			"conv-1 conv-1 0 CONSUMER", "conv-1 conv-1 1 ASSIGNED_AGENT", "conv-1 conv-1 2 MANAGER", "conv-1 conv-1 3 MANAGER", "conv-1 conv-1 4 ", "conv-1 conv-1 5 ",
		}, words)
	})
}

// An event of another dialog need not name its conversation: the dialog is one of its.
func TestEventsOfADialogAlone(t *testing.T) {
	t.Parallel()
	both := strings.Replace(conv("77", me, "", ""), `"state":"OPEN"}]`, `"state":"OPEN"},{"dialogId":"kx9","dialogType":"POST_SURVEY","state":"OPEN"}]`, 1)
	inScript(t, upserts(both), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("QueryMessages", "") // what is not told live cannot be had
		x.notify(".ams.ms.OnlineEventDistribution", spoken(0, "kx9", ada, "CONSUMER", says("stars")))
		x.notify(".ams.ms.OnlineEventDistribution", spoken(0, "other", ada, "CONSUMER", says("moons")))
		synctest.Wait()
		n, err := c.Unread(InDialog("kx9"))
		require.NoError(t, err)
		assert.Equal(t, 1, n)
	}, WithSurveyDialogs())
}
