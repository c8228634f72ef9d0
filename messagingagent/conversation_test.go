package messagingagent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

const readingOne = `"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678","conversationId":"conv-1"}}`

// One of the agent's is read, one of another's is asked for first.
func TestConversationAsItIsAskedFor(t *testing.T) {
	t.Parallel()
	const reading = `"type":".ams.ms.QueryMessages","body":{"dialogId":"conv-1","newerThanSequence":-1,"maxQuantity":100}}`
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("QueryMessages", events(text(0, "Hello")), noEvents)
		c, err := x.a.Conversation(t.Context(), "conv-1")
		require.NoError(t, err)
		assert.Equal(t, []string{reading, querying(`"newerThanSequence":0`)}, x.all())
		n, err := c.Unread()
		require.NoError(t, err)
		assert.Equal(t, 1, n)
	})
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		x.becomes(upserts(strings.Replace(conv("78", eve, "", ""), "conv-1", "conv-0", 2), conv("77", eve, "", "")))
		c, err := x.a.Conversation(t.Context(), "conv-1")
		require.NoError(t, err)
		assert.Equal(t, liveperson.SkillID("77"), c.Skill())
		assert.ElementsMatch(t, []string{readingOne, unsubscribed, reading}, x.all())
		again, err := x.a.Conversation(t.Context(), "conv-1")
		require.NoError(t, err)
		assert.Same(t, c, again)
		assert.Empty(t, x.all())
	})
}

func TestConversationsThatAreNotShown(t *testing.T) {
	t.Parallel()
	for state, is := range map[string]error{
		`[]`: ErrNoConversation,
		upserts(strings.ReplaceAll(conv("77", eve, "", ""), "conv-1", "conv-2")): ErrNoConversation,
		`[{"type":"DELETE","result":` + conv("77", eve, "", "") + `}]`:           ErrNoConversation,
		`[7]`: liveperson.ErrMalformed, // which may be it
	} {
		inScript(t, `[]`, func(t *testing.T, x *scripted) {
			x.becomes(state)
			c, err := x.a.Conversation(t.Context(), "conv-1")
			require.ErrorIs(t, err, is)
			assert.Nil(t, c)
			assert.Equal(t, []string{readingOne, unsubscribed}, x.all())
		})
	}
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		_, err := x.a.Conversation(t.Context(), "")
		var input *liveperson.InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, &liveperson.InputError{Op: "messagingagent.Conversation", Field: "conversationId", Rule: "must not be empty"}, input)
		x.says("QueryMessages", `"code":400,"type":"x","body":"no"`)
		_, err = x.a.Conversation(t.Context(), "conv-1")
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 400, e.Status)
	})
}

// Whoever asks for one that is being read waits for it.
func TestConversationIsReadOnce(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("QueryMessages", "", noEvents) // after 10 s
		first := make(chan *Conversation, 1)
		go func() {
			c, _ := x.a.Conversation(t.Context(), "conv-1")
			first <- c
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := x.a.Conversation(ctx, "conv-1")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		second, err := x.a.Conversation(t.Context(), "conv-1")
		require.NoError(t, err)
		assert.Same(t, <-first, second)
		assert.Len(t, x.all(), 2)
	})
}

