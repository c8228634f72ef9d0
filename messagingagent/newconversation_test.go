package messagingagent

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

const (
	consumersOpen = `"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678","convState":["OPEN"],"consumerId":"c0ffee00"}}`
	plainBegin    = `{"channelType":"MESSAGING","consumerId":"c0ffee00","conversationContext":{"type":"ProactiveContext"}}`
)

func beginning(body string) string {
	return `"type":".ams.cm.AgentRequestConversation","body":` + body + `}`
}

// Each conversation is asked for as it stands here, after a look at what is open.
func TestNewConversationsAsTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		n      NewConversation
		answer string
		want   string
	}{
		"plain": {NewConversation{Consumer: "c0ffee00"}, `"code":200,"type":"x","body":{"conversationId":"conv-2"}`, plainBegin},
		"all": {
			NewConversation{Consumer: "c0ffee00", Origin: "conv-0", Skill: "77", TTR: TTRUrgent},
			`"code":200,"type":"x","body":{"conversationId":"conv-2"}`,
			`{"channelType":"MESSAGING","consumerId":"c0ffee00","conversationContext":{"type":"ProactiveContext","originConversationId":"conv-0"},"skillId":"77","ttrDefName":"URGENT"}`,
		},
		"one in a list": {NewConversation{Consumer: "c0ffee00"}, `"code":"OK","type":"cm.AgentRequestConversationResponse","body":[{"conversationId":"conv-2"}]`, plainBegin},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, `[]`, func(t *testing.T, x *scripted) {
				x.says("AgentRequestConversation", row.answer)
				id, err := x.a.RequestConversation(t.Context(), row.n)
				require.NoError(t, err)
				assert.Equal(t, liveperson.ConversationID("conv-2"), id)
				assert.ElementsMatch(t, []string{consumersOpen, unsubscribed, beginning(row.want)}, x.all())
			})
		})
	}
}

// of is conv-1 under another id, with more members.
func of(id, more string) string {
	return strings.ReplaceAll(conv("77", me, "", more), `"conv-1"`, `"`+id+`"`)
}

// One whose answer is of no use is looked for among the consumer's, and never asked for
// twice.
func TestNewConversationsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	const (
		no    = `"code":200,"type":"x"`
		mine  = `"context":{"type":"ProactiveContext","originConversationId":"conv-0"},`
		his   = `"context":{"type":"SharkContext","lang":"en-US"},`
		other = `"context":{"type":"ProactiveContext","originConversationId":"conv-9"},`
	)
	for name, row := range map[string]struct {
		answer, after string
		want          liveperson.ConversationID
		looks         int
	}{
		"no body":        {no, upserts(of("conv-1", ""), of("conv-2", mine)), "conv-2", 1},
		"no id":          {no + `,"body":{}`, upserts(of("conv-1", ""), of("conv-2", mine)), "conv-2", 1},
		"another body":   {no + `,"body":"OK"`, upserts(of("conv-1", ""), of("conv-2", mine)), "conv-2", 1},
		"does not tell":  {"", upserts(of("conv-1", ""), of("conv-2", "")), "", 2},
		"nor its origin": {"", upserts(of("conv-1", ""), of("conv-2", `"context":{"type":"ProactiveContext"},`)), "", 2},
		"another skill":  {"", upserts(of("conv-1", ""), strings.ReplaceAll(of("conv-2", mine), `"77"`, `"78"`)), "", 2},
		"another's, too": {"", upserts(of("conv-1", ""), of("conv-2", mine), strings.ReplaceAll(of("conv-3", mine), `"77"`, `"78"`)), "conv-2", 1},
		"began before":   {"", upserts(of("conv-1", ""), of("conv-2", mine+`"startTs":946684797000,`)), "", 2},
		"began since":    {"", upserts(of("conv-1", ""), of("conv-2", mine+`"startTs":946684800000,`)), "conv-2", 1},
		"no answer":      {"", upserts(of("conv-1", ""), of("conv-2", mine)), "conv-2", 1},
		"a failure":      {`"code":503,"type":"x","body":"oops"`, upserts(of("conv-1", ""), of("conv-2", mine)), "conv-2", 1},
		"the consumer's": {"", upserts(of("conv-1", ""), of("conv-2", his)), "", 2},
		"a colleague's":  {"", upserts(of("conv-1", ""), of("conv-2", other)), "", 2},
		"nothing":        {"", upserts(of("conv-1", "")), "", 2},
		"two":            {"", upserts(of("conv-1", ""), of("conv-2", mine), of("conv-3", "")), "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, upserts(of("conv-1", "")), func(t *testing.T, x *scripted) {
				x.says("AgentRequestConversation", row.answer)
				x.becomesAfter("AgentRequestConversation", row.after)
				began := time.Now()
				id, err := x.a.RequestConversation(t.Context(), NewConversation{Consumer: "c0ffee00", Origin: "conv-0", Skill: "77"})
				takes := time.Duration(row.looks-1) * 2 * time.Second
				if row.answer == "" {
					takes += 10 * time.Second
				}
				assert.Equal(t, takes, time.Since(began))
				if row.want != "" {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, ErrUnconfirmed)
				}
				assert.Equal(t, row.want, id)
				frames := strings.Join(x.all(), "\n")
				assert.Equal(t, 1, strings.Count(frames, "AgentRequestConversation"))
				assert.Equal(t, 1+row.looks, strings.Count(frames, consumersOpen))
			})
		})
	}
}

func TestNewConversationsThatAreNotBegun(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		_, err := x.a.RequestConversation(t.Context(), NewConversation{})
		var input *liveperson.InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, &liveperson.InputError{Op: "messagingagent.RequestConversation", Field: "consumerId", Rule: "must not be empty"}, input)
		assert.Empty(t, x.all())

		x.says("AgentRequestConversation", `"code":403,"type":".ReqBody$StringResp","body":"no"`)
		_, err = x.a.RequestConversation(t.Context(), NewConversation{Consumer: "c0ffee00"})
		require.ErrorIs(t, err, liveperson.ErrForbidden)
		require.NotErrorIs(t, err, ErrUnconfirmed)
		assert.ElementsMatch(t, []string{consumersOpen, unsubscribed, beginning(plainBegin)}, x.all())

		x.says("AgentRequestConversation", "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = x.a.RequestConversation(ctx, NewConversation{Consumer: "c0ffee00"})
		require.ErrorIs(t, err, ErrUnconfirmed)
		assert.Equal(t, 1, strings.Count(strings.Join(x.all(), "\n"), "AgentRequestConversation"))

		x.says("SubscribeExConversations", `"code":400,"type":"x","body":"no"`)
		_, err = x.a.RequestConversation(t.Context(), NewConversation{Consumer: "c0ffee00"})
		require.Error(t, err)
		require.NotErrorIs(t, err, ErrUnconfirmed)
		assert.Equal(t, []string{consumersOpen}, x.all())
	})
}
