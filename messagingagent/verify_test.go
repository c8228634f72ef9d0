package messagingagent

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// asked is how many of these frames asked for conversations.
func asked(frames []string) (n int) {
	for _, f := range frames {
		if strings.Contains(f, ".SubscribeExConversations") {
			n++
		}
	}
	return n
}

// A conversation that went, as a short notification has told, is nothing to ask for again and
// again: the last that was told of it says that it was the agent's.
func TestAConversationThatWentIsNotAskedForAnew(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		seen, stop := x.served()
		time.Sleep(time.Second)
		x.tell("UPSERT", conv("77", me, "", ""))
		time.Sleep(time.Second)
		x.tell("DELETE", `{"convId":"conv-1"}`)
		time.Sleep(9 * time.Minute)
		assert.Equal(t, []string{"opened adopted", "closed lost"}, seen())
		assert.LessOrEqual(t, asked(x.all()), 4, "the usual lists")
		stop()
	})
}

// Nor is one in which the agent takes part, and that is another's.
func TestAConversationOfAnotherIsNotAskedForAnew(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", eve, me, "")), func(t *testing.T, x *scripted) {
		seen, stop := x.served()
		time.Sleep(9 * time.Minute)
		assert.Empty(t, seen())
		assert.LessOrEqual(t, asked(x.all()), 4, "the usual lists")
		stop()
	})
}

// That a conversation has gone may not be told at all: the next list does not show it, and
// when it is asked for it is not there.
func TestAConversationThatGoesUntold(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		seen, stop := x.served()
		time.Sleep(time.Second)
		x.tell("UPSERT", conv("77", me, "", ""))
		time.Sleep(6 * time.Minute)
		assert.Equal(t, []string{"opened adopted", "closed lost"}, seen())
		stop()
	})
}

// A conversation that is told of while the agent's conversations are asked for need not be
// among them, and is not asked for by itself then.
func TestAConversationThatComesWhileTheListIsAskedFor(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		seen, stop := x.served()
		time.Sleep(time.Second)
		x.all()
		x.says(".SubscribeExConversations", subscriptionNamed("sub-9"))
		time.Sleep(20 * time.Second)
		require.Equal(t, 1, asked(x.all()))
		x.tell("UPSERT", conv("77", me, "", ""))
		time.Sleep(time.Second)
		x.notify(".ams.aam.ExConversationChangeNotification", `{"subscriptionId":"sub-9","changes":[]}`)
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"opened adopted"}, seen())
		assert.Zero(t, asked(x.all()))
		stop()
	})
}

// What was said last is read once, however often the service tells that a conversation is
// closed: the second query is for the answer that was lost.
func TestAConversationThatIsClosedTwice(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("QueryMessages", "", `"code":200,"type":".ams.ms.QueryMessages$Response","body":[]`)
		x.all()
		x.tell("UPSERT", closedAs(`,"metaDataLastUpdateTs":1700000130000`))
		time.Sleep(time.Second)
		x.tell("DELETE", closedAs(`,"metaDataLastUpdateTs":1700000140000`))
		time.Sleep(time.Minute)
		query := querying(`"newerThanSequence":-1`)
		assert.Equal(t, []string{query, query}, x.all())
		assert.ErrorIs(t, c.closed(), ErrConversationEnded)
	})
}

// A refusal in a conversation that is not the agent's, and that cannot be read any more, is
// one.
func TestARefusalInAStrangersConversation(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		x.becomes(upserts(conv("77", eve, "", "")))
		c := x.open()
		x.becomes(`[]`)
		x.says("ChatStateEvent", `"code":403,"type":"x","body":"no"`)
		require.ErrorIs(t, c.Typing(t.Context(), ChatComposing), liveperson.ErrForbidden)
		time.Sleep(time.Minute)
		assert.NoError(t, c.closed())
	})
}

// A conversation may be over, and forgotten, before it is known what became of it: an answer
// that there was no socket for.
func TestAConversationThatIsForgottenWhileItIsAskedFor(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		var away atomic.Bool
		x.s.refuse = func(int) int {
			if away.Load() {
				return 503
			}
			return 0
		}
		c := x.open()
		x.says("ChatStateEvent", `"code":403,"type":"x","body":"no"`)
		x.says(`"conversationId":"conv-1"`, `"code":403,"type":"x","body":"no"`, "")
		x.becomes(`[]`)
		x.all()
		go func() {
			time.Sleep(2 * time.Second)
			x.tell("DELETE", `{"convId":"conv-1"}`)
			time.Sleep(2 * time.Second)
			away.Store(true)
			x.p.cut()
		}()
		require.ErrorIs(t, c.Typing(t.Context(), ChatComposing), ErrConversationLost)
		time.Sleep(time.Second)
		require.Equal(t, 2, asked(x.all()))
		time.Sleep(15 * time.Minute)
		x.mu.Lock()
		clear(x.answers)
		x.mu.Unlock()
		away.Store(false)
		time.Sleep(20 * time.Minute)
		assert.Equal(t, 2, asked(x.all()), "by the opening, and once more")
	}, WithPatience(0))
}