// What a loop over conversations is told, and how its subscription ends.
func TestConversationsAsTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", eve, "", `"metaDataLastUpdateTs":1700000130000,`)), func(t *testing.T, x *scripted) {
		var seen []string
		for change, err := range x.a.Conversations(t.Context(), Filter{Skill: "77", States: []State{StateOpen}}) {
			require.NoError(t, err)
			seen = append(seen, fmt.Sprint(change.Info.ID, " ", change.Info.Skill, " ", change.Gone))
			data, err := json.Marshal(change)
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(string(data), `{"info":{"id":"conv-1",`), string(data))
			assert.True(t, strings.HasSuffix(string(data), fmt.Sprint(`},"gone":`, change.Gone, `}`)), string(data))
			told := func(id, kind, result string) string {
				return `{"subscriptionId":"` + id + `","changes":[{"type":"` + kind + `","result":` + result + `}]}`
			}
			const typ = ".ams.aam.ExConversationChangeNotification"
			switch len(seen) {
			case 1:
				x.notify(typ, told("sub-1", "DELETE", `{"convId":"conv-1"}`))                                        // the agent's own
				x.notify(typ, told("sub-2", "UPSERT", conv("76", eve, "", `"metaDataLastUpdateTs":1700000120000,`))) // an older one
				x.notify("cqm.ExConversationChangeNotification", told("sub-2", "UPSERT", conv("78", eve, "", `"metaDataLastUpdateTs":1700000140000,`)))
			case 2:
				x.notify(typ, told("sub-2", "DELETE", `{"convId":"conv-1","conversationDetails":{}}`)) // a short one
			case 3:
				x.notify(typ, told("sub-2", "DELETE", `{"convId":"conv-1"}`)) // once more
				x.notify(typ, told("sub-2", "UPSERT", conv("79", eve, "", `"metaDataLastUpdateTs":1700000150000,`)))
			}
			if len(seen) == 4 {
				break
			}
		}
		assert.Equal(t, []string{"conv-1 77 false", "conv-1 78 false", "conv-1 78 true", "conv-1 79 false"}, seen)
		assert.Equal(t, []string{
			`"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678","convState":["OPEN"],"skillId":"77"}}`, unsubscribed,
		}, x.all())
	})
}

// A loop over conversations ends with its context, the agent, or a refusal.
func TestConversationsThatEnd(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		last := func(ctx context.Context) (last error) {
			n := 0
			for change, err := range x.a.Conversations(ctx, Filter{}) {
				assert.Equal(t, ConversationChange{}, change)
				last = err
				n++
			}
			assert.Equal(t, 1, n)
			return last
		}
		const asked = `"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678"}}`
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assert.ErrorIs(t, last(ctx), context.DeadlineExceeded)
		assert.Equal(t, []string{asked, unsubscribed}, x.all())
		x.says("SubscribeExConversations", `"code":400,"type":"x","body":"no"`)
		var e *liveperson.Error
		require.ErrorAs(t, last(t.Context()), &e)
		assert.Equal(t, 400, e.Status)
		assert.Equal(t, []string{asked}, x.all())
		x.says("SubscribeExConversations", "") // it may have been done: the next socket does
		time.AfterFunc(time.Minute, x.a.Close)
		assert.ErrorIs(t, last(t.Context()), ErrClosed)
		assert.Equal(t, []string{asked, asked, asked}, x.all())
		x.a.Close()
		err := last(t.Context())
		assert.ErrorIs(t, err, ErrClosed)
		assert.ErrorIs(t, err, liveperson.ErrNotSent)
		_, err = x.a.Do(t.Context(), ".ams.test.Ask", nil)
		assert.ErrorIs(t, err, ErrClosed)
		assert.ErrorIs(t, err, liveperson.ErrNotSent)
	})
}

// An agent, and a conversation, are printed by their names alone.
func TestNamesOfAgentsAndConversations(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		agent := "messaging agent of " + x.a.Login().String()
		assert.Contains(t, agent, "12345678")
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
			assert.Equal(t, agent, fmt.Sprintf(verb, x.a))
			assert.Equal(t, "conversation conv-1", fmt.Sprintf(verb, c))
		}
		assert.Equal(t, slog.StringValue(agent), x.a.LogValue())
		assert.Equal(t, slog.StringValue("conv-1"), c.LogValue())
		data, err := json.Marshal(map[string]any{"c": c})
		require.NoError(t, err)
		assert.Equal(t, `{"c":"conv-1"}`, string(data))
		assert.Equal(t, liveperson.UserID("12345678.3550017"), x.a.Me())
	})
}

// A conversation that a new socket does not tell of is asked for twice, and once more
// wherever it may be, before it counts as gone.
func TestWhatANewSocketDoesNotTellOf(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.becomes(`[]`)
		x.p.cut()
		time.Sleep(time.Minute)
		assert.ErrorIs(t, c.Close(t.Context()), ErrConversationLost)
		count := map[string]int{}
		for _, frame := range x.all() {
			count[frame]++
		}
		assert.Equal(t, 2, count[`"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678","agentIds":["12345678.3550017"],"convState":["OPEN"],"conversationId":"conv-1"}}`])
		assert.Equal(t, 1, count[readingOne])
	})
}
