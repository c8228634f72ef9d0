package messagingagent

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// What a former process has said beside a message that it had not handled answers that
// message in no later life either.
func TestWhatWasLeftUnansweredStaysSo(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("QueryMessages", events(text(0, "a"), mine("1", "one moment")), noEvents, events(text(0, "a"), mine("1", "one moment")), noEvents)
		for range 2 {
			c, err := x.a.Conversation(t.Context(), "conv-1")
			require.NoError(t, err)
			for _, from := range []MessagesOption{nil, AfterOwn(), FromStart()} {
				n, err := c.Unread(from)
				require.NoError(t, err)
				assert.Equal(t, 1, n)
			}
			x.tell("DELETE", `{"convId":"conv-1"}`)
			time.Sleep(time.Second)
			require.ErrorIs(t, c.Typing(t.Context(), ChatComposing), ErrConversationLost)
			x.tell("UPSERT", conv("77", me, "", ""))
			synctest.Wait()
		}
	}, WithSnapshot(Snapshot{Agent: "12345678.3550017", Conversations: map[liveperson.ConversationID]map[DialogID]Position{"conv-1": {"conv-1": {Next: 0, Seen: 2}}}}))
}