// What refuses since the agent takes no part any more says so: also in a conversation that
// was opened by its id.
func TestARefusalOfWhoTakesNoPartAnyMore(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", eve, me, "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("ChatStateEvent", `"code":400,"type":"x","body":"no"`)
		x.becomes(upserts(conv("77", eve, "", `"metaDataLastUpdateTs":1700000130000,`)))
		require.ErrorIs(t, c.Typing(t.Context(), ChatComposing), ErrConversationLost)
	})
}

// What was asked for before a socket was lost is asked for anew on the next one, whatever has
// been answered since: messages wait for that.
func TestAConversationThatIsAskedForOverTwoSockets(t *testing.T) {
	t.Parallel()
	const refused = `"code":403,"type":"x","body":"no"`
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("ChatStateEvent", refused)
		x.says("ContentEvent", sequenced(`1`))
		x.says(`"convState":["OPEN"]}}`, subscriptionNamed("sub-1")) // and nothing is told
		x.says(`"conversationId":"conv-1"`, refused, "", subscriptionNamed("sub-8"), subscriptionNamed("sub-9"))
		time.AfterFunc(time.Second, func() { x.p.cut() })
		go func() { _ = c.Typing(t.Context(), ChatComposing) }() // which has the service asked
		time.Sleep(8 * time.Second)
		x.all()
		sent := make(chan error, 1)
		go func() {
			_, err := c.Send(t.Context(), Text("hi"))
			sent <- err
		}()
		time.Sleep(time.Second)
		for _, sub := range []string{"sub-8", "sub-9"} {
			require.Empty(t, sent)
			x.notify(".ams.aam.ExConversationChangeNotification", `{"subscriptionId":"`+sub+`","changes":`+upserts(conv("77", me, "", ""))+`}`)
			time.Sleep(time.Second)
		}
		require.Len(t, sent, 1)
		require.NoError(t, <-sent)
	})
}

// A conversation in which the agent took part before he accepted it is his when the service
// says so, and not asked for before that.
func TestAcceptingWhatIsKnown(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", "", me, "")), func(t *testing.T, x *scripted) {
		seen, stop := x.served()
		time.Sleep(time.Minute)
		x.all()
		x.accept()
		time.Sleep(5 * time.Second)
		assert.Zero(t, asked(x.all()))
		x.tell("UPSERT", conv("77", me, me, `"metaDataLastUpdateTs":1700000130000,`))
		time.Sleep(time.Second)
		assert.Equal(t, []string{"opened accepted"}, seen())
		stop()
	})
}

// A conversation that the agent has handed over, of which nothing was told, and that he has
// accepted again, is his as soon as the service says so: that is no old news.
func TestAcceptingWhatWasHandedOver(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		seen, stop := x.served()
		time.Sleep(time.Minute)
		c, err := x.a.Conversation(t.Context(), "conv-1")
		require.NoError(t, err)
		require.NoError(t, c.Transfer(t.Context(), ToQueue()))
		time.Sleep(time.Second)
		x.all()
		x.accept()
		time.Sleep(time.Second)
		x.tell("UPSERT", conv("77", me, "", ""))
		time.Sleep(time.Second)
		assert.Zero(t, asked(x.all()))
		assert.Equal(t, []string{"opened adopted", "closed transferred", "opened accepted"}, seen())
		stop()
	})
}

// What an older state says while the last words of a closed conversation are being read
// ends nothing.
func TestAnOlderStateWhileTheLastWordsAreRead(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("QueryMessages", "", `"code":200,"type":".ams.ms.QueryMessages$Response","body":[]`)
		x.all()
		x.tell("UPSERT", closedAs(`,"metaDataLastUpdateTs":1700000130000`))
		time.Sleep(time.Second)
		x.tell("UPSERT", conv("77", eve, "", `"metaDataLastUpdateTs":1700000140000,`))
		time.Sleep(5 * time.Second)
		assert.ErrorIs(t, c.closed(), ErrConversationEnded)
		assert.False(t, c.hasEnded())
		time.Sleep(time.Minute)
		assert.True(t, c.hasEnded())
		assert.ErrorIs(t, c.closed(), ErrConversationEnded)
		assert.NotErrorIs(t, c.closed(), errUnread)
	})
}
